"""The claims of a published story, pasted or saved; and that a bad page only gives no claims."""

import copy
import pickle
import socket
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from radio_archive.metadata.resolve import resolve
from radio_archive.metadata.story.claims import claims_of, read_story
from radio_archive.models import Field, Source, Story
from radio_archive.text.spelling import fold

STORIES = Path(__file__).parents[3] / "fixtures" / "stories"
TRUTH: dict[str, dict[str, Any]] = tomllib.loads((STORIES / "truth.toml").read_text(encoding="utf-8"))
SENTENCE = "The boats were late again on Monday, and nobody can say why that is so."
BOUND = 20.0
"""Seconds for the worst page, on a slow and busy machine."""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a story was about to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def truth(name: str, form: str) -> Story:
    values = {key: value for key, value in TRUTH[name].items() if not isinstance(value, dict) and key != "split"}
    values |= TRUTH[name].get(form, {})
    body = tuple(values.pop("body").strip().split("\n\n"))
    return Story(body=body, **{key: value.strip() for key, value in values.items()})


def pasted(*lines: str) -> Story:
    story = read_story("\n".join(lines), kind="text")
    assert story is not None
    return story


def page(body: str, head: str = "") -> Story:
    story = read_story(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>")
    assert story is not None
    return story


def article(*paragraphs: str) -> str:
    return (
        "<article><h1>Boats are late again this week</h1>" + "".join(f"<p>{p}</p>" for p in paragraphs) + "</article>"
    )


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


# The fixtures and the model case


@pytest.mark.parametrize("form", ["txt", "html"])
@pytest.mark.parametrize("name", TRUTH)
def test_fixtures_give_their_truth(name: str, form: str) -> None:
    content = (STORIES / f"{name}.{form}").read_bytes()
    story, expected = read_story(content), truth(name, form)
    assert story is not None
    for field in fields(Story):
        assert (field.name, getattr(story, field.name)) == (field.name, getattr(expected, field.name))
    assert story == expected


def test_every_fixture_has_a_truth_and_half_are_held_out() -> None:
    assert {path.stem for path in STORIES.glob("*.txt")} == {path.stem for path in STORIES.glob("*.html")} == set(TRUTH)
    splits = [table["split"] for table in TRUTH.values()]
    assert len(splits) >= 8
    assert splits.count("held-out") * 2 >= len(splits)


def test_the_model_case(shared: Path) -> None:
    story = read_story((shared / "seeds" / "asia-minute-story.txt").read_bytes())
    assert story is not None
    assert story.station == "Hawaiʻi Public Radio"
    assert story.show == "Asia Minute"
    assert story.headline == "North Korea plans to send thousands of troops to support Russia in war"
    assert (story.caption or "").startswith("FILE - Russian President Vladimir Putin, right, and North Korea's leader")
    assert (story.caption or "").endswith("(Gavriil Grigorov, Sputnik, Kremlin Pool Photo via AP, File)")
    assert story.picture_credit == "Gavriil Grigorov/AP / Pool Sputnik Kremlin"
    assert len(story.body) == 11
    assert story.body[0].startswith("One of the latest twists of the war in Ukraine")
    assert story.body[-1].endswith("it “would mark a significant escalation in the conflict.”")
    assert story.reporter == "Bill Dorman"
    assert story.biography == "Bill Dorman has been the news director at Hawaiʻi Public Radio since 2011."
    assert (story.date, story.language, story.url) == (None, None, None)
    assert Field.DATE not in {claim.field for claim in claims_of(story, "story.txt")}


def test_the_model_case_however_it_was_pasted(shared: Path) -> None:
    def values(pasted: str) -> list[str]:
        story = read_story(pasted)
        assert story is not None
        spelled = (str(getattr(story, field.name)) for field in fields(Story) if field.name != "body")
        return [fold(value) for value in (*spelled, *story.body)]

    text = (shared / "seeds" / "asia-minute-story.txt").read_text(encoding="utf-8")
    below = (
        "Asia Minute: Another headline\nPublished October 22, 2024\nAnd a sentence below it, which is long enough.\n"
    )
    for other in (
        text.replace("\n", "\r\n"),
        text.replace("\n", "\n\n"),
        "\n".join(f"  {line}\t" for line in text.splitlines() if line),
        text.replace(" ", "\xa0"),
        text.replace("’", "'").replace("ʻ", "‘"),
        text.replace("Hawaiʻi", "Hawaii"),
        f"{text}\n{below}",
    ):
        assert values(other) == values(text)


# Claims


def test_claims_say_where_they_stand() -> None:
    story = read_story((STORIES / "seed-library.html").read_bytes())
    assert story is not None
    claims = {claim.field: claim for claim in claims_of(story, "story.html")}
    assert {(claim.value, claim.evidence) for claim in claims.values()} == {
        ("Valley Ledger", "story.html JSON-LD headline before the colon"),
        ("Hanalua Public Radio", "story.html JSON-LD publisher"),
        ("Keoni Akana", "story.html JSON-LD author"),
        ("A seed library opens in an old sugar office", "story.html JSON-LD headline"),
        ("2024-11-12", "story.html JSON-LD datePublished 2024-11-12T05:58:00-10:00"),
        ("en", "story.html html lang"),
        (story.body[0], "story.html first paragraph"),
    }
    assert {claim.source for claim in claims.values()} == {Source.STORY}
    assert len({claim.source_key for claim in claims.values()}) == len(claims) == 7
    assert all(0.25 <= claim.confidence < 1 for claim in claims.values())
    assert claims[Field.REPORTER].confidence > claims[Field.SUMMARY].confidence
    # The name before a headline's colon may be a topic, which makes no show.
    assert resolve(claims.values()).keys() == claims.keys() - {Field.SHOW}


def test_claims_of_a_pasted_story() -> None:
    story = read_story((STORIES / "tide-clock.txt").read_bytes())
    assert story is not None
    assert [(claim.field, claim.evidence, claim.confidence) for claim in claims_of(story, "a.txt")] == [
        (Field.SHOW, "a.txt byline", 0.35),
        (Field.STATION, "a.txt copyright line", 0.8),
        (Field.REPORTER, "a.txt byline", 0.85),
        (Field.TITLE, "a.txt headline", 0.7),
        (Field.DATE, "a.txt publication line", 0.75),
        (Field.SUMMARY, "a.txt first paragraph", 0.5),
    ]


def test_claims_of_a_story_from_elsewhere() -> None:
    claims = claims_of(Story(headline="Boats", reporter="Ann Lee"), "archive")
    assert [(claim.value, claim.evidence) for claim in claims] == [
        ("Ann Lee", "archive reporter"),
        ("Boats", "archive headline"),
    ]
    assert claims_of(Story(), "archive") == []


def test_a_story_that_was_read_is_a_plain_value() -> None:
    story = read_story((STORIES / "ice-road.txt").read_bytes())
    assert story is not None
    plain = Story(**{field.name: getattr(story, field.name) for field in fields(Story)})
    assert (story, hash(story)) == (plain, hash(plain))
    assert plain == story
    assert story != replace(plain, show="Another")
    assert copy.deepcopy(story) == pickle.loads(pickle.dumps(story)) == replace(story, show=None)  # noqa: S301
    assert claims_of(pickle.loads(pickle.dumps(story)), "x")  # noqa: S301


# Pasted text as a whole


def test_neither_the_copyright_nor_a_caption_is_a_date() -> None:
    story = pasted(
        "© 2025 Coast Radio",
        "Boats are late again this week",
        "A boat lies in the harbor on Oct. 22, 2024.",
        "Ann Lee/AP",
        "The harbor, as published October 1, 2024, is full.",
        SENTENCE,
    )
    assert (story.date, story.station) == (None, "Coast Radio")
    assert story.caption == "A boat lies in the harbor on Oct. 22, 2024."


@pytest.mark.parametrize(
    ("end", "biography", "reporter"),
    [
        (["Ann Lee is a reporter at Coast Radio."], 1, "Ann Lee"),
        (
            ["Ann Lee, who covers ferries, joined Coast Radio in 2019.", "She lives in town.", "Lee has two dogs."],
            3,
            "Ann Lee",
        ),
        (["Ann Lee", "Ann Lee edits the news on Coast Radio. Contact her at ann@coast.example."], 1, "Ann Lee"),
        (["Ann Lee", "Ann Lee hosts the news on Coast Radio. Contact her at ann@coast.example."], 1, None),
        (["Ann Lee is the host of the evening news of Coast Radio."], 1, None),
        (["The writer is a reporter at Coast Radio."], 1, None),
        (["Ann Lee is the mayor of the town."], 0, None),
        (["Ann Lee, an editor, says that she was late too."], 0, None),
        (["Boats will be late tomorrow at Coast Radio too."], 0, None),
        (["“I work at Coast Radio,” Ann Lee says."], 0, None),
    ],
)
def test_biographies(end: list[str], biography: int, reporter: str | None) -> None:
    story = pasted("© 2025 Coast Radio", "Boats are late again this week", SENTENCE, "Nobody knows more.", *end)
    assert len((story.biography or "").split("\n\n")) * bool(story.biography) == biography
    assert story.reporter == reporter
    assert len(story.body) == (2 if biography else 3)


def test_whom_the_story_told_of_is_not_its_reporter() -> None:
    told = "Harbor pilot Ann Lee brought them in one by one after midnight, and she went home at six."
    story = pasted("© 2025 Coast Radio", "Boats are late again", SENTENCE, told, "Ann Lee is a friend of Coast Radio.")
    assert (story.reporter, story.biography) == (None, None)
    assert len(story.body) == 3


@pytest.mark.parametrize("end", ["Before she came to Coast Radio, Ann Lee was a cook.", "Ann Lee cooks."])
def test_with_a_byline_the_name_alone_marks_a_biography(end: str) -> None:
    story = pasted("Boats are late again", "By Ann Lee", SENTENCE, "Ann Lee reports.", "Nobody knows more.", end)
    assert story.biography in {end, "Ann Lee reports."}
    signed = pasted("Boats are late again", "By Ann Lee", SENTENCE, "For Coast Radio, I'm Ann Lee.")
    assert signed.biography is None


def test_nothing_after_related_stories_is_read() -> None:
    story = pasted(
        "Related Stories",
        "Boats are late again this week",
        SENTENCE,
        "Related Stories",
        "Published October 22, 2024",
        "The bridge sang again in the west wind, and it was louder than before.",
    )
    assert story.body == (SENTENCE,)
    assert story.date is None


def test_a_banner_is_no_headline() -> None:
    banner = "Our spring drive is underway! Support the news you depend on. Give now"
    for shout in (banner, banner + " to this station, which you love."):
        story = pasted(
            "© 2025 Coast Radio", shout, "Boats are late again", SENTENCE, SENTENCE.replace("Monday", "Friday")
        )
        assert story.headline == "Boats are late again"
        assert story.body[-1] == SENTENCE.replace("Monday", "Friday")


@pytest.mark.parametrize("text", ["", "\n \n", "Just one line", "0:00\nPlay\n", "\0\0\0", "\ufeff", "🎈" * 50])
def test_text_without_a_story(text: str) -> None:
    assert read_story(text) is None
    assert read_story(text.encode()) is None


# Saved pages as a whole


def test_a_local_date_is_believed_before_universal_time() -> None:
    data = ld('{"@type":"NewsArticle","headline":"Boats are late again this week","datePublished":"2024-10-23T02:04Z"}')
    dated = "<p>Published October 22, 2024 at 4:04 PM HST</p>"
    body = article(SENTENCE).replace("</h1>", f"</h1>{dated}")
    assert page(body, data).date == "2024-10-22"
    assert page(article(SENTENCE), data).date == "2024-10-23"


@pytest.mark.parametrize(
    "data",
    [
        '{"@type":"NewsArticle","headline":"Boats late","author":{"name":"Ann Lee"},'
        '"publisher":{"name":"Coast Radio"}}',
        '[{"@type":"WebSite","name":"No"},{"@type":["Article"],"headline":"Boats late",'
        '"author":["Ann Lee",{"name":"Bo Ek","@type":"Organization"}],'
        '"publisher":"Coast Radio"}]',
        '{"@graph":[{"@type":"Person","@id":"#a","name":"Ann Lee"},{"@type":"http://schema.org/BlogPosting","headline":'
        '"Boats late","author":{"@id":"#a"},"publisher":{"@id":"#p"}},'
        '{"@id":"#p","@type":"RadioStation","name":"Coast Radio"}]}',
        '{"@type":"WebPage","mainEntity":{"@type":"RadioEpisode","name":"Boats late","creator":"By Ann Lee",'
        '"publication":[{"publishedOn":{"name":"Coast Radio"}}]}}',
        '//<![CDATA[\n{"@type":"AudioObject","name":"<b>Boats</b> &#108;ate","author":['
        '{"@type":"Organization","name":"Boat Fans"},{"@type":"Person","name":"Ann Lee"}],'
        '"provider":{"name":"Coast Radio"}}\n//]]>',
    ],
)
def test_json_ld_in_all_its_shapes(data: str) -> None:
    story = page(f"<p>{SENTENCE}</p>", ld(data))
    assert (story.headline, story.reporter, story.station) == ("Boats late", "Ann Lee", "Coast Radio")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "null",
        "7",
        '"NewsArticle"',
        "{",
        "[" * 100_000,
        '{"mainEntity":' * 5_000,
        '{"@type":{"@type":7},"headline":["",null,{}]}',
        '{"@type":"NewsArticle","headline":7,"author":{"name":{"name":"x"}},"datePublished":[{}],"publisher":[[]]}',
        '{"@type":"NewsArticle","headline":"\\ud800\\u0000","author":"\\u202e","inLanguage":{"name":[]},"url":"javascript:x"}',
        '{"@type":"NewsArticle","headline":"' + "x" * 100_000 + '"}',
        '{"@id":"a","@graph":[{"@id":"a"},{"@type":"Article","author":{"@id":"a"},"headline":"<b>"}]}',
        '{"@type":"ItemList","itemListElement":[{"@type":"NewsArticle","headline":"Another","author":"Bo Ek"}]}',
        "1" * 10_000,
    ],
)
def test_json_ld_that_says_nothing(data: str) -> None:
    story = page(article(SENTENCE), ld(data))
    assert story == Story(headline="Boats are late again this week", body=(SENTENCE,))


