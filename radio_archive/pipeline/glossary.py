"""Suggest terms for the glossary: by the stories of clips, and by what was heard with doubt."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, stories
from radio_archive.archive.filters import Filters
from radio_archive.archive.names import glossary
from radio_archive.archive.names.roster import RosterReader
from radio_archive.archive.rows import pages
from radio_archive.models import Clip, Story, Word, clean_text
from radio_archive.text.spelling import fold

AT_ONCE = 100
"""Clips that are read together."""
DOUBTFUL = 0.5
"""Probability of a word below which it was heard with doubt."""
OFTEN = 2
"""Clips, at least, in which a doubtful word must be to be suggested: one alone may be anything."""
SHOWN = 3
"""Clips, and forms that were heard, that are shown with a suggestion."""
_EDGES = "\"'“”‘’.,;:!?…()[]"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term that is worth adding."""

    term: str
    clips: int
    """In how many of the clips it is, in the story or as a doubtful word."""
    missed: int
    """In how many of them the story has it, and the transcript does not."""
    heard: tuple[str, ...]
    """What was probably heard for it."""
    where: tuple[str, ...]
    """Some of the clips."""


@dataclass(slots=True)
class _Tally:
    term: str
    clips: int = 0
    missed: int = 0
    heard: dict[str, None] = field(default_factory=dict)
    where: list[str] = field(default_factory=list)
    doubtful: bool = False

    def add(self, uid: str, heard: Sequence[str], *, missed: bool) -> None:
        """Count a clip."""
        self.clips, self.missed = self.clips + 1, self.missed + missed
        self.heard |= dict.fromkeys(heard)
        if len(self.where) < SHOWN:
            self.where.append(uid)


def suggestions(
    archive: Archive,
    filters: Filters,
    clips: int,
    limit: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Suggestion]:
    """Return at most `limit` terms by the newest so many `clips`, the most often missed first.

    What is in the glossary or the roster already is left out. Raises UsageError for an unknown show.
    """
    known = {fold(term.term) for term in glossary.of_show(archive, filters.show)}
    roster, _ = RosterReader(archive).news()
    everybody = (*roster.people, *roster.shows, *roster.stations)
    known |= {fold(name) for one in everybody for name in (one.name, *one.aliases)}
    tallies: dict[str, _Tally] = {}
    done, total = 0, min(clips, read.count(archive, filters))
    for page in pages(read.clips(archive, filters, clips, parts=read.Part.WORDS), AT_ONCE):
        told = stories.of_clips(archive, [clip.uid for clip in page])
        for clip in page:
            _count(tallies, clip, told.get(clip.uid), known)
        done += len(page)
        progress(min(done, total), total)
    found = [one for one in tallies.values() if one.missed or (one.doubtful and one.clips >= OFTEN)]
    found.sort(key=lambda one: (-one.missed, -one.clips, fold(one.term)))
    return [
        Suggestion(one.term, one.clips, one.missed, tuple(one.heard)[:SHOWN], tuple(one.where)) for one in found[:limit]
    ]


def _count(tallies: dict[str, _Tally], clip: Clip, story: Story | None, known: set[str]) -> None:
    said = f" {fold(''.join(word.text for word in clip.words))} "
    names = dict(_names(story)) if story else {}
    misheard: dict[str, list[str]] = {}
    if story and any(f" {key} " not in said for key in names):
        from radio_archive.metadata.repair.propose import propose

        for one in propose(clip.words, story):
            misheard.setdefault(fold(one.after), []).append(clean_text(one.before.strip(_EDGES)))
    for key, name in names.items():
        if key not in known:
            tally = tallies.setdefault(key, _Tally(name))
            tally.add(clip.uid, misheard.get(key, ()), missed=f" {key} " not in said)
    for key, word in dict(_doubtful(clip.words)).items():
        if key not in known and key not in names:
            tally = tallies.setdefault(key, _Tally(word))
            tally.doubtful = True
            tally.add(clip.uid, (), missed=False)


def _names(story: Story) -> Iterator[tuple[str, str]]:
    """Yield the names in a story, each with its folded form. Whoever made it is not a part of what was said."""
    from radio_archive.metadata.repair.listed import NameList
    from radio_archive.metadata.repair.names import names_in
    from radio_archive.text.dictionary import is_word

    told = replace(story, reporter=None, show=None, station=None)
    return (
        (fold(name.text), name.text)
        for name in NameList(names_in(told, is_word=is_word)).by_key.values()
        if not name.is_part
    )


def _doubtful(words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    """Yield the words with a capital inside a sentence that were heard with doubt and are no common ones."""
    from radio_archive.text.dictionary import is_word

    for before, word in pairwise(words):
        text = word.text.strip().strip(_EDGES)
        if word.probability is None or word.probability >= DOUBTFUL or not text[:1].isupper():
            continue
        key = fold(text)
        if len(key) > 2 and before.text.rstrip()[-1:] not in {".", "?", "!"} and not is_word(key):
            yield key, text
