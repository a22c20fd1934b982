"""Stores claims, and what follows from them: a clip's metadata and the credits of people."""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlite_utils import Database

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import forms, spellings
from radio_archive.archive.names import addresses
from radio_archive.archive.names.lookup import find_id, find_or_create
from radio_archive.archive.rows import clip_id_of, grouped, now
from radio_archive.archive.rows import insert as insert_row
from radio_archive.models import RECURS, Claim, Field, Resolved, Source

ROLES = (Field.REPORTER, Field.HOST, Field.GUEST)
"""The fields that credit people; each may have several."""

_NEWEST = 200
"""Clips that are searched for file names like that of a new one."""


def of_clip(archive: Archive, uid: str) -> tuple[Claim, ...]:
    """Return the claims about a clip that are not superseded, oldest first."""
    rows = archive.db.query(
        """SELECT field, value, source, evidence, confidence, source_key, at, denies FROM claims
           WHERE subject_type = 'clip' AND superseded_at IS NULL
               AND subject_id = (SELECT id FROM clips WHERE uid = ?) ORDER BY id""",
        [uid],
    )
    return tuple(_claim(row) for row in rows)


def of_clips(archive: Archive, uids: Sequence[str], *, source: str | None = None) -> dict[str, tuple[Claim, ...]]:
    """Return the claims about each of some clips, as `of_clip` does, with one query; those of one `source` if given."""
    rows = archive.db.query(
        """SELECT clips.uid, field, value, source, evidence, confidence, source_key, at, denies
           FROM clips CROSS JOIN claims ON subject_type = 'clip' AND subject_id = clips.id
           WHERE clips.uid IN (SELECT value FROM json_each(:uids)) AND superseded_at IS NULL
               AND (:source IS NULL OR source = :source) ORDER BY claims.id""",
        {"uids": json.dumps(list(uids)), "source": source},
    )
    return {uid: tuple(claims) for uid, claims in grouped((row.pop("uid"), _claim(row)) for row in rows).items()}


def is_known(archive: Archive, claim: Claim, *, besides: str | None = None) -> bool:
    """Whether the archive has the show, station or person that a claim names.

    A show that only a file name gives is known too if files of other days are named in the same way; `besides` is the
    claim's own clip. Only the newest clips are searched.
    """
    kind = "person" if claim.field in ROLES else claim.field.value
    if find_id(archive.db, kind, claim.value) is not None:
        return True
    if (claim.field, claim.source) != (Field.SHOW, Source.FILENAME):
        return False
    # CROSS: else SQLite may begin with the claims of all clips.
    days = archive.db.execute(
        """SELECT count(DISTINCT newest.air_date)
           FROM (SELECT id, air_date FROM clips WHERE uid IS NOT ? ORDER BY id DESC LIMIT ?) AS newest
           CROSS JOIN claims ON subject_type = 'clip' AND subject_id = newest.id AND field = 'show'
           WHERE source = 'filename' AND value = ? AND superseded_at IS NULL""",
        [besides, _NEWEST, claim.value],
    ).fetchone()[0]
    return int(days) >= RECURS - 1


def insert(db: Database, clip_id: int, claims: Iterable[Claim]) -> None:
    """Add claims about a clip."""
    for claim in claims:
        insert_row(
            db,
            "claims",
            {
                "subject_type": "clip",
                "subject_id": clip_id,
                "field": claim.field,
                "value": claim.value,
                "source": claim.source,
                "source_key": claim.source_key,
                "evidence": claim.evidence,
                "at": claim.at,
                "confidence": claim.confidence,
                "denies": claim.denies,
                "created_at": now(),
            },
        )


def replace(
    archive: Archive, uid: str, gone: Iterable[Claim], new: Iterable[Claim], resolved: Mapping[Field, Resolved]
) -> None:
    """Supersede claims about a clip, add others, and update the clip."""
    with archive.writing():
        exchange(archive.db, uid, gone, new)
        apply(archive.db, clip_id_of(archive.db, uid), resolved)
        spellings.backfill(archive.db)


