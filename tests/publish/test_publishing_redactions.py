"""What is redacted is in nothing that an outsider, a search or an export gets; the original stays, and comes back."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import copied
from support.bounds import statements
from support.program import FIXTURES, REPLAY, ok, run
from support.visitor import Visitor

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import current, read, redactions
from radio_archive.archive.public.copy import copy_published
from radio_archive.archive.public.views import hide
from radio_archive.audio.decode import RATE, decode_chunks
from radio_archive.audio.redact import TONE
from radio_archive.config.settings import SiteOptions
from radio_archive.models import Transcript, Word
from radio_archive.speech.replay import ReplayTranscriber, record

CABLE = FIXTURES / "clips" / "pacific-report_2024-10-22_undersea-cable.mp3"
SECRET = "Xyloquartz"  # noqa: S105 - a word, no password
"""A word that is in every version of the clip's text, in corrections, claims and sidecars, and in no other clip."""
START, END = 10.0, 14.5


@dataclass(frozen=True)
class Redacted:
    """An archive of which a span is redacted, to be read only, and the same before that."""

    folder: Path
    before: Path
    uid: str
    sha256: str
    original: bytes


def transcripts(sha256: str) -> Iterator[Transcript]:
    """Yield two versions: the first times the secret otherwise, just before the span."""
    replayed = ReplayTranscriber.load(FIXTURES / "transcripts.json")._transcripts[sha256]
    kept = [word for word in replayed.words if not START <= word.start < END]
    for model, at in (("drifted", START - 0.4), ("demo", START + 2)):
        words = [word for word in kept if not at <= word.start < at + 0.3]
        words = sorted([*words, Word(at, at + 0.3, f" {SECRET}", 0.9)], key=lambda word: word.start)
        yield Transcript(tuple(words), "en", model=model)


def prepare(folder: Path, uid: str, sha256: str, home: Path) -> None:
    """Put the secret into all that is kept of a clip."""
    for made in transcripts(sha256):
        record({sha256: made}, Path(home, f"{made.model}.json"))
        ok("retranscribe", uid, "--model", f"replay:{home}/{made.model}.json", "-a", folder)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        clip, chosen = db.execute("SELECT id, current_transcript_id FROM clips WHERE uid = ?", [uid]).fetchone()
        db.execute(
            "INSERT INTO correction_batches (id, author, created_at) VALUES (900, 'x', '2025-01-01T00:00:00+00:00')"
        )
        db.execute(
            """INSERT INTO corrections
                   (batch_id, transcript_id, first_word, last_word, "before", "after", status, source, confidence)
               SELECT 900, ?, key, key, ?, ?, 'accepted', 'human', 1
               FROM json_each((SELECT words FROM transcripts WHERE id = ?)) WHERE value LIKE '%Xylo%'""",
            [chosen, SECRET, f"{SECRET}es", chosen],
        )
        db.execute(
            """INSERT INTO claims (subject_type, subject_id, field, value, source, source_key, evidence, at, confidence,
                   created_at) VALUES ('clip', ?, 'reporter', ?, 'signoff', ?, ?, 12, 0.4, '2025-01-01')""",
            [clip, SECRET, SECRET, f"heard at 0:12: {SECRET}"],
        )
        credited = "SELECT claim_id FROM credits WHERE clip_id = ?"
        credited = f"UPDATE claims SET source = 'signoff', evidence = ? WHERE id IN ({credited})"
        db.execute(credited, [SECRET, clip])
        db.execute(
            """INSERT INTO sidecars (clip_id, name, suffix, sha256, content, added_at)
               VALUES (?, 'a.txt', '.txt', 'x', ?, '2025-01-01')""",
            [clip, SECRET.encode()],
        )
    with Archive(folder) as archive, archive.writing():
        current.derive(archive.db, clip)


