"""`search` on the command line: what it prints for people and for programs, and how it handles odd input."""

import csv
import io
import json
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.program import environment, ok, run
from support.query_trees import QUERIES
from support.spoken_archive import say, spoken_archive
from typer.testing import CliRunner

from radio_archive.archive.archive import Archive
from radio_archive.archive.filters import Filters
from radio_archive.audio.examine import examine
from radio_archive.cli.app import app
from radio_archive.cli.commands.search import _passage
from radio_archive.cli.display.plots import bar, over_time
from radio_archive.cli.query import typed
from radio_archive.errors import RadioArchiveError, UsageError
from radio_archive.search.results import Match, Sort
from radio_archive.search.search import search
from radio_archive.text.highlight import MARK_END, MARK_START

KEYS = {"clip", "title", "show", "reporter", "date", "start", "end", "matched", "text", "snippet", "current", "missing"}


def found(archive: Path, *arguments: str) -> list[dict[str, object]]:
    """Return the passages that the command prints; it must find some."""
    return ok("search", *arguments, "--archive", archive, "--jsonl").rows


def inside(*arguments: object) -> tuple[int, str, str]:
    """Run a command in this process: exit code, output and messages. It must not raise anything else."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, RadioArchiveError):
        return 1, result.stdout, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_a_hit_says_where_who_and_when(demo_archive: Path) -> None:
    hits = found(demo_archive, "undersea", "cable")
    first = hits[0]
    assert set(first) == KEYS
    assert first["show"] == "Pacific Report"
    assert first["date"] == "2024-10-22"
    assert "**undersea**" in str(first["snippet"])
    assert 0 <= float(str(first["start"])) < float(str(first["end"])) <= 85
    assert all("undersea" in str(hit["text"]).lower() for hit in hits if hit["matched"] == "speech")


def test_json_groups_passages_by_clip(demo_archive: Path) -> None:
    document = ok("search", "undersea", "cable", "--archive", demo_archive, "--json").json
    assert document["query"] == "undersea cable"
    (clip,) = document["clips"]
    assert clip["reporter"] == "Dana Kealoha"
    assert [passage["start"] for passage in clip["passages"]]
    assert set(document) == {"query", "clips"}


def test_csv_has_a_line_a_passage(demo_archive: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(ok("search", "undersea", "cable", "-a", demo_archive, "--csv").out)))
    assert set(rows[0]) == KEYS
    assert [row["text"] for row in rows] == [hit["text"] for hit in found(demo_archive, "undersea", "cable")]


def test_ids_name_each_clip_once(demo_archive: Path) -> None:
    ids = ok("search", "the", "--all", "--ids", "--archive", demo_archive).out.split()
    assert len(ids) == len(set(ids)) > 3
    for clip in ids:
        assert re.fullmatch(r"[0-9a-z]{8}", clip)


def test_piped_output_is_plain_and_a_line_a_hit(demo_archive: Path) -> None:
    out = ok("search", "undersea", "--archive", demo_archive).out
    assert "\x1b" not in out
    assert all(line.count("\t") == 4 for line in out.splitlines())
    assert "Pacific Report" in out


@pytest.mark.parametrize(
    ("arguments", "dates"),
    [
        (["--show", "pacific report"], {"2024-10-22"}),
        (["--show", "PACIFIC-REPORT", "--until", "2024-10-21"], set()),
        (["--since", "2024-10-22", "--until", "2024-10-22"], {"2024-10-22"}),
        (["--since", "2024-10-23", "--show", "Pacific Report"], set()),
        (["show:pacific report"], {"2024-10-22"}),
        (["year:2024", "date:2024-10"], {"2024-10-22"}),
        (["since:2024-11"], set()),
        (["--since", "2024-10", "--until", "2024"], {"2024-10-22"}),
        (["--since", "October 2024", "--until", "10/22/2024"], {"2024-10-22"}),
        (["after:2024-10-21", "before:2024-10-23"], {"2024-10-22"}),
        (["after:2024-10-22"], set()),
        (["before:october 2024"], set()),
        (["in:october 2024"], {"2024-10-22"}),
        (["in:pacific report"], {"2024-10-22"}),
        (["in:title"], {"2024-10-22"}),
        (["language:English"], {"2024-10-22"}),
        (["--language", "en"], {"2024-10-22"}),
        (["--language", "haw"], set()),
        (["speaker:kealoha"], {"2024-10-22"}),
        (["--since", "2024-11"], set()),
        (["-turtles"], {"2024-10-22"}),
        (["-cable"], set()),
    ],
)
def test_filters(demo_archive: Path, arguments: list[str], dates: set[str]) -> None:
    code, out, _ = inside("search", '"undersea cable"', *arguments, "--archive", demo_archive, "--jsonl")
    assert {json.loads(line)["date"] for line in out.splitlines()} == dates
    assert code == (0 if dates else 1)


def test_filter_by_reporter(demo_archive: Path) -> None:
    reporter = next(row["reporter"] for row in ok("list", "-a", demo_archive, "--jsonl").rows if row["reporter"])
    assert {hit["reporter"] for hit in found(demo_archive, "the", "--reporter", reporter.upper())} == {reporter}
    assert {hit["reporter"] for hit in found(demo_archive, "the", f"reporter:{reporter}")} == {reporter}


def test_a_phrase_keeps_words_together(demo_archive: Path) -> None:
    assert found(demo_archive, '"undersea cable"')
    assert run("search", '"cable undersea"', "--archive", demo_archive).code == 1


def test_a_star_matches_longer_words(demo_archive: Path) -> None:
    assert found(demo_archive, "unders*")
    assert run("search", '"unders"', "--archive", demo_archive).code == 1


def test_pages_hold_each_clip_once(demo_archive: Path) -> None:
    every = ok("search", "the", "--all", "--ids", "--archive", demo_archive).out.split()
    command = ["search", "the", "--limit", 3, "--ids", "-a", demo_archive]
    pages = [ok(*command, "--page", page).out.split() for page in (1, 2)]
    assert [*pages[0], *pages[1]] == every[:6]
    code, out, err = inside(*command, "--page", 9)
    assert (code, out, err) == (1, "", "There is no page 9.\n")


def test_titles_are_searched(demo_archive: Path) -> None:
    row = next(row for row in ok("list", "-a", demo_archive, "--jsonl").rows if row["reporter"])
    assert row["clip"] in {hit["clip"] for hit in found(demo_archive, f'"{row["title"]}"')}
    assert {hit["clip"] for hit in found(demo_archive, f'title:"{row["title"]}"')} == {row["clip"]}


def test_filters_alone_list_their_clips(demo_archive: Path) -> None:
    code, out, _ = inside("search", "year:2024", 'show:"Pacific Report"', "-a", demo_archive)
    assert code == 0
    assert [line.split("\t")[2] for line in out.splitlines()] == [
        "Security Pact", "A satellite launch from Guam", "An undersea cable from Fiji to Hawaiʻi",
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(inside("search", "year:2024", "--csv", "-a", demo_archive)[1])))
    assert len(rows) == 4
    assert {row["start"] for row in rows} == {""}


def test_what_is_written_is_told_from_what_is_said(demo_archive: Path) -> None:
    hits = found(demo_archive, "title:molokai")
    assert {(hit["matched"], hit["snippet"]) for hit in hits} == {("title", "Counting coral reefs off **Molokaʻi**")}
    assert {hit["matched"] for hit in found(demo_archive, "said:molokai")} == {"speech"}


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ('"twelve percent"', {"That is up 12 percent from the year before."}),
        ("12%", {"That is up 12 percent from the year before."}),
        ('"twelve thousand visitors"', {"More than 12,000 visitors arrived in Maui in 2019."}),
        ("$30,000,000", {"The space agency earned less than $30 million last year from satellites."}),
        ('"less than eight million dollars last year"', {
            "The university earned less than $8 million last year from tests."}),
    ],
)  # fmt: skip
def test_numbers_are_found_however_they_are_written(demo_archive: Path, query: str, texts: set[str]) -> None:
    """And `twelve percent` is not twelve ferries."""
    code, out, _ = inside("search", query, "--jsonl", "-a", demo_archive)
    assert code == 0
    assert {json.loads(line)["text"] for line in out.splitlines()} == texts


def test_nothing_found_says_what_to_try(demo_archive: Path) -> None:
    code, out, err = inside("search", "undersea", "+cabel", "-a", demo_archive)
    assert (code, out) == (1, "")
    assert "Perhaps: undersea" in err
    code, out, _ = inside("search", "undersea", "+cabel", "--json", "-a", demo_archive)
    assert code == 1
    assert "undersea" in json.loads(out)["suggestions"][0]
    assert "Write it without a space" in inside("search", "title: zebra", "-a", demo_archive)[2]
    _, _, err = inside("search", "cable", "--show", "Reef Notes", "-a", demo_archive)
    assert "without --show" in err


def test_an_unknown_show_is_answered_with_the_known_ones(demo_archive: Path) -> None:
    ran = run("search", "cable", "--show", "Pacific Reprot", "--archive", demo_archive)
    assert ran.code == 1
    assert "Perhaps: Pacific Report" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--language", "Klingonish"], ["--host", "Nobody Known"], ["--since", "someday"],
        ["--until", "2024-13-01"], ["--limit", "0"], ["--page", "0"], ["--json", "--jsonl"],
        ["--csv", "--ids"], ["--sort", "best"], ["--facets", "colour"], ["--nonsense"],
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(demo_archive: Path, arguments: list[str]) -> None:
    code, out, err = inside("search", "cable", *arguments, "--archive", demo_archive)
    assert code != 0
    assert out == ""
    assert err


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (["coral", "reef"], "coral reef"),
        (["coral reef"], "coral reef"),
        (["typhoon (Guam Saipan)", "fish"], "typhoon (Guam Saipan) fish"),
        (["coral +reef", "fish"], "coral +reef fish"),
        (["coral -reef", "fish"], "coral -reef fish"),
        (["in:title coral reef", "fish"], "in:title coral reef fish"),
        (['"coral reef" fish'], '"coral reef" fish'),
        (["cable OR wire", "fiji"], "cable OR wire fiji"),
        (["coral reef", "fish"], '"coral reef" fish'),
        (["show:Asia Minute", "fish"], 'show:"Asia Minute" fish'),
        (["host:Noa Ito", "fish"], 'host:"Noa Ito" fish'),
        (["in:Asia Minute", "fish"], 'in:"Asia Minute" fish'),
        (["since:last week", "fish"], "since:last week fish"),
        (["show:Pacific Report"], 'show:"Pacific Report"'),
        (["in:pacific report"], 'in:"pacific report"'),
        (["reporter:Dana Kealoha"], 'reporter:"Dana Kealoha"'),
        (["show:Harbor storm"], "show:Harbor storm"),
        (["show:Asia Minute"], "show:Asia Minute"),
        (["title:coral reef", "fish"], 'title:"coral reef" fish'),
        (["fish", "-coral reef"], 'fish -"coral reef"'),
        (["show:Asia Minute title:fish"], "show:Asia Minute title:fish"),
    ],
)
def test_quotes_that_the_shell_took_are_put_back(arguments: list[str], query: str, demo_archive: Path) -> None:
    with Archive(demo_archive, read_only=True) as archive:
        assert typed(arguments, archive) == query


def test_a_field_before_other_words_does_not_take_them_all(demo_archive: Path) -> None:
    """One quoted argument is a query, whatever it begins with; only a whole name stays together."""
    every = {hit["clip"] for hit in found(demo_archive, "storm", "show:Harbor Watch")}
    assert every
    assert {hit["clip"] for hit in found(demo_archive, "show:Harbor storm")} == every
    assert {hit["show"] for hit in found(demo_archive, "show:Harbor storm")} == {"Harbor Watch"}
    assert {hit["show"] for hit in found(demo_archive, "show:Pacific Report", "cable")} == {"Pacific Report"}
    assert {hit["show"] for hit in found(demo_archive, "show:Pacific Report")} == {"Pacific Report"}


def test_a_field_that_does_not_exist_is_said_also_when_something_was_found(demo_archive: Path) -> None:
    command = ("-a", demo_archive)
    code, out, err = inside("search", "cable OR speakr:bob", *command)
    assert (code, bool(out)) == (0, True)
    assert "There is no field speakr: (did you mean speaker:?)" in err
    assert "speakr:" in inside("concordance", "cable OR speakr:bob", *command)[2]
    assert "speakr:" in inside("trends", "cable OR speakr:bob", *command)[2]
    assert inside("search", r"cable OR 12:30 OR https://x.org OR C:\x", *command)[2] == ""


def test_a_hyphen_leaves_out_and_is_no_option(demo_archive: Path) -> None:
    """Otherwise `-cable` would be read as `-c` and `-a ble`."""
    every, without = (
        {line.split("\t")[0] for line in inside("search", "the", *more, "--all", "-a", demo_archive)[1].splitlines()}
        for more in ([], ["-cable"])
    )
    cable = set(inside("search", "the", "cable", "--all", "--ids", "-a", demo_archive)[1].split())
    assert cable
    assert without < every
    assert not inside("search", "cable", "-cable", "-a", demo_archive)[1]


def test_on_a_terminal_matches_are_marked_and_passages_numbered(demo_archive: Path) -> None:
    ran = run("search", "undersea", "-C", 1, "-a", demo_archive, env=environment(FORCE_COLOR="1", COLUMNS="100"))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", ran.out)
    assert "An undersea cable from Fiji to Hawaiʻi  Pacific Report · Dana Kealoha · 2024-10-22" in plain
    assert re.search(r"^ +1 +0:\d\d +", plain, re.MULTILINE)
    assert re.search(r"\x1b\[1;30;43mundersea\x1b", ran.out)
    assert MARK_START not in ran.out
    assert MARK_END not in ran.out


def test_numbers_instead_of_passages(demo_archive: Path) -> None:
    ids = inside("search", "the", "--all", "--ids", "-a", demo_archive)[1].split()
    assert inside("search", "the", "--count", "-a", demo_archive)[1] == f"{len(ids)}\n"
    code, out, _ = inside("search", "the", "--facets", "show,year", "-a", demo_archive)
    rows = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert {row[0] for row in rows} == {"show", "year"}
    assert sum(int(row[2]) for row in rows if row[0] == "year") == len(ids)
    code, out, _ = inside("search", "the", "--plot", "-a", demo_archive)
    months = dict(line.split("\t") for line in out.splitlines())
    assert months["2025-02"] != "0"
    assert months["2025-05"]
    numbers = ["--count", "--facets", "year", "--plot", "--json"]
    document = json.loads(inside("search", "the", *numbers, "-a", demo_archive)[1])
    assert document["total"] == len(ids)
    assert {row["value"] for row in document["facets"]["year"]} == {"2024", "2025"}
    assert sum(row["clips"] for row in document["months"]) == len(ids)


def test_months_have_no_gaps_and_many_become_years() -> None:
    assert over_time([("2024-12", 1), ("2024-10", 2)]) == [("2024-10", 2), ("2024-11", 0), ("2024-12", 1)]
    assert over_time([("2001-01", 1), ("2024-10", 2)])[0] == ("2001", 1)
    assert over_time([]) == over_time([("", 3)]) == []
    assert [bar(share, 2) for share in (0, 0.001, 0.5, 1)] == ["", "▏", "█", "██"]


def test_a_quote_is_audio_with_its_citation(demo_archive: Path, tmp_path: Path) -> None:
    """The passage is cut from its recording, and never replaces another file."""
    passage = found(demo_archive, '"undersea cable from Fiji"', "said:government")[0]
    command = ["search", '"undersea cable from Fiji"', "said:government", "-a", demo_archive]
    target = tmp_path / "quote.mp3"
    ran = ok(*command, "--quote", target)
    assert f"“{passage['text']}”\n— Dana Kealoha, “An undersea cable from Fiji to Hawaiʻi”, Pacific Report, " in ran.out
    assert f"22 October 2024, 0:05–0:10 (clip {passage['clip']})." in ran.out
    assert "listen before you quote" in ran.err
    seconds = float(str(passage["end"])) - float(str(passage["start"]))
    assert examine(target).recording.duration == pytest.approx(seconds + 1, abs=0.1)
    before = target.read_bytes()
    again = run(*command, "--quote", target)
    assert (again.code, again.out) == (1, "")
    assert "there already" in again.err
    assert target.read_bytes() == before
    code, out, _ = inside(*command, "--quote", tmp_path / "more.wav", "--context", 1, "--json")
    assert code == 0
    assert len(json.loads(out)["quote"]) > len(str(passage["text"]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cable", "--quote", "quote.txt"], "may end in .mp3"), (["cable", "--quote", "none/q.mp3"], "cannot write"),
        (["cable", "--quote", "q.mp3", "--hit", "99"], "no passage 99"),
        (["title:hilo", "--quote", "q.mp3"], "nobody says that"),
        (["title:hilo", "--quote", "q.mp3", "--hit", "1"], "which is not spoken"),
        (["cable", "--quote", "q.mp3", "--hit", "4"], "which is not spoken"),
        (["year:2024", "--quote", "q.mp3"], "filters alone"), (["cable", "--hit", "2"], "--hit chooses a passage"),
    ],
)  # fmt: skip
def test_a_quote_that_cannot_be_made(
    arguments: list[str], message: str, demo_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = inside("search", *arguments, "-a", demo_archive)
    assert (code, out) == (1, "")
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_a_quote_is_of_the_first_clip_that_says_it(own_archive: Path, tmp_path: Path) -> None:
    """Clips that only their titles match are passed over, also where --limit lets no other one be printed."""
    said = [str(one["clip"]) for one in found(own_archive, "said:cable")]
    for clip in (str(one["clip"]) for one in ok("list", "--jsonl", "-a", own_archive).rows):
        if clip not in said:
            ok("tag", clip, "title=Cable, cable and more cable", "-a", own_archive)
    newest = ["cable", "--sort", "newest"]
    assert {one["matched"] for one in found(own_archive, *newest, "--limit", "1")} == {"title"}
    for number, more in enumerate([[], ["--limit", 1]]):
        target = tmp_path / f"{number}.wav"
        code, out, err = inside("search", *newest, *more, "--quote", target, "--json", "-a", own_archive)
        assert (code, target.exists()) == (0, True), err
        assert "cable" in json.loads(out)["quote"].lower()
        assert json.loads(out)["clip"] in said


def test_what_was_heard_and_corrected_is_not_quoted_first(tmp_path: Path) -> None:
    with spoken_archive(tmp_path / "archive") as archive:
        say(archive, "The cable was cut.", date="2024-10-21")
        say(archive, "A ferry came.", date="2024-10-22")
        with archive.writing():
            archive.db.execute("UPDATE segments SET heard = 'A cable came.' WHERE text LIKE '%ferry%'")
        every = search(archive, "cable", sort="newest")
    assert [str(hit.passages[0].where) for hit in every.clips] == ["heard", "speech"]
    assert _passage(every, None, must_be_said=True)[1].text == "The cable was cut."


def test_play_of_what_nobody_says_begins_at_the_beginning_and_says_so(
    demo_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = player(tmp_path, "mpv")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setenv("RADIO_ARCHIVE_PLAYER", "mpv")
    code, _, err = inside("search", "title:hilo", "--play", "-a", demo_archive)
    assert code == 0
    assert "Nobody says that: it was found in titles" in err
    assert "--start=0.00" in asked.read_text(encoding="utf-8")


def test_a_quote_from_a_recording_that_is_gone(own_archive: Path, tmp_path: Path) -> None:
    for file in (own_archive / "media").rglob("*.mp3"):
        file.unlink()
    code, _, err = inside("search", "cable", "--quote", tmp_path / "quote.mp3", "-a", own_archive)
    assert code == 1
    assert "is not at" in err


def test_what_limits_the_use_of_a_quote_is_said(own_archive: Path, tmp_path: Path) -> None:
    clip = found(own_archive, "undersea")[0]["clip"]
    ok("tag", clip, "embargo=2099-01-01", "rights=ask first", "-a", own_archive)
    code, _, err = inside("search", "undersea", "--quote", tmp_path / "quote.mp3", "-a", own_archive)
    assert code == 0
    assert "embargo until 2099-01-01" in err
    assert "ask first" in err


def player(folder: Path, name: str) -> Path:
    """Put a program called `name` into `folder` that records what it should play."""
    program, said = folder / name, folder / "asked"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{said}"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return said


@pytest.mark.parametrize(("name", "start"), [("mpv", "--start="), ("ffplay", "-ss"), ("cvlc", "--start-time=")])
def test_play_begins_at_the_passage(
    name: str, start: str, demo_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = player(tmp_path, name)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setenv("RADIO_ARCHIVE_PLAYER", name)
    passage = found(demo_archive, "undersea")[1]
    assert inside("search", "undersea", "--play", "--hit", 2, "-a", demo_archive)[0] == 0
    words = asked.read_text(encoding="utf-8")
    wanted = f"{float(str(passage['start'])) - 0.5:.2f}"
    assert (f"{start}{wanted}" if start.endswith("=") else f"{start}\n{wanted}") in words
    assert str(demo_archive / "media") in words


def test_a_player_that_cannot_seek_gets_a_cut(
    demo_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = player(tmp_path, "afplay")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setenv("RADIO_ARCHIVE_PLAYER", "afplay")
    assert inside("search", "undersea", "--play", "-a", demo_archive)[0] == 0
    assert asked.read_text(encoding="utf-8").strip().endswith("from-here.wav")


def test_without_a_player_the_message_says_what_to_install(
    demo_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out, err = inside("search", "undersea", "--play", "-a", demo_archive)
    assert (code, out) == (1, "")
    assert "Install mpv" in err
    monkeypatch.setenv("RADIO_ARCHIVE_PLAYER", "jukebox")
    assert "takes one of: mpv" in inside("search", "undersea", "--play", "-a", demo_archive)[2]


HOSTILE = [
    '"', '"unbalanced', "AND", "OR NOT", "a AND", "NEAR(", "text:cable", "cable)", "*", "cable*sea", "-cable",
    "^cable", "'; DROP TABLE clips; --", "Hawai'i", "12,000", "$5 million", "%", "\\", "ʻ", "海底 ケーブル",
    "\x01\x02", "a\0b", "\udce9\udcff", "show:", "since:x until:y", "NEAR/0 a", "a NEAR/999 b", "{a b}:c", "a + b",
    "x" * 100_000, " OR ".join(["a"] * 400), "-" * 500, '"' * 500, "(" * 900, "a* " * 300, "é" * 2000, "\U0001f30b",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query[:20]))
def test_nothing_typed_is_a_syntax_error(demo_archive: Path, query: str) -> None:
    code, out, err = inside("search", "--archive", demo_archive, "--", query)
    assert code in {0, 1}
    assert bool(out) == (code == 0)
    assert bool(err) or code == 0


@pytest.mark.parametrize("query", ["'; DROP TABLE clips; --", '"\x01\x7f', "x" * 100_000])
def test_the_program_itself_answers_in_one_line(demo_archive: Path, query: str) -> None:
    ran = run("search", "--archive", demo_archive, "--", query)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1


@settings(max_examples=60)
@given(words=st.lists(st.text(max_size=20) | st.sampled_from(["cable", '"', "-x", "OR", "title:", "*"]), min_size=1))
def test_any_arguments_are_a_query(words: list[str], demo_archive: Path) -> None:
    code, out, err = inside("search", "--archive", demo_archive, "--", *words)
    assert code in {0, 1}
    assert out if code == 0 else err


@settings(max_examples=150)
@given(
    query=st.text(max_size=60) | st.text("ab\"“*-:()^+{}NEAROTD/0,.'%;$", max_size=60) | QUERIES,
    match=st.sampled_from(["best", "all", "any"]),
    sort=st.sampled_from(["relevance", "newest"]),
    public=st.booleans(),
)
def test_any_text_is_a_query(query: str, match: Match, sort: Sort, public: bool, demo_archive: Path) -> None:
    with Archive(demo_archive, read_only=True) as archive, suppress(UsageError):
        found = search(
            archive,
            query,
            Filters(public=public),
            match=match,
            sort=sort,
            limit=3,
            count=True,
            facets=True,
            months=True,
        )
        assert found.total is not None
        assert found.total >= len(found.clips)
        assert all(hit.clip for hit in found.clips)
        assert match == "best" or not any(hit.missing for hit in found.clips)
        assert not (found.clips and found.suggestions)


LONG = 2_000
ATTACKS = (
    "a" * LONG, "word " * (LONG // 5), "(" * LONG, "()" * 900, "(lava " * 300, "AND OR NOT NEAR " * 120, '"' * 501,
    "-" * LONG, "-a " * 600, "+" * LONG, "* " * 900, "a* b* c*", "lava\0cable", "cable \ud800", "\u202ecable\u202c",
    "🌋 cable",
    " ".join(f"w{number}" for number in range(400)), " ".join(f"cabel{chr(97 + i % 26)}{i}" for i in range(200)),
    " OR ".join(f"w{number}" for number in range(250)), " NEAR ".join(["cable"] * 200), "'; DROP TABLE clips; --",
    'cable NEAR(a b, 3) {text}: ^x "a" + "b"', "segments_fts MATCH 'x'", "show:", 'title:"', "in:title (", "%00%ff",
    " ".join(f"January {year}" for year in range(1900, 2040)), "山" * LONG, "é" * 900, "e\u0301" * 900,
)  # fmt: skip


@pytest.mark.parametrize("match", ["best", "all", "any"])
@pytest.mark.parametrize("query", ATTACKS, ids=lambda query: ascii(query[:16]))
def test_what_is_hostile_is_a_query_too(query: str, match: Match, demo_archive: Path) -> None:
    with Archive(demo_archive, read_only=True) as archive, suppress(UsageError):
        search(archive, query, Filters(public=True), match=match, count=True)


def test_a_quote_says_what_it_was_not_asked_for(demo_archive: Path, tmp_path: Path) -> None:
    """Whoever quotes must know that a word was replaced, or is not in the clip."""
    command = ("search", "undersee", "cable", "government", "zebras", "--quote", tmp_path / "quote.mp3")
    code, out, err = inside(*command, "-a", demo_archive)
    assert (code, "cable" in out.lower()) == (0, True)
    assert "'undersee' is not in this archive, so undersea or under was searched for" in err
    assert "This clip does not have all of the words: it is without zebras." in err


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_what_is_no_time_is_told_how_to_write_one(option: str, demo_archive: Path) -> None:
    code, out, err = inside("search", "cable", option, "someday", "-a", demo_archive)
    assert (code, out) == (2, "")
    assert "'someday' is not a time. Write it as one of: 2024, 2024-10, " in " ".join(err.split())
