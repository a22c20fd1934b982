"""Clips are transcribed by a server with OpenAI's protocol, a real one on this machine, in every mood of its."""

import io
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from support.audio_files import encode
from support.bounds import PATIENCE
from support.program import CLIPS, FIXTURES, Ran, ok, run, start
from support.transcription_server import (
    Answer,
    Asked,
    Certificate,
    Running,
    faster_whisper,
    on_the_wire,
    transcribing,
)

from radio_archive.audio.decode import RATE, decode_chunks
from radio_archive.audio.flac import to_flac
from radio_archive.config.settings import EngineOptions
from radio_archive.errors import (
    EndpointError,
    EndpointFailedError,
    EndpointUnreachableError,
    RadioArchiveError,
    TranscriptionError,
    UsageError,
    is_about_all,
)
from radio_archive.models import Transcript, Verdict
from radio_archive.speech.endpoint import EndpointTranscriber
from radio_archive.speech.endpoint_client import KEY, EndpointClient, Patience
from radio_archive.speech.engine import ClipFailure, ClipResult, EngineReport, PreparedClip, Transcriber
from radio_archive.speech.whisper import WhisperTranscriber

CLIP = CLIPS / "20241105_HarborWatch.mp3"
SECRET = "sk-a-very-secret-key-0123456789"  # noqa: S105 - of no server
IMPATIENT = Patience(attempts=3, backoff=0.0, silence=PATIENCE)


@pytest.fixture(scope="module")
def harbor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some windows of speech, as a file of 16 bits: what is sent of it is just what is heard here."""
    samples = next(decode_chunks(CLIP)).samples[: 32 * RATE]
    path = tmp_path_factory.mktemp("sound") / "harbor-watch_2025-01-02_ferries.flac"
    return encode(path, samples[np.newaxis], codec="flac", container="flac", rate=RATE)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One window of speech."""
    samples = next(decode_chunks(CLIP)).samples[: 12 * RATE]
    path = tmp_path_factory.mktemp("short") / "harbor-watch_2025-01-03_short.flac"
    return encode(path, samples[np.newaxis], codec="flac", container="flac", rate=RATE)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(KEY, SECRET)
    return SECRET


def options(server: Running, **more: object) -> EngineOptions:
    return EngineOptions(model="endpoint:demo", url=server.url, **more)  # type: ignore[arg-type]


def clip(path: Path, **more: object) -> PreparedClip:
    return PreparedClip(str(path), 60.0, partial(decode_chunks, path), **more)  # type: ignore[arg-type]


def results(engine: Transcriber, *clips: PreparedClip) -> dict[str, EngineReport]:
    reports = [report for report in engine.transcribe(clips) if isinstance(report, ClipResult | ClipFailure)]
    assert sorted(report.key for report in reports) == sorted({one.key for one in clips})
    return {report.key: report for report in reports}


def transcript(engine: Transcriber, one: PreparedClip) -> Transcript:
    report = results(engine, one)[one.key]
    assert isinstance(report, ClipResult), report
    return report.transcript


def decoded(flac: bytes) -> NDArray[np.int16]:
    """Return the samples of a FLAC file as they are sent."""
    with av.open(io.BytesIO(flac), "r") as file:
        stream = file.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("flac", RATE, 1)
        samples: NDArray[np.int16] = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(stream)])
        return samples


def seconds_of(asked: Asked) -> float:
    return len(decoded(asked.sound)) / RATE


def words_at(*starts: float, text: str = " word{}") -> Answer:
    """An answer with so many words, each of half a second, and nothing else to complain of."""
    words = [{"word": text.format(n), "start": at, "end": at + 0.5} for n, at in enumerate(starts)]
    return Answer({"text": "".join(str(word["word"]) for word in words).strip(), "words": words})


def spoken(asked: Asked) -> Answer:
    """Words from the beginning to the end, which leave nothing out."""
    return words_at(*np.arange(0.0, seconds_of(asked) - 0.5, 0.5))


