"""Workers on the machines of a Ray cluster: each is an actor that holds one engine.

Ray places them and says which have died; the pool decides what becomes of their clips. Only this file imports Ray.
"""

import logging
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import radio_archive
from radio_archive.audio.decode import RATE
from radio_archive.config.settings import ClusterOptions, EngineOptions
from radio_archive.errors import ClusterError, ClusterUnreachableError, RadioArchiveError, file_errors
from radio_archive.speech.backend import FINISH, Died, Event, Failed, Order, SentClip
from radio_archive.speech.cluster_worker import Installation, installation
from radio_archive.speech.engine import PreparedClip, Transcriber
from radio_archive.speech.engines import picked
from radio_archive.speech.shared_files import SharedFile

if TYPE_CHECKING:
    from types import ModuleType

LOCAL = "local"
"""The address that means a cluster of this machine alone, for as long as the run lasts."""
MOST_THREADS = 4
"""CPU threads of a worker without a GPU, if the options leave them open: more help CTranslate2 little."""
SAMPLE_BYTES = 4
PATIENCE = 600.0
"""Seconds to wait for the cluster to give the first worker a place."""
MOST_QUESTIONS = 30
"""How often a worker that does not answer is asked. Each time, it may take a second or two."""
KNOCKING = 10.0
"""Seconds that the cluster may take to accept a connection."""
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent to Ray's makers
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",  # the pool handles them
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_NUM_REDIS_GET_RETRIES": "1",  # else it tries for a quarter of an hour to reach what does not answer
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",  # else it prints what dies among the command's own output
}
"""Ray's own settings, which it reads from the environment."""
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""With this, Ray's services take 127.0.0.1: who reaches them can run programs here."""


@dataclass(slots=True)
class _Worker:
    actor: Any
    stage: Literal["placing", "loading", "working", "silent"]
    answer: Any
    """What Ray calls the answer to the last question, which is still to come."""
    host: str = ""
    asked: int = 0
    """How often it was asked whether it is still there, since it did not answer."""


