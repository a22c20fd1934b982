"""Commands that run until they are told to stop."""

import signal


def stop_on_signals() -> list[int]:
    """Have SIGTERM stop a command as Ctrl-C does; return a list that ends with the signal that did."""
    seen: list[int] = []

    def stop(number: int, _: object) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return seen
