"""The name of who signs where the engine wrote it as other words: `Morella drag omir Esku` for `Mirela Dragomirescu`.

Read only where the end of a clip names nobody on the roster for certain. The words stand in the frame of a sign-off,
the engine was in doubt about them, and their sounds speak for one name: more than chance would for any of so many
names, more than for any other, and for each word of the name. Where the story names the reporter, less is enough.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import log2
from typing import NamedTuple

from radio_archive.metadata.repair.likeness import likeness_of_rest
from radio_archive.metadata.spoken.agreement import agreement, bits_of, information
from radio_archive.metadata.spoken.matching import (
    LONGEST,
    Agreeing,
    Names,
    SpokenName,
    compare_names,
    cut_elsewhere,
    similar_letters,
)
from radio_archive.metadata.spoken.mentions import Mention, MentionFinder
from radio_archive.metadata.spoken.run_on import FramedSpan, ends_clip, framed_spans, unframed_spans
from radio_archive.metadata.spoken.sentences import Sentence, Token
from radio_archive.models import Field, Word
from radio_archive.text.sounds import phonetic_form, sound_of, without_vowels

DOUBT = 0.8
"""Probability of a word below which the engine may have written another one. It is sure of names that it knows."""
NEEDED, NEEDED_OF_MENTIONED = 2.0, 3.0
"""Bits that must speak for a name beyond those by which it is told from the others: log2 of their number. Less is
enough for one that the story has."""
_PER_DOUBLING = 1.5
"""Bits more for twice as many names on the roster: the more there are, the more are alike."""
NEEDED_OF_BYLINE = 0.0
"""Bits that must speak for a name that another source gives as the reporter's."""
_FEWEST, _FEWEST_MENTIONED = 64, 8
"""The least number of names, of the roster and of the story, that is reckoned with: strangers sign, too."""
MARGIN = 3.0
"""Bits by which any other name must be less likely."""
_LEAST_SIMILARITY = 0.5
"""Of a name that is claimed, however garbled it is."""
_HEARD_RIGHT = 0.75
"""Share of the bits of a word of the name from which it was heard right. Then another word that was not may be that of
somebody else: a family has several members."""
_LEAST_SHARE, _ENOUGH_BESIDE = 0.05, 0.7
"""Share of the bits for each word of a name that was not heard right, and from which it was, however short it is."""
_LEAST_BITS, _LEAST_BITS_CUT = 3.0, 1.0
"""Bits for each such word. Less is enough where the engine wrote more or fewer words than the name has, or divided them
elsewhere; else somebody else may have been named, as Miranda in place of Mirela."""
_SPELLED_RIGHT, _MISSPELLED = 0.9, 0.8
"""Similarity of letters from which a word is the one that was said, and from which it is another one misspelled."""
_DOUBT_BESIDE = 0.6
"""Probability below which the engine doubts a word enough to take it for one of a name whose others it heard right."""
STRONG_DOUBT = 0.5
"""The same where the engine probably has written another one: a new name is hardly spelled right."""
_CHANCE, _CHANCE_IN_DOUBT = -6.0, -9.0
"""Bits beyond log2 of the number of names up to which some name agrees as well by chance; the second is stricter."""
_SAME_OUTLET, _SAME_REST = 0.6, 0.5
"""Similarity of letters and of sounds, the mean of both, from which a new show is a known one misheard; and likeness of
what is left without the words that are equal at both ends: Mountain Public Radio is not Hawaiʻi Public Radio."""
_SKIPPED = 2
"""Words, at most, between the frame and the name: a place or `I'm` as the engine wrote it. Each costs a bit."""
_OF_AN_END = 2.0
"""Bits that a name may lose by the words where it ends."""
_TELLING = 4.0
"""Bits of a word of a name, if it is heard right, that is long enough to be judged alone."""
_UNFRAMED = 6.0
"""Bits more for a name that is in no frame."""
_SAME_FAMILY_NAME, _SAME_GIVEN_NAME, _CONFUSED = 0.6, 0.4, -1.0
"""Share of the bits of a word, and bits of each of its consonants, from which it is another one misheard. Of a given
name, less is enough: more people share one than share a family name."""
_UNLIKE = 0.2
"""Share below which a word is certainly another one."""


class Expected(NamedTuple):
    """The people, by their numbers in the tables, whom other sources give as makers, and whom the story names."""

    makers: frozenset[int] = frozenset()
    mentioned: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class GarbledName:
    """A name that a garbled sign-off may give: the mention in it, and by how many bits it is more than is needed."""

    surplus: float
    subject: int
    plausible: bool
    reader: MentionFinder
    mention: Mention


