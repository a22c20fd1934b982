"""docs/search.md and the reporter's story in README.md: every example runs and finds something."""

import re
import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.pages import read
from support.program import environment, ok, run
from typer.testing import CliRunner

from radio_archive.archive.index import spellings
from radio_archive.archive.index.embeddings import PASSAGE
from radio_archive.audio import cut
from radio_archive.cli.app import app
from radio_archive.cli.display import quote
from radio_archive.cli.display.players import PLAIN_PLAYERS
from radio_archive.config.settings import SearchOptions
from radio_archive.search import evidence, fts, loosening, meaning, passages, plan, scoring, suggest
from radio_archive.search.results import Weights, Where
from radio_archive.site import clip as clip_page
from radio_archive.site import search
from radio_archive.text import abbreviations, query
from radio_archive.text.query_tokens import DEPTH
from radio_archive.text.variants import seed

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "search.md"
TEXT = " ".join(read(PAGE).split())
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def examples() -> list[list[str]]:
    """Return the blocks of command lines in the page, but those that need a draft: `check` has tests of its own."""
    blocks = (block.splitlines() for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    return [block for block in blocks if not block[0].startswith("radio-archive check ")]


def test_there_are_examples_of_all_that_is_explained() -> None:
    lines = [line for block in examples() for line in block]
    assert len(lines) > 25
    for option in ("OR", "NEAR", "--facets", "--plot", "--csv", "--save", "concordance", "trends", "saved run"):
        assert any(option in line for line in lines), option


@pytest.mark.parametrize("block", examples(), ids=lambda block: block[0])
def test_every_example_finds_something(block: list[str], demo_archive: Path, tmp_path: Path) -> None:
    folder = demo_archive
    if any("--save" in line for line in block):
        folder = shutil.copytree(demo_archive, tmp_path / "archive", ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    for line in block:
        program, *arguments = shlex.split(line)
        assert program == "radio-archive"
        result = CliRunner().invoke(app, [*arguments, "--archive", str(folder)])
        nothing_new = arguments[:2] == ["saved", "run"] and "Nothing new" in result.stderr
        assert result.exit_code == 0 or nothing_new, (line, result.stderr, result.exception)
        assert result.stdout or nothing_new, line


def test_what_is_said_of_an_unknown_word_is_what_the_page_shows(demo_archive: Path) -> None:
    (shown,) = re.findall(r"The first of these says: `(.+?)`", TEXT)
    assert shown in ok("search", "sattelite", "--archive", demo_archive).err
    on_terminal = environment(FORCE_COLOR="1", COLUMNS="200")
    (behind,) = re.findall(r"puts `(without \w+)` behind the title", TEXT)
    assert behind in run("search", "molokai", "cable", "fishing", "--archive", demo_archive, env=on_terminal).out


def test_a_quote_says_what_was_loosened(demo_archive: Path, tmp_path: Path) -> None:
    """Or somebody takes it for what was asked for."""
    for asked, said in (
        ("molokai cable fishing", "This clip does not have all of the words: it is without cable."),
        ("sattelite", "+sattelite finds"),
    ):
        ran = ok("search", asked, "--quote", "a.mp3", "--archive", demo_archive, cwd=tmp_path)
        assert said in ran.err
        (tmp_path / "a.mp3").unlink()
    whole = ok("search", "molokai reef", "--quote", "a.mp3", "--archive", demo_archive, cwd=tmp_path)
    assert "does not have" not in whole.err


def test_the_reporters_story_is_real(demo_archive: Path, tmp_path: Path) -> None:
    """README's two commands print what it shows; only the clip's name differs between archives."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## On deadline")[2].partition("\n## ")[0]
    first, second = (line for block in BLOCK.findall(section) for line in block.splitlines())
    (shown,) = re.findall(r"^```\n(.*?)^```$", BLOCK.sub("", section), re.DOTALL | re.MULTILINE)
    on_terminal = environment(FORCE_COLOR="1", COLUMNS="100", RADIO_ARCHIVE=str(demo_archive))
    found = run(*shlex.split(first)[1:], env=on_terminal)
    quoted = ok(*shlex.split(second)[1:], "--archive", demo_archive, cwd=tmp_path)
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", f"{found.out} {quoted.out} {quoted.err}").split())
    clip = re.search(r"\(clip (\w+)\)", quoted.out)
    assert clip is not None
    for line in filter(str.strip, shown.splitlines()):
        assert " ".join(line.split()).replace("k3x9abcd", clip[1]) in text, line
    assert (tmp_path / "grandmother.mp3").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("told", "is_so"),
    [
        (f"words at most {query.NEAR_WORDS}, or 3, words apart", True),
        (f"A query may have {query.MAX_QUERY:,} characters", True),
        (f"brackets nested deeper than {DEPTH}", True),
        ("there are at most five", suggest.MOST == 5),
        ("at most three that are said", passages.MOST == 3),
        (f"at most {fts.CAP:,} sentences are ranked", True),
        (f"at most {fts.TITLES_CAP:,} titles and {fts.TITLES_CAP:,} stories", True),
        (f"at most {search.RANKED:,} sentences are ranked", True),
        (f"`time_limit`, {SearchOptions().time_limit:.0f} seconds", True),
        ("times 1, 2, a half and a half", Weights() == Weights(2.0, 0.5, 0.5)),
        (f"begins with a list of {len(seed())} forms", True),
        ("up to a thousand of them in the transaction", spellings.BACKFILL == 1_000),
        ("adds half a second on either side", quote.PADDING == 0.5),
        ("such as `afplay`", "afplay" in PLAIN_PLAYERS),
        ("as MP3, WAV, FLAC, M4A, Ogg or Opus", set(cut.ENCODERS) == set(".mp3 .wav .flac .m4a .ogg .opus".split())),
        (
            "`title`, `story` or `name` stands in place",
            {*Where} - {"speech", "heard", "version", "meaning"} == {"title", "story", "name"},
        ),
        ("stand up to five others that are close", meaning.MOST == 5),
        (f"fewer than {loosening.FEW}, or than `--limit`", True),
        (f"no clip has {loosening.ENOUGH:.0%} of the query".replace("%", " percent"), True),
        (f"at least {loosening.ENOUGH:.0%} of the query".replace("%", " percent"), True),
        ("2.2 *s* / (*s* + 1.2) times", scoring.SATURATION == 1.2),
        (f"{scoring.SENTENCE} of the weights of all words that the best sentence has", True),
        ("half of the weights of those in the title", scoring.TITLE * Weights().title == 0.5),
        ("of which the half is a quarter", scoring.TITLE == 0.25),
        (f"multiplied by a number from {scoring.UNCOVERED} to 1", True),
        (f"(*nests* for *nest*) counts {evidence.FORM}", True),
        ("the closest counts {} and the next {}".format(*plan.REPLACED), True),
        (f"is a name and weighs {evidence.NAME} times", True),
        ("the time at which a clip aired weighs a half", evidence.TIME == 0.5),
        ("the best three sentences of the best 50 clips", (loosening.READ, loosening.SCORED) == (3, 50)),
        ("only in other spellings keeps half of its score", loosening.NOT_AS_TYPED == 0.5),
        (f"in more than {evidence.RARE:,} sentences", True),
        (f"in the {scoring.CHECKED} clips that have most", True),
        ("has three to six words", (abbreviations.SHORTEST, abbreviations.LONGEST) == (3, 6)),
        ("passage of three sentences", PASSAGE == 3),
        ("names up to five of them under *Related*", clip_page.RELATED == 5),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)  # fmt: skip
def test_numbers_on_the_page_are_those_of_the_program(told: str, is_so: bool) -> None:
    assert told in TEXT
    assert is_so


def test_every_option_of_the_command_is_in_the_table() -> None:
    named = set(re.findall(r"--[a-z]+", "".join(re.findall(r"^\| (`--.*?) \| ", read(PAGE), re.MULTILINE))))
    section = read(ROOT / "docs" / "cli.md").partition("\n## `radio-archive search`\n")[2].partition("\n## ")[0]
    offered = set(re.findall(r"^\| `(--[a-z]+)`", section, re.MULTILINE))
    assert offered - named == {"--archive"}
    assert named <= offered


@pytest.mark.parametrize(
    ("asked", "advice"),
    [
        ("title: cablegram", "title: was searched for as a word"),
        ("since:someday", "since:someday was searched for as text"),
        ("speakr:bob", "There is no field speakr:"),
        ('"xylophone', None),
        ("C:\\x", None),
        ("OR", None),
    ],
)
def test_nothing_is_a_syntax_error_and_what_only_looks_like_a_field_is_said(
    asked: str, advice: str | None, demo_archive: Path
) -> None:
    ran = run("search", asked, "--archive", demo_archive)
    assert (ran.code, ran.out) == (1, "")
    assert advice is None or advice in ran.err


def test_a_share_reads_sentences_only_for_programs(demo_archive: Path) -> None:
    """A value that is not counted is null in JSON and empty in CSV."""
    mentions = {
        form: [line.split(",")[2] for line in ok("trends", "reef", *form, "--archive", demo_archive).out.split()[1:]]
        for form in (("--share", "--csv"), ("--sentences", "--csv"))
    }
    assert {*mentions["--sentences", "--csv"]} == {""}
    assert "" not in mentions["--share", "--csv"]


def test_facets_are_words_as_the_page_writes_them(demo_archive: Path) -> None:
    with closing(sqlite3.connect(demo_archive / "archive.db")) as database:
        facets = {word for (row,) in database.execute("SELECT facets FROM segments") for word in row.split()}
        (sql, *_) = [text for text in re.findall(r"```sql\n(.*?)```", read(PAGE), re.DOTALL) if "facets" in text]
        assert database.execute(sql).fetchall()
        (okina, *_) = [text for text in re.findall(r"```sql\n(.*?)```", read(PAGE), re.DOTALL) if "facets" not in text]
        assert database.execute(okina).fetchall()
    examples = set(re.findall(r"ǀ\w+", TEXT[TEXT.index("`ǀshow") :]))
    kinds = [re.compile(kind) for kind in (r"ǀshow\d+", r"ǀy\d{4}", r"ǀm\d{6}", r"ǀr\d+")]
    for words in (facets, examples):
        assert [sum(bool(kind.fullmatch(word)) for kind in kinds) for word in words] == [1] * len(words)
        assert all(any(kind.fullmatch(word) for word in words) for kind in kinds)
