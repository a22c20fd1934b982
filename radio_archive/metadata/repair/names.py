"""The names that may have been spoken in a clip, each with where it is written: its story, the glossary, the roster."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from radio_archive.models import ProposalSource, Roster, Story, Term, TermKind
from radio_archive.text.spelling import OKINA, SMALL_WORDS, fold, split_name
from radio_archive.text.stop_words import STOP_WORDS

LONGEST = 7
"""Words of a name."""
SHORTEST = 3
"""Letters of a name. A shorter one is only found as a part of a longer."""
MOST_OF_STORY = 5_000
"""Names that are taken of one story, at most: parts and repetitions count."""
MOST_OCCURRENCES = 12
"""Places of a name that are looked at."""
RARE, FEWEST = 0.2, 4
"""The share of a story's words, at most, that are in no list; else it is in another language. And their letters."""

CALENDAR = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday""".split()
)
"""Words with a capital that are no names."""
_LOWER = frozenset("of de la da do dos das del della der den van von du di le bin bint al el e y ter ten".split())
"""Words that may be written small inside a name."""
_EDGES = "".join(OKINA - set("ʻʼʽˋˊꞌ")) + '"“”„«».,;:!?()[]{}…-–—|/*_'
_POSSESSIVE = re.compile(r"(.*\w)['’ʼ‘]s?$")
_ENDS = re.compile(r"[.,;:!?()\[\]{}…–—|/\"“”„«»]$|--$")
_SENTENCE = re.compile(r"[.!?…:][\"“”’')\]]*$")
_DATELINE = re.compile(r"\A[^\s—–(,-]{1,30}(?:[ -][^\s—–(,-]{1,30}){1,5}(?=,| [—–(]| -)")
"""The place that a line begins with, if it has several words: *NEW YORK (AP)*. One word may be an acronym."""
_ABBREVIATED = re.compile(r"(?:[A-Z]|Rep|Sen|Gov|Dr|Prof|Mrs?|Ms|St|Mt|Gen|Col|Capt|Lt|Sgt|Rev|Hon)\.")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a name is written: `place` for a person to read, and the folded words around it, nearest first."""

    place: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is to be spelled. `parts` are its folded words, `whole` is the full name that it is a part of."""

    text: str
    source: ProposalSource
    parts: tuple[str, ...]
    whole: str
    occurrences: tuple[Occurrence, ...] = ()
    is_part: bool = False
    """Whether it is only a part of what is written: a surname, or a place without its *Market*."""
    is_person: bool = False
    is_common: bool = False
    """Whether the story writes it small: a word of another language or of a trade."""
    heard: tuple[str, ...] = ()
    """What engines are known to write for it, folded."""

    @property
    def key(self) -> str:
        """Its letters, folded."""
        return "".join(self.parts)

    @property
    def is_told(self) -> bool:
        """Whether the clip's story has it."""
        return any(one.place.startswith("the story") for one in self.occurrences)

    def is_part_of(self, other: "Name") -> bool:
        """Whether the other one has all of its words, and more."""
        return set(self.parts) < set(other.parts)


def core_of(written: str, *, possessive: bool = True) -> str:
    """Return a word or several without the punctuation around them, and without the ending of a `possessive`."""
    core = written.strip(_EDGES)
    match = _POSSESSIVE.fullmatch(core) if possessive else None
    return match[1] if match else core


@lru_cache(maxsize=32_768)
def parts_of(text: str) -> tuple[str, ...]:
    """Return the folded words of a text; none for punctuation."""
    return tuple(part for part in fold(text).split() if any(c.isalnum() and c not in OKINA for c in part))


def names_in(
    story: Story | None, lines: Sequence[str] = (), *, is_word: Callable[[str], bool] | None = None
) -> Iterator[Name]:
    """Yield the names of a story, some several times.

    `lines` are those of its page, which has more than the story: bylines and datelines of every kind. `is_word`
    tells whether a folded word is a common one, which is no name by itself; without it, all words may be names.
    """
    return islice(_of_story(story, lines, is_word), MOST_OF_STORY)


def rare_words_in(
    story: Story | None, lines: Sequence[str] = (), *, is_word: Callable[[str], bool] | None = None
) -> Iterator[Name]:
    """Yield what a story in English writes small and what is no common word: *limu*. None without `is_word`."""
    read = _read(story, lines)
    small = {fold(token.core) for _, tokens in read for token in tokens if token.core.islower()}
    rare = {word for word in small if word.isalpha() and not is_word(word)} if is_word else set()
    for place, tokens in read if len(rare) <= RARE * len(small) else ():
        folded = [fold(token.core) for token in tokens]
        for at, word in enumerate(folded):
            if word in rare and len(word) >= FEWEST and tokens[at].core.islower():
                yield replace(_name(tokens, folded, (at, at + 1), (at, at + 1), place), is_common=True)


