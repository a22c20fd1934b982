"""Fetching a model's weights from a hub that is not well, played on this machine: one clear line says what to do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.program import environment, run

REVISION = "1" * 40
WHOLE = 1000


class Hub(BaseHTTPRequestHandler):
    """As much of the Hugging Face hub as its client asks for, for a model of one file."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def answer(self) -> None:
        if "/tree/" in self.path:
            self.reply(json.dumps([{"type": "file", "oid": "a" * 40, "size": WHOLE, "path": "model.bin"}]).encode())
        elif self.path.startswith("/api/models/"):
            self.reply(json.dumps({"id": "any", "sha": REVISION, "siblings": [{"rfilename": "model.bin"}]}).encode())
        else:
            self.send_file()

    def send_file(self) -> None:
        self.reply(b"x" * WHOLE)

    def reply(self, body: bytes, status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("ETag", '"' + "a" * 40 + '"')
        self.send_header("X-Repo-Commit", REVISION)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


class BreaksOff(Hub):
    """Each file ends after its first bytes, as when the network goes away."""

    def send_file(self) -> None:
        self.reply(b"x" * 10, length=WHOLE)


class IsDown(Hub):
    """A proxy answers in the hub's place."""

    def answer(self) -> None:
        self.reply(b"Bad gateway", status=502)


class AsksForLogin(Hub):
    """The Wi-Fi of a hotel answers everything with its own page."""

    def answer(self) -> None:
        self.reply(b"<html>Room number?</html>")


@contextmanager
def served(hub: type[Hub]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def hub_environment(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    return lambda address: environment(HF_ENDPOINT=address, HF_HOME=str(tmp_path / "hub"), HF_HUB_OFFLINE="0")


def test_weights_are_fetched_from_the_hub(hub_environment: Callable[[str], dict[str, str]]) -> None:
    """The hub below is enough of one: where it is well, the client is content."""
    with served(Hub) as address:
        ran = run("models", "download", "tiny", env=hub_environment(address))
    assert ran.code == 0, ran.err
    assert (Path(ran.out.strip()) / "model.bin").read_bytes() == b"x" * WHOLE


@pytest.mark.parametrize("hub", [BreaksOff, IsDown, AsksForLogin])
def test_a_hub_that_is_not_well_is_one_clear_line(
    hub: type[Hub], hub_environment: Callable[[str], dict[str, str]]
) -> None:
    with served(hub) as address:
        ran = run("models", "download", "tiny", env=hub_environment(address))
    assert ran.code == 1
    assert "no weights for the model 'tiny'" in ran.err.splitlines()[-1]
    assert "--model demo" in ran.err.splitlines()[-1]
