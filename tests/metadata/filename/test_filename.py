"""The claims of a file's name and its folders."""

import datetime
from collections.abc import Sequence
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bounds import cpu_seconds

from radio_archive.config.reader import read_settings
from radio_archive.errors import ConfigError
from radio_archive.metadata.filename.claims import STEM, read_name, recurring_shows
from radio_archive.metadata.filename.patterns import compile_patterns
from radio_archive.metadata.resolve import is_proposal
from radio_archive.models import Field, Source, clean_text


def said(name: str, *folders: str) -> dict[str, str]:
    """The claimed values by field; a weak title is marked, and so is what is only proposed."""
    values = {}
    for claim in read_name(PurePath(name), folders):
        field = f"{claim.source} {claim.field}" if claim.source == Source.FOLDER else str(claim.field)
        field += "?" if claim.confidence < 0.25 or is_proposal(claim) else ""
        assert field not in values
        values[field] = claim.value
    return values


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "asia-minute_2024-10-22_north-korea.mp3",
            {"show?": "Asia Minute", "date": "2024-10-22", "title": "North Korea"},
        ),
        (
            "asia_minute_20241022_voice_of_the_sea.mp3",
            {"show?": "Asia Minute", "date": "2024-10-22", "title": "Voice of the Sea"},
        ),
        (
            "HarborWatch 2024.11.05 - The old pier.flac",
            {"show?": "Harbor Watch", "date": "2024-11-05", "title": "The Old Pier"},
        ),
        (
            "Harbor Watch 2024-11-05.mp3",
            {"show?": "Harbor Watch", "date": "2024-11-05", "title?": "Harbor Watch 2024-11-05"},
        ),
        (
            "harbor-watch_2024_11_05.mp3",
            {"show?": "Harbor Watch", "date": "2024-11-05", "title?": "Harbor Watch 2024-11-05"},
        ),
        ("20241105_HarborWatch.mp3", {"show?": "Harbor Watch", "date": "2024-11-05", "title?": "Harbor Watch"}),
        ("2024-11-05 Newsline.mp3", {"show?": "Newsline", "date": "2024-11-05", "title?": "Newsline"}),
        ("2025-03-04 sea turtles.mp3", {"date": "2025-03-04", "title": "Sea Turtles"}),
        ("20250304_turtles.mp3", {"date": "2025-03-04", "title": "Turtles"}),
        ("20241105_Harbor_Watch.mp3", {"show?": "Harbor Watch", "date": "2024-11-05", "title": "Harbor Watch"}),
        (
            "HPR-AsiaMinute-102224-FINAL v2.mp3",
            {"show?": "Asia Minute", "date": "2024-10-22", "title?": "Asia Minute 2024-10-22 FINAL V2"},
        ),
        (
            "Asia_Minute_Oct_22_2024.mp3",
            {"show?": "Asia Minute", "date": "2024-10-22", "title?": "Asia Minute 2024-10-22"},
        ),
        ("22Oct2024 - Asia Minute.mp3", {"show?": "Asia Minute", "date": "2024-10-22", "title": "Asia Minute"}),
        (
            "Asia Minute for Tuesday October 22, 2024.mp3",
            {"show?": "Asia Minute", "date": "2024-10-22", "title?": "Asia Minute 2024-10-22"},
        ),
        (
            "Asia Minute, 2nd of May 2024.mp3",
            {"title?": "Asia Minute, 2nd of May 2024"},
        ),
        ("asia-minute 3rd May 2024 taro.mp3", {"show?": "Asia Minute", "date": "2024-05-03", "title": "Taro"}),
        ("2024-Oct-22 sea turtles.mp3", {"date": "2024-10-22", "title": "Sea Turtles"}),
        ("2024-11-05.mp3", {"date": "2024-11-05", "title?": "2024-11-05"}),
        ("20241105T0830_HarborWatch.mp3", {"show?": "Harbor Watch", "date": "2024-11-05", "title?": "Harbor Watch"}),
        (
            "asia-minute_2024-10-22_01.mp3",
            {"show?": "Asia Minute", "date": "2024-10-22", "title?": "Asia Minute 2024-10-22 01"},
        ),
        ("001_2024-10-22_Turtles.mp3", {"date": "2024-10-22", "title": "Turtles"}),
        ("2024-10-22 2001 a sea odyssey.mp3", {"date": "2024-10-22", "title": "2001 a Sea Odyssey"}),
        ("sea-turtles.mp3", {"title?": "Sea Turtles"}),
        ("Hawaiʻi today.mp3", {"title?": "Hawaiʻi Today"}),
        ("港_2024-10-22_船.mp3", {"show?": "港", "date": "2024-10-22", "title": "船"}),
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
        "asia-minute-110524.mp3",
        "asia-minute-241399.mp3",
        "asia-minute_Oct_22_24.mp3",
        "asia-minute_Okt_22_2024.mp3",
        "asia-minute_Feb_30_2024.mp3",
        "marchers_22_2024.mp3",
        "102224.mp3",
        "take-7-101530.mp3",
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
        (["Pacific News Minute", "KHPR"], {"folder show": "Pacific News Minute"}),
        (["asia-minute", "Specials", "Typhoons"], {"folder show": "Asia Minute", "folder show?": "Typhoons"}),
        (["asia-minute", "Season 2", "Week 43", "finals"], {"folder show": "Asia Minute"}),
        (["KHPR", "REC"], {}),
        (["港"], {"folder show": "港"}),
        (["asia-minute", "2024", "10-October", "mp3s"], {"folder show": "Asia Minute"}),
        (["asia-minute", "2024-10"], {"folder show": "Asia Minute"}),
        (["asia-minute", "Oct 2024", "New Folder (2)"], {"folder show": "Asia Minute"}),
        (["asia-minute", "2024-10-22"], {"folder show": "Asia Minute", "folder date": "2024-10-22"}),
        (["asia-minute", "2024", "10", "22"], {"folder show": "Asia Minute", "folder date": "2024-10-22"}),
        (["2024", "10-October", "22", "mp3s"], {"folder date": "2024-10-22"}),
        (["2024", "Oct", "22"], {"folder date": "2024-10-22"}),
        (["2024-10", "22"], {"folder date": "2024-10-22"}),
        (["2024", "10", "32"], {}),
        (["2024", "10"], {}),
        (["Harbor Watch 2024-10-22"], {"folder show": "Harbor Watch"}),
        (["C:", "Downloads", "CLIPS", "Media"], {}),
        ([], {}),
        (["🌊", "\x00", " "], {}),
    ],
)
def test_folders(folders: list[str], expected: dict[str, str]) -> None:
    assert said("x.mp3", *folders) == {"title?": "X", **expected}


