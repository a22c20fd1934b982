"""Quotes come with their file, and the reasons not to use them."""

from pathlib import Path

import pytest
from support.gapped import GERMAN, Gapped
from support.search_rows import Rows

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import decisions, quotes, read
from radio_archive.archive.names import roster

LATER = "2999-01-01"


@pytest.mark.parametrize(
    ("key", "value", "limits"),
    [
        ("visibility", "private", ["{uid} is private"]),
        ("embargo", LATER, [f"{{uid}} is under embargo until {LATER}"]),
        ("embargo", "2020-01-01", []),
        ("rights", "© Reef Radio", ["rights in {uid}: © Reef Radio"]),
        ("review", "approved", []),
    ],
)
def test_a_quote_says_what_stands_against_it(key: str, value: str, limits: list[str], tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", "") as archive:
        uid = Rows(archive).clip(["The reef is closed"], show="Reef Notes")
        give_a_file(archive)
        decisions.set_decision(archive, uid, key, value)
        quote = quotes.quote(archive, uid, 0)
    assert quote.limits == tuple(limit.format(uid=uid) for limit in limits)
    assert quote.text == "The reef is closed"


def test_a_clip_of_a_private_show_is_not_quoted_without_a_word(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a", "") as archive:
        uid = Rows(archive).clip(["The reef is closed"], show="Reef Notes")
        give_a_file(archive)
        roster.change(archive, roster.find(archive, "show", "Reef Notes"), {"visibility": "private"})
        assert quotes.quote(archive, uid, 0).limits == (f"the show of {uid}, Reef Notes, is private",)


def test_a_quote_marks_what_was_not_understood(gapped: Gapped) -> None:
    with Archive(gapped.folder, read_only=True) as archive:
        segments = read.clip(archive, gapped.cable, read.Part.TEXT).segments
        german = next(number for number, segment in enumerate(segments) if segment.text == GERMAN)
        around = quotes.quote(archive, gapped.cable, german, around=1)
        assert around.text == f"{segments[german - 1].text} [not understood] {GERMAN} {segments[german + 1].text}"
        assert quotes.quote(archive, gapped.cable, german).text == GERMAN


def give_a_file(archive: Archive) -> None:
    ((stored,),) = archive.db.execute("SELECT path FROM recordings").fetchall()
    path = archive.media.path(stored)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sound")
