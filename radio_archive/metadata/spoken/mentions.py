"""Find mentions in sentences: speakers who give their name, announce a reporter, or name the show or station."""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from radio_archive.metadata.spoken.matching import LONGEST, Names, SpokenName
from radio_archive.metadata.spoken.phrases import AnnouncementPhrases
from radio_archive.metadata.spoken.run_on import framed_names, place_before
from radio_archive.metadata.spoken.sentences import Sentence, Token, phrase
from radio_archive.models import Field

REST_WORDS = 8
"""Words of the same sentence that may follow the speaker's name."""
PREFACE_WORDS = 12
"""Words of the same sentence that may precede it."""
PROPER_WORDS = 4
"""Words in a name that is not on the roster, at most; at least two, as one alone (`I'm Catholic`) is rarely a name."""


class MentionKind(StrEnum):
    """The kinds of mention."""

    SELF = "sign-off"
    INTRODUCTION = "introduction"
    BACK = "back-announcement"
    HANDOVER = "hand-over"
    IDENT = "identification"


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase that names a person, shows or stations: tokens `first` up to `end` of a sentence."""

    kind: MentionKind
    sentence: int
    first: int
    end: int
    person: SpokenName | None = None
    outlets: tuple[SpokenName, ...] = ()
    host: bool = False


class MentionFinder:
    """Finds the mentions in sentences of one language."""

    def __init__(
        self,
        sentences: Sequence[Sentence],
        people: Names,
        outlets: Names,
        phrases: AnnouncementPhrases,
        *,
        places: frozenset[str] = frozenset(),
        run_on: bool = False,
    ) -> None:
        """`places`: folded first words of the places in the clip. `run_on`: look for names in frames everywhere."""
        self.sentences: Sequence[Sentence] = sentences
        self.phrases: AnnouncementPhrases = phrases
        self._places = places
        self._run_on = run_on
        self.people: Names = people
        self.outlets: Names = outlets
        tokens = [token for sentence in sentences for token in sentence.tokens]
        # Some engines write no capitals; then capitals cannot show what is a name.
        self._cased = any(token.capital and not phrase("i|i\\S{1,2}").fullmatch(token.folded) for token in tokens)

    @cached_property
    def mentions(self) -> list[Mention]:
        """All mentions except hand-overs, in order, without those that continue unlike a sign-off."""
        found = []
        for number in range(len(self.sentences)):
            found += [*self._sign_offs(number), *self._back_announcements(number), *self._identifications(number)]
            if self._run_on:
                found += self._run_ons(number)
        return sorted(found, key=lambda mention: (mention.sentence, mention.first))

    def handovers(self) -> Iterator[Mention]:
        """Yield the announcements of a reporter: `HPR's Karen Oshiro has more`."""
        rules = self.phrases
        for number, sentence in enumerate(self.sentences):
            for first, end in sentence.find(rules.handover_after):
                person, start = self._person_before(sentence, first)
                if person is None:
                    # Karen Oshiro in Hilo has more.
                    person, start = self._person_before(sentence, place_before(sentence, first))
                if person:
                    begin = 0 if start <= PREFACE_WORDS else start
                    end = min(len(sentence.tokens), end + REST_WORDS)
                    yield Mention(MentionKind.HANDOVER, number, begin, end, person, self._owner(sentence, start))
            for first, end in sentence.find(rules.handover_before):
                owner = self.outlet(sentence, end)
                owned = owner and sentence.phrase_length("s", owner.end)
                person = self.person(sentence, owner.end + 1 if owner and owned else end)
                whole = person and person.end == len(sentence.tokens)
                if person and (whole or (person.sure and first == 0)):
                    begin = 0 if first <= PREFACE_WORDS else first
                    yield Mention(
                        MentionKind.HANDOVER, number, begin, person.end, person, (owner,) if owner and owned else ()
                    )

    def unknown_words(self, number: int, end: int) -> int:
        """Return how many words of a sentence, from `end` on, belong to no mention."""
        ranges = [(mention.first, mention.end) for mention in self.mentions if mention.sentence == number]
        positions = range(end, len(self.sentences[number].tokens))
        return sum(not any(first <= position < last for first, last in ranges) for position in positions)

    def person(self, sentence: Sentence, position: int) -> SpokenName | None:
        """Return the person whose name starts at `position`."""
        tokens = _until_mark(sentence.tokens[position:])
        match = self.people.begins([token.folded for token in tokens])
        if match and not self._is_longer_name(sentence, position, match.length):
            end = position + match.length
            if not match.rivals:
                return SpokenName(match.value, match.field, position, end, match.similarity)
            twins = all(rival == match.value for rival in match.rivals)
            value = match.value if twins or not self._cased else _raw_text(tokens[: match.length])
            return SpokenName(
                value, match.field, position, end, match.similarity, sure=False, rivals=(match.value, *match.rivals)
            )
        proper = self._proper_noun_length(tokens)
        if proper:
            name = _raw_text(tokens[:proper])
            return SpokenName(name, Field.REPORTER, position, position + proper, sure=False)
        return None

    def outlet(self, sentence: Sentence, position: int, *, propose: bool = False) -> SpokenName | None:
        """Return the show or station whose name starts at `position`; `propose` accepts unknown capitalized names."""
        tokens = _until_mark(sentence.tokens[position:])
        match = self.outlets.begins([token.folded for token in tokens])
        if match and not self._is_longer_name(sentence, position, match.length):
            end = position + match.length
            sure = not match.rivals
            rivals = () if sure else (match.value, *match.rivals)
            return SpokenName(match.value, match.field, position, end, match.similarity, sure, rivals)
        skip = int(bool(tokens) and bool(phrase(self.phrases.articles).fullmatch(tokens[0].folded)))
        proper = self._proper_noun_length(tokens[skip:], not_a_person=False) if propose else 0
        if not proper:
            return None
        name = tokens[skip : skip + proper]
        station = any(phrase(self.phrases.station).fullmatch(token.folded) for token in name)
        field = Field.STATION if station else Field.SHOW
        return SpokenName(_raw_text(name), field, position + skip, position + skip + proper, sure=False)

    def resembling_outlet(self, sentence: Sentence, position: int) -> int:
        """Return how many words of a misheard show or station start at `position`; 0 for none. It is no claim."""
        clause, whole = (_until_mark(sentence.tokens[position:], marks) for marks in (".,", "."))
        found = self.outlets.resembles([token.folded for token in clause])
        # Tasman, diary
        named = None if found or clause == whole else self.outlets.begins([token.folded for token in whole])
        return named.length if named else found

    def misheard_person(self, sentence: Sentence, position: int) -> SpokenName | None:
        """Return the person on the roster whose name starts at `position`, cut into other words by the engine.

        Too little to tell who is meant outside of the frame of a sign-off.
        """
        tokens = _until_mark(sentence.tokens[position:])
        match = self.people.run_together([token.folded for token in tokens]) if tokens and self._cased else None
        if match is None or not tokens[0].capital:
            return None
        return SpokenName(match.value, match.field, position, position + match.length, match.similarity)

    def _sign_offs(self, number: int) -> Iterator[Mention]:
        """For Asia Minute, I'm Karen Oshiro in Hilo."""
        sentence = self.sentences[number]
        tokens = sentence.tokens
        for first, end in sentence.find(self.phrases.before_name):
            host = sentence.phrase_length(self.phrases.host, end)
            persons = self._people_at(sentence, end + host)
            if not persons or any(token.quoted for token in tokens[: end + 1]):
                continue
            outlet = self.outlet(sentence, end)
            if outlet and (not persons[0].sure or outlet.similarity >= persons[0].similarity):
                continue
            after_name = persons[-1].end
            before = self._outlets_before(sentence, first)
            after = self._outlets_after(sentence, after_name)
            if before is None or not (after or self.may_end_sign_off(sentence, after_name)):
                continue
            start = max(0, first - PREFACE_WORDS)
            stop = max([min(len(tokens), after_name + REST_WORDS), *(outlet.end for outlet in after)])
            for person in persons:
                yield Mention(MentionKind.SELF, number, start, stop, person, (*before, *after), bool(host))

    def _run_ons(self, number: int) -> Iterator[Mention]:
        """The council votes on Friday, Karen Oshiro, HPR News."""
        sentence = self.sentences[number]
        for first, person, by_speaker in framed_names(self, sentence):
            yield self.signature(number, first, person, by_speaker=by_speaker)

    def signature(self, number: int, first: int, person: SpokenName, *, by_speaker: bool) -> Mention:
        """Return the mention of a person who signs in a frame that begins at `first`, with the outlets around it."""
        sentence = self.sentences[number]
        outlets = (*(self._outlets_before(sentence, person.end) or ()), *self._outlets_after(sentence, person.end))
        end = min(len(sentence.tokens), person.end + REST_WORDS)
        return Mention(MentionKind.SELF if by_speaker else MentionKind.BACK, number, first, end, person, outlets)

    def signed_by(self, mention: Mention) -> "MentionFinder":
        """Return this reader, with a mention of who signs in place of what else could be read in the same words."""
        finder = copy(self)
        others = (one for one in self.mentions if one.sentence != mention.sentence or _is_beside(one, mention))
        finder.__dict__["mentions"] = sorted([*others, mention], key=lambda one: (one.sentence, one.first))
        return finder

    def _people_at(self, sentence: Sentence, position: int) -> list[SpokenName]:
        """The person whose name starts at `position`, and a second one if on the roster: `and Bill Carter`."""
        first = self.person(sentence, position)
        if first is None:
            return []
        link = sentence.phrase_length(self.phrases.conjunction, first.end)
        second = self.person(sentence, first.end + link) if link else None
        return [first, second] if second and second.sure else [first]

    def _back_announcements(self, number: int) -> Iterator[Mention]:
        """Karen Oshiro reporting. / Karen Oshiro, HPR News, Hilo. / That story from Karen Oshiro."""
        sentence, rules = self.sentences[number], self.phrases
        by = sentence.phrase_length(rules.back_by, 0)
        starts = [by or sentence.phrase_length(rules.back_before, 0)]
        if not starts[0] and sentence.phrase_length(rules.preface, 0):
            starts = [i + 1 for i, token in enumerate(sentence.tokens[:PREFACE_WORDS]) if token.mark]
        for start in starts:
            person = self.person(sentence, start) if not any(t.quoted for t in sentence.tokens) else None
            if person is None:
                continue
            told = sentence.phrase_length(rules.back_after, person.end)
            after = self._outlets_after(sentence, person.end + told)
            tagged = person.sure and sentence.tokens[person.end - 1].mark and self.outlet(sentence, person.end)
            if told or tagged or (by and self.may_end_sign_off(sentence, person.end)):
                end = min(len(sentence.tokens), person.end + REST_WORDS)
                yield Mention(
                    MentionKind.BACK, number, 0, end, person, (*(self._outlets_before(sentence, start) or ()), *after)
                )

    def _identifications(self, number: int) -> Iterator[Mention]:
        sentence, rules = self.sentences[number], self.phrases
        for pattern, propose in ((rules.ident, True), (rules.ident_weak, False)):
            for first, end in sentence.find(pattern):
                before = self._outlets_before(sentence, first)
                greeted = first == 0 or before is not None
                outlet = self.outlet(sentence, end, propose=propose and greeted) if propose or first == 0 else None
                if not outlet or (not outlet.sure and self._is_person(sentence, end)):
                    continue
                after = self._outlets_after(sentence, outlet.end)
                # A show is on a station; who is on a show is a person.
                on_show = any(one.sure and one.field == Field.SHOW for one in after)
                named = (*(before or ()), *([outlet] if outlet.sure or not on_show else []), *after)
                stop = max([outlet.end, *(one.end for one in after)])
                yield Mention(MentionKind.IDENT, number, first, stop, None, named)
        lead = sentence.phrase_length(f"(?:reporting )?(?:{rules.lead})", 0)
        outlet = self.outlet(sentence, lead)
        if outlet and outlet.end == len(sentence.tokens):
            yield Mention(MentionKind.IDENT, number, 0, outlet.end, None, (outlet,))

    def _is_person(self, sentence: Sentence, position: int) -> bool:
        person = self.person(sentence, position)
        return person is not None and person.sure

    def _outlets_before(self, sentence: Sentence, first: int) -> tuple[SpokenName, ...] | None:
        """The shows and stations named before `first`; None if the sentence does not start like a sign-off."""
        start = max(0, first - PREFACE_WORDS)
        found = []
        for _, end in sentence.find(self.phrases.lead):
            if start < end < first:
                working = phrase(self.phrases.working_for).fullmatch(sentence.tokens[end - 1].folded)
                outlet = self.outlet(sentence, end, propose=bool(working))
                if outlet and outlet.end <= first:
                    found.append(outlet)
        short = first <= PREFACE_WORDS and sentence.phrase_length(self.phrases.preface, 0)
        if first == 0 or short or any(outlet.sure for outlet in found):
            return tuple(found)
        return None

    def _outlets_after(self, sentence: Sentence, position: int) -> tuple[SpokenName, ...]:
        """The shows and stations that follow a name: `in Hilo, for Asia Minute on HPR`."""
        found: list[SpokenName] = []
        end = min(len(sentence.tokens), position + REST_WORDS)
        # Words that do not continue a sign-off (`and I work for HPR`) do not end one.
        place = self.may_end_sign_off(sentence, position)
        while position < end:
            lead = sentence.phrase_length(f"s|reporting for|{self.phrases.lead}", position)
            working = lead and phrase(self.phrases.working_for).fullmatch(sentence.tokens[position + lead - 1].folded)
            outlet = self.outlet(sentence, position + lead, propose=bool(working) and not found)
            if outlet:
                found.append(outlet)
                position = outlet.end
            elif place and not found:
                position += 1
            else:
                break
        return tuple(found)

    def may_end_sign_off(self, sentence: Sentence, position: int) -> bool:
        """Whether nothing follows the name, or words that follow a name in a sign-off."""
        if position >= len(sentence.tokens) or sentence.tokens[position - 1].mark == ".":
            return True
        if self._is_place(sentence.tokens[position]):
            return True
        return bool(sentence.phrase_length(self.phrases.after_name, position))

    def _person_before(self, sentence: Sentence, end: int) -> tuple[SpokenName | None, int]:
        """The person whose name ends at `end`, and where it starts."""
        best: tuple[SpokenName | None, int] = (None, end)
        for start in range(end - 1, max(-1, end - LONGEST - 1), -1):
            tokens = sentence.tokens[start:end]
            if any(token.mark == "." for token in tokens) or any(token.mark for token in tokens[:-1]):
                break
            match = self.people.begins([token.folded for token in tokens], whole=True)
            if match and self._may_begin(sentence, start, match.similarity):
                person = self.person(sentence, start)
                if person and person.end == end and (best[0] is None or person.similarity >= best[0].similarity):
                    best = person, start
        if best[0]:
            return best
        for start in range(max(0, end - PROPER_WORDS), end - 1):
            tokens = sentence.tokens[start:end]
            if self._proper_noun_length(tokens) == len(tokens) and self._may_begin(sentence, start, 0):
                return SpokenName(_raw_text(tokens), Field.REPORTER, start, end, sure=False), start
        return None, end

    def _may_begin(self, sentence: Sentence, start: int, similarity: float) -> bool:
        """Whether an announced name can start here: at the start of the sentence or a clause, or after certain words.

        Without capitals this cannot be decided, and a known name is accepted.
        """
        if start == 0 or sentence.tokens[start - 1].mark:
            return True
        before = sentence.tokens[start - 1].folded
        # HPR Karen Oshiro / From Hilo Karen Oshiro
        led = similarity and (place_before(sentence, start) == 0 or self._follows_outlet(sentence, start))
        if led or phrase(self.phrases.handover_lead).fullmatch(before):
            return True
        return not self._cased and similarity > 0.95

    def _follows_outlet(self, sentence: Sentence, start: int) -> bool:
        spans = (sentence.tokens[first:start] for first in range(max(0, start - LONGEST), start))
        matches = (self.outlets.begins([token.folded for token in span], whole=True) for span in spans)
        return any(match and match.similarity == 1 for match in matches)

    def _owner(self, sentence: Sentence, start: int) -> tuple[SpokenName, ...]:
        """The show or station of an announced reporter: `HPR's Karen Oshiro`."""
        if start < 2 or sentence.tokens[start - 1].folded != "s":
            return ()
        for first in range(max(0, start - 1 - LONGEST), start - 1):
            outlet = self.outlet(sentence, first)
            if outlet and outlet.end == start - 1:
                return (outlet,)
        return ()

    def _is_longer_name(self, sentence: Sentence, position: int, count: int) -> bool:
        """Whether the match is not a name after all: not capitalized, or followed by more of a longer name."""
        tokens = sentence.tokens[position : position + count]
        if not self._cased:
            return False
        if not any(token.capital for token in tokens):
            return True
        following = sentence.tokens[position + count : position + count + 1]
        if tokens[-1].mark or not following or not following[0].capital:
            return False
        filler = phrase(self.phrases.filler).fullmatch(following[0].folded)
        if filler or self._is_place(following[0]):
            return False
        match = self.outlets.begins([t.folded for t in sentence.tokens[position + count :]])
        return not (match or self.resembling_outlet(sentence, position + count))

    def _is_place(self, token: Token) -> bool:
        """Whether the clip names a place that begins with this word: `in Hilo`."""
        return token.capital and token.folded in self._places

    def _proper_noun_length(self, tokens: Sequence[Token], *, not_a_person: bool = True) -> int:
        """How many tokens at the start are a name, judged by their capitals; 0 for none."""
        count = 0
        if not self._cased:
            return 0
        for position, token in enumerate(_until_mark(tokens)):
            particles = phrase(self.phrases.particles).fullmatch(token.folded)
            if not token.capital and not (particles and position):
                break
            if position and phrase(self.phrases.filler).fullmatch(token.folded):
                break
            if not_a_person and phrase(self.phrases.not_a_person).fullmatch(token.folded):
                return 0
            if token.capital:
                count = position + 1
        capitals = [token for token in tokens[:count] if token.capital and not token.folded.isdigit()]
        return count if len(capitals) >= 2 and count <= PROPER_WORDS + 1 else 0


def _is_beside(one: Mention, mention: Mention) -> bool:
    """Whether `one` names nobody and nothing in the words that are the name of a person in `mention`."""
    name = mention.person
    named = [*([one.person] if one.person else []), *one.outlets]
    return name is not None and all(other.end <= name.start or name.end <= other.start for other in named)


def _until_mark(tokens: Sequence[Token], marks: str = ".,") -> Sequence[Token]:
    for position, token in enumerate(tokens[: LONGEST + 1]):
        if token.mark and token.mark in marks:
            return tokens[: position + 1]
    return tokens[: LONGEST + 1]


def _raw_text(tokens: Sequence[Token]) -> str:
    return " ".join(token.raw for token in tokens if token.raw)
