"""`export` writes whole files or none, never over what a person changed, and of everything only the current text."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from support.program import COMMAND, environment, ok, run
from support.terminal import terminal
from support.texts import replaced, said, save_said

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import redactions
from radio_archive.errors import UsageError
from radio_archive.formats import formats
from radio_archive.formats.files import Written, write_file
from radio_archive.pipeline.export import Export, whole_clips

HIDDEN = "xylographer"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """An archive of three clips of two shows, to be read only."""
    folder = tmp_path_factory.mktemp("station") / "a"
    with Archive.create(folder, "") as archive:
        one = save_said(archive, "one", said("The tide came inn today."), "Reef Notes")
        replaced(archive, one, "inn", "in")
        two = save_said(archive, "two", said(f"Nobody met the {HIDDEN} there. They left early."), "Reef Notes")
        redactions.add(archive, two, 1.2, 1.5, author="Lani", reason="a name")
        three = save_said(archive, "three", said("=1+1 is said. Boats."), "Harbor Watch")
    return folder, [one, two, three]


@pytest.mark.parametrize("name", formats())
def test_every_format_has_the_corrected_text_and_nothing_that_is_redacted(
    station: tuple[Path, list[str]], name: str
) -> None:
    folder, uids = station
    job = Export(name)
    with Archive(folder, read_only=True) as archive:
        files = [b"".join(job.content(whole_clips(archive, [uid]))) for uid in uids[:2]]
    if name == "docx":
        pages = [docx.Document(io.BytesIO(file)).paragraphs for file in files]
        files = ["\n".join(paragraph.text for paragraph in page).encode() for page in pages]
    corrected, hidden = (file.decode().lower() for file in files)
    assert "inn" not in corrected.replace("beginning", "")
    assert "tide" in corrected
    assert HIDDEN not in hidden
    assert "early" in hidden


def test_a_folder_gets_a_file_for_each_clip_and_keeps_what_was_changed(
    station: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, uids = station
    out = tmp_path / "new" / "folder"
    call = ("export", "--show", "reef notes", "--format", "md", "--output", out, "--archive", folder)
    first = ok(*call, "--json").json
    assert {(row["clip"], row["outcome"]) for row in first} == {(uids[0], "written"), (uids[1], "written")}
    files = sorted(out.iterdir())
    assert sorted(row["path"] for row in first) == [str(path) for path in files]
    assert {path.name.rpartition("-")[2] for path in files} == {f"{uid}.md" for uid in uids[:2]}
    files[0].write_text("mended by hand", encoding="utf-8")
    times = [path.stat().st_mtime_ns for path in files]
    again = run(*call)
    assert again.code == 1
    assert f"exists with other content: {files[0]}" in again.err
    assert "--force" in again.err
    assert [path.stat().st_mtime_ns for path in files] == times, "what is the same is not written again"
    assert {row["outcome"] for row in ok(*call, "--force", "--jsonl").rows} == {"written", "unchanged"}
    assert files[0].read_text(encoding="utf-8").startswith("# Clip")
    assert sorted(out.iterdir()) == files


def test_a_table_has_all_clips_in_one_file(station: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, uids = station
    ok("export", "--all", "--format", "csv", "--output", tmp_path / "all.csv", "--archive", folder)
    text = (tmp_path / "all.csv").read_text(encoding="utf-8")
    assert {line.partition(",")[0] for line in text.splitlines()[1:]} == set(uids)
    assert ",'=1+1 is said. Boats.," in text
    assert ok("export", "--all", "-f", "csv", "--archive", folder).out == text
    rows = ok("export", uids[0], "--format", "jsonl", "--archive", folder).rows
    assert [(row["text"], row["corrected"]) for row in rows] == [("The tide came in today.", 1)]
    assert ok("export", "--until", "1900", "-f", "csv", "--archive", folder).out.startswith("clip,")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--all", "--format", "odt"], "Use one of: vtt, srt"),
        (["--all", "--format", "vtt"], "Name a folder with --output"),
        (["--all", "--json"], "--json tells"),
        ([], "no clips were named"),
        (["--all", "--line-length", "30"], "--line-length is for captions"),
        (["--all", "--broadcast", "--format", "md"], "--broadcast is for captions"),
        (["--all", "--classes", "--format", "srt"], "Use --classes with --format vtt"),
        (["--all", "--format", "srt", "--min-duration", "9", "--max-duration", "2"], "longer --max-duration"),
        (["--all", "--output", __file__], "Name a folder"),
        (["--all", "--output", f"{__file__}/x"], "cannot write"),
        (["--all", "--format", "csv", "--output", "{0}/media/a.csv"], "is in media/ of the archive"),
        (["--all", "--bag", "{0}/inbox/bag"], "is in inbox/ of the archive"),
        (["--text-tree", "{0}/failed"], "is in failed/ of the archive"),
        (["--all", "--format", "csv", "--output", "/dev/full"], "no space left on the device for /dev/full"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_line(
    station: tuple[Path, list[str]], arguments: list[str], problem: str
) -> None:
    ran = run("export", *(argument.format(station[0]) for argument in arguments), "--archive", station[0])
    assert ran.code == 1
    assert problem in ran.err
    assert len(ran.err.splitlines()) == 1


def test_rules_for_captions_are_followed(station: tuple[Path, list[str]]) -> None:
    folder, uids = station
    call = ("export", uids[0], "--format", "srt", "--archive", folder)
    assert "00:00:00,000 --> 00:00:01,900\nThe tide came in today." in ok(*call).out
    told = ok(*call, "--broadcast", "--line-length", "12", "--lines", "1", "--gap", "0.5").out
    assert [line for line in told.splitlines() if line and not line[0].isdigit()] == ["The tide", "came in", "today."]
    assert told.startswith("1\n00:00:00,000 --> ")


def test_a_document_is_not_printed_on_a_terminal(station: tuple[Path, list[str]]) -> None:
    folder, uids = station
    words = ["export", uids[0], "--format", "docx", "--archive", str(folder)]
    with terminal(*words, env=environment()) as screen:
        screen.expect("docx is nothing to read on a terminal")
        assert screen.end() == 1
    piped = subprocess.run([*COMMAND, *words], capture_output=True, check=True, env=environment())
    assert docx.Document(io.BytesIO(piped.stdout)).paragraphs[0].text == "Clip one"


def test_a_reader_that_goes_away_is_no_fault(station: tuple[Path, list[str]]) -> None:
    command = [*COMMAND, "export", "--all", "--format", "csv", "--archive", str(station[0])]
    script = f"{' '.join(command)} | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True, env=environment())
    assert (done.stdout, done.stderr) == ("c", "")


def test_a_file_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise UsageError("the archive is gone", "")

    path, link = tmp_path / "real", tmp_path / "link"
    with pytest.raises(UsageError):
        write_file(path, broken())
    assert list(tmp_path.iterdir()) == []
    assert write_file(path, [b"a", b"b"]) == Written.WRITTEN
    link.symlink_to(path)
    assert write_file(link, [b"ab"]) == Written.UNCHANGED
    assert write_file(link, [b"c"]) == Written.KEPT
    assert write_file(link, [b"c"], force=True) == Written.WRITTEN
    assert (link.is_symlink(), path.read_bytes()) == (True, b"c")
    if sys.platform == "linux":
        assert write_file(Path("/dev/null"), [b"c"]) == Written.WRITTEN
        assert Path("/dev/null").is_char_device()


def test_the_longest_titles_make_names_that_file_systems_take(archive: Archive) -> None:
    uid = save_said(archive, "\U00020000" * 90, said("Rain."))
    (clip,) = whole_clips(archive, [uid, "gone"])
    name = Export("ohms-vtt").name(clip)
    assert len(name.encode()) < 255
    assert name.endswith(f"-{uid}.ohms-vtt.xml")
