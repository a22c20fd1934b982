"""`redact`: what it takes out, and what it says is still published elsewhere."""

from pathlib import Path

from support.program import ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, stories
from radio_archive.models import Story


def test_what_other_texts_still_tell_is_named_at_once(own_archive: Path) -> None:
    with Archive(own_archive) as archive:
        (clip,) = (one for one in read.clips(archive, parts=read.Part.WORDS) if "undersea cable" in one.title)
        said = next(word for word in clip.words if word.text.strip() == "government")
        stories.save(archive, clip.uid, Story(body=("The GOVERNMENT, it says, pays.", "Our Government!")), "story.txt")
        for number, line in enumerate(("Ask the government.", "Nothing of that.")):
            ok("tag", clip.uid, f"summary={line}", "--archive", own_archive)
            done = ok(
                "redact", clip.uid, "--from", f"{said.start + 0.01:.2f}", "--to", f"{said.end - 0.01:.2f}",
                "--archive", own_archive,
            )  # fmt: skip
            assert ("Its summary still has “government”." in done.err) == (number == 0)
            assert "Its story still has “GOVERNMENT”, “Government”." in done.err
            assert f"`radio-archive tag {clip.uid} title=… summary=…`" in done.err
            assert "title still" not in done.err
            undone = ok("redact", clip.uid, "--undo", "--archive", own_archive)
            assert "still has" not in undone.err
        quiet = ok("redact", clip.uid, "--from", "0.0", "--to", "0.05", "--archive", own_archive)
        assert "still has" not in quiet.err


def test_a_redaction_is_said_in_tenths_of_a_second(own_archive: Path) -> None:
    with Archive(own_archive, read_only=True) as archive:
        uid = next(iter(read.clips(archive))).uid
    for start, end, said in (("3.97", "4.02", "0:04.0–0:04.0"), ("9", "9.96", "0:09.0–0:10.0")):
        assert said in ok("redact", uid, "--from", start, "--to", end, "--archive", own_archive).out
    listed = ok("redact", uid, "--list", "--archive", own_archive).out
    assert "0:09.0–0:10.0" in listed
    assert run("redact", uid, "--from", "9", "--to", "8", "--archive", own_archive).code == 1


def test_where_there_is_nothing_to_do_data_is_asked_for_and_comes(own_archive: Path) -> None:
    with Archive(own_archive, read_only=True) as archive:
        uid = next(iter(read.clips(archive))).uid
    assert ok("redact", uid, "--json", "--archive", own_archive).json == []
    assert ok("redact", uid, "--archive", own_archive).out == ""