def garbled_sign_off(
    readers: Iterable[MentionFinder], people: Names, words: Sequence[Word], expected: Callable[[], Expected]
) -> MentionFinder | None:
    """Return the reader that reads a garbled sign-off, with its mention; None if nobody certainly signs."""
    best: dict[int, GarbledName] = {}
    for one in _candidates(_places(readers), people, words, expected):
        if one.subject not in best or one.surplus > best[one.subject].surplus:
            best[one.subject] = one
    ordered = sorted(best.values(), key=lambda one: one.surplus, reverse=True)
    if not ordered or ordered[0].surplus < 0 or any(one.surplus > ordered[0].surplus - MARGIN for one in ordered[1:]):
        return None
    first = ordered[0]
    return first.reader.signed_by(first.mention) if first.plausible else None


def resolve_proposal(
    named: SpokenName, tokens: Sequence[Token], words: Sequence[Word], people: Names, outlets: Names
) -> SpokenName | None:
    """Return a name to propose, as it was heard, or the known one that was misheard; None if it may be either.

    A show, which is not a garbled person, or the other way round, is not a new one either.
    """
    heard, is_person = [token.folded for token in tokens], named.field == Field.REPORTER
    outlet = next(iter(outlets.agreeing(heard)), None)
    if outlet and _is_outlet(outlet, heard, is_person=is_person):
        return None if is_person else replace(named, value=outlet.entry.name, field=outlet.entry.field)
    # This is M O A C Roba.
    if not is_person and all(len(word) == 1 for word in heard):
        return None
    person = next(iter(people.agreeing([token.spoken for token in tokens])), None)
    if person is None or not is_doubtful(tokens, words):
        return named
    bits, much = person.agreement.bits, is_doubtful(tokens, words, STRONG_DOUBT)
    if not much and min(person.agreement.shares) < _UNLIKE and _is_relative(person.entry.parts, tokens, words):
        return named
    if bits >= _needed_of(len(people)) and is_person:
        return replace(named, value=person.entry.name)
    # With more names to be taken for, a new one is missed rather than that a known one is taken for new.
    chance = _CHANCE_IN_DOUBT if much else _CHANCE
    return None if bits > chance + log2(_FEWEST) else named


def _is_outlet(known: Agreeing, heard: Sequence[str], *, is_person: bool) -> bool:
    """Whether a new show, or a new person, is probably a known show or station misheard."""
    if (known.share + similar_letters(known.entry.parts, heard)) / 2 >= _SAME_OUTLET:
        return True
    return not is_person and likeness_of_rest(heard, known.entry.parts) >= _SAME_REST


def _is_plausible(found: Agreeing, tokens: Sequence[Token], *, doubtful: bool) -> bool:
    """Whether each word of a name was heard well enough in the words; `doubtful`: the engine is much in doubt."""
    sounds, shares = found.entry.sounds, found.agreement.shares
    together = len(tokens) == len(sounds) and not cut_elsewhere(found.entry.parts, [token.folded for token in tokens])
    least = _LEAST_BITS if together else _LEAST_BITS_CUT
    words = [
        (share, share * bits) for share, bits in zip(shares, map(information, sounds), strict=True) if bits >= _TELLING
    ]
    faint = [(share, bits) for share, bits in words if share < _HEARD_RIGHT]
    enough = (share >= _ENOUGH_BESIDE or (share >= _LEAST_SHARE and bits >= least) for share, bits in faint)
    return all(enough) and (doubtful or len(faint) in {0, len(words)}) and min(shares) >= 0


def _is_relative(name: Sequence[str], tokens: Sequence[Token], words: Sequence[Word]) -> bool:
    """Whether a word of the name was heard right and another is a word of its own: `Darren Oshiro`."""
    if len(tokens) > len(name):
        # Darren J. Oshiro
        tokens = [one for at, one in enumerate(tokens) if len(one.folded) > 1 or at in {0, len(tokens) - 1}]
    heard = [token.folded for token in tokens]
    if len(name) != len(heard) or compare_names(name, heard)[1]:
        return False
    # Karen Whittield for Karen Whitfield; a given name is spelled like others.
    alike = [similar_letters([one], [other]) for one, other in zip(name, heard, strict=True)]
    if name[0] == heard[0] and min(alike) >= _MISSPELLED:
        return False
    # A half of a given name, or a particle, is shared by many: Sun Jae-chun for Seung-jae Chung.
    is_known = max(alike[0], alike[-1]) >= _SPELLED_RIGHT
    least = [_SAME_GIVEN_NAME] * (len(name) - 1) + [_SAME_FAMILY_NAME]
    return is_known and not all(map(partial(_is_misheard, words=words), name, tokens, least))


