"""The archive's site on this machine: Datasette with settings that are safe for everybody's eyes, and its server."""

import inspect
import json
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radio_archive.config.settings import SiteOptions
from radio_archive.errors import PortTakenError

if TYPE_CHECKING:
    from datasette.app import Datasette

HOST = "127.0.0.1"
NOTE = ".serving.json"
"""Lies in the archive's folder while it is being served, and says where: for `search --open`."""
PLUGIN = "radio-archive"
"""Under this name Datasette's configuration holds our settings."""

SETTINGS: Mapping[str, bool | int] = {
    "default_allow_sql": False,
    "allow_download": False,
    "allow_csv_stream": False,
    "suggest_facets": False,
    "sql_time_limit_ms": 500,
}
"""Of Datasette, for what strangers may reach: no SQL of theirs, no database file, no query that takes long."""

_HERE = re.compile(rb"(?i)(?:localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?")
"""What this machine calls itself."""

Application = Callable[..., Any]


def site(
    database: Path, options: SiteOptions, *, immutable: bool = False, private: bool = False, tables: bool = False
) -> "Datasette":
    """Return Datasette over an archive's database, our plugin with it.

    `private`: show what is hidden, too. `immutable`: nothing writes to the file, ever. `tables`: see `configuration`.
    """
    from datasette.app import Datasette

    document = configuration(options, private=private, tables=tables)
    # Until 1.0, the configuration of plugins is a part of the metadata.
    where = "config" if "config" in inspect.signature(Datasette).parameters else "metadata"
    files = {"immutables": [str(database)]} if immutable else {"files": [str(database)]}
    return Datasette(**files, **{where: document}, settings=dict(SETTINGS))


def configuration(options: SiteOptions, *, private: bool = False, tables: bool = False) -> dict[str, Any]:
    """Return what Datasette's configuration file says; `tables`: that its own pages are open."""
    ours = {name: value for name, value in asdict(options).items() if value != getattr(SiteOptions(), name)}
    ours |= {"private": True} if private else {}
    ours |= {"tables": True} if private or tables else {}
    return {"plugins": {PLUGIN: ours}}


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this machine only; port 0 takes any that is free. Raises PortTakenError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortTakenError(
            f"cannot listen on port {port}: {error.strerror or error}",
            "Choose another with --port, or --port 0 for any that is free.",
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """Return where a browser finds what `listener` serves."""
    return f"http://{HOST}:{listener.getsockname()[1]}/"


def for_this_host_only(application: Application, port: int | None = None) -> Application:
    """Answer only those who asked for this machine by name; at `port`, where it is known.

    A page on the web can have its own name resolve to 127.0.0.1 and then read, in the visitor's browser, what is
    served here; its requests still say its name (DNS rebinding).
    """

    async def guarded(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        hosts = [value for name, value in scope.get("headers", ()) if name == b"host"]
        named = _HERE.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if scope["type"] == "http" and (named is None or port not in (None, int(named[1] or 80))):
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            body = f"This archive is open on this machine only. Ask for {HOST}{f':{port}' if port else ''}.\n"
            await send({"type": "http.response.start", "status": 421, "headers": headers})
            await send({"type": "http.response.body", "body": body.encode()})
            return
        await application(scope, receive, send)

    return guarded


def serve(datasette: "Datasette", listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, whose handlers are called when all is closed. `started` is called once it runs."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started()

    application = for_this_host_only(datasette.app(), listener.getsockname()[1])
    # A player keeps its connection open for as long as it likes: it is not waited for.
    config = uvicorn.Config(
        application, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=2
    )
    Server(config).run(sockets=[listener])


@contextmanager
def noted(folder: Path, address: str) -> Iterator[None]:
    """Leave a note in the archive's folder of where it is being served, as long as it is; where that can be."""
    note = folder / NOTE
    content = json.dumps({"address": address, "process": os.getpid()})
    try:
        note.write_text(content, encoding="utf-8")
    except OSError:
        yield
        return
    try:
        yield
    finally:
        # Another server may have left its own meanwhile.
        if _read(note) == content:
            note.unlink(missing_ok=True)


def running_at(folder: Path) -> str | None:
    """Return the address at which the archive in `folder` is being served by this machine, if it is."""
    try:
        found = json.loads(_read(folder / NOTE) or "")["address"]
        port = int(str(found).removeprefix(f"http://{HOST}:").removesuffix("/"))
        socket.create_connection((HOST, port), timeout=1).close()
    except (ValueError, KeyError, TypeError, OSError, OverflowError):
        return None
    # Put together again here: a note that somebody else wrote must not send a browser anywhere else.
    return f"http://{HOST}:{port}/"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
