"""Merges another archive into this one, clip by clip, by the SHA-256 of their recordings.

A clip that is not here is copied; to one that is, what it lacks is added. What is here stays as it is, and what the
other archive says otherwise is a conflict, to be looked at. Merging twice changes nothing.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from radio_archive.archive import database, opening, schema
from radio_archive.archive.archive import DATABASE, Archive
from radio_archive.archive.clips import current
from radio_archive.archive.index import forms, other_texts, spellings, suspects
from radio_archive.archive.merge_claims import CLIP, ClaimMerge, Resolve
from radio_archive.archive.merge_lists import add_lists
from radio_archive.archive.merge_names import add_names
from radio_archive.archive.merge_texts import (
    Conflict,
    Pair,
    Row,
    Tally,
    add_beside,
    add_corrections,
    add_redactions,
    add_transcripts,
    rows,
    without,
)
from radio_archive.archive.names import lookup
from radio_archive.archive.rows import insert, new_uid, now, paged
from radio_archive.archive.verify import Progress
from radio_archive.errors import AudioError, NoArchiveError, UnreadableFileError, UsageError, file_errors
from radio_archive.events import Listener, silent
from radio_archive.roots import Root

LOCK = ".merge.lock"
COPY = ".merging-"
_CLIPS = "SELECT id FROM clips WHERE id > :last ORDER BY id LIMIT :page"
_RECORDINGS = """SELECT recordings.*, clip_recordings.start AS clip_start, clip_recordings."end" AS clip_end, role
    FROM clip_recordings JOIN recordings ON recordings.id = recording_id
    WHERE clip_id = ? ORDER BY role = 'original' DESC, recordings.id"""
_SOUNDS = "SELECT sha256, path FROM redacted_recordings WHERE recording_id = ? AND path <> ''"
_PLACE = ("clip_start", "clip_end", "role")
_HERE = """SELECT clip_id, role FROM recordings JOIN clip_recordings ON recording_id = recordings.id
    WHERE sha256 = ? AND clip_recordings.start = ? ORDER BY role = 'original' DESC, clip_id LIMIT 1"""
_APART = """SELECT uid FROM recordings JOIN clip_recordings ON recording_id = recordings.id
    JOIN clips ON clips.id = clip_id WHERE sha256 = ? AND role = 'original' AND clip_id <> ?"""
_ADD_ADDRESSES = """INSERT OR IGNORE INTO slugs (old, subject_type, subject_id)
    SELECT value, 'clip', ? FROM json_each(?) WHERE NOT EXISTS
        (SELECT 1 FROM clips WHERE uid = value UNION ALL SELECT 1 FROM tombstones WHERE clip_uid = value)"""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a clip of the other archive, or (without `theirs`) of its names.

    `outcome`: `new`, `changed`, `same`, `removed` (it was removed here on purpose), or `failed`, with the `error`.
    """

    clip: str | None
    theirs: str | None
    title: str
    outcome: str
    added: Mapping[str, int] = field(default_factory=dict)
    conflicts: Sequence[Conflict] = ()
    error: str | None = None


def merge(
    archive: Archive,
    folder: Path,
    resolve: Resolve,
    *,
    also_removed: bool = False,
    dry_run: bool = False,
    listener: Listener = silent,
    progress: Progress = lambda *_: None,
) -> Iterator[Merged]:
    """Merge the archive in `folder` into this one, and yield what became of its names and of each of its clips.

    It is only read; one of an older version is copied and upgraded first. Each clip is one transaction, so that an
    interrupted merge goes on when it is started again. Clips that were removed here are left out unless `also_removed`.
    With `dry_run` only a copy of this one's database is changed; recordings are looked for, and not read. Raises
    UsageError, NoArchiveError, ArchiveBusyError during another merge, and what opening an archive raises.
    """
    if not (folder / DATABASE).is_file():
        raise NoArchiveError(f"no archive in {folder}", "Name the folder of the other archive.")
    if folder.samefile(archive.folder):
        raise UsageError("that is this archive itself", "Name the folder of another one.")
    with ExitStack() as stack:
        stack.enter_context(archive.alone(LOCK, "merge"))
        # Copies that a killed process left.
        for stale in archive.folder.glob(f"{COPY}*"):
            shutil.rmtree(stale, ignore_errors=True)
        copied = partial(_copied, archive.folder, listener, partial(progress, "the database"), stack)
        theirs = _opened(folder, copied, stack)
        if dry_run:
            # What is added depends on what was added before it. Nobody else waits for what is never committed.
            archive = copied(archive.folder)
        merging = _Merging(archive, theirs, resolve, also_removed, dry_run)
        yield merging.names()
        (total,) = theirs.db.execute("SELECT count(*) FROM clips").fetchone()
        for done, (key,) in enumerate(paged(theirs, _CLIPS), 1):
            yield merging.clip(key)
            progress("clips", done, total)
        yield from merging.tombstones()
        yield merging.lists()


