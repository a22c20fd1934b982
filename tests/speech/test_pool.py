"""What a pool of workers does with their events: every clip is reported once, whatever dies, and few are out."""

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.simulated import SimulatedBackend

from radio_archive.errors import AudioError, ModelNotFoundError, RadioArchiveError, WorkerDiedError, WorkersLostError
from radio_archive.speech.engine import ClipFailure, ClipProgress, ClipResult, PreparedClip
from radio_archive.speech.pool import MOST_CLIPS, WorkerPool
from radio_archive.speech.worker import CLIPS_AHEAD


def clips(count: int, deadly: Iterable[int] = ()) -> list[PreparedClip]:
    poison = set(deadly)
    return [PreparedClip(str(n), 1.0, lambda: iter(()), prompt="deadly" if n in poison else None) for n in range(count)]


def ended(pool: WorkerPool, source: Iterable[PreparedClip]) -> dict[str, ClipResult | ClipFailure]:
    """Return how each clip ended: exactly once, and with no progress after it."""
    found: dict[str, ClipResult | ClipFailure] = {}
    for report in pool.transcribe(source):
        assert report.key not in found
        if not isinstance(report, ClipProgress):
            found[report.key] = report
    assert pool.clips_out == 0
    return found


def every_kind(kind: type[RadioArchiveError] = RadioArchiveError) -> Iterator[type[RadioArchiveError]]:
    yield kind
    for other in kind.__subclasses__():
        yield from every_kind(other)


@pytest.mark.parametrize("kind", sorted(set(every_kind()), key=str), ids=lambda kind: kind.__name__)
def test_an_error_comes_back_from_a_worker_as_it_was(kind: type[RadioArchiveError]) -> None:
    said = ("it is broken", "Mend it.")
    error = kind(Path("a clip.mp3"), *said) if issubclass(kind, AudioError) else kind(*said)
    vars(error)["about_machine"] = True
    back = pickle.loads(pickle.dumps(ClipFailure("clip", error))).error  # noqa: S301 - our own
    assert type(back) is kind
    assert (str(back), vars(back), back.args) == (str(error), vars(error), error.args)


@given(seed=st.integers(), size=st.integers(1, 5), count=st.integers(0, 60), accidents=st.integers(0, 4))
def test_every_clip_is_heard_once_whatever_dies(seed: int, size: int, count: int, accidents: int) -> None:
    backend = SimulatedBackend(seed, accidents=accidents)
    found = ended(WorkerPool(backend, size), iter(clips(count)))
    assert sorted(found, key=int) == [str(n) for n in range(count)]
    assert all(isinstance(report, ClipResult) for report in found.values())
    assert backend.started <= min(size, count) + accidents


@given(seed=st.integers(), size=st.integers(1, 4), deadly=st.sets(st.integers(0, 39), max_size=4))
def test_a_clip_that_kills_its_workers_fails_alone(seed: int, size: int, deadly: set[int]) -> None:
    """Also while machines are taken away, of which the backend tells that no clip was to blame."""
    backend = SimulatedBackend(seed, accidents=5)
    found = ended(WorkerPool(backend, size), iter(clips(40, deadly)))
    failed = {key: report.error for key, report in found.items() if isinstance(report, ClipFailure)}
    assert set(found) == {str(n) for n in range(40)}
    assert set(failed) == {str(n) for n in deadly}
    for key, error in failed.items():
        assert isinstance(error, WorkerDiedError)
        assert "bad luck" in error.problem
        assert backend.deaths.count([key]) >= 1, "it was given up only after it was heard alone"
        assert sum(key in inside for inside in backend.deaths) == 2


@given(seed=st.integers(), places=st.integers(1, 3), count=st.integers(0, 9))
def test_workers_that_never_start_hold_up_no_clip(seed: int, places: int, count: int) -> None:
    found = ended(WorkerPool(SimulatedBackend(seed, places=places), 5), iter(clips(count)))
    assert len(found) == count


@given(seed=st.integers(), size=st.integers(1, 4))
def test_the_first_worker_that_is_ready_leaves_the_others_a_clip(seed: int, size: int) -> None:
    """It would take all of a few long ones, before it has heard the first."""
    backend = SimulatedBackend(seed)
    ended(WorkerPool(backend, size), iter(clips(size)))
    assert backend.most_in_one == 1