def test_open_graph_and_a_title_with_the_station_behind_it() -> None:
    head = (
        '<title>Boats late - Coast Radio</title><meta property="og:site_name" content="Coast Radio">'
        '<meta property="og:locale" content="haw_US"><meta name="author" content="https://social.example/ann">'
        '<meta property="og:url" content="javascript:alert(1)"><link rel="canonical" href="/relative">'
    )
    story = page(f"<p>{SENTENCE}</p>", head)
    assert story == Story(headline="Boats late", station="Coast Radio", language="haw", body=(SENTENCE,))


def test_nothing_of_scripts_styles_comments_and_forms_is_kept() -> None:
    hidden = (
        "<script>document.write('<p>Hidden words, which a script would write.</p>')</script>"
        "<style>p{content:'Hidden.'}</style>"
        "<!-- <p>Hidden words, in a comment.</p> --><template><p>Hidden words, in a template.</p></template>"
        "<noscript><p>Hidden words, for those without scripts.</p></noscript>"
        "<iframe srcdoc='<p>Hidden</p>'>Hidden</iframe>"
        "<form><p>Hidden words, in a form, which asks for money.</p></form><svg><text>Hidden</text></svg>"
        "<img src=x onerror='Hidden()' alt='Hidden'><p hidden onclick='Hidden()'></p>"
    )
    story = page(article(SENTENCE) + hidden + "<p>Nobody &lt;b&gt;knows&lt;/b&gt; more.</p>")
    assert "Hidden" not in repr(story)
    assert story.body == (SENTENCE, "Nobody <b>knows</b> more.")