def test_a_name_that_recurs_is_a_shows() -> None:
    week = [f"harbor-watch_2024-10-{day}_{title}.mp3" for day, title in ((21, "tides"), (22, "nets"), (23, "boats"))]
    others = ["Undersea cable 2024-10-22.mp3", "Undersea cable 2024-10-22 b.mp3", "Undersea cable 2024-10-23.mp3"]
    recurring = recurring_shows((PurePath(name), ()) for name in (*week, *others, "20241022_HarborWatch.mp3"))
    assert recurring == {"harbor watch"}
    assert recurring_shows([(PurePath("a.mp3"), ["2024", "reef-notes", "Birds"])]) == {"reef notes"}
    shows = [claim for claim in read_name(PurePath(week[0]), recurring=recurring) if claim.field == Field.SHOW]
    assert [(claim.value, is_proposal(claim)) for claim in shows] == [("Harbor Watch", False)]


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


def told(name: str, *patterns: str, folders: Sequence[str] = (), **codes: str) -> dict[str, str]:
    """The claims of the file name by field; a weak title is left out."""
    claims = read_name(PurePath(name), folders, compile_patterns(patterns), codes)
    named = [claim for claim in claims if claim.source == Source.FILENAME and claim.source_key != STEM]
    assert [claim.field for claim in claims].count(Field.TITLE) == 1
    return {str(claim.field): claim.value for claim in named}


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("{code}{date:MMDDYY}", "AM110524.mp3", {"show": "Asia Minute", "date": "2024-11-05"}),
        ("{code}{date:MMDDYY}", "am110524.MP3", {"show": "Asia Minute", "date": "2024-11-05"}),
        ("{code}{date:DDMMYY}", "AM110524.mp3", {"show": "Asia Minute", "date": "2024-05-11"}),
        ("{code}{date:MMDDYY}", "A110524.mp3", {"show": "All", "date": "2024-11-05"}),
        ("{code}{date:YYMMDD}", "AM1991231.mp3", {"show": "Asia Minute One", "date": "1999-12-31"}),
        (
            "{show}_{date:YYYY-MM-DD}_{title}",
            "asia_minute_2024-10-22_north_korea.mp3",
            {"show": "Asia Minute", "date": "2024-10-22", "title": "North Korea"},
        ),
        (
            "{title} - {reporter} ({date:DD.MM.YYYY})",
            "the-old-pier - ann-lee (22.10.2024).wav",
            {"title": "The Old Pier", "reporter": "Ann Lee", "date": "2024-10-22"},
        ),
        ("{date:DDMMMYYYY}{any}", "22oct2024x.wav", {"date": "2024-10-22"}),
        ("{date} {title}", "2024_10_22 tide.wav", {"date": "2024-10-22", "title": "Tide"}),
        ("{number}-{title}", "0042-tide.wav", {"title": "Tide"}),
        ("{title}_{number}", "tide_2_17.wav", {"title": "Tide 2"}),
        ("{show}-{any}-{title}", "harbor-x-tide-pool.wav", {"show": "Harbor", "title": "Tide Pool"}),
        ("{language}.{title}", "haw.tide.wav", {"language": "haw", "title": "Tide"}),
        ("{language}.{title}", "xx.tide.wav", {"title": "Tide"}),
        ("{host}+{guest}@{station}", "ann-lee+bo-reef@HPR.wav",
         {"host": "Ann Lee", "guest": "Bo Reef", "station": "HPR"}),
        ("{{{title}}}", "{tide}.wav", {"title": "Tide"}),
        ("Kāne_{title}", "Ka\u0304ne_tide.wav", {"title": "Tide"}),
        ("{title}{date:MMDDYY}", "tide111111.wav", {"title": "Tide", "date": "2011-11-11"}),
    ],
)  # fmt: skip
def test_patterns(pattern: str, name: str, expected: dict[str, str]) -> None:
    assert told(name, pattern, AM="Asia Minute", A="All", AM1="Asia Minute One") == expected


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{code}{date:MMDDYY}", "XX110524.mp3"),
        ("{code}{date:MMDDYY}", "AM139924.mp3"),
        ("{code}{date:MMDDYY}", "AM110524x.mp3"),
        ("{code}{date:MMDDYY}", "xAM110524.mp3"),
        ("{code}{date:MMDDYY}", "AM١١٠٥٢٤.mp3"),
        ("{show}_{title}", "harbor_.mp3"),
        ("{show}_{title}", "_tide.mp3"),
        ("{show}_{title}", "harbortide.mp3"),
        ("x{title}", "x.mp3"),
    ],
)
def test_a_pattern_that_does_not_match_says_nothing(pattern: str, name: str) -> None:
    assert read_name(PurePath(name), (), compile_patterns([pattern]), {"AM": "Asia Minute"}) == read_name(
        PurePath(name), (), codes={"AM": "Asia Minute"}
    )