@pytest.fixture(scope="module")
def redacted(demo_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Redacted:
    home = tmp_path_factory.mktemp("redacted")
    folder = copied(demo_archive, home / "archive")
    with Archive(folder, read_only=True) as archive:
        clip = next(clip for clip in read.clips(archive) if clip.recording.original_name == CABLE.name)
    prepare(folder, clip.uid, clip.recording.sha256, home)
    assert ok("search", SECRET, "-a", folder).out
    before = copied(folder, home / "before")
    ok("redact", clip.uid, "--from", "0:10", "--to", END, "--reason", f"says {SECRET}", "-a", folder)
    return Redacted(folder, before, clip.uid, clip.recording.sha256, CABLE.read_bytes())


def dumped(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield all values of all tables and views that a connection sees, the words of indexes too."""
    names = connection.execute("SELECT name, sql FROM main.sqlite_master WHERE type IN ('table', 'view')").fetchall()
    for name, _ in names:
        if not re.search(r"_fts(_|$)", name) and not name.startswith("sqlite_"):
            yield from (f"{name}: {row}" for row in connection.execute(f'SELECT * FROM "{name}"'))


def tone_at(path: Path, second: float) -> bool:
    """Whether a file has the tone, and nothing else, around this second."""
    sound = np.concatenate([chunk.samples for chunk in decode_chunks(path)])
    part = sound[round((second - 0.1) * RATE) : round((second + 0.1) * RATE)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    near = abs(np.fft.rfftfreq(len(part), 1 / RATE) - TONE) < 30
    return bool(spectrum[near].sum() > 0.99 * spectrum.sum())


def test_commands_do_not_find_or_export_it(redacted: Redacted) -> None:
    where = ("-a", redacted.folder)
    for query in (SECRET, f"heard:{SECRET}", f"{SECRET}es"):
        assert redacted.uid not in run("search", query, "--json", *where).out, query
    assert run("concordance", SECRET, *where).out == ""
    for form in ("vtt", "srt", "txt", "json", "html"):
        exported = ok("export", redacted.uid, "--format", form, *where).out
        assert SECRET not in exported
        assert "[redacted]" in exported
    (line,) = [line for line in ok("show", redacted.uid, *where).out.splitlines() if "[redacted]" in line]
    assert SECRET not in line


def test_no_page_of_the_site_has_it(redacted: Redacted) -> None:
    visitor = Visitor(redacted.folder, options=SiteOptions(sql=True))
    entry = visitor.entry("undersea cable")
    at = f"/{entry.address}"
    forms = ("", ".json", ".vtt", ".srt", ".txt", ".cms.html", ".transcript.json")
    lists = ("/", "/index.json", "/index.rss", "/index.atom", f"/{entry.show_address}", f"/{entry.show_address}.rss")
    for path in (*(f"{at}{form}" for form in forms), *lists, f"/embed/{entry.uid}", "/all/2024"):
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert SECRET not in answer.text, path
        assert path not in {f"{at}{form}" for form in forms} or "[redacted]" in answer.text, path
    for query in (SECRET, f"heard:{SECRET}"):
        for form in ("", ".json", ".rss"):
            assert entry.uid not in visitor.get(f"/search{form}?q={query}").text.replace(SECRET, "")


def test_the_site_plays_the_tone(redacted: Redacted, tmp_path: Path) -> None:
    visitor = Visitor(redacted.folder)
    answer = visitor.get(f"/audio/{redacted.sha256}")
    assert answer.status_code == 200
    assert answer.content != redacted.original
    assert answer.headers["etag"] != f'"{redacted.sha256}"'
    # Who has the original in a cache does not hear that it is still the same.
    assert visitor.get(f"/audio/{redacted.sha256}", if_none_match=f'"{redacted.sha256}"').status_code == 200
    (tmp_path / "heard.mp3").write_bytes(answer.content)
    assert [tone_at(tmp_path / "heard.mp3", at) for at in (9.5, 10.2, 12.0, 14.3, 15.0)] == [False, *[True] * 3, False]
    quoted = visitor.get(f"/audio/{redacted.sha256}/quote?start=11&end=13")
    (tmp_path / "quote.mp3").write_bytes(quoted.content)
    assert tone_at(tmp_path / "quote.mp3", 1.0)
    mine = ok("search", "redacted", "--quote", tmp_path / "mine.mp3", "--json", "-a", redacted.folder).json
    assert "[redacted]" in mine["quote"]
    assert tone_at(tmp_path / "mine.mp3", 12.0 - mine["file_start"])


def test_no_table_that_outsiders_see_has_it(redacted: Redacted) -> None:
    with closing(sqlite3.connect(redacted.folder / "archive.db")) as connection:
        assert any(SECRET in row for row in dumped(connection)), "the owner keeps it"
        hide(connection)
        assert [row for row in dumped(connection) if SECRET in row] == []
        assert connection.execute("SELECT count(*) FROM transcripts").fetchone()[0] == 14
    for folder, number in ((redacted.before, True), (redacted.folder, False)):
        with closing(sqlite3.connect(folder / "archive.db")) as db:
            assert db.execute("SELECT count(*) > 0 FROM other_texts").fetchone()[0] == number


def test_a_published_copy_has_it_nowhere(redacted: Redacted, tmp_path: Path) -> None:
    with Archive(redacted.folder, read_only=True) as archive:
        made = copy_published(archive, tmp_path / "copy.db")
    assert SECRET.lower().encode() not in (tmp_path / "copy.db").read_bytes().lower()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = db.execute("SELECT sha256, path, bytes FROM recordings WHERE sha256 = ?", [redacted.sha256]).fetchall()
        assert rows == []
        assert db.execute("SELECT count(*) FROM redactions").fetchone()[0] == 0
    assert len(made.media) == 14
    assert all(medium.source.stat().st_size == medium.bytes for medium in made.media)
    assert all(medium.source.read_bytes() != redacted.original for medium in made.media)


def test_a_static_site_has_it_nowhere(redacted: Redacted, tmp_path: Path) -> None:
    ok("publish", "static", tmp_path / "site", "--show", "Pacific Report", "-a", redacted.folder)
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    contents = [path.read_bytes() for path in files]
    assert redacted.original not in contents
    assert not [
        path for path, content in zip(files, contents, strict=True) if SECRET.lower().encode() in content.lower()
    ]
    assert sum(b"[redacted]" in content for content in contents) > 3
    assert sum(path.suffix == ".mp3" for path in files) > 1


def test_undone_it_is_as_before(redacted: Redacted, tmp_path: Path) -> None:
    own = copied(redacted.folder, tmp_path / "archive")
    (row,) = ok("redact", redacted.uid, "--list", "--json", "-a", own).json
    assert (row["start"], row["end"], row["reason"], row["undone_at"]) == (START, END, f"says {SECRET}", None)
    ok("redact", redacted.uid, "--undo", row["number"], "-a", own)
    (row,) = ok("redact", redacted.uid, "--list", "--json", "-a", own).json
    assert row["undone_at"]
    everything = (
        'SELECT position, start, "end", text, heard, variants, forms, language FROM segments ORDER BY clip_id, 1'
    )
    others = 'SELECT start, "end", text FROM other_texts ORDER BY clip_id, 1'
    for query in (everything, others):
        found = []
        for folder in (redacted.before, own):
            with closing(sqlite3.connect(folder / "archive.db")) as db:
                found.append(db.execute(query).fetchall())
        assert found[0] == found[1]
    visitor = Visitor(own)
    assert visitor.get(f"/audio/{redacted.sha256}").content == redacted.original
    assert len(list((own / "media").rglob("*.mp3"))) == 14, "what was made is gone"
    assert "undo in" in run("redact", redacted.uid, "--undo", "-a", own).err


def test_what_is_transcribed_again_is_redacted_too(redacted: Redacted, tmp_path: Path) -> None:
    own = copied(redacted.folder, tmp_path / "archive")
    ok("retranscribe", redacted.uid, "--model", REPLAY, "-a", own)
    shown = ok("export", redacted.uid, "--format", "txt", "-a", own).out
    assert "Dana Kealoha has this report" not in shown
    assert shown.count("[redacted]") == 1
    # The other version has the secret just before the span.
    ok("retranscribe", redacted.uid, "--model", f"replay:{redacted.folder.parent}/drifted.json", "-a", own)
    assert SECRET not in ok("export", redacted.uid, "--format", "json", "-a", own).out


def test_without_its_sound_the_text_is_still_redacted(redacted: Redacted, tmp_path: Path) -> None:
    own = copied(redacted.before, tmp_path / "archive")
    with Archive(own, read_only=True) as archive:
        file = archive.media.path(read.clip(archive, redacted.uid).file)
    file.rename(tmp_path / "away")
    ran = run("redact", redacted.uid, "--from", 1, "--to", 2, "-a", own)
    assert ran.code == 1
    assert "withheld" in ran.err
    (tmp_path / "away").rename(file)
    # The original is back, but not for outsiders until its sound is made.
    visitor = Visitor(own)
    assert visitor.get(f"/audio/{redacted.sha256}").status_code == 404
    quoted = run("search", "weeks of protests", "--quote", tmp_path / "a.mp3", "-a", own)
    assert "is withheld" in quoted.err
    ok("redact", redacted.uid, "-a", own)
    assert visitor.get(f"/audio/{redacted.sha256}").status_code == 200


def test_another_recording_of_the_clip_is_not_heard_at_all(redacted: Redacted, tmp_path: Path) -> None:
    own = copied(redacted.before, tmp_path / "archive")
    with Archive(own) as archive:
        other = next(clip for clip in read.clips(archive) if clip.uid != redacted.uid)
        ok("alike", redacted.uid, other.uid, "--join", "rebroadcast", "-a", own)
        ok("redact", redacted.uid, "--from", START, "--to", END, "-a", own)
        assert redactions.sounds_to_make(archive, redacted.uid) == []
    assert Visitor(own).get(f"/audio/{other.recording.sha256}").status_code == 404
    third = ok("list", "--json", "-a", own).json[0]["clip"]
    third = third if third != redacted.uid else ok("list", "--json", "-a", own).json[1]["clip"]
    refused = run("alike", redacted.uid, third, "--join", "podcast", "-a", own)
    assert refused.code == 1
    assert "is redacted" in refused.err
    # A removed clip leaves no file.
    ok("remove", redacted.uid, "--yes", "-a", own)
    assert len(list((own / "media").rglob("*.mp3"))) == 12


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--from", "1"), "a beginning and an end"),
        (("--from", "2", "--to", "1"), "ends after it begins"),
        (("--from", "soon", "--to", "1"), "is not a time"),
        (("--from", "999", "--to", "1000"), "the clip ends at"),
        (("--undo", "--list"), "cannot be used together"),
        (("--undo", "77"), "no redaction 77 to undo"),
        (("3",), "what is 3 for"),
    ],
)
def test_what_cannot_be_redacted(redacted: Redacted, options: tuple[str, ...], problem: str) -> None:
    ran = run("redact", redacted.uid, *options[:1], *options[1:], "-a", redacted.folder)
    assert ran.code != 0
    assert problem in ran.err


def test_a_list_of_clips_asks_nothing_more_of_each(redacted: Redacted) -> None:
    with Archive(redacted.folder, read_only=True) as archive:
        hide(archive.db.conn)
        ran = statements(archive.db.conn, lambda: list(read.clips(archive, parts=read.LISTED)))
    assert len(ran) == 2, ran
