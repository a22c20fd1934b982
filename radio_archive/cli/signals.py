"""Signals that stop a command that runs for a long time."""

import signal


def stop_on_signals() -> list[int]:
    """Make SIGTERM stop a command as Ctrl-C does. Return a list that gets the signals as they arrive."""
    seen: list[int] = []

    def stop(number: int, _: object) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return seen