def assert_heard_alike(*clips: PreparedClip) -> Running:
    """The words of a server are those of the local engine with the same weights. Returns what the server was asked.

    It is faster-whisper itself, without any code of ours: windows, guards and coverage are on this side. Both compute
    in full precision, because in 8 bits nearly equal words may change places.
    """
    local = results(WhisperTranscriber(EngineOptions(model="demo", compute_type="float32")), *clips)
    with transcribing(faster_whisper(FIXTURES / "demo-model")) as server:
        remote = results(EndpointTranscriber(options(server)), *clips)
    for key, here in local.items():
        there = remote[key]
        assert isinstance(here, ClipResult)
        assert isinstance(there, ClipResult), there
        ours, theirs = here.transcript, there.transcript
        assert [word.text for word in theirs.words] == [word.text for word in ours.words]
        assert len(theirs.words) > 15
        assert theirs.language == ours.language == "en"
        assert [window.verdict for window in theirs.windows] == [window.verdict for window in ours.windows]
        assert all(word.probability for word in theirs.words)
        near = [abs(one.start - other.start) < 0.5 for one, other in zip(theirs.words, ours.words, strict=True)]
        assert sum(near) > 0.95 * len(near)
    return server


def test_the_words_are_those_of_the_local_engine_with_the_same_weights(harbor: Path, short: Path) -> None:
    told = clip(harbor, language="en", prompt="Good evening.", hotwords=("Grace Tanaka", "Lahaina"))
    server = assert_heard_alike(clip(short), told)
    assert {asked.first("language") for asked in server.asked} == {None, "en"}
    assert {asked.first("prompt") for asked in server.asked} == {None, " Grace Tanaka, Lahaina Good evening."}
    assert {asked.first("temperature") for asked in server.asked} == {"0"}
    assert server.asked[-1].fields["timestamp_granularities[]"] == ["word", "segment"]
    assert all(len(asked.sound) < 1_000_000 and seconds_of(asked) <= 30 for asked in server.asked)


@pytest.mark.long
def test_the_words_of_all_fixtures_are_those_of_the_local_engine() -> None:
    """Also of sound from MP3, and of what the guards doubt: that is heard again with Whisper's timestamps."""
    assert_heard_alike(*map(clip, sorted(CLIPS.glob("*.mp3"))))


def test_sound_survives_the_way_as_it_was() -> None:
    samples = (np.arange(-32_768, 32_768, 7) / 32_768).astype(np.float32)
    for loudness in (1.0, 4.0):
        got = decoded(to_flac(samples * np.float32(loudness)))
        assert np.abs(got.astype(float) - samples * 32_768).max() <= (0 if loudness == 1 else 1)


def test_a_lost_passage_is_asked_for_again(short: Path) -> None:
    whole = []

    def forgetful(asked: Asked) -> Answer:
        whole.append(seconds_of(asked))
        return words_at(*np.arange(0.0, 5.0, 0.5)) if len(whole) == 1 else spoken(asked)

    with transcribing(forgetful) as server:
        heard = transcript(EndpointTranscriber(options(server)), clip(short))
    assert len(whole) > 1
    assert max(whole[1:]) < whole[0]
    assert max(word.end for word in heard.words) > 9
    assert heard.windows[0].verdict == Verdict.REPAIRED


def test_a_loop_is_asked_for_again_in_another_way_and_marked(short: Path) -> None:
    with transcribing(lambda asked: words_at(*np.arange(0.0, 11.0, 0.25), text=" la")) as server:
        heard = transcript(EndpointTranscriber(options(server)), clip(short, prompt="Sing.", hotwords=("Hilo",)))
    first, marking, later = server.asked[:3]
    assert [one.first("prompt") for one in (first, marking, later)] == [" Hilo Sing.", None, None]
    assert [one.first("without_timestamps") for one in (first, marking, later)] == [None, "false", None]
    assert first.sound == marking.sound != later.sound
    assert heard.windows[0].verdict == Verdict.SUSPECT
    assert len(heard.words) < 20


@pytest.mark.parametrize("takes", [True, False])
def test_a_server_that_can_mark_sentences_is_asked_to_and_another_one_once_more(short: Path, takes: bool) -> None:
    """One that takes no unknown field says so in words of its own, which name the model, too."""

    def answer(asked: Asked) -> Answer:
        if asked.first("without_timestamps") and not takes:
            return Answer({"detail": "Unknown fields for the model demo: without_timestamps"}, 422)
        return spoken(asked) if server.asked[1:] else words_at(*np.arange(0.0, 11.0, 0.25), text=" la")

    with transcribing(answer) as server:
        heard = transcript(EndpointTranscriber(options(server)), clip(short))
    assert len(server.asked) == (2 if takes else 3)
    assert heard.windows[0].verdict == Verdict.REPAIRED
    assert heard.words[-1].end > 11


