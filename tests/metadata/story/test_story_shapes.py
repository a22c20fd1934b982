"""Shapes of pages and pastes: dates, suffixes, captions, owners of copyrights, kickers, Markdown, mail, newsletters."""

import pytest

from radio_archive.metadata.resolve import is_proposal
from radio_archive.metadata.story.claims import claims_of, read_story
from radio_archive.models import Field, Story

SENTENCE = "The boats were late again on Monday, and nobody can say why that is so."
MORE = "Passengers waited for two hours in the rain, until the first of them came in at noon."
HEADLINE = "Boats are late again this week"
BIOGRAPHY = "Ann Lee has been the ferry reporter at Coast Radio since 2011."


def page(inner: str, head: str = f"<title>{HEADLINE}</title>") -> Story:
    story = read_story(f"<!DOCTYPE html><html><head>{head}</head><body>{inner}</body></html>", kind="html")
    assert story is not None
    return story


def article(between: str = "", above: str = "", below: str = "") -> str:
    return f"<article>{above}<h1>{HEADLINE}</h1>{between}<p>{SENTENCE}</p><p>{MORE}</p>{below}</article>"


def pasted(text: str) -> Story:
    story = read_story(text, kind="text")
    assert story is not None
    return story


@pytest.mark.parametrize(
    ("markup", "date"),
    [
        (article('<div><time datetime="2024-10-22T05:01:00-04:00">October 22, 2024</time></div>'), "2024-10-22"),
        (article('<time datetime="2024-10-22">today</time><time datetime="2024-10-25">updated</time>'), "2024-10-22"),
        (article("", below='<ul><li><time datetime="2023-01-01">Another story</time></li></ul>'), None),
        (article(below='<time datetime="2023-01-01">x</time>').replace("The boats", "The <b>boats</b>"), None),
        (article("", above='<time datetime="2023-01-01">Now on air</time>'), None),
        (article("<time datetime='PT3M20S'>3:20</time>"), None),
    ],
)
def test_the_time_between_heading_and_text_is_the_date(markup: str, date: str | None) -> None:
    assert page(markup).date == date


@pytest.mark.parametrize(
    "title",
    [f"{HEADLINE} – OW – 10/22/2024", f"{HEADLINE} | News | Coast Radio", f"{HEADLINE} - Coast Radio - 22.10.2024"],
)
def test_what_follows_the_heading_in_a_title_is_cut(title: str) -> None:
    head = (
        f'<title>{title}</title><meta property="og:title" content="{title}">'
        '<meta property="og:site_name" content="ow.example">'
    )
    story = page(article(), head)
    assert (story.headline, story.station) == (HEADLINE, None)
    alone = page(f"<p>{SENTENCE}</p><p>{MORE}</p>", '<meta property="og:title" content="Boats late – 22.10.2024">')
    assert alone.headline == "Boats late"


@pytest.mark.parametrize(
    ("caption", "read", "credit"),
    [
        ("Audio", None, None),
        ("Getty Images", None, "Getty Images"),
        ("Listen", None, None),
        ("The pier", "The pier", None),
    ],
)
def test_a_caption_says_something(caption: str, read: str | None, credit: str | None) -> None:
    story = page(article(f'<figure><img src="a.jpg"><figcaption>{caption}</figcaption></figure>'))
    assert (story.caption, story.picture_credit) == (read, credit)


@pytest.mark.parametrize(
    ("lines", "station"),
    [
        (["© 2025 Brightpage Digital Solutions"], None),
        (["© 2025 Brightpage Digital Solutions", "© 2025 Coast Public Radio"], "Coast Public Radio"),
        (["© 2025 KCST"], "KCST"),
        (["Photo © Iris Wong 2024"], None),
    ],
)
def test_only_a_broadcaster_in_a_copyright_line_is_the_station(lines: list[str], station: str | None) -> None:
    story = pasted("\n".join([HEADLINE, "By Ann Lee", SENTENCE, MORE, *lines]))
    claims = [claim for claim in claims_of(story, "a.txt") if claim.field == Field.STATION and not is_proposal(claim)]
    assert [claim.value for claim in claims] == ([station] if station else [])


def test_a_byline_block_in_one_line() -> None:
    block = (
        '<div><span><a href="/a">Petra Lund</a></span><span> · </span><span>KCST News</span><span> · </span>'
        '<time datetime="2024-10-22T09:30:15.000-03:30">Posted: Oct 22, 2024 9:30 AM NDT | '
        "Last Updated: October 23, 2024</time></div>"
    )
    story = page(article(block))
    assert (story.reporter, story.date) == ("Petra Lund", "2024-10-22")


