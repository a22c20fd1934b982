"""A real server for transcriptions on this machine, as OpenAI's protocol has it: healthy, ill or hostile."""

import asyncio
import io
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn

from radio_archive.audio.decode import RATE
from support.bounds import PATIENCE

ALL_AT_ONCE = threading.Lock()
"""Whisper uses all cores: of several requests one is heard after the other."""


@dataclass(frozen=True)
class Asked:
    """A request: its path, its headers, and the fields of its form."""

    path: str
    headers: Mapping[str, str]
    fields: Mapping[str, list[str]]
    sound: bytes

    def first(self, name: str) -> str | None:
        """Return the first value of a field."""
        return next(iter(self.fields.get(name, ())), None)


@dataclass(frozen=True)
class Answer:
    """What the server sends."""

    body: bytes | object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def kind(self) -> str:
        return "application/octet-stream" if isinstance(self.body, bytes) else "application/json"


@dataclass
class Running:
    """A server that runs: the address for `engine.url`, and all that it was asked."""

    url: str
    asked: list[Asked]


@dataclass(frozen=True)
class Certificate:
    """One for 127.0.0.1 that nobody has signed but its owner."""

    certificate: Path
    key: Path

    @classmethod
    def made(cls, folder: Path) -> "Certificate":
        made = cls(folder / "certificate.pem", folder / "key.pem")
        kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2")
        name = ("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1")
        files = ("-out", made.certificate, "-keyout", made.key)
        subprocess.run(["openssl", "req", *kind, *name, *files], check=True, capture_output=True)
        return made


@contextmanager
def transcribing(answer: Callable[[Asked], Answer], certificate: Certificate | None = None) -> Iterator[Running]:
    """Serve at a free port, and answer each request so; by HTTPS with a certificate."""
    asked: list[Asked] = []

    async def app(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        request = _parsed(scope["path"], headers, body)
        asked.append(request)
        given = await asyncio.to_thread(answer, request)
        said = {"content-type": given.kind, **given.headers}
        start = [(name.encode(), value.encode()) for name, value in said.items()]
        await send({"type": "http.response.start", "status": given.status, "headers": start})
        await send({"type": "http.response.body", "body": given.content})

    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    if certificate:
        config.ssl_certfile, config.ssl_keyfile = certificate.certificate, certificate.key
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waited = time.monotonic() + PATIENCE
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < waited
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Running(f"{'https' if certificate else 'http'}://127.0.0.1:{port}/v1", asked)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


@contextmanager
def on_the_wire(talk: Callable[[socket.socket], None]) -> Iterator[Running]:
    """Serve at a free port by what `talk` does with each connection, after its request has come; then it is closed."""
    asked: list[Asked] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65_536)
                asked.append(Asked("", {}, {}, head))
                talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", asked)
        # What waits for a connection is not woken where it is closed.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)


def _parsed(path: str, headers: Mapping[str, str], body: bytes) -> Asked:
    fields: dict[str, list[str]] = {}
    sound = b""
    kind = headers.get("content-type", "")
    if kind.startswith("multipart/"):
        whole = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        for part in whole.walk():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if not isinstance(content, bytes):
                continue
            if name == "file":
                sound = content
            elif isinstance(name, str):
                fields.setdefault(name, []).append(content.decode())
    return Asked(path, headers, fields, sound)


@cache
def _whisper(folder: Path) -> Any:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    # Without batches it goes back to where the last word ends, and hears the rest of a window twice.
    return BatchedInferencePipeline(
        WhisperModel(str(folder), device="cpu", compute_type="float32", local_files_only=True)
    )


def faster_whisper(folder: Path) -> Callable[[Asked], Answer]:
    """Answer with what faster-whisper's own `transcribe` hears with the weights in a folder: no code of ours."""

    def answer(asked: Asked) -> Answer:
        from faster_whisper.audio import decode_audio

        if asked.path == "/v1/models":
            return Answer({"object": "list", "data": [{"id": "demo", "object": "model"}]})
        sound = decode_audio(io.BytesIO(asked.sound))
        with ALL_AT_ONCE:
            segments, info = _whisper(folder).transcribe(
                sound,
                language=asked.first("language"),
                initial_prompt=asked.first("prompt"),
                temperature=float(asked.first("temperature") or 0.0),
                # Some servers of faster-whisper's take its name for this, and its default.
                without_timestamps=asked.first("without_timestamps") != "false",
                vad_filter=False,
                clip_timestamps=[{"start": 0.0, "end": len(sound) / RATE}],
                word_timestamps=True,
            )
            found = list(segments)
        return Answer(
            {
                "text": "".join(segment.text for segment in found).strip(),
                "language": info.language,
                "duration": info.duration,
                "segments": [
                    {
                        "start": s.start,
                        "end": s.end,
                        "text": s.text,
                        "avg_logprob": s.avg_logprob,
                        "no_speech_prob": s.no_speech_prob,
                    }
                    for s in found
                ],
                "words": [
                    {"word": w.word, "start": w.start, "end": w.end, "probability": w.probability}
                    for s in found
                    for w in s.words or ()
                ],
            }
        )

    return answer
