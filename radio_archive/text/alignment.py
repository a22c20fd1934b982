"""Find the words of a transcript in a written text of the same piece: its captions, its script, or its story.

Captions and scripts say nearly the same in the same order, a story says it in other words and another order; `align`
does both. Words are compared folded, and numbers by their amount.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from radio_archive.text.numbers import amounts_in
from radio_archive.text.spelling import OKINA, fold
from radio_archive.text.stop_words import STOP_WORDS

_OFTEN = 12
"""A pair of words that is oftener in a text tells nothing of the place, and is not looked up there."""
_NEAR = 3
"""Words between two matches, at most, that leave no doubt of their belonging together."""
_SLACK = 2.0
"""How many times as long what is written between two matches may be as what was heard between them."""


@dataclass(frozen=True, slots=True)
class Block:
    """Words that are the same in both: `heard` and `text` are their positions, from the first to before the end.

    With as many words on both sides, they match one by one. Otherwise the block is one number, or one word written as
    several.
    """

    heard: range
    text: range


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where words that were heard stand in a text. Blocks are in the order of what was heard, and never overlap."""

    blocks: tuple[Block, ...]
    heard: int
    """Words that were heard, in all, without what has neither letter nor digit."""

    @property
    def coverage(self) -> float:
        """The share, 0 to 1, of the heard words that are in the text; 0 if nothing was heard."""
        return sum(len(block.heard) for block in self.blocks) / self.heard if self.heard else 0.0

    def text_of(self, first: int, end: int) -> range | None:
        """Return where the heard words from `first` to before `end` stand in the text, or what stands in their place.

        None where the text does not say it: the words before and after are not together in it.
        """
        before = bisect_right(self.blocks, first, key=lambda block: block.heard.start) - 1
        after = bisect_left(self.blocks, end, key=lambda block: block.heard.stop)
        if before < 0 or after == len(self.blocks):
            return None
        one, other = self.blocks[before], self.blocks[after]
        # Within a block the place is known to the word; between two, it is all that stands between them.
        heard = range(min(first, one.heard.stop), max(end, other.heard.start))
        text = range(_place(one, heard.start), _place(other, heard.stop))
        if text.stop < text.start or len(text) > _SLACK * len(heard) + _NEAR:
            return None
        return text


def align(heard: Sequence[str], text: Sequence[str], *, in_order: bool = True) -> Alignment:
    """Return where the words of a transcript stand in a text, both as written, with their punctuation.

    With `in_order`, what comes later in one comes later in the other, as in captions and scripts: everything that is
    alike is matched, also where sentences are missing. Without, the text may tell it in another order, as stories do:
    each passage of the transcript gets the longest match that no other has.

    It takes milliseconds for an hour of speech and a text of as many words.
    """
    said, written = list(tokens_of(heard)), list(tokens_of(text))
    runs = _runs_in_order(said, written) if in_order else _runs_anywhere(said, written)
    return Alignment(
        tuple(_blocks(said, written, runs)), len({at for token in said for at in range(token.first, token.end)})
    )


class Token(NamedTuple):
    """A folded word or an amount, and the words that it is made of."""

    text: str
    first: int
    end: int


class _Run(NamedTuple):
    """Tokens that are equal: `length` of them from `said` and from `written` on."""

    said: int
    written: int
    length: int


def tokens_of(words: Sequence[str]) -> Iterator[Token]:
    """Yield the tokens of a text: its folded words, and each of its numbers as one."""
    stripped = [word.strip() for word in words]
    starts, at = [], 0
    for word in stripped:
        starts.append(at)
        at += len(word) + 1
    done = 0
    for amount in amounts_in(" ".join(stripped)):
        first = bisect_right(starts, amount.start) - 1
        end = bisect_right(starts, amount.end - 1)
        for index in range(done, first):
            yield from (Token(part, index, index + 1) for part in _parts(stripped[index]))
        # What is joined to a number, as in *80-year-old*, is a word of its own.
        before, after = amount.start - starts[first], amount.end - starts[end - 1]
        head = stripped[first][:before] if first >= done else ""
        yield from (Token(part, first, first + 1) for part in _parts(head))
        yield Token(f"#{amount.text}", first, end)
        yield from (Token(part, end - 1, end) for part in _parts(stripped[end - 1][after:]))
        done = end
    for index in range(done, len(stripped)):
        yield from (Token(part, index, index + 1) for part in _parts(stripped[index]))


def _parts(word: str) -> list[str]:
    # Of punctuation alone, fold makes a key, which is no word.
    return [part for part in fold(word).split() if any(c.isalnum() and c not in OKINA for c in part)]


def _runs_in_order(said: Sequence[Token], written: Sequence[Token]) -> list[_Run]:
    from rapidfuzz.distance import Levenshtein

    opcodes = Levenshtein.opcodes([token.text for token in said], [token.text for token in written])
    runs = [
        _Run(code.src_start, code.dest_start, code.src_end - code.src_start) for code in opcodes if code.tag == "equal"
    ]
    # What is near the beginnings or ends of both is as good as beside another match.
    ends = _Run(0, 0, 0), _Run(len(said), len(written), 0)
    neighbours = zip((ends[0], *runs), runs, (*runs[1:], ends[1]), strict=False)
    return [run for before, run, after in neighbours if _tells(said, run) or _near(before, run) or _near(run, after)]


def _tells(said: Sequence[Token], run: _Run) -> bool:
    """Whether a match is none by chance: two words of which one means something, or four of any kind."""
    telling = any(_means(token.text) for token in said[run.said : run.said + run.length])
    return run.length > 3 or (run.length > 1 and telling)


