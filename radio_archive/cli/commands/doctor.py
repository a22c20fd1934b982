"""`doctor`: what is installed, what is missing, and how to solve each problem."""

import platform
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from radio_archive.cli.display.bars import bars
from radio_archive.cli.display.output import count, print_rows, say, tell_of_opening
from radio_archive.cli.options import ARCHIVE, FORMS, Call, commands, taking
from radio_archive.cli.versions import PACKAGES, installed
from radio_archive.errors import ConfigError, ModelNotFoundError, NoArchiveError, RadioArchiveError
from radio_archive.models import clean_text
from radio_archive.watch.disks import NETWORK_FILE_SYSTEMS, file_system

if TYPE_CHECKING:
    from radio_archive.config.settings import EngineOptions

SCARCE = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `advice` is empty if there is nothing to do."""

    about: str
    found: str
    ok: bool = True
    advice: str = ""


app = commands()


@app.command(cls=taking(ARCHIVE, FORMS))
def doctor(call: Call) -> None:
    """Check this machine and the archive.

    Prints what is installed, and how to solve each problem. Exit code 1 if there is a problem.

    Example:

      radio-archive doctor
    """
    findings = [*_installed(), *_engine(), *_archive(call)]
    if call.form:
        print_rows(map(asdict, findings), call.form)
    else:
        for finding in findings:
            say(f"{'ok ' if finding.ok else 'BAD'}  {finding.about:<16}{finding.found}")
            if finding.advice:
                say(f"     {'':<16}→ {finding.advice}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _installed() -> Iterator[Finding]:
    from radio_archive.hooks import plugins

    yield Finding("radio-archive", version("radio-archive"))
    yield Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in PACKAGES:
        if found := installed(package):
            yield Finding(package, found)
        else:
            yield Finding(package, "not installed", False, "Run `pip install --force-reinstall radio-archive`.")
    for plugin in plugins():
        told = f"{plugin} {plugin.version}"
        yield Finding("plugin", told, not plugin.problems, "; ".join(plugin.problems))
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        yield Finding("SQLite", f"{sqlite3.sqlite_version} with full-text search")
    except sqlite3.OperationalError:
        yield Finding("SQLite", f"{sqlite3.sqlite_version} without FTS5", False, "Use a Python whose SQLite has FTS5.")
    finally:
        connection.close()


def _engine() -> Iterator[Finding]:
    from radio_archive.speech import weights
    from radio_archive.speech.catalog import DEMO, PUBLISHED
    from radio_archive.speech.whisper import best_device, default_model

    device = best_device()
    yield Finding("device", "a CUDA GPU" if device == "cuda" else "CPU (no CUDA GPU was found)")
    here = {name: found for name in PUBLISHED if (found := weights.cached(name))}
    default = default_model(device)
    advice = (
        ""
        if default in here
        else f"`radio-archive models download {default}` downloads the default model; otherwise the first use does."
    )
    yield Finding("models here", ", ".join([*here, f"{DEMO} (synthetic voices only)"]), advice=advice)
    for found in here.values():
        try:
            weights.verify(found)
        except ModelNotFoundError as error:
            yield Finding(f"model {found.name}", error.problem, False, error.advice)


def _archive(call: Call) -> Iterator[Finding]:
    try:
        folder = call.folder
    except NoArchiveError:
        yield Finding("archive", "none here", advice="`radio-archive init FOLDER` creates one.")
        yield _space(Path.cwd())
        return
    try:
        yield from _database(folder)
    except RadioArchiveError as error:
        yield Finding("archive", error.problem, False, error.advice)
        return
    yield _space(folder)
    kind = file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        yield Finding(
            "file system",
            f"{kind}, a network share",
            False,
            "Its write-ahead log is not safe there. Keep the archive on a local disk; audio may come from a share.",
        )
    elif kind:
        yield Finding("file system", kind)


def _database(folder: Path) -> Iterator[Finding]:
    from radio_archive.archive import originals
    from radio_archive.archive.archive import SETTINGS, Archive
    from radio_archive.archive.database import RESTORING
    from radio_archive.archive.verify import check
    from radio_archive.config.reader import read_settings
    from radio_archive.formats.picture import read_picture

    settings = read_settings(folder / SETTINGS)
    if settings.engine.url:
        yield _endpoint(settings.engine)
    for keys, image in settings.podcasts.files():
        about = ".".join((*keys, "image"))
        try:
            unfit = read_picture(folder, image).problem
        except ConfigError as error:
            yield Finding(about, error.problem, False, error.advice)
        else:
            yield Finding(about, image, advice=f"Podcast directories do not take it: {unfit}." if unfit else "")
    with Archive(folder, read_only=True, listener=tell_of_opening) as opened, bars() as bar:
        named = cache(bar)
        found = check(opened, lambda what, *done: named(what)(*done))
        since, faulty = originals.read_since(opened), next(originals.faults(opened), None)
    yield Finding("archive", f"{folder}: {count(found.clips, 'clip')}, {found.hours:.1f} h of audio")
    if found.damage:
        yield Finding("database", found.damage, False, RESTORING)
    else:
        yield Finding("database", "sound")
    if since:
        advice = "" if faulty is None else "`radio-archive verify` reads it again; a backup has it as it was."
        told = f"each was read back since {since[:10]}" if faulty is None else f"{faulty.path} was {faulty.outcome}"
        yield Finding("recordings", told, faulty is None, advice)
    if found.index_damage:
        yield Finding("search index", found.index_damage, False, "`radio-archive verify --repair` rebuilds it.")
    for path in found.missing.first:
        yield Finding("missing audio", path, False, "Put the file back, for example from a backup.")
    more = found.missing.number - len(found.missing.first)
    if more:
        yield Finding("missing audio", f"and {more} more", False)
    if found.stray.number:
        names = ", ".join(found.stray.first[:3]) + (" …" if found.stray.number > 3 else "")
        advice = (
            "Keep them. An interrupted run left them, and adding the same audio again uses them; but if clips are "
            "missing here, the database is older than the audio, and these may be the only copies."
        )
        yield Finding("stray audio", f"{count(found.stray.number, 'file')} that no clip uses: {names}", advice=advice)


def _endpoint(options: "EngineOptions") -> Finding:
    """Ask the server that transcribes for its models."""
    from radio_archive.config.settings import ENDPOINT
    from radio_archive.speech.endpoint_client import EndpointClient, Patience

    wanted = options.model if options.model.startswith(ENDPOINT) else ENDPOINT + "any"
    try:
        patience = Patience(attempts=1, silence=15.0, whole=15.0)
        with closing(EndpointClient(replace(options, model=wanted), patience)) as client:
            models = client.models()
    except RadioArchiveError as error:
        return Finding("endpoint", error.problem, False, error.advice)
    name = wanted.removeprefix(ENDPOINT)
    if models and name in models:
        return Finding("endpoint", f"{options.url} answers, and has {name}")
    if models is None or wanted != options.model:
        return Finding("endpoint", f"{options.url} answers")
    return Finding("endpoint", f"{options.url} answers, and does not list {name}", advice=_some(models))


def _some(models: Sequence[str]) -> str:
    shown = ", ".join(clean_text(name)[:60] for name in models[:5])
    return f"It lists: {shown}{' …' if len(models) > 5 else ''}." if models else ""


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    advice = "" if free > SCARCE else "Free some space: an hour of MP3 takes about 60 MB."
    return Finding("disk space", f"{free / 1e9:.1f} GB free", free > SCARCE / 10, advice)