def test_without_guards_nothing_is_asked_twice(short: Path) -> None:
    with transcribing(lambda asked: words_at(*np.arange(0.0, 3.0, 0.25), text=" la")) as server:
        heard = transcript(EndpointTranscriber(options(server, guards=False)), clip(short))
    assert len(server.asked) == 1
    assert heard.windows[0].verdict == Verdict.UNCHECKED


def test_a_model_that_tells_no_times_is_asked_for_text(short: Path, caplog: pytest.LogCaptureFixture) -> None:
    def terse(asked: Asked) -> Answer:
        if asked.first("response_format") == "verbose_json":
            problem = "response_format 'verbose_json' is not compatible with model 'demo'. Use 'json' instead."
            return Answer({"error": {"message": problem, "type": "invalid_request_error"}}, 400)
        return Answer({"text": "Good evening. This is Harbor Watch, with news from every island of the state tonight."})

    with transcribing(terse) as server:
        engine = EndpointTranscriber(options(server))
        heard = transcript(engine, clip(short))
        assert transcript(engine, clip(short)).words == heard.words
    assert [asked.first("response_format") for asked in server.asked].count("verbose_json") == 1
    assert caplog.text.count("tells no times") == 1
    assert heard.text.startswith("Good evening. This is Harbor Watch,")
    assert heard.options["response_format"] == "json"
    assert heard.words[-1].end > 5


def test_so_many_are_sent_at_once_and_no_more(harbor: Path) -> None:
    """The server waits until two are there: one after the other would never end."""
    both, there, most = threading.Barrier(2), [0], [0]
    lock = threading.Lock()

    def patient(asked: Asked) -> Answer:
        with lock:
            there[0] += 1
            most[0] = max(most[0], there[0])
        both.wait(PATIENCE)
        with lock:
            there[0] -= 1
        return spoken(asked)

    def four(path: Path) -> Iterator[PreparedClip]:
        sound = list(decode_chunks(path))
        for n in range(2):
            yield PreparedClip(str(n), 60.0, lambda: iter(sound))

    with transcribing(patient) as server:
        reports = list(EndpointTranscriber(options(server, batch_size=2, guards=False)).transcribe(four(harbor)))
    assert sum(isinstance(report, ClipResult) for report in reports) == 2
    assert most == [2]


def test_a_window_that_is_refused_fails_its_clip_alone(harbor: Path, short: Path) -> None:
    def picky(asked: Asked) -> Answer:
        return spoken(asked) if seconds_of(asked) < 15 else Answer({"detail": "cannot decode"}, 400)

    with transcribing(picky) as server:
        found = results(EndpointTranscriber(options(server), IMPATIENT), clip(harbor), clip(short))
    failed = found[str(harbor)]
    assert isinstance(failed, ClipFailure)
    assert "answers 400: cannot decode" in str(failed.error)
    assert isinstance(found[str(short)], ClipResult)


def test_a_clip_of_which_no_window_is_heard_fails(short: Path, harbor: Path) -> None:
    """Also where nothing else is in its batch."""
    with transcribing(lambda _: Answer({"text": None})) as server:
        for clips in ([clip(short)], [clip(harbor)], [clip(short), clip(harbor)]):
            for failed in results(EndpointTranscriber(options(server), IMPATIENT), *clips).values():
                assert isinstance(failed, ClipFailure)
                assert "has no text" in str(failed.error)


def ask(answer: Callable[[Asked], Answer], patience: Patience = IMPATIENT) -> tuple[RadioArchiveError, int]:
    """Return what one request to a server ends in, and how many it got."""
    with transcribing(answer) as server:
        client = EndpointClient(options(server), patience)
        with pytest.raises(RadioArchiveError) as caught:
            client.transcribe(b"sound", [])
        client.close()
        return caught.value, len(server.asked)


