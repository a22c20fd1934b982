"""A hostile page or text only gives no claims: reading it never raises, and ends."""

import re
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bounds import cpu_seconds
from support.program import PEAK_MEMORY, environment

from radio_archive.metadata.story.claims import claims_of, read_story
from radio_archive.metadata.story.sanitize import LARGEST_MARKUP, MOST_TAGS, sanitize
from radio_archive.models import Story, clean_text

STORIES = Path(__file__).parents[3] / "fixtures" / "stories"
TRUTH = tomllib.loads((STORIES / "truth.toml").read_text(encoding="utf-8"))
SENTENCE = "The boats were late again on Monday, and nobody can say why that is so."
ARTICLE = f"<article><h1>Boats are late again this week</h1><p>{SENTENCE}</p><p>Nobody knows more.</p></article>"
BOUND = 30.0
"""CPU seconds for the worst of pages."""
M = 1 << 20
HOSTILE = {
    "paragraphs": f"<html><p>{SENTENCE}" * (9 * M // 80),
    "attributes": "<html><p " + " ".join(f"a{i}=1" for i in range(500_000)) + ">x",
    "attributes behind a title": '<html><title><a b="</title><p ' + " ".join(f"a{i}" for i in range(500_000)) + '">',
    "brackets": "<html>" + "<" * 9 * M,
    "a tag without end": "<html><p a" + " " * 9 * M,
    "quotes": "<html><p " + "a=\" b=' " * M,
    "scripts without end": "<html>" + "<script>" * M,
    "comments without end": "<html>" + "<!--" * 2 * M,
    "nested": "<html>" + "<div>" * 10_000 + f"<p>{SENTENCE}" + "</div>" * 10_000,
    "nested captions": "<html>" + ("<div class=caption>" * 200 + "text" + "</div>" * 200) * 200,
    "nested biographies": "<html>" + "<div class=author-bio>" * 200 + "text is here. " * 500_000,
    "bylines": "<html>" + "<p>By Ann Lee | The Tide" * 40_000,
    "an entity bomb": '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1 or str()};" * 10}">' for i in range(1, 20))
    + "]><html><p>&a19;</p>",
    "one word": "<html><p>" + "x" * 9 * M,
    "one line": "word " * 2 * M,
    "a line again and again": "Boats are late again\n" * (M // 2),
    "marks": "a\u0300\u202e" * 3 * M,
    "signs": "© 2020-2021-2022 | ( / By " * (M // 4),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends(name: str) -> None:
    with cpu_seconds(BOUND):
        story = read_story(HOSTILE[name])
    check(story)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory a program had")
def test_fifty_megabytes_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "story.html"
    path.write_text(f"<html><body>{ARTICLE}<!-- {'x' * 1000} -->" + "<p>More words, and more.</p>\n" * (50 * M // 29))
    code = f"""{PEAK_MEMORY}
import pathlib, sys, time
from radio_archive.metadata.story.claims import read_story
print(read_story(pathlib.Path(sys.argv[1]).read_bytes()) is not None, peak_memory(), time.process_time())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, env=environment()
    )
    found, kibibytes, seconds = done.stdout.split()
    assert found == "True"
    assert float(seconds) < BOUND
    assert int(kibibytes) < 400 * 1024
    assert done.stderr == ""


def test_libraries_are_loaded_only_for_pages() -> None:
    code = (
        "import sys; from radio_archive.metadata.story.claims import read_story;"
        "read_story('Boats are late again\\n\\nThey were late on Monday, and nobody knows why.');"
        "print({'trafilatura', 'lxml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 1000, b"<", b"<html>", b"<html><body></body></html>", b"\xff\xfe", b"\xff" * 99, b"\x89PNG\r\n"],
)
@pytest.mark.parametrize("kind", [None, "html", "text"])
def test_content_without_a_story(content: bytes, kind: Literal["html", "text"] | None) -> None:
    assert read_story(content, kind=kind) is None


def test_nuls_within_a_page_are_nothing() -> None:
    assert read_story(f"<html>{ARTICLE}</html>".replace("a", "a\0")) == read_story(ARTICLE)


def test_markup_is_cut_at_its_bounds() -> None:
    assert len(sanitize("<p>x" * LARGEST_MARKUP).html) < 20 * MOST_TAGS
    attributes = " ".join(f"class{i}=x class={i}" for i in range(100))
    assert sanitize(f'<p {attributes} onclick="x"><a href="<b>\'">').html == '<p class="0"><a href="&lt;b&gt;\'">'
    assert sanitize("a < b > c <3 </ > <p/>").html == "a &lt; b &gt; c &lt;3  <p>"


# Fuzz


def check(story: Story | None) -> None:
    """All values are clean text."""
    if story is None:
        return
    values = [getattr(story, field.name) for field in fields(Story) if field.name not in {"body", "biography"}]
    for value in [*values, *story.body, *(story.biography or "x").split("\n\n")]:
        assert value is None or (value and value == clean_text(value))
    assert story.date is None or re.fullmatch(r"\d{4}-\d{2}-\d{2}", story.date)
    for claim in claims_of(story, "story"):
        assert 0 < claim.confidence <= 1
        claim.value.encode()
        assert claim.evidence == clean_text(claim.evidence)


PIECES = st.sampled_from(
    (
        "© 2025 Coast Radio|By Ann Lee|Ann Lee|Reef Notes: |FILE - |/|Photo: Ann Lee|Related Stories|Tags|0:00|“|”|: |"
        "(|)|| - |Published October 22, 2024|2024|Ann Lee is a reporter at Coast Radio.|She lives.|I'm Ann Lee|"
        "Boats are late again this week|The boats were late again on Monday, and nobody can say why.|"
        "\0|\x01|&#1;|&#x110000;|\u202e|ʻ|\ud800|\u2028|\x85"
    ).split("|")
)
LINES = st.lists(st.one_of(PIECES, st.text(max_size=20), st.just("\n")), max_size=40).map("".join)
TAGS = st.sampled_from(
    (
        "<p>|</p>|<div>|</div>|<figure>|</figure>|<figcaption>|<h1>|</h1>|<br>|<nav>|<article>|</article>|"
        "<time class=published datetime=2024-10-22>|<div class='author-bio'>|<div class=credit>|<div id=comments>|"
        "<a rel=author>|<table><tr><td>|</table>|<title>|</title>|<script>|</script>|<!--|-->|"
        "<script type=application/ld+json>|<html lang=en>|<body>|</body>|</html>|<|>|&|<p class=caption>|"
        '{"@type":"NewsArticle","headline":"|","author":{"name":"|"}|}|"|\'|<meta property=og:title content="|">|'
        "<li>|<blockquote>|&lt;|&#0;|&#xD800;|<svg>|<select>|<option>|<frameset>|<template>|<p a|<svg:p>|</|<?|"
        "<![CDATA["
    ).split("|")
)
MARKUP = st.lists(st.one_of(TAGS, TAGS, PIECES, st.text(max_size=10)), max_size=60).map("".join)


@settings(max_examples=300)
@given(text=LINES)
def test_any_text_is_read_or_not(text: str) -> None:
    check(read_story(text, kind="text"))


@settings(max_examples=300)
@given(markup=MARKUP)
def test_any_markup_is_read_or_not(markup: str) -> None:
    check(read_story(markup, kind="html"))


@settings(max_examples=150)
@given(content=st.binary(max_size=300) | MARKUP.map(lambda text: text.encode("utf-16", "replace")))
def test_any_bytes_are_read_or_not(content: bytes) -> None:
    check(read_story(content))


@settings(max_examples=100)
@given(name=st.sampled_from(sorted(TRUTH)), form=st.sampled_from(["txt", "html"]), data=st.data())
def test_damaged_fixtures_are_read_or_not(name: str, form: str, data: st.DataObject) -> None:
    content = (STORIES / f"{name}.{form}").read_bytes()
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 500))
        content = content[:start] + data.draw(st.binary(max_size=5)) + content[start + length :]
    check(read_story(content))
