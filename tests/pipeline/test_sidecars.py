"""What is wrong with the files beside a recording is said by `add` and `show`; they are kept whatever is in them."""

import json
from pathlib import Path

import pytest
from support.audio_files import mp3
from support.listening import Listening
from support.program import run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, sidecars
from radio_archive.config.settings import Settings
from radio_archive.formats.captions import read_captions
from radio_archive.metadata.feed.claims import sidecar_of
from radio_archive.metadata.feed.reader import Feed, FeedItem
from radio_archive.models import Ingested
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import LARGEST_SIDECAR, InputFile
from radio_archive.pipeline.request import Request

SRT = "1\n00:00:00,000 --> 00:00:01,000\nThe tide came in.\n\n2\n00:00:01,000 --> 00:00:02,000\nIt was señor Ibáñez.\n"
SEGMENTS = [{"start": 0.0, "end": 1.0, "text": " The tide came in."}, {"start": 1.0, "end": 2.0, "text": " It went."}]


def archived(tmp_path: Path, name: str, content: bytes) -> Ingested:
    """Add a recording of two seconds with a file beside it, and return the result."""
    path = mp3(tmp_path / "piece.mp3", 2.0)
    (tmp_path / name).write_bytes(content)
    with Archive.create(tmp_path / "archive", "") as archive:
        [result] = Ingest(archive, Listening("en"), Request.of(archive, Settings())).run([InputFile(path)])
        assert result.clip
        assert sidecars.contents(archive, result.clip) == ((name, content),)
        return result


