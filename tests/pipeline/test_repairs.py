"""Repairs for many clips: with the names as they are when each clip is read."""

from pathlib import Path

from radio_archive.archive.archive import Archive
from radio_archive.archive.names import glossary, roster
from radio_archive.models import Term, TermKind, Word
from radio_archive.pipeline.repair import Repairs

WORDS = tuple(
    Word(at, at + 0.5, f" {text}", probability)
    for at, (text, probability) in enumerate(
        (("The", 0.98), ("ferry", 0.97), ("to", 0.98), ("Vatu", 0.3), ("lele", 0.3), ("sailed.", 0.98))
    )
)


def proposed(repairs: Repairs, show: str | None = None) -> list[str]:
    return [one.after for one in repairs.of(WORDS, None, show)]


def test_what_has_changed_in_the_glossary_and_the_roster_counts_from_the_next_clip_on(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "archive", "") as archive:
        repairs = Repairs(archive, 0.6)
        assert proposed(repairs) == []
        glossary.add(archive, [Term("Vatulele", TermKind.PLACE)])
        assert proposed(repairs) == ["Vatulele"]
        glossary.add(archive, [Term("Vātulele", TermKind.PLACE)])
        assert proposed(repairs) == ["Vātulele"]
        glossary.remove(archive, "Vatulele")
        assert proposed(repairs) == []
        roster.add(archive, "station", "Vatulele", (), {})
        assert proposed(repairs) == ["Vatulele"]


def test_terms_of_a_show_count_for_its_clips_by_whatever_name_it_is_called(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "archive", "") as archive:
        roster.add(archive, "show", "Reef Report", ("The Reef",), {})
        glossary.add(archive, [Term("Vatulele", TermKind.PLACE, show="Reef Report")])
        repairs = Repairs(archive, 0.6)
        assert proposed(repairs, "The Reef") == ["Vatulele"]
        assert proposed(repairs, "Harbor Watch") == []


def test_a_name_is_found_in_a_long_list(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "archive", "") as archive:
        others = [
            f"{one}{two}{three}" for one in "BDFGKM" for two in ("alo", "ene", "iru", "opa") for three in ("ta", "ki")
        ]
        glossary.add(archive, [Term(f"{one} {two}") for one in others for two in others[:6] if one != two])
        glossary.add(archive, [Term("Vatulele", TermKind.PLACE)])
        assert proposed(Repairs(archive, 0.6)) == ["Vatulele"]