def test_the_first_pattern_that_matches_counts() -> None:
    patterns = ["{title}={show}", "{show}-{title}", "{title}-{show}"]
    assert told("harbor-tide.mp3", *patterns) == {"show": "Harbor", "title": "Tide"}


def test_a_pattern_is_believed_more_than_a_habit_and_says_so() -> None:
    claims = read_name(PurePath("tide_2024-10-22_harbor.mp3"), (), compile_patterns(["{title}_{date}_{show}"]))
    assert {(claim.confidence, claim.evidence) for claim in claims} == {
        (0.9, "file name tide_2024-10-22_harbor, read as {title}_{date}_{show}")
    }


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("", "empty"),
        ("x" * 256, "longer"),
        ("harbor", "no field"),
        ("{shwo}_x", "{shwo}, which is not a field. Did you mean {show}?"),
        ("{}", "which is not a field. Known fields: show, title"),
        ("{title", "a '{' without its other half at character 1"),
        ("{title}}", "a '}' without its other half at character 8"),
        ("{show}{title}", "{title} right after {show}"),
        ("{title}_{title}", "{title} twice"),
        ("{date}{date:MMDDYY}", "{date} twice"),
        ("{title:YY}", "Only a date"),
        ("{date:MMDD}", "exactly one year"),
        ("{date:YYYYYYMMDD}", "exactly one year"),
        ("{date:}", "exactly one year"),
        ("{date:YYYYDD}", "exactly one month"),
        ("{date:YYYYMM}", "exactly one day"),
        ("{date:yyyymmdd}", "'y' in a date format"),
        ("{date:YYYYMMDDThh}", "'T' in a date format"),
        ("{show}/{title}", "slash"),
        ("{title}.mp3", "Leave the suffix out"),
    ],
)
def test_a_pattern_that_is_wrong(pattern: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compile_patterns(["{title}", pattern])
    assert "filename.patterns, number 2" in str(caught.value)
    assert problem in str(caught.value)


def test_patterns_without_end() -> None:
    with pytest.raises(ConfigError, match="101 patterns"):
        compile_patterns(["{title}"] * 101)


@pytest.mark.parametrize(
    "pattern",
    ["-".join(["{any}"] * 40) + "x", "{title}a{any}a{any}a{show}b", "{number}{number}{number}{any}-{title}!",
     "{any}{date:MMDDYY}{any}{date}x".replace("{date}", "{number}")],
)  # fmt: skip
@pytest.mark.parametrize("name", ["-" * 255, "a" * 255, "1" * 255, "101010" * 42, "a-" * 127])
def test_long_names_take_no_time(pattern: str, name: str) -> None:
    patterns = compile_patterns([pattern] * 20)
    with cpu_seconds(5):
        read_name(PurePath(name), (), patterns, {"a" * n: "x" for n in range(1, 30)})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AM102224.mp3", {"show": "Asia Minute", "date": "2024-10-22"}),
        ("am-102224.mp3", {"show": "Asia Minute", "date": "2024-10-22"}),
        ("AM241022.mp3", {"show": "Asia Minute"}),
        ("AM20241022.mp3", {"show": "Asia Minute", "date": "2024-10-22"}),
        ("AM_2024-10-22_north-korea.mp3", {"show": "Asia Minute", "date": "2024-10-22", "title": "North Korea"}),
        ("AM10222024 tide.mp3", {"show": "Asia Minute", "date": "2024-10-22", "title": "Tide"}),
        ("AM110524.mp3", {"show": "Asia Minute"}),
        ("AM111111.mp3", {"show": "Asia Minute", "date": "2011-11-11"}),
        ("AM999999.mp3", {"show": "Asia Minute"}),
        ("AM102224b.mp3", {"show": "Asia Minute", "date": "2024-10-22"}),
        ("AMX102224.mp3", {"show": "Another", "date": "2024-10-22"}),
    ],
)
def test_the_code_of_a_show(name: str, expected: dict[str, str]) -> None:
    assert told(name, AM="Asia Minute", AMX="Another") == expected


