"""An archive as a tree of plain text: what is written, and what comes back of it when people mend it."""

import random
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.program import ok, run
from support.texts import replaced, said, save_said, save_transcript, text_of

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, save
from radio_archive.archive.clips.encoding import dump_words
from radio_archive.config.settings import TEMPLATE
from radio_archive.errors import UsageError
from radio_archive.pipeline.text_tree import KEPT, Outcome, TextTree

HEARD = "The tide came in at noon. It was cold and wet in Kāne. They said so. Nobody drowned."


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "archive", TEMPLATE) as opened:
        yield opened


@pytest.fixture
def tree(archive: Archive) -> TextTree:
    return TextTree(archive, archive.folder.parent / "tree")


@pytest.fixture
def uid(archive: Archive) -> str:
    return save_said(archive, "1", said(HEARD))


def exported(tree: TextTree) -> dict[str, Outcome]:
    return dict(tree.export())


def file_of(tree: TextTree, uid: str) -> Path:
    return tree.folder / "reef-notes" / f"{uid}.txt"


def change(path: Path, old: str, new: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8", newline="")


def applied(tree: TextTree) -> list[str]:
    """Import the tree; return a line for each place, conflict and problem."""
    lines = []
    for found in tree.look():
        one = tree.apply(found, "Lani") if found.places else found
        lines += [f"{place.edit.before} → {place.edit.after}" for place in one.places]
        lines += [f"{conflict.base}: {conflict.ours} | {conflict.theirs}" for _, conflict in one.conflicts]
        lines += [one.problem] if one.problem else []
    return lines


def test_the_tree_is_the_same_for_the_same_archive_and_a_correction_changes_one_line(
    archive: Archive, tree: TextTree, uid: str
) -> None:
    other = save_said(archive, "2", said("Rain fell."), show="Two: Shows")
    assert exported(tree) == {
        f"reef-notes/{uid}.txt": Outcome.WRITTEN, f"two-shows/{other}.txt": Outcome.WRITTEN
    }  # fmt: skip
    before = file_of(tree, uid).read_text(encoding="utf-8")
    head, _, body = before.partition("\n\n")
    assert head.splitlines()[1:4] == [f"# clip: {uid}", "# title: Clip 1", "# show: Reef Notes"]
    assert body.splitlines() == [
        "The tide came in at noon.", "It was cold and wet in Kāne.", "They said so.", "Nobody drowned."
    ]  # fmt: skip
    assert set(exported(tree).values()) == {Outcome.UNCHANGED}
    again = TextTree(archive, archive.folder.parent / "again")
    exported(again)
    assert file_of(again, uid).read_text(encoding="utf-8") == before
    replaced(archive, uid, "wet", "dry")
    assert exported(tree)[f"reef-notes/{uid}.txt"] == Outcome.WRITTEN
    after = file_of(tree, uid).read_text(encoding="utf-8")
    assert [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b] == [
        ("It was cold and wet in Kāne.", "It was cold and dry in Kāne.")
    ]


def test_what_people_mend_comes_back_with_its_times_and_can_be_undone(
    archive: Archive, tree: TextTree, uid: str
) -> None:
    exported(tree)
    path, before = file_of(tree, uid), text_of(archive, uid)
    stored = dump_words(corrections.now_of(archive, uid).corrected.words)
    change(path, "They said so.\n", "")
    change(path, "It was cold and wet", "It was very cold and dry")
    change(path, "noon.\n", "noon. ")
    change(path, "Nobody", "No-\n  body  ")
    content = unicodedata.normalize("NFD", path.read_text(encoding="utf-8")).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())
    assert applied(tree) == ["was → was very", "wet → dry", "They said so. Nobody → No- body"]
    assert text_of(archive, uid) == "The tide came in at noon. It was very cold and dry in Kāne. No- body drowned."
    words = corrections.now_of(archive, uid).corrected.words
    assert {w.text.strip(): w.start for w in words}["drowned."] == pytest.approx(0.4 * 17)
    # What is in the archive already is not done twice, and the tree is as the archive again.
    assert applied(tree) == []
    assert exported(tree) == {f"reef-notes/{uid}.txt": Outcome.WRITTEN}
    assert tree.batch is not None
    corrections.undo(archive, tree.batch)
    assert text_of(archive, uid) == before
    assert dump_words(corrections.now_of(archive, uid).corrected.words) == stored