def exchange(db: Database, uid: str, gone: Iterable[Claim], new: Iterable[Claim]) -> None:
    """Supersede claims about a clip and add others, within a transaction; the clip stays as it is."""
    clip_id = clip_id_of(db, uid)
    for claim in gone:
        db.execute(
            """UPDATE claims SET superseded_at = ? WHERE subject_type = 'clip' AND subject_id = ?
               AND superseded_at IS NULL AND field = ? AND value = ? AND source = ? AND source_key = ?
               AND evidence = ? AND denies = ?""",
            [
                now(),
                clip_id,
                claim.field,
                claim.value,
                claim.source,
                claim.source_key,
                claim.evidence,
                claim.denies,
            ],
        )
    insert(db, clip_id, new)


def apply(db: Database, clip_id: int, resolved: Mapping[Field, Resolved]) -> None:
    """Write the winning values into the clip; fields without a claim become empty, except the title.

    The clip's earlier web address still leads to it.
    """
    before = addresses.of_clip(db, clip_id)
    (language,) = db.execute("SELECT language FROM clips WHERE id = ?", [clip_id]).fetchone()
    values = {field: found.value for field, found in resolved.items()}
    show = values.get(Field.SHOW)
    show_id = find_or_create(db, "show", show) if show else None
    title = values.get(Field.TITLE)
    db.execute(
        """UPDATE clips SET show_id = :show, title = coalesce(:title, title), air_date = :date, summary = :summary,
               language = coalesce(:language, language) WHERE id = :id""",
        {
            "show": show_id,
            "title": title,
            "date": values.get(Field.DATE),
            "summary": values.get(Field.SUMMARY),
            "language": values.get(Field.LANGUAGE),
            "id": clip_id,
        },
    )
    if addresses.of_clip(db, clip_id) != before:
        addresses.add_old(db, "clip", clip_id, before)
    spellings.update_clip(db, clip_id)
    forms.update_clip(db, clip_id, language_changed=values.get(Field.LANGUAGE) not in {None, language})
    credit(db, clip_id, resolved)


def credit(db: Database, clip_id: int, resolved: Mapping[Field, Resolved]) -> None:
    """Credit the people of the winning claims, and set the show's station if it has none."""
    wanted: dict[tuple[int, str], int | None] = {}
    for role in ROLES:
        found = resolved.get(role)
        if found is None:
            continue
        for claim in found.accepted:
            key = [clip_id, claim.field, claim.value, claim.source]
            claim_id = db.execute(
                """SELECT max(id) FROM claims WHERE subject_type = 'clip' AND subject_id = ?
                   AND superseded_at IS NULL AND field = ? AND value = ? AND source = ?""",
                key,
            ).fetchone()[0]
            wanted.setdefault((find_or_create(db, "person", claim.value), role), claim_id)
    _credit_exactly(db, clip_id, wanted)
    station = resolved.get(Field.STATION)
    if station:
        query = """UPDATE shows SET station_id = ? WHERE station_id IS NULL
                   AND id = (SELECT show_id FROM clips WHERE id = ?)"""
        db.execute(query, [find_or_create(db, "station", station.value), clip_id])


def _credit_exactly(db: Database, clip_id: int, wanted: Mapping[tuple[int, str], int | None]) -> None:
    """Make `wanted` the clip's credits, each with its claim. Unchanged ones stay, because changes update the index."""
    there = db.execute("SELECT person_id, role FROM credits WHERE clip_id = ?", [clip_id]).fetchall()
    for person, role in there:
        if (person, role) not in wanted:
            key = [clip_id, person, role]
            db.execute("DELETE FROM credits WHERE clip_id = ? AND person_id = ? AND role = ?", key)
    for (person, role), claim_id in wanted.items():
        db.execute(
            """INSERT INTO credits (clip_id, person_id, role, claim_id) VALUES (?, ?, ?, ?)
               ON CONFLICT (clip_id, person_id, role) DO UPDATE SET claim_id = excluded.claim_id
               WHERE claim_id IS NOT excluded.claim_id""",
            [clip_id, person, role, claim_id],
        )


def _claim(row: Mapping[str, object]) -> Claim:
    return Claim(
        **{**row, "field": Field(row["field"]), "denies": bool(row["denies"])}  # type: ignore[arg-type]
    )
