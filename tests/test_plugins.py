"""Plugins: one in a wheel of its own, as a stranger would make it, and many that are broken."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import count, repeat
from pathlib import Path
from typing import Any

import pytest
from support.foreign_plugin import arrivals, install
from support.program import environment, run
from support.texts import replaced, said, save_said
from support.tiny_clips import TinyClips, tiny_clips

from radio_archive import hooks
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, read, redactions
from radio_archive.archive.public import views
from radio_archive.config.settings import EngineOptions
from radio_archive.errors import EngineError, ModelNotFoundError
from radio_archive.events import told_of_plugins
from radio_archive.formats import formats
from radio_archive.hooks import NAMES, OWN
from radio_archive.metadata.gather import Naming
from radio_archive.metadata.resolve import ranks
from radio_archive.metadata.sources import sources
from radio_archive.models import Outcome
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.retag import listen_again, retag
from radio_archive.pipeline.spoken import SpokenClaims
from radio_archive.plugins import (
    Claim,
    ClipFailure,
    ClipProgress,
    ClipResult,
    EngineReport,
    EngineSpec,
    Field,
    Gap,
    PreparedClip,
    Transcript,
    TranscriptionError,
    Word,
)
from radio_archive.speech import foreign
from radio_archive.speech.engines import engines, picked
from radio_archive.speech.load import load_engine

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "plugin"
NUMBERS = count()
"""Python imports no second module of one name."""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> TinyClips:
    home = tmp_path_factory.mktemp("tiny")
    return tiny_clips(home / "clips", 3, home / "replay.json")


@pytest.fixture(scope="module")
def wheel_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an installation that has the example, from its wheel, beside radio-archive."""
    home = tmp_path_factory.mktemp("plugin")
    shutil.copytree(EXAMPLE, home / "source")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(home)]
    subprocess.run(build, cwd=home / "source", check=True, capture_output=True)
    (wheel,) = home.glob("*.whl")
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(home / "site")]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return environment(PYTHONPATH=f"{ROOT}:{home / 'site'}")