HTML = Answer(b"<!DOCTYPE html><title>Welcome to nginx!</title>", headers={"content-type": "text/html"})
PERMANENT = {
    "wrong key": (Answer({"error": {"message": f"Incorrect API key provided: {SECRET}"}}, 401), EndpointError, KEY),
    "forbidden": (Answer(b"no", 403), EndpointError, KEY),
    "no such model": (Answer({"error": "The model `demo` does not exist"}, 404), EndpointError, "'demo'"),
    "no such model, said otherwise": (
        Answer({"detail": "unknown model demo"}, 400),
        EndpointError,
        "--model endpoint:",
    ),
    "wrong address": (Answer(b"Not Found", 404), EndpointError, "/v1"),
    "too large": (Answer(b"<html>413</html>", 413), EndpointError, "1 MB"),
    "leads elsewhere": (Answer(b"", 307, {"location": "http://127.0.0.1:1/"}), EndpointError, "engine.url"),
    "web page": (HTML, EndpointError, "/v1"),
    "a page of the proxy's": (
        Answer(b"<html>The plain HTTP request was sent to HTTPS port</html>", 400),
        EndpointError,
        "http or https",
    ),
    "no JSON": (Answer(b"OK"), TranscriptionError, "no JSON"),
    "deep JSON": (Answer(b"[" * 100_000), TranscriptionError, "no JSON"),
    "100 MB": (Answer(b"x" * 100_000_000), TranscriptionError, "more than 4,000,000 bytes"),
    "squeezed": (
        Answer(b"\x1f\x8b" + b"\0" * 100, headers={"content-encoding": "gzip"}),
        TranscriptionError,
        "no JSON",
    ),
    "odd": (Answer({"detail": "odd\x1b[31m"}, 422), TranscriptionError, "answers 422: odd"),
}


@pytest.mark.parametrize(("answer", "kind", "says"), PERMANENT.values(), ids=PERMANENT)
def test_what_will_not_pass_is_said_once_and_not_asked_again(answer: Answer, kind: type[Exception], says: str) -> None:
    error, asked = ask(lambda _: answer)
    assert type(error) is kind
    assert says in str(error)
    assert not error.transient
    assert is_about_all(error) == (kind is EndpointError)
    assert asked == 1
    assert "\n" not in str(error)
    assert len(str(error)) < 500


PASSING = {
    "busy": (Answer(b"", 503), EndpointUnreachableError),
    "too many": (Answer(b"", 429, {"retry-after": "0"}), EndpointUnreachableError),
    "a broken proxy": (Answer(b"<html>502</html>", 502, {"retry-after": "soon"}), EndpointUnreachableError),
    "it fails on this": (Answer({"error": "CUDA out of memory"}, 500), EndpointFailedError),
}


@pytest.mark.parametrize(("answer", "kind"), PASSING.values(), ids=PASSING)
def test_what_may_pass_is_asked_again_and_then_waited_for(answer: Answer, kind: type[RadioArchiveError]) -> None:
    """A server that fails on one sound, whenever it gets it, must not hold up all others for ever."""
    error, asked = ask(lambda _: answer)
    assert type(error) is kind
    assert error.transient
    assert is_about_all(error) == (kind is EndpointUnreachableError)
    assert asked == IMPATIENT.attempts


def test_it_goes_on_when_the_server_does() -> None:
    moods = iter([Answer(b"", 503), Answer(b"", 429, {"retry-after": "0"}), Answer({"text": "Aloha."})])
    with transcribing(lambda _: next(moods)) as server:
        assert EndpointClient(options(server), IMPATIENT).transcribe(b"sound", []) == {"text": "Aloha."}
    assert len(server.asked) == 3


def test_a_server_that_asks_for_an_hour_is_not_waited_for() -> None:
    error, asked = ask(lambda _: Answer(b"", 429, {"retry-after": "3600"}))
    assert isinstance(error, EndpointUnreachableError)
    assert asked == 1


def test_a_server_that_says_nothing_is_given_up() -> None:
    over = threading.Event()

    def silent(_: Asked) -> Answer:
        over.wait(PATIENCE)
        return Answer(b"")

    with transcribing(silent) as server:
        client = EndpointClient(options(server), Patience(attempts=1, silence=0.2))
        with pytest.raises(EndpointUnreachableError, match="does not answer in time"):
            client.transcribe(b"sound", [])
        over.set()


