"""Merges another archive into this one, clip by clip, by the SHA-256 of their recordings.

A clip that is not here is copied; to one that is, what it lacks is added. What is here stays as it is, and what the
other archive says otherwise is a conflict, to be looked at. Merging twice changes nothing.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from radio_archive.archive import database, opening, schema
from radio_archive.archive.archive import DATABASE, Archive
from radio_archive.archive.clips import claims, current
from radio_archive.archive.index import forms, other_texts, spellings, suspects
from radio_archive.archive.media import MediaFolder
from radio_archive.archive.merge_texts import (
    Conflict,
    Pair,
    Row,
    add_beside,
    add_corrections,
    add_redactions,
    add_transcripts,
    each_id,
    rows,
    without,
)
from radio_archive.archive.names import glossary, lookup, roster
from radio_archive.archive.rows import PAGE, insert, new_uid, now
from radio_archive.archive.verify import Progress
from radio_archive.errors import AudioError, NoArchiveError, UnreadableFileError, UsageError, file_errors
from radio_archive.events import Listener, silent
from radio_archive.models import Claim, Field, Resolved, Source
from radio_archive.roots import Root
from radio_archive.text.spelling import fold

Resolve = Callable[[Sequence[Claim]], Mapping[Field, Resolved]]
"""Returns the winners among a clip's claims."""
_RECORDINGS = """SELECT recordings.*, clip_recordings.start AS clip_start, clip_recordings."end" AS clip_end, role
    FROM clip_recordings JOIN recordings ON recordings.id = recording_id
    WHERE clip_id = ? ORDER BY role = 'original' DESC, recordings.id"""
_SOUNDS = "SELECT sha256, path FROM redacted_recordings WHERE recording_id = ? AND path <> ''"
_PLACE = ("clip_start", "clip_end", "role")
_HERE = """SELECT clip_id FROM recordings JOIN clip_recordings ON recording_id = recordings.id
    WHERE sha256 = ? AND clip_recordings.start = ? AND role = 'original' ORDER BY clip_id LIMIT 1"""
_CLAIMS = "SELECT * FROM claims WHERE subject_type = 'clip' AND subject_id = ? ORDER BY id"
_SAME_CLAIM = ("field", "value", "source", "source_key", "evidence", "denies")
_NAMES = """SELECT clips.*, shows.name AS show_name, shows.visibility AS show_visibility
    FROM clips LEFT JOIN shows ON shows.id = show_id WHERE clips.id = ?"""
_PEOPLE = """SELECT credits.role, people.name, claim_id FROM credits JOIN people ON people.id = person_id
    WHERE clip_id = ? ORDER BY people.id"""


