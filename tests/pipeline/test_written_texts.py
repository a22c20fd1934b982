"""Captions and scripts that come with a clip become its text, if they are of it, and a person may decide otherwise."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.audio_files import mp3
from support.listening import Hearing
from support.program import environment, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, read, save, sidecars, versions
from radio_archive.archive.filters import Filters
from radio_archive.config.settings import TEMPLATE, Settings, StationOptions
from radio_archive.formats.captions import read_captions
from radio_archive.metadata.feed.claims import sidecar_of
from radio_archive.metadata.feed.reader import Feed, FeedItem
from radio_archive.models import Ingested
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import InputFile
from radio_archive.pipeline.request import Request, naming
from radio_archive.pipeline.retag import reread
from radio_archive.search.search import search

HEARD = "This is harbor watch. Three fairies sank off the pier. Nobody drowned. For harbor watch I'm kay oh law."
TEXT = "This is Harbor Watch. Three ferries sank off the pier. Nobody drowned. For Harbor Watch, I'm Keola Nāone."
OTHER = "Rain fell on the taro fields of Hanalei again, and growers counted what was left of their spring crop."


def srt(text: str, start: float = 0.0, end: float = 10.0) -> bytes:
    """Return captions of one line."""
    times = " --> ".join(f"00:00:{second:06.3f}".replace(".", ",") for second in (start, end))
    return f"1\n{times}\n{text}\n".encode()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as opened:
        yield opened


def added(archive: Archive, beside: Mapping[str, bytes], settings: Settings | None = None) -> Ingested:
    """Add a recording in which HEARD is heard, with files beside it, whose names begin with `piece`."""
    path = mp3(archive.folder.parent / "piece.mp3", 11.0)
    for name, content in beside.items():
        path.with_name(name).write_bytes(content)
    engine = Hearing(HEARD)
    [result] = Ingest(archive, engine, Request.of(archive, settings or Settings())).run([InputFile(path)])
    assert result.clip, result.error
    return result


def heard_again(archive: Archive, uid: str, text: str) -> Ingested:
    ingest = Ingest(archive, Hearing(text), Request.of(archive, Settings(), force=True))
    [result] = ingest.run(ingest.recordings([uid]))
    assert result.clip == uid, result.error
    return result


def text(archive: Archive, uid: str) -> str:
    return "".join(word.text for word in read.clip(archive, uid, read.Part.WORDS).words).strip()


def current(archive: Archive, uid: str) -> int:
    transcript = read.clip(archive, uid, read.Part.TEXT).transcript
    assert transcript
    return transcript.number


FEED = sidecar_of(
    Feed("https://coast.example/feed", title="Harbor Watch"),
    FeedItem("tide-7", title="The ferries"),
    transcript_suffixes=[".txt"],
)
SEGMENTS = json.dumps({"segments": [{"start": 0, "end": 10, "text": TEXT}]}).encode()


@pytest.mark.parametrize(
    ("beside", "source"),
    [
        ({"piece.srt": srt(TEXT)}, "sidecar"),
        ({"piece.vtt": b"WEBVTT\n\n00:00.000 --> 00:10.000\nHOST: " + TEXT.encode()}, "sidecar"),
        ({"piece.json": SEGMENTS}, "sidecar"),
        ({"piece.script.txt": TEXT.encode()}, "sidecar"),
        ({"piece.json": FEED, "piece.txt": TEXT.encode()}, "feed"),
    ],
    ids=["srt", "vtt", "json", "script", "feed"],
)
def test_what_came_with_a_clip_is_its_text(archive: Archive, beside: Mapping[str, bytes], source: str) -> None:
    result = added(archive, beside)
    uid = str(result.clip)
    assert text(archive, uid) == TEXT
    assert not [line for line in result.warnings if "piece" in line]
    words = read.clip(archive, uid, read.Part.WORDS).words
    assert [words[at].start for at in (0, 4, 9)] == [0.0, 2.0, 4.5], "as they were heard"
    assert [hit.clip.uid for hit in search(archive, "ferries").clips] == [uid]
    assert not search(archive, "fairies").clips
    (claim,) = [one for one in read.clip(archive, uid, read.Part.SOURCES).claims if one.source == source
                and one.field == "transcript"]  # fmt: skip
    assert (claim.value, claim.evidence.partition(": ")[2]) == ("2", "79% of what was heard is in it")


def test_a_text_that_came_names_the_reporter_whom_the_engine_did_not_understand(archive: Archive) -> None:
    ok("people", "add", "Keola Nāone", "--archive", archive.folder)
    uid = str(added(archive, {"piece.srt": srt(TEXT)}).clip)
    assert read.clip(archive, uid).reporter == "Keola Nāone"


@pytest.mark.parametrize(
    ("settings", "rank"),
    [(Settings(station=StationOptions(captions=False)), None), (Settings(), "ranks=engine,sidecar")],
    ids=["settings", "show"],
)
def test_a_station_may_prefer_what_was_heard(archive: Archive, settings: Settings, rank: str | None) -> None:
    if rank:
        ok("shows", "add", "Harbor Watch", rank, "--archive", archive.folder)
    uid = str(added(archive, {"piece.srt": srt(TEXT), "piece.toml": b'show = "Harbor Watch"'}, settings).clip)
    assert "fairies" in text(archive, uid)
    assert current(archive, uid) == 1


@pytest.mark.parametrize(
    "came", [{"piece.srt": srt(OTHER)}, {"piece.script.txt": OTHER.encode()}], ids=["srt", "script"]
)
def test_what_is_plainly_of_another_clip_is_kept_and_told_of(archive: Archive, came: Mapping[str, bytes]) -> None:
    result = added(archive, came)
    uid = str(result.clip)
    assert text(archive, uid) == HEARD
    (told,) = [line for line in result.warnings if "piece" in line]
    assert told.endswith("% of what was heard is in it. It may be another clip's, or a summary")
    ok("tag", uid, "transcript=2", "--archive", archive.folder)
    assert text(archive, uid) == OTHER, "a person may say that it is its text all the same"


def test_nothing_said_is_lost_and_a_person_is_told(archive: Archive) -> None:
    said = TEXT.split()
    result = added(archive, {"piece.script.txt": " ".join([*said[:4], *said[10:]]).encode()})
    assert text(archive, str(result.clip)).startswith("This is Harbor Watch. Three fairies sank off the pier. Nobody")
    assert "piece.script.txt has nothing at 0:02–0:05, where words were heard, which were put in" in result.warnings
    shown = ok("show", str(result.clip), "--archive", archive.folder).out
    assert "has nothing at 0:02–0:05" in shown


def test_a_person_chooses_and_takes_it_back(archive: Archive) -> None:
    uid = str(added(archive, {"piece.srt": srt(TEXT)}).clip)

    def tagged(fact: str) -> tuple[str, int]:
        return ok("tag", uid, fact, "--archive", archive.folder).out.strip(), current(archive, uid)

    assert tagged("transcript=1") == ("transcript: 2 → 1", 1)
    assert text(archive, uid) == HEARD
    ok("retag", uid, "--archive", archive.folder)
    assert current(archive, uid) == 1, "what a person said survives"
    assert tagged("transcript=machine") == ("Saved; no value changes.", 1)
    assert tagged("transcript=") == ("transcript: 1 → 2", 2)
    assert tagged("transcript!=2") == ("transcript: 2 → 1", 1)
    heard_again(archive, uid, HEARD.replace("fairies", "berries"))
    assert current(archive, uid) == 3
    for wrong in ("transcript=7", "transcript=captions"):
        told = run("tag", uid, wrong, "--archive", archive.folder)
        assert told.code != 0
        assert "has no transcript" in told.err
    assert tagged("transcript=2") == ("transcript: 3 → 2", 2)


def test_a_new_transcript_of_the_engine_leaves_the_publishers_text(archive: Archive) -> None:
    uid = str(added(archive, {"piece.srt": srt(TEXT)}).clip)
    result = heard_again(archive, uid, HEARD.replace("fairies", "berries"))
    assert text(archive, uid) == TEXT
    assert [line for line in result.warnings if line.startswith("transcript 2 stays its text")]
    ok("tag", uid, "transcript=machine", "--archive", archive.folder)
    assert "berries" in text(archive, uid)
    heard_again(archive, uid, HEARD)
    assert (current(archive, uid), text(archive, uid)) == (4, HEARD)


def test_captions_that_did_not_fit_a_poor_transcript_fit_a_better_one(archive: Archive) -> None:
    path = mp3(archive.folder.parent / "piece.mp3", 11.0)
    path.with_suffix(".srt").write_bytes(srt(TEXT))
    request = Request.of(archive, Settings())
    [result] = Ingest(archive, Hearing("dee iz whore Burr what"), request).run([InputFile(path)])
    uid = str(result.clip)
    assert current(archive, uid) == 1
    heard_again(archive, uid, HEARD)
    assert text(archive, uid) == TEXT


def test_corrections_by_people_are_kept_or_told_of_when_another_text_becomes_current(archive: Archive) -> None:
    uid = str(added(archive, {}).clip)

    def correct(first: int, last: int, after: str) -> None:
        edit = corrections.now_of(archive, uid).corrected.edit(first, last, after)
        corrections.edit(archive, uid, [edit], "Malia")

    correct(5, 5, "ferries")
    correct(10, 11, "Everybody swam.")
    result = heard_again(archive, uid, HEARD.replace("Nobody drowned.", "No body around."))
    assert "Three ferries sank" in text(archive, uid)
    (told,) = [line for line in result.warnings if "no longer fits" in line]
    assert "'Nobody drowned.' → 'Everybody swam.' at 5 s" in told
    assert "'No body around.'" in told
    tagged = ok("tag", uid, "transcript=1", "--archive", archive.folder)
    assert tagged.err == ""
    assert text(archive, uid) == HEARD.replace("fairies", "ferries").replace("Nobody drowned.", "Everybody swam.")
    tagged = ok("tag", uid, "transcript=2", "--archive", archive.folder)
    assert "no longer fits" in tagged.err


def test_versions_are_listed_and_compared(archive: Archive) -> None:
    uid = str(added(archive, {"piece.srt": srt(TEXT)}).clip)

    def shown(*arguments: str) -> str:
        return ok("show", uid, *arguments, "--archive", archive.folder).out

    listed = [line.split("\t") for line in shown("--versions").splitlines()]
    assert [row[:5] for row in listed] == [
        ["2", "current", "captions by the publisher (piece.srt)", "18", "79%"],
        ["1", "", "small by unknown engine", "19", ""],
    ]
    assert [row["number"] for row in json.loads(shown("--versions", "--json"))] == [2, 1]
    assert shown("--diff", "1", "2").splitlines() == [
        "   0:01  This is [harbor watch. → Harbor Watch.] Three",
        "   0:02  Three [fairies → ferries] sank off the pier.",
        "   0:06  pier. Nobody drowned. For [harbor watch → Harbor Watch,] I'm",
        "   0:08  I'm [kay oh law. → Keola Nāone.]",
    ]
    assert shown("--diff", "1") == shown("--diff", "1", "2")
    assert json.loads(shown("--diff", "2", "1", "--json"))[1] == {"start": 2.5, "before": "ferries", "after": "fairies"}
    assert shown("--diff", "2", "2") == ""
    for wrong in (("--diff", "1", "9"), ("--diff", "0"), ("--diff", "1", "2", "1"), ("1", "2")):
        told = run("show", uid, *wrong, "--archive", archive.folder)
        assert (told.code, told.err.count("\n")) != (0, 0)
        assert "Traceback" not in told.err


def test_what_was_heard_otherwise_is_found_where_it_is_asked_for(archive: Archive) -> None:
    uid = str(added(archive, {"piece.srt": srt(TEXT)}).clip)

    def found(query: str, **options: Any) -> list[tuple[str, float, str]]:
        ways: Sequence[tuple[Any, Any]] = (("relevance", "best"), ("relevance", "all"), ("newest", "any"))
        pages = [search(archive, query, sort=sort, match=match, **options).clips for sort, match in ways]
        hits = [[(str(one.where), one.start, one.snippet) for hit in page for one in hit.passages] for page in pages]
        assert hits[0] == hits[1] == hits[2]
        return hits[0]

    fairies = ("version", 2.0, "Three **fairies** sank off the pier.")
    for query in ("heard:fairies", "HEARD:Fairies", 'heard:"three fairies"', "in:heard fairies", "heard:(fairies OR x)",
                  "heard:fairies -heard:berries", "heard:three NEAR heard:sank"):  # fmt: skip
        assert [where for where, *_ in found(query)] == ["version"], query
    assert found("heard:fairies") == [fairies]
    assert fairies in found("heard:fairies ferries")
    for query in ("fairies", "heard:ferries", "ferries -heard:fairies", "heard:fair", 'heard:"fairies three"'):
        assert found(query) == [], query
    edit = corrections.now_of(archive, uid).corrected.edit(10, 10, "Everybody")
    corrections.edit(archive, uid, [edit], "Malia")
    assert [one[:2] for one in found("heard:nobody")] == [("heard", 5.0), ("version", 5.0)]
    assert found("heard:fairies", filters=Filters(public=True)) == [], "others see only the current text"
    assert [one[0] for one in found("heard:nobody", filters=Filters(public=True))] == ["heard"]
    told = ok("search", "heard:fairies", "--archive", archive.folder).out.split("\t")
    assert told[1::3] == [
        "0:02 in another version",
        "Three **fairies** sank off the pier. → Three ferries sank off the pier.\n",
    ]
    (row,) = ok("search", "heard:nobody said:everybody", "--jsonl", "--limit", "1", "--archive", archive.folder).rows[
        :1
    ]
    rest = " drowned. For Harbor Watch, I'm Keola Nāone."
    assert (row["matched"], row["text"], row["current"]) == ("heard", f"Nobody{rest}", f"Everybody{rest}")
    narrow = run(
        "search", "heard:nobody", "--archive", archive.folder, env=environment(FORCE_COLOR="1", COLUMNS="80")
    ).out
    lines = [" ".join(line.split()) for line in re.sub(r"\x1b\[[0-9;]*m", "", narrow).splitlines()]
    assert lines[1:3] == [f"1 0:05 as heard Nobody{rest}", f"now Everybody{rest}"]


def test_exports_say_who_wrote_the_text(archive: Archive) -> None:
    uid = str(added(archive, {"piece.srt": srt(TEXT)}).clip)
    written = {form: ok("export", uid, "--format", form, "--archive", archive.folder).out for form in ("vtt", "json")}
    assert "written by the publisher" in written["vtt"].partition("-->")[0]
    transcript = json.loads(written["json"])["transcript"]
    assert (transcript["origin"], transcript["model"]) == ("captions by the publisher", None)
    assert "piece.srt" not in written["json"], "it is nobody's business what a file is called"


def test_a_transcript_of_ones_own_is_added_to_an_archived_clip(archive: Archive, tmp_path: Path) -> None:
    uid = str(added(archive, {}).clip)

    def add(name: str, content: bytes, *options: str) -> tuple[int, str, str]:
        (tmp_path / name).write_bytes(content)
        done = run("versions", "add", uid, tmp_path / name, *options, "--archive", archive.folder)
        return done.code, done.out.strip(), done.err

    assert add("ours.txt", TEXT.encode(), "--script") == (0, "transcript: 1 → 2", "")
    assert text(archive, uid) == TEXT
    assert add("ours.txt", TEXT.encode(), "--script")[1].startswith(f"{uid} has this transcript already.")
    code, out, err = add("other.srt", srt(OTHER))
    assert (code, out) == (0, "The current transcript is still 2.")
    assert err.startswith("other.srt is not taken for the text")
    assert err.endswith(f"`radio-archive tag {uid} transcript=3` takes the new one all the same.\n")
    assert sidecars.names(archive, uid) == ("ours.script.txt", "other.srt")
    for name, content, option in (
        ("ours.txt", b"a", []), ("ours.srt", b"a", ["--script"]), ("ours.srt", b"no times", []), ("a.mp3", b"", [])
    ):  # fmt: skip
        code, out, err = add(name, content, *option)
        assert (code, out) != (0, "")
        assert "Traceback" not in err
    assert sidecars.names(archive, uid) == ("ours.script.txt", "other.srt")
    assert run("versions", "add", uid, tmp_path / "gone.srt", "--archive", archive.folder).code
    # Less of what was heard is in it than in the one before, but somebody mended that.
    mended = TEXT.replace("pier", "jetty")
    assert add("mended.srt", srt(mended)) == (0, "transcript: 2 → 4", "")
    assert text(archive, uid) == mended


def test_captions_that_an_earlier_version_only_kept_are_adopted_by_retag(archive: Archive) -> None:
    uid = str(added(archive, {}).clip)
    kept = read_captions(srt(TEXT), origin="import", name="piece.srt")
    assert kept
    save.add_transcript(archive, uid, replace(kept, options={}))
    sidecars.attach(archive, uid, "piece.srt", srt(TEXT))
    result = heard_again(archive, uid, HEARD)
    assert (current(archive, uid), text(archive, uid)) == (4, TEXT)
    told = "transcript 4, captions by the publisher (piece.srt), is its text now"
    assert [line for line in result.warnings if line.startswith(told)]
    assert [word.text for word in versions.words(archive, uid, 2)] == [word.text for word in kept.words]
    ok("tag", uid, "transcript=machine", "--archive", archive.folder)
    assert text(archive, uid) == HEARD


def test_captions_that_come_late_are_adopted_by_retag(archive: Archive) -> None:
    uid = str(added(archive, {}).clip)
    assert sidecars.attach(archive, uid, "piece.srt", srt(TEXT))
    would = ok("retag", uid, "--dry-run", "--archive", archive.folder, "--jsonl").rows
    assert [(one["field"], one["before"], one["after"]) for one in would] == [("transcript", "1", "2")]
    assert "79% of what was heard" in would[0]["source"]
    assert text(archive, uid) == HEARD
    ok("retag", uid, "--archive", archive.folder)
    assert text(archive, uid) == TEXT
    assert reread(archive, uid, naming(archive, Settings())) == []
    assert len(read.clip(archive, uid, read.Part.SOURCES).transcripts) == 2


def test_captions_are_timed_again_by_a_better_transcript(archive: Archive) -> None:
    uid = str(added(archive, {"piece.srt": srt(TEXT)}).clip)
    edit = corrections.now_of(archive, uid).corrected.edit(10, 10, "Everybody")
    corrections.edit(archive, uid, [edit], "Malia")
    assert read.clip(archive, uid, read.Part.WORDS).words[0].start == 0.0
    result = heard_again(archive, uid, f"Aloha, {TEXT}")
    assert [line for line in result.warnings if line.startswith("transcript 4, captions by the publisher")]
    assert (current(archive, uid), text(archive, uid)) == (4, TEXT.replace("Nobody", "Everybody"))
    assert read.clip(archive, uid, read.Part.WORDS).words[0].start == 0.5
    heard_again(archive, uid, f"Aloha, {TEXT}")
    assert current(archive, uid) == 4, "the same times make no version"
    heard_again(archive, uid, f"Aloha mai kākou. {HEARD}")
    assert current(archive, uid) == 4, "nor does a transcript that has less of them"
    assert reread(archive, uid, naming(archive, Settings())) == []
