"""Quotations are looked up in what was said: each exact one is found, and no changed one is called exact."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.gapped import Gapped
from support.program import FIXTURES
from support.spoken_archive import say, say_again
from support.texts import replaced

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, redactions
from radio_archive.archive.filters import Filters
from radio_archive.errors import NoSuchClipError, UsageError
from radio_archive.search.quotations import Checked, Result, check
from radio_archive.text.quotations import Paragraph, Quotation, quotations

TEXTS = [
    [word[2].strip() for word in heard["words"]]
    for heard in json.loads((FIXTURES / "transcripts.json").read_text(encoding="utf-8")).values()
]
"""What is heard in the fixture clips, word by word."""
SMALL = "a an the of in on to and is are was were that this it not have has for from with than last we they".split()
DIGITS = re.compile(r"\d+")


def one(archive: Archive, text: str, **more: object) -> Checked:
    return next(check(archive, [Quotation(text, 1)], **more))  # type: ignore[arg-type]


def bare(words: Sequence[str]) -> list[str]:
    """The words as they sound, by another rule than that of the package."""
    return [kept for word in words if (kept := re.sub(r"[^a-z0-9]", "", word.lower().replace("-", "")))]


SPOKEN = [f" {' '.join(bare(words))} " for words in TEXTS]


def is_said(words: Sequence[str]) -> bool:
    return any(f" {' '.join(bare(words))} " in text for text in SPOKEN)


def passages(chance: random.Random, number: int, shortest: int) -> Iterator[list[str]]:
    for _ in range(number):
        words = chance.choice(TEXTS)
        length = chance.choice([shortest, shortest + 1, 8, 15, 40])
        start = chance.randrange(len(words) - length)
        yield words[start : start + length]


def changed(chance: random.Random, words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield what careless or dishonest people make of a quotation, by the name of what they do."""
    at = chance.randrange(1, len(words) - 1)
    yield "drop", words[:at] + words[at + 1 :]
    yield "insert", [*words[:at], chance.choice(SMALL), *words[at:]]
    yield "replace", [*words[:at], chance.choice([*SMALL, "seldom", "Tuesday"]), *words[at + 1 :]]
    yield "swap", [*words[: at - 1], words[at], words[at - 1], *words[at + 1 :]]
    yield "reorder", words[at:] + words[:at]
    yield "splice", words[:at] + next(passages(chance, 1, 3))
    for place, word in enumerate(words):
        if re.sub(r"\W", "", word.lower()) in {"not", "no", "never"}:
            yield "deny", words[:place] + words[place + 1 :]
        if word.endswith("n't"):
            yield "deny", [*words[:place], word[:-3], *words[place + 1 :]]
        if DIGITS.search(word):
            yield "count", [*words[:place], DIGITS.sub(lambda found: str(int(found[0]) + 1), word), *words[place + 1 :]]


def written(chance: random.Random, words: Sequence[str]) -> str:
    """Return words as an editor may write them: in other cases, marks and spellings."""
    text = " ".join(words)
    return chance.choice(
        [text, text.upper(), text.replace("'", "’"), text.replace(",", " —"), text.replace("aii", "aiʻi"), f"{text}!"]
    )


def test_every_exact_quotation_is_found_and_no_changed_one_is_called_exact(demo_archive: Path) -> None:
    chance = random.Random(22)
    true = [Quotation(written(chance, words), 1) for words in passages(chance, 80, 2)]
    false = [
        (name, Quotation(" ".join(words), 1))
        for passage in passages(chance, 30, 6)
        for name, words in changed(chance, passage)
        if not is_said(words)
    ]
    assert {"drop", "insert", "replace", "swap", "reorder", "splice", "deny", "count"} == {name for name, _ in false}
    with Archive(demo_archive, read_only=True) as archive:
        missed = [found.quotation.text for found in check(archive, true) if found.result != Result.EXACT]
        found = list(check(archive, [quotation for _, quotation in false]))
    assert missed == []
    called = [(name, one.quotation.text) for (name, _), one in zip(false, found, strict=True) if one.result == "exact"]
    assert called == []
    # A word more or less leaves no doubt of what is meant.
    small = [one for (name, _), one in zip(false, found, strict=True) if name in {"drop", "insert", "deny", "count"}]
    assert [one for one in small if (one.result, one.words) != (Result.DIFFERING, 1)] == []
    assert all(sum(not stretch.same for stretch in one.stretches) == 1 for one in small)


