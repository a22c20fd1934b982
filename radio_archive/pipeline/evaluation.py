"""How good the transcripts of an archive are: against what was said, or by the names of the stories that were heard."""

import heapq
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, repeat
from pathlib import Path
from typing import TypeVar

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import evaluation
from radio_archive.archive.clips.evaluation import HeardVersion
from radio_archive.archive.clips.read import AT_ONCE
from radio_archive.archive.filters import Filters
from radio_archive.archive.names import lookup
from radio_archive.archive.rows import pages
from radio_archive.errors import UsageError
from radio_archive.formats.spoken_text import SUFFIXES, read_spoken_text
from radio_archive.models import Clip, clean_text
from radio_archive.pipeline.inputs import LARGEST_SIDECAR
from radio_archive.text import accuracy
from radio_archive.text.accuracy import Comparison, KnownNames, Score

KeyT = TypeVar("KeyT")
Progress = Callable[[int, int], None]
"""Is told how much is done, of how much."""
_PARTS = 1_000
"""Of the comparison of a clip."""
_CALM = 2
"""Names that a story is taken to have more, all heard: one lost of one name says less than ten lost of twelve."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What some clips came to together."""

    clips: int = 0
    score: Score = Score()  # noqa: RUF009 - it is frozen

    def with_clip(self, score: Score) -> "Figures":
        return Figures(self.clips + 1, self.score + score)


@dataclass(frozen=True, slots=True)
class JudgedClip:
    """A clip as its current transcript was heard (or the latest one), its score, and the names that are wrong."""

    version: HeardVersion
    score: Score
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Evaluation:
    """The figures of an evaluation, by model, by show and model, and by month and model, and the worst clips."""

    clips: int = 0
    models: dict[str, Figures] = field(default_factory=dict)
    shows: dict[tuple[str, str], Figures] = field(default_factory=dict)
    months: dict[tuple[str, str], Figures] = field(default_factory=dict)
    worst: list[JudgedClip] = field(default_factory=list)
    """The worst first."""
    unmatched: list[str] = field(default_factory=list)
    """Names of references that no clip has."""
    problems: list[str] = field(default_factory=list)
    """One line for each reference that was not used, or could only be read with a doubt."""
    _by_set: dict[frozenset[str], dict[str, Figures]] = field(default_factory=dict)
    _held: list[tuple[float, int, JudgedClip]] = field(default_factory=list)

    @property
    def shared(self) -> dict[str, Figures]:
        """The figures of the models in the clips that all of them heard; empty if there are none, or one model."""
        found = self._by_set.get(frozenset(self.models), {})
        return found if len(self.models) > 1 else {}

    def add(self, judged: Sequence[JudgedClip], keep: int, badness: Callable[[JudgedClip], float]) -> None:
        """Add the versions of a clip; the `keep` worst clips are held."""
        self.clips += 1
        together = self._by_set.setdefault(frozenset(one.version.model for one in judged), {})
        for one in judged:
            version = one.version
            _count(self.models, version.model, one.score)
            _count(together, version.model, one.score)
            _count(self.shows, (version.show or "", version.model), one.score)
            _count(self.months, ((version.date or "")[:7], version.model), one.score)
        shown = next((one for one in judged if one.version.current), judged[-1])
        # The number, so that no two are compared further.
        entry = (badness(shown), -self.clips, shown)
        if entry[0] and len(self._held) < keep:
            heapq.heappush(self._held, entry)
        elif entry[0] and keep:
            heapq.heappushpop(self._held, entry)

    def finish(self) -> "Evaluation":
        """Put the worst clips in order."""
        self.worst = [judged for _, _, judged in sorted(self._held, reverse=True)]
        return self


def find_references(path: Path) -> tuple[dict[str, Path], list[str]]:
    """Return the files in `path`, a file or a folder with all below it, by their names without suffix.

    Also returns a line for each that has the name of another one. Raises UsageError where nothing can be read there.
    """
    if not path.is_dir():
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            known = ", ".join(SUFFIXES)
            raise UsageError(f"{path} is no reference", f"Name a file ({known}), or a folder of such files.")
        return {clean_text(path.stem): path}, []
    found: dict[str, Path] = {}
    problems: list[str] = []
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        readable = [Path(folder, name) for name in files if not name.startswith(".")]
        for file in sorted(file for file in readable if file.suffix.lower() in SUFFIXES and file.is_file()):
            name = clean_text(file.stem)
            first, *others = sorted({file, found.get(name, file)}, key=lambda one: SUFFIXES.index(one.suffix.lower()))
            found[name] = first
            problems += [f"{clean_text(str(other))}: {clean_text(first.name)} is taken" for other in others]
    if not found:
        raise UsageError(f"there is no reference in {path}", f"They are files that end with {', '.join(SUFFIXES)}.")
    return found, problems


def by_reference(
    archive: Archive, references: Path, filters: Filters, *, clip: str | None = None, worst: int, progress: Progress
) -> Evaluation:
    """Compare what each model heard in clips with what was said.

    A reference is of the clip whose uid, or whose recording's name without suffix, is its name; of the clip `clip`, a
    uid, if that is given and it is a file. Raises UsageError, also if the only one cannot be read.
    """
    found, problems = find_references(references)
    made = Evaluation(problems=problems)
    matched = _matched(archive, found, filters, clip, alone=not references.is_dir(), made=made)
    known = KnownNames(lookup.every_name(archive))
    done, total = 0, _PARTS * len(matched)

    def tell(before: int, parts: int, share: float) -> None:
        progress(before + int(parts * share), total)

    tell(0, 0, 0)
    for page in pages(sorted(matched), AT_ONCE):
        for key, versions in _by_clip(archive, page):
            said = _read(matched[key], made, alone=len(found) == 1)
            if said and versions:
                reference = accuracy.read_text(said, known, language=versions[0].language)
                each = _PARTS // len(versions)
                shares = [partial(tell, done + n * each, each) for n in range(len(versions))]
                made.add([*map(_judged, versions, repeat(reference), shares)], worst, _words_wrong)
            elif said:
                made.problems.append(f"{clean_text(matched[key].name)}: no model has transcribed its clip")
            done += _PARTS
            progress(done, total)
    return made.finish()


