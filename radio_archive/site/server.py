"""Serve the archive's site on this machine: Datasette with settings that are safe for the public, and its server."""

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

from radio_archive.config.podcasts import Podcasts
from radio_archive.config.settings import SiteOptions
from radio_archive.errors import PortTakenError, UsageError
from radio_archive.site.compression import compressed

if TYPE_CHECKING:
    from datasette.app import Datasette

HOST = "127.0.0.1"
NOTE = ".serving.json"
"""A file in the archive's folder that tells `search --open` where the archive is being served."""
PLUGIN = "radio-archive"
"""Under this name Datasette's configuration holds our settings."""

SETTINGS: Mapping[str, bool | int] = {
    "default_allow_sql": False,
    "allow_download": False,
    "allow_csv_stream": False,
    "suggest_facets": False,
    "sql_time_limit_ms": 500,
}
"""Datasette's settings for the public: no SQL, no database file, no slow query."""

NO_PODCASTS = Podcasts()
ARCHIVE = "archive"
"""What Datasette calls the database of an archive, by the name of its file."""

_HERE = re.compile(rb"(?i)(?:localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?")
"""What this machine calls itself."""

Application = Callable[..., Any]


def site(
    database: Path,
    options: SiteOptions,
    *,
    immutable: bool = False,
    private: bool = False,
    tables: bool = False,
    meaning: bool = False,
    podcasts: Podcasts = NO_PODCASTS,
    metadata: Mapping[str, Any] | None = None,
    plugins: Path | None = None,
) -> "Datasette":
    """Return Datasette with our plugin for an archive's database.

    `private`: show hidden clips too. `immutable`: nothing ever writes to the file. `meaning`: search by meaning, too.
    `tables`: see `configuration`. `podcasts`: what its feeds tell. `metadata` is an operator's own, for Datasette;
    `plugins` a folder of plugins for it.
    """
    from datasette.app import Datasette

    from radio_archive.site.database import ArchiveDatabase

    ours = configuration(options, private=private, tables=tables, podcasts=podcasts, name=database.stem)
    document = with_metadata(ours, metadata or {})
    document["plugins"][PLUGIN] |= {"meaning": True} if meaning else {}
    # Before 1.0, the configuration of plugins is part of the metadata.
    # From 1.0 on, it takes these out of the metadata, and the rest is in both.
    where = ("config", "metadata") if "config" in inspect.signature(Datasette).parameters else ("metadata",)
    files = {"immutables": [str(database)]} if immutable else {"files": [str(database)]}
    more = {"plugins_dir": str(plugins)} if plugins else {}
    datasette = Datasette(**files, **dict.fromkeys(where, document), **more, settings=dict(SETTINGS))
    for name in [name for name, db in datasette.databases.items() if db.path == str(database)]:
        datasette.remove_database(name)
        datasette.add_database(ArchiveDatabase(datasette, path=str(database), is_mutable=not immutable), name=name)
    return datasette


def read_metadata(path: Path) -> dict[str, Any]:
    """Read a file of Datasette's metadata, in JSON or YAML. Raises UsageError."""
    from datasette.utils import BadMetadataError, parse_metadata

    advice = "Name a file in JSON or YAML, as for `datasette --metadata`."
    try:
        found = parse_metadata(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, BadMetadataError) as error:
        raise UsageError(f"the metadata in {path} cannot be read: {error}", advice) from error
    if not isinstance(found, dict):
        raise UsageError(f"the metadata in {path} is no table of keys and values", advice)
    return found


def with_metadata(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return Datasette's configuration with an operator's metadata, which counts except for our plugin's settings."""
    merged = {**ours}
    for key, value in theirs.items():
        known = merged.get(key)
        merged[key] = (
            with_metadata(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
        )
    if isinstance(merged.get("plugins"), Mapping) and PLUGIN in ours.get("plugins", {}):
        merged["plugins"] = {**merged["plugins"], PLUGIN: ours["plugins"][PLUGIN]}
    return merged


def settings(options: SiteOptions) -> Mapping[str, bool | int]:
    """Return Datasette's settings for what is published: with SQL and whole tables as CSV where these are wanted."""
    return {**SETTINGS, "default_allow_sql": options.sql, "allow_csv_stream": options.sql}


def configuration(
    options: SiteOptions,
    *,
    private: bool = False,
    tables: bool = False,
    podcasts: Podcasts = NO_PODCASTS,
    name: str = ARCHIVE,
) -> dict[str, Any]:
    """Return Datasette's configuration file for a database called `name`; `tables` opens Datasette's own pages."""
    ours = {name: value for name, value in asdict(options).items() if value != getattr(SiteOptions(), name)}
    ours |= {"podcasts": asdict(podcasts)} if podcasts != NO_PODCASTS else {}
    ours |= {"private": True} if private else {}
    ours |= {"tables": True} if private or tables else {}
    from radio_archive.site import labels

    shown = {"databases": {name: {"tables": labels.tables()}}} if private or tables else {}
    return {"plugins": {PLUGIN: ours}, **shown}


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this machine only; port 0 means any free one. Raises PortTakenError."""
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
    """Return the address of what `listener` serves."""
    return f"http://{HOST}:{listener.getsockname()[1]}/"


def for_this_host_only(application: Application, port: int | None = None) -> Application:
    """Answer only requests whose Host header names this machine, at `port` where that is known.

    A web page can make its own name resolve to 127.0.0.1 and then read, in a visitor's browser, what is served here
    (DNS rebinding). The Host header of such requests still has the page's name.
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
    """Serve until SIGINT or SIGTERM, whose handlers run once all is closed. Calls `started` when the server runs."""
    import uvicorn

    from radio_archive.site import connections

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started()

    application = for_this_host_only(compressed(datasette.app()), listener.getsockname()[1])
    # A player may keep its connection open for ever, so the end does not wait for it.
    config = uvicorn.Config(
        connections.with_peer(application), log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=2, **connections.options(),
    )  # fmt: skip
    Server(config).run(sockets=[listener])


@contextmanager
def noted(folder: Path, address: str) -> Iterator[None]:
    """Keep a note of `address` in the archive's folder while it is served there; none if it cannot be written."""
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
        # Another server may have replaced it.
        if _read(note) == content:
            note.unlink(missing_ok=True)


def running_at(folder: Path) -> str | None:
    """Return the address at which this machine serves the archive in `folder`; None if it does not."""
    try:
        found = json.loads(_read(folder / NOTE) or "")["address"]
        port = int(str(found).removeprefix(f"http://{HOST}:").removesuffix("/"))
        socket.create_connection((HOST, port), timeout=1).close()
    except (ValueError, KeyError, TypeError, OSError, OverflowError):
        return None
    # Built here, so that a note from somebody else cannot send a browser elsewhere.
    return f"http://{HOST}:{port}/"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
