"""What is missing is said by the commands that archive, and shown by those that read."""

import shutil
from pathlib import Path

from support.gapped import CABLE, GERMAN, Gapped
from support.program import environment, ok, run

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters
from radio_archive.search.search import search

LINE = "0:32–0:38 somebody speaks; not understood"
COUNTED = "3 stretches, 14 s in all: somebody speaks; not understood"


def test_add_says_what_was_not_understood(gapped: Gapped) -> None:
    warnings = {row["clip"]: row["warnings"] for row in gapped.added.json}
    assert warnings[gapped.cable] == [LINE]
    assert warnings[gapped.harbor] == [COUNTED]
    assert warnings[gapped.whole] == []


def test_retranscribe_says_it_too(own_gapped: Gapped) -> None:
    done = ok("retranscribe", own_gapped.cable, "--model", own_gapped.replay, "-a", own_gapped.folder)
    assert f"warning    An undersea cable from Fiji to Hawaiʻi: {LINE}\n" in done.err


def test_watch_says_it_too(empty_archive: Path, gapped: Gapped) -> None:
    shutil.copy(CABLE, empty_archive / "inbox")
    done = ok("watch", "--once", "--log-json", "--model", gapped.replay, "-a", empty_archive)
    (row,) = [row for row in done.rows if row["event"] == "archived"]
    assert row["warnings"] == [LINE]


def test_show_has_gaps_where_they_are_and_marks_another_language(gapped: Gapped) -> None:
    lines = ok("show", gapped.cable, "-a", gapped.folder).out.splitlines()
    at = next(number for number, line in enumerate(lines) if "not understood" in line)
    before, gap, after = lines[at - 1 : at + 2]
    assert gap == "0:32–0:38  somebody speaks; not understood"
    assert before.startswith("     0:27  More than")
    assert after == f"     0:38  [de] {GERMAN}"


def test_show_on_a_terminal(gapped: Gapped) -> None:
    shown = run("show", gapped.cable, "-a", gapped.folder, env=environment(FORCE_COLOR="1", COLUMNS="120"))
    (line,) = [line for line in shown.out.splitlines() if "not understood" in line]
    dim = "\x1b[2m"
    assert line.rpartition("somebody speaks")[0].endswith(dim)


def test_show_as_json(gapped: Gapped) -> None:
    shown = ok("show", gapped.cable, "--json", "-a", gapped.folder).json
    assert shown["gaps"] == shown["transcripts"][0]["gaps"] == [{"start": 32.3, "end": 37.6}]
    languages = {segment["text"]: segment["language"] for segment in shown["segments"]}
    assert languages[GERMAN] == "de"
    assert set(languages.values()) == {None, "de"}


def test_list_says_what_is_missing_in_which_clips(gapped: Gapped) -> None:
    where = ("-a", gapped.folder)
    missing = {
        line.split("\t")[0]: line.split("\t")[-1] for line in ok("list", "--incomplete", *where).out.splitlines()
    }
    assert missing.keys() == {gapped.cable, gapped.harbor, gapped.short}
    assert missing[gapped.cable] == LINE
    assert missing[gapped.harbor] == COUNTED
    assert missing[gapped.short].startswith("cut short: 36.0 s of the 72.1 s")
    rows = ok("list", "--incomplete", "--json", *where).json
    assert {row["clip"]: "; ".join(row["missing"]) for row in rows} == missing
    assert "missing" not in ok("list", "--json", *where).json[0]


def test_list_counts(gapped: Gapped) -> None:
    where = ("-a", gapped.folder)
    assert ok("list", "--count", *where).out == "4\n"
    assert ok("list", "--incomplete", "--count", *where).out == "3\n"
    assert ok("list", "--incomplete", "--show", "Reef Notes", "--count", *where).out == "0\n"
    refused = run("list", "--count", "--json", *where)
    assert (refused.code, refused.err) == (1, "--json and --count cannot be used together. Choose one.\n")


def test_a_list_of_what_is_incomplete_may_be_empty(gapped: Gapped) -> None:
    done = ok("list", "--incomplete", "--show", "Reef Notes", "-a", gapped.folder)
    assert (done.out, done.err) == ("", "No clip matches. `radio-archive list` shows all of them.\n")


def test_a_search_among_what_is_incomplete(gapped: Gapped) -> None:
    with Archive(gapped.folder, read_only=True) as archive:
        among = search(archive, "the", Filters(incomplete=True), count=True, facets=True)
        everywhere = search(archive, "the")
    assert {hit.clip.uid for hit in among.clips} == {gapped.cable, gapped.harbor}
    assert {hit.clip.uid for hit in everywhere.clips} > {gapped.cable, gapped.harbor}
    assert among.total == 2
    assert sum(number for _, number in among.facets["year"]) == 2
