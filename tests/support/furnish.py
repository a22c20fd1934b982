"""An archive with everything that a site must handle: an hour of sound, a story, script everywhere, hidden clips."""

import hashlib
import json
import sqlite3
import wave
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.names import addresses
from radio_archive.text.spelling import fold

UNHEARD = "Xylographer"
"""A word that is only in hidden clips, in every text of theirs."""
FIRE = "window.fired = true"
SCRIPT = f'<script>{FIRE}</script>"><img src=x onerror="{FIRE}">\'</title></textarea><svg onload={FIRE}>'
"""Closes any element or attribute around it, then tries to run."""
TELLS_TIME = "tick"
"""The hour's words are `tick 0:00:00`, `tick 0:00:02`, …"""


@dataclass(frozen=True)
class Furnished:
    """The archive, and addresses on its site, without the leading slash."""

    folder: Path
    cable: str
    """A clip with a published story."""
    hour: str
    hostile: str
    hidden: tuple[str, ...]
    hidden_uids: tuple[str, ...]
    hidden_digests: tuple[str, ...]


def furnish(folder: Path) -> Furnished:
    """Add these clips to a copy of the demo archive."""
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        hour = _hour(db, folder)
        hostile = _hostile(db)
        hidden = _hidden(db)
        (cable,) = db.execute("SELECT id FROM clips WHERE title LIKE 'An undersea cable%'").fetchone()
        told = "Crews who lay cable fear for the reef.\n\nThe ministry calls that a rumor."
        db.execute(
            """INSERT INTO stories (clip_id, url, headline, body, caption, picture_credit, digest)
               VALUES (?, 'https://news.example/cable', 'Fiji lays a cable', ?, 'The harbor', 'Kim Lee', '')""",
            [cable, told],
        )
        marks = ", ".join("?" * len(hidden))
        uids = [uid for (uid,) in db.execute(f"SELECT uid FROM clips WHERE id IN ({marks}) ORDER BY id", hidden)]
        digests = [
            sha for (sha,) in db.execute(
                f"""SELECT sha256 FROM recordings JOIN clip_recordings ON recording_id = id
                    WHERE clip_id IN ({marks}) ORDER BY clip_id""", hidden,
            )
        ]  # fmt: skip
    with Archive(folder, read_only=True) as archive:
        where = {key: addresses.of_clip(archive.db, key) for key in (cable, hour, hostile, *hidden)}
    return Furnished(
        folder,
        where[cable],
        where[hour],
        where[hostile],
        tuple(where[key] for key in hidden),
        tuple(uids),
        tuple(digests),
    )


def _hour(db: sqlite3.Connection, folder: Path) -> int:
    """Add a clip of an hour, with words every two seconds."""
    made = folder / "media" / "hour.wav"
    with wave.open(str(made), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes([128]) * 8000 * 3600)
    sha256 = hashlib.sha256(made.read_bytes()).hexdigest()
    path = f"media/{sha256[:2]}/{sha256}.wav"
    (folder / path).parent.mkdir(exist_ok=True)
    made.rename(folder / path)
    recording = _insert(
        db, "recordings", sha256=sha256, bytes=(folder / path).stat().st_size, media_type="audio/wav", duration=3600.0,
        sample_rate=8000, channels=1, storage="copied", path=path, original_name="hour.wav",
        added_at="2025-01-01T00:00:00+00:00",
    )  # fmt: skip
    clip = _insert(
        db, "clips", uid="hourhour", show_id=1, title="An hour of the clock", air_date="2024-02-01", language="en",
        added_at="2025-01-01T00:00:00+00:00",
    )  # fmt: skip
    _insert(db, "clip_recordings", clip_id=clip, recording_id=recording)
    said = [f"{TELLS_TIME} {s // 3600}:{s // 60 % 60:02}:{s % 60:02}" for s in range(0, 3600, 2)]
    words = [[2000 * i, 2000 * i + 1900, f" {text}", 990] for i, text in enumerate(said)]
    transcript = _transcript(db, clip, recording, words)
    for position in range(0, len(said), 5):
        _insert(
            db, "segments", clip_id=clip, transcript_id=transcript, position=position // 5, start=2.0 * position,
            end=2.0 * position + 9.9, text=" ".join(said[position : position + 5]),
        )  # fmt: skip
    return clip


