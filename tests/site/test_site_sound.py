"""Sound over HTTP: every kind of range, nothing but digests, and names that people give files."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from support.visitor import Visitor

from radio_archive.archive.archive import Archive
from radio_archive.audio.examine import examine
from radio_archive.models import Clip
from radio_archive.site.urls import suffix


@pytest.fixture(scope="module")
def visitor(demo_archive: Path) -> Visitor:
    return Visitor(demo_archive)


@pytest.fixture(scope="module")
def entry(visitor: Visitor) -> Clip:
    return visitor.entry("undersea cable")


@pytest.fixture(scope="module")
def content(demo_archive: Path, entry: Clip) -> bytes:
    return next((demo_archive / "media").glob(f"*/{entry.recording.sha256}.mp3")).read_bytes()


def test_the_whole_of_it(visitor: Visitor, entry: Clip, content: bytes) -> None:
    answer = visitor.get(f"/audio/{entry.recording.sha256}.mp3")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(content))
    assert "public" in answer.headers["cache-control"]
    head = visitor.ask("HEAD", f"/audio/{entry.recording.sha256}.mp3")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(content))
    assert visitor.ask("POST", f"/audio/{entry.recording.sha256}").status_code in {403, 405}


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=100-", 100, -1),
        ("bytes=0-", 0, -1),
        ("bytes=-50", -50, -1),
        ("bytes=-999999999", 0, -1),
        ("bytes=100-999999999", 100, -1),
    ],
)
def test_a_range_is_answered_with_it(
    visitor: Visitor, entry: Clip, content: bytes, asked: str, first: int, last: int
) -> None:
    size = len(content)
    begin, end = first % size if first < 0 else first, last % size if last < 0 else last
    answer = visitor.get(f"/audio/{entry.recording.sha256}", range=asked)
    assert answer.status_code == 206
    assert answer.content == content[begin : end + 1]
    assert answer.headers["content-range"] == f"bytes {begin}-{end}/{size}"
    assert answer.headers["content-length"] == str(end - begin + 1)


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_outside_of_it_is_refused(visitor: Visitor, entry: Clip, content: bytes, asked: str) -> None:
    answer = visitor.get(f"/audio/{entry.recording.sha256}", range=asked)
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes", "bytes=0-1,3-4", "bytes=1-2x"]
)
def test_a_range_that_makes_no_sense_is_no_range(visitor: Visitor, entry: Clip, content: bytes, asked: str) -> None:
    answer = visitor.get(f"/audio/{entry.recording.sha256}", range=asked)
    assert (answer.status_code, answer.content) == (200, content)


def test_what_a_browser_has_is_not_sent_again(visitor: Visitor, entry: Clip) -> None:
    path = f"/audio/{entry.recording.sha256}"
    etag = visitor.ask("HEAD", path).headers["etag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = visitor.get(path, if_none_match=known, range="bytes=0-9")
        assert (answer.status_code, answer.content) == (304, b"")
    assert visitor.get(path, if_none_match='"other"').status_code == 200
    assert visitor.get(path, if_range=etag, range="bytes=0-9").status_code == 206
    for stale in ('"other"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        assert visitor.get(path, if_range=stale, range="bytes=0-9").status_code == 200


def test_a_cookie_does_not_keep_it_from_being_cached(visitor: Visitor, entry: Clip, own_archive: Path) -> None:
    answer = visitor.get(f"/audio/{entry.recording.sha256}", cookie="theme=dark")
    assert "no-store" not in answer.headers["cache-control"]
    assert "public" in answer.headers["cache-control"]
    # Where hidden clips are shown, nothing may stay behind.
    private = Visitor(own_archive, private=True).get(f"/audio/{entry.recording.sha256}")
    assert private.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in private.headers


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64, "0" * 63, "0" * 65, "", "../archive.db", "..%2farchive.db", "%2e%2e%2farchive.db",
        "....//archive.db", "/etc/passwd", "~2e~2e~2farchive.db", "0" * 64 + "/../../archive.db", "0" * 64 + ".mp3/..",
        "0" * 64 + "%00", "%00", "radio-archive.toml", "G" * 64, "a" * 5000,
    ],
)  # fmt: skip
def test_no_other_address_leads_to_a_file(visitor: Visitor, name: str) -> None:
    answer = visitor.get(f"/audio/{name}")
    assert answer.status_code in {302, 404}
    assert b"SQLite format" not in answer.content


def test_a_digest_in_capitals_is_another_address(visitor: Visitor, entry: Clip) -> None:
    assert visitor.get(f"/audio/{entry.recording.sha256.upper()}").status_code == 404


def test_a_file_that_is_gone_is_not_found(own_archive: Path, entry: Clip) -> None:
    next((own_archive / "media").glob(f"*/{entry.recording.sha256}.mp3")).unlink()
    visitor = Visitor(own_archive)
    assert visitor.get(f"/audio/{entry.recording.sha256}").status_code == 404
    assert visitor.get(f"/audio/{entry.recording.sha256}/quote?start=1&end=2").status_code == 404
    assert visitor.get(f"/{entry.address}").status_code == 200


def test_downloads_are_named_as_people_name_files(own_archive: Path, entry: Clip) -> None:
    with Archive(own_archive) as archive, archive.writing():
        archive.db.execute(
            "UPDATE clips SET title = ? WHERE uid = ?", ['a "b"\\c/../d: ʻŌlelo\r\nSet-Cookie: x', entry.uid]
        )
    answer = Visitor(own_archive).get(f"/audio/{entry.recording.sha256}?download=1")
    shown = answer.headers["content-disposition"]
    name = unquote(shown.partition("filename*=UTF-8''")[2])
    assert name == "Pacific Report - 2024-10-22 - a b c .. d ʻŌlelo Set-Cookie x.mp3"
    assert "set-cookie" not in answer.headers
    assert "content-disposition" not in Visitor(own_archive).get(f"/audio/{entry.recording.sha256}").headers


def test_a_passage_can_be_saved(visitor: Visitor, entry: Clip, tmp_path: Path) -> None:
    answer = visitor.get(f"/audio/{entry.recording.sha256}/quote?start=10&end=14.5")
    assert answer.status_code == 200
    assert "An undersea cable" in unquote(answer.headers["content-disposition"])
    saved = tmp_path / "quote.mp3"
    saved.write_bytes(answer.content)
    assert examine(saved).recording.duration == pytest.approx(4.5, abs=0.15)


@pytest.mark.parametrize(
    "query", ["", "start=1", "start=5&end=2", "start=0&end=500", "start=a&end=b", "start=-1&end=2", "start=nan&end=inf"]
)
def test_a_passage_that_makes_no_sense_is_refused(visitor: Visitor, entry: Clip, query: str) -> None:
    assert visitor.get(f"/audio/{entry.recording.sha256}/quote?{query}").status_code == 400


def test_a_passage_after_the_end_has_no_sound(visitor: Visitor, entry: Clip) -> None:
    assert visitor.get(f"/audio/{entry.recording.sha256}/quote?start=9000&end=9001").status_code == 422


@pytest.mark.parametrize(
    ("media_type", "expected"), [("audio/mpeg", ".mp3"), ("audio/wav", ".wav"), ("audio/amr", ".amr"), ("x/y", "")]
)
def test_a_download_has_the_usual_suffix_of_its_kind(media_type: str, expected: str) -> None:
    assert suffix(media_type) == expected