def shown(tmp_path: Path, result: Ingested) -> str:
    return run("show", str(result.clip), "--archive", tmp_path / "archive").out


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("piece.json", b'{"title": "The tide"', "piece.json: it is no valid JSON: Expecting ',' delimiter"),
        ("piece.json", '{"title": "Señor"}'.encode("latin-1"), "piece.json: it is not UTF-8"),
        ("piece.json", b'[{"title": "The tide"}]', "piece.json: it is a list, not an object with keys"),
        (
            "piece.json",
            b'{"title": "The tide", "date": "22.10.2024"}',
            "piece.json: date is '22.10.2024': write a date",
        ),
        ("piece.toml", b"title = The tide", "piece.toml: it is no valid TOML"),
        ("piece.srt", b"The tide came in.", "piece.srt: no captions can be read in it"),
        ("piece.srt", SRT.encode("cp1252"), "piece.srt: it is not UTF-8, and was read as Windows-1252"),
        ("piece.srt", SRT.replace("00:00:02,", "00:09:02,").encode(), "piece.srt: it goes on until 9:02, but the rec"),
        (
            "piece.srt",
            SRT.replace("00:00:00,000 -->", "0 -->").encode(),
            "piece.srt: the times of 1 cue cannot be read",
        ),
        (
            "piece.vtt",
            b"WEBVTT\n\n00:02.000 --> 00:03.000\nb\n\n00:00.000 --> 00:01.000\na\n",
            "piece.vtt: its cues are",
        ),
        ("piece.srt", SRT.replace("tide", "tide " * 2_000).encode(), "piece.srt: it has more words than can be said"),
        ("piece.script.txt", b"word " * 2_000, "piece.script.txt: it has more words than can be said"),
        ("piece.srt", b"\x89PNG\x00" + SRT.encode("cp1252"), "piece.srt: no captions can be read in it"),
    ],
)
def test_what_is_wrong_is_said_and_the_file_is_kept(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    result = archived(tmp_path, name, content)
    assert [warning for warning in result.warnings if warning.startswith(problem)], result.warnings
    assert problem in " ".join(shown(tmp_path, result).split())
    document = json.loads(run("show", str(result.clip), "--json", "--archive", tmp_path / "archive").out)
    [told] = document["sidecar_problems"]
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("piece.srt", SRT.encode(), "The tide came in. It was señor Ibáñez."),
        ("piece.srt", SRT.encode("utf-16"), "The tide came in. It was señor Ibáñez."),
        ("piece.srt", SRT.encode("cp1252"), "The tide came in. It was señor Ibáñez."),
        ("piece.vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ann Lee>The tide\n", "The tide"),
        ("piece.json", json.dumps({"segments": SEGMENTS, "language": "en"}).encode(), "The tide came in. It went."),
        (
            "piece.json",
            json.dumps({"version": "1.0.0", "segments": [{"startTime": 0, "endTime": 1, "body": "The tide"}]}).encode(),
            "The tide",
        ),
    ],
)
def test_a_transcript_beside_the_audio_is_read(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    result = archived(tmp_path, name, content)
    with Archive(tmp_path / "archive", read_only=True) as archive:
        transcripts = read.clip(archive, str(result.clip), read.Part.SOURCES).transcripts
        assert [(one.model, one.words, one.current) for one in transcripts if one.engine == "captions"] == [
            (name, len(words.split()), False)
        ]
    found = read_captions(content, origin="import", name=name)
    assert found
    assert found.text == words
    assert f"{name}: a transcript of {len(words.split())} words" in shown(tmp_path, result)


def test_json_that_is_a_transcript_and_says_more_is_both(tmp_path: Path) -> None:
    content = json.dumps({"title": "The tide", "segments": SEGMENTS}).encode()
    result = archived(tmp_path, "piece.json", content)
    told = "piece.json is not taken for the text: nothing was heard with which it could be compared"
    assert [warning for warning in result.warnings if "piece.json" in warning] == [told]
    text = shown(tmp_path, result)
    assert "The tide  ← sidecar: sidecar piece.json: title" in text
    assert "piece.json: a transcript of 6 words" in text


def test_a_sound_sidecar_is_no_problem(tmp_path: Path) -> None:
    result = archived(tmp_path, "piece.json", b'{"title": "The tide", "date": "2024-10-22", "segments": 5}')
    assert not [warning for warning in result.warnings if "piece" in warning]
    document = json.loads(run("show", str(result.clip), "--json", "--archive", tmp_path / "archive").out)
    assert document["sidecar_problems"] == []


def test_a_sidecar_that_is_not_kept_is_told_of(tmp_path: Path) -> None:
    path = mp3(tmp_path / "piece.mp3", 2.0)
    with (tmp_path / "piece.srt").open("wb") as file:
        file.truncate(LARGEST_SIDECAR + 1)
    with Archive.create(tmp_path / "archive", "") as archive:
        [result] = Ingest(archive, Listening("en"), Request.of(archive, Settings())).run([InputFile(path)])
    [warning] = [warning for warning in result.warnings if "piece.srt" in warning]
    assert warning == "piece.srt: it was not kept: 16,777,217 bytes, and 16,777,216 is the most"


def test_what_yt_dlp_writes_beside_a_recording(tmp_path: Path) -> None:
    content = b'{"title": "The tide", "upload_date": "20241022", "uploader": "tides", "_type": "video"}'
    result = archived(tmp_path, "piece.info.json", content)
    text = shown(tmp_path, result)
    assert "The tide  ← sidecar: sidecar piece.info.json: title" in text
    assert "2024-10-22  ← sidecar: sidecar piece.info.json: upload_date" in text


@pytest.mark.parametrize(
    ("suffix", "content"), [(".txt", "The tide came in."), (".html", "<html><p>The tide <b>came</b> in.</p>")]
)
def test_a_transcript_of_a_feed_without_times(tmp_path: Path, suffix: str, content: str) -> None:
    path = mp3(tmp_path / "piece.mp3", 2.0)
    item = FeedItem("tide-7", title="The tide clock")
    feed = sidecar_of(Feed("https://coast.example/feed", title="Harbor Watch"), item, transcript_suffixes=[suffix])
    (tmp_path / "piece.json").write_bytes(feed)
    (tmp_path / f"piece{suffix}").write_text(content, encoding="utf-8")
    with Archive.create(tmp_path / "archive", "") as archive:
        [result] = Ingest(archive, Listening("en"), Request.of(archive, Settings())).run([InputFile(path)])
    assert f"piece{suffix}: a transcript of 4 words, without times" in shown(tmp_path, result)
