"""docs/json.md lists the keys of everything that is printed as JSON: no more, and no fewer."""

import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.audio_files import mp3
from support.feed_station import running, serve
from support.pages import CODE, DOCS, read
from support.program import ok, run

from radio_archive.archive.clips.encoding import dump_windows
from radio_archive.models import Verdict, WindowReport

PAGE = read(DOCS / "json.md")
RSS = b"""<rss version="2.0"><channel><title>Harbor Watch Podcast</title><item><title>Piece 1</title><guid>g1</guid>
    <enclosure url="/1.mp3" type="audio/mpeg"/></item></channel></rss>"""
STORY = "Fiji lays a cable\n\nBy Kim Lee\n\nCrews fear for the reef. The ministry in Hīnālea calls that a rumor.\n"


def tables() -> Iterator[tuple[str, list[str]]]:
    """Yield what each row of the page is about, and the keys that it names."""
    for line in PAGE.splitlines():
        if line.startswith("| `"):
            about, keys = line.strip("| ").split(" | ")
            told = re.sub(r"\([^)]*\)", "", keys)
            yield about, [key for key in CODE.findall(told) if not key.startswith("-")]


ROWS = dict(tables())
COMMANDS = {name: keys for about, keys in ROWS.items() if ":" not in about for name in CODE.findall(about)}
INSIDE = {about: keys for about, keys in ROWS.items() if ":" in about}


