"""Claims from what is said in a clip's first and last seconds: "This is Asia Minute", "For HPR, I'm Karen Oshiro."

`turns` finds the turns of phrase; here it is weighed which of them is a sign-off and which a soundbite, and who is a
reporter and who the anchor. Of people and shows off the roster there are proposals only.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from radio_archive.metadata.spoken.matching import LONGEST, Names, alike
from radio_archive.metadata.spoken.phrases import LANGUAGES, Phrases
from radio_archive.metadata.spoken.sentences import Sentence, closing, opening, sentences
from radio_archive.metadata.spoken.turns import Kind, Named, Reader, Turn
from radio_archive.models import Claim, Field, Roster, Source, Word, clean_text
from radio_archive.text.spelling import fold

OPENING = CLOSING = 25.0
"""Seconds, at either end of what is said, in which a clip tells what it is and who made it."""
MUSIC = 60.0
"""Seconds without words that may follow; after more of them, the words end in the middle of the clip."""
MOST_WORDS = 160
"""No more words at either end, whatever their times say."""
INTRODUCTION = 15.0
"""Seconds within which an anchor says a name, unless right after the show's."""
TAIL_WORDS = 4
"""Words of an unknown kind that may come after a sign-off. More are narration, and it was a soundbite."""

PROPOSAL = 0.2
"""The confidence of what is not surely on the roster: below `resolve.GUESS`, so that it never wins by itself."""
SIGNED, SIGNED_BARE, ANNOUNCED = 0.9, 0.75, 0.75
"""That of a sign-off with a show or station, of one without, and of a reporter named after the piece; each is of a name
heard as it is written, and less the less alike it is."""
IDENTIFIED, INTRODUCED, HANDED_OVER, ALONE = 0.85, 0.7, 0.6, 0.45
"""That of a show or station, of an anchor, of a reporter named before the piece, and of somebody who says a name at the
start where nobody else reports."""
SAME = 0.75
"""How alike a proposal is to somebody claimed if the two are one, misheard."""

_EVIDENCE = 240
"""Characters of what was heard."""


def read_signoff(words: Sequence[Word], roster: Roster, *, duration: float) -> list[Claim]:
    """Return what is said at both ends of a clip of `duration` seconds about who made it and what it is.

    A person is claimed only if on the roster, and never where another's name is nearly the same. A name that is not,
    or that two people have, becomes a claim of confidence PROPOSAL, which wins nothing before a human confirms it.
    """
    if not words:
        return []
    people = Names({Field.REPORTER: roster.people})
    claims: list[Claim] = []
    for phrases in LANGUAGES:
        outlets = Names({Field.SHOW: roster.shows, Field.STATION: roster.stations}, phrases.articles)
        end = opening(words, OPENING, MOST_WORDS)
        start = closing(words, CLOSING, MOST_WORDS, duration=duration, music=MUSIC)
        first = Reader(_sentences(words, 0, end, phrases), people, outlets, phrases)
        last = Reader(_sentences(words, start, len(words), phrases), people, outlets, phrases)
        claims += _weigh(words, first, last)
    return _best(claims)


def _sentences(words: Sequence[Word], start: int, end: int, phrases: Phrases) -> list[Sentence]:
    """The sentences of a window, but those that its edges cut; `For Asia Minute. I'm …` is one of them."""
    if start >= end:
        return []
    margin = 15
    first, last = max(0, start - margin), min(len(words), end + margin)
    found = sentences(words, first, last, phrases.contracted)
    if first > 0 and len(found) > 1:
        found = found[1:]
    if last < len(words) and len(found) > 1:
        found = found[:-1]
    joined: list[Sentence] = []
    for sentence in found:
        before = joined[-1] if joined else None
        leads = before and len(before.tokens) <= LONGEST and before.goes_on(f"reporting|{phrases.lead}", 0)
        if before and leads and sentence.goes_on(phrases.me, 0):
            joined[-1] = Sentence(before.tokens + sentence.tokens)
        else:
            joined.append(sentence)
    return joined