def test_comments_links_and_tables_are_no_story() -> None:
    around = (
        '<div id="comments"><p>About time! I have waited for this boat since the last one left.</p></div>'
        "<table><tr><td>Boats and planes and everything else that moves</td><td>12</td></tr></table>"
    )
    linked = SENTENCE.replace("Monday", '<a href="/m">Monday</a>')
    assert page(article(linked, "Nobody knows more.") + around).body == (SENTENCE, "Nobody knows more.")


# Encodings


WORDS = f"Ferry Hour: Boats are late again at Kāneʻohe\n\n“{SENTENCE}” – and so on.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_of_text(encoding: str) -> None:
    story = read_story(WORDS.encode(encoding))
    assert story is not None
    assert (story.headline, story.body) == ("Boats are late again at Kāneʻohe", (f"“{SENTENCE}” – and so on.",))


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("cp1252", ""),
        ("cp1252", "iso-8859-1"),
        ("cp1252", "utf-8"),
        ("cp1252", "no-such-thing"),
        ("cp1252", "unicode_escape"),
        ("utf-8", "iso-8859-1"),
        ("utf-8", "utf-16"),
        ("utf-8", ""),
        ("iso-8859-15", "iso-8859-15"),
        ("mac-roman", "utf-7"),
    ],
)
def test_encodings_of_pages(encoding: str, declared: str) -> None:
    says = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    told = "Élise était à l'heure, dit-elle, mais le bateau n'y était pas encore."
    markup = f"<html><head>{says}</head>{article(told)}</html>"
    story = read_story(markup.encode(encoding))
    assert story is not None
    assert story.body == (told,) or encoding == "mac-roman"


def test_a_stray_byte_does_not_change_the_encoding() -> None:
    story = read_story(WORDS.encode() + b"\nIt was not \xe9 but something else.\n")
    assert story is not None
    assert story.headline == "Boats are late again at Kāneʻohe"
