"""Publishing again: what has not changed keeps its bytes and its time, so that only the rest is sent to the host."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from support.spoken_archive import say
from untidy_archive import build

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.config.settings import SiteOptions
from radio_archive.publish import static
from radio_archive.publish.folder import MARK

CLIPS = 20
OPTIONS = SiteOptions(url="https://reef.example/")

Files = dict[str, tuple[int, bytes]]
"""The time and the content of each file, by its path."""


@dataclass(frozen=True, slots=True)
class Publications:
    """Three of one archive: the second after nothing has changed, the third with one more clip."""

    folder: Path
    files: tuple[Files, Files, Files]
    page: str
    """The folder of the new clip's page."""
    beside: tuple[str, ...]
    """Those of the clips before and after it."""


@pytest.fixture(scope="module")
def publications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publications]:
    home = tmp_path_factory.mktemp("again")
    build(home / "archive", CLIPS)
    with Archive(home / "archive") as archive:
        found = [published(archive, home / "site"), published(archive, home / "site")]
        uid = say(
            archive, "The last ferry.", title="Last", show="Reef Radio News", reporter="Ana Keo", date="2005-06-01"
        )
        found.append(published(archive, home / "site"))
        clip = read.clip(archive, uid, read.Part.ADDRESS)
        beside = [read.beside(archive, clip, later=later) for later in (False, True)]
        yield Publications(
            home / "site", (found[0], found[1], found[2]), clip.address, tuple(one.address for one in beside if one)
        )


def published(archive: Archive, folder: Path) -> Files:
    static.publish(archive, folder, OPTIONS, audio=False, gzipped=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_nothing_changes_if_nothing_has_changed(publications: Publications) -> None:
    first, second, _ = publications.files
    assert first == second
    assert MARK in first


def test_one_more_clip_changes_what_must_change(publications: Publications) -> None:
    _, before, after = publications.files
    changed = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    assert all(before[path][1] != after[path][1] for path in changed), "no file has only another time"
    pages = {path.removesuffix(".gz").removesuffix("/index.html") for path in changed}
    of_clips = {path for path in pages if f"{path}.vtt" in after}
    assert of_clips == set(publications.beside)
    assert 0 < len(of_clips) <= 2
    # A day of the calendar leads to those before and after it.
    lists = r"(index|about|people|all|all/2005|reef-radio-news|people/ana-keo|browse|on|on/\d\d-\d\d)"
    known = re.compile(
        rf"{lists}(/-/(page|year)-[0-9-]+)?(/index)?(\.(json|rss|atom|html|xml))?|search|sitemap(-.*)?\.xml"
    )
    assert [path for path in pages - of_clips if not known.fullmatch(path)] == []
    new = {path.removesuffix(".gz") for path in after.keys() - before.keys() if not path.startswith("search/")}
    ends = ("/index.html", ".json", ".vtt", ".srt", ".txt", ".cms.html", ".transcript.json")
    own = {f"{publications.page}{end}" for end in ends}
    (player,) = (path for path in new - own if not known.fullmatch(path))
    assert own < new
    assert re.fullmatch(r"embed/\w+/index\.html", player)
    # What was said in earlier clips is in files of the search that need not be sent again.
    texts = [path for path in before if path.startswith("search/t/") and not path.endswith(".gz")]
    assert len(set(texts) - after.keys()) == 1 < len(texts)


def test_what_is_packed_beside_a_file_is_that_file(publications: Publications) -> None:
    _, _, files = publications.files
    packed = {path.removesuffix(".gz") for path in files if path.endswith(".gz")}
    assert {Path(path).suffix for path in packed} >= {".html", ".js", ".css", ".json", ".rss", ".xml", ".vtt", ".txt"}
    for path in packed:
        assert gzip.decompress(files[f"{path}.gz"][1]) == files[path][1]
        assert len(files[f"{path}.gz"][1]) < len(files[path][1])


def test_every_page_has_a_policy_of_its_own(publications: Publications) -> None:
    pages = [content.decode() for path, (_, content) in publications.files[2].items() if path.endswith("index.html")]
    assert len(pages) > CLIPS
    for page in pages:
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
        assert unescape(policy).startswith("default-src 'none'; ")
        assert "frame-ancestors" not in policy, "browsers ignore it there, and complain"
        assert page.index(policy) < page.index("<title>")
