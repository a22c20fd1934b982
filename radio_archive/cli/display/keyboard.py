"""Single keys from a terminal, and lines that are edited in place."""

import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self


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
        """Return the next key; an empty text for one that types no character. Raises EOFError, KeyboardInterrupt."""
        if not self._typed:
            came = self._read()
            # Arrows and the like come as one sequence.
            self._typed = [""] if came.startswith("\x1b") else list(came)
        return self._typed.pop(0)

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
        came = os.read(sys.stdin.fileno(), 64).decode("utf-8", "replace")
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


def _prefill(text: str) -> Callable[[], None]:
    """Have the next line begin with `text`, where that is possible; call the result afterwards."""
    try:
        import readline
    except ImportError:
        return lambda: None
    readline.set_startup_hook(lambda: readline.insert_text(text))
    return lambda: readline.set_startup_hook(None)
