"""The JSON of WordPress, NPR's CDS, schema.org, AzuraCast and LibreTime beside a recording."""

import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_archive.metadata.sidecar import examine_sidecar

WORDPRESS = {
    "id": 5501, "date": "2024-10-22T06:00:00", "date_gmt": "2024-10-22T16:00:00", "slug": "cable", "type": "podcast",
    "title": {"rendered": "Fiji&#8217;s cable &amp; <em>Kāneʻohe</em>"}, "author": 5, "series": [12],
    "content": {"rendered": "<p>Long.</p>", "protected": False}, "excerpt": {"rendered": "<p>Where it lands.</p>\n"},
    "_embedded": {
        "author": [{"id": 5, "name": "Dana Kealoha"}],
        "wp:term": [[{"taxonomy": "category", "name": "News"}], [{"taxonomy": "series", "name": "Asia Minute"}]],
    },
}  # fmt: skip
CDS = {
    "resources": [
        {
            "id": "g-s1", "title": "Fiji’s cable & Kāneʻohe", "teaser": "<p>Where it lands.</p>",
            "publishDateTime": "2024-10-22T06:00:00-10:00", "profiles": [{"href": "/v1/profiles/story"}],
            "bylines": [{"href": "#/assets/77"}],
            "assets": {"77": {"id": "77", "name": "Dana Kealoha", "profiles": [{"href": "/v1/profiles/byline"}]}},
            "collections": [
                {"href": "/v1/documents/1", "rels": ["topic"], "embed": {"title": "Business"}},
                {"href": "/v1/documents/2", "rels": ["program"], "embed": {"title": "Asia Minute"}},
            ],
            "brandings": [{"href": "x", "embed": {"displayName": "Hawaiʻi Public Radio"}}],
        }
    ]
}  # fmt: skip
EPISODE = {
    "@context": "https://schema.org", "@type": "RadioEpisode", "name": "Fiji’s cable & Kāneʻohe",
    "datePublished": "2024-10-22T06:00:00-10:00", "author": {"@type": "Person", "name": "Dana Kealoha"},
    "partOfSeries": {"@type": "RadioSeries", "name": "Asia Minute"}, "description": "Where it lands.",
    "publisher": {"@type": "Organization", "name": "Hawaiʻi Public Radio"}, "inLanguage": "en-US",
}  # fmt: skip
GRAPH = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "hpr.example"},
        {"@type": "NewsArticle", "headline": "Fiji’s cable & Kāneʻohe", "datePublished": "2024-10-22",
         "author": {"@id": "#dana"}, "isPartOf": {"@id": "#am"}, "publisher": {"@id": "#hpr"},
         "description": "Where it lands.", "inLanguage": "en"},
        {"@type": "Person", "@id": "#dana", "name": "Dana Kealoha"},
        {"@type": "RadioSeries", "@id": "#am", "name": "Asia Minute"},
        {"@type": "Organization", "@id": "#hpr", "name": "Hawaiʻi Public Radio"},
    ],
}  # fmt: skip
AZURACAST_FILE = {
    "unique_id": "69b5", "text": "Dana Kealoha - Fiji", "artist": "Dana Kealoha", "title": "Fiji’s cable & Kāneʻohe",
    "album": "Asia Minute", "genre": "News", "path": "am/102224.mp3", "length": 90.1, "custom_fields": {},
}  # fmt: skip
AZURACAST_NOW = {
    "station": {"id": 1, "name": "Hawaiʻi Public Radio", "shortcode": "hpr"},
    "now_playing": {
        "played_at": 1729612800, "playlist": "default", "streamer": "",
        "song": {"artist": "Dana Kealoha", "title": "Fiji’s cable & Kāneʻohe", "album": "Asia Minute"},
    },
}  # fmt: skip
AZURACAST_EPISODE = {
    "id": "1ef", "title": "Fiji’s cable & Kāneʻohe", "description": "Where it lands.", "publish_at": 1729655000,
    "has_media": True, "explicit": False,
}  # fmt: skip
LIBRETIME = {
    "id": 41, "name": "102224.mp3", "mime": "audio/mp3", "track_title": "Fiji’s cable & Kāneʻohe",
    "artist_name": "Dana Kealoha", "album_title": "Asia Minute", "length": "00:01:30", "language": "en", "bpm": None,
}  # fmt: skip
TITLE, SHOW, REPORTER = ("title", "Fiji’s cable & Kāneʻohe"), ("show", "Asia Minute"), ("reporter", "Dana Kealoha")
DATE, SUMMARY, STATION = ("date", "2024-10-22"), ("summary", "Where it lands."), ("station", "Hawaiʻi Public Radio")
LANGUAGE = ("language", "en")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (WORDPRESS, {TITLE, SHOW, REPORTER, DATE, SUMMARY}),
        (CDS, {TITLE, SHOW, REPORTER, DATE, SUMMARY, STATION}),
        (CDS["resources"][0], {TITLE, SHOW, REPORTER, DATE, SUMMARY, STATION}),
        (EPISODE, {TITLE, SHOW, REPORTER, DATE, SUMMARY, STATION, LANGUAGE}),
        (GRAPH, {TITLE, SHOW, REPORTER, DATE, SUMMARY, STATION, LANGUAGE}),
        (AZURACAST_FILE, {TITLE, SHOW, REPORTER}),
        (AZURACAST_NOW, {TITLE, SHOW, REPORTER, STATION}),
        (AZURACAST_EPISODE, {TITLE, SUMMARY, DATE}),
        (LIBRETIME, {TITLE, SHOW, REPORTER, LANGUAGE}),
    ],
    ids="wordpress cds cds-document schema.org graph azuracast now episode libretime".split(),
)
def test_what_other_programs_write(document: object, expected: set[tuple[str, str]]) -> None:
    zone = ZoneInfo("Pacific/Honolulu")
    found = examine_sidecar("piece.json", json.dumps(document).encode(), zone)
    assert {(claim.field.value, claim.value) for claim in found.claims} == expected
    assert found.problem is None
    assert all(claim.evidence.startswith("sidecar piece.json: ") for claim in found.claims)


def test_an_artist_who_is_the_station_or_the_show_is_no_reporter() -> None:
    for name in ("Asia Minute", "Hawaiʻi Public Radio", "KHPR"):
        found = examine_sidecar("a.json", json.dumps({**AZURACAST_FILE, "artist": name}).encode())
        assert "reporter" not in {claim.field.value for claim in found.claims}


NAMES = [
    *"title rendered resources assets profiles bylines @type @graph @id name author _embedded wp:term href".split(),
    *"song now_playing metadata artist publish_at collections rels embed publication startDate".split(),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8))
def test_any_values_never_raise(value: dict[str, object]) -> None:
    for claim in examine_sidecar("a.json", json.dumps(value).encode()).claims:
        assert 0 < len(claim.value) <= 5000
