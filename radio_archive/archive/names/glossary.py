"""The glossary: how names and terms are to be spelled, in the whole archive or in one show."""

import json
from collections.abc import Iterator, Sequence

from radio_archive.archive.archive import Archive
from radio_archive.archive.names import lookup
from radio_archive.archive.rows import insert
from radio_archive.errors import NoSuchSubjectError, UsageError
from radio_archive.models import Term, TermKind, clean_text
from radio_archive.text.spelling import fold

TOLD = 50
"""Terms that the engine is told of, at most: no more of them fit into Whisper's prompt."""
LONGEST = 120
"""Characters of a term, or of what it is heard as."""
MOST_HEARD = 50
"""Forms that one term is heard as."""
_TERMS = """SELECT term, glossary.kind, heard, shows.name, note FROM glossary
    LEFT JOIN shows ON shows.id = glossary.show_id"""


def of_show(archive: Archive, show: str | None) -> tuple[Term, ...]:
    """Return the terms for clips of `show`: the show's own first, then those for all shows, each by age.

    Of two spellings of one term, the show's own is returned.
    """
    found = None if show is None else lookup.find_id(archive.db, "show", show)
    rows = archive.db.execute(
        f"{_TERMS} WHERE show_id IS NULL OR show_id = ? ORDER BY show_id IS NULL, glossary.id",
        [found],
    )
    terms: dict[str, Term] = {}
    for row in rows:
        terms.setdefault(fold(row[0]), _term(row))
    return tuple(terms.values())


def hotwords(archive: Archive, show: str | None) -> tuple[str, ...]:
    """Return the terms that the engine is to listen for in clips of `show`, at most TOLD, in the order of `of_show`."""
    return tuple(term.term for term in of_show(archive, show)[:TOLD])


def every(archive: Archive, show: str | None = None) -> Iterator[Term]:
    """Yield all terms by name, or only those of one show. Raises NoSuchSubjectError."""
    only = None if show is None else _show(archive, show)
    with archive.reading():
        rows = archive.db.execute(
            f"{_TERMS} WHERE ? IS NULL OR show_id = ? ORDER BY term, shows.name",
            [only, only],
        )
        for row in rows:
            yield _term(row)


def add(archive: Archive, terms: Sequence[Term]) -> tuple[int, int]:
    """Add terms, or change those that are there already; return how many were added, and how many changed.

    A term of the same show is the same in any spelling: `Hawaiʻi` takes the place of `Hawaii`. What it was heard as
    before stays. Raises UsageError and NoSuchSubjectError before anything is written.
    """
    shows = {term.show: _show(archive, term.show) for term in terms}
    for term in terms:
        _check(term)
    added = changed = 0
    with archive.writing():
        known = {
            (show_id, fold(term)): (key, term, kind, heard, note)
            for key, term, kind, heard, show_id, note in archive.db.execute(
                "SELECT id, term, kind, heard, show_id, note FROM glossary"
            )
        }
        for term in terms:
            place = (shows[term.show], fold(term.term))
            old = known.get(place)
            earlier = json.loads(old[3] or "[]") if old else []
            # In CSV, `;` separates the forms, so that none can have one.
            forms = (clean_text(part) for one in term.heard for part in one.split(";"))
            heard = list(dict.fromkeys((*earlier, *filter(None, forms))))
            if len(heard) > MOST_HEARD:
                problem = f"{term.term!r} would be heard as {len(heard):,} forms, more than {MOST_HEARD}"
                raise UsageError(problem, "Give fewer; `radio-archive glossary list` shows those that are there.")
            kind = old[2] if old and term.kind == TermKind.OTHER else term.kind.value
            note = term.note or (old[4] if old else None)
            stored = json.dumps(heard, ensure_ascii=False) if heard else None
            row = {"term": clean_text(term.term), "kind": kind, "heard": stored, "note": note}
            if old is None:
                key = insert(archive.db, "glossary", {**row, "show_id": place[0]})
                added += 1
            elif (row["term"], row["kind"], row["heard"], row["note"]) != old[1:]:
                key = old[0]
                archive.db.execute(
                    "UPDATE glossary SET term = :term, kind = :kind, heard = :heard, note = :note WHERE id = :id",
                    {**row, "id": key},
                )
                changed += 1
            else:
                continue
            known[place] = (key, row["term"], kind, stored, note)
    return added, changed


def remove(archive: Archive, text: str, show: str | None = None) -> str:
    """Remove a term, given in any spelling, of one show, or of those for all; return its own. Raises UsageError."""
    only = None if show is None else _show(archive, show)
    with archive.writing():
        rows = archive.db.execute("SELECT id, term FROM glossary WHERE show_id IS ?", [only]).fetchall()
        same = [row for row in rows if fold(row[1]) == fold(text)]
        if not same:
            close = lookup.close_names([term for _, term in rows], text)
            hint = f"Did you mean {', '.join(close)}?" if close else "`radio-archive glossary list` shows all terms."
            raise UsageError(f"the glossary has no term {text!r}{f' for {show}' if show else ' for all shows'}", hint)
        archive.db.conn.executemany("DELETE FROM glossary WHERE id = ?", [(key,) for key, _ in same])
    return str(same[0][1])


def _show(archive: Archive, show: str | None) -> int | None:
    if show is None:
        return None
    found = lookup.find_id(archive.db, "show", show)
    if found is None:
        raise NoSuchSubjectError(f"no show is called {show!r}", "`radio-archive shows list` shows all.")
    return found


def _check(term: Term) -> None:
    for text in (term.term, *term.heard):
        if not any(map(str.isalnum, text)) or len(clean_text(text)) > LONGEST:
            raise UsageError(f"{text[:LONGEST]!r} is no term", f"Give words, of at most {LONGEST} characters.")


def _term(row: tuple[str, str, str | None, str | None, str | None]) -> Term:
    term, kind, heard, show, note = row
    known = TermKind(kind) if kind in set(TermKind) else TermKind.OTHER
    return Term(term, known, tuple(json.loads(heard or "[]")), show, note)