@pytest.fixture(scope="module")
def station(clips: TinyClips, wheel_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a clip that the engine of the example heard, by `add`."""
    folder = tmp_path_factory.mktemp("station") / "archive"
    Archive.create(folder, "").close()
    shutil.copy(clips.paths[0], folder / "harbor_DK.mp3")
    done = run("add", folder / "harbor_DK.mp3", "--archive", folder, "--model", "levels:sharp", env=wheel_env)
    assert (done.code, "1 clip archived" in done.err) == (0, True), done.err
    return folder


def test_a_strangers_plugin_adds_an_engine_a_source_and_a_format(station: Path, wheel_env: dict[str, str]) -> None:
    done = run("plugins", "--json", env=wheel_env)
    (row,) = done.json
    assert (done.code, row["problems"]) == (0, [])
    assert (row["plugin"], row["package"], row["version"]) == ("newsroom", "radio-archive-newsroom", "1.0")
    assert (row["engines"], row["sources"], row["formats"]) == (["levels"], ["initials", "levels"], ["lrc"])
    assert set(row["hooks"]) == set(NAMES)
    # In this process, the plugin is not there: what it did is stored all the same.
    with Archive(station) as archive:
        (uid,) = read.uids(archive)
        clip = read.clip(archive, uid, read.Part.TEXT | read.Part.SOURCES)
        assert clip.transcript is not None
        assert {word.text for word in clip.words} == {" sound"}
        assert (clip.transcript.engine, clip.transcript.engine_version) == ("levels", "1.0")
        assert (clip.transcript.model, clip.reporter) == ("levels:sharp", "Dana Kealoha")
        told = {(one.source, one.field, one.value) for one in clip.claims} - {("filename", "title", "Harbor DK")}
        assert told == {("initials", "reporter", "Dana Kealoha"), ("levels", "summary", "Sound in 1 seconds.")}
    assert (station / "arrivals.txt").read_text() == f"{uid} Harbor DK\n"
    done = run("export", uid, "--format", "lrc", "--archive", station, env=wheel_env)
    assert (done.code, done.out) == (0, "[ti:Harbor DK]\n[00:00.00]sound\n")


def test_without_the_plugin_what_it_added_is_not_known(station: Path) -> None:
    done = run("export", "--all", "--format", "lrc", "--archive", station)
    assert (done.code, "there is no format 'lrc'" in done.err) == (1, True)
    done = run("retranscribe", "--all", "--model", "levels:sharp", "--archive", station)
    assert (done.code, "no engine is called 'levels'" in done.err) == (1, True)
    assert "There are whisper, parakeet, endpoint, replay" in done.err


def test_it_works_in_other_processes_and_after_the_watcher(
    station: Path, clips: TinyClips, wheel_env: dict[str, str], tmp_path: Path
) -> None:
    folder = shutil.copytree(station, tmp_path / "archive")
    shutil.copy(clips.paths[1], folder / "inbox" / "reef_LM.mp3")
    settings = '[engine]\nmodel = "levels:plain"\nworkers = 2\n[watch]\nsettle = 0.1\nsidecar_wait = 0.0\n'
    (folder / "radio-archive.toml").write_text(settings, encoding="utf-8")
    done = run("watch", "--once", "--archive", folder, env=wheel_env)
    assert done.code == 0, done.err
    (row,) = (one for one in run("list", "--jsonl", "--archive", folder).rows if one["title"] == "Reef LM")
    assert (row["reporter"], row["transcript"]) == ("Leilani Moku", "levels:plain")
    assert arrivals(folder)[1:] == [row["clip"]]


def test_every_way_into_the_archive_tells_of_each_new_clip_once(
    clips: TinyClips, wheel_env: dict[str, str], tmp_path: Path
) -> None:
    """Nothing is told of a recording that is there already."""
    folder, beside = tmp_path / "archive", tmp_path / "published"
    Archive.create(folder, "").close()
    beside.mkdir()
    for path in clips.paths[1:]:
        shutil.copy(path, beside)
        (beside / f"{path.stem}.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:00.900\nWaves.\n")
    for arguments, number in [(["import", beside], 2), (["backfill", clips.folder, "--model", clips.model], 3)]:
        done = run(*arguments, "--archive", folder, env=wheel_env)
        assert done.code == 0, done.err
        assert len(arrivals(folder)) == number
    with Archive(folder) as archive:
        assert sorted(arrivals(folder)) == sorted(read.uids(archive))


def test_help_lists_its_formats_and_no_plugin_is_loaded_where_none_is_wanted(wheel_env: dict[str, str]) -> None:
    assert "Formats of plugins: lrc." in run("export", "--help", env=wheel_env).out
    none = run("plugins", "--json", env={**wheel_env, "RADIO_ARCHIVE_PLUGINS": ""})
    assert (none.code, none.json) == (0, [])


@dataclass
class Installed:
    """Makes packages with plugins in a folder that Python looks into; `told` is what was said about them."""

    folder: Path
    told: list[str] = field(default_factory=list)

    def plugin(self, name: str, code: str) -> None:
        self.code(name, f"from radio_archive.plugins import *\nfrom radio_archive.plugins import hookimpl\n{code}")

    def code(self, name: str, code: str) -> None:
        install(self.folder, name, code)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    made = Installed(tmp_path / f"site_{next(NUMBERS)}")
    made.folder.mkdir()
    monkeypatch.syspath_prepend(made.folder)
    told_of_plugins[:] = [made.told.append]
    hooks._loaded.cache_clear()
    yield made
    told_of_plugins.clear()
    hooks._loaded.cache_clear()


GOOD = "api_version = 1\n"
BROKEN = {
    "imports": ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
    "syntax": ("def (", "SyntaxError"),
    "leaves": ("raise SystemExit('away\\x1b[31m')", "SystemExit: away [31m"),
    "newer": ("api_version = 2", "it is written for version 2, and the interface to plugins has version 1"),
    "silent": ("x = 1", "it names no version, and the interface"),
    "argument": (f"{GOOD}@hookimpl\ndef after_archived(archive, klip): ...", "{'klip'}"),
    "raises": (f"{GOOD}@hookimpl\ndef export_formats(): raise ValueError('x' * 10_000_000)", "ValueError: xxx"),
    "nothing": (f"{GOOD}@hookimpl\ndef export_formats(): ...", "'NoneType' object is not iterable"),
    "kind": (f"{GOOD}@hookimpl\ndef export_formats(): return [7]", "ExportFormat is needed, not int"),
    "taken": (f"{GOOD}@hookimpl\ndef export_formats(): yield ExportFormat('csv', text=str)", "there is 'csv' already"),
    "name": (f"{GOOD}@hookimpl\ndef export_formats(): yield ExportFormat('A b', text=str)", "'A b' is no name"),
    "two": (f"{GOOD}@hookimpl\ndef export_formats(): yield ExportFormat('one', str, str)", "needs one of text"),
    "suffix": (f"{GOOD}@hookimpl\ndef export_formats(): yield ExportFormat('one', str, suffix='../a')", "'../a' is no"),
    "human": (f"{GOOD}@hookimpl\ndef claim_sources(): yield ClaimSource('human', list)", "'human' is a source of ours"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_named_once_and_the_others_work(installed: Installed, name: str) -> None:
    code, why = BROKEN[name]
    installed.plugin(name, code)
    installed.plugin("whole", f"{GOOD}@hookimpl\ndef export_formats(): yield ExportFormat('fine', text=str)")
    for _ in range(2):
        sources()
        assert {"fine", "csv", "vtt"} <= formats().keys()
    assert formats()["csv"].plugin.package == OWN
    (line,) = installed.told
    assert line.startswith(f"The plugin {name} is skipped")
    assert why in line
    assert len(line) < 500
    assert [plugin.name for plugin in hooks.plugins() if plugin.problems] == [name]


def test_plugins_can_be_chosen_by_their_name_or_their_package(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        installed.code(name, GOOD)
    monkeypatch.setenv("RADIO_ARCHIVE_PLUGINS", "three, one")
    assert [plugin.name for plugin in hooks.plugins()] == ["one", "three"]


def test_what_plugins_print_where_they_are_loaded_is_not_among_the_data(
    installed: Installed, capsys: pytest.CaptureFixture[str]
) -> None:
    greets = "print('Hello!')\n@hookimpl\ndef export_formats():\n    print('Formats!')\n    return []"
    installed.plugin("greets", f"{GOOD}{greets}")
    formats()
    assert capsys.readouterr() == ("", "Hello!\nFormats!\n")


def test_of_two_plugins_with_one_name_the_first_counts(installed: Installed) -> None:
    installed.plugin("one", f"{GOOD}@hookimpl\ndef export_formats(): yield ExportFormat('fine', text=str)")
    installed.code("two", GOOD)
    points = installed.folder / "two-1.5.dist-info" / "entry_points.txt"
    points.write_text(points.read_text().replace("two =", "one ="))
    (installed.folder / "two-1.5.dist-info" / "METADATA").unlink()
    assert formats()["fine"].plugin is hooks.plugins()[0]
    assert [plugin.problems for plugin in hooks.plugins()] == [[], ["another plugin has this name"]]


SOURCE = f"""{GOOD}
def read(material):
    yield Claim(Field.TITLE, "T" * 10_000_000, "human", "")
    yield Claim(Field.TITLE, "A\\x1b[2J bell\\x07", "human", "the\\x00 log", 0.9, at=float("nan"))
    yield Claim(Field.DATE, "yesterday\\x1b" * 90, "log", "")
    yield Claim("colour", "red", "log", "")
    yield Claim(Field.TRANSCRIPT, "1", "log", "")
    yield Claim(Field.HOST, b"Kim", "log", "")
    yield Claim(Field.HOST, "Kim Lee", "log", "", float("nan"))
    yield Claim(Field.LANGUAGE, "gibberish", "log", "")
    yield "title"
    while True:
        yield Claim(Field.GUEST, "Lani Kim", "log", "the log")

def fails(material): raise OSError("the log is away")

@hookimpl
def claim_sources(): return [ClaimSource("log", read), ClaimSource("away", fails)]
"""


def archived(archive: Archive, path: Path) -> str:
    """Archive a recording without words, and return its uid."""
    (result,) = Ingest(archive, Silent()).run([InputFile(path)])
    assert result.outcome == Outcome.ARCHIVED
    assert result.clip is not None
    return result.clip


class Silent:
    name = "silent"

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        for clip in clips:
            yield ClipResult(clip.key, Transcript((Word(0.0, 0.3, " Waves"),), "en"))


def test_garbage_among_claims_is_left_out(archive: Archive, installed: Installed, clips: TinyClips) -> None:
    installed.plugin("logs", SOURCE)
    found = claims.of_clip(archive, archived(archive, clips.paths[0]))
    title, guest = (claim for claim in found if claim.source not in {"filename", "tags"})
    assert title == Claim(Field.TITLE, "A [2J bell", "log", "the log", 0.9)
    assert guest == Claim(Field.GUEST, "Lani Kim", "log", "the log")
    archived(archive, clips.paths[1])
    assert len(installed.told) == 8, "each problem once, however many clips have it"
    assert all(len(line) < 500 for line in installed.told)
    assert any("10,000,000 characters" in line for line in installed.told)


def test_what_a_source_said_stays_where_it_fails_or_is_gone(
    archive: Archive, installed: Installed, clips: TinyClips
) -> None:
    installed.plugin("logs", f"""{GOOD}
import os
def read(material):
    if "LOG" in os.environ: raise OSError("the log is away")
    yield Claim(Field.GUEST, "Lani Kim", "log", "")
@hookimpl
def claim_sources(): return [ClaimSource("log", read), ClaimSource("spoken-log", read, spoken=True)]
""")  # fmt: skip
    uid = archived(archive, clips.paths[0])
    before = claims.of_clip(archive, uid)
    assert {"log", "spoken-log"} <= {claim.source for claim in before}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOG", "away")
        assert list(retag(archive, [uid], Naming())) == []
        assert claims.of_clip(archive, uid) == before
    assert len(installed.told) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RADIO_ARCHIVE_PLUGINS", "")
        hooks._loaded.cache_clear()
        assert list(retag(archive, [uid], Naming())) == []
        assert claims.of_clip(archive, uid) == before


def test_outsiders_do_not_see_what_a_plugin_heard_in_a_clip_with_a_redaction(
    archive: Archive, installed: Installed
) -> None:
    installed.plugin("names", SPOKEN.replace("GUEST", "SUMMARY"))
    uid = save_said(archive, "one", said("Lani secret Keoni and others are here."))
    list(retag(archive, [uid], Naming()))
    seen = "SELECT count(*) FROM claims WHERE source = 'names'"
    for redacted in (False, True):
        if redacted:
            redactions.add(archive, uid, 0.4, 0.7, author="Lani", reason="a name")
        with closing(sqlite3.connect(archive.database_path)) as db:
            views.hide(db)
            assert db.execute(seen).fetchone() == (0 if redacted else 7,)


SPOKEN = f"""{GOOD}
def read(material):
    for word in material.words:
        yield Claim(Field.GUEST, word.text, "names", word.text, at=word.start)
@hookimpl
def claim_sources(): return [ClaimSource("names", read, spoken=True)]
"""


def test_a_spoken_source_reads_a_corrected_text_again(archive: Archive, installed: Installed) -> None:
    installed.plugin("names", SPOKEN)
    uid = save_said(archive, "one", said("Lanni Keoni"))
    list(retag(archive, [uid], Naming()))
    assert [claim.value for claim in claims.of_clip(archive, uid) if claim.source == "names"] == ["Lanni", "Keoni"]
    replaced(archive, uid, "Lanni", "Lani")
    listen_again(archive, uid, Naming(), SpokenClaims(archive))
    assert [claim.value for claim in claims.of_clip(archive, uid) if claim.source == "names"] == ["Keoni", "Lani"]


def test_a_shows_ranks_can_put_a_plugins_source_first(station: Path, tmp_path: Path, wheel_env: dict[str, str]) -> None:
    folder = shutil.copytree(station, tmp_path / "archive")
    with Archive(folder) as archive:
        (uid,) = read.uids(archive)
    run("tag", uid, "show=Harbor Watch", "--archive", folder)
    wrong = run("shows", "set", "Harbor Watch", "ranks=initals", "--archive", folder, env=wheel_env)
    assert (wrong.code, "initials" in wrong.err) == (1, True)
    right = run("shows", "set", "Harbor Watch", "ranks=initials,tags", "--archive", folder, env=wheel_env)
    assert (right.code, "initials, tags" in right.out) == (0, True)
    # Whatever is installed, the ranks hold.
    order = ranks(["initials", "tags"])
    assert order["human"] > order["initials"] > order["tags"] > order["sidecar"]


AFTER = f"""{GOOD}
@hookimpl
def after_archived(archive, clip):
    archive.db.execute("BEGIN IMMEDIATE")
    archive.db.execute("DELETE FROM claims")
    raise ValueError("no such printer")
"""


def test_what_fails_after_a_clip_loses_nothing_of_it(archive: Archive, installed: Installed, clips: TinyClips) -> None:
    installed.plugin("printer", AFTER)
    results = Ingest(archive, Silent()).run([InputFile(path) for path in clips.paths[:2]])
    for result in results:
        assert result.outcome == Outcome.ARCHIVED
        (warning,) = result.warnings
        assert warning == "the plugin printer failed after the clip was archived: ValueError: no such printer"
    assert not archive.db.conn.in_transaction
    assert all(claims.of_clip(archive, uid) for uid in read.uids(archive))


@dataclass
class Scripted:
    """An engine that does with each clip what it is told."""

    does: Callable[[PreparedClip], Iterator[Any]]
    name: Any = 5

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[Any, None, None]:
        for clip in clips:
            yield from self.does(clip)


def heard(does: Callable[[PreparedClip], Iterator[Any]]) -> Sequence[EngineReport]:
    """Return what becomes of two clips with an engine of a plugin that does this with the first one."""

    def first_only(clip: PreparedClip) -> Iterator[Any]:
        whole = ClipResult(clip.key, Transcript((Word(0, 1, " whole"),)))
        return does(clip) if clip.key == "a" else iter([whole])

    plugin = hooks.Plugin("scripts", "scripts", "2.0")
    spec = hooks.Registered(plugin, EngineSpec("script", lambda options: Scripted(first_only)))
    engine = foreign.load(spec, EngineOptions(model="script:x"))
    assert engine.name == "script"
    two = [PreparedClip(key, 2.0, lambda: iter([])) for key in "ab"]
    reports = [one for one in engine.transcribe(two) if not isinstance(one, ClipProgress)]
    reports.sort(key=lambda report: report.key)
    assert [report.key for report in reports] == ["a", "b"], "each clip has one result, and the other goes on"
    assert isinstance(reports[1], ClipResult)
    return reports


def result(*words: Any, **more: Any) -> Callable[[PreparedClip], Iterator[Any]]:
    return lambda clip: iter([ClipResult(clip.key, Transcript(words, **more))])


FAULTS: dict[str, tuple[Callable[[PreparedClip], Iterator[Any]], str]] = {
    "raises": (lambda clip: iter([1 / 0]), "ZeroDivisionError"),
    "nothing": (lambda clip: iter([]), "it gave no result"),
    "other": (lambda clip: iter([ClipResult("z", Transcript(()))]), "it gave no result"),
    "no report": (lambda clip: iter([replace(clip)]), "it reported PreparedClip"),
    "no transcript": (lambda clip: iter([ClipResult(clip.key, "text")]), "it reported ClipResult"),  # type: ignore[arg-type]
    "no word": (result("text"), "it gave str for a word"),
    "not a number": (result(Word(float("nan"), 1, " a")), "a time that is no number"),
    "huge": (result(Word(0, 1, " a" * 10_000_000)), "a word of 20,000,000 characters"),
    "no words": (lambda clip: iter([ClipResult(clip.key, Transcript(5))]), "not iterable"),  # type: ignore[arg-type]
    "endless": (lambda clip: iter([ClipResult(clip.key, Transcript(repeat(Word(0, 1, " a"))))]), "more than 160"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_an_engine_that_misbehaves_fails_one_clip(fault: str) -> None:
    does, why = FAULTS[fault]
    report = heard(does)[0]
    assert isinstance(report, ClipFailure)
    assert isinstance(report.error, TranscriptionError)
    assert str(report.error).startswith("the engine 'script' of the plugin scripts failed on this clip: ")
    assert why in str(report.error)


def test_what_ends_the_stream_of_clips_is_no_fault_of_an_engine() -> None:
    def away() -> Iterator[PreparedClip]:
        yield PreparedClip("a", 2.0, lambda: iter([]))
        raise KeyError("stopped")

    spec = hooks.Registered(hooks.Plugin("p", "p"), EngineSpec("script", lambda options: Scripted(result())))
    reports = foreign.load(spec, EngineOptions()).transcribe(away())
    assert isinstance(next(reports), ClipResult)
    with pytest.raises(KeyError, match="stopped"):
        next(reports)


def test_what_an_engine_reports_is_made_fit_to_be_stored() -> None:
    words = (Word(-5, 1e8, " b\x1b[2Jad\x00", 7.0, "nonsense"), Word(1, 0.5, "w", None, "haw"), Word(1, 2, " \x07"))
    report = heard(
        result(*words, language="nonsense", engine=5, options={"a": object()}, gaps=(Gap(5, 1), 3, Gap(0.5, 9)))
    )[0]
    assert isinstance(report, ClipResult)
    assert report.transcript.words == (Word(0.0, 2.0, " b [2Jad", 1.0), Word(1.0, 1.0, "w", None, "haw"))
    assert report.transcript.gaps == (Gap(0.5, 2.0),)
    made = report.transcript
    assert (made.engine, made.engine_version, made.model, made.language) == ("script", "2.0", "script:x", None)
    assert made.options == {}


def test_an_engine_that_cannot_be_made_is_named(installed: Installed) -> None:
    code = f"{GOOD}@hookimpl\ndef register_engines(): yield EngineSpec('glass', lambda options: 1 / 0)"
    installed.plugin("glass", code)
    with pytest.raises(EngineError, match="the engine 'glass' of the plugin glass cannot be made: ZeroDivisionError"):
        load_engine(EngineOptions(model="glass:x"))


def test_which_engine_a_model_picks(installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "@hookimpl\ndef register_engines(): yield EngineSpec('glass', int, models=frozenset({'clear-2'}))"
    installed.plugin("glass", f"{GOOD}{code}")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "not:an-engine").mkdir()
    table = {
        "glass:x": "glass",
        "clear-2": "glass",
        "tiny": "whisper",
        "replay:a": "replay",
        "not:an-engine": "whisper",
    }
    assert {model: picked(model).value.name for model in table} == table
    assert list(engines()) == ["whisper", "parakeet", "endpoint", "replay", "glass"]
    with pytest.raises(ModelNotFoundError, match=r"no engine is called 'other'.* parakeet, endpoint, replay, glass"):
        picked("other:x")
