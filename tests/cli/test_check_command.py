"""`check`: every quotation in a draft is exact, differs by some words, or was not said."""

import io
from pathlib import Path

import pytest
from support.program import ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read
from radio_archive.audio.examine import examine
from radio_archive.errors import UsageError
from radio_archive.formats.draft import read_draft
from radio_archive.text.quotations import quotations

STORY = """Cables

“The government announced,” she said, “an undersea cable from Fiji.” The cable is “seldom” seen.

> More than 300 workers arrived in Lahaina last year.
"""
SAID = ["We stand here, and fall.", "The reef is alive."]


@pytest.fixture
def story(tmp_path: Path) -> Path:
    (tmp_path / "story.txt").write_text(STORY, encoding="utf-8")
    return tmp_path / "story.txt"


def test_each_quotation_is_told_with_its_source_and_its_sound(demo_archive: Path, story: Path, tmp_path: Path) -> None:
    ran = run("check", story, "--archive", demo_archive, "--audio", tmp_path / "sounds", "--json")
    exact, unsaid, differing = ran.json["quotations"]
    assert (ran.code, ran.json["exact"], ran.json["differing"], ran.json["not_said"]) == (1, 1, 1, 1)
    assert (exact["line"], exact["result"], exact["show"], exact["date"]) == (
        3,
        "exact",
        "Pacific Report",
        "2024-10-22",
    )
    assert exact["citation"].endswith(f"0:06–0:10 (clip {exact['clip']}).")
    assert exact["note"] == "machine transcript, not checked"
    assert (unsaid["result"], unsaid["clip"], unsaid["file"]) == ("not said", None, None)
    assert (differing["line"], differing["words"]) == (5, 1)
    assert differing["diff"] == "More than 300 workers arrived in Lahaina last [-year.-] {+week.+}"
    sound = examine(Path(differing["file"]))
    assert sound.recording.duration == pytest.approx(differing["end"] - differing["start"] + 1, abs=0.1)
    again = run("check", story, "--archive", demo_archive, "--audio", tmp_path / "sounds")
    assert (again.code, again.err.count("\n"), "not an empty folder" in again.err) == (1, 1, True)


def test_for_people_it_is_a_line_for_each_and_a_sum(demo_archive: Path, story: Path) -> None:
    ran = run("check", story, "--archive", demo_archive)
    lines = [line for line in ran.out.splitlines() if not line.startswith(" ")]
    assert [line.partition("“")[0] for line in lines] == ["3: exact: ", "3: NOT SAID: ", "5: differs by 1 word: "]
    assert ran.err == f"3 quotations in {story}: 1 exact, 1 differing, 1 not said.\n"


@pytest.mark.parametrize(
    "call", [("search", "cable", "--quote"), ("quote", "{clip}", "--from", "0", "--to", "9", "-o")]
)
def test_no_sound_is_put_where_the_watcher_looks(call: tuple[str, ...], own_archive: Path) -> None:
    (clip, *_) = ok("list", "--jsonl", "--archive", own_archive).rows
    arguments = [word.format(clip=clip["clip"]) for word in call]
    inbox = own_archive / "inbox"
    ran = run(*arguments, inbox / "said.mp3", "--archive", own_archive)
    assert (ran.code, "is in inbox/ of the archive" in ran.err) == (1, True)
    assert not inbox.exists() or [*inbox.iterdir()] == []


def test_what_an_ellipsis_stands_for_is_shown(demo_archive: Path, story: Path) -> None:
    story.write_text("“The government announced … cable from Fiji.”", encoding="utf-8")
    first, second, *_ = ok("check", story, "--archive", demo_archive).out.splitlines()
    assert first.startswith("1: exact: ")
    assert second == "    whole: “the government announced an undersea cable from Fiji.”"


def test_a_story_without_a_false_quotation_is_fine(demo_archive: Path, story: Path) -> None:
    story.write_text("“An undersea cable from Fiji”", encoding="utf-8")
    assert ok("check", story, "--archive", demo_archive).err.endswith("1 exact, 0 differing, 0 not said.\n")
    assert run("check", story, "--show", "Harbor Watch", "--archive", demo_archive).code == 1
    assert run("check", story, "--since", "2025", "--archive", demo_archive).code == 1
    story.write_text("No quotation.", encoding="utf-8")
    assert ok("check", story, "--archive", demo_archive).out == ""


def test_what_is_private_is_said_to_be(own_archive: Path, story: Path) -> None:
    with Archive(own_archive) as archive:
        (uid,) = (clip.uid for clip in read.clips(archive) if "undersea cable" in clip.title)
    ok("tag", uid, "visibility=private", "--archive", own_archive)
    found = run("check", story, "--clip", uid, "--json", "--archive", own_archive).json["quotations"][0]
    assert found["limits"] == [f"{uid} is private"]


def test_too_much_is_refused_in_one_line(demo_archive: Path, story: Path) -> None:
    for content in ("“a b c”\n" * 1_001, "x" * 1_000_001):
        story.write_text(content, encoding="utf-8")
        ran = run("check", story, "--archive", demo_archive)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)


def word_document() -> bytes:
    import docx
    from docx.oxml.ns import qn

    document = docx.Document()
    paragraph = document.add_paragraph("He said “We stand ")
    deleted = paragraph._p.makeelement(qn("w:del"), {})
    run_ = deleted.makeelement(qn("w:r"), {})
    text = run_.makeelement(qn("w:delText"), {})
    text.text = "nowhere"
    run_.append(text)
    deleted.append(run_)
    paragraph._p.append(deleted)
    paragraph.add_run("here,").bold = True
    paragraph.add_run(" and fall.”")
    document.add_paragraph("The reef is alive.", style="Intense Quote")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


HTML = """<!doctype html><title>“No”</title><style>q { content: "“x”" }</style><script>"no"</script><!-- “no” -->
<p>He said &ldquo;We <b>stand</b> here,<br>and fall.&rdquo;<blockquote><p>The reef is alive.</blockquote> End"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", word_document()),
        ("a.html", HTML.encode()),
        ("-", HTML.encode()),
        (
            "a.md",
            b'# A\n\nHe said "We [stand](http://a.example/(b)) **here**, and\nfall."\n\n> The _reef_ is alive\\.\n',
        ),
        ("a.txt", "He said “We stand here, and\r\nfall.”\r\n\r\n> The reef\r\n> is alive.\r\n".encode("utf-16")),
        ("a.txt", "He said “We stand here, and fall.”\n\n  \n> “The reef is alive.”".encode("cp1252")),
    ],
)
def test_a_draft_is_read_in_any_format(name: str, content: bytes) -> None:
    assert [one.text for one in quotations(read_draft(content, name))] == SAID


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", b"PK\x03\x04no"), ("a.docx", b"text"), ("a.pdf", b"%PDF-1.7 x"), ("a.txt", b"a\0b"),
        ("a.txt", b"x" * 1_000_001),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(UsageError):
        read_draft(content, name)