class ClusterBackend:
    """Starts each worker as an actor with a GPU of its own, or with as many CPUs as its engine has threads."""

    name = "workers of a cluster"

    def __init__(
        self,
        load: Callable[[EngineOptions], Transcriber],
        options: EngineOptions,
        cluster: ClusterOptions,
    ) -> None:
        """`load` makes a worker's engine; it is pickled, with `options` for the machines of this cluster."""
        self._load, self._options, self._cluster = load, options, cluster
        self._ray: ModuleType | None = None
        self._owns_connection = False
        self._needed: Mapping[str, float] = {}
        """What each worker needs of a machine, as Ray counts it."""
        self._room = 0
        self._workers: dict[int, _Worker] = {}
        self._events: deque[Event] = deque()

    def room(self) -> int:
        """Return how many workers the machines of the cluster have room for.

        Raises ClusterUnreachableError, and ClusterError if there is no Ray, or another version, or no room at all.
        """
        self._connected()
        return self._room

    def start(self, worker: int) -> None:
        """Begin to start a worker; see `Backend`. Raises what `room` raises."""
        ray = self._connected()
        actor = (
            ray.remote(concurrency_groups={"orders": 1, "events": 1})(_actor_class(ray))
            .options(
                num_cpus=self._needed["CPU"],
                num_gpus=self._needed.get("GPU", 0),
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy="SPREAD",
            )
            .remote()
        )
        self._workers[worker] = _Worker(actor, "placing", actor.about.remote())

    def send(self, worker: int, clip: PreparedClip) -> None:
        """Hand a clip to a worker; see `Backend`. Raises UnreadableFileError."""
        self._order(worker, self._packed(clip))

    def _packed(self, clip: PreparedClip) -> SentClip:
        if self._cluster.audio == "shared" and clip.path:
            shared = SharedFile.at(clip.path, clip.sha256, self._cluster.folder, self._cluster.url)
            if shared:
                return SentClip.of(clip, shared)
        # Whichever is smaller: samples are 64,000 bytes for each second, and some files have more.
        if clip.at_hand and clip.path:
            with file_errors(clip.path):
                if clip.path.stat().st_size > clip.duration * RATE * SAMPLE_BYTES:
                    return SentClip.decoded(clip)
        return SentClip.as_file(clip)

    def finish(self, worker: int) -> None:
        """Tell a worker that no more clips come for now."""
        self._order(worker, FINISH)

    def _order(self, worker: int, order: Order) -> None:
        # Of one that has died an event tells, which may still wait behind others.
        if held := self._workers.get(worker):
            held.actor.order.remote(order)

    def next_event(self) -> Event:
        """Wait for the next event of any worker. Raises ClusterError if none gets a place for too long."""
        ray = self._connected()
        while not self._events:
            answers = {held.answer: number for number, held in self._workers.items()}
            is_placed = any(held.stage != "placing" for held in self._workers.values())
            ready, _ = ray.wait(list(answers), num_returns=1, timeout=None if is_placed else PATIENCE)
            if not ready:
                raise self._no_place()
            for answer in ready:
                self._receive(answers[answer], answer)
        return self._events.popleft()

    def _no_place(self) -> ClusterError:
        needs = " and ".join(f"{amount:g} {what}" for what, amount in self._needed.items())
        problem = f"for {PATIENCE / 60:.0f} minutes the cluster had no free place for a worker ({needs})"
        return ClusterUnreachableError(problem, "See what else it does with `ray status`, then run the command again.")

    def _receive(self, worker: int, answer: Any) -> None:
        ray, held = self._connected(), self._workers[worker]
        try:
            found = ray.get(answer)
        except ray.exceptions.ActorUnavailableError:
            self._ask_again(worker)
            return
        except ray.exceptions.RayActorError as error:
            self._end(worker, _death(worker, held, error))
            return
        except ray.exceptions.RayError as error:
            self._end(worker, Died(worker, str(error).strip().splitlines()[-1]))
            return
        match held.stage:
            case "placing":
                self._begin(worker, *found)
            case "loading":
                held.stage, held.answer = "working", held.actor.events.remote()
            case "working":
                self._pass_on(worker, found)
            case "silent":
                # What it reported meanwhile is lost.
                self._end(worker, Died(worker, f"a break of the connection to {held.host}", blames_clips=False))

    def _ask_again(self, worker: int) -> None:
        """Ask a worker that did not answer, until it does or Ray knows what became of it, within half a minute."""
        held = self._workers[worker]
        held.asked += 1
        if held.asked > MOST_QUESTIONS:
            self._end(worker, Died(worker, f"the loss of the connection to {held.host}", blames_clips=False))
            return
        held.stage, held.answer = "silent", held.actor.about.remote()

    def _begin(self, worker: int, host: str, there: Installation | str) -> None:
        """Let a worker that has a place load its engine, if its machine has the same program."""
        held = self._workers[worker]
        held.host = host
        problem = _difference(installation(), there)
        if problem:
            advice = "Install the same version on every machine, or send it along: send_code = true under [cluster]."
            self._end(worker, Failed(worker, ClusterError(f"on {host}, {problem}", advice)))
            return
        held.stage, held.answer = "loading", held.actor.begin.remote(worker, partial(self._load, self._options))

    def _pass_on(self, worker: int, events: list[Event]) -> None:
        held = self._workers[worker]
        held.answer = held.actor.events.remote()
        for event in events:
            if isinstance(event, Failed):
                event.error.problem += f" (on {held.host})"
            if isinstance(event, Failed | Died):
                self._end(worker, event)
                return
            self._events.append(event)

    def _end(self, worker: int, last: Event | None = None) -> None:
        held = self._workers.pop(worker, None)
        if held and self._ray:
            # It may be gone already, or its machine.
            with suppress(Exception):
                self._ray.kill(held.actor)
        if last:
            self._events.append(last)

    def stop(self, worker: int) -> None:
        """End a worker at once."""
        self._end(worker)
        self._events = deque(event for event in self._events if event.worker != worker)

    def close(self) -> None:
        """End all workers, and the connection to the cluster."""
        for worker in list(self._workers):
            self._end(worker)
        self._events.clear()
        if self._ray and self._owns_connection:
            self._ray.shutdown()
        self._ray, self._owns_connection = None, False

    def _connected(self) -> "ModuleType":
        if self._ray is None:
            ray = _import_ray(loopback=self._cluster.address == LOCAL)
            if not ray.is_initialized():
                _connect(ray, self._cluster.address, self._runtime_env())
                self._owns_connection = True
            self._ray = ray
            try:
                self._measure(ray)
            except RadioArchiveError:
                self.close()
                raise
        return self._ray

    def _measure(self, ray: "ModuleType") -> None:
        """Find out what a worker needs, and how many the machines have room for."""
        machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        device = self._options.device
        if device == "auto":
            has_gpu = any(machine.get("GPU", 0) >= 1 for machine in machines)
            device = "cuda" if has_gpu and picked(self._options.model).value.uses_gpu else "cpu"
        threads = self._options.threads
        if device == "cuda":
            self._needed = {"GPU": 1, "CPU": threads or 1}
        else:
            most = int(max((machine.get("CPU", 0) for machine in machines), default=0))
            threads = threads or max(1, min(MOST_THREADS, most))
            self._needed = {"CPU": threads}
        self._options = replace(self._options, device=device, threads=threads, workers=1)
        self._room = sum(
            int(min(machine.get(what, 0) // amount for what, amount in self._needed.items())) for machine in machines
        )
        if not self._room:
            self._refuse(machines)

    def _refuse(self, machines: list[dict[str, float]]) -> None:
        where = f"the cluster at {self._cluster.address}"
        if "GPU" in self._needed and not any(machine.get("GPU", 0) >= 1 for machine in machines):
            advice = "Add a machine that has one (`ray start --address=… --num-gpus=1`), or use --device cpu."
            raise ClusterError(f"{where} has no GPU", advice)
        most = int(max((machine.get("CPU", 0) for machine in machines), default=0))
        problem = f"{where} has no machine with {self._needed['CPU']:g} CPUs for a worker: at most {most}"
        raise ClusterError(problem, "Use fewer --threads, or add a larger machine with `ray start --address=…`.")

    def _runtime_env(self) -> dict[str, Any]:
        if not self._cluster.send_code:
            return {}
        return {"py_modules": [str(Path(radio_archive.__file__).parent)], "excludes": ["__pycache__"]}


def _actor_class(ray: "ModuleType") -> type:
    """Return the class of an actor. It is made here so that Ray sends its code: a machine may not have this program."""

    class Transcribing:
        def about(self) -> tuple[str, object]:
            import platform

            try:
                from radio_archive.speech import cluster_worker
            except ImportError as error:
                return platform.node(), str(error)
            return platform.node(), cluster_worker.installation()

        def begin(self, worker: int, load: Any) -> None:
            from radio_archive.speech.cluster_worker import RemoteWorker

            self.worker = RemoteWorker(worker, load)

        @ray.method(concurrency_group="orders")  # type: ignore[untyped-decorator]
        def order(self, order: Any) -> None:
            self.worker.order(order)

        @ray.method(concurrency_group="events")  # type: ignore[untyped-decorator]
        def events(self) -> Any:
            return self.worker.events()

    return Transcribing


def _death(worker: int, held: _Worker, error: Any) -> Died:
    """Say of what a worker died, by Ray's error about it."""
    host, reason = held.host or "a machine of the cluster", str(error)
    if error.preempted or "node has died" in reason:
        return Died(worker, f"the loss of its machine, {host}", blames_clips=False)
    # What Ray itself ends before the system does.
    if "low on memory" in reason or "memory usage above threshold" in reason:
        return Died(worker, f"a lack of memory on {host}")
    return Died(worker, f"the end of its process on {host}")


def _difference(here: Installation, there: Installation | str) -> str:
    """Return how the program of a worker's machine differs from ours, or an empty string."""
    if isinstance(there, str):
        return f"radio-archive cannot be used: {there}"
    if there.version not in {here.version, "unknown"}:
        return f"there is radio-archive {there.version}, and here {here.version}"
    if there.code != here.code:
        return f"there is other code of radio-archive {here.version} than here"
    return ""


def _import_ray(*, loopback: bool) -> "ModuleType":
    for name, value in {**SETTINGS, **(LOOPBACK if loopback else {})}.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        problem = "a cluster needs Ray, which is not installed"
        raise ClusterError(problem, "Install it with: pip install 'radio-archive[cluster]'") from error
    module: ModuleType = ray
    return module


def _connect(ray: "ModuleType", address: str, runtime_env: dict[str, Any]) -> None:
    """Connect to a cluster, or start the one of this machine. Raises ClusterError and ClusterUnreachableError."""
    settings = {"log_to_driver": False, "logging_level": logging.CRITICAL, "runtime_env": runtime_env}
    try:
        with _signals_kept():
            if address == LOCAL:
                ray.init(LOCAL, include_dashboard=False, **settings)
            else:
                _knock(address)
                ray.init(address, **settings)
    except ClusterError:
        raise
    except Exception as error:
        ray.shutdown()
        reason = " ".join(str(error).split())
        if "ersion mismatch" in reason:
            advice = "Use the versions of Python and Ray here that the cluster has."
            raise ClusterError(f"the cluster at {address} does not fit: {reason}", advice) from error
        problem = f"cannot connect to a Ray cluster at {address}: {reason or type(error).__name__}"
        advice = "Is it running? `ray status` tells. This machine must be one of its nodes: `ray start --address=…`."
        raise ClusterUnreachableError(problem, advice) from error


def _knock(address: str) -> None:
    """Raise OSError if nobody is at an address, where Ray itself would try for long, and ClusterError if it is none."""
    where = urlsplit(address if "://" in address else f"//{address}")
    if not (where.hostname and where.port):
        problem = f"{address!r} is no address of a cluster"
        raise ClusterError(problem, 'It takes a host and a port, such as 10.0.0.1:6379, or "local".')
    socket.create_connection((where.hostname, where.port), KNOCKING).close()


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep what the program does at SIGTERM: Ray would replace it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)