KICKED = f"© 2025 Coast Radio\nPlay Live Radio\nHARBOR WATCH\n{HEADLINE}\n\n{SENTENCE}\n\n{MORE}\n\n{BIOGRAPHY}\n"


def test_a_kicker_proposes_the_show() -> None:
    for story in (pasted(KICKED), page(article(above="<p>HARBOR WATCH</p>"))):
        assert (story.show, story.headline) == ("HARBOR WATCH", HEADLINE)
        assert [is_proposal(claim) for claim in claims_of(story, "a") if claim.field == Field.SHOW] == [True]


@pytest.mark.parametrize(
    "line", ["NEWS", "LOCAL NEWS", "Listen Live", "Home | Shows", "Coast Radio", "October 22, 2024"]
)
def test_what_is_no_kicker(line: str) -> None:
    assert pasted(KICKED.replace("HARBOR WATCH", line)).show is None


MARKDOWN = f"""# {HEADLINE}

*© 2025 [Coast Radio](https://coast.example/)*

![The pier](https://coast.example/pier.jpg)

{SENTENCE}

> {MORE}

**Ann Lee** has been the ferry reporter at [Coast Radio](https://coast.example/) since 2011.

## Related Stories

- [Another story](https://coast.example/)
"""
MAIL = "On Tue, Oct 22, 2024 at 9:14, Lea Park wrote:\n> Subject: boats\n>\n" + "".join(
    f"> {line}\n" for line in (f"© 2025 Coast Radio\n{HEADLINE}\n\n{SENTENCE}\n\n{MORE}\n\n{BIOGRAPHY}").splitlines()
)
NEWSLETTER = KICKED.replace(BIOGRAPHY, f"Sign up for our newsletter to get the news in your inbox.\n\n{BIOGRAPHY}")


@pytest.mark.parametrize("text", [MARKDOWN, MAIL, NEWSLETTER], ids=["markdown", "mail", "newsletter"])
def test_a_story_however_it_came(text: str) -> None:
    story = pasted(text)
    assert (story.headline, story.station, story.reporter) == (HEADLINE, "Coast Radio", "Ann Lee")
    assert story.body == (SENTENCE, MORE)
    assert story.biography == BIOGRAPHY


def test_a_biography_of_three_paragraphs() -> None:
    more = ["He came to the islands in 1994.", "In the years before, Lee taught at a school, where he rowed."]
    story = pasted(KICKED + "\n".join(more))
    assert story.biography == "\n\n".join([BIOGRAPHY, *more])
    assert story.body == (SENTENCE, MORE)


@pytest.mark.parametrize(
    ("text", "reporter"),
    [
        (f"{HEADLINE}\n\n{SENTENCE}\n\n{MORE}\n\nBy Ann Lee", "Ann Lee"),
        (f"{HEADLINE}\n\n{SENTENCE}\n\n{MORE}\n\nReported by Ann Lee for Reef Notes. Photo: Coast Radio", "Ann Lee"),
        (f"{HEADLINE}\nHILO — By Ann Lee\n\n{SENTENCE}\n\n{MORE}", "Ann Lee"),
        (f"{HEADLINE}\n\n{SENTENCE}\n\n{MORE}\n\nBy Monday they may be in.", None),
    ],
)
def test_who_signs_a_story_anywhere_is_its_reporter(text: str, reporter: str | None) -> None:
    claims = [claim for claim in claims_of(pasted(text), "a.txt") if claim.field == Field.REPORTER]
    assert [claim.value for claim in claims if not is_proposal(claim)] == ([reporter] if reporter else [])


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        (f"{HEADLINE}\nAnn Lee\n\n{SENTENCE}\n\n{MORE}", "Ann Lee"),
        (f"{HEADLINE}\nAnn Lee, Reef Notes\n\n{SENTENCE}\n\n{MORE}", "Ann Lee"),
        (f"{HEADLINE}\n\n{SENTENCE}\n\n{MORE}\n\nAnn Lee, Reef Notes\n", "Ann Lee"),
        (f"{HEADLINE}\n\n{SENTENCE}\n\n{MORE}\n\nAnn Lee reports on harbors for Reef Notes.", "Ann Lee"),
        # The story speaks of her, so she is one of those in it.
        (f"{HEADLINE}\nAnn Lee\n\n{SENTENCE}\n\n{MORE} Lee swam.", None),
        (f"{HEADLINE}\nLate Boats\n\n{SENTENCE}\n\n{MORE}", None),
    ],
)
def test_a_name_that_may_sign_is_a_proposal(text: str, proposed: str | None) -> None:
    claims = [claim for claim in claims_of(pasted(text), "a.txt") if claim.field == Field.REPORTER]
    assert [(claim.value, is_proposal(claim)) for claim in claims] == ([(proposed, True)] if proposed else [])
