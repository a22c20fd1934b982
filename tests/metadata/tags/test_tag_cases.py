"""Tags as other programs wrote them, in files that do not ship, and the same made by the other tests of this folder."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.tag_readers import NAMING, read_tags

from radio_archive.metadata.resolve import resolve
from radio_archive.models import Field

CABLE = {"title": ["Cable news"], "show": ["Pacific Report"], "reporter": ["Dana Kealoha"], "date": ["2024-10-22"]}
BOTH = ["Bill Carter", "Dana Kealoha"]
CASES: dict[str, dict[str, list[str]]] = {
    "apev2.mp3": CABLE,
    "tagged.webm": CABLE,
    "cart-and-bext.wav": {
        "title": ["Undersea cable to Fiji"], "reporter": ["Dana Kealoha"], "date": ["2024-10-22"],
        "station": ["KHPR"], "summary": ["HI-PR-12345 PACIFIC REPORT"],
    },
    "cart-title-only-0715.wav": {"title": ["Collaborative Divorce"], "date": ["2024-10-22"]},
    "two-artists-id3v24.mp3": {"title": ["Two voices"], "reporter": BOTH},
    "two-artists-slash-date.flac": {"title": ["Cable"], "reporter": BOTH, "date": ["2024-10-22"]},
    "utf16be-no-bom.mp3": {"title": ["Kāneʻohe reef"], "reporter": ["Lani Akana"]},
    "cp1251.mp3": {
        "title": ["Подводный кабель на Фиджи"], "show": ["Вести Тихого океана"], "reporter": ["Анна Каренина"]
    },
    "lost-signoff.mp3": {},
    "out-of-phase.wav": {},
    "silent-video.mp4": {},
    "amrnb.amr": {},
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("how", ["set", "heard"])
def test_the_tags_of_a_file(shared: Path, name: str, how: str) -> None:
    naming, language = (replace(NAMING, tag_encoding="cp1251"), None) if how == "set" else (NAMING, "ru")
    resolved = resolve(read_tags(shared / "cases" / name, naming, language))
    assert {field.value: sorted(c.value for c in found.accepted) for field, found in resolved.items()} == CASES[name]


def test_semicolons_between_artists_are_kept_for_those_who_read_people(shared: Path) -> None:
    """Whatever splits a list of people gets both: none is lost on the way."""
    found = resolve(read_tags(shared / "cases" / "artists-semicolon.mp3"))[Field.REPORTER]
    assert all(name in " ".join(claim.value for claim in found.accepted) for name in BOTH)


def test_tags_of_a_file_whose_sound_is_broken(shared: Path) -> None:
    assert resolve(read_tags(shared / "cases" / "bogus-seek.wma"))[Field.TITLE].value == "full"