def test_both_sides_are_kept_and_conflicts_are_told(archive: Archive, tree: TextTree, uid: str) -> None:
    exported(tree)
    replaced(archive, uid, "tide", "tides")
    replaced(archive, uid, "cold", "warm")
    path = file_of(tree, uid)
    change(path, "The tide came", "The tyde came")
    change(path, "drowned", "swam")
    assert exported(tree) == {f"reef-notes/{uid}.txt": Outcome.KEPT}
    assert applied(tree) == ["drowned. → swam.", "tide: tides | tyde"]
    assert text_of(archive, uid) == "The tides came in at noon. It was warm and wet in Kāne. They said so. Nobody swam."
    # A person decides for the archive's reading.
    change(path, "tyde", "tides")
    assert applied(tree) == []
    assert exported(tree) == {f"reef-notes/{uid}.txt": Outcome.WRITTEN}
    # A correction is taken back in the file.
    change(path, "tides", "tide")
    assert applied(tree) == ["tides → tide"]


def test_any_changes_on_both_sides_are_kept_and_an_undo_brings_back_every_byte(
    archive: Archive, tree: TextTree
) -> None:
    chance = random.Random(7)
    names = [f"w{n}" for n in range(40)]
    uid = save_said(archive, "1", said(" ".join(f"{name}{'.' if n % 7 == 6 else ''}" for n, name in enumerate(names))))
    for round_ in range(12):
        exported(tree)
        path, tree.batch = file_of(tree, uid), None
        places = chance.sample(range(0, len(names), 2), 10)
        for place in places[:4]:
            standing = next(w.text.strip() for w in corrections.now_of(archive, uid).corrected.words
                            if w.text.strip().strip(".").split("_")[0] == names[place])  # fmt: skip
            replaced(archive, uid, standing, f"{names[place]}_{round_}")
        stored = dump_words(corrections.now_of(archive, uid).corrected.words)
        head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
        lines = []
        for word in body.split():
            at = names.index(word.strip(".").split("_")[0])
            kind = chance.randrange(3) if at in places[4:] else 3
            lines.append(["", f"new{round_}", f"{word} more{round_} and", word][kind])
        path.write_text(f"{head}\n\n" + chance.choice(" \n").join(lines) + "\n", encoding="utf-8")
        assert not any(" | " in line for line in applied(tree))
        assert tree.batch is not None
        text = text_of(archive, uid).split()
        ours = {f"{names[place]}_{round_}" for place in places[:4]}
        assert {word.strip(".") for word in text} >= ours | ({f"new{round_}"} if f"new{round_}" in lines else set())
        assert sum(word == f"more{round_}" for word in text) == sum(f"more{round_}" in line for line in lines)
        corrections.undo(archive, tree.batch)
        assert dump_words(corrections.now_of(archive, uid).corrected.words) == stored
        path.unlink()


def test_another_transcript_since_is_no_reason_to_lose_a_change(archive: Archive, tree: TextTree, uid: str) -> None:
    exported(tree)
    save_transcript(archive, uid, said(HEARD.replace("noon", "midday")))
    change(file_of(tree, uid), "cold", "cool")
    assert applied(tree) == ["cold → cool"]
    assert text_of(archive, uid).startswith("The tide came in at midday. It was cool")


def header_lost(path: Path, _: Archive, __: str) -> None:
    change(path, "# clip: ", "# clop: ")


def other_clip(path: Path, _: Archive, uid: str) -> None:
    change(path, f"# clip: {uid}", "# clip: zzzzzzzz")


def unresolved(path: Path, _: Archive, __: str) -> None:
    change(path, "They", "<<<<<<< HEAD\nThey")


def emptied(path: Path, _: Archive, __: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").partition("\n\n")[0] + "\n\n", encoding="utf-8")


def latin(path: Path, _: Archive, __: str) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").replace("ā", "a").replace("wet", "señor").encode("latin-1"))


def linked(path: Path, archive: Archive, __: str) -> None:
    secret = archive.folder.parent / "secret"
    secret.write_text("A secret.", encoding="utf-8")
    path.unlink()
    path.symlink_to(secret)


def removed(path: Path, archive: Archive, uid: str) -> None:
    save.remove_clip(archive, uid)
    change(path, "wet", "dry")


def renamed(path: Path, _: Archive, __: str) -> None:
    path.rename(path.with_name("abcabcab.txt"))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (header_lost, "the lines at its top no longer say which clip it is"),
        (other_clip, "and the lines at its top say zzzzzzzz"),
        (unresolved, "line 10 is a mark of git about a conflict"),
        (emptied, "nothing is left of its text"),
        (latin, "it is not UTF-8"),
        (linked, "it cannot be read: "),
        (removed, "no clip "),
        (renamed, "it was not exported from this archive to this folder"),
    ],
)
def test_a_damaged_file_is_told_in_a_line_and_changes_nothing(
    archive: Archive, tree: TextTree, uid: str, damage: Callable[[Path, Archive, str], None], problem: str
) -> None:
    other = save_said(archive, "2", said("Rain fell on Hilo."))
    exported(tree)
    damage(file_of(tree, uid), archive, uid)
    change(file_of(tree, other), "Rain", "Snow")
    told = applied(tree)
    assert "Rain → Snow" in told
    [line] = [one for one in told if "→" not in one]
    assert problem in line
    assert damage is removed or text_of(archive, uid) == HEARD


