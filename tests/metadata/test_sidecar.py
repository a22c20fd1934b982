"""The claims of JSON and TOML files beside a recording, and that nothing in them causes a failure."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bounds import cpu_seconds

from radio_archive.metadata.sidecar import LARGEST, examine_sidecar, read_sidecar
from radio_archive.models import Field, Source, clean_text

JSON, TOML = "piece.json", "piece.toml"


def said(content: object, name: str = JSON) -> dict[str, list[str]]:
    """The claimed values by field; `content` is a JSON value, or the file's text."""
    text = content if isinstance(content, str) else json.dumps(content)
    values: dict[str, list[str]] = {}
    claims = read_sidecar(name, text.encode())
    assert len({(claim.field, claim.source_key) for claim in claims}) == len(claims)
    for claim in claims:
        assert claim.source == Source.SIDECAR
        values.setdefault(claim.field, []).append(claim.value)
    return values


EVERYTHING = {
    "show": ["Harbor Watch"],
    "station": ["Hawaiʻi Public Radio"],
    "reporter": ["Ann Lee"],
    "host": ["Kim Wong"],
    "guest": ["Ana Nuñez", "Bo Reef"],
    "title": ["The tide at Kāneʻohe"],
    "date": ["2024-11-05"],
    "language": ["haw"],
    "summary": ["How the tide came in."],
}


def test_the_documented_keys_in_json() -> None:
    value = {**{key: values[0] for key, values in EVERYTHING.items()}, "guest": EVERYTHING["guest"]}
    assert said(value) == EVERYTHING
    assert said({"clip": value}) == EVERYTHING


def test_the_documented_keys_in_toml() -> None:
    text = """
        show = "Harbor Watch"
        station = "Hawaiʻi Public Radio"
        reporter = "Ann Lee"
        host = "Kim Wong"
        guest = ["Ana Nuñez", { name = "Bo Reef", role = "diver" }]
        title = "The tide at Kāneʻohe"
        date = 2024-11-05
        language = "haw"
        summary = '''How the
        tide came in.'''
    """
    assert said(text, TOML) == EVERYTHING
    assert said("[clip]" + text, TOML) == EVERYTHING


def test_the_evidence_can_be_checked() -> None:
    claims = read_sidecar("a\x07 piece.json", b'{"Air-Date": "2024-11-05", "clip": {"guests": ["A B", "C D"]}}')
    assert [(claim.evidence, claim.source_key) for claim in claims] == [
        ("sidecar a piece.json: Air-Date", "Air-Date"),
        ("sidecar a piece.json: clip.guests", "clip.guests 01"),
        ("sidecar a piece.json: clip.guests", "clip.guests 02"),
    ]


@pytest.mark.parametrize(
    ("key", "field"),
    [
        *[(key, "show") for key in "series program programme album podcast Show-Name SERIES_TITLE".split()],
        *[(key, "reporter") for key in "author byline reporters correspondent".split()],
        *[(key, "host") for key in "presenter anchor hosts".split()],
        *[(key, "title") for key in "headline Title episode_title".split()],
        *[(key, "summary") for key in "description Abstract".split()],
    ],
)
def test_other_names_for_the_same(key: str, field: str) -> None:
    assert said({key: "Tide Ann"}) == {field: ["Tide Ann"]}


@pytest.mark.parametrize("key", "published air_date airdate Air-Date pubDate datePublished upload_date".split())
def test_other_names_for_the_date(key: str) -> None:
    assert said({key: "2024-11-05"}) == {"date": ["2024-11-05"]}


def test_what_is_meant_exactly_is_believed_more() -> None:
    claims = read_sidecar(JSON, b'{"album": "A", "show": "B", "series": "C"}')
    assert [claim.value for claim in sorted(claims, key=lambda claim: -claim.confidence)] == ["B", "C", "A"]


@pytest.mark.parametrize("key", "uploader channel creator publisher name id url extractor duration tags".split())
def test_keys_that_say_nothing_for_sure(key: str) -> None:
    assert said({key: "Ann Lee"}) == {}


