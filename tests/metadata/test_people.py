"""Whom a byline names: every reporter, and nobody who is an organisation, a job, a place or a button."""

import json
from pathlib import Path

import pytest

from radio_archive.audio.container import open_audio
from radio_archive.metadata.people import each_person, people_in
from radio_archive.metadata.story.claims import claims_of, read_story
from radio_archive.metadata.tags.claims import claims_from_tags
from radio_archive.metadata.tags.read import read_tags
from radio_archive.models import Claim, Field, Source

BODY = (
    "<article><h1>Boats are late again</h1><p>The boats were late again on Monday, and nobody knows why.</p></article>"
)


@pytest.mark.parametrize(
    "written",
    [
        "Ann Lee and Bo Ekdahl",
        "By Ann Lee and Bo Ekdahl",
        "Ann Lee; Bo Ekdahl",
        "Ann Lee & Bo Ekdahl",
        "Ann Lee, Bo Ekdahl",
        "Ann Lee/Bo Ekdahl",
        "ANN LEE | BO EKDAHL",
        "Von Ann Lee und Bo Ekdahl",
        "por Ann Lee y Bo Ekdahl",
        "Ann Lee, with Bo Ekdahl in Kona",
        "Reported by Ann Lee, Coast Radio; Bo Ekdahl (KCST)",
        "Ann Lee and Bo Ekdahl, Staff Writers",
        "Ann Lee, Bo Ekdahl and Coast Wire Agency",
        "Ann Lee, Bo Ekdahl, Ann Lee",
    ],
)
def test_every_reporter_counts(written: str) -> None:
    assert [name.title() for name in people_in(written)] == ["Ann Lee", "Bo Ekdahl"]


@pytest.mark.parametrize("name", ["José Ortega y Gasset", "Ludwig van der Berg", "Kaʻiulani ʻŌpio", "J. R. Kealoha"])
def test_one_name_is_one_person(name: str) -> None:
    assert people_in(name) == [name]


@pytest.mark.parametrize(
    "written",
    [
        "Coast Radio", "KCST-FM", "News Staff", "By Staff and Wire Reports", "https://x.example", "a@b.example",
        "coastradio.example", "Digital Desk", "Subscribe", "Sign Up", "Read More", "Associated Press",
        "Harbor University", "ann", "", "1", "Ann", "By the time the boats came in, it was dark.", "A " * 5000,
    ],
)  # fmt: skip
def test_organisations_addresses_and_buttons_are_nobody(written: str) -> None:
    assert people_in(written) == []


@pytest.mark.parametrize(
    ("value", "people"),
    [
        ("Ann Lee; Bo Ekdahl", ["Ann Lee", "Bo Ekdahl"]),
        ("Ann Lee / Coast Radio", ["Ann Lee"]),
        ("Kapono", ["Kapono"]),
        ("News Staff", []),
        ("coastradio.example", []),
        ("Coast Radio", []),
    ],
)
def test_a_claim_about_people_is_one_about_each(value: str, people: list[str]) -> None:
    claim = Claim(Field.REPORTER, value, Source.TAGS, "ID3 TPE1", 0.6, "TPE1")
    found = list(each_person(claim))
    assert [one.value for one in found] == people
    assert len({one.source_key for one in found}) == len(found)
    title = Claim(Field.TITLE, value, Source.TAGS, "ID3 TIT2")
    assert list(each_person(title)) == [title]


@pytest.mark.parametrize("name", ["two-artists-id3v24.mp3", "two-artists-slash-date.flac", "artists-semicolon.mp3"])
def test_two_artists_are_two_reporters(name: str, shared: Path) -> None:
    with open_audio(shared / "cases" / name) as source:
        claims = [claim for claim in claims_from_tags(read_tags(source)) if claim.field == Field.REPORTER]
    assert [claim.value for claim in claims] == ["Dana Kealoha", "Bill Carter"]
    assert len({claim.evidence for claim in claims}) == 1, "so both are credited"


def page(head: str, body: str = BODY) -> list[str]:
    story = read_story(f"<html><head><title>Boats are late again</title>{head}</head><body>{body}</body></html>")
    assert story is not None
    return [claim.value for claim in claims_of(story, "a.html") if claim.field == Field.REPORTER]


def ld(*authors: object) -> str:
    data = {"@type": "NewsArticle", "headline": "Boats are late again", "author": authors}
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


@pytest.mark.parametrize(
    "head",
    [
        ld("Ann Lee", "Bo Ekdahl"),
        ld({"name": "Ann Lee"}, {"name": "Bo Ekdahl"}, {"@type": "Organization", "name": "Ferry Watch"}),
        ld({"name": "Ann Lee and Bo Ekdahl"}, {"name": "Newsroom"}),
        '<meta name="author" content="Ann Lee, Bo Ekdahl">',
        '<meta name="author" content="Ann Lee"><meta name="author" content="Bo Ekdahl">',
    ],
)
def test_all_authors_of_a_page_are_reporters(head: str) -> None:
    assert page(head) == ["Ann Lee", "Bo Ekdahl"]


def test_the_authors_of_other_stories_are_not() -> None:
    links = ('<div><p><a rel="author">Ann Lee</a></p><p><a rel="author">Bo Ekdahl</a></p></div>', BODY,
             '<ul><li><p><a rel="author">Ruth Imada</a></p></li></ul>')  # fmt: skip
    assert page("", "".join(links)) == ["Ann Lee", "Bo Ekdahl"]
