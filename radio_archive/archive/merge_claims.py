"""Merges what is said of a clip: claims, and what people decided; ours stays where both have decided."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import claims, versions
from radio_archive.archive.merge_texts import Pair, Row, rows, without
from radio_archive.archive.names import lookup
from radio_archive.archive.rows import insert, now
from radio_archive.models import Claim, Field, Resolved, Source
from radio_archive.text.spelling import fold

Resolve = Callable[[Sequence[Claim], Callable[[str | None], Sequence[str]]], Mapping[Field, Resolved]]
"""Returns the winners among a clip's claims, by the ranks of its show, for which it asks by the show's name."""
CLIP = """SELECT clips.*, shows.name AS show_name, shows.visibility AS show_visibility
    FROM clips LEFT JOIN shows ON shows.id = show_id WHERE clips.id = ?"""
_CLAIMS = "SELECT * FROM claims WHERE subject_type = 'clip' AND subject_id = ? ORDER BY id"
_SAME_CLAIM = ("field", "value", "source", "source_key", "evidence", "denies")
_PEOPLE = """SELECT credits.role, people.name, claim_id FROM credits JOIN people ON people.id = person_id
    WHERE clip_id = ? ORDER BY people.id"""
_VERSIONS = "SELECT id FROM transcripts WHERE clip_id = ? ORDER BY id"


@dataclass(frozen=True, slots=True)
class ClaimMerge:
    """Merges claims of one archive into another, clip by clip."""

    _ours: Archive
    _theirs: Archive
    _resolve: Resolve

    def add(self, pair: Pair, *, fresh: bool) -> bool:
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
            if row["field"] == Field.TRANSCRIPT:
                row["value"] = self._number(pair, row["value"])
                # What no person said follows from the transcripts, of which there may be others here.
                if row["value"] is None or not (fresh or row["source"] == Source.HUMAN):
                    continue
            if tuple(row[name] for name in _SAME_CLAIM) in known:
                continue
            superseded = row["superseded_at"] or (now() if (row["field"], row["source"]) in said else None)
            new = without(row, subject_id=pair.ours, superseded_at=superseded)
            pair.claims[row["id"]] = insert(self._ours.db, "claims", new)
            pair.count("claims")
            counts |= superseded is None
            if row["field"] == Field.TRANSCRIPT and superseded is None and not row["denies"]:
                pair.chosen = row["value"]
        mine.pop(Field.TRANSCRIPT, None)
        for name, values in self._said(self._theirs, pair.theirs).items():
            if name in mine and {*map(fold, values)} != {*map(fold, mine[name])}:
                pair.conflict(name, ", ".join(mine[name]), ", ".join(values))
        return counts

    def _number(self, pair: Pair, value: str) -> str | None:
        """Return the number that one of their transcripts has here, if it is here; what is no number stays."""
        if not value.isdecimal():
            return value
        there, here = (
            [key for (key,) in db.execute(_VERSIONS, [key])]
            for db, key in ((self._theirs.db, pair.theirs), (self._ours.db, pair.ours))
        )
        key = pair.transcripts.get(there[int(value) - 1]) if 0 < int(value) <= len(there) else None
        return None if key is None else str(here.index(key) + 1)

    def _said(self, archive: Archive, clip_id: int) -> dict[Field, list[str]]:
        """Return what people say of a clip's fields, as far as it counts."""
        (uid,) = archive.db.execute("SELECT uid FROM clips WHERE id = ?", [clip_id]).fetchone()
        human = [claim for claim in claims.of_clip(archive, uid) if claim.source == Source.HUMAN]
        won = self._winners(human)
        return {
            name: [claim.value for claim in won[name].accepted]
            if name in won
            else [f"not {claim.value}" for claim in human if claim.field == name]
            for name in dict.fromkeys(claim.field for claim in human)
        }

    def _winners(self, said: Sequence[Claim]) -> Mapping[Field, Resolved]:
        return self._resolve(said, partial(lookup.ranks, self._ours))

    def credit(self, pair: Pair) -> None:
        for role, name, claim in self._theirs.db.execute(_PEOPLE, [pair.theirs]).fetchall():
            person = lookup.find_or_create(self._ours.db, "person", name)
            query = "INSERT OR IGNORE INTO credits (clip_id, person_id, role, claim_id) VALUES (?, ?, ?, ?)"
            self._ours.db.execute(query, [pair.ours, person, role, pair.claims.get(claim)])

    def decide(self, pair: Pair, row: Row) -> None:
        """Take over rights and a review that this archive has none of; what hides a clip there is a conflict."""
        db = self._ours.db
        (mine,) = rows(db, CLIP, pair.ours)
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

    def apply(self, pair: Pair) -> None:
        """Let claims that were added count, and the transcript that a person chose become the current one."""
        (uid,) = self._ours.db.execute("SELECT uid FROM clips WHERE id = ?", [pair.ours]).fetchone()
        claims.apply(self._ours.db, pair.ours, self._winners(claims.of_clip(self._ours, uid)))
        if pair.chosen is not None:
            heard = versions.heard(self._ours, uid)
            number = int(pair.chosen) if pair.chosen.isdecimal() else heard.number if heard else 0
            for one in versions.choose(self._ours, uid, number) if number else ():
                pair.conflict("correction", one, "the transcript that a person chose there")