@pytest.fixture
def reefs(archive: Archive) -> Archive:
    paid = "It took one hundred and five million dollars."
    say(archive, "The reef isn't dead.", paid, "We will not stop.", title="Reefs")
    late = "We're sure they were late."
    say(archive, "Hawaiʻi will stop.", "The U.S. paid 2,500 people.", late, title="Islands", show="B")
    return archive


@pytest.mark.parametrize(
    "text",
    [
        "the reef isn’t dead", "It took $105 million", "it took one hundred and", "Hawaii will stop",
        "The US paid twenty-five hundred people", "The reef [in Fiji] isn't dead", "[T]he reef isn't dead",
        "The reef … took one hundred", "dead. It took ... We will not stop",
    ],
)  # fmt: skip
def test_spelling_marks_and_what_the_writer_shows_as_left_out_do_not_count(reefs: Archive, text: str) -> None:
    assert one(reefs, text).result == Result.EXACT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The reef is dead", 1), ("We will stop", 1), ("We [surely] will stop", 1), ("It took $106 million", 1),
        ("The reef … isn't … really … dead", 1), ("were sure they were late", 1), ("They were sure we're late", 0),
        ("We will not stop … The reef isn't dead", 0), ("The reef isn't dead … Hawaii will stop", 0),
    ],
)  # fmt: skip
def test_all_else_does(reefs: Archive, text: str, words: int) -> None:
    found = one(reefs, text)
    assert found.result == (Result.DIFFERING if words else Result.NOT_SAID) or (found.words > 1 and not words)
    assert not words or found.words == words


def test_a_finding_has_its_clip_its_seconds_and_what_was_said(reefs: Archive) -> None:
    found = one(reefs, "we WILL stop")
    assert (found.clip and found.clip.title, found.start, found.end) == ("Reefs", 10.0, 15.0)
    assert found.said == "We will not stop."
    assert [(part.written, part.said, part.same) for part in found.stretches] == [
        ("we WILL", "We will", True), ("", "not", False), ("stop", "stop.", True)
    ]  # fmt: skip


def test_only_what_is_asked_for_is_looked_at(reefs: Archive) -> None:
    exact = one(reefs, "The reef isn't dead")
    assert exact.clip is not None
    assert one(reefs, "The reef isn't dead", filters=Filters(show="B")).result == Result.NOT_SAID
    assert one(reefs, "The reef isn't dead", clip=exact.clip.uid).result == Result.EXACT
    assert one(reefs, "Hawaii will stop", clip=exact.clip.uid).result == Result.NOT_SAID
    with pytest.raises(UsageError):
        one(reefs, "x", filters=Filters(show="C"))
    with pytest.raises(NoSuchClipError):
        one(reefs, "x", clip="nothing1")


def test_what_was_corrected_redacted_or_replaced_was_not_said(archive: Archive) -> None:
    uid = say(archive, "The mayor called Kimo Lee a liar.", "Then he left.")
    replaced(archive, uid, "mayor", "governor")
    assert one(archive, "The mayor called Kimo Lee").words == 1
    redactions.add(archive, uid, 0.0, 4.0, author="Lani")
    for text in ("The governor called Kimo Lee a liar", "Kimo Lee", "liar", "redacted", "[redacted] Then he left"):
        found = one(archive, text)
        assert "Kimo" not in found.said + "".join(part.said for part in found.stretches)
        assert found.result == (Result.EXACT if "left" in text else Result.NOT_SAID), text
    other = say(archive, "An old text stood here.")
    say_again(archive, other, "A new one does.")
    assert one(archive, "An old text stood here").result == Result.NOT_SAID


