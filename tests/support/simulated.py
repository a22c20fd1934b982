"""Workers that are only played, in an order drawn by lot: for what a pool decides, without any process."""

import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from radio_archive.models import Transcript
from radio_archive.speech.backend import Died, Event, Failed, Finished, Ready, Reported, Taken
from radio_archive.speech.engine import ClipProgress, ClipResult, PreparedClip

if TYPE_CHECKING:
    from radio_archive.errors import RadioArchiveError


@dataclass
class Player:
    """One worker. Its engine reports nothing before it has `appetite` clips, or hears that no more come."""

    number: int
    appetite: int
    is_ready: bool = False
    is_finishing: bool = False
    orders: deque[PreparedClip | None] = field(default_factory=deque)
    held: list[PreparedClip] = field(default_factory=list)

    @property
    def can_act(self) -> bool:
        return not self.is_ready or self.can_take or self.can_report

    @property
    def can_take(self) -> bool:
        return bool(self.orders) and not self.is_finishing and len(self.held) < self.appetite

    @property
    def can_report(self) -> bool:
        return self.is_finishing or len(self.held) >= self.appetite


class SimulatedBackend:
    """A clip whose prompt is `deadly` kills its worker. `accidents` others die for no fault of a clip."""

    name = "simulated workers"

    def __init__(
        self, seed: int, *, appetite: int = 4, accidents: int = 0, blames_clips: bool = False, places: int = 99
    ) -> None:
        self.lot, self.appetite, self.accidents, self.blames_clips = (
            random.Random(seed),
            appetite,
            accidents,
            blames_clips,
        )
        self.places = places
        """How many workers may be ready; the others wait. An accident takes a place away, but not the last one."""
        self.echoes = False
        """Whether each result is reported twice."""
        self.echo: Event | None = None
        self.players: dict[int, Player] = {}
        self.started = 0
        self.broken: RadioArchiveError | None = None
        """Why no engine can be loaded."""
        self.refusals = 10**9
        """How often that is so."""
        self.most_in_one = 0
        """The most clips that a worker had at once."""
        self.deaths: list[list[str]] = []
        """The clips in each worker that died, but for those of which the backend knows that no clip was to blame."""

    def start(self, worker: int) -> None:
        self.started += 1
        self.players[worker] = Player(worker, self.lot.randint(1, self.appetite))

    def send(self, worker: int, clip: PreparedClip) -> None:
        player = self.players[worker]
        player.orders.append(clip)
        self.most_in_one = max(self.most_in_one, len(player.held) + len(player.orders))

    def finish(self, worker: int) -> None:
        self.players[worker].orders.append(None)

    def stop(self, worker: int) -> None:
        del self.players[worker]

    def close(self) -> None:
        self.players.clear()

    def next_event(self) -> Event:
        if self.echoes and (echo := self.echo):
            self.echo = None
            return echo
        ready = sum(player.is_ready for player in self.players.values())
        able = [one for one in self.players.values() if one.can_act and (one.is_ready or ready < self.places)]
        assert able, "all wait for each other, for ever"
        player = self.lot.choice(able)
        if self.accidents and self.lot.random() < 0.1:
            self.accidents -= 1
            self.places = max(1, self.places - 1)
            return self._die(player, blames_clips=self.blames_clips)
        if not player.is_ready:
            return self._begin(player)
        return self._take(player) if player.can_take else self._report(player)

    def _begin(self, player: Player) -> Event:
        if self.broken and self.refusals:
            self.refusals -= 1
            del self.players[player.number]
            return Failed(player.number, self.broken)
        player.is_ready = True
        return Ready(player.number, "toy")

    def _take(self, player: Player) -> Event:
        clip = player.orders.popleft()
        if clip is None:
            player.is_finishing = True
            return self._report(player)
        player.held.append(clip)
        return Taken(player.number, clip.key)

    def _report(self, player: Player) -> Event:
        if not player.held:
            player.is_finishing = False
            return Finished(player.number)
        clip = self.lot.choice(player.held)
        if clip.prompt == "deadly":
            return self._die(player, blames_clips=True)
        if self.lot.random() < 0.2:
            return Reported(player.number, ClipProgress(clip.key, 0.5))
        player.held.remove(clip)
        self.echo = Reported(player.number, ClipResult(clip.key, Transcript(())))
        return self.echo

    def _die(self, player: Player, *, blames_clips: bool) -> Event:
        del self.players[player.number]
        inside = [*player.held, *filter(None, player.orders)]
        if blames_clips:
            self.deaths.append([clip.key for clip in inside])
        return Died(player.number, "bad luck", blames_clips)