def test_a_file_goes_where_its_show_is_and_goes_with_its_clip(archive: Archive, tree: TextTree, uid: str) -> None:
    private, gone, mended = (save_said(archive, str(n), said(f"Rain fell {n} times.")) for n in (2, 3, 4))
    exported(tree)
    (tree.folder / "README.md").write_text("Mend these.", encoding="utf-8")
    (tree.folder / "reef-notes" / "notes.txt").write_text("Mine.", encoding="utf-8")
    change(file_of(tree, mended), "Rain", "Snow")
    with archive.writing():
        archive.db.execute("UPDATE clips SET visibility = 'private' WHERE uid IN (?, ?)", [private, mended])
        archive.db.execute("UPDATE shows SET name = 'Sea Notes'")
    save.remove_clip(archive, gone)
    assert exported(tree) == {
        f"sea-notes/{uid}.txt": Outcome.WRITTEN,
        f"reef-notes/{private}.txt": Outcome.REMOVED,
        f"reef-notes/{gone}.txt": Outcome.REMOVED,
        f"reef-notes/{mended}.txt": Outcome.KEPT,
    }
    there = {str(path.relative_to(tree.folder)) for path in tree.folder.rglob("*") if path.is_file()}
    assert {path for path in there if not path.startswith(KEPT)} == {
        "README.md", "reef-notes/notes.txt", f"reef-notes/{mended}.txt", f"sea-notes/{uid}.txt"
    }  # fmt: skip


def test_nothing_is_written_through_a_link(archive: Archive, tree: TextTree, uid: str) -> None:
    outside = archive.folder.parent / "outside"
    outside.mkdir()
    tree.folder.mkdir()
    (tree.folder / "reef-notes").symlink_to(outside)
    with pytest.raises(UsageError, match="cannot write"):
        exported(tree)
    assert list(outside.iterdir()) == []
    (tree.folder / "reef-notes").unlink()
    (tree.folder / "reef-notes").mkdir()
    file_of(tree, uid).symlink_to(outside / "made.txt")
    with pytest.raises(UsageError, match="cannot write"):
        exported(tree)
    assert list(outside.iterdir()) == []


def test_podcasters_mend_transcripts_with_git(archive: Archive, tree: TextTree, uid: str) -> None:
    at = ["--archive", str(archive.folder)]
    assert ok("export", "--text-tree", tree.folder, *at).out == f"{tree.folder}: 1 written.\n"

    def git(*words: str) -> str:
        who = ["-c", "user.name=Lani", "-c", "user.email=lani@example.org"]
        done = subprocess.run(["git", "-C", str(tree.folder), *who, *words], check=True, capture_output=True, text=True)
        return done.stdout

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "Exported")
    assert git("ls-files").splitlines() == [f"reef-notes/{uid}.txt"]
    change(file_of(tree, uid), "wet", "dry")
    shown = run("import", "--text-tree", tree.folder, "--dry-run", *at)
    assert (shown.code, shown.out.splitlines()[1:]) == (
        0,
        ["   0:04  at noon. It was cold and [wet → dry] in Kāne. They said so. Nobody",
         "Would change 1 place in 1 file; 0 unchanged."],
    )  # fmt: skip
    done = run("import", "--text-tree", tree.folder, "--json", *at)
    [row] = done.json
    assert row["changes"] == [{"start": 4.0, "heard": "wet", "text": "dry"}]
    assert (row["clip"], row["conflicts"], row["error"]) == (uid, [], None)
    ok("fix", "--undo", str(row["batch"]), *at)
    assert text_of(archive, uid) == HEARD
    # Undone in the archive, the change is still in the file.
    assert run("export", "--text-tree", tree.folder, *at).code == 1
    git("checkout", "--quiet", ".")
    assert ok("export", "--text-tree", tree.folder, *at).out == f"{tree.folder}: 1 unchanged.\n"
    refused = run("import", "--text-tree", archive.folder, *at)
    assert (refused.code, "Traceback" in refused.err) == (1, False)
    assert "is an archive" in refused.err
