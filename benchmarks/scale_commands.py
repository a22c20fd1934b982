"""What is measured by scale.py: every command of the command line, every page of the site, and saving a clip.

Each says how it may grow with the archive: not at all (PAGE), with the names in it (NAMES), or as it does (ALL). What
is looked for is as rare in a large archive as in a small one, unless the name says "common".
"""

import asyncio
import hashlib
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import nsmallest
from importlib import import_module
from pathlib import Path

from scale_meter import begin
from sqlite_utils import Database
from synthetic_archive import new_clip
from synthetic_text import FUNCTION_WORDS, Corpus

import radio_archive.site.site
from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.archive.clips.save import save_clip
from radio_archive.archive.names import addresses
from radio_archive.cli.app import COMMANDS, app
from radio_archive.config.settings import SiteOptions
from radio_archive.site.server import site

FIXTURES = Path(__file__).parent.parent / "fixtures"
REPLAY = f"replay:{FIXTURES / 'transcripts.json'}"
"""An engine that knows the fixture clips: what is measured is all but the model."""
PAIR = """FROM likenesses JOIN clips AS one ON one.id = clip_id JOIN clips AS two ON two.id = other_id
    ORDER BY clip_id, other_id LIMIT 1"""
"""The first pair of clips that are alike."""
NEW, WATCHED = "20241105_HarborWatch.mp3", "2025-05-06_island-morning.mp3"
"""Fixture clips, for `add` and for `watch`."""


MERGE = "merge {out}/other"

RARE = 6
"""Sentences that have the rare word, or as near to it as there is a word: an archive of 10⁷ has none below 49."""


def load() -> None:
    """Import what is measured, so that what is measured is not the importing."""
    for module in {*COMMANDS.values()}:
        import_module(f"radio_archive.cli.commands.{module}")
    for name in ("datasette.app", "radio_archive.site", "radio_archive.pipeline.ingest", "radio_archive.audio.decode"):
        import_module(name)


class Growth(StrEnum):
    """How a cost may grow with the archive."""

    PAGE = "page"
    """Not at all: the same for one page, one clip, one search."""
    NAMES = "names"
    """By what it takes to read the names of all people, shows and stations once: a speaker may say any of them."""
    ALL = "all"
    """As the archive does."""


