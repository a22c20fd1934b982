"""Sign-offs as Whisper writes them: run on from the story, without a full stop, without `I'm`, with the place stuck on.

Read only where the plain sentences at the end of a clip name nobody. A name alone is never enough: it must be on the
roster, belong to one person, begin where a sentence could, and stand in the frame of a sign-off that ends the clip.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from radio_archive.metadata.spoken.matching import LONGEST, SpokenName, similar_letters
from radio_archive.metadata.spoken.phrases import AnnouncementPhrases
from radio_archive.metadata.spoken.sentences import Sentence, phrase
from radio_archive.text.spelling import fold

TAIL_WORDS = 4
"""Other words that may follow a sign-off. More of them are narration, and the name was in a soundbite."""
LAST_WORDS = 24
"""Words at the end of the clip in which a name is searched for."""
_LIKE = 0.6
"""Similarity of letters, 0 to 1, from which a name may be another one misheard."""
LAST_SENTENCES = 5
"""Sentences at the end of the clip that may be pieces of one sign-off."""
_PLACE_WORDS, _PLACE_PIECES = 3, 5
"""Words of a place, and of one at the end that the engine wrote as other words."""
_AFTER_WORDS = 3
"""Words that may follow a name without an outlet: a place, and what leads to it."""
_HEARD_AS_FOR = "for|offer|off|of|off for"
"""`For` before a show, as an engine writes it after a vowel."""
_AMONG_NAMES = "for|with|from|in|at|on|and|im|its|this|is|reporting|the|of|a|youve|been|listening|to"
"""Other words that may stand before a name that is in no frame."""


class NameReader(Protocol):
    """Reads the names at a place in a sentence: the `MentionFinder`."""

    @property
    def sentences(self) -> Sequence[Sentence]: ...
    @property
    def phrases(self) -> AnnouncementPhrases: ...
    def person(self, sentence: Sentence, position: int) -> SpokenName | None: ...
    def misheard_person(self, sentence: Sentence, position: int) -> SpokenName | None: ...
    def outlet(self, sentence: Sentence, position: int) -> SpokenName | None: ...
    def resembling_outlet(self, sentence: Sentence, position: int) -> int: ...
    def may_end_sign_off(self, sentence: Sentence, position: int) -> bool: ...
    def unknown_words(self, number: int, end: int) -> int: ...


class FramedSpan(NamedTuple):
    """Where a frame and the name in it begin, where the name ends, and whether the speaker gives it (`I'm`)."""

    first: int
    start: int
    end: int
    by_speaker: bool
    is_frame: bool = True
    """False: only names are beside it, so more must speak for the name."""


class SentencePlace(Protocol):
    """A place in the sentences that a `NameReader` reads: a `Mention`."""

    @property
    def sentence(self) -> int: ...
    @property
    def end(self) -> int: ...


def joined_endings(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    """Yield the sentences with two or three neighbours at the end read as one, the last ones first."""
    for first in range(len(sentences) - 2, max(-1, len(sentences) - LAST_SENTENCES - 1), -1):
        for count in (2, 3):
            if first + count <= len(sentences):
                tokens = tuple(t for sentence in sentences[first : first + count] for t in sentence.tokens)
                yield [*sentences[:first], Sentence(tokens), *sentences[first + count :]]


def framed_names(reader: NameReader, sentence: Sentence) -> Iterator[tuple[int, SpokenName, bool]]:
    """Yield the names on the roster that stand in the frame of a sign-off: where it begins, the name, and whether the
    speaker gives it (`I'm`)."""
    tokens = sentence.tokens
    for start in range(max(0, len(tokens) - LAST_WORDS), len(tokens)):
        person, outlet = reader.person(sentence, start), reader.outlet(sentence, start)
        if person and person.sure and not (outlet and outlet.similarity >= person.similarity):
            framed = _frame(reader, sentence, start, person.end)
        else:
            may_sign = not outlet and _may_sign(reader, sentence, start)
            person = reader.misheard_person(sentence, start) if may_sign else None
            framed = _frame(reader, sentence, start, person.end) if person else None
            # Letters alone may be another person's: the show or station must be named too.
            framed = framed if framed and person and _names_outlet(reader, sentence, framed[0], person.end) else None
        if person and framed and not any(token.quoted for token in tokens[: person.end]):
            yield framed[0], person, framed[1]


def framed_spans(reader: NameReader, sentence: Sentence) -> Iterator[FramedSpan]:
    """Yield the words that stand in the frame of a sign-off, where a name that is written as other words may be."""
    tokens = sentence.tokens
    for start in range(max(0, len(tokens) - LAST_WORDS), len(tokens)):
        if tokens[start].quoted:
            break
        if reader.outlet(sentence, start) or not _may_sign(reader, sentence, start):
            continue
        for end in range(start + 1, min(len(tokens), start + LONGEST + 1) + 1):
            if _leads_to_outlet(reader, sentence, end - 1):
                break
            framed = _frame(reader, sentence, start, end)
            # From Hilo, Karen Oshiro: a place alone is too little.
            if framed and (
                framed[1] or _told(reader, sentence, end) or _names_outlet(reader, sentence, framed[0], end)
            ):
                yield FramedSpan(framed[0], start, end, framed[1])
            if tokens[end - 1].mark == ".":
                break


def unframed_spans(reader: NameReader, sentence: Sentence) -> Iterator[FramedSpan]:
    """Yield the words of a sentence that may be a name by what is beside them: only other names, one of them that of a
    show or station, or, if nothing is before them, of a place."""
    tokens = sentence.tokens
    for start in range(max(0, len(tokens) - LAST_WORDS), len(tokens)):
        if tokens[start].quoted:
            break
        if reader.outlet(sentence, start) or not _is_among_names(reader, sentence, start):
            continue
        before = any(outlet_length(reader, sentence, position) for position in range(start))
        for end in range(start + 1, min(len(tokens), start + LONGEST + 1) + 1):
            placed = before or (start == 0 and end < len(tokens))
            if _outlet_after(reader, sentence, end) or (placed and _ends_soon(reader, sentence, end)):
                yield FramedSpan(start, start, end, by_speaker=False, is_frame=False)
            if tokens[end - 1].mark == ".":
                break


def _is_among_names(reader: NameReader, sentence: Sentence, start: int) -> bool:
    """Whether before `start` there are only names and what leads to them: `from Hilo`, `for Asia Minute`."""
    at = 0
    while at < start:
        length = outlet_length(reader, sentence, at)
        token = sentence.tokens[at]
        if not (length or token.capital or phrase(_AMONG_NAMES).fullmatch(token.folded)):
            return False
        at += max(1, length)
    return True


def ends_clip(reader: NameReader, mention: SentencePlace) -> bool:
    """Whether the clip ends with this mention: only other mentions, a few words or an outro follow."""
    unknown = reader.unknown_words(mention.sentence, mention.end)
    for number in range(mention.sentence + 1, len(reader.sentences)):
        if unknown > TAIL_WORDS or reader.sentences[number].phrase_length(reader.phrases.outro, 0):
            break
        unknown += reader.unknown_words(number, 0)
    return unknown <= TAIL_WORDS


def another_signs(reader: NameReader, name: str) -> bool:
    """Whether somebody signs at the end of the clip whose name was not understood, and is not like `name`.

    Then whoever gave that name at the start is the anchor.
    """
    for sentence in reader.sentences[-2:]:
        alike: dict[int, float] = {}
        for _, start, end, *_ in framed_spans(reader, sentence):
            said = sentence.tokens[start:end]
            if said[0].capital:
                letters = similar_letters(fold(name).split(), [token.folded for token in said])
                alike[start] = max(letters, alike.get(start, 0.0))
        if alike and max(alike.values()) < _LIKE:
            return True
    return False


def _may_sign(reader: NameReader, sentence: Sentence, start: int) -> bool:
    """Whether what stands before `start` can lead to the name of who signs."""
    said = any(
        sentence.phrase_length(reader.phrases.before_name, first) == start - first
        for first in (start - 2, start - 1)
        if first >= 0
    )
    return said or _begins(reader, sentence, start) or _led_by_outlet(reader, sentence, start) is not None


def _frame(reader: NameReader, sentence: Sentence, start: int, end: int) -> tuple[int, bool] | None:
    """Where the sign-off around a name begins, and whether the speaker gives it; None if there is none."""
    first = _said_by_speaker(reader, sentence, start, end)
    if first is not None:
        return first, True
    first = _led_by_outlet(reader, sentence, start)
    if first is not None and _ends_soon(reader, sentence, end):
        return first, False
    return (start, False) if _begins(reader, sentence, start) and _follows(reader, sentence, start, end) else None


def _names_outlet(reader: NameReader, sentence: Sentence, first: int, end: int) -> bool:
    """Whether a sign-off that begins at `first` names a show or station before or after the name."""
    before = any(outlet_length(reader, sentence, position) for position in range(first, end))
    return before or _led_by_outlet(reader, sentence, first) is not None or _outlet_after(reader, sentence, end)


def outlet_length(reader: NameReader, sentence: Sentence, position: int) -> int:
    """Return how many words a show or station takes at `position`, even if it is misheard; 0 for none."""
    outlet = reader.outlet(sentence, position)
    return outlet.end - position if outlet else reader.resembling_outlet(sentence, position)


def place_before(sentence: Sentence, position: int) -> int:
    """Return where `in Hilo` begins that ends just before `position`; `position` if there is none."""
    for start in range(position - 2, max(-1, position - _PLACE_WORDS - 2), -1):
        tokens = sentence.tokens[start:position]
        if any(token.mark for token in tokens[:-1]) or not all(token.capital for token in tokens[1:]):
            return position
        # For `In`, Whisper sometimes writes `And`.
        if phrase("in|at|from|on|and").fullmatch(tokens[0].folded):
            return start
    return position


def _said_by_speaker(reader: NameReader, sentence: Sentence, start: int, end: int) -> int | None:
    """Where `I'm` before a name begins; None if there is none, or somebody is quoted."""
    tokens = sentence.tokens
    for first in range(max(0, start - 2), start):
        if sentence.phrase_length(reader.phrases.before_name, first) != start - first:
            continue
        lead = first - 1 if first and phrase("and|so|but").fullmatch(tokens[first - 1].folded) else first
        before = tokens[lead - 1] if lead else None
        quoted = before and phrase(reader.phrases.saying).fullmatch(before.folded)
        # Nobody who is quoted says good night from a show.
        if quoted and not (_farewell_after(sentence, end) and _outlet_after(reader, sentence, end)):
            return None
        # A sentence ends in a name or a number rather than in any other word.
        free = not before or bool(before.mark) or before.capital or before.folded[:1].isdigit()
        if (free and _ends_soon(reader, sentence, end)) or _outlet_after(reader, sentence, end):
            return lead
    return None


def _led_by_outlet(reader: NameReader, sentence: Sentence, start: int) -> int | None:
    """Where `for Asia Minute in Hilo` begins that ends just before `start`; also `HPR's`."""
    tokens = sentence.tokens
    # For `I'm`, Whisper sometimes writes `on` or `and`.
    stuck = start and phrase("on|its|im|am|and").fullmatch(tokens[start - 1].folded)
    for end in dict.fromkeys((start, start - 1 if stuck else start)):
        place = place_before(sentence, end)
        for stop in dict.fromkeys((end, place)):
            owned = stop == end == start and tokens[stop - 1].folded == "s" if stop else False
            for first in range(max(0, stop - LONGEST - 1), stop - 1):
                lead = sentence.phrase_length("for|with|from", first)
                named = outlet_length(reader, sentence, first + lead) if lead or owned else 0
                if named and first + lead + named == stop - owned and (lead or _begins(reader, sentence, first)):
                    return first
    return None


def _told(reader: NameReader, sentence: Sentence, end: int) -> bool:
    return bool(sentence.phrase_length(reader.phrases.back_after, end))


def _follows(reader: NameReader, sentence: Sentence, start: int, end: int) -> bool:
    """Whether what follows a name that begins like a sentence shows that it signs: an outlet, or `reporting`."""
    if _told(reader, sentence, end):
        return True
    if not _outlet_after(reader, sentence, end):
        place = place_before(sentence, start)
        # From Hilo, Karen Oshiro.
        return place == 0 and start > 0 and bool(sentence.tokens[start - 1].mark) and end == len(sentence.tokens)
    # Where the name ends a sentence, it must begin one too: `He thanked his teacher, Karen Oshiro. Asia Minute.`
    return sentence.tokens[end - 1].mark != "." or start == 0 or sentence.tokens[start - 1].mark == "."


def _begins(reader: NameReader, sentence: Sentence, start: int) -> bool:
    """Whether a sentence could begin here, judging by the words before it: `that was` may lead to a name."""
    if start == 0:
        return True
    before = sentence.tokens[start - 1]
    if before.mark or before.folded[:1].isdigit() or place_before(sentence, start) != start:
        return True
    led = (first for first in range(max(0, start - 4), start) if first == 0 or sentence.tokens[first - 1].mark)
    return any(sentence.phrase_length(reader.phrases.back_before, first) == start - first for first in led)


def _outlet_after(reader: NameReader, sentence: Sentence, end: int) -> bool:
    """Whether a show or station follows a name and, but for a place, ends the sentence."""
    farewell = _farewell_after(sentence, end)
    lead = farewell + sentence.phrase_length(f"{_HEARD_AS_FOR}|with|from|on|in", end + farewell)
    named = outlet_length(reader, sentence, end + lead)
    return bool(named) and len(sentence.tokens) - (end + lead + named) <= _AFTER_WORDS


def _leads_to_outlet(reader: NameReader, sentence: Sentence, position: int) -> bool:
    """Whether the word here is the `for` of `for Asia Minute`: no name has it."""
    return bool(sentence.phrase_length(_HEARD_AS_FOR, position)) and _outlet_after(reader, sentence, position)


def _farewell_after(sentence: Sentence, end: int) -> int:
    return sentence.phrase_length("good (?:night|day|morning|evening)|goodnight|good ?bye", end)


def _ends_soon(reader: NameReader, sentence: Sentence, end: int) -> bool:
    if end == len(sentence.tokens) or reader.may_end_sign_off(sentence, end):
        return True
    # For `in Salelologa`, Whisper sometimes writes `and Salle Lolo and Gao`.
    lead, *place = sentence.tokens[end:]
    named = all(token.capital or token.folded == "and" for token in place)
    placed = phrase("in|at|from|on|and").fullmatch(lead.folded) and 0 < len(place) <= _PLACE_PIECES
    return bool(placed) and named and place[0].capital and not any(token.mark for token in (lead, *place[:-1]))


def is_announced(reader: NameReader, mention: SentencePlace, start: int) -> bool:
    """Whether the host has named somebody as the reporter just before a name that begins at `start`."""
    for number in range(max(0, mention.sentence - 1), mention.sentence + 1):
        for _, end in reader.sentences[number].find(reader.phrases.announced):
            if number < mention.sentence or end < start - 1:
                return True
    return False
