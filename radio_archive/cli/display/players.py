"""Playing a recording from any position, with an installed player."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from radio_archive.errors import UsageError

PLAYERS: Mapping[str, Callable[[str, str], Sequence[str]]] = {
    "mpv": lambda path, at: ["--no-video", f"--start={at}", path],
    "ffplay": lambda path, at: ["-nodisp", "-autoexit", "-loglevel", "error", "-ss", at, path],
    "cvlc": lambda path, at: ["--play-and-exit", "--no-video", f"--start-time={at}", path],
    "vlc": lambda path, at: ["--intf", "dummy", "--play-and-exit", "--no-video", f"--start-time={at}", path],
    "mplayer": lambda path, at: ["-novideo", "-really-quiet", "-ss", at, path],
}
"""Players that can start at any position, the best first, with their arguments."""
PLAIN_PLAYERS = ("afplay", "pw-play", "paplay", "aplay", "play")
"""Players that can only start at the beginning: they get a file cut from the recording."""
PLAYER = "RADIO_ARCHIVE_PLAYER"
"""The environment variable that chooses one of them."""


def play(path: Path, start: float, end: float) -> None:
    """Play the file from `start`, to its end or until Ctrl-C; `end` is where it ends, all in seconds.

    Raises UsageError if no player is installed, or the player fails.
    """
    name, program = _player()
    if name in PLAYERS:
        _run([program, *PLAYERS[name](str(path.absolute()), f"{start:.2f}")])
        return
    from radio_archive.audio.cut import encode_passage

    with tempfile.TemporaryDirectory() as folder:
        cut = Path(folder) / "from-here.wav"
        encode_passage(path, start, end, cut)
        _run([program, str(cut)])


def is_installed() -> bool:
    """Whether there is a player."""
    try:
        _player()
    except UsageError:
        return False
    return True


@contextmanager
def playing(path: Path, start: float, end: float) -> Iterator[None]:
    """Play the file from `start` to `end`, in seconds, while the block runs, and stop at its end.

    The player gets no keys and prints nothing. Raises UsageError if none is installed, or there is no sound there.
    """
    from radio_archive.audio.cut import encode_passage

    name, program = _player()
    with tempfile.TemporaryDirectory() as folder:
        cut = Path(folder) / "passage.wav"
        encode_passage(path, start, end, cut)
        options = PLAYERS[name](str(cut), "0.00") if name in PLAYERS else [str(cut)]
        try:
            process = subprocess.Popen(
                [program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise UsageError(f"cannot run {program}: {error.strerror}", f"Name another in {PLAYER}.") from error
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def _player() -> tuple[str, str]:
    wanted = os.environ.get(PLAYER, "")
    known = [*PLAYERS, *PLAIN_PLAYERS]
    if wanted and wanted not in known:
        raise UsageError(f"{PLAYER} is {wanted!r}", f"It takes one of: {', '.join(known)}.")
    for name in [wanted] if wanted else known:
        program = shutil.which(name)
        if program:
            return name, program
    advice = "Install mpv, ffplay (it comes with ffmpeg) or VLC, or write the passage to a file: `radio-archive quote`."
    raise UsageError(f"{wanted or 'no player'} is {'not ' if wanted else ''}installed", advice)


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, check=False)
    except OSError as error:
        raise UsageError(f"cannot run {command[0]}: {error.strerror}", f"Name another in {PLAYER}.") from error
    if done.returncode:
        raise UsageError(f"{command[0]} ended with exit code {done.returncode}", f"Name another in {PLAYER}.")