def _hostile(db: sqlite3.Connection) -> int:
    """Fill every text of a clip with script."""
    clip, recording, transcript = _parts(db, 14)
    show = _insert(db, "shows", uid="hostile1", name=SCRIPT, url=f"javascript:{FIRE}")
    station = _insert(db, "stations", uid="hostile1", name=SCRIPT, url=f"javascript:{FIRE}")
    person = _insert(db, "people", uid="hostile1", name=SCRIPT, biography=SCRIPT)
    for kind, key in (("show", show), ("station", station), ("person", person)):
        _insert(db, "aliases", subject_type=kind, subject_id=key, name=SCRIPT, folded=f"hostile {kind}")
    db.execute("UPDATE shows SET station_id = ? WHERE id = ?", [station, show])
    db.execute(
        "UPDATE clips SET title = ?, summary = ?, rights = ?, show_id = ? WHERE id = ?",
        [f"Hostile {SCRIPT}", SCRIPT, SCRIPT, show, clip],
    )
    chapters = json.dumps([{"start": 1.0, "end": 2.0, "title": SCRIPT}])
    db.execute(
        "UPDATE recordings SET original_name = ?, chapters = ? WHERE id = ?", [f"{SCRIPT}.mp3", chapters, recording]
    )
    words = [[1000 * i, 1000 * i + 900, f" {word}", 100] for i, word in enumerate(SCRIPT.split())]
    db.execute("UPDATE transcripts SET words = ?, model = ?, engine = ? WHERE id = ?",
               [json.dumps(words), SCRIPT, SCRIPT, transcript])  # fmt: skip
    db.execute("DELETE FROM segments WHERE clip_id = ? AND position > 0", [clip])
    speaker = _insert(db, "speakers", clip_id=clip, label=SCRIPT)
    db.execute(
        'UPDATE segments SET text = ?, start = 0, "end" = ?, speaker_id = ? WHERE clip_id = ?',
        [SCRIPT, len(words), speaker, clip],
    )
    _insert(db, "credits", clip_id=clip, person_id=person, role="reporter")
    _insert(db, "credits", clip_id=clip, person_id=person, role=SCRIPT)
    _insert(db, "subjects", clip_id=clip, subject=SCRIPT, folded=fold(SCRIPT))
    _insert(
        db, "stories", clip_id=clip, url=f"javascript:{FIRE}", headline=SCRIPT, body=f"{SCRIPT}\n\n{SCRIPT}",
        caption=SCRIPT, picture_credit=SCRIPT, biography=SCRIPT, digest="",
    )  # fmt: skip
    return clip


def _hidden(db: sqlite3.Connection) -> list[int]:
    """Hide three clips: a private one, one under an embargo, one of a private show."""
    soon = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011 - not tomorrow: tests outlast midnight
    show = _insert(db, "shows", uid="private1", name=f"{UNHEARD} Hour", visibility="private")
    person = _insert(db, "people", uid="private1", name=f"{UNHEARD} Jones")
    for kind, key, name in (("show", show, f"{UNHEARD} Hour"), ("person", person, f"{UNHEARD} Jones")):
        _insert(db, "aliases", subject_type=kind, subject_id=key, name=name, folded=name.lower())
    for key, change in ((1, "visibility = 'private'"), (2, "embargo_until = :soon"), (3, "show_id = :show")):
        db.execute(f"UPDATE clips SET {change} WHERE id = :id", {"soon": soon, "show": show, "id": key})
        db.execute("UPDATE clips SET title = ? || ' ' || id, summary = ? WHERE id = ?", [UNHEARD, UNHEARD, key])
        db.execute("UPDATE segments SET text = ? || ' ' || text WHERE clip_id = ?", [UNHEARD, key])
        _insert(db, "credits", clip_id=key, person_id=person, role="reporter")
        _insert(db, "subjects", clip_id=key, subject=UNHEARD, folded=fold(UNHEARD))
        _insert(db, "stories", clip_id=key, headline=UNHEARD, body=UNHEARD, digest="")
        _insert(db, "slugs", old=f"pacific-report/2020-01-0{key}/old", subject_type="clip", subject_id=key)
    return [1, 2, 3]


def _parts(db: sqlite3.Connection, clip: int) -> tuple[int, int, int]:
    found = db.execute(
        """SELECT clips.id, recording_id, current_transcript_id FROM clips
           JOIN clip_recordings ON clip_id = clips.id WHERE clips.id = ?""",
        [clip],
    ).fetchone()
    return int(found[0]), int(found[1]), int(found[2])


def _transcript(db: sqlite3.Connection, clip: int, recording: int, words: list[list[object]]) -> int:
    key = _insert(
        db, "transcripts", clip_id=clip, recording_id=recording, origin="import", words=json.dumps(words),
        language="en", created_at="2025-01-01T00:00:00+00:00", digest="",
    )  # fmt: skip
    db.execute("UPDATE clips SET current_transcript_id = ? WHERE id = ?", [key, clip])
    return key


def _insert(db: sqlite3.Connection, table: str, **row: object) -> int:
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    key = db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())).lastrowid
    assert key is not None
    return key