@pytest.mark.parametrize(
    "name", ["AM.mp3", "AM tide.mp3", "AM1022.mp3", "AM1022241.mp3", "XAM102224.mp3", "amber102224.mp3"]
)
def test_what_only_looks_like_a_code(name: str) -> None:
    assert told(name, AM="Asia Minute") == {}


def test_without_codes_nothing_changes() -> None:
    assert told("AM102224.mp3") == {}


def test_codes_and_patterns_in_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_text('[filename]\npatterns = ["{code}{date:MMDDYY}"]\n[shows."Asia Minute"]\ncode = "AM"\n')
    settings = read_settings(path)
    assert settings.filename.patterns == ("{code}{date:MMDDYY}",)
    assert settings.shows["Asia Minute"].code == "AM"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[filename]\npatterns = "x"', "filename.patterns is 'x'. It takes a list of texts."),
        ('[filename]\npattern = ["x"]', "Did you mean 'patterns'?"),
        ("[shows.A]\ncode = 5", "shows.A.code is 5. It takes text in quotes."),
        ('[shows.A]\ncode = ""', "shows.A.code is ''"),
        ('[shows.A]\ncode = "a"\n[shows.B]\ncode = "A"', "shows.B.code is 'A', which A has too"),
    ],
)
def test_settings_that_are_wrong(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "radio-archive.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_settings(path)
    assert problem in str(caught.value)


PIECES = st.sampled_from(
    ["{show}", "{title}", "{date}", "{date:MMDDYY}", "{date:YYYY-MM-DD}", "{code}", "{number}", "{any}", *"_-a{"]
)


@given(st.lists(PIECES, min_size=1, max_size=6).map("".join) | st.text(max_size=30), st.text("aA1_-0242 ", max_size=40))
def test_any_pattern_compiles_or_says_why(pattern: str, name: str) -> None:
    try:
        patterns = compile_patterns([pattern])
    except ConfigError:
        return
    for claim in read_name(PurePath(name + ".mp3"), (), patterns, {"a": "Aloha"}):
        assert claim.value
        assert claim.value == clean_text(claim.value)
        assert claim.evidence == clean_text(claim.evidence)


@given(
    st.text("abc", min_size=1, max_size=8),
    st.dates(datetime.date(1970, 1, 1), datetime.date(2069, 12, 31)),
    st.text("abc ", min_size=1, max_size=8).filter(str.strip),
)
def test_what_a_pattern_describes_is_found_again(show: str, date: datetime.date, title: str) -> None:
    name = f"{show}_{date:%m%d%y}_{title.strip()}.mp3"
    found = told(name, "{show}_{date:MMDDYY}_{title}")
    assert found["date"] == date.isoformat()
    assert found["show"].casefold() == show
