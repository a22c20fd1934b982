"""What a file's name and its folders say, and what they do not."""

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_archive.metadata.filename import read_name
from radio_archive.models import Field, Source, clean_text


def said(name: str, *folders: str) -> dict[str, str]:
    """The values that are claimed, by field; a weak title is marked as such."""
    values = {}
    for claim in read_name(PurePath(name), folders):
        field = f"{claim.source} {claim.field}" if claim.source == Source.FOLDER else str(claim.field)
        assert field not in values
        values[field + ("?" if claim.confidence < 0.25 else "")] = claim.value
    return values


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "asia-minute_2024-10-22_north-korea.mp3",
            {"show": "Asia Minute", "date": "2024-10-22", "title": "North Korea"},
        ),
        (
            "asia_minute_20241022_voice_of_the_sea.mp3",
            {"show": "Asia Minute", "date": "2024-10-22", "title": "Voice of the Sea"},
        ),
        (
            "HarborWatch 2024.11.05 - The old pier.flac",
            {"show": "Harbor Watch", "date": "2024-11-05", "title": "The Old Pier"},
        ),
        (
            "Harbor Watch 2024-11-05.mp3",
            {"show": "Harbor Watch", "date": "2024-11-05", "title?": "Harbor Watch 2024-11-05"},
        ),
        (
            "harbor-watch_2024_11_05.mp3",
            {"show": "Harbor Watch", "date": "2024-11-05", "title?": "Harbor Watch 2024-11-05"},
        ),
        ("20241105_HarborWatch.mp3", {"show": "Harbor Watch", "date": "2024-11-05", "title?": "Harbor Watch"}),
        ("2024-11-05 Newsline.mp3", {"show": "Newsline", "date": "2024-11-05", "title?": "Newsline"}),
        ("2025-03-04 sea turtles.mp3", {"date": "2025-03-04", "title": "Sea Turtles"}),
        ("20250304_turtles.mp3", {"date": "2025-03-04", "title": "Turtles"}),
        ("20241105_Harbor_Watch.mp3", {"date": "2024-11-05", "title": "Harbor Watch"}),
        ("2024-11-05.mp3", {"date": "2024-11-05", "title?": "2024-11-05"}),
        ("20241105T0830_HarborWatch.mp3", {"show": "Harbor Watch", "date": "2024-11-05", "title?": "Harbor Watch"}),
        (
            "asia-minute_2024-10-22_01.mp3",
            {"show": "Asia Minute", "date": "2024-10-22", "title?": "Asia Minute 2024-10-22 01"},
        ),
        ("001_2024-10-22_Turtles.mp3", {"date": "2024-10-22", "title": "Turtles"}),
        ("2024-10-22 2001 a sea odyssey.mp3", {"date": "2024-10-22", "title": "2001 a Sea Odyssey"}),
        ("sea-turtles.mp3", {"title?": "Sea Turtles"}),
        ("Hawaiʻi today.mp3", {"title?": "Hawaiʻi Today"}),
        ("港_2024-10-22_船.mp3", {"show": "港", "date": "2024-10-22", "title": "船"}),
        ("U.S. troops", {"title?": "U.S. Troops"}),
        ("0042.wav", {"title?": "0042"}),
    ],
)
def test_names(name: str, expected: dict[str, str]) -> None:
    assert said(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "asia-minute_2024-02-30_x.mp3",
        "asia-minute_2024-13-01_x.mp3",
        "asia-minute_10-22-24_x.mp3",
        "asia-minute_22-10-2024_x.mp3",
        "asia-minute_1899-10-22_x.mp3",
        "asia-minute_2101-10-22_x.mp3",
        "asia-minute_2024-10_x.mp3",
        "asia-minute_2024-10_22_x.mp3",
        "call_18085550122_20241022123456.mp3",
    ],
)
def test_what_is_no_date_for_sure_is_no_date(name: str) -> None:
    assert said(name).keys() == {"title?"}


def test_an_impossible_date_before_a_real_one() -> None:
    assert said("20249999_2024-10-22.mp3")["date"] == "2024-10-22"


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (["asia-minute"], {"folder show": "Asia Minute"}),
        (["Harbor Public Radio", "asia-minute"], {"folder show": "Asia Minute"}),
        (["asia-minute", "2024", "10-October", "mp3s"], {"folder show": "Asia Minute"}),
        (["asia-minute", "2024-10"], {"folder show": "Asia Minute"}),
        (["asia-minute", "Oct 2024", "New Folder (2)"], {"folder show": "Asia Minute"}),
        (["asia-minute", "2024-10-22"], {"folder show": "Asia Minute", "folder date": "2024-10-22"}),
        (["Harbor Watch 2024-10-22"], {"folder show": "Harbor Watch"}),
        (["C:", "Downloads", "CLIPS", "Media"], {}),
        ([], {}),
        (["🌊", "\x00", " "], {}),
    ],
)
def test_folders(folders: list[str], expected: dict[str, str]) -> None:
    assert said("x.mp3", *folders) == {"title?": "X", **expected}


def test_where_a_folder_names_the_show_the_rest_is_a_title() -> None:
    assert said("20241105_Turtles.mp3", "asia-minute") == {
        "folder show": "Asia Minute",
        "date": "2024-11-05",
        "title": "Turtles",
    }


def test_the_evidence_can_be_checked() -> None:
    claims = read_name(PurePath("/in/Asia\x07 Minute/20241105_\udcffHarbor.mp3"), ["Asia\x07 Minute"])
    assert {(claim.source, claim.evidence) for claim in claims} == {
        (Source.FOLDER, "folder Asia Minute"),
        (Source.FILENAME, "file name 20241105_\N{REPLACEMENT CHARACTER}Harbor"),
    }
    assert {claim.field: claim.value for claim in claims}[Field.TITLE] == "Harbor"


@pytest.mark.parametrize(
    ("name", "title"),
    [("🌊 tide 🌊.mp3", "Tide"), ("🌊.mp3", "🌊"), (".mp3", "Mp3"), ("\x01.mp3", "Mp3"), ("\x01", "Untitled")],
)
def test_there_is_always_a_title(name: str, title: str) -> None:
    assert said(name) == {"title?": title}


@given(st.text(max_size=250), st.lists(st.text(max_size=40), max_size=3))
def test_any_name_gives_clean_claims_and_a_title(name: str, folders: list[str]) -> None:
    claims = read_name(PurePath(name + ".mp3"), folders)
    assert [claim.field for claim in claims].count(Field.TITLE) == 1
    for claim in claims:
        assert claim.value
        assert claim.value == clean_text(claim.value)
        assert claim.evidence == clean_text(claim.evidence)
        claim.value.encode()