def test_a_certificate_that_is_not_trusted_is_said_once_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is one for another name; and one of your own can be trusted."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    own = Certificate.made(tmp_path)
    with transcribing(lambda _: Answer({"text": "Aloha."}), own) as server:
        for url, trusted, why in [
            (server.url, "", "self-signed certificate"),
            (server.url.replace("127.0.0.1", "localhost"), own.certificate, "not valid for 'localhost'"),
        ]:
            monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
            with pytest.raises(EndpointError, match=why) as caught:
                EndpointClient(options(Running(url, [])), IMPATIENT).transcribe(b"sound", [])
            assert not caught.value.transient
            assert "SSL_CERT_FILE" in str(caught.value)
        # A server waits long for the end of a safe connection.
        with closing(EndpointClient(options(server), IMPATIENT)) as client:
            assert client.transcribe(b"sound", []) == {"text": "Aloha."}
    assert len(server.asked) == 1


def test_https_where_there_is_none_is_said_once() -> None:
    with transcribing(lambda _: Answer({"text": "Aloha."})) as server:
        client = EndpointClient(options(Running(server.url.replace("http", "https"), [])), IMPATIENT)
        with pytest.raises(EndpointError, match=r"no safe connection.* https") as caught:
            client.transcribe(b"sound", [])
    assert not caught.value.transient


BEGINNING = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n"


def dripping(connection: socket.socket) -> None:
    """Send a header now and then, until the other side has enough."""
    connection.sendall(BEGINNING)
    while True:
        connection.sendall(b"x: y\r\n")
        time.sleep(0.1)


WIRES: dict[str, Callable[[socket.socket], None]] = {
    "nothing": lambda connection: None,
    "half an answer": lambda connection: connection.sendall(BEGINNING + b'\r\n{"text": "Al'),
    "no HTTP": lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n"),
    "a drip": dripping,
}


@pytest.mark.parametrize("talk", WIRES.values(), ids=WIRES)
def test_a_connection_that_breaks_or_drips_is_given_up(talk: Callable[[socket.socket], None]) -> None:
    with on_the_wire(talk) as server:
        client = EndpointClient(options(server), Patience(attempts=2, backoff=0.0, whole=0.5))
        with pytest.raises(EndpointUnreachableError) as caught:
            client.transcribe(b"sound", [])
        # What drips ends with its connection.
        client.close()
    assert caught.value.transient
    assert "\n" not in str(caught.value)
    assert server.asked


def test_nobody_there_is_said_as_such() -> None:
    client = EndpointClient(EngineOptions(model="endpoint:demo", url="http://127.0.0.1:1/v1"), IMPATIENT)
    with pytest.raises(EndpointUnreachableError, match=r"http://127\.0\.0\.1:1 does not answer"):
        client.transcribe(b"sound", [])


def test_a_redirect_gets_neither_key_nor_sound() -> None:
    with transcribing(lambda _: Answer({"text": "mine now"})) as thief:
        error, _ = ask(lambda _: Answer(b"", 308, {"location": f"{thief.url}/audio/transcriptions"}))
    assert isinstance(error, EndpointError)
    assert thief.asked == []