def merged(names: Iterable[Name]) -> Name:
    """Return what is known of one name from several sources, those first that know it best.

    A spelling with more marks (*Hawaiʻi*) is always better than one without.
    """
    first, *others = names
    for one in others:
        first = replace(
            first,
            text=one.text if marks_of(one.text) > marks_of(first.text) else first.text,
            occurrences=(*first.occurrences, *one.occurrences)[:MOST_OCCURRENCES],
            is_part=first.is_part and one.is_part,
            is_person=first.is_person or one.is_person,
            is_common=first.is_common and one.is_common,
            heard=(*first.heard, *one.heard),
        )
    return first


def words_of(story: Story | None, lines: Sequence[str] = ()) -> list[str]:
    """Return the words of a story, or of the lines of its page, as written."""
    texts = lines or ((story.headline or "", *story.body) if story else ())
    return [word for text in texts for word in text.split()]


def marks_of(text: str) -> int:
    """How much of a spelling is lost by folding it: diacritics, ʻokina. Small letters count more than capitals."""
    return sum(character > "\x7f" or character in OKINA for character in text) + (0 if text.isupper() else 1)


def name_of_show(show: str) -> Name:
    """Return the name of the clip's show."""
    return Name(show, ProposalSource.ROSTER, parts_of(show), show, (Occurrence("the name of the clip's show"),))


def names_of_terms(terms: Iterable[Term]) -> Iterator[Name]:
    """Yield the names of terms of the glossary, and the surnames of people."""
    for term in terms:
        person = term.kind == TermKind.PERSON
        yield from _listed(term.term, term.heard, ProposalSource.GLOSSARY, "the glossary", is_person=person)


def names_of_roster(roster: Roster) -> Iterator[Name]:
    """Yield the names of all that is on the roster, and the surnames of people."""
    for kind, known in (("person", roster.people), ("show", roster.shows), ("station", roster.stations)):
        for one in known:
            place = f"the roster, as a {kind}"
            yield from _listed(one.name, one.aliases, ProposalSource.ROSTER, place, is_person=kind == "person")


def _listed(text: str, others: Iterable[str], source: ProposalSource, place: str, *, is_person: bool) -> Iterator[Name]:
    heard = tuple("".join(parts_of(form)) for form in others)
    whole = Name(text, source, parts_of(text), text, (Occurrence(place),), is_person=is_person, heard=heard)
    yield whole
    if is_person:
        yield from _surname(whole)


