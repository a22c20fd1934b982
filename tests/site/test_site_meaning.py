"""Close in meaning, on the site: below the results of a search, and beside a clip. Only where it is turned on."""

import re
from pathlib import Path

import pytest
from support.topics import Topics
from support.visitor import Visitor

from radio_archive.archive.archive import Archive
from radio_archive.archive.index import embeddings
from radio_archive.archive.public.copy import copy_published
from radio_archive.speech.catalog import SENTENCES
from radio_archive.speech.sentences import SentenceEmbedder

CABLE, REEF, HIDDEN = "An undersea cable", "Coral reefs", "Whales"


class Prepared(Topics):
    """Vectors by topics, stored as if the model had made them: enough for clips, which need no model any more."""

    name = SENTENCES.name


def titles(html: str, heading: str) -> list[str]:
    """Return the titles of the clips under a heading."""
    under = html.partition(f'<h2 id="{heading}">')[2].partition("</section>")[0]
    return re.findall(r'<h3[^>]*><a href="[^"]*">([^<]*)</a>', under)


@pytest.fixture
def related(own_archive: Path) -> Path:
    """The demo archive; three of its clips speak of reefs only, and one of these is hidden."""
    with Archive(own_archive) as archive:
        clips = [key for (key,) in archive.db.execute("SELECT id FROM clips ORDER BY id LIMIT 3")]
        for key in clips:
            archive.db.execute("UPDATE segments SET text = 'Coral reef polyps bleaching.' WHERE clip_id = ?", [key])
        archive.db.execute("UPDATE clips SET title = 'Reef ' || id WHERE id <= ?", [max(clips)])
        archive.db.execute("UPDATE clips SET visibility = 'private', title = 'Secret' WHERE id = ?", [clips[2]])
        archive.db.conn.commit()
        embeddings.update(archive, Prepared())
    return own_archive


def page_of(visitor: Visitor, title: str) -> str:
    return str(visitor.get("/" + visitor.entry(title).address).text)


def test_a_clip_names_those_about_the_same_and_no_hidden_one(related: Path) -> None:
    page = page_of(Visitor(related, meaning=True), "Reef 1")
    assert titles(page, "related")[0] == "Reef 2"
    assert "Secret" not in page
    private = page_of(Visitor(related, private=True, meaning=True), "Reef 1")
    assert set(titles(private, "related")[:2]) == {"Reef 2", "Secret"}


def test_without_the_option_or_in_a_copy_there_is_nothing_of_it(related: Path, tmp_path: Path) -> None:
    assert 'id="related"' not in page_of(Visitor(related), "Reef 1")
    (tmp_path / "copy").mkdir()
    with Archive(related, read_only=True) as archive:
        copy_published(archive, tmp_path / "copy" / "archive.db")
    page = page_of(Visitor(tmp_path / "copy", immutable=True, meaning=True), "Reef 1")
    assert 'id="related"' not in page


def test_a_clip_that_is_hidden_while_the_site_runs_is_no_longer_named(related: Path) -> None:
    visitor = Visitor(related, meaning=True)
    assert "Reef 2" in titles(page_of(visitor, "Reef 1"), "related")
    with Archive(related) as archive, archive.writing():
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE title = 'Reef 2'")
    assert "Reef 2" not in page_of(visitor, "Reef 1")


@pytest.fixture
def prepared(real_minilm: Path, own_archive: Path) -> Path:
    with Archive(own_archive) as archive:
        embeddings.update(archive, SentenceEmbedder(1))
    return own_archive


def test_a_search_shows_what_is_close_below(prepared: Path) -> None:
    visitor = Visitor(prepared, meaning=True)
    page = visitor.get("/search?q=internet+line+below+the+ocean").text
    assert titles(page, "close")[0].startswith(CABLE)
    data = visitor.get("/search.json?q=internet+line+below+the+ocean").json()
    assert data["clips"] == []
    first = data["close_in_meaning"][0]
    assert first["title"].startswith(CABLE)
    assert first["passages"][0]["where"] == "meaning"
    assert "#t=" in first["passages"][0]["url"]
    for address in ("/search?q=xqzvbn", "/search?q=%22internet+line%22", "/search?q=internet+line&page=2"):
        assert 'id="close"' not in visitor.get(address).text
    assert 'id="close"' not in Visitor(prepared).get("/search?q=internet+line+below+the+ocean").text


def test_a_search_shows_no_hidden_clip(prepared: Path) -> None:
    with Archive(prepared) as archive, archive.writing():
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE title LIKE ? || '%'", [CABLE])
    address = "/search.json?q=internet+line+below+the+ocean"
    found = Visitor(prepared, meaning=True).get(address).json().get("close_in_meaning", [])
    assert not [clip for clip in found if clip["title"].startswith(CABLE)]
    shown = Visitor(prepared, private=True, meaning=True).get(address).json()["close_in_meaning"]
    assert shown[0]["title"].startswith(CABLE)


def test_script_in_a_passage_is_text(prepared: Path) -> None:
    with Archive(prepared) as archive:
        archive.db.execute("UPDATE segments SET text = '<script>fire</script> ' || text")
        archive.db.conn.commit()
        embeddings.update(archive, SentenceEmbedder(1))
    page = Visitor(prepared, meaning=True).get("/search?q=internet+line+below+the+ocean").text
    assert "&lt;script&gt;fire" in page.partition('id="close"')[2]
    assert "<script>fire" not in page
