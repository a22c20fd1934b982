"""As much of the Hugging Face hub as its client asks for, played on this machine."""

import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support.program import FIXTURES, environment

NEWEST = "1" * 40
DEMO = FIXTURES / "demo-model"
LARGE = {".bin", ".onnx", ".safetensors"}
"""Suffixes of files that the hub names by SHA-256."""


class Hub(BaseHTTPRequestHandler):
    """Serves the files of one folder as every repository, in every revision, with the hub's own digests.

    `sent` is filled with the address of every file that was sent.
    """

    folder = DEMO
    sent: list[str]

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def answer(self) -> None:
        names = sorted(path.name for path in self.folder.iterdir() if path.suffix in {*LARGE, ".json", ".txt"})
        revision = re.search(r"/(?:tree|revision|resolve)/([0-9a-f]{40})", self.path)
        self.revision = revision[1] if revision else NEWEST
        if "/tree/" in self.path:
            self.reply(json.dumps([self.entry(self.folder / name) for name in names]).encode())
        elif self.path.startswith("/api/models/"):
            siblings = [{"rfilename": name} for name in names]
            self.reply(json.dumps({"id": "any", "sha": self.revision, "siblings": siblings}).encode())
        else:
            self.send_file(self.folder / self.path.rpartition("/")[2])

    def entry(self, path: Path) -> dict[str, object]:
        size = path.stat().st_size
        entry: dict[str, object] = {"type": "file", "oid": git_sha1(path), "size": size, "path": path.name}
        if path.suffix in LARGE:
            entry["lfs"] = {"oid": sha256(path), "size": size, "pointerSize": 134}
        return entry

    def send_file(self, path: Path) -> None:
        if not path.is_file():
            self.reply(b"", 404, headers={"X-Error-Code": "EntryNotFound"})
            return
        etag = self.etag(path)
        if self.command == "GET":
            self.sent.append(self.path)
        size, headers = path.stat().st_size, {"ETag": f'"{etag}"', "X-Repo-Commit": self.revision}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        if asked:
            headers["Content-Range"] = f"bytes {first}-{size - 1}/{size}"
        self.begin(206 if asked else 200, size - first, headers)
        if self.command == "GET":
            with path.open("rb") as file:
                file.seek(first)
                shutil.copyfileobj(file, self.wfile)

    def etag(self, path: Path) -> str:
        return sha256(path) if path.suffix in LARGE else git_sha1(path)

    def reply(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.begin(status, len(body), headers or {})
        if self.command == "GET":
            self.wfile.write(body)

    def begin(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_sha1(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@contextmanager
def served(hub: type[Hub], folder: Path = DEMO) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder, and yield the hub's address and the list of the files that it sent so far."""
    sent: list[str] = []
    kind = type("Served", (hub,), {"folder": folder, "sent": sent})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        server.server_close()


class Machine:
    """A machine with its own caches, that reaches the hub at one address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def environment(self, address: str = "http://127.0.0.1:1") -> dict[str, str]:
        """Return the environment of a program there. Without an address the hub does not answer."""
        caches = {"HF_HOME": str(self.folder / "hub"), "XDG_CACHE_HOME": str(self.folder / "cache")}
        # The hub's client would else take what it can from another server, by a protocol of its own.
        return environment(HF_ENDPOINT=address, HF_HUB_OFFLINE="0", HF_HUB_DISABLE_XET="1", **caches)


def flip(file: Path) -> None:
    """Change 60,000 bytes inside a file, or the last two thirds of a small one."""
    content = bytearray(file.read_bytes())
    start = len(content) // 3
    content[start : start + 60_000] = bytes(255 - byte for byte in content[start : start + 60_000])
    file.write_bytes(content)


def cut(file: Path) -> None:
    """Keep the first half of a file."""
    os.truncate(file, file.stat().st_size // 2)