def test_the_information_of_yt_dlp() -> None:
    value = {
        "id": "x1", "title": "The tide", "upload_date": "20241105", "uploader": "tidefan99", "channel": "Tide Fans",
        "description": "How the tide\ncame in.", "extractor": "generic", "_type": "video", "duration": 91.5,
        "formats": [{"url": "https://x.test", "language": "fr", "title": "no"}], "language": None,
        "series": "Harbor Watch", "webpage_url": "https://x.test/a", "timestamp": 1730800000, "view_count": 10**30,
    }  # fmt: skip
    assert said(value) == {
        "title": ["The tide"],
        "date": ["2024-11-05"],
        "summary": ["How the tide came in."],
        "show": ["Harbor Watch"],
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-11-05", "2024-11-05"),
        ("20241105", "2024-11-05"),
        (20241105, "2024-11-05"),
        ("2024/11/05", "2024-11-05"),
        (" 2024.11.05 ", "2024-11-05"),
        ("2024-11-05T23:30:00-10:00", "2024-11-05"),
        ("2024-11-05T23:30:00.000Z", "2024-11-05"),
        ("2024-11-05 07:00", "2024-11-05"),
        (["2024-11-05"], "2024-11-05"),
    ],
)
def test_dates(value: object, expected: str) -> None:
    assert said({"date": value}) == {"date": [expected]}


@pytest.mark.parametrize(
    "value",
    ["2024-02-31", "31/02", "10/22/24", "10/22/2024", "22.10.2024", "24-10-22", "2024", "2024-10", "yesterday", "",
     "1066-10-14", "2024-10-22 to 2024-10-25", "2024-10-22x", "0000-00-00", 20249999, 2024, 1730800000, 1.5, True,
     None, {}, [], ["2024-10-22", "2024-10-23"], {"name": 5}, "2" * 200],
)  # fmt: skip
def test_what_is_no_date_for_sure_is_no_date(value: object) -> None:
    assert said({"date": value}) == {}


@pytest.mark.parametrize("text", ["2024-11-05T07:00:00Z", "2024-11-05 07:00:00", "2024-11-05", '"2024-11-05"'])
def test_dates_in_toml(text: str) -> None:
    assert said(f"date = {text}", TOML) == {"date": ["2024-11-05"]}
    assert said("date = 07:00:00", TOML) == {}


@pytest.mark.parametrize(
    ("value", "people"),
    [
        ("By Ann Lee", ["Ann Lee"]),
        ("BY: Ann Lee and Kim Wong", ["Ann Lee", "Kim Wong"]),
        ("Ann Lee & Kim Wong", ["Ann Lee", "Kim Wong"]),
        ("Ann Lee; Kim Wong / Bo Reef", ["Ann Lee", "Kim Wong", "Bo Reef"]),
        ("Ann Lee, Kim Wong", ["Ann Lee", "Kim Wong"]),
        ("Ann Lee, Hawaiʻi Public Radio", ["Ann Lee"]),
        (["Ann Lee", {"name": "Kim Wong"}, {"nom": "x"}, 5, None, ["y"], "Ann Lee"], ["Ann Lee", "Kim Wong"]),
        ({"name": "Byron Anders", "url": "https://x.test"}, ["Byron Anders"]),
        ("Sandy Andrade", ["Sandy Andrade"]),
    ],
)
def test_people(value: object, people: list[str]) -> None:
    assert said({"byline": value}) == {"reporter": people}


@pytest.mark.parametrize(
    "value", ["Lee, Ann", "", " ", "Hawaiʻi Public Radio", "KHPR", 5, None, {"name": None}, [[]], "---"]
)
def test_what_is_no_person(value: object) -> None:
    assert said({"author": value}) == {}


@pytest.mark.parametrize("value", ["example.com", "cdn.x.test:8080", "https://x.test/a", "ann@x.test"])
def test_the_host_of_a_file_is_not_that_of_a_show(value: str) -> None:
    assert said({"host": value}) == {}


def test_people_without_end() -> None:
    assert len(said({"guests": [f"Ann Lee {n}" for n in range(5000)]})["guest"]) == 20
    assert len(said({"guests": [" and ".join(f"A{n} B" for n in range(100))]})["guest"]) <= 20


def test_values_that_are_no_text() -> None:
    values: list[object] = [5, None, True, [], {}, ["a", "b"], {"name": []}, "x" * 1001, "\x07 ", "\u202e"]
    for value in values:
        assert said({"title": value, "show": value, "station": value, "language": value}) == {}
    assert said({"title": {"name": "The tide"}, "show": {"title": "Harbor"}}) == {
        "title": ["The tide"],
        "show": ["Harbor"],
    }
    assert said({"title": "a\x1b[31m\u202eb", "summary": "x" * 5001}) == {"title": ["a [31mb"]}


