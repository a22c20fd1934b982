"""Single keys from a terminal, and lines that are edited in place.

What is pasted is no key. Terminals put it between two sequences if they are asked to (xterm's *bracketed paste mode*);
elsewhere it is known by coming all at once.
"""

import os
import re
import select
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

PASTE = "\x1b[200~"
"""What `Keyboard.key` returns for any text that is pasted; what terminals send before one."""
_KEY = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|)|[^\x1b]", re.DOTALL)
"""A character, or the sequence of an arrow and the like (ECMA-48)."""
_PASTE_ENDS = "\x1b[201~"
_ASKS, _ASKS_NO_MORE = "\x1b[?2004h", "\x1b[?2004l"
AT_ONCE = 8
"""Keys that come together when somebody types ahead, at most; more were pasted."""
SAME_PASTE = 0.1
"""Seconds within which the rest of a paste follows."""


class Keyboard:
    """The keys of the terminal, while it is used as a context manager: nothing that is typed is lost or echoed.

    Where there is no `termios`, on Windows, keys are read as Typer does.
    """

    def __init__(self) -> None:
        self._typed: list[str] = []
        self._before: Any = None

    def __enter__(self) -> Self:
        try:
            import termios
        except ImportError:
            return self
        self._before = termios.tcgetattr(sys.stdin)
        self._set(keys=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._set(keys=False)

    def key(self) -> str:
        """Return the next key; an empty text for one that types no character, PASTE for a text that is pasted.

        Raises EOFError, KeyboardInterrupt.
        """
        if not self._typed:
            came = self._read()
            if PASTE in came:
                self._typed = [*came[: came.index(PASTE)], PASTE, *self._after_paste(came)]
                return self._typed.pop(0)
            keys = ["" if one.startswith("\x1b") else one for one in _KEY.findall(came)]
            if sum(map(bool, keys)) > AT_ONCE:
                while self._before is not None and select.select([sys.stdin], [], [], SAME_PASTE)[0]:
                    self._read()
                keys = [PASTE]
            self._typed = keys
        return self._typed.pop(0)

    def _after_paste(self, came: str) -> str:
        """Read to the end of a paste, and return what was typed after it."""
        while _PASTE_ENDS not in came:
            # The end may come in two parts.
            came = came[-len(_PASTE_ENDS) :] + self._read()
        return came.rpartition(_PASTE_ENDS)[2]

    def line(self, prompt: str, text: str) -> str | None:
        """Have a person change `text`; None if they leave it with Ctrl-C or Ctrl-D."""
        self._set(keys=False)
        prefill = _prefill(text)
        try:
            return input(prompt)
        except (EOFError, KeyboardInterrupt):
            sys.stdout.write("\n")
            return None
        finally:
            prefill()
            self._set(keys=True)

    def _read(self) -> str:
        if self._before is None:
            import typer

            return typer.getchar()
        came = os.read(sys.stdin.fileno(), 4096).decode("utf-8", "replace")
        if came in {"", "\x04"}:
            raise EOFError
        return came

    def _set(self, *, keys: bool) -> None:
        """Let the terminal send each key at once, or whole lines, without dropping what was typed ahead."""
        if self._before is None:
            return
        import termios

        mode = list(self._before)
        if keys:
            mode[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, mode)
        sys.stdout.write(_ASKS if keys else _ASKS_NO_MORE)
        sys.stdout.flush()


def _prefill(text: str) -> Callable[[], None]:
    """Have the next line begin with `text`, where that is possible; call the result afterwards."""
    try:
        import readline
    except ImportError:
        return lambda: None
    # Python turns it off: a line break that is pasted would end the line, and what follows it would be keys.
    readline.parse_and_bind("set enable-bracketed-paste on")
    readline.set_startup_hook(lambda: readline.insert_text(text))
    return lambda: readline.set_startup_hook(None)