def _weigh(words: Sequence[Word], first: Reader, last: Reader) -> Iterator[Claim]:
    """Which of the turns of phrase at both ends count, and what they say."""
    ends = [turn for turn in last.turns if _ends(last, turn)]
    signed = [turn for turn in ends if turn.person]
    ended = {last.sentences[turn.sentence].tokens[turn.first].word for turn in ends}
    starts = [t for t in first.turns if first.sentences[t.sentence].tokens[t.first].word not in ended]
    handed = list(first.handovers())
    openers = [turn for turn in starts if turn.kind == Kind.SELF and _introduces(words, first, turn)]
    for reader, turns in ((last, ends), (first, [*openers, *handed, *(t for t in starts if t.kind == Kind.IDENT)])):
        for turn in turns:
            for outlet in turn.outlets:
                confidence = IDENTIFIED if turn.kind in {Kind.IDENT, Kind.HANDOVER} else SIGNED
                yield _claim(words, reader, turn, outlet, outlet.field, confidence)
    hosts = {turn.person.value for turn in openers if turn.person}
    others = {turn.person.value for turn in (*signed, *handed) if turn.person} - hosts
    for turn in signed:
        if turn.person:
            anchor = turn.host or (turn.person.value in hosts and bool(others & _sure(signed)))
            confidence = ANNOUNCED if turn.kind == Kind.BACK else SIGNED if turn.outlets else SIGNED_BARE
            yield _claim(words, last, turn, turn.person, Field.HOST if anchor else Field.REPORTER, confidence)
    for turn in handed:
        if turn.person and turn.person.value not in hosts:
            yield _claim(words, first, turn, turn.person, Field.REPORTER, HANDED_OVER)
    for turn in openers:
        named = replace(turn, kind=Kind.INTRODUCTION)
        if turn.person and (turn.host or others):
            yield _claim(words, first, named, turn.person, Field.HOST, INTRODUCED)
        elif turn.person and turn.person.value not in _sure(signed):
            yield _claim(words, first, named, turn.person, Field.REPORTER, ALONE)


def _sure(turns: Iterable[Turn]) -> set[str]:
    return {turn.person.value for turn in turns if turn.person and turn.person.sure}


def _ends(reader: Reader, turn: Turn) -> bool:
    """Whether a clip ends with the turn: what follows is of the same kind, or little, or begins as an outro does."""
    unknown = reader.unknown_words(turn.sentence, turn.end)
    for number in range(turn.sentence + 1, len(reader.sentences)):
        if unknown > TAIL_WORDS or reader.sentences[number].goes_on(reader.phrases.outro, 0):
            break
        unknown += reader.unknown_words(number, 0)
    return unknown <= TAIL_WORDS


def _introduces(words: Sequence[Word], reader: Reader, turn: Turn) -> bool:
    """Whether it is the anchor who says a name at the start, and not the first voice in the story."""
    if any(other.kind == Kind.IDENT and 0 <= turn.sentence - other.sentence <= 1 for other in reader.turns):
        return True
    token = reader.sentences[turn.sentence].tokens[turn.first]
    following = reader.sentences[turn.sentence + 1 : turn.sentence + 2]
    own = following and following[0].goes_on(reader.phrases.own, 0)
    return not own and not words[token.word].start - words[0].start > INTRODUCTION


def _claim(words: Sequence[Word], reader: Reader, turn: Turn, named: Named, field: Field, confidence: float) -> Claim:
    tokens = reader.sentences[turn.sentence].tokens[turn.first : turn.end]
    start = words[tokens[0].word].start
    # To the millisecond, as words are stored: read again, it is the same.
    at = round(max(0.0, start), 3) if math.isfinite(start) else None
    heard = clean_text("".join(word.text[:_EVIDENCE] for word in words[tokens[0].word : tokens[-1].last + 1]))
    heard = heard if len(heard) <= _EVIDENCE else heard[:_EVIDENCE].rstrip() + "…"
    when = "" if at is None else f" at {_clock(at)}"
    evidence = clean_text(f"heard{when}: “{heard}”{_doubt(named)}")
    sure = round(confidence * named.likeness, 3) if named.sure else PROPOSAL
    return Claim(field, named.value, Source.SIGNOFF, evidence, sure, turn.kind.value, at)


def _doubt(named: Named) -> str:
    if not named.rivals:
        return ""
    if len({fold(name) for name in named.rivals}) == 1:
        return f" ({len(named.rivals)} on the roster are called that)"
    return f" ({' or '.join(named.rivals[:3])}?)"


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _best(claims: Iterable[Claim]) -> list[Claim]:
    """One claim for each value of a field, the most confident; and no proposal that is somebody claimed, misheard."""
    best: dict[tuple[Field, str], Claim] = {}
    for claim in claims:
        key = claim.field, fold(claim.value)
        if key not in best or claim.confidence > best[key].confidence:
            best[key] = claim
    claimed = [claim for claim in best.values() if claim.confidence > PROPOSAL]

    def misheard(claim: Claim) -> bool:
        others = (other.value for other in claimed if other.field in {claim.field, Field.REPORTER})
        return any(alike(fold(other).split(), fold(claim.value).split())[0] >= SAME for other in others)

    shows = [claim for (field, _), claim in best.items() if field in {Field.SHOW, Field.STATION}]
    # "This is" may come before anybody's name, too.
    outlets = {fold(claim.value) for claim in shows if claim.source_key != Kind.IDENT}

    def is_nobody(claim: Claim) -> bool:
        return claim.field not in {Field.SHOW, Field.STATION} and fold(claim.value) in outlets

    kept = [c for c in best.values() if c.confidence > PROPOSAL or not (misheard(c) or is_nobody(c))]
    return sorted(kept, key=lambda claim: (list(Field).index(claim.field), -claim.confidence, claim.at or 0.0))