@pytest.mark.parametrize("bad", ["two words", "line\nbreak", "schlüssel", "a\x00b"])
def test_a_key_that_cannot_be_sent_is_not_shown(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The environment itself takes no NUL.
    monkeypatch.setattr("os.environ", {KEY: bad})
    with pytest.raises(UsageError) as caught:
        EndpointClient(EngineOptions(model="endpoint:demo", url="http://127.0.0.1:1/v1"))
    assert KEY in str(caught.value)
    assert bad not in str(caught.value)


def test_an_endpoint_without_an_address_or_a_model_is_a_clear_line(short: Path, empty_archive: Path) -> None:
    ran = run("add", short, "--model", "endpoint:demo", "-a", empty_archive)
    assert ran.code == 1
    assert "engine.url" in ran.err.splitlines()[-1]
    configure(empty_archive, "http://127.0.0.1:1/v1")
    ran = run("add", short, "--model", "endpoint:", "-a", empty_archive)
    assert "names no model" in ran.err.splitlines()[-1]


def configure(archive: Path, url: str, more: str = "") -> None:
    (archive / "radio-archive.toml").write_text(f'[engine]\nurl = "{url}"\n{more}', encoding="utf-8")


def assert_secret(folder: Path, *said: Ran) -> None:
    """No file of the archive has the key, and nothing that was printed."""
    for path in folder.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    for ran in said:
        assert SECRET not in ran.out + ran.err


def test_from_a_file_to_a_transcript_and_the_key_stays_outside(short: Path, harbor: Path, empty_archive: Path) -> None:
    """The server repeats the key wherever it can; another one refuses it."""

    def talkative(asked: Asked) -> Answer:
        assert asked.headers["authorization"] == f"Bearer {SECRET}"
        if asked.path == "/v1/models":
            return Answer({"data": [{"id": "demo"}, {"id": SECRET}]})
        said = spoken(asked)
        assert isinstance(said.body, dict)
        words = [{**said.body["words"][0], "word": f" {SECRET}"}, *said.body["words"][1:]]
        return Answer({**said.body, "words": words, "text": "".join(word["word"] for word in words).strip()})

    where = ("-a", empty_archive)
    with transcribing(talkative) as server:
        configure(empty_archive, server.url, 'model = "endpoint:demo"\nworkers = 3\n')
        ran = [ok("add", short, "--json", *where), ok("doctor", *where), ok("models", "list", *where)]
        assert f"{server.url} answers, and has demo" in ran[1].out
        assert server.url in ran[2].out
        assert "there are no workers" in ran[0].err or "needs no workers" in ran[0].err
        ran.append(ok("retranscribe", "--all", *where))
        assert "already transcribed by the model 'endpoint:demo'" in ran[-1].err
    (added,) = ran[0].json
    shown, exported = (
        ok("show", added["clip"], "--json", *where),
        ok("export", added["clip"], "--format", "json", *where),
    )
    made = shown.json["transcripts"][0]
    assert (made["engine"], made["model"]) == ("endpoint", "endpoint:demo")
    assert made["options"]["endpoint"] == server.url.removesuffix("/v1")
    assert "***" in shown.out
    with transcribing(lambda _: Answer({"error": {"message": f"bad key {SECRET}"}}, 401)) as refusing:
        configure(empty_archive, refusing.url)
        denied = run("add", harbor, short, "--force", "--model", "endpoint:demo", *where)
        # What concerns all clips is not tried with each of them.
        assert len(refusing.asked) <= 4
        ran.append(run("doctor", *where))
    assert denied.code == 1
    assert KEY in denied.err.splitlines()[-1]
    assert "bad key ***" in denied.err
    assert_secret(empty_archive, *ran, shown, exported, denied, run("log", "--json", *where))


def test_a_server_that_lists_no_models_is_well(empty_archive: Path) -> None:
    with transcribing(lambda _: Answer(b"Not Found", 404)) as server:
        configure(empty_archive, server.url, 'model = "endpoint:demo"\n')
        assert f"{server.url} answers" in ok("doctor", "-a", empty_archive).out


def test_an_interrupted_run_does_not_wait_for_the_server(short: Path, empty_archive: Path) -> None:
    """Not even for what is asked a second time."""
    over, asked_again = threading.Event(), threading.Event()

    def stuck(asked: Asked) -> Answer:
        if asked.first("prompt"):
            return words_at(*np.arange(0.0, 11.0, 0.25), text=" la")
        asked_again.set()
        over.wait(PATIENCE)
        return Answer(b"")

    with transcribing(stuck) as server:
        configure(empty_archive, server.url, 'prompt = "Sing."\n')
        running = start("add", short, "--model", "endpoint:demo", "-a", empty_archive)
        assert asked_again.wait(PATIENCE)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=PATIENCE)
        assert not over.is_set()
        over.set()
    assert "Stopped." in said
    assert "Traceback" not in said


def test_a_watcher_waits_for_a_server_that_is_away(short: Path, empty_archive: Path) -> None:
    dropped = empty_archive / "inbox" / short.name
    with transcribing(lambda _: Answer(b"", 503, {"retry-after": "3600"})) as away:
        configure(empty_archive, away.url, 'model = "endpoint:demo"\n[watch]\nsettle = 0.0\nsidecar_wait = 0.0\n')
        dropped.parent.mkdir(exist_ok=True)
        dropped.write_bytes(short.read_bytes())
        ran = run("watch", "--once", "-a", empty_archive)
    assert ran.code == 1
    assert "answers 503" in ran.err
    assert "Trying again in" in ran.err
    assert dropped.exists()
    with transcribing(spoken) as back:
        configure(empty_archive, back.url, 'model = "endpoint:demo"\n[watch]\nsettle = 0.0\nsidecar_wait = 0.0\n')
        ok("watch", "--once", "-a", empty_archive)
    assert not dropped.exists()