@dataclass
class Target:
    """An archive that is measured, and names in it. `{clip}` in a command is each time another clip."""

    folder: Path
    out: Path
    names: Mapping[str, str]
    clips: Iterator[str]

    @classmethod
    def of(cls, folder: Path, out: Path) -> "Target":
        """Choose the names; `out` is a folder for what is written.

        Raises LookupError where the archive is too small to have all of them.
        """
        with Archive(folder, read_only=True) as archive:
            db = archive.db
            db.execute("CREATE VIRTUAL TABLE temp.counted USING fts5vocab(main, segments_fts, row)")
            counted = db.execute("SELECT term, doc FROM temp.counted ORDER BY doc DESC, term").fetchall()
            words = {*Corpus().words} - {*FUNCTION_WORDS}
            common = next(term for term, _ in counted if term in words)
            known = [(term, count) for term, count in counted if term in words]
            (rare, _), (other_rare, _) = nsmallest(2, known, key=lambda one: abs(one[1] - RARE))

            def one(sql: str) -> str:
                row = db.execute(sql).fetchone()
                if row is None:
                    raise LookupError(f"nothing in {folder} is found by {sql}")
                return str(row[0])

            sentence = _sentence(db, rare)
            first, second, *others = sentence.split()
            names = {
                "rare": rare,
                "other_rare": other_rare,
                "common": common,
                "story": _story(out / "story.txt", sentence),
                "misquoted": _story(out / "misquoted.txt", " ".join([second, first, *others])),
                "common_story": _story(out / "common.txt", f"{common} {common} {common}"),
                "day": one("SELECT air_date FROM clips GROUP BY air_date ORDER BY count(*), 1 LIMIT 1"),
                "show": one("SELECT name FROM shows ORDER BY id LIMIT 1"),
                "small_show": one("SELECT name FROM shows WHERE name LIKE 'Show 8 %'"),
                "person": one("SELECT name FROM people WHERE name LIKE 'Reporter%' ORDER BY id LIMIT 1"),
                "guest": one("SELECT name FROM people WHERE name LIKE 'Guest 0%' ORDER BY id LIMIT 1"),
                "other": one("SELECT name FROM people WHERE name LIKE 'Guest 0%' ORDER BY id DESC LIMIT 1"),
                "one": one(f"SELECT one.uid {PAIR}"),
                "two": one(f"SELECT two.uid {PAIR}"),
                "collection": one(
                    """SELECT name FROM collections
                       ORDER BY id IN (SELECT collection_id FROM collection_clips) DESC, id LIMIT 1"""
                ),
                "middle": one(
                    """SELECT air_date || '.' || id FROM clips WHERE air_date IS NOT NULL
                       AND show_id = (SELECT id FROM shows ORDER BY id LIMIT 1)
                       ORDER BY air_date LIMIT 1 OFFSET (SELECT count(*) / 2 FROM clips
                                                        WHERE show_id = (SELECT id FROM shows ORDER BY id LIMIT 1))"""
                ),
                "queued": one("SELECT path FROM intake ORDER BY id LIMIT 1"),
            }
            uids = db.execute(
                """SELECT uid FROM clips WHERE visibility = 'public' AND show_id IS NOT NULL
                       AND id NOT IN (SELECT clip_id FROM likenesses UNION SELECT other_id FROM likenesses)
                   ORDER BY id LIMIT 60"""
            ).fetchall()
        return cls(folder, out, names, itertools.cycle([uid for (uid,) in uids]))

    def words(self, command: str) -> list[str]:
        """Return the arguments that a command stands for. An `&` is a space within an argument."""
        names = {**self.names, "out": str(self.out)}
        names |= {name: next(self.clips) for name in ("clip", "clip2") if f"{{{name}}}" in command}
        if "{new}" in command:
            with Archive(self.folder, read_only=True) as archive:
                sql = """SELECT uid FROM clips JOIN clip_recordings ON clip_id = clips.id
                    JOIN recordings ON recordings.id = recording_id WHERE original_name = ?"""
                (names["new"],) = archive.db.execute(sql, [NEW]).fetchone()
        return [part.format(**names).replace("&", " ") for part in command.split()]

    def paths(self, path: str) -> str:
        """Return the address that a path of the site stands for."""
        if not {"{clip}", "{address}", "{sha256}"} & {*re.findall(r"\{\w+\}", path)}:
            return path.format(**self.names, **self._slugs())
        uid = next(self.clips)
        with Archive(self.folder, read_only=True) as archive:
            clip = read.by_uid(archive, [uid], read.Part.ADDRESS)[uid]
        sha256 = clip.recording.sha256
        return path.format(**self.names, **self._slugs(), clip=uid, address=clip.address, sha256=sha256)

    def _slugs(self) -> dict[str, str]:
        people = {f"{name}_slug": addresses.name_slug(self.names[name]) for name in ("person", "guest", "collection")}
        return {**people, "show_slug": addresses.show_slug(self.names["show"])}


def _sentence(db: Database, word: str) -> str:
    """Return a sentence with a word; in any archive about as long a one."""
    sql = """SELECT text FROM segments WHERE id IN (SELECT rowid FROM segments_fts WHERE segments_fts MATCH ?)
        ORDER BY abs(length(text) - 60), id LIMIT 1"""
    return str(db.execute(sql, [f'text : "{word}"']).fetchone()[0])