def by_story(archive: Archive, filters: Filters, *, worst: int, progress: Progress) -> Evaluation:
    """Look for the names of clips' stories in what each model heard. Raises UsageError for unknown names."""
    made, done = Evaluation(), 0
    known = KnownNames(lookup.every_name(archive))
    total = evaluation.count_with_story(archive, filters)
    for page in pages(evaluation.ids_with_story(archive, filters), AT_ONCE):
        for _, versions in _by_clip(archive, page):
            if versions and (names := _names(versions[0].story, versions[0].language, known)):
                made.add([_judged_by_story(one, names) for one in versions], worst, _story_figure)
        done += len(page)
        progress(done, max(done, total))
    return made.finish()


def worst_clips(archive: Archive, clips: Iterable[Clip], number: int) -> list[str]:
    """Return the uids of those `clips` that are worth most to be transcribed again, at most `number`, the worst first.

    Where a clip has a story with names, they are judged by the share of these that was not heard; else by the share of
    the transcript that is probably wrong: see `accuracy.doubt`.
    """
    known = KnownNames(lookup.every_name(archive))

    def judged() -> Iterator[tuple[float, str]]:
        for page in pages(clips, AT_ONCE):
            for heard in evaluation.current_transcripts(archive, [clip.uid for clip in page]):
                names = _names(heard.story, heard.language, known)
                if names:
                    text = accuracy.tokens("".join(word.text for word in heard.words))
                    yield _share(len(accuracy.unheard(names, text)), len(names)), heard.clip
                else:
                    yield accuracy.doubt(heard.words, heard.gap_seconds), heard.clip

    return [uid for _, uid in heapq.nlargest(number, judged(), key=lambda one: one[0])]


def _count(groups: dict[KeyT, Figures], key: KeyT, score: Score) -> None:
    groups[key] = groups.get(key, Figures()).with_clip(score)


def _matched(
    archive: Archive, found: Mapping[str, Path], filters: Filters, clip: str | None, *, alone: bool, made: Evaluation
) -> dict[int, Path]:
    """Return the references by the row ids of their clips, and note those of none or of several."""
    only = [key for keys in evaluation.ids_called(archive, [clip] if clip else [], filters).values() for key in keys]
    if clip and alone:
        (path,) = found.values()
        return dict.fromkeys(only, path)
    called = evaluation.ids_called(archive, found.keys(), filters)
    if clip:
        called = {name: only for name, keys in called.items() if set(only) & set(keys)}
    else:
        made.unmatched += sorted(found.keys() - called.keys())
    several = sorted(name for name, keys in called.items() if len(keys) > 1)
    made.problems += [
        f"{clean_text(found[name].name)}: {len(called[name])} clips have this name: call it as `list` calls the clip"
        for name in several
    ]
    return {keys[0]: found[name] for name, keys in called.items() if len(keys) == 1}


def _by_clip(archive: Archive, ids: Sequence[int]) -> Iterator[tuple[int, list[HeardVersion]]]:
    """Yield each of the clips with what was heard in it, which may be nothing."""
    heard = groupby(evaluation.heard_versions(archive, ids), key=lambda version: version.clip_id)
    found = {key: list(versions) for key, versions in heard}
    yield from ((key, found.get(key, [])) for key in ids)


def _read(path: Path, made: Evaluation, *, alone: bool) -> str:
    """Return what was said by a reference; empty, with a problem noted, if it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_SIDECAR + 1)
    except OSError as error:
        problem = error.strerror or str(error)
    else:
        large = len(content) > LARGEST_SIDECAR
        text, trouble = (
            ("", f"it is larger than {LARGEST_SIDECAR:,} bytes") if large else read_spoken_text(path.name, content)
        )
        if text and trouble:
            made.problems.append(f"{clean_text(path.name)}: {trouble}")
        if text:
            return text
        problem = trouble or "it is empty"
    if alone:
        raise UsageError(f"{clean_text(str(path))} cannot be compared with: {problem}", "Give another one.")
    made.problems.append(f"{clean_text(path.name)}: {problem}")
    return ""


def _judged(version: HeardVersion, said: accuracy.ReadText, progress: Callable[[float], None]) -> JudgedClip:
    compared: Comparison = accuracy.compare(said, accuracy.tokens(version.text), progress)
    return JudgedClip(version, compared.score, compared.wrong)


def _judged_by_story(version: HeardVersion, names: Mapping[str, str]) -> JudgedClip:
    missing = accuracy.unheard(names, accuracy.tokens(version.text))
    return JudgedClip(version, Score(names=len(names), names_wrong=len(missing)), missing)


def _names(story: str | None, language: str | None, known: KnownNames) -> dict[str, str]:
    return accuracy.distinct_names(accuracy.read_text(story, known, language=language)) if story else {}


def _words_wrong(judged: JudgedClip) -> float:
    return judged.score.word_error_rate


def _story_figure(judged: JudgedClip) -> float:
    return _share(judged.score.names_wrong, judged.score.names)


def _share(wrong: int, names: int) -> float:
    return wrong / (names + _CALM)
