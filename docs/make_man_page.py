"""Writes the man page and the completions for shells that the wheel installs; with --check, compares."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

from make_cli_reference import PROGRAM, commands, help_and_examples, usage

from radio_archive.config.environment import PREFIXES

ROOT = Path(__file__).parents[1]
SHARE = ROOT / "docs" / "share"
MAN = SHARE / "man" / "man1" / f"{PROGRAM}.1"
COMPLETIONS: Mapping[str, str] = {
    "bash": f"bash-completion/completions/{PROGRAM}",
    "zsh": f"zsh/site-functions/_{PROGRAM}",
    "fish": f"fish/vendor_completions.d/{PROGRAM}.fish",
}
"""Where each shell looks, below `share` of the place where programs are installed."""

ABOUT = (
    "radio\\-archive transcribes short radio and podcast pieces with Whisper, and keeps them in an archive that can be "
    "searched and published: a folder with a SQLite database, the recordings, and a watch folder."
)
ENVIRONMENT = {
    "RADIO_ARCHIVE": "The archive's folder, for commands that do not name one with --archive.",
    "RADIO_ARCHIVE_ENGINE_…, RADIO_ARCHIVE_CLUSTER_…": "",
    "RADIO_ARCHIVE_AUTHOR": "The name that corrections are recorded under.",
    "RADIO_ARCHIVE_PASSWORD": "What `serve --edit` asks those who correct transcripts for.",
    "RADIO_ARCHIVE_PLAYER": "The program that plays sound for `search --play` and `review`.",
    "HF_HOME": "Where the weights of models are kept.",
    "NO_COLOR": "Set to anything: no colours.",
    "XDG_CONFIG_HOME, XDG_CACHE_HOME": "Where the default archive's name, and what is remembered of weights, are kept.",
}
FILES = {
    "radio-archive.toml": "The settings, in the archive's folder.",
    "~/.config/radio-archive/config.toml": "The default archive: see `config default`.",
}
EXIT = {
    "0": "All went well.",
    "1": "Something failed, or nothing was found. Standard error says what went wrong, and what to do next.",
    "2": "Wrong usage.",
    "130": "Interrupted with Ctrl-C; the same command goes on from there.",
}


def man_page() -> str:
    """Return the page in the language of man(7)."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    return "\n".join(_lines(version)) + "\n"


def _lines(version: str) -> Iterator[str]:
    yield f'.TH RADIO\\-ARCHIVE 1 "" "radio\\-archive {version}" "User Commands"'
    yield from (".SH NAME", "radio\\-archive \\- transcribe, archive, search and publish radio pieces")
    yield from (".SH SYNOPSIS", ".B radio\\-archive", ".I COMMAND", "[OPTIONS] [ARGUMENTS]")
    yield from (".SH DESCRIPTION", ABOUT, ".PP")
    yield _roff("Start with `radio-archive demo`. Every command has --help, with its options and examples.")
    yield ".SH COMMANDS"
    for path, command in commands():
        if path != PROGRAM:
            paragraphs, _ = help_and_examples(command.help or "")
            yield from (".TP", f".B {_roff(usage(path, command).removeprefix(PROGRAM + ' '))}", _roff(paragraphs[0]))
    yield ".SH ENVIRONMENT"
    variables = [f"{prefix}{known.name.upper()}" for kind, prefix in PREFIXES.items() for known in fields(kind)]
    for name, text in ENVIRONMENT.items():
        yield from (".TP", f".B {_roff(name)}")
        yield _roff(text or f"In place of what radio-archive.toml says: {', '.join(variables)}.")
    for title, entries in (("FILES", FILES), ("EXIT STATUS", EXIT)):
        yield f".SH {title}"
        for name, text in entries.items():
            yield from (".TP", f".B {_roff(name)}", _roff(text))


def _roff(text: str) -> str:
    """Write text so that no part of it is a request or an escape of roff."""
    plain = text.replace("`", "").replace("\\", "\\e").replace("-", "\\-")
    plain = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", plain)
    return re.sub(r"^(?=[.'])", r"\\&", plain)


def completion(shell: str) -> str:
    """Return the script that a shell reads to complete our command lines."""
    environment = {**os.environ, "_RADIO_ARCHIVE_COMPLETE": f"source_{shell}"}
    done = subprocess.run(
        [sys.executable, "-m", "radio_archive"], env=environment, capture_output=True, text=True, check=True
    )
    script = done.stdout.replace("python -m radio_archive", PROGRAM).strip()
    # zsh runs the file itself for the first completion.
    return f"{script}\n" + ('_radio_archive_completion "$@"\n' if shell == "zsh" else "")


def wanted() -> dict[Path, str]:
    """Return each file with its content."""
    return {MAN: man_page(), **{SHARE / path: completion(shell) for shell, path in COMPLETIONS.items()}}


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(f"usage: python {Path(__file__).name} [--check]", file=sys.stderr)
        return 2
    stale = {path: text for path, text in wanted().items() if not path.exists() or path.read_text("utf-8") != text}
    for path, text in stale.items():
        if arguments:
            print(f"{path} is not what the commands say: run `make docs`.", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