def _means(token: str) -> bool:
    return token not in STOP_WORDS and (len(token) > 2 or token[0] == "#")


def _near(before: _Run, after: _Run) -> bool:
    """Whether only a few words are between two matches, in both texts."""
    between = after.said - before.said - before.length, after.written - before.written - before.length
    return max(between) <= _NEAR


def _runs_anywhere(said: Sequence[Token], written: Sequence[Token]) -> list[_Run]:
    places: dict[tuple[str, str], list[int]] = {}
    for at in range(len(written) - 1):
        places.setdefault((written[at].text, written[at + 1].text), []).append(at)
    found = [run for run in _longest_runs(said, written, places) if _tells(said, run)]
    found.sort(key=lambda run: (-run.length, run.said, run.written))
    free_said, free_written = [True] * len(said), [True] * len(written)
    runs: list[_Run] = []
    for run in found:
        # What a longer match has taken is cut off at the ends.
        begin, end = 0, run.length
        while begin < end and not (free_said[run.said + begin] and free_written[run.written + begin]):
            begin += 1
        while end > begin and not (free_said[run.said + end - 1] and free_written[run.written + end - 1]):
            end -= 1
        rest = _Run(run.said + begin, run.written + begin, end - begin)
        inside = range(rest.length)
        if _tells(said, rest) and all(free_said[rest.said + at] and free_written[rest.written + at] for at in inside):
            runs.append(rest)
            for at in inside:
                free_said[rest.said + at] = free_written[rest.written + at] = False
    return sorted([*runs, *_rare_words(said, written, free_said, free_written)])


def _longest_runs(
    said: Sequence[Token], written: Sequence[Token], places: dict[tuple[str, str], list[int]]
) -> Iterator[_Run]:
    """Yield every match of two words or more that cannot be made longer."""
    open_runs: dict[int, int] = {}
    for at in range(len(said)):
        pair = _pair(said, at)
        there = places.get(pair, ()) if pair else ()
        # Of a frequent pair, only what continues a match is of interest.
        if len(there) <= _OFTEN:
            here = {place - at for place in there}
        else:
            here = {shift for shift in open_runs if _pair(written, at + shift) == pair}
        for shift, begin in open_runs.items():
            if shift not in here:
                yield _Run(begin, begin + shift, at + 1 - begin)
        open_runs = {shift: open_runs.get(shift, at) for shift in here}


def _pair(tokens: Sequence[Token], at: int) -> tuple[str, str] | None:
    return (tokens[at].text, tokens[at + 1].text) if at + 1 < len(tokens) else None


def _rare_words(
    said: Sequence[Token], written: Sequence[Token], free_said: Sequence[bool], free_written: Sequence[bool]
) -> Iterator[_Run]:
    """Yield the words that mean something and are once in each of the two texts, outside longer matches."""
    once = [_only_once(tokens) for tokens in (said, written)]
    for text in once[0].keys() & once[1].keys():
        at, place = once[0][text], once[1][text]
        if _means(text) and free_said[at] and free_written[place]:
            yield _Run(at, place, 1)


def _only_once(tokens: Sequence[Token]) -> dict[str, int]:
    places: dict[str, int] = {}
    for at, token in enumerate(tokens):
        places[token.text] = -1 if token.text in places else at
    return {text: at for text, at in places.items() if at >= 0}


def _blocks(said: Sequence[Token], written: Sequence[Token], runs: Sequence[_Run]) -> Iterator[Block]:
    """Yield runs of tokens as blocks of words, of which every token matches."""
    last: Block | None = None
    for block in _whole_words(said, written, runs):
        if last is not None and _continues(last, block):
            block = _hull(last, block)
        elif last is not None:
            yield last
        last = block
    if last is not None:
        yield last


def _whole_words(said: Sequence[Token], written: Sequence[Token], runs: Sequence[_Run]) -> Iterator[Block]:
    """Yield the smallest blocks of whole words; a word of several tokens matches only if all of them do."""
    in_heard, in_text = (Counter(token.first for token in tokens) for tokens in (said, written))

    def is_whole(block: Block, matches: int) -> bool:
        counts = sum(in_heard[word] for word in block.heard), sum(in_text[word] for word in block.text)
        return counts == (matches, matches)

    held, matches = Block(range(0), range(0)), 0
    for run in runs:
        for at in range(run.length):
            one, other = said[run.said + at], written[run.written + at]
            block = Block(range(one.first, one.end), range(other.first, other.end))
            if matches and (_meet(block.heard, held.heard) or _meet(block.text, held.text)):
                held, matches = _hull(held, block), matches + 1
                continue
            if matches and is_whole(held, matches):
                yield held
            held, matches = block, 1
    if matches and is_whole(held, matches):
        yield held


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _hull(one: Block, other: Block) -> Block:
    return Block(
        range(min(one.heard.start, other.heard.start), max(one.heard.stop, other.heard.stop)),
        range(min(one.text.start, other.text.start), max(one.text.stop, other.text.stop)),
    )


def _continues(last: Block, block: Block) -> bool:
    together = block.heard.start == last.heard.stop and block.text.start == last.text.stop
    return together and len(last.heard) == len(last.text) and len(block.heard) == len(block.text) == 1


def _place(block: Block, heard: int) -> int:
    """The place in the text of a place between heard words, in a block or at one of its ends."""
    if heard >= block.heard.stop:
        return block.text.stop
    return block.text.start + (heard - block.heard.start if len(block.heard) == len(block.text) else 0)