def _story(path: Path, quotation: str) -> str:
    """Write a story with a quotation, and return its path."""
    path.write_text(f"“{quotation}”", encoding="utf-8")
    return str(path)


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table; `run` is called with an archive, which it may change if it `changes`.

    `most` is the largest archive, in segments, for which it is made. `capped` are the steps that it may take more in an
    archive that has all of what there is a cap for.
    """

    name: str
    growth: Growth
    run: Callable[[Target], Callable[[], object]]
    changes: bool = False
    most: int | None = None
    capped: int = 0


def _command(line: str) -> Callable[[Target], Callable[[], object]]:
    def prepared(target: Target) -> Callable[[], object]:
        arguments = target.words(line)

        def run() -> None:
            # Not every command has the option.
            os.environ["RADIO_ARCHIVE"] = str(target.folder)
            code = app(arguments, prog_name="radio-archive", standalone_mode=False)
            if code and line not in NOTHING_NEW:
                raise RuntimeError(f"{' '.join(arguments)} ended with exit code {code}")

        return run

    return prepared


READING: Mapping[str, Growth] = {
    "list --limit 20": Growth.PAGE,
    "list": Growth.ALL,
    "list --count": Growth.ALL,
    "list --incomplete": Growth.ALL,
    "show {clip}": Growth.PAGE,
    "show {clip} --versions": Growth.PAGE,
    "show {clip} --diff 1": Growth.PAGE,
    "search heard:{rare}": Growth.PAGE,
    "search {rare}": Growth.PAGE,
    "search {rare} --count --facets show,year": Growth.PAGE,
    "search {rare} --sort newest": Growth.PAGE,
    # The list of the sentences of each year is read.
    "search {rare} --since 2005-01-01": Growth.ALL,
    "search {common}": Growth.ALL,
    "search {common} --all --ids": Growth.ALL,
    "search {common} --plot": Growth.ALL,
    "concordance {rare}": Growth.PAGE,
    "concordance {common} --limit 20": Growth.ALL,
    "trends {rare}": Growth.ALL,
    "trends {common} --by year": Growth.ALL,
    "export {clip} --format vtt": Growth.PAGE,
    "quote {clip} --from 0 --to 30": Growth.PAGE,
    "check {story}": Growth.PAGE,
    "check {misquoted}": Growth.PAGE,
    "check {common_story}": Growth.ALL,
    "export --show {small_show} --format csv": Growth.ALL,
    "show {clip} --diff": Growth.PAGE,
    "show {clip} --original": Growth.PAGE,
    "fix {rare} rarely --dry-run": Growth.PAGE,
    "fix --list": Growth.PAGE,
    "glossary list": Growth.PAGE,
    "glossary export": Growth.PAGE,
    "glossary suggest": Growth.NAMES,
    "claims {clip}": Growth.PAGE,
    "claims --conflicts": Growth.ALL,
    "claims --proposals": Growth.ALL,
    "review --json --limit 20": Growth.PAGE,
    "review --json --limit 20 --show {small_show}": Growth.PAGE,
    "review --status": Growth.ALL,
    "retag --show {small_show} --dry-run": Growth.ALL,
    "rundown --date {day}": Growth.PAGE,
    "rundown --since 2012-01-01 --until 2012-12-31": Growth.ALL,
    "alike": Growth.ALL,
    "verify --no-audio": Growth.ALL,
    f"evaluate {{clip}} --reference {FIXTURES}/stories/bell-tower.txt": Growth.NAMES,
    "evaluate --by-story": Growth.ALL,
    "doctor": Growth.ALL,
    "intake": Growth.PAGE,
    "saved list": Growth.PAGE,
    "backfill --status": Growth.PAGE,
    "collection list": Growth.ALL,
    "collection show {collection}": Growth.ALL,
    "shows list": Growth.ALL,
    "shows show {show}": Growth.ALL,
    "people list": Growth.ALL,
    "people show {guest}": Growth.PAGE,
    "stations list": Growth.PAGE,
    "feed list": Growth.ALL,
    "config check": Growth.PAGE,
    "publish bundle {out}/bundle": Growth.ALL,
    "export --text-tree {out}/tree": Growth.ALL,
    "import --text-tree {out}/tree --dry-run": Growth.ALL,
}
"""Commands that change nothing."""

CHANGING: Mapping[str, Growth] = {
    "init {out}/new": Growth.PAGE,
    f"add {FIXTURES}/clips/{NEW} --model {REPLAY}": Growth.NAMES,
    f"watch --once --poll 0.1 --model {REPLAY}": Growth.NAMES,
    f"backfill {FIXTURES}/clips/Reef&Notes --model {REPLAY}": Growth.NAMES,
    f"retranscribe {{new}} --model {REPLAY}": Growth.NAMES,
    f"import {FIXTURES}/clips/whales_final_mix.mp3 --transcript {{out}}/piece.srt": Growth.NAMES,
    "redact {new} --from 1 --to 2": Growth.PAGE,
    "redact {new} --undo": Growth.PAGE,
    "tag {clip} title=Another reporter=Somebody": Growth.PAGE,
    "tag {clip} note=Heard": Growth.PAGE,
    "fix {rare} rarely --yes": Growth.NAMES,
    "glossary add Hīnālea --show {show}": Growth.PAGE,
    "glossary import {out}/terms.csv": Growth.PAGE,
    "glossary remove Hīnālea --show {show}": Growth.PAGE,
    "propose {clip}": Growth.NAMES,
    "retag {clip}": Growth.NAMES,
    "versions add {clip} {out}/piece.srt": Growth.NAMES,
    # Before what writes so much of the indexes again that they are still being put in order afterwards.
    MERGE: Growth.PAGE,
    "alike {one} {two} --reject": Growth.PAGE,
    "alike {clip} {clip2} --join rebroadcast": Growth.PAGE,
    "remove {clip} --yes": Growth.PAGE,
    "waveforms": Growth.ALL,
    "index --meaning --remove": Growth.ALL,
    "verify --no-audio --repair": Growth.ALL,
    "intake webhooks": Growth.PAGE,
    "intake webhooks --retry": Growth.PAGE,
    "intake pause": Growth.PAGE,
    "intake resume": Growth.PAGE,
    "intake retry --all": Growth.PAGE,
    "intake forget {queued}": Growth.PAGE,
    "search {rare} --save another": Growth.PAGE,
    "saved run another": Growth.PAGE,
    "saved remove another": Growth.PAGE,
    "collection add Mine {clip} {clip2}": Growth.PAGE,
    "collection publish Mine": Growth.PAGE,
    "collection remove Mine": Growth.PAGE,
    "remove {clip2} --purge --yes": Growth.ALL,
    "shows add Fresh": Growth.PAGE,
    "shows alias Fresh Fresher": Growth.PAGE,
    "shows set Fresh name=Freshest": Growth.PAGE,
    "shows import {out}/shows.csv": Growth.PAGE,
    "shows merge {show} Freshest": Growth.ALL,
    "people add Newcomer": Growth.PAGE,
    "people alias Newcomer Newer": Growth.PAGE,
    "people set Newcomer role=reporter": Growth.PAGE,
    "people merge {guest} {other}": Growth.PAGE,
    "people add Nobody": Growth.PAGE,
    "people remove Nobody": Growth.PAGE,
    "stations add Hill": Growth.PAGE,
    "feed remove show-5": Growth.ALL,
}
"""Commands that change the archive, in an order in which each finds what it needs."""

NOTHING_NEW = {"saved run another", "search heard:{rare}", "check {misquoted}", "check {common_story}"}
"""They exit with 1, because nothing is new, or was heard otherwise, or was said."""
PATIENCE = 600.0
"""Seconds that reading for a page may take."""
STATIC = "publish static {out}/static --url http://localhost/"
CAPPED: Mapping[str, int] = {"add": 15_000, "backfill": 30_000}
"""Steps for the last thousand transcripts, whose speed is looked at: a small archive has fewer."""
NOT_MEASURED: Mapping[str, str] = {
    "serve": "its pages are",
    "mcp": "does what `search`, `show`, `quote`, `check`, `trends` and `shows list` do",
    "demo": "makes an archive of its own",
    "models list": "needs no archive",
    "config default": "needs no archive",
    "plugins": "needs no archive",
    "models download": "needs the network",
    "feed add": "needs the network",
    "feed pull": "needs the network",
    "index": "needs weights that cannot be had everywhere; --remove is measured",
    "people show": "is, like `shows show`",
    "people import": "is as `shows import`",
    "stations show": "is as `shows show`",
    "stations alias": "is as `shows alias`",
    "stations set": "is as `shows set`",
    "stations merge": "is as `shows merge`",
    "stations import": "is as `shows import`",
    "shows remove": "is as `people remove`",
    "stations remove": "is as `people remove`",
}
"""Commands that are left out, and why."""

PAGES: Mapping[str, Growth] = {
    "/": Growth.PAGE,
    "/index.json": Growth.PAGE,
    "/index.rss": Growth.PAGE,
    "/index.atom": Growth.PAGE,
    "/search?q={other_rare}": Growth.PAGE,
    "/search.rss?q={other_rare}": Growth.PAGE,
    "/search?q={common}": Growth.ALL,
    "/search?q={common}&sort=newest": Growth.ALL,
    "/all": Growth.ALL,
    # More clips of the year, up to a page of them.
    "/all/2012": Growth.ALL,
    "/browse": Growth.ALL,
    "/on": Growth.ALL,
    # More clips of the day, up to a page of them.
    "/on/03-14": Growth.ALL,
    # How many clips are about it is counted, and those of a collection are sorted.
    "/subjects/subject-7": Growth.ALL,
    "/subjects/subject-7.rss": Growth.ALL,
    "/collections/{collection_slug}": Growth.ALL,
    "/collections/{collection_slug}.rss": Growth.ALL,
    "/trends?q={rare}": Growth.ALL,
    "/concordance?q={rare}": Growth.PAGE,
    # More people, of all letters or of one, up to a page of them.
    "/people": Growth.ALL,
    "/people?letter=other": Growth.ALL,
    "/people/{guest_slug}": Growth.PAGE,
    "/people/{person_slug}": Growth.ALL,
    "/{show_slug}": Growth.ALL,
    # What is counted is kept where a show is large.
    "/{show_slug}?page=9&from={middle}": Growth.ALL,
    "/{show_slug}?year=2012": Growth.ALL,
    "/{show_slug}.rss": Growth.ALL,
    "/clip/{clip}": Growth.PAGE,
    "/{address}": Growth.PAGE,
    "/{address}.json": Growth.PAGE,
    "/{address}.vtt": Growth.PAGE,
    "/audio/{sha256}": Growth.PAGE,
    "/embed/{clip}": Growth.PAGE,
    "/oembed?url=http://localhost/{address}": Growth.PAGE,
    "/index.rss?from={middle}": Growth.PAGE,
    "/sitemap.xml": Growth.ALL,
    # More addresses, up to a range of them.
    "/sitemap-1.xml": Growth.ALL,
    "/sitemap-names-1.xml": Growth.ALL,
    "/sitemap-people-1.xml": Growth.ALL,
    "/sitemap-subjects-1.xml": Growth.ALL,
    "/robots.txt": Growth.PAGE,
    "/opensearch.xml": Growth.PAGE,
    "/no-such-show": Growth.PAGE,
}
"""Pages of the site, asked for after those that are COUNTING."""
COUNTING = ("/about", "/", "/all", "/on", "/people", "/search?q={rare}")
"""Pages whose first request counts what is kept for a minute: totals, clips of each show, what each clip counts for."""


def _page(path: str, before: Sequence[str] = COUNTING) -> Callable[[Target], Callable[[], object]]:
    def prepared(target: Target) -> Callable[[], object]:
        addresses_ = [target.paths(one) for one in (*before, path)]

        async def ask() -> None:
            # What is measured is what a page costs, also where it would be given up on a busy machine; and which of
            # several threads has read something before is chance.
            # What is counted in the background is a cost of the page that asked for it first.
            settings = radio_archive.site.site
            settings.READ_SECONDS = settings.PATIENCE = PATIENCE
            settings.THREADS = settings.SEARCHERS = 1
            datasette = site(target.folder / "archive.db", SiteOptions(url="http://localhost/"))
            await datasette.invoke_startup()
            for asked in addresses_:
                begin()
                answer = await datasette.client.get(asked)
                if answer.status_code >= 400 and "no-such" not in asked:
                    raise RuntimeError(f"{asked}: {answer.status_code} {answer.text[:400]}")

        return lambda: asyncio.run(ask())

    return prepared


def _save(target: Target) -> Callable[[], object]:
    new = new_clip(Corpus(secrets.randbits(32)), secrets.token_hex(32), 3, "Somebody")

    def run() -> None:
        with Archive(target.folder) as archive:
            save_clip(archive, new)

    return run


def _watched(target: Target) -> Callable[[], object]:
    shutil.copy(FIXTURES / "clips" / WATCHED, target.folder / "inbox" / WATCHED)
    return _command(f"watch --once --poll 0.1 --model {REPLAY}")(target)


def _merging(target: Target) -> Callable[[], object]:
    """Merge an archive of one clip."""
    sha256 = hashlib.sha256(b"sound").hexdigest()
    new = new_clip(Corpus(secrets.randbits(32)), sha256, 3, "Somebody")
    path = f"media/{sha256[:2]}/{sha256}.mp3"
    with Archive.create(target.out / "other", "") as other:
        (other.folder / path).parent.mkdir()
        (other.folder / path).write_bytes(b"sound")
        save_clip(other, replace(new, path=path, storage="copied"))
    return _command(MERGE)(target)


SPECIAL = {"watch": _watched, "merge": _merging}
EVERYTHING: tuple[Measured, ...] = (
    *(Measured(line, growth, _command(line)) for line, growth in READING.items() if line.split()[0] in COMMANDS),
    Measured(
        "publish static", Growth.ALL, _command("publish static {out}/static --url http://localhost/"), most=50_000
    ),
    # They sync each file to the disk, which takes its time: only where there are few.
    Measured("backup", Growth.ALL, _command("backup {out}/backup"), changes=True, most=50_000),
    Measured(
        "restore", Growth.ALL, _command("restore {out}/backup --archive {out}/restored"), changes=True, most=50_000
    ),
    *(Measured(f"GET {path}", growth, _page(path)) for path, growth in PAGES.items()),
    *(Measured(f"GET {path}, counting", Growth.ALL, _page(path, ("/robots.txt",))) for path in COUNTING),
    Measured("save a clip", Growth.PAGE, _save, changes=True),
    *(
        Measured(
            line.replace(str(FIXTURES) + "/", "").replace("replay:fixtures/transcripts.json", "REPLAY"),
            growth,
            SPECIAL.get(line.split()[0]) or _command(line),
            changes=True,
            capped=CAPPED.get(line.split()[0], 0),
        )
        for line, growth in CHANGING.items()
        if line.split()[0] in COMMANDS
    ),
)
"""All that is measured: first what reads, then what changes."""
