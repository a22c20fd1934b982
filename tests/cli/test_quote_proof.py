"""`quote` prints a passage with its citation, and `quote --verify` proves it years later, and says what has changed."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.program import ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections
from radio_archive.formats.citation import read_citation


@pytest.fixture
def quoted(own_archive: Path) -> tuple[Path, str, Path]:
    """An archive, a clip about an undersea cable, and a file with its quotation as it was printed."""
    row, *_ = ok("search", "undersea", "-a", own_archive, "--jsonl", "--limit", "1").rows
    uid = row["clip"]
    file = own_archive.parent / "quote.txt"
    file.write_text(ok("quote", uid, "--from", "0", "--to", "6", "-a", own_archive).out, encoding="utf-8")
    return own_archive, uid, file


def fixed(folder: Path, before: str, after: str) -> None:
    ok("fix", before, after, "--yes", "-a", folder)


def test_what_is_printed_can_be_proven(quoted: tuple[Path, str, Path]) -> None:
    folder, uid, file = quoted
    ran = ok("quote", "--verify", file, "-a", folder)
    assert ran.out.startswith(f"Proven: it is in transcript 1, as heard, of clip {uid}.\nThe recording is as it was")
    assert "Since then" not in ran.out
    data = ok("quote", uid, "--from", "0", "--to", "6", "--json", "-a", folder)
    assert data.json["quote"] in file.read_text(encoding="utf-8")
    file.write_text(data.out, encoding="utf-8")
    proof = ok("quote", "--verify", file, "--json", "-a", folder).json
    assert proof["holds"]
    assert proof["recording"] == data.json["recording"]


def test_what_was_corrected_since_is_said(quoted: tuple[Path, str, Path]) -> None:
    folder, _, file = quoted
    before = read_citation(file.read_text(encoding="utf-8"))
    assert before is not None
    word = next(word for word in before.said.split() if len(word) > 4 and word.isalpha())
    fixed(folder, word, "Outrigger")
    ran = ok("quote", "--verify", file, "-a", folder)
    assert "Proven: it is in transcript 1, as heard" in ran.out
    assert "Since then: the text of this passage has changed.\n" in ran.out
    assert "Outrigger" in ran.out.partition("The passage says now: ")[2]
    now = ok("quote", before.clip, "--from", "0", "--to", "6", "-a", folder).out
    assert "Outrigger" in now
    file.write_text(now, encoding="utf-8")
    assert "as corrected" in ok("quote", "--verify", file, "-a", folder).out
    with Archive(folder) as archive:
        corrections.undo(archive, corrections.of_clip(archive, before.clip)[0].batch)
    undone = ok("quote", "--verify", file, "-a", folder)
    assert "with a correction that was taken back" in undone.out
    assert word in undone.out.partition("The passage says now: ")[2]


def test_another_title_and_another_transcript_are_said(quoted: tuple[Path, str, Path]) -> None:
    folder, uid, file = quoted
    data = ok("quote", uid, "--from", "0", "--to", "6", "--json", "-a", folder).out
    ok("tag", uid, "title=The cable", "-a", folder)
    assert "Since then: it is cited now as: " in (ran := ok("quote", "--verify", file, "-a", folder)).out
    assert "“The cable”" in ran.out
    script = folder.parent / "script.txt"
    script.write_text("Nothing of what was said is in here, nor was it meant to be.", encoding="utf-8")
    ok("versions", "add", uid, script, "--script", "-a", folder)
    ok("tag", uid, "transcript=2", "-a", folder)
    file.write_text(data, encoding="utf-8")
    assert "Since then: transcript 2 is the clip's text now.\n" in ok("quote", "--verify", file, "-a", folder).out


def test_what_was_not_said_is_not_proven(quoted: tuple[Path, str, Path]) -> None:
    folder, uid, file = quoted
    text = file.read_text(encoding="utf-8")
    nothing = "“…” — " + text.rpartition("— ")[2].replace("0:00–", "9:25–").replace("–0:0", "–9:3")
    for wrong in (
        text.replace("“", "“Certainly, ", 1), text.replace("0:00–", "0:25–").replace("–0:0", "–0:3"), nothing,
    ):  # fmt: skip
        assert wrong != text
        file.write_text(wrong, encoding="utf-8")
        ran = run("quote", "--verify", file, "-a", folder)
        assert ran.code == 1
        assert ran.out.startswith(f"Not proven.\nThese words are in no transcript of clip {uid} at that time.\n")


def test_a_changed_byte_makes_it_unreliable(quoted: tuple[Path, str, Path]) -> None:
    folder, uid, file = quoted
    path = folder / ok("show", uid, "--json", "-a", folder).json["file"]
    sound = path.read_bytes()
    path.write_bytes(sound[:-9] + bytes([sound[-9] ^ 1]) + sound[-8:])
    ran = run("quote", "--verify", file, "-a", folder)
    assert ran.code == 1
    assert "is not the recording that was archived: its bytes have changed" in ran.out
    path.unlink()
    assert "the recording is not at" in run("quote", "--verify", file, "-a", folder).out
    path.write_bytes(sound)
    with closing(sqlite3.connect(folder / "archive.db")) as db, db:
        db.execute("UPDATE transcripts SET words = replace(words, 'a', 'o')")
    ran = run("quote", "--verify", file, "-a", folder)
    assert ran.code == 1
    assert "Fault: transcript 1 is not as it was stored.\n" in ran.out


def test_a_redacted_passage_is_proven_without_telling_it(quoted: tuple[Path, str, Path]) -> None:
    folder, uid, file = quoted
    ok("redact", uid, "--from", "0", "--to", "6", "-a", folder)
    ran = ok("quote", "--verify", file, "-a", folder)
    assert "Since then: 0.0–6.0 s was redacted on " in ran.out
    assert "says now" not in ran.out
    file.write_text(file.read_text(encoding="utf-8").replace("“", "“Certainly, ", 1), encoding="utf-8")
    assert "says now" not in run("quote", "--verify", file, "-a", folder).out


def test_a_removed_clip_says_when_and_why(quoted: tuple[Path, str, Path]) -> None:
    folder, uid, file = quoted
    ok("remove", uid, "--yes", "--reason", "aired by mistake", "-a", folder)
    ran = run("quote", "--verify", file, "-a", folder)
    assert ran.code == 1
    assert f"clip {uid} was removed on 20" in ran.err
    assert ": aired by mistake." in ran.err


NO_QUOTATION = [
    "", "nothing", "{", "[" * 9_000, "{}", '{"clip": 1, "quote": "x", "start": 0, "end": 1}', "“x” — (clip k3x9).",
    '{"clip": "k3x9", "quote": "x", "start": NaN, "end": 1}', '{"clip": "k3x9", "quote": "x", "start": true, "end": 1}',
    json.dumps({"clip": "k3x9", "quote": ["x"], "start": 0, "end": 1}), "\x00\udcff", '{"a":' * 9_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_QUOTATION, ids=range(len(NO_QUOTATION)))
def test_what_is_no_quotation_is_refused(text: str) -> None:
    assert read_citation(text) is None


def test_bad_input_is_one_line(quoted: tuple[Path, str, Path], tmp_path: Path) -> None:
    folder, uid, file = quoted
    (tmp_path / "no.txt").write_bytes(b"\xff\xfe nothing")
    for asked, said in (
        (("--verify", tmp_path / "no.txt"), "has no quotation"),
        (("--verify", tmp_path / "none.txt"), "cannot read"),
        (("--verify", tmp_path), "cannot read"),
        (("--verify", file, uid), "--verify takes all from its file"),
        ((uid,), "a quotation has a clip, a start and an end"),
        ((uid, "--from", "9", "--to", "2"), "nothing is said in"),
        ((uid, "--from", "x", "--to", "2"), "is not a time"),
        (("nosuchclip", "--from", "1", "--to", "2"), "no clip"),
    ):
        ran = run("quote", *asked, "-a", folder)
        assert ran.code in (1, 2)
        assert said in ran.err
        assert ran.err.count("\n") <= 2
