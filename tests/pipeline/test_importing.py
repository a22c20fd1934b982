"""Transcripts that were made elsewhere become the text of their recordings, without an engine."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.audio_files import mp3, tone
from support.listening import Hearing
from support.program import ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import current, read, sidecars
from radio_archive.archive.clips.encoding import digest, dump_words, load_words
from radio_archive.config.settings import TEMPLATE, Settings
from radio_archive.formats import WRITERS, formats
from radio_archive.models import Claim, Field, Ingested, Outcome, Source
from radio_archive.pipeline.importing import read_transcript
from radio_archive.pipeline.ingest import Ingest
from radio_archive.pipeline.inputs import LARGEST_SIDECAR, InputFile
from radio_archive.pipeline.request import Request
from radio_archive.pipeline.retag import apply_claims, reread

TEXT = "This is Harbor Watch. Three ferries sank off the pier. Nobody drowned. For Harbor Watch, I'm Keola Nāone."


def srt(text: str, end: str = "00:00:10,000") -> str:
    return f"1\n00:00:00,000 --> {end}\n{text}\n"


def words_json(text: str) -> str:
    words = [{"word": word, "start": n / 4, "end": n / 4 + 0.2, "score": 0.5} for n, word in enumerate(text.split())]
    segment = {"start": 0.0, "end": 10.0, "text": text, "words": words}
    return json.dumps({"segments": [segment], "word_segments": words, "language": "en"})


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as opened:
        yield opened


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = mp3(tmp_path_factory.mktemp("sound") / "a.mp3", samples=tone(11.0))
    return path.read_bytes()


def imported(archive: Archive, *inputs: InputFile, force: bool = False) -> list[Ingested]:
    return Ingest(archive, None, Request.of(archive, Settings(), force=force)).run(inputs)


def versions_of(archive: Archive, uid: str) -> list[tuple[int, str, bool]]:
    shown = json.loads(run("show", uid, "--versions", "--json", "--archive", archive.folder).out)
    return [(one["number"], one["written"], one["current"]) for one in shown]


def text(archive: Archive, uid: str) -> str:
    return "".join(word.text for word in read.clip(archive, uid, read.Part.WORDS).words).strip()


def test_a_transcript_beside_a_recording_is_its_text(archive: Archive, tmp_path: Path, sound: bytes) -> None:
    piece = tmp_path / "piece.mp3"
    piece.write_bytes(sound)
    (tmp_path / "piece.srt").write_text(srt("This is Harbor Watch."), encoding="utf-8")
    (tmp_path / "piece.json").write_text(words_json(TEXT), encoding="utf-8")
    [result] = imported(archive, InputFile(piece))
    assert (result.outcome, result.error) == (Outcome.ARCHIVED, None)
    uid = str(result.clip)
    assert text(archive, uid) == TEXT
    assert result.warnings == ("transcript 2, captions imported from piece.json (WhisperX), is its text now",)
    assert versions_of(archive, uid) == [
        (2, "captions imported from piece.json (WhisperX)", True),
        (1, "captions imported from piece.srt", False),
    ]
    clip = read.clip(archive, uid, read.Part.WORDS | read.Part.SOURCES)
    assert (clip.words[1].start, clip.words[1].probability, clip.language) == (0.25, 0.5, "en")
    assert clip.sidecars == ("piece.json", "piece.srt")
    assert clip.transcripts[0].options["sha256"]
    # Nothing changes by itself.
    with archive.writing():
        assert reread(archive, uid, Request.of(archive, Settings()).naming) == []
    assert [one.outcome for one in imported(archive, InputFile(piece))] == [Outcome.DUPLICATE]
    # Another one becomes a version of the same clip, and its text.
    (tmp_path / "new.vtt").write_text(f"WEBVTT\n\n00:00.000 --> 00:10.000\n{TEXT} Bye.\n", encoding="utf-8")
    [again] = imported(archive, InputFile(piece, transcript=tmp_path / "new.vtt"))
    assert (again.outcome, again.clip) == (Outcome.ADDED, uid)
    assert again.warnings == ("transcript 3, captions imported from new.vtt, is its text now",)
    assert [one.outcome for one in imported(archive, InputFile(piece, transcript=tmp_path / "new.vtt"))] == [
        Outcome.DUPLICATE
    ]
    assert [number for number, _, _ in versions_of(archive, uid)] == [3, 2, 1]


def test_what_a_program_wrote_in_several_formats_is_one_transcript(
    archive: Archive, tmp_path: Path, sound: bytes
) -> None:
    """As `whisper piece.mp3` does by default."""
    (tmp_path / "piece.mp3").write_bytes(sound)
    lines = ["The tide came in at noon.", "It was cold and wet.", "Nobody drowned."]
    segments = [
        {"start": 3.0 * n, "end": 3.0 * n + 2, "text": f" {line}", "avg_logprob": -0.2} for n, line in enumerate(lines)
    ]
    document = {"text": "".join(str(one["text"]) for one in segments), "segments": segments, "language": "en"}
    cues = [f"00:00:0{3 * n},000 --> 00:00:0{3 * n + 2},000\n{line}\n" for n, line in enumerate(lines)]
    (tmp_path / "piece.srt").write_text("\n".join(f"{n}\n{cue}" for n, cue in enumerate(cues, 1)), encoding="utf-8")
    (tmp_path / "piece.vtt").write_text("WEBVTT\n\n" + "\n".join(cues).replace(",000", ".000"), encoding="utf-8")
    (tmp_path / "piece.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "piece.txt").write_text("\n".join(lines), encoding="utf-8")
    [result] = imported(archive, InputFile(tmp_path / "piece.mp3"))
    uid = str(result.clip)
    assert versions_of(archive, uid) == [(1, "captions imported from piece.json (Whisper)", True)]
    clip = read.clip(archive, uid, read.Part.SOURCES | read.Part.PAGE)
    assert (clip.title, clip.summary, clip.story) == ("Piece", None, None)
    assert clip.sidecars == ("piece.json", "piece.txt", "piece.vtt", "piece.srt")
    with archive.writing():
        assert reread(archive, uid, Request.of(archive, Settings()).naming) == []


@pytest.mark.parametrize(
    ("heard", "current"),
    [
        ("This is harbor watch. Three fairies sank off the pier. Nobody drowned.", True),
        ("", True),
        ("Rain fell on the taro fields of Hanalei again, and growers counted what was left.", False),
    ],
)
def test_the_engine_may_hear_the_clip_later(
    archive: Archive, tmp_path: Path, sound: bytes, heard: str, current: bool
) -> None:
    (tmp_path / "piece.mp3").write_bytes(sound)
    (tmp_path / "piece.srt").write_text(srt(TEXT), encoding="utf-8")
    [result] = imported(archive, InputFile(tmp_path / "piece.mp3"))
    uid = str(result.clip)
    again = Ingest(archive, Hearing(heard), Request.of(archive, Settings(), force=True))
    [done] = again.run(again.recordings([uid]))
    assert done.clip == uid, done.error
    transcripts = read.clip(archive, uid, read.Part.SOURCES).transcripts
    assert [one.origin for one in transcripts if one.current] == ["import" if current else "engine"]
    assert {one.origin for one in transcripts} == {"import", "engine"}
    assert (TEXT in text(archive, uid)) == current


VOICES = [("Ann Lee", "The tide came in at noon."), ("Bo", "It was cold and wet."), ("Ann Lee", "Nobody drowned.")]


def voices_vtt() -> str:
    cues = (f"00:0{3 * n}.000 --> 00:0{3 * n + 2}.000\n<v {who}>{line}\n" for n, (who, line) in enumerate(VOICES))
    return "WEBVTT\n\n" + "\n".join(cues)


def voices(archive: Archive, uid: str) -> list[tuple[str | None, str]]:
    return [(one.speaker, one.text) for one in read.clip(archive, uid, read.Part.TEXT).segments]


def heard_again(archive: Archive, uid: str, text: str) -> Ingested:
    again = Ingest(archive, Hearing(text), Request.of(archive, Settings(), force=True))
    [done] = again.run(again.recordings([uid]))
    assert done.clip == uid, done.error
    return done


def test_who_speaks_comes_with_a_transcript_and_stays(archive: Archive, tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "piece.mp3").write_bytes(sound)
    (tmp_path / "piece.vtt").write_text(voices_vtt(), encoding="utf-8")
    [result] = imported(archive, InputFile(tmp_path / "piece.mp3"))
    uid = str(result.clip)
    assert voices(archive, uid) == VOICES
    assert archive.db.execute("SELECT count(*) FROM people").fetchone() == (0,), "a label is no person"
    assert "   0:03  Bo: It was cold and wet." in ok("show", uid, "--archive", archive.folder).out.splitlines()
    # The text gets the times of what was heard, and keeps its speakers.
    heard_again(archive, uid, "the tied came in at noon it was cold and wet nobody drowned")
    assert voices(archive, uid) == VOICES
    assert read.clip(archive, uid, read.Part.TEXT).segments[0].end == 2.9
    changes = apply_claims(archive, uid, [Claim(Field.TRANSCRIPT, "machine", Source.HUMAN, "tag")])
    assert [change.lost for change in changes] == [("transcript 3 says who speaks, and the new text does not",)]
    assert not any(who for who, _ in voices(archive, uid))
    apply_claims(archive, uid, [Claim(Field.TRANSCRIPT, "1", Source.HUMAN, "tag")])
    assert voices(archive, uid) == VOICES


def test_it_is_said_when_another_text_does_not_say_who_speaks(archive: Archive, tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "piece.mp3").write_bytes(sound)
    (tmp_path / "piece.vtt").write_text(voices_vtt(), encoding="utf-8")
    [result] = imported(archive, InputFile(tmp_path / "piece.mp3"))
    done = heard_again(archive, str(result.clip), "Rain fell on the taro fields of Hanalei again, and more came.")
    assert "transcript 1 says who speaks, and the new text does not" in done.warnings


def test_an_archive_from_before_takes_speakers_when_its_sources_are_read_again(
    archive: Archive, tmp_path: Path, sound: bytes
) -> None:
    (tmp_path / "piece.mp3").write_bytes(sound)
    (tmp_path / "piece.vtt").write_text(voices_vtt(), encoding="utf-8")
    [result] = imported(archive, InputFile(tmp_path / "piece.mp3"))
    uid = str(result.clip)
    (stored,) = archive.db.execute("SELECT words FROM transcripts").fetchone()
    bare = dump_words(replace(word, speaker=None) for word in load_words(stored))
    archive.db.execute("UPDATE transcripts SET words = ?, digest = ?", [bare, digest(bare)])
    current.derive(archive.db, 1)
    assert not any(who for who, _ in voices(archive, uid))
    naming = Request.of(archive, Settings()).naming
    with archive.writing():
        assert [change.field for change in reread(archive, uid, naming)] == [Field.TRANSCRIPT]
        assert voices(archive, uid) == VOICES
        assert reread(archive, uid, naming) == []


@pytest.mark.parametrize("form", ["vtt", "json", "podcast", "ohms-vtt"])
def test_what_is_exported_and_imported_again_has_the_same_speakers(
    archive: Archive, tmp_path: Path, sound: bytes, form: str
) -> None:
    (tmp_path / "piece.mp3").write_bytes(sound)
    (tmp_path / "piece.vtt").write_text(voices_vtt(), encoding="utf-8")
    [result] = imported(archive, InputFile(tmp_path / "piece.mp3"))
    clip = read.clip(archive, str(result.clip), read.Part.TEXT | read.Part.PAGE)
    other = tmp_path / f"other.{formats()[form].value.ending.rpartition('.')[2]}"
    other.write_text(WRITERS[form](clip), encoding="utf-8")
    with Archive.create(tmp_path / "again", TEMPLATE) as again:
        [result] = imported(again, InputFile(tmp_path / "piece.mp3", transcript=other))
        assert voices(again, str(result.clip)) == VOICES


def test_what_cannot_be_imported_fails_alone_with_its_reason(archive: Archive, tmp_path: Path, sound: bytes) -> None:
    names = ["good", "broken", "long", "none", "plain", "big", "gone", "folder", "device", "kind"]
    for number, name in enumerate(names):
        (tmp_path / f"{name}.mp3").write_bytes(sound + bytes([number + 1]) * 417)
    (tmp_path / "good.vtt").write_text(f"WEBVTT\n\n00:00.000 --> 00:10.000\n{TEXT}\n", encoding="utf-8")
    (tmp_path / "broken.json").write_text('{"segments": [', encoding="utf-8")
    (tmp_path / "long.srt").write_text(srt(TEXT, "00:05:00,000"), encoding="utf-8")
    (tmp_path / "plain.json").write_text('{"title": "The tide"}', encoding="utf-8")
    with (tmp_path / "big.vtt").open("wb") as file:
        file.truncate(100 << 20)
    os.mkfifo(tmp_path / "pipe.vtt")
    named = {
        "big": "big.vtt", "gone": "gone.vtt", "folder": ".", "device": "pipe.vtt", "kind": "good.mp3",
    }  # fmt: skip
    inputs = [
        InputFile(tmp_path / f"{name}.mp3", transcript=tmp_path / named[name] if name in named else None)
        for name in names
    ]
    results = {result.path.stem: result for result in imported(archive, *inputs)}
    assert {name for name, result in results.items() if result.clip} == {"good"}
    expected = {
        "broken": "broken.json: it is no valid JSON: Expecting value",
        "long": "long.srt goes on until 5:00, but the recording ends at 0:11",
        "none": "there is no transcript in the files that came with it",
        "plain": "there is no transcript in the files that came with it",
        "big": f"cannot read the transcript big.vtt: {100 << 20:,} bytes, and {LARGEST_SIDECAR:,} is the most",
        "gone": "cannot read the transcript gone.vtt: No such file or directory",
        "folder": "is of no kind of transcript that can be read",
        "device": "cannot read the transcript pipe.vtt: it is no file",
        "kind": "'good.mp3' is of no kind of transcript that can be read",
    }
    for name, problem in expected.items():
        assert problem in str(results[name].error), name
        assert "\n" not in str(results[name].error)
    assert not (archive.folder / "media").exists() or len(list((archive.folder / "media").rglob("*.mp3"))) == 1


def test_a_link_is_followed_where_a_person_names_it(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(srt(TEXT), encoding="utf-8")
    (tmp_path / "b.srt").symlink_to(tmp_path / "a.srt")
    assert read_transcript(tmp_path / "b.srt")[0] == "b.srt"


def test_a_station_imports_its_folder(tmp_path: Path, sound: bytes) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "Harbor Watch"
    folder.mkdir()
    ok("init", archive)
    for number in range(4):
        (folder / f"piece{number}.mp3").write_bytes(sound + bytes([number + 1]) * 417)
    (folder / "piece0.srt").write_text(srt(TEXT), encoding="utf-8")
    # As whisper.cpp names it.
    (folder / "piece1.mp3.json").write_text(words_json(TEXT), encoding="utf-8")
    (folder / "piece2.srt").write_text("no captions", encoding="utf-8")
    first = run("import", folder, "--json", "--archive", archive)
    assert first.code == 1
    assert [(row["outcome"], bool(row["error"])) for row in first.json] == [
        ("archived", False), ("archived", False), ("failed", True),
    ]  # fmt: skip
    assert "1 recording without a transcript: `radio-archive add` transcribes them" in first.err
    assert "Model" not in first.err
    again = run("import", folder, "--archive", archive)
    assert again.code == 1
    assert again.err.splitlines()[-1] == "0 clips archived, 2 already there, 1 failed."
    table = tmp_path / "pairs.csv"
    table.write_text(
        "audio,transcript\nHarbor Watch/piece3.mp3,Harbor Watch/piece0.srt\nno.mp3,no.srt\n", encoding="utf-8"
    )
    paired = run("import", "--pairs", table, "--jsonl", "--archive", archive)
    assert (paired.code, [row["outcome"] for row in paired.rows]) == (1, ["archived", "failed"])
    uid = paired.rows[0]["clip"]
    with Archive(archive, read_only=True) as opened:
        assert sidecars.names(opened, uid) == ("piece0.srt",)
        assert text(opened, uid) == TEXT
    text_file = tmp_path / "said.txt"
    text_file.write_text(f"{TEXT} Aloha.", encoding="utf-8")
    named = ok("import", folder / "piece3.mp3", "--transcript", text_file, "--archive", archive)
    assert named.out.startswith(f"added to   {uid}")
    assert "script imported from said.script.txt, is its text now" in named.err
    exported = ok("export", uid, "--format", "vtt", "--archive", archive).out
    assert "script, imported" in exported.partition("-->")[0]


@pytest.mark.parametrize(
    ("options", "table", "problem"),
    [
        ([], "", "nothing was named to be imported"),
        (["--dry-run", "a.mp3"], "", "--dry-run is for --text-tree"),
        (["--pairs", "pairs.csv"], "a,b\n1,2\n", "has no columns audio and transcript"),
        (["--pairs", "pairs.csv"], "audio,transcript\na.mp3,\n", "line 2 of"),
        (["--pairs", "pairs.csv"], 'audio,transcript\n"a.mp3,b\n', "is no CSV"),
        (["--pairs", "pairs.csv", "a.mp3"], "", "cannot be used together"),
    ],
)
def test_a_call_that_means_nothing_is_refused(
    archive: Archive, tmp_path: Path, options: list[str], table: str, problem: str
) -> None:
    (tmp_path / "pairs.csv").write_text(table, encoding="utf-8")
    given = [str(tmp_path / one) if one.endswith(".csv") else one for one in options]
    done = run("import", *given, "--archive", archive.folder)
    assert done.code != 0
    assert problem in done.err
    assert "Traceback" not in done.err