def _surname(name: Name) -> Iterator[Name]:
    if len(name.parts) > 1:
        surname = split_name(name.text)[1]
        yield replace(name, text=surname, parts=parts_of(surname), is_part=True, heard=())


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a story. `core` is it without punctuation around it and without a possessive ending."""

    core: str
    begins: bool
    """Whether it begins a sentence."""
    ends: bool
    """Whether a name cannot go on after it."""


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    begins = True
    for word in text.split():
        core = core_of(word)
        is_abbreviated = bool(_ABBREVIATED.fullmatch(word.lstrip(_EDGES)))
        if not core or not any(map(str.isalnum, core)):
            begins = begins or bool(_SENTENCE.search(word)) or not word.isalnum()
            if tokens:
                tokens[-1] = replace(tokens[-1], ends=True)
            continue
        ends = bool(_ENDS.search(word)) and not is_abbreviated
        core += "." * is_abbreviated
        tokens.append(_Token(core, begins or word[0] in '"“„«([', ends or core.rstrip(".") != word.strip(_EDGES)))
        begins = bool(_SENTENCE.search(word)) and not is_abbreviated
    return tokens


def _is_capital(core: str) -> bool:
    first = next((character for character in core if character.isalpha() and character not in OKINA), "")
    return first.isupper() or (first.islower() and "-" in core and any(part[:1].isupper() for part in core.split("-")))


def _of_story(story: Story | None, lines: Sequence[str], is_word: Callable[[str], bool] | None) -> Iterator[Name]:
    """Yield the names of a story: those of its makers, and what is written with capitals inside sentences."""
    if story:
        yield from _makers(story)
    read = _read(story, lines)
    small = {fold(token.core) for _, tokens in read for token in tokens if token.core[:1].islower()}
    for place, tokens in read:
        yield from _names_in(tokens, place, small, is_word)


def _read(story: Story | None, lines: Sequence[str]) -> list[tuple[str, list[_Token]]]:
    """Return the words of each part of a story, with where that is."""
    body = list(story.body) if story else []
    there = set(body)
    written = [(f"the story's {_ordinal(number)} paragraph", text) for number, text in enumerate(body, 1)]
    written += [
        (f"the story's {_ordinal(number)} line", text) for number, text in enumerate(lines, 1) if text not in there
    ]
    # A headline has capitals that mean nothing, or none.
    if story and story.headline and story.headline not in lines:
        written.append(("the story's headline", story.headline))
    return [(place, _tokens(_DATELINE.sub(_capital_words, text))) for place, text in written]


def _makers(story: Story) -> Iterator[Name]:
    made = ("byline", story.reporter, True), ("show", story.show, False), ("station", story.station, False)
    for what, written, is_person in made:
        for text in (written or "").split(", "):
            if text:
                place = Occurrence(f"the story's {what}")
                parts = parts_of(text)
                whole = Name(_capitalized(text), ProposalSource.STORY, parts, text, (place,), is_person=is_person)
                yield whole
                if is_person:
                    yield from _surname(whole)


def _ordinal(number: int) -> str:
    return f"{number}{'th' if 4 <= number % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _capitalized(text: str) -> str:
    """Return a name in capitals, as in a dateline, with small letters; acronyms stay."""
    return " ".join(_small(word) for word in text.split()) if text.isupper() else text


def _capital_words(place: re.Match[str]) -> str:
    """Return what a line begins with in small letters with capitals, if it has no small letters."""
    if not place[0].isupper():
        return place[0]
    return re.sub(r"[^\s-]+", lambda word: word[0][0] + word[0][1:].lower(), place[0])


def _small(word: str) -> str:
    return "-".join(part if len(part) < 5 else part[0] + part[1:].lower() for part in word.split("-"))


def _names_in(
    tokens: Sequence[_Token], place: str, small: set[str], is_word: Callable[[str], bool] | None
) -> Iterator[Name]:
    folded = [fold(token.core) for token in tokens]
    at = 0
    while at < len(tokens):
        end = _end_of_name(tokens, at)
        if end == at:
            at += 1
            continue
        # The first word of a sentence has a capital whatever it is.
        doubtful = tokens[at].begins and (
            folded[at] in small | STOP_WORDS | SMALL_WORDS or not is_word or is_word(folded[at])
        )
        first = at + 1 if doubtful else at
        while first < end and tokens[first].core in _LOWER:
            first += 1
        if doubtful and first < end and folded[at] not in STOP_WORDS | SMALL_WORDS:
            yield _name(tokens, folded, (at, end), (at, end), place)
        if first < end and (end - first > 1 or folded[first] not in STOP_WORDS | CALENDAR):
            yield from _with_parts(tokens, folded, first, end, place, is_word)
        at = end


def _end_of_name(tokens: Sequence[_Token], at: int) -> int:
    """Return the index after the name that begins at `at`, which is `at` if none does."""
    end = at
    index = at
    while index < len(tokens) and index - at < 12:
        if index > at and tokens[index].begins:
            break
        if _is_capital(tokens[index].core):
            end = index + 1
        elif not (index > at and tokens[index].core in _LOWER):
            break
        if tokens[index].ends:
            break
        index += 1
    return end


def _with_parts(
    tokens: Sequence[_Token],
    folded: Sequence[str],
    first: int,
    end: int,
    place: str,
    is_word: Callable[[str], bool] | None,
) -> Iterator[Name]:
    """Yield the name of tokens `first` to before `end`, and each part of it that may be spoken alone.

    A part begins and ends at an end of the whole, or beside a common word (*Garak* of *Garak Market*, *Will Nakasone*
    of *Judge Will Nakasone*); and what is at such an end may be alone (*Rowena*, *Pangilinan*).
    """
    common = {
        at: tokens[at].core in _LOWER or folded[at] in STOP_WORDS or bool(is_word and is_word(folded[at]))
        for at in range(first, end)
    }
    for start in range(first, end):
        for stop in range(end, start, -1):
            inside = tokens[start:stop]
            if {inside[0].core, inside[-1].core} & _LOWER or len(inside) > LONGEST:
                continue
            # Without the titles and the first name, a surname is left: *Te Kanawa*.
            open_left = (
                start == first
                or common[start - 1]
                or (stop == end and all(common[at] for at in range(first, start - 1)))
            )
            open_right = stop == end or common[stop]
            fits = open_left or open_right if len(inside) == 1 else open_left and open_right
            if fits and ((start, stop) == (first, end) or not all(common[at] for at in range(start, stop))):
                yield _name(tokens, folded, (start, stop), (first, end), place)


def _name(
    tokens: Sequence[_Token], folded: Sequence[str], part: tuple[int, int], whole: tuple[int, int], place: str
) -> Name:
    """The name that a part of the `whole` name is, from its first token to before its last."""
    start, stop = part
    text = " ".join(token.core for token in tokens[start:stop])
    written = " ".join(token.core for token in tokens[slice(*whole)])
    around = tuple(reversed(folded[max(0, start - 4) : start])), tuple(folded[stop : stop + 4])
    found = Occurrence(f"{place} has “{written}”", *around)
    return Name(_capitalized(text), ProposalSource.STORY, parts_of(text), written, (found,), part != whole)