def test_nothing_is_quoted_across_what_was_not_understood(gapped: Gapped) -> None:
    with Archive(gapped.folder, read_only=True) as archive:
        texts = [clip for clip in read.clips(archive, parts=read.Part.WORDS | read.Part.GAPS) if clip.gaps]
        for clip in texts:
            before = [word.text for word in clip.words if word.start < clip.gaps[0].start][-4:]
            after = [word.text for word in clip.words if word.start >= clip.gaps[0].start][:4]
            if before and after:
                text = "".join((*before, *after))
                assert one(archive, text, clip=clip.uid).result != Result.EXACT
                split = f"{''.join(before)} … {''.join(after)}"
                assert one(archive, split, clip=clip.uid).result == Result.EXACT
                return
    pytest.fail("no clip has words before and after a gap")


def test_frequent_words_are_found_across_sentences(archive: Archive) -> None:
    for number in range(201):
        say(archive, f"It is what it is, and that is that {number}.", "And so it is.", title=f"{number}")
    wanted = say(archive, "And so it is that.", "What is it?")
    found = one(archive, "so it is that what is it")
    assert found.clip is not None
    assert (found.result, found.clip.uid) == (Result.EXACT, wanted)
    assert one(archive, "that is").result == Result.EXACT


def told(*paragraphs: str) -> list[str]:
    return [one.text for one in quotations(Paragraph(text, line) for line, text in enumerate(paragraphs, 1))]


@pytest.mark.parametrize(
    ("draft", "found"),
    [
        ('She said: "The reef is alive." Then left.', ["The reef is alive."]),
        ("“The reef,” she said, “is alive.” Later: “We go.”", ["The reef, is alive.", "We go."]),
        ('He wrote "reef," "coast," and "home".', ["reef,", "coast,", "home"]),
        ("„Das Riff lebt“, sagte sie. »Ja.« «Oui, » dit-elle. ”Nej”", ["Das Riff lebt", "Ja.", "Oui,", "Nej"]),
        ("‘We stand here,’ she said. ‘Iolani Palace is the dogs’ home since the '90s.", ["We stand here,"]),
        ("“He told me ‘go … now’ and “stop” yesterday,” she said.", ["He told me ‘go … now’ and “stop” yesterday,"]),
        ('A 6" pipe burst. "It broke."', ["It broke."]),
        ('"One is missing, she said. "And fall," he said.', ["One is missing, she said.", "And fall,"]),
        ("「さんご礁は生きている」と言った。", ["さんご礁は生きている"]),
        ("“”, “…” and \"—\"", []),
    ],
)  # fmt: skip
def test_quotations_are_found_in_any_marks(draft: str, found: list[str]) -> None:
    assert told(draft) == found


def test_a_quotation_goes_on_over_paragraphs_that_open_it_again() -> None:
    assert told("“We stand.", "“And we fall.” He left.", "“Not I.”") == ["We stand. And we fall.", "Not I."]
    assert told('"We stand.', 'He left, "now".') == ["We stand.", "now"]
    block = Paragraph("We stand, and fall.\nAll of us.", 3, is_block=True)
    assert [(one.text, one.line) for one in quotations([block])] == [("We stand, and fall. All of us.", 3)]


@pytest.mark.parametrize("hostile", ["'a ", '"a ', "“a ", "“a\n\n", "[", "… ", "«", "‘a b c d ", '"', "“ “ "])
def test_no_draft_takes_long(hostile: str) -> None:
    text = hostile * (60_000 // len(hostile))
    paragraphs = [Paragraph(part, 1) for part in text.split("\n\n")]
    assert sum(len(one.pieces) >= 0 for _, one in zip(range(1000), quotations(paragraphs), strict=False)) <= 1000