@pytest.mark.parametrize(("code", "expected"), [("en-US", "en"), ("eng", "en"), ("haw", "haw"), ("English", None)])
def test_languages(code: str, expected: str | None) -> None:
    assert said({"language": code}) == ({"language": [expected]} if expected else {})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(encoding: str) -> None:
    assert [claim.value for claim in read_sidecar(JSON, '{"title": "Kāneʻohe"}'.encode(encoding))] == ["Kāneʻohe"]


@pytest.mark.parametrize("name", ["Piece.JSON", "a.info.json", "ā.json"])
def test_names(name: str) -> None:
    assert [claim.value for claim in read_sidecar(name, b'{"title": "x"}')] == ["x"]


BAD = {
    "empty": (JSON, b""),
    "text": (JSON, b"the tide"),
    "list": (JSON, b'[{"title": "x"}]'),
    "number": (JSON, b"5"),
    "cut": (JSON, b'{"title": "x"'),
    "latin": (JSON, b'{"title": "\xf1"}'),
    "binary": (JSON, b"\xff\xfe\0\0\1"),
    "twice": (JSON, b'{"title": "x", "show": "y", "title": "z"}'),
    "twice inside": (JSON, b'{"title": "x", "clip": {"show": "y", "show": "z"}}'),
    "deep list": (JSON, b'{"title": "x", "a": ' + b"[" * 1_000_000),
    "deep object": (JSON, b'{"a":' * 500_000),
    "just too deep": (JSON, b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}"),
    "huge number": (JSON, b'{"title": "x", "a": ' + b"1" * 5000 + b"}"),
    "large": (JSON, b'{"title": "x"}' + b" " * LARGEST[".json"]),
    "toml": (TOML, b"title = "),
    "toml twice": (TOML, b'title = "x"\ntitle = "y"'),
    "toml deep": (TOML, b"a = " + b"[" * 60_000),
    "toml key": (TOML, b"a." * 30_000 + b"b = 1"),
    "toml quoted key": (TOML, b'"a" . ' * 10_000 + b"b = 1"),
    "toml table": (TOML, b"[" + b"a." * 30_000 + b"b]"),
    "toml huge number": (TOML, b"a = " + b"1" * 60_000),
    "toml large": (TOML, b"#" * (LARGEST[".toml"] + 1)),
    "toml latin": (TOML, b"title = '\xf1'"),
    "other": ("piece.xml", b"<title>x</title>"),
    "no suffix": ("piece", b'{"title": "x"}'),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_says_why_and_claims_nothing(case: str) -> None:
    name, content = BAD[case]
    with cpu_seconds(10):
        reading = examine_sidecar(name, content)
    assert reading.claims == ()
    assert reading.problem
    assert reading.problem.startswith(f"{name}: ")
    assert len(reading.problem) < 400
    assert read_sidecar(name, content) == []


def test_what_is_not_quite_json() -> None:
    assert said('{"title": "x", "level": NaN, "peak": -Infinity, "many": 1e999, "show": NaN}') == {"title": ["x"]}
    assert said('{"title": "\\ud800", "show": "x"}') == {"title": ["\N{REPLACEMENT CHARACTER}"], "show": ["x"]}


def test_a_summary_of_many_sentences_is_no_long_key() -> None:
    text = "Mr. A. B. said so ... and so on. " * 60
    assert said(f'summary = "{text}"', TOML) == {"summary": [text.strip()]}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from([*Field, "clip", "byline", "authors", "upload_date", "Air Date", "x", ""])


def check(name: str, content: bytes) -> None:
    for claim in read_sidecar(name, content):
        assert claim.field in Field
        assert 0 < len(claim.value) <= 5000
        assert claim.value == clean_text(claim.value)
        assert claim.evidence == clean_text(claim.evidence)


@settings(max_examples=100)
@given(st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=4), max_size=8))
def test_any_values_never_raise(value: dict[str, object]) -> None:
    check(JSON, json.dumps(value).encode())


@settings(max_examples=300)
@given(
    st.sampled_from([JSON, TOML]),
    st.binary(max_size=200) | st.lists(st.sampled_from([*'{}[]:,"=.\n\\ ', "title", "clip", "1", "'''"])).map(
        lambda parts: "".join(parts).encode()
    ),
)  # fmt: skip
def test_any_bytes_never_raise(name: str, content: bytes) -> None:
    check(name, content)
