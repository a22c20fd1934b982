"""A webhook is told of each clip, signed, once it answers; only where it may be, and nothing secret is kept."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.bounds import until
from support.program import environment, ok, run
from support.watching import Station

from radio_archive.watch.webhook import SECRET, WAITS, signature, wait_after

KEY = base64.b64encode(b"a key of the newsroom, for tests").decode()


@dataclass
class Receiver:
    """A web server that remembers what it was told; `answers` are the statuses of its first answers, then 204."""

    answers: list[int] = field(default_factory=list)
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/clips?token=not-to-be-told"


@contextmanager
def receiving(*answers: int) -> Iterator[Receiver]:
    receiver = Receiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, f"whsec_{KEY}")


def sent(station: Station) -> list[tuple[str, int, str | None]]:
    return [(*row,) for row in station.query("SELECT state, attempts, error FROM deliveries ORDER BY id")]


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_clip_is_told_of_and_signed(station: Station) -> None:
    with receiving() as receiver:
        station.set(webhook=receiver.address, webhook_private=True)
        for path in station.make("Molokaʻi ferry.mp3", "b.mp3"):
            station.drop(path)
        assert station.once().code == 0
    assert len(receiver.told) == 2
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 2
    for headers, body in receiver.told:
        signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
        mac = hmac.new(base64.b64decode(KEY), signed, hashlib.sha256).digest()
        assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    messages = [json.loads(body) for _, body in receiver.told]
    clips = ok("list", "--json", "--archive", station.archive).json
    assert {message["type"] for message in messages} == {"clip.archived"}
    assert sorted((message["data"] for message in messages), key=str) == sorted(clips, key=str)
    assert sent(station) == [("delivered", 1, None)] * 2
    assert ok("intake", "webhooks", "--json", "--archive", station.archive).json == []


def test_what_fails_is_tried_again_with_the_same_id(station: Station) -> None:
    with receiving(500) as receiver:
        station.set(webhook=receiver.address, webhook_private=True)
        (path,) = station.make("a.mp3")
        station.drop(path)
        ran = station.once()
        assert "answers 500; trying again in 5 s" in ran.out + ran.err
        assert "not-to-be-told" not in ran.out + ran.err
        (waiting,) = ok("intake", "webhooks", "--json", "--archive", station.archive).json
        assert (waiting["state"], waiting["attempts"]) == ("pending", 1)
        station.once()
        assert len(receiver.told) == 1, "not yet"
        station.change("UPDATE deliveries SET next_attempt = '2026-01-01T00:00:00+00:00'")
        with station.watching():
            until("it arrived", lambda: sent(station) == [("delivered", 2, None)])
    first, second = receiver.told
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]


def test_who_is_gone_is_asked_no_more_unless_a_person_says_so(station: Station) -> None:
    with receiving(410) as receiver:
        station.set(webhook=receiver.address, webhook_private=True)
        (path,) = station.make("a.mp3")
        station.drop(path)
        ran = station.once()
        assert "not tried again" in ran.out + ran.err
        assert [row[0] for row in sent(station)] == ["failed"]
        assert "failed" in ok("intake", "webhooks", "--archive", station.archive).out
        station.once()
        assert len(receiver.told) == 1
        ok("intake", "webhooks", "--retry", "--archive", station.archive)
        station.once()
    assert [row[0] for row in sent(station)] == ["delivered"]


def test_a_redirect_is_not_followed(station: Station) -> None:
    with receiving(307) as receiver:
        station.set(webhook=receiver.address, webhook_private=True)
        (path,) = station.make("a.mp3")
        station.drop(path)
        station.once()
    assert len(receiver.told) == 1
    assert sent(station)[0][0] == "pending"


def test_nothing_is_sent_into_the_local_network_unless_it_is_allowed(station: Station) -> None:
    with receiving() as receiver:
        station.set(webhook=receiver.address)
        (path,) = station.make("a.mp3")
        station.drop(path)
        ran = station.once()
        assert "of this machine or of the local network" in ran.out + ran.err
        assert receiver.told == []
    ((state, _, error),) = sent(station)
    assert state == "pending"
    assert error is not None


def test_a_receiver_that_is_not_there_keeps_nobody_waiting(station: Station) -> None:
    with receiving() as receiver:
        station.set(webhook=receiver.address, webhook_private=True)
    made = station.make("a.mp3", "b.mp3")
    for path in made:
        station.drop(path)
    assert station.once().code == 0
    station.holds(*made)
    assert [row[0] for row in sent(station)] == ["pending"] * 2


@pytest.mark.parametrize(
    ("setting", "secret", "said"),
    [
        ("https://newsroom.example/clips", "", f"Set {SECRET}"),
        ("https://newsroom.example/clips", "whsec_not base 64", f"Set {SECRET}"),
        ("newsroom.example", "x", "is no web address"),
        ("file:///etc/passwd", "x", "is no web address"),
    ],
)
def test_what_cannot_be_signed_or_sent_is_said_before_anything_is_done(
    station: Station, setting: str, secret: str, said: str
) -> None:
    station.set(webhook=setting)
    env = environment(**{SECRET: secret})
    for arguments in (("watch", "--once", "--model", station.model), ("config", "check")):
        ran = run(*arguments, "--archive", station.archive, env=env)
        assert ran.code == 1
        assert said in ran.err


def test_the_secret_is_in_no_file_of_the_archive(station: Station) -> None:
    with receiving() as receiver:
        station.set(webhook=receiver.address, webhook_private=True)
        (path,) = station.make("a.mp3")
        station.drop(path)
        ran = station.once()
    assert KEY not in ran.out + ran.err
    assert [path for path in station.archive.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()] == []


def test_the_waits_grow_and_end() -> None:
    waits = [wait_after(attempts) for attempts in range(1, len(WAITS) + 2)]
    assert waits == [*map(float, WAITS), None]
    assert sorted(WAITS) == list(WAITS)
