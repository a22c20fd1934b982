"""An engine on its own thread: it works while its caller saves, and a caller that stops need not wait."""

import threading
from collections.abc import Generator, Iterable, Iterator

import pytest
from support.bounds import PATIENCE, until

from radio_archive.errors import ModelNotFoundError
from radio_archive.models import Transcript
from radio_archive.speech.engine import ClipResult, EngineReport, PreparedClip
from radio_archive.speech.worker import CLIPS_AHEAD, MAX_REPORTS, Worker

CLIPS = [PreparedClip(str(number), 1.0, lambda: iter(())) for number in range(50)]


class Engine:
    """Answers at once; records how far it came and on which thread; waits at clip `wall` until `opened` is set."""

    name = "test"

    def __init__(self, wall: int | None = None) -> None:
        self.begun = 0
        self.wall, self.opened = wall, threading.Event()
        self.threads: set[str] = set()

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        for clip in clips:
            self.begun += 1
            self.threads.add(threading.current_thread().name)
            if self.begun == self.wall:
                self.opened.wait()
            yield ClipResult(clip.key, Transcript(()))


def engine_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "engine"]


def test_every_clip_comes_back_once_and_is_drawn_on_the_callers_thread() -> None:
    engine, drawn = Engine(), set()

    def clips() -> Iterator[PreparedClip]:
        for clip in CLIPS:
            drawn.add(threading.current_thread())
            yield clip

    assert [report.key for report in Worker(engine, 5).transcribe(clips())] == [clip.key for clip in CLIPS]
    assert drawn == {threading.current_thread()}
    assert engine.threads == {"engine"}
    assert engine_threads() == []


def test_the_engine_works_on_while_its_caller_is_busy_but_not_without_end() -> None:
    engine = Engine()
    reports = Worker(engine, 5).transcribe(iter(CLIPS))
    next(reports)
    until("it has begun another clip", lambda: engine.begun > 1)
    reports.close()
    assert engine.begun <= MAX_REPORTS + CLIPS_AHEAD + 1


def test_a_caller_that_leaves_is_not_kept_waiting() -> None:
    engine = Engine(wall=2)
    reports = Worker(engine, 0.2).transcribe(iter(CLIPS))
    next(reports)
    # Lets the engine go on in the end, if its caller waits for it after all.
    rescue = threading.Timer(PATIENCE, engine.opened.set)
    rescue.start()
    reports.close()
    assert not engine.opened.is_set()
    rescue.cancel()
    engine.opened.set()
    for thread in engine_threads():
        thread.join()
    assert engine.begun == 2, "no clip was begun after the stop"


def test_an_engine_that_cannot_begin_says_so() -> None:
    class Broken(Engine):
        def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
            raise ModelNotFoundError("no such model", "Choose another.")
            yield

    with pytest.raises(ModelNotFoundError, match="no such model"):
        list(Worker(Broken(), 5).transcribe(iter(CLIPS)))
    assert engine_threads() == []
