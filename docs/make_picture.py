"""Makes the pictures in docs/pictures/ from real runs: the real program, in a real terminal, on the fixture clips."""

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS, ROWS = 100, 50
PICTURES = Path(__file__).with_name("pictures")
CLIPS = Path(__file__).parent.parent / "fixtures" / "clips"

SCENES: Mapping[str, tuple[str, Sequence[str]]] = {
    "add": ("Adding a folder of clips", ["radio-archive add clips/ --model demo"]),
    "search": (
        "Searching what was said",
        [
            "radio-archive search undersea cable",
            'radio-archive search "Hawai\'i" OR Lanai since:2025',
            "radio-archive concordance 'reef*'",
            "radio-archive trends storm --since 2025-01-01 --plot",
        ],
    ),
}
"""Each picture's file name, its title, and the commands in it; later ones find what earlier ones archived."""

THEME = TerminalTheme(
    (24, 26, 31),
    (214, 218, 226),
    [(24, 26, 31), (224, 108, 117), (152, 195, 121), (229, 192, 123), (97, 175, 239), (198, 120, 221), (86, 182, 194),
     (214, 218, 226)],
    [(110, 116, 130), (240, 128, 137), (172, 215, 141), (249, 212, 143), (117, 195, 255), (218, 140, 241),
     (106, 202, 214), (255, 255, 255)],
)  # fmt: skip

FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
    <style>
    .{unique_id}-matrix, .{unique_id}-title {{
        font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
    }}
    .{unique_id}-matrix {{ font-size: {char_height}px; line-height: {line_height}px; }}
    .{unique_id}-title {{ font-size: 16px; }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""
"""Rich's own format without its font from a CDN: a picture must not fetch anything when it is looked at."""

CONTROL = re.compile(r"\x1b\[(?P<number>[0-9;?]*)(?P<kind>[A-Za-z])|(?P<newline>\n)|(?P<home>\r)")


def run_in_terminal(command: Sequence[str], folder: Path) -> str:
    """Run a command in a pseudo-terminal of COLUMNS × ROWS and return all that it wrote there."""
    import fcntl
    import pty
    import struct
    import termios

    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "RADIO_ARCHIVE"}}
    environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONUTF8": "1", "FORCE_COLOR": "1"}
    environment |= {"COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(sys.executable, [sys.executable, "-m", "radio_archive", *command], environment)  # noqa: S606
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    written = bytearray()
    while block := _read(terminal):
        written += block
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise SystemExit(f"{shlex.join(command)} ended with {code}:\n{written.decode()}")
    return written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # on Linux, that is how a terminal without a program in it says that it has ended
        return b""


def screen(written: str) -> str:
    """Return what is left to be seen, colours included: progress bars that were wiped away again are gone."""
    lines, row, position = [""], 0, 0
    for control in CONTROL.finditer(written):
        lines[row] += written[position : control.start()]
        position = control.end()
        if control["newline"]:
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif control["kind"] == "m":
            lines[row] += control[0]
        elif control["kind"] == "A":
            row = max(0, row - int(control["number"] or 1))
        elif control["kind"] == "K":
            lines[row] = ""
    lines[row] += written[position:]
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def picture(title: str, commands: Sequence[str], folder: Path) -> str:
    """Run `commands` in `folder` and return the terminal they ran in as SVG."""
    console = Console(
        record=True, file=StringIO(), width=COLUMNS, force_terminal=True, color_system="truecolor", highlight=False
    )
    for index, command in enumerate(commands):
        if index:
            console.print()
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        console.print(Text.from_ansi(screen(run_in_terminal(shlex.split(command)[1:], folder))))
    return console.export_svg(title=title, theme=THEME, code_format=FORMAT, unique_id="terminal")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copytree(CLIPS, folder / "clips")
        run_in_terminal(["init"], folder)
        for name, (title, commands) in SCENES.items():
            (PICTURES / f"{name}.svg").write_text(picture(title, commands, folder), encoding="utf-8")


if __name__ == "__main__":
    main()