def _opened(folder: Path, copied: Callable[[Path], Archive], stack: ExitStack) -> Archive:
    """Open the other archive, and read one state of it to the end."""
    path = folder / DATABASE
    connection = stack.enter_context(database.opened(path, opening.mode_for_reading(path)))
    theirs = Archive.over(connection, folder)
    stack.enter_context(theirs.reading())
    schema.check(theirs.db, path)
    if not schema.is_current(theirs.db):
        theirs = copied(folder)
    theirs.db.execute("BEGIN")
    stack.callback(theirs.db.rollback)
    return theirs


def _copied(
    beside: Path, listener: Listener, progress: Callable[[int, int], None], stack: ExitStack, folder: Path
) -> Archive:
    place = stack.enter_context(TemporaryDirectory(prefix=COPY, dir=beside))
    return stack.enter_context(Archive.copied(folder, Path(place), listener, progress))


class _Merging:
    def __init__(self, ours: Archive, theirs: Archive, resolve: Resolve, also_removed: bool, dry_run: bool) -> None:
        self._ours, self._theirs, self._claims = ours, theirs, ClaimMerge(ours, theirs, resolve)
        self._also_removed, self._dry_run = also_removed, dry_run
        self._batches: dict[int, int] = {}

    def names(self) -> Merged:
        """Add shows, people, stations and glossary terms, and what is not known of those that are here."""
        return self._besides("names", add_names)

    def lists(self) -> Merged:
        """Add feeds, saved searches, and pairs of clips that are different."""
        return self._besides("feeds, searches and pairs", add_lists)

    def _besides(self, title: str, add: Callable[[Archive, Archive, Tally], None]) -> Merged:
        tally = Tally()
        self._transaction(partial(add, self._ours, self._theirs, tally))
        return Merged(None, None, title, "changed" if tally.added else "same", tally.added, tally.conflicts)

    def clip(self, key: int) -> Merged:
        """Copy a clip, or add to it what it lacks."""
        (row,) = rows(self._theirs.db, CLIP, key)
        recordings = rows(self._theirs.db, _RECORDINGS, key)
        uid, title = row["uid"], row["title"]
        if not recordings:
            return Merged(None, uid, title, "failed", error="it has no recording")
        first = recordings[0]
        here = self._ours.db.execute(_HERE, [first["sha256"], first["clip_start"]]).fetchone()
        if here is None and not self._also_removed and self._removed(first["sha256"]):
            return Merged(None, uid, title, "removed")
        try:
            paths = self._copy_files(recordings)
        except AudioError as error:
            return Merged(None, uid, title, "failed", error=str(error))
        found: list[Merged] = []

        def work() -> None:
            clip_id, role = here or (0, "original")
            pair = Pair(clip_id, key)
            self._recordings(pair, recordings, paths)
            found.append(self._merged(pair, row, recordings, paths, joined=role if role != "original" else ""))
            for path in pair.unused:
                if not self._dry_run:
                    self._ours.media.discard(path)

        try:
            self._transaction(work)
        except (ValueError, TypeError, LookupError) as error:
            return Merged(None, uid, title, "failed", error=f"what the archive has of it makes no sense: {error}")
        return found[0]

    def tombstones(self) -> Iterator[Merged]:
        """Take over what was removed there, so that it is not archived again by accident."""
        for row in rows(self._theirs.db, "SELECT * FROM tombstones ORDER BY id"):
            db = self._ours.db
            has = db.execute("SELECT 1 FROM recordings WHERE sha256 = ?", [row["sha256"]]).fetchone()
            same = "SELECT 1 FROM tombstones WHERE sha256 = ? AND clip_uid = ?"
            if has:
                conflict = Conflict("removal", "archived", f"removed at {row['at']}: {row['reason'] or 'no reason'}")
                yield Merged(None, row["clip_uid"], "", "same", conflicts=[conflict])
            elif not db.execute(same, [row["sha256"], row["clip_uid"]]).fetchone():
                self._transaction(partial(insert, db, "tombstones", without(row)))
                yield Merged(None, row["clip_uid"], "", "changed", {"tombstones": 1})

    def _transaction(self, work: Callable[[], object]) -> None:
        try:
            with self._ours.writing():
                work()
        except BaseException:
            # Those that were made just now are gone.
            self._batches.clear()
            raise

    def _removed(self, sha256: str) -> bool:
        query = """SELECT 1 FROM tombstones WHERE sha256 = :sha
            AND NOT EXISTS (SELECT 1 FROM recordings WHERE sha256 = :sha)"""
        return self._ours.db.execute(query, {"sha": sha256}).fetchone() is not None

    def _copy_files(self, recordings: Sequence[Row]) -> dict[str, str]:
        """Copy the recordings that are not here, and their public sound; return the path of each, by its digest."""
        paths, media = {}, self._theirs.media
        for row in recordings:
            sha256 = row["sha256"]
            if self._ours.db.execute("SELECT 1 FROM recordings WHERE sha256 = ?", [sha256]).fetchone():
                continue
            source = media.path(row["path"])
            is_copied = row["storage"] == "copied"
            if is_copied and not self._dry_run:
                paths[sha256] = self._ours.media.put(source, sha256, Path(row["path"]).suffix, Root(media.root))
            else:
                with file_errors(source), media.open(row["path"]) as file:
                    if self._dry_run:
                        is_same = file.seek(0, os.SEEK_END) == row["bytes"]
                    else:
                        is_same = hashlib.file_digest(file, "sha256").hexdigest() == sha256
                if not is_same:
                    raise UnreadableFileError(source, "the file is not what was archived", "Put the right one there.")
                paths[sha256] = row["path"] if is_copied else self._ours.media.reference(source)
            for sound in rows(self._theirs.db, _SOUNDS, row["id"]) if not self._dry_run else ():
                with suppress(UnreadableFileError):
                    path = media.path(sound["path"])
                    paths[sound["sha256"]] = self._ours.media.put(path, sound["sha256"], path.suffix, Root(media.root))
        return paths

    def _recordings(self, pair: Pair, recordings: Sequence[Row], paths: Mapping[str, str]) -> None:
        """Add recordings that are not here. One that is a clip of its own here is left to it."""
        db = self._ours.db
        for row in recordings:
            here = db.execute("SELECT id FROM recordings WHERE sha256 = ?", [row["sha256"]]).fetchone()
            if here:
                apart = row["role"] != "original" and db.execute(_APART, [row["sha256"], pair.ours]).fetchone()
                if apart:
                    pair.conflict(
                        f"{row['role']} {row['original_name']}", f"a clip of its own, {apart[0]}", "of this clip"
                    )
                else:
                    pair.recordings[row["id"]] = here[0]
                continue
            plain = {name: value for name, value in row.items() if name not in _PLACE}
            key = insert(db, "recordings", without(plain, path=paths[row["sha256"]], checked_at=None))
            pair.recordings[row["id"]] = key
            for cover in rows(self._theirs.db, "SELECT * FROM covers WHERE recording_id = ?", row["id"]):
                insert(db, "covers", {**cover, "recording_id": key})

    def _merged(
        self, pair: Pair, row: Row, recordings: Sequence[Row], paths: Mapping[str, str], *, joined: str
    ) -> Merged:
        """Merge a clip. `joined` is the role of its recording, if that is another one of a clip here."""
        ours, theirs, fresh = self._ours.db, self._theirs.db, pair.ours == 0
        if fresh:
            pair.ours = self._insert_clip(pair, row)
        if joined:
            pair.conflict("clip", f"the {joined} of this one", "a clip of its own")
        if not joined or not self._is_hidden(row):
            self._place(pair, recordings)
            add_transcripts(ours, theirs, pair)
            add_beside(ours, theirs, pair)
            self._add_addresses(pair, row)
        live = not joined and self._claims.add(pair, fresh=fresh)
        hidden = not joined and add_redactions(ours, theirs, pair, paths, fresh=fresh)
        corrected = add_corrections(ours, theirs, pair, self._batches)
        if fresh:
            self._claims.credit(pair)
            # One that is damaged, or of a recording that is another clip here, was not taken.
            chosen = pair.transcripts.get(row["current_transcript_id"], max(pair.transcripts.values(), default=None))
            if chosen is not None:
                current.choose(ours, pair.ours, chosen)
            ours.execute(
                """UPDATE feed_items SET clip_id = ? WHERE clip_id IS NULL
                   AND sha256 IN (SELECT sha256 FROM recordings JOIN clip_recordings ON recording_id = id
                                  WHERE clip_id = ?)""",
                [pair.ours, pair.ours],
            )
        else:
            if corrected or hidden:
                current.derive(ours, pair.ours)
            if "transcripts" in pair.added:
                other_texts.update_clip(ours, pair.ours)
                suspects.refresh(ours, pair.ours)
            if live:
                self._claims.apply(pair)
            if not joined:
                self._claims.decide(pair, row)
        if pair.added or fresh:
            spellings.backfill(ours)
        uid, title = ours.execute("SELECT uid, title FROM clips WHERE id = ?", [pair.ours]).fetchone()
        outcome = "new" if fresh else "changed" if pair.added else "same"
        return Merged(uid, row["uid"], title, outcome, pair.added, pair.conflicts)

    def _is_hidden(self, row: Row) -> bool:
        """Whether something of a clip is not for everybody there, and would be here as a part of another clip."""
        query = "SELECT 1 FROM redactions WHERE clip_id = ? AND undone_at IS NULL"
        redacted = self._theirs.db.execute(query, [row["id"]]).fetchone()
        return bool(redacted or row["embargo_until"] or "private" in {row["visibility"], row["show_visibility"]})

    def _add_addresses(self, pair: Pair, row: Row) -> None:
        """Let the clip's name there, and addresses that it had, lead to it."""
        query = "SELECT old FROM slugs WHERE subject_type = 'clip' AND subject_id = ?"
        old = [row["uid"], *(one for (one,) in self._theirs.db.execute(query, [pair.theirs]))]
        added = self._ours.db.execute(_ADD_ADDRESSES, [pair.ours, json.dumps(old)])
        pair.count("addresses", max(0, added.rowcount))

    def _insert_clip(self, pair: Pair, row: Row) -> int:
        db = self._ours.db
        taken = "SELECT 1 FROM clips WHERE uid = :uid UNION ALL SELECT 1 FROM tombstones WHERE clip_uid = :uid"
        clash = db.execute(taken, {"uid": row["uid"]}).fetchone() is not None
        show = lookup.find_or_create(db, "show", row["show_name"]) if row["show_name"] else None
        text = (row["title"], row["summary"])
        plain = without(
            {name: value for name, value in row.items() if name not in {"show_name", "show_visibility"}},
            uid=new_uid(db) if clash else row["uid"],
            show_id=show,
            current_transcript_id=None,
            corrected=0,
            variants=spellings.variants_of_row(db, *text),
            forms=forms.of_row(text, row["language"]),
        )
        if row["show_visibility"] == "private" and plain["visibility"] == "public":
            visible = db.execute("SELECT visibility FROM shows WHERE id = ?", [show]).fetchone()[0]
            if visible != "private":
                plain["visibility"] = "private"
                pair.conflict("visibility", f"{row['show_name']} is public", "it is private; so is the clip now")
        key = insert(db, "clips", plain)
        if clash:
            pair.conflict("uid", f"{row['uid']} is, or was, another clip", f"it is {plain['uid']} here")
            note = f"Merged from an archive in which it was {row['uid']}."
            insert(db, "notes", {"clip_id": key, "text": note, "created_at": now()})
        return key

    def _place(self, pair: Pair, recordings: Sequence[Row]) -> None:
        for row in (row for row in recordings if row["id"] in pair.recordings):
            place = [pair.ours, pair.recordings[row["id"]], *(row[name] for name in _PLACE)]
            query = """INSERT INTO clip_recordings (clip_id, recording_id, start, "end", role) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING"""
            pair.count("recordings", max(0, self._ours.db.execute(query, place).rowcount))
