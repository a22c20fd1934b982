"""CSV manifests: forgiving about the form, exact about the line in which something is wrong, and read line by line."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.program import PEAK_MEMORY, environment

from radio_archive.errors import UnreadableFileError, UsageError
from radio_archive.formats import manifest
from radio_archive.formats.manifest import ManifestProblem, ManifestRow, read_manifest
from radio_archive.formats.table import csv_rows


def read(folder: Path, content: bytes | str) -> list[ManifestRow | ManifestProblem]:
    path = folder / "clips.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_manifest(path))


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("path,Title,Air Date\na.mp3,Whales,2024-10-22\n", {"Title": "Whales", "Air Date": "2024-10-22"}),
        ("\ufefftitle;file\nWhales;a.mp3\n", {"title": "Whales"}),
        ("File Path\tTITLE\r\na.mp3\tWhales\r\n", {"TITLE": "Whales"}),
        ("\n\n url , title\n\na.mp3,  Whales \n,\n", {"title": "Whales"}),
        ("path,url,title\na.mp3,https://x.example/a,Whales", {"url": "https://x.example/a", "title": "Whales"}),
        ("path,url,title\n,a.mp3,Whales", {"title": "Whales"}),
        ('path,title\ra.mp3,"Whales, and\rturtles"\r', {"title": "Whales, and\rturtles"}),
        ('path,title\na.mp3,"=""2024"""\n', {"title": "2024"}),
        ("path,title\na.mp3,'=Whales\n", {"title": "=Whales"}),
        ("path,title\na.mp3,'Tis whales\n", {"title": "'Tis whales"}),
        ('path,title\na.mp3,"=HYPERLINK(""x"")"\n', {"title": '=HYPERLINK("x")'}),
        ("path,title\na.mp3\n", {}),
        ("path,title,,\na.mp3,Whales,no name,\n", {"title": "Whales"}),
        ("path,title,Title\na.mp3,Whales,Sharks\n", {"title": "Whales", "Title": "Sharks"}),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_forms_that_programs_write(tmp_path: Path, content: str, values: dict[str, str], encoding: str) -> None:
    content = content.removeprefix("\ufeff") if encoding == "utf-16" else content
    [row] = read(tmp_path, content.encode(encoding))
    assert isinstance(row, ManifestRow)
    assert (row.location, row.values) == ("a.mp3", values)


WRONG = f"""path,title
a.mp3,"two
lines"
,Whales
b.mp3,Whales, and turtles
c.mp3,caf\udce9
=cmd|x,Whales
d\x00.mp3,Whales
e.mp3,"{"x" * 200_000}"
f.mp3,{"y" * 70_000}
{"g" * 5000},Whales
h.mp3,last
"""


def test_every_problem_is_named_with_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, WRONG.encode("utf-8", "surrogateescape"))
    assert [(row.line, row.location) for row in found if isinstance(row, ManifestRow)] == [(2, "a.mp3"), (12, "h.mp3")]
    problems = {row.line: row.text for row in found if isinstance(row, ManifestProblem)}
    assert list(problems) == [4, 5, 6, 7, 8, 9, 10, 11]
    assert "no path" in problems[4]
    assert "more values" in problems[5]
    assert "not UTF-8" in problems[6]
    assert "'=cmd|x' is no path" in problems[7]
    assert "too long" in problems[9]
    assert "65,536 characters" in problems[10]


def test_an_endless_line_or_quotation_does_not_hide_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "LONGEST_LINE", 1_000)
    found = read(tmp_path, f"path,title\n{'a,' * 3_000}\nb.mp3,x\n" + 'c.mp3,"open\n' + "d.mp3,y\n" * 40_000)
    assert [type(row) for row in found[:3]] == [ManifestProblem, ManifestRow, ManifestProblem]
    assert sum(isinstance(row, ManifestRow) for row in found) > 20_000, "what comes after the limit is read"


@pytest.mark.parametrize("content", ["", "\n\n", "title,date\nWhales,2024\n", "\x00\n", "a.mp3\nb.mp3\n"])
def test_a_file_that_does_not_say_where_recordings_are(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError, match=r"clips\.csv: no column says where .*Call one column path or url"):
        read(tmp_path, content)


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    problem, row = read(tmp_path, "path,title,title\na.mp3,Whales,Sharks\n")
    assert problem == ManifestProblem(1, "the column 'title' is there twice; the first counts")
    assert isinstance(row, ManifestRow)
    assert row.values == {"title": "Whales"}


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        list(read_manifest(tmp_path / "no.csv"))


@given(rows=st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=8), tail=st.binary(max_size=60))
def test_no_content_is_too_strange(
    rows: list[tuple[str, str]], tail: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("m") / "m.csv"
    cells = [[one, two] for one, two in rows]
    path.write_bytes("".join(csv_rows(["path", "title"], cells)).encode("utf-8", "surrogatepass") + tail)
    for row in read_manifest(path):
        assert row.line >= 1


MILLION = (
    PEAK_MEMORY
    + """
import sys
from pathlib import Path
from radio_archive.formats.manifest import read_manifest
before = peak_memory()
print(sum(1 for _ in read_manifest(Path(sys.argv[1]))), peak_memory() - before)
"""
)


def test_a_million_rows_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    with path.open("w") as file:
        file.write("path,title\n")
        for start in range(0, 1_000_000, 10_000):
            file.write("".join(f"clips/{n}.mp3,Clip {n}\n" for n in range(start, start + 10_000)))
    done = subprocess.run(
        [sys.executable, "-c", MILLION, path], capture_output=True, text=True, check=True, env=environment()
    )
    rows, kibibytes = map(int, done.stdout.split())
    assert rows == 1_000_000
    assert kibibytes < 20_000