@settings(max_examples=30)
@given(seed=st.integers())
def test_the_clips_of_a_dead_worker_need_not_wait_for_the_end_nor_for_another_worker(seed: int) -> None:
    backend = SimulatedBackend(seed, accidents=1, blames_clips=True, places=2)
    reports = WorkerPool(backend, 2).transcribe(iter(clips(10_000)))
    missing: set[str] | None = None
    for report in reports:
        if backend.deaths and missing is None:
            missing, after = set(backend.deaths[0]), 0
        if missing is not None:
            missing.discard(report.key)
            after += 1
            if not missing:
                break
            assert after < 100
    reports.close()


@given(seed=st.integers())
def test_a_result_that_comes_twice_counts_once(seed: int) -> None:
    backend = SimulatedBackend(seed)
    backend.echoes = True
    assert len(ended(WorkerPool(backend, 2), iter(clips(20)))) == 20


@given(seed=st.integers(), accidents=st.integers(0, 6))
def test_what_is_given_up_was_in_two_workers_that_died(seed: int, accidents: int) -> None:
    """If somebody kills workers, nobody can tell that from a clip that does."""
    backend = SimulatedBackend(seed, accidents=accidents, blames_clips=True)
    found = ended(WorkerPool(backend, 2), iter(clips(40)))
    assert len(found) == 40
    deaths = Counter(key for inside in backend.deaths for key in inside)
    assert {key for key, report in found.items() if isinstance(report, ClipFailure)} == {
        key for key, times in deaths.items() if times == 2
    }


@given(seed=st.integers(), size=st.integers(1, 4), appetite=st.integers(1, 12))
def test_few_clips_are_out_at_once(seed: int, size: int, appetite: int) -> None:
    """As many as the engines want, and a few more; of a source without end."""
    backend = SimulatedBackend(seed, appetite=appetite)
    pool = WorkerPool(backend, size)
    drawn = reported = 0

    def source() -> Iterator[PreparedClip]:
        nonlocal drawn
        while True:
            drawn += 1
            yield PreparedClip(str(drawn), 1.0, lambda: iter(()))

    reports = pool.transcribe(source())
    for report in reports:
        reported += not isinstance(report, ClipProgress)
        assert drawn - reported <= size * (appetite + CLIPS_AHEAD + 1)
        if reported == 100:
            break
    reports.close()
    assert not backend.players, "no worker is left"
    assert pool.clips_out == 0


def test_an_engine_that_never_has_enough_must_finish() -> None:
    backend = SimulatedBackend(1, appetite=10**6)
    pool = WorkerPool(backend, 1)
    most = 0
    for report in pool.transcribe(iter(clips(2 * MOST_CLIPS))):
        most = max(most, pool.clips_out + isinstance(report, ClipResult))
    assert most == MOST_CLIPS


def test_workers_are_started_once_for_many_runs_and_only_as_many_as_there_are_clips() -> None:
    backend = SimulatedBackend(1)
    pool = WorkerPool(backend, 3)
    assert ended(pool, []) == {}
    assert backend.started == 0
    ended(pool, clips(1))
    assert backend.started == 1
    ended(pool, clips(50))
    ended(pool, clips(50))
    assert backend.started == 3
    pool.close()
    ended(pool, clips(50))
    assert backend.started == 6


@pytest.mark.parametrize("size", [1, 3])
def test_an_engine_that_cannot_be_loaded_says_so_once(size: int) -> None:
    backend = SimulatedBackend(1)
    backend.broken = ModelNotFoundError("no such model", "Choose another.")
    pool = WorkerPool(backend, size)
    with pytest.raises(ModelNotFoundError, match="no such model"):
        list(pool.transcribe(clips(9)))
    with pytest.raises(ModelNotFoundError, match="no such model"):
        pool.check()
    assert not backend.players
    backend.broken = None
    pool.check()
    assert pool.name == f"toy in {size} simulated workers"
    assert len(ended(pool, clips(9))) == 9


def test_a_worker_that_cannot_be_started_is_tried_again_while_others_work() -> None:
    backend = SimulatedBackend(1)
    backend.broken, backend.refusals = ModelNotFoundError("no memory for the model"), 2
    pool = WorkerPool(backend, 3)
    reports = pool.transcribe(iter(clips(10_000)))
    while backend.refusals or len(backend.players) < 3:
        assert next(reports)
    reports.close()
    assert backend.started == 5


def test_workers_that_die_whatever_they_hear_end_the_run() -> None:
    """And no clip is blamed for it."""
    backend = SimulatedBackend(1)
    reports = WorkerPool(backend, 2).transcribe(iter(clips(100, range(100))))
    told: list[object] = []
    with pytest.raises(WorkersLostError, match="died one after another, the last of bad luck"):
        told.extend(reports)
    assert all(isinstance(report, ClipProgress) for report in told)
    assert not backend.players