def _is_misheard(part: str, token: Token, least: float, words: Sequence[Word]) -> bool:
    """Whether a word is the one of the name, or sounds as that would if it was misheard: `Hivalani` for *Hiwalani*."""
    sound, heard = phonetic_form(part), sound_of([token.spoken])
    if part == token.folded or information(sound) < _TELLING:
        return True
    hard = without_vowels(sound), without_vowels(heard)
    return (
        is_doubtful([token], words, STRONG_DOUBT)
        and bool(heard)
        and len(hard[0]) == len(hard[1])
        and min(map(bits_of, (sound[0], *hard[0]), (heard[0], *hard[1]))) >= _CONFUSED
        and agreement((sound,), heard).shares[0] >= least
    )


def is_doubtful(tokens: Sequence[Token], words: Sequence[Word], doubt: float = DOUBT) -> bool:
    """Whether the engine was in doubt about one of the words: its probability is below `doubt`, or it is no word."""
    if any(token.is_spelled and (len(token.folded) > 1 or token.folded.isdigit()) for token in tokens):
        return True
    said = (word.probability for token in tokens for word in words[token.word : token.last + 1])
    return any(probability is not None and probability < doubt for probability in said)


def _candidates(
    places: Iterable[tuple[MentionFinder, int, FramedSpan]],
    people: Names,
    words: Sequence[Word],
    expected: Callable[[], Expected],
) -> Iterator[GarbledName]:
    """Yield each name that the words in each frame may be."""
    for reader, number, (first, framed, end, by_speaker, is_frame) in places:
        sentence = reader.sentences[number]
        # Whose name begins with an M may have that of `I'm`.
        said = framed + sentence.phrase_length(reader.phrases.before_name, framed)
        # He thanked Karen Oshiro, Asia Minute.
        led = by_speaker or first < framed
        for start in range(framed, min(end, framed + _SKIPPED + 1) if led else framed + 1):
            tokens = sentence.tokens[start:end]
            if not is_doubtful(tokens, words):
                continue
            much = is_doubtful(tokens, words, _DOUBT_BESIDE)
            begin = max(start, said) if said < end else start
            named = sentence.tokens[begin:end]
            for one in people.agreeing([token.spoken for token in tokens]):
                entry = one.entry
                surplus = one.agreement.bits - _needed(entry.subject, len(people), expected()) - (start - framed)
                surplus -= 0 if is_frame else _UNFRAMED
                if surplus < -MARGIN or not _is_whole(one, sentence, start, end, led=led):
                    continue
                person = SpokenName(entry.name, entry.field, begin, end, min(1.0, max(_LEAST_SIMILARITY, one.share)))
                mention = reader.signature(number, first, person, by_speaker=by_speaker)
                if entry.subject in expected().mentioned:
                    plausible = min(one.agreement.shares) >= 0
                else:
                    plausible = not _is_relative(entry.parts, named, words) and _is_plausible(one, named, doubtful=much)
                plausible = plausible or entry.subject in expected().makers
                if ends_clip(reader, mention):
                    yield GarbledName(surplus, entry.subject, plausible, reader, mention)


def _is_whole(one: Agreeing, sentence: Sentence, start: int, end: int, *, led: bool) -> bool:
    """Whether a name ends here, and not earlier: else more text that follows would be taken for a part of it.

    Without a frame that leads to it, `led`, it may not begin later either.
    """
    tokens = sentence.tokens[start : start + LONGEST + 2]
    # What a hyphen joins is one word.
    ends = [tokens[:at] for at in range(1, len(tokens)) if tokens[at - 1].word != tokens[at].word]
    begins = [] if led else [sentence.tokens[at:end] for at in range(start + 1, end)]
    heard = (agreement(one.entry.sounds, sound_of([token.spoken for token in said])).bits for said in (*ends, *begins))
    return one.agreement.bits >= max(heard, default=0.0) - _OF_AN_END


def _places(readers: Iterable[MentionFinder]) -> Iterator[tuple[MentionFinder, int, FramedSpan]]:
    """Yield the words in the frames of each sentence, which several readers may share, once."""
    seen: dict[int, Sentence] = {}
    for reader in readers:
        fresh = [(number, sentence) for number, sentence in enumerate(reader.sentences) if id(sentence) not in seen]
        seen.update((id(sentence), sentence) for _, sentence in fresh)
        for number, sentence in fresh:
            for span in (*framed_spans(reader, sentence), *unframed_spans(reader, sentence)):
                yield reader, number, span


def _needed(subject: int, people: int, expected: Expected) -> float:
    """The bits that must speak for a person among `people` known ones."""
    if subject in expected.makers:
        return NEEDED_OF_BYLINE
    if subject in expected.mentioned:
        return NEEDED_OF_MENTIONED + log2(max(min(people, len(expected.mentioned)), _FEWEST_MENTIONED))
    return _needed_of(people)


def _needed_of(people: int) -> float:
    return NEEDED + _PER_DOUBLING * log2(max(people, _FEWEST))
