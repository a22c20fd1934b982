"""`radio-archive review`: at a terminal, with real keys, and as data."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.bounds import until
from support.program import environment, ok, run
from support.terminal import Terminal, terminal

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import batches, corrections, proposals, read
from radio_archive.models import Alternative, Proposal, ProposalSource

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")


CHANGES = (
    ("undersea", "under-sea", ("under sea",)),
    ("Fiji", "Viti", ()),
    ("government", "Regierung", ()),
    ("boats", "vessels", ()),
    ("harbor", "harbour", ()),
)
"""A word that is heard, what is proposed for it, and what else; the surest first."""


def proposal(at: int, before: str, after: str, others: Sequence[str], confidence: float) -> Proposal:
    told = "it is so in the story"
    alternatives = tuple(Alternative(at, at, other, ProposalSource.STORY, told, 0.5) for other in others)
    return Proposal(at, at, before, after, ProposalSource.STORY, told, confidence, alternatives)


@pytest.fixture
def proposed(own_archive: Path) -> Path:
    """An archive in which five words have proposals, of which only these are near to certain."""
    with Archive(own_archive) as archive:
        for clip in list(read.clips(archive, parts=read.Part.WORDS)):
            texts = [word.text.strip(" .,") for word in clip.words]
            found = [
                proposal(texts.index(word), clip.words[texts.index(word)].text.strip(), after, others, 0.998 - n / 1000)
                for n, (word, after, others) in enumerate(CHANGES)
                if word in texts
            ]
            proposals.propose(archive, clip.uid, found, 1.0)
        archive.db.execute("DELETE FROM corrections WHERE id NOT IN (SELECT min(id) FROM corrections GROUP BY before)")
        archive.db.conn.commit()
    return own_archive


@pytest.fixture
def player(tmp_path: Path) -> Path:
    """A folder with a player, which writes what it plays into a file beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "mpv"
    program.write_text(f'#!/bin/sh\nfor last; do :; done\nwc -c < "$last" >> {folder}/played\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


@pytest.fixture
def at_terminal(proposed: Path, player: Path) -> Iterator[Terminal]:
    env = environment(PATH=f"{player}{os.pathsep}{os.environ['PATH']}", RADIO_ARCHIVE_AUTHOR="Lani")
    with terminal("review", "--archive", proposed, "--limit", len(CHANGES), env=env) as running:
        yield running


def found(archive: Path, query: str) -> int:
    return len(run("search", query, "--archive", archive, "--jsonl").rows)


def test_a_review_with_real_keys(at_terminal: Terminal, proposed: Path, player: Path) -> None:
    shown = at_terminal.expect("uit ? ")
    assert "Pacific Report" in shown
    assert "[undersea]" in shown
    assert "1  under-sea  ← it is so in the story" in shown
    assert "2  under sea" in shown
    played = player / "played"
    until("the passage was played", lambda: played.exists() and played.read_text(encoding="utf-8").strip())
    seconds = int(played.read_text(encoding="utf-8").split()[0]) / (2 * 16_000)
    assert 1 < seconds < 30
    at_terminal.press("x")
    at_terminal.expect("uit ? ")
    at_terminal.press("2")
    at_terminal.expect("changed")
    at_terminal.expect("[Fiji")
    at_terminal.expect("uit ? ")
    at_terminal.press("e")
    at_terminal.expect("New text: ")
    at_terminal.press("\x15Fidschi\n")
    at_terminal.expect("[government]")
    at_terminal.expect("uit ? ")
    at_terminal.press("a")
    at_terminal.expect("accepted")
    at_terminal.expect("uit ? ")
    at_terminal.press("u")
    at_terminal.expect("undone: government")
    at_terminal.expect("[government]")
    at_terminal.expect("uit ? ")
    at_terminal.press("r")
    at_terminal.expect("uit ? ")
    at_terminal.press("s")
    at_terminal.expect("skipped")
    at_terminal.expect("uit ? ")
    at_terminal.press("q")
    assert at_terminal.end() == 0
    assert "4 places reviewed" in at_terminal.seen
    assert [found(proposed, word) for word in ('"under sea"', "Fidschi", "Regierung", "vessels")] == [1, 1, 0, 0]
    # The next review goes on from there.
    (row,) = ok("review", "--archive", proposed, "--json", "--limit", 1).json
    assert row["text"].strip(".,") == "harbor"
    (skipped,) = ok("review", "--archive", proposed, "--json", "--skipped").json
    assert skipped["text"].strip(".,") == "boats"
    with Archive(proposed, read_only=True) as archive:
        assert {batch.author for batch in batches.newest(archive)} == {"Lani"}


LINES = "are a word of it\nqueries, and 1 more\n"
"""A text of which nearly every letter is a key that does something."""


@pytest.mark.parametrize("pasted", [f"\x1b[200~{200 * LINES}\x1b[201~", 200 * LINES])
def test_a_text_that_is_pasted_is_no_keys(at_terminal: Terminal, proposed: Path, pasted: str) -> None:
    at_terminal.expect("uit ? ")
    at_terminal.press(pasted)
    at_terminal.expect("press e, and paste it there")
    at_terminal.expect("uit ? ")
    at_terminal.press(12 * "\x1b[A" + "r")
    at_terminal.expect("rejected")
    at_terminal.press("q")
    assert at_terminal.end() == 0
    assert "1 place reviewed: 1 rejected." in at_terminal.seen


def test_lines_that_are_pasted_into_a_text_are_one_text(at_terminal: Terminal, proposed: Path) -> None:
    at_terminal.expect("uit ? ")
    at_terminal.press("e")
    at_terminal.expect("New text: ")
    at_terminal.press("\x15\x1b[200~under the\nsea\nq\x1b[201~\n")
    at_terminal.expect("changed")
    at_terminal.expect("uit ? ")
    at_terminal.press("q")
    assert at_terminal.end() == 0
    assert found(proposed, '"under the sea q"') == 1


def test_a_review_in_a_narrow_terminal(proposed: Path) -> None:
    with terminal("review", "--archive", proposed, "--silent", env=environment(COLUMNS="24")) as running:
        running.expect("uit ?")
        running.press("q")
        assert running.end() == 0
    lines = running.seen.splitlines()
    assert max(map(len, lines)) <= 24
    for part in (
        "Pacific Report",
        "[undersea]",
        "1  under-sea",
        "it is so in the story",
        "[a]ccept",
        "[p]lay",
        "[q]uit ?",
    ):
        assert part in " ".join(line.strip() for line in lines)


def test_without_a_terminal_it_says_what_to_do_and_lists_the_queue(proposed: Path) -> None:
    ran = run("review", "--archive", proposed)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "--json" in ran.err
    rows = ok("review", "--archive", proposed, "--jsonl", "--limit", 2).rows
    assert [row["text"].strip(".,") for row in rows] == ["undersea", "Fiji"]
    assert [offer["text"] for offer in rows[0]["offers"]] == ["under-sea", "under sea"]
    assert rows[0]["kind"] == "proposal"
    assert rows[0]["correction"]


def test_the_status_of_each_show(proposed: Path) -> None:
    before = {row["show"]: row for row in ok("review", "--archive", proposed, "--status", "--json").json}
    assert before["Pacific Report"]["proposals"] >= 1
    table = ok("review", "--archive", proposed, "--status", "--show", "Pacific Report").out
    assert table.rstrip("\n").split("\t")[-1] == "Pacific Report"
    with Archive(proposed) as archive:
        key = archive.db.execute("SELECT min(correction_id) FROM review_items").fetchone()[0]
        corrections.decide(archive, [key], "Kai", accepted=False)
    after = ok("review", "--archive", proposed, "--status", "--json").json
    assert sum(row["rejected"] for row in after) == 1