class _DryRunError(Exception):
    """Ends a transaction that is to change nothing."""


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
    With `dry_run` nothing is changed. Raises UsageError, NoArchiveError, and what opening an archive raises.
    """
    if not (folder / DATABASE).is_file():
        raise NoArchiveError(f"no archive in {folder}", "Name the folder of the other archive.")
    if folder.samefile(archive.folder):
        raise UsageError("that is this archive itself", "Name the folder of another one.")
    with ExitStack() as stack:
        theirs = _opened(archive, folder, listener, stack)
        merging = _Merging(archive, theirs, resolve, also_removed, dry_run)
        yield merging.names()
        (total,) = theirs.db.execute("SELECT count(*) FROM clips").fetchone()
        for done, key in enumerate(each_id(theirs.db, PAGE), 1):
            yield merging.clip(key)
            progress("clips", done, total)
        yield from merging.tombstones()


def _opened(archive: Archive, folder: Path, listener: Listener, stack: ExitStack) -> Archive:
    """Open the other archive, and read one state of it to the end."""
    path = folder / DATABASE
    mode = opening.mode_for_reading(path)
    connection = stack.enter_context(database.opened(path, mode))
    theirs = Archive.over(connection, folder)
    stack.enter_context(theirs.reading())
    schema.check(theirs.db, path)
    if not schema.is_current(theirs.db):
        place = Path(stack.enter_context(TemporaryDirectory(prefix=".merging-", dir=archive.folder)))
        database.copy(path, place / DATABASE, mode)
        theirs = stack.enter_context(Archive(place, listener=listener))
        theirs.media = MediaFolder(folder.absolute())
    theirs.db.execute("BEGIN")
    stack.callback(theirs.db.rollback)
    return theirs


class _Merging:
    def __init__(self, ours: Archive, theirs: Archive, resolve: Resolve, also_removed: bool, dry_run: bool) -> None:
        self._ours, self._theirs, self._resolve = ours, theirs, resolve
        self._also_removed, self._dry_run = also_removed, dry_run
        self._batches: dict[int, int] = {}

    def names(self) -> Merged:
        """Add shows, people, stations and glossary terms, and aliases of those that are here."""
        added: dict[str, int] = {}
        conflicts: list[Conflict] = []

        def work() -> None:
            for kind in ("station", "show", "person"):
                for entry in roster.entries(self._theirs, kind):
                    self._name(entry, added, conflicts)
            known = {(fold(one.show or ""), fold(one.term)) for one in glossary.every(self._ours)}
            terms = [one for one in glossary.every(self._theirs) if (fold(one.show or ""), fold(one.term)) not in known]
            if terms:
                glossary.add(self._ours, terms)
                added["terms"] = len(terms)

        self._transaction(work)
        return Merged(None, None, "names", "changed" if added else "same", added, conflicts)

    def _name(self, entry: roster.RosterEntry, added: dict[str, int], conflicts: list[Conflict]) -> None:
        db, kind = self._ours.db, entry.kind
        mine = lookup.find_id(db, kind, entry.name)
        owners = {alias: lookup.find_id(db, kind, alias) for alias in entry.aliases}
        free = [alias for alias, owner in owners.items() if owner is None]
        for alias, owner in owners.items():
            if owner not in {None, mine}:
                conflicts.append(Conflict(f"name of a {kind}", f"{alias} is another one", f"{alias} is {entry.name}"))
        facts = dict(entry.facts) if mine is None else {}
        if mine is None or free:
            added[kind] = added.get(kind, 0) + 1
            try:
                roster.add(self._ours, kind, entry.name, free, facts)
            except UsageError as error:
                conflicts.append(Conflict(f"{kind} {entry.name}", error.problem, str(facts.pop("code", ""))))
                roster.add(self._ours, kind, entry.name, free, facts)

    def clip(self, key: int) -> Merged:
        """Copy a clip, or add to it what it lacks."""
        (row,) = rows(self._theirs.db, _NAMES, key)
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
            pair = Pair(here[0] if here else 0, key, self._recordings(recordings, paths))
            found.append(self._merged(pair, row, recordings, paths))
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
                if self._dry_run:
                    raise _DryRunError
        except _DryRunError:
            self._batches.clear()
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
            if self._dry_run:
                paths[sha256] = row["path"]
            elif row["storage"] == "copied":
                paths[sha256] = self._ours.media.put(source, sha256, Path(row["path"]).suffix, Root(media.root))
            else:
                with file_errors(source), source.open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                        raise UnreadableFileError(
                            source, "the file is not what was archived", "Put the right one there."
                        )
                paths[sha256] = self._ours.media.reference(source)
            for sound in rows(self._theirs.db, _SOUNDS, row["id"]) if not self._dry_run else ():
                with suppress(UnreadableFileError):
                    path = media.path(sound["path"])
                    paths[sound["sha256"]] = self._ours.media.put(path, sound["sha256"], path.suffix, Root(media.root))
        return paths

    def _recordings(self, recordings: Sequence[Row], paths: Mapping[str, str]) -> dict[int, int]:
        db, found = self._ours.db, {}
        for row in recordings:
            here = db.execute("SELECT id FROM recordings WHERE sha256 = ?", [row["sha256"]]).fetchone()
            if here:
                found[row["id"]] = here[0]
                continue
            plain = {name: value for name, value in row.items() if name not in _PLACE}
            key = insert(db, "recordings", without(plain, path=paths[row["sha256"]], checked_at=None))
            found[row["id"]] = key
            for cover in rows(self._theirs.db, "SELECT * FROM covers WHERE recording_id = ?", row["id"]):
                insert(db, "covers", {**cover, "recording_id": key})
        return found

    def _merged(self, pair: Pair, row: Row, recordings: Sequence[Row], paths: Mapping[str, str]) -> Merged:
        ours, theirs, fresh = self._ours.db, self._theirs.db, pair.ours == 0
        if fresh:
            pair.ours = self._insert_clip(pair, row)
        self._place(pair, recordings)
        add_transcripts(ours, theirs, pair)
        add_beside(ours, theirs, pair)
        live = self._add_claims(pair, fresh=fresh)
        hidden = add_redactions(ours, theirs, pair, paths, fresh=fresh)
        corrected = add_corrections(ours, theirs, pair, self._batches)
        if fresh:
            self._credit(pair)
            chosen = pair.transcripts.get(row["current_transcript_id"])
            if chosen is not None:
                current.choose(ours, pair.ours, chosen)
            ours.execute(
                """UPDATE feed_items SET clip_id = ? WHERE clip_id IS NULL
                   AND sha256 IN (SELECT sha256 FROM recordings JOIN clip_recordings ON recording_id = id
                                  WHERE clip_id = ?)""",
                [pair.ours, pair.ours],
            )
        else:
            self._decide(pair, row)
            if corrected or hidden:
                current.derive(ours, pair.ours)
            if "transcripts" in pair.added:
                other_texts.update_clip(ours, pair.ours)
                suspects.refresh(ours, pair.ours)
            if live:
                (uid,) = ours.execute("SELECT uid FROM clips WHERE id = ?", [pair.ours]).fetchone()
                claims.apply(ours, pair.ours, self._resolve(claims.of_clip(self._ours, uid)))
        if pair.added or fresh:
            spellings.backfill(ours)
        uid, title = ours.execute("SELECT uid, title FROM clips WHERE id = ?", [pair.ours]).fetchone()
        outcome = "new" if fresh else "changed" if pair.added else "same"
        return Merged(uid, row["uid"], title, outcome, pair.added, pair.conflicts)

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
        for row in recordings:
            place = [pair.ours, pair.recordings[row["id"]], *(row[name] for name in _PLACE)]
            query = """INSERT INTO clip_recordings (clip_id, recording_id, start, "end", role) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING"""
            pair.count("recordings", max(0, self._ours.db.execute(query, place).rowcount))

    def _add_claims(self, pair: Pair, *, fresh: bool) -> bool:
        """Add claims that are not here; return whether one of them counts.

        Where the same source says something else here, what it says there is added as superseded.
        """
        ours, theirs = (
            rows(db, _CLAIMS, key) for db, key in ((self._ours.db, pair.ours), (self._theirs.db, pair.theirs))
        )
        mine = self._said(self._ours, pair.ours)
        known = {tuple(row[name] for name in _SAME_CLAIM) for row in ours}
        live = [row for row in ours if row["superseded_at"] is None]
        said = {(row["field"], row["source"]) for row in live}
        counts = False
        for row in theirs:
            # Versions have other numbers here.
            if tuple(row[name] for name in _SAME_CLAIM) in known or (not fresh and row["field"] == Field.TRANSCRIPT):
                continue
            superseded = row["superseded_at"] or (now() if (row["field"], row["source"]) in said else None)
            new = without(row, subject_id=pair.ours, superseded_at=superseded)
            pair.claims[row["id"]] = insert(self._ours.db, "claims", new)
            pair.count("claims")
            counts |= superseded is None
        for name, values in self._said(self._theirs, pair.theirs).items():
            if name in mine and {*map(fold, values)} != {*map(fold, mine[name])}:
                pair.conflict(name, ", ".join(mine[name]), ", ".join(values))
        return counts

    def _said(self, archive: Archive, clip_id: int) -> dict[Field, list[str]]:
        """Return what people say of a clip's fields, as far as it counts."""
        (uid,) = archive.db.execute("SELECT uid FROM clips WHERE id = ?", [clip_id]).fetchone()
        human = [claim for claim in claims.of_clip(archive, uid) if claim.source == Source.HUMAN]
        won = self._resolve(human)
        return {
            name: [claim.value for claim in won[name].accepted]
            if name in won
            else [f"not {claim.value}" for claim in human if claim.field == name]
            for name in dict.fromkeys(claim.field for claim in human)
        }

    def _credit(self, pair: Pair) -> None:
        for role, name, claim in self._theirs.db.execute(_PEOPLE, [pair.theirs]).fetchall():
            person = lookup.find_or_create(self._ours.db, "person", name)
            query = "INSERT OR IGNORE INTO credits (clip_id, person_id, role, claim_id) VALUES (?, ?, ?, ?)"
            self._ours.db.execute(query, [pair.ours, person, role, pair.claims.get(claim)])

    def _decide(self, pair: Pair, row: Row) -> None:
        """Take over rights and a review that this archive has none of; what hides a clip there is a conflict."""
        db = self._ours.db
        (mine,) = rows(db, _NAMES, pair.ours)
        for name, nothing in (("rights", None), ("review_status", "unreviewed")):
            if row[name] not in {nothing, mine[name]}:
                if mine[name] == nothing:
                    db.execute(f"UPDATE clips SET {name} = ? WHERE id = ?", [row[name], pair.ours])  # noqa: S608 - ours
                    pair.count("decisions")
                else:
                    pair.conflict(name, mine[name], row[name])
        for name in ("visibility", "embargo_until"):
            if row[name] != mine[name]:
                pair.conflict(name, mine[name], row[name])
        chosen = pair.transcripts.get(row["current_transcript_id"])
        if chosen not in {None, mine["current_transcript_id"]}:
            models = [
                db.execute("SELECT coalesce(model, origin) FROM transcripts WHERE id = ?", [key]).fetchone()
                for key in (mine["current_transcript_id"], chosen)
            ]
            pair.conflict("current transcript", *(found[0] if found else "none" for found in models))
