"""The name of who signs where the engine wrote it as other words: `Morella drag omir Esku` for `Mirela Dragomirescu`.

Read only where the end of a clip names nobody on the roster for certain. The words stand in the frame of a sign-off,
the engine was in doubt about them, and their sounds speak for one name: more than chance would for any of so many
names, more than for any other, and for each word of the name. Where the story names the reporter, less is enough.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import NamedTuple

from radio_archive.metadata.repair.confusion import as_learned
from radio_archive.metadata.spoken.agreement import Agreement, Scale, agreement, by_kind, information
from radio_archive.metadata.spoken.matching import LONGEST, Agreeing, Names, SpokenName, compare_names, similar_letters
from radio_archive.metadata.spoken.mentions import Mention, MentionFinder
from radio_archive.metadata.spoken.run_on import FramedSpan, ends_clip, framed_spans, unframed_spans
from radio_archive.metadata.spoken.sentences import Sentence, Token
from radio_archive.models import Field, Word
from radio_archive.text.sounds import sound_of

DOUBT = 0.8
"""Probability of a word below which the engine may have written another one. It is sure of names that it knows."""
NEEDED, NEEDED_OF_MENTIONED = 1.5, 4.0
"""Bits that must speak for a name beyond those by which it is told from the others: log2 of their number. Less is
enough for one that the story has."""
_PER_DOUBLING = 1.5
"""Bits more for twice as many names on the roster: the more there are, the more are alike."""
NEEDED_OF_BYLINE = 4.0
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
_LEAST_SHARE, _LEAST_BESIDE, _ENOUGH_BESIDE = 0.25, 0.35, 0.7
"""Share of the bits for each word of a name; for each word beside one that was heard right; and from which it does
there, however short it is."""
_MISSPELLED = 0.8
"""Similarity of letters from which a word is another one misspelled."""
_DOUBT_BESIDE = 0.6
"""Probability below which the engine doubts a word enough to take it for one of a name whose others it heard right."""
_LEAST_BITS_BESIDE = 4.8
"""Bits for a word beside one that was heard right, if its share is not enough."""
STRONG_DOUBT = 0.5
"""The same where the engine probably has written another one: a new name is hardly spelled right."""
_CHANCE, _CHANCE_IN_DOUBT = -1.0, -4.0
"""Bits beyond log2 of the number of names up to which some name agrees as well by chance; the second is stricter."""
_SAME_OUTLET = 0.65
"""Similarity of letters and of sounds, the mean of both, from which a new show is a known one misheard."""
_SKIPPED = 2
"""Words, at most, between the frame and the name: a place or `I'm` as the engine wrote it. Each costs a bit."""
_OF_AN_END = 1.0
"""Bits that a name may lose by the words where it ends."""
_TELLING = 4.0
"""Bits of a word of a name, if it is heard right, that is long enough to be judged alone."""
_UNFRAMED = 6.0
"""Bits more for a name that is in no frame."""
_LEAST_LEARNED = 6.0
"""Bits, by what models did to names, without which sounds that are near each other say nothing."""
_LEAST_SHARE_LEARNED, _LEAST_BITS_OF_WORD, _LEAST_BITS_OF_PART = 0.2, 7.0, 4.0
"""By the same, for each word of a name that was not heard right: its share, and its bits. More where as many words were
heard as the name has: somebody else may have been named, as Miranda in place of Mirela."""


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
    places = list(_places(readers))
    scales: tuple[Scale, ...] = (by_kind, as_learned)
    return next(
        filter(None, (_likeliest_of(_candidates(places, people, words, expected, one)) for one in scales)), None
    )


def _likeliest_of(candidates: Iterable[GarbledName]) -> MentionFinder | None:
    best: dict[int, GarbledName] = {}
    for one in candidates:
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
    heard = [token.folded for token in tokens]
    outlet = _likeliest(outlets.agreeing(heard))
    if outlet and (outlet.share + similar_letters(outlet.entry.parts, heard)) / 2 >= _SAME_OUTLET:
        if named.field == Field.REPORTER:
            return None
        return replace(named, value=outlet.entry.name, field=outlet.entry.field)
    person = _likeliest(people.agreeing([token.spoken for token in tokens]))
    if person is None or not is_doubtful(tokens, words):
        return named
    bits, much = person.agreement.bits, is_doubtful(tokens, words, STRONG_DOUBT)
    told = is_plausible(person.agreement, person.entry.sounds, doubtful=much)
    if (
        min(person.agreement.shares) < _ENOUGH_BESIDE
        and _is_relative(person.entry.parts, heard)
        and not (much and told)
    ):
        return named
    if bits >= _needed_of(len(people)) and named.field == Field.REPORTER:
        return replace(named, value=person.entry.name)
    # With more names to be taken for, a new one is missed rather than that a known one is taken for new.
    chance = _CHANCE_IN_DOUBT if much else _CHANCE
    return None if bits > chance + log2(_FEWEST) else named


def _likeliest(found: Sequence[Agreeing]) -> Agreeing | None:
    return found[0] if found else None


def is_plausible(found: Agreement, sounds: Sequence[str], *, doubtful: bool) -> bool:
    """Whether each word of a name was heard well enough for the others; `doubtful`: the engine is much in doubt."""
    whole = (information(sound) for sound in sounds)
    words = [(share, bits) for share, bits in zip(found.shares, whole, strict=True) if bits >= _TELLING]
    if all(share < _HEARD_RIGHT for share, _ in words):
        return all(share >= _LEAST_SHARE for share, _ in words)
    others = [(share, share * bits) for share, bits in words if share < _HEARD_RIGHT]
    enough = (
        share >= _ENOUGH_BESIDE or (share >= _LEAST_BESIDE and bits >= _LEAST_BITS_BESIDE) for share, bits in others
    )
    return all(enough) and (doubtful or not others) and min(found.shares) >= 0


def _is_plausible_as_learned(found: Agreement, sounds: Sequence[str], *, doubtful: bool, heard: int) -> bool:
    """The same by what models did to names; `heard`: how many words were heard."""
    least = _LEAST_BITS_OF_WORD if heard == len(sounds) else _LEAST_BITS_OF_PART
    whole = (information(sound, as_learned) for sound in sounds)
    words = [(share, share * bits) for share, bits in zip(found.shares, whole, strict=True) if bits >= _TELLING]
    faint = [(share, bits) for share, bits in words if share < _HEARD_RIGHT]
    enough = (share >= _ENOUGH_BESIDE or (share >= _LEAST_SHARE_LEARNED and bits >= least) for share, bits in faint)
    return all(enough) and (doubtful or len(faint) in {0, len(words)}) and min(found.shares) >= 0


def _is_relative(name: Sequence[str], heard: Sequence[str]) -> bool:
    """Whether a word of the name is spelled right and another is a word of its own: `Darren Oshiro`."""
    if len(name) != len(heard) or all(one != other for one, other in zip(name, heard, strict=True)):
        return False
    # Karen Whittield for Karen Whitfield; a given name is spelled like others.
    others = (similar_letters([one], [other]) for one, other in zip(name, heard, strict=True))
    misspelled = name[0] == heard[0] and min(others) >= _MISSPELLED
    return not misspelled and not compare_names(name, heard)[1]


def is_doubtful(tokens: Sequence[Token], words: Sequence[Word], doubt: float = DOUBT) -> bool:
    """Whether the engine was in doubt about one of the words: its probability is below `doubt`."""
    said = (word.probability for token in tokens for word in words[token.word : token.last + 1])
    return any(probability is not None and probability < doubt for probability in said)


def _candidates(
    places: Iterable[tuple[MentionFinder, int, FramedSpan]],
    people: Names,
    words: Sequence[Word],
    expected: Callable[[], Expected],
    scale: Scale,
) -> Iterator[GarbledName]:
    """Yield each name that the words in each frame may be."""
    for reader, number, (first, framed, end, by_speaker, is_frame) in places:
        if scale is by_kind and not is_frame:
            continue
        sentence = reader.sentences[number]
        # Whose name begins with an M may have that of `I'm`.
        said = framed + sentence.phrase_length(reader.phrases.before_name, framed)
        # He thanked Karen Oshiro, Asia Minute.
        led = by_speaker or first < framed
        for start in range(framed, min(end, framed + _SKIPPED + 1) if led else framed + 1):
            tokens = sentence.tokens[start:end]
            if not is_doubtful(tokens, words):
                continue
            heard, much = [token.folded for token in tokens], is_doubtful(tokens, words, _DOUBT_BESIDE)
            begin = max(start, said) if said < end else start
            spoken = [token.spoken for token in tokens]
            for entry in (one.entry for one in people.agreeing(spoken)):
                one = Agreeing(agreement(entry.sounds, sound_of(spoken), scale), entry)
                surplus = one.agreement.bits - _needed(entry.subject, len(people), expected()) - (start - framed)
                surplus -= 0 if is_frame else _UNFRAMED
                if surplus < -MARGIN or not _is_whole(one, sentence, start, scale):
                    continue
                share = one.agreement.bits / (information("".join(entry.sounds), scale) or 1.0)
                person = SpokenName(entry.name, entry.field, begin, end, min(1.0, max(_LEAST_SIMILARITY, share)))
                mention = reader.signature(number, first, person, by_speaker=by_speaker)
                if scale is by_kind:
                    plausible = is_plausible(one.agreement, entry.sounds, doubtful=much)
                else:
                    plausible = _is_plausible_as_learned(one.agreement, entry.sounds, doubtful=much, heard=end - begin)
                no_other = entry.subject in expected().mentioned or (
                    agreement(entry.sounds, sound_of(spoken), as_learned).bits >= _LEAST_LEARNED
                    and not _is_relative(entry.parts, heard[begin - start :])
                )
                plausible = entry.subject in expected().makers or (plausible and no_other)
                if ends_clip(reader, mention):
                    yield GarbledName(surplus, entry.subject, plausible, reader, mention)


def _is_whole(one: Agreeing, sentence: Sentence, start: int, scale: Scale) -> bool:
    """Whether a name ends here, and not earlier: else more text that follows would be taken for a part of it."""
    tokens = sentence.tokens[start : start + LONGEST + 2]
    # What a hyphen joins is one word.
    ends = (end for end in range(1, len(tokens)) if tokens[end - 1].word != tokens[end].word)
    heard = (
        agreement(one.entry.sounds, sound_of([token.spoken for token in tokens[:end]]), scale).bits for end in ends
    )
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
