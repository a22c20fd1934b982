"""The plan of a long run as it goes on: what is left, how fast, how long, what it will cost, and what failed."""

import sys
import time
from dataclasses import dataclass, field

from radio_archive.cli.display.output import complain, count, span
from radio_archive.cli.display.progress import Tally
from radio_archive.events import Ended, Event
from radio_archive.models import Outcome

INTERVAL = 30.0
"""Seconds between two lines of the plan, where no bar shows it."""
SETTLED = 5
"""Clips after which what was measured counts more than what was expected."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is to be done: `clips` that wait, with about `mean` seconds of audio each; None if that is not known.

    `speed` is in seconds of audio per second, of all `workers` together; `price` is that of one worker for an hour.
    """

    clips: int
    mean: float | None
    speed: float
    workers: int = 1
    price: float | None = None

    @property
    def audio(self) -> float:
        """About how many seconds of audio wait."""
        return self.clips * (self.mean or 0.0)

    @property
    def seconds(self) -> float | None:
        """About how long that will take, in seconds."""
        return None if self.mean is None or self.speed <= 0 else self.audio / self.speed

    @property
    def cost(self) -> float | None:
        """About what that will cost, in the currency of `price`: each worker is paid until the last one ends."""
        if self.price is None or self.seconds is None:
            return None
        return self.seconds / 3600 * self.workers * self.price

    def parts(self) -> list[str]:
        """Return, in words, what is left, how fast it goes, how long it will take, and what it will cost."""
        # Audio hours in an hour are audio seconds in a second.
        parts = [
            f"{count(self.clips, 'clip')} left",
            f"{self.speed:,.{0 if self.speed >= 10 else 1}f} audio hours per hour",
        ]
        if self.seconds is not None:
            parts.append(f"about {span(self.seconds)} left")
        if self.cost is not None:
            parts.append(f"about {self.cost:,.2f} to pay")
        return parts


@dataclass(slots=True)
class LivePlan:
    """A backlog that shrinks as files end. Give each event to `listen`."""

    begin: Backlog
    _started: float = field(default_factory=time.monotonic)
    _said: float = field(default_factory=time.monotonic)
    _tally: Tally = field(default_factory=Tally)

    def listen(self, event: Event) -> None:
        if not isinstance(event, Ended):
            return
        self._tally.add(event.result)
        now = time.monotonic()
        if not sys.stderr.isatty() and now - self._said >= INTERVAL:
            self._said = now
            complain(self.line())

    def left(self) -> Backlog:
        """Return what is left, by what was measured so far."""
        done, ended = self._tally.outcomes[Outcome.ARCHIVED], self._tally.outcomes.total()
        mean, speed = self.begin.mean, self.begin.speed
        if done >= SETTLED or (done and mean is None):
            mean = self._tally.seconds / done
        if done >= SETTLED:
            speed = self._tally.seconds / max(0.001, time.monotonic() - self._started)
        return Backlog(max(0, self.begin.clips - ended), mean, speed, self.begin.workers, self.begin.price)

    def short(self) -> str:
        """Return the plan in few letters, for beside a bar, which shows the time that is left."""
        left = self.left()
        parts = [f"{left.clips:,} left", f"{left.speed:,.0f}× real time"]
        parts += [f"{left.cost:,.2f} to pay"] if left.cost is not None else []
        failed = self._tally.outcomes[Outcome.FAILED]
        return " · ".join([*parts, *([f"{failed:,} failed"] if failed else [])])

    def line(self) -> str:
        """Return the plan in one line."""
        failed = ", ".join(f"{number:,} {kind}" for kind, number in self._tally.problems.most_common())
        return " · ".join([*self.left().parts(), *([f"failed: {failed}"] if failed else [])])