@pytest.fixture(scope="module")
def printed(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What every command prints, by its name: of lists the first object."""
    folder = tmp_path_factory.mktemp("json")
    archive = Path(
        shutil.copytree(demo_archive, folder / "archive", ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm"))
    )
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        (clip,) = db.execute("SELECT uid FROM clips WHERE title LIKE 'An undersea%'").fetchone()
        db.execute(
            """INSERT INTO gaps (transcript_id, start, "end")
               SELECT current_transcript_id, 31.0, 36.0 FROM clips WHERE uid = ?""",
            [clip],
        )
        # What is replayed has no windows.
        window = WindowReport(0.0, 30.0, Verdict.TRUSTED, {"compression_ratio": 1.2})
        db.execute("UPDATE transcripts SET windows = ?", [dump_windows([window])])
        db.execute("INSERT INTO likenesses (clip_id, other_id, similarity, found_at) VALUES (1, 2, 0.9, '2025-01-01')")
        db.execute(
            """INSERT INTO intake (path, size, mtime_ns, state, first_seen_at, changed_at)
               VALUES ('inbox/a.mp3', 1, 1, 'failed', '2025-01-01T00:00:00+00:00', '2025-01-01T00:00:00+00:00')"""
        )
        db.execute(
            """INSERT INTO deliveries (uid, clip_id, next_attempt, created_at, changed_at)
               SELECT 'msg_1', id, '2025-01-01', '2025-01-01', '2025-01-01' FROM clips WHERE uid = ?""", [clip],
        )  # fmt: skip
        db.execute(
            "INSERT INTO sidecars (clip_id, name, suffix, sha256, content, added_at) "
            "SELECT id, 'a.txt', '.txt', 'x', ?, '2025-01-01' FROM clips WHERE uid = ?", [STORY.encode(), clip],
        )  # fmt: skip
        # A weak guess: read again, the claims of this clip change.
        db.execute("UPDATE claims SET superseded_at = '2025-01-01' WHERE field = 'date' AND subject_id = 1")
        db.execute("UPDATE clips SET air_date = '1999-01-01' WHERE id = 1")
    where = ("--archive", archive)
    ok("collection", "add", "Best", clip, *where)
    ok("search", "cable", "--save", "cables", *where)
    ok("glossary", "add", "Fijian Boats", "--heard", "fishing boats", *where)
    ok("stations", "add", "Reef Radio", *where)
    (folder / "captions.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nRain fell.\n", encoding="utf-8")
    (folder / "terms.csv").write_text("term\nWaimea\n", encoding="utf-8")
    (folder / "roster.csv").write_text("name\nHilo\nPuna\n", encoding="utf-8")
    with closing(sqlite3.connect(archive / "archive.db")) as db, db:
        db.execute("DELETE FROM saved_finds")
    other = Path(shutil.copytree(archive, folder / "other", ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm")))
    with closing(sqlite3.connect(other / "archive.db")) as db, db:
        db.execute("UPDATE clips SET visibility = 'private' WHERE id = 3")
    replay = folder / "replay.json"
    replay.write_text("{}", encoding="utf-8")
    (folder / "none.mp3").touch()
    (folder / "said.txt").write_text("A cable from Fiji.", encoding="utf-8")
    (folder / "story.txt").write_text("“A cable from Fiji,” she said.", encoding="utf-8")
    (folder / "quote.txt").write_text(f"“A cable” — 0:00–0:09 (clip {clip}).", encoding="utf-8")
    calls: dict[str, tuple[object, ...]] = {
        "add": ("add", archive / "media", "--model", f"replay:{replay}"),
        "import": ("import", folder / "none.mp3"),
        "backfill": ("backfill", folder / "none.mp3", "--model", f"replay:{replay}"),
        "backfill --status": ("backfill", "--status"),
        "backfill --failed": ("backfill", "--failed"),
        "backfill --dry-run": ("backfill", folder / "none.mp3", "--dry-run", "--model", f"replay:{replay}"),
        "retranscribe": ("retranscribe", clip, "--model", f"replay:{replay}"),
        "list": ("list",),
        "list --incomplete": ("list", "--incomplete"),
        "collection show": ("collection", "show", "Best"),
        "search": (
            "search",
            "cable",
            "OR",
            "wire",
            "--count",
            "--facets",
            "show,reporter,host,language,year",
            "--plot",
            "-C",
            "1",
        ),
        "search --quote": ("search", "cable", "--quote", folder / "cable.mp3"),
        "quote": ("quote", clip, "--from", "0", "--to", "9"),
        "quote --verify": ("quote", "--verify", folder / "quote.txt"),
        "check": ("check", folder / "story.txt"),
        "concordance": ("concordance", "reef"),
        "trends": ("trends", "reef"),
        "saved list": ("saved", "list"),
        "saved run": ("saved", "run", "--dry-run"),
        "claims": ("claims", clip),
        "export --output": ("export", clip, "--output", folder / "said.md", "--format", "md"),
        "retag": ("retag", "--all"),
        "rundown": ("rundown",),
        "alike": ("alike",),
        "collection list": ("collection", "list"),
        "shows list": ("shows", "list"),
        "people list": ("people", "list"),
        "stations list": ("stations", "list"),
        "intake": ("intake",),
        "verify": ("verify",),
        "export --bag": ("export", clip, "--bag", folder / "bag"),
        "verify --bag": ("verify", "--bag", folder / "bag"),
        "verify --history": ("verify", "--history"),
        "backup": ("backup", folder / "backup"),
        # After `backup`.
        "restore": ("restore", folder / "backup", "--archive", folder / "restored"),
        "merge": ("merge", other),
        "doctor": ("doctor",),
        "evaluate --reference": ("evaluate", clip, "--reference", folder / "said.txt"),
        "plugins": ("plugins", "--all"),
        "models list": ("models", "list"),
        "config default": ("config", "default"),
        # After `retag`, which keeps the story.
        "show": ("show", clip),
        "show --versions": ("show", clip, "--versions"),
        "glossary list": ("glossary", "list"),
        "glossary suggest": ("glossary", "suggest"),
        "fix": ("fix", "announced", "declared"),
        "fix --yes": ("fix", "announced", "declared", "--yes"),
        "fix --list": ("fix", "--list"),
        "show --diff": ("show", clip, "--diff"),
        "propose": ("propose", "--all"),
        "review": ("review",),
        "review --status": ("review", "--status"),
        "tag": ("tag", clip, "subject=reefs", "title=A cable"),
        "versions add": ("versions", "add", clip, folder / "captions.srt"),
        "glossary add": ("glossary", "add", "Hilo"),
        "glossary import": ("glossary", "import", folder / "terms.csv"),
        "glossary export --format json": ("glossary", "export"),
        # After `glossary export`, which has to have something.
        "glossary remove": ("glossary", "remove", "hilo"),
        **{
            f"{plural} {name}": (plural, name, *arguments)
            for plural in ("shows", "people", "stations")
            for name, *arguments in (
                ("add", "Aloha"),
                ("show", "Aloha"),
                ("alias", "Aloha", "Alohaa"),
                ("set", "Aloha", "name=Mahalo"),
                ("import", folder / "roster.csv"),
                ("merge", "Hilo", "Mahalo"),
                ("remove", "Puna"),
            )
        },
        "intake webhooks": ("intake", "webhooks"),
        "intake retry": ("intake", "retry", "--all"),
        "intake forget": ("intake", "forget", "a.mp3"),
        "waveforms": ("waveforms",),
        "index --meaning": ("index", "--meaning"),
        "index --meaning --remove": ("index", "--meaning", "--remove"),
        "publish static": ("publish", "static", folder / "site", "--show", "Mahalo"),
        "publish bundle": ("publish", "bundle", folder / "bundle", "--show", "Mahalo"),
        "evaluate --by-story": ("evaluate", "--by-story"),
        "redact": ("redact", clip, "--from", "1", "--to", "2"),
        "redact --list": ("redact", clip, "--list"),
    }
    forms = {"glossary export --format json": ("--format", "json")}
    elsewhere = {"models list", "plugins", "config default", "restore"}
    found = {
        name: run(*call, *forms.get(name, ("--json",)), *(() if name in elsewhere else where)).json
        for name, call in calls.items()
    }
    # Numbers are of clips with all words, so that a word is replaced only in a search of its own.
    found["search"] |= {"replaced": ok("search", "cabel", "--json", *where).json["replaced"]}
    found["fix --undo"] = ok("fix", "--undo", found["fix --yes"]["batch"], "--json", *where).json
    tree = folder / "tree"
    found["export --text-tree"] = ok("export", "--text-tree", tree, "--json", *where).json
    (path,) = tree.glob(f"*/{clip}.txt")
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    first, last = (body.split()[place].strip(".,?") for place in (-9, -2))
    path.write_text(f"{head}\n\n{body.replace(first, 'wire').replace(last, 'shoal')}", encoding="utf-8")
    ok("fix", last, "atoll", "--yes", *where)
    (found["import --text-tree"],) = run("import", "--text-tree", tree, "--json", *where).json
    found["export --format json"] = ok("export", clip, "--format", "json", *where).json
    with running() as station:
        station.routes |= {"/feed.rss": serve(RSS), "/1.mp3": serve(mp3(folder / "a.mp3", 1.0).read_bytes())}
        ok("feed", "add", station.url(), "--allow-private", *where)
        found["feed list"] = ok("feed", "list", "--json", *where).json
        found["feed pull --jsonl"] = ok("feed", "pull", "--allow-private", "--jsonl", *where).rows
    found["remove"] = ok("remove", clip, "--yes", "--json", *where).json
    return {name: value[0] if isinstance(value, list) else value for name, value in found.items()}


def test_every_command_that_prints_json_is_listed() -> None:
    """By the reference of all commands."""
    sections = re.split(r"^###? ", read(DOCS / "cli.md"), flags=re.MULTILINE)
    printing = {
        match[1]
        for text in sections
        if (match := re.match(r"`radio-archive ([a-z ]+)`", text)) and re.search(r"^\| `--jsonl?`", text, re.MULTILINE)
    }
    named = {
        *(name.partition(" --")[0] for name in COMMANDS),
        *re.findall(r"`([a-z]+ check)`", PAGE.partition("## What is inside")[0]),
    }
    assert printing - named == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_these_keys(name: str, printed: Mapping[str, Any]) -> None:
    keys = list(COMMANDS[name])
    if keys[0] in COMMANDS and name in {"show", "list --incomplete", "remove"}:
        keys[:1] = COMMANDS["list"]
    if name == "saved run":
        keys = ["name", "query", "clips"]
    if name == "search":
        keys = [key for key in keys if key not in {"suggestions", "close_in_meaning"}]
    assert list(printed[name]) == keys


@pytest.mark.parametrize("about", INSIDE)
def test_what_is_inside_has_these_keys(about: str, printed: Mapping[str, Any]) -> None:
    name, *way = CODE.findall(about)
    value = printed[name]
    for key in way:
        value = value[key]
        value = value[0] if isinstance(value, list) else value
    assert set(value) == set(INSIDE[about])


def test_suggestions_come_where_nothing_was_found(demo_archive: Path) -> None:
    ran = run("search", "+undersee", "--json", "--archive", demo_archive)
    assert ran.code == 1
    assert list(ran.json) == ["query", "clips", "suggestions"]


def test_lines_are_passages(demo_archive: Path) -> None:
    (row, *_) = ok("search", "reef", "--jsonl", "--archive", demo_archive).rows
    clip, passage = INSIDE["`search`: `clips`"], INSIDE["`search`: `clips`, `passages`"]
    assert {*row} == {*clip, *passage} - {"passages", "before", "after"}


@pytest.mark.parametrize("options", [(), ("--share",), ("--sentences",)])
def test_mentions_are_counted_unless_sentences_alone_are(options: tuple[str, ...], demo_archive: Path) -> None:
    (row, *_) = ok("trends", "reef", *options, "--json", "--archive", demo_archive).json
    assert (row["mentions"] is None) == (options == ("--sentences",))
