"""What radio_archive must reach, against faster-whisper and against itself before a change, and what it misses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accuracy_clips import PARTS, Clip
from accuracy_hear import Heard, read_heard
from accuracy_rows import Hearing, Scores, group_of, losing_windows, scores, silent
from accuracy_scoring import Score, rate

DELETED_AGAINST_A, DELETED_AGAINST_BEFORE = 0.75, 0.6
WORSE_POINTS, WORSE_WORDS = 2.0, 2
CPU_ALL, CPU_CLEAN = 1.0, 0.65
SILENT_LOSSES, CLEAN_ALARMS = 0.10, 0.03


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure and the most it may be; what is behind it, clip by clip."""

    name: str
    value: float
    most: float
    details: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        return self.value <= self.most + 1e-9


def bars(
    clips: Sequence[Clip], heard: Hearing, scored: Scores, costs: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[Bar]:
    """Yield all bars: those of each part, then those of all clips. `before` is a file of `--keep`."""
    earlier = {name: read_heard(one) for name, one in before["heard"]["c"].items()}
    old = scores([clip for clip in clips if clip.name in earlier], {"c": earlier})["c"]
    for part in PARTS:
        some = [clip for clip in clips if clip.part == part and clip.name in old]
        if some:
            yield from _of_part(part, some, heard["c"], {**scored, "before": old})
    yield from _costs(clips, heard["a"], scored["a"], costs)


def _of_part(part: str, clips: Sequence[Clip], heard: Mapping[str, Heard], scored: Scores) -> Iterator[Bar]:
    spoken = [clip for clip in clips if clip.reference]
    wordless = [clip for clip in clips if not clip.reference]
    clean = [clip for clip in spoken if group_of(clip, scored["a"][clip.name]) == "clean"]

    def deleted(who: str) -> int:
        return sum(scored[who][clip.name].deleted for clip in spoken)

    def wrong(who: str, some: Sequence[Clip]) -> float:
        return rate([scored[who][clip.name] for clip in some])

    yield Bar(
        f"{part}: deleted / (a) {deleted('c')}/{deleted('a')}", _ratio(deleted("c"), deleted("a")), DELETED_AGAINST_A
    )
    yield Bar(
        f"{part}: deleted / before {deleted('c')}/{deleted('before')}",
        _ratio(deleted("c"), deleted("before")),
        DELETED_AGAINST_BEFORE,
    )
    for who in ("a", "b"):
        yield Bar(f"{part}: WER against ({who})", wrong("c", spoken), wrong(who, spoken))
    worse = tuple(_worse(spoken, scored))
    yield Bar(f"{part}: clips much worse than the better of (a), (b)", len(worse), 0, worse)
    written = {who: sum(scored[who][clip.name].invented for clip in wordless) for who in ("a", "c")}
    yield Bar(
        f"{part}: words on sound without speech, against (a)",
        written["c"],
        written["a"],
        tuple(f"{clip.name}: {heard[clip.name].text[:70]}" for clip in wordless if heard[clip.name].text),
    )
    yield Bar(f"{part}: WER of {len(clean)} clean clips against before", wrong("c", clean), wrong("before", clean))
    fresh = {clip.name: _lost_since(scored["before"][clip.name], scored["c"][clip.name]) for clip in clean}
    yield Bar(
        f"{part}: words lost in clean clips that were heard before",
        sum(map(len, fresh.values())),
        0,
        tuple(f"{name}: {' '.join(words)}" for name, words in fresh.items() if words),
    )
    yield from _windows(part, spoken, clean, heard, scored["c"])


def _lost_since(before: Score, now: Score) -> list[str]:
    return [word for place, word in now.lost.items() if place not in before.lost]


def _worse(clips: Sequence[Clip], scored: Scores) -> Iterator[str]:
    for clip in clips:
        ours, a, b = (scored[who][clip.name] for who in "cab")
        better = min(a, b, key=lambda one: one.errors)
        more = ours.errors - better.errors
        if more > max(WORSE_POINTS / 100 * ours.words, WORSE_WORDS):
            yield (
                f"{clip.name}: {rate([ours]):.1f} (S{ours.substituted} D{ours.deleted} I{ours.invented}) "
                f"against {rate([better]):.1f} (S{better.substituted} D{better.deleted} I{better.invented})"
            )


def _windows(
    part: str, spoken: Sequence[Clip], clean: Sequence[Clip], heard: Mapping[str, Heard], scored: Mapping[str, Score]
) -> Iterator[Bar]:
    losing = [(clip.name, *one) for clip in spoken for one in losing_windows(clip, heard[clip.name], scored[clip.name])]
    unsaid = [(name, verdict) for name, verdict, named in losing if silent(verdict, named)]
    yield Bar(
        f"{part}: {len(losing)} windows lost words in a row; trusted or none, and no gap",
        _ratio(len(unsaid), len(losing)),
        SILENT_LOSSES,
        tuple(f"{name} ({verdict})" for name, verdict in unsaid),
    )
    reports = [(clip.name, *report) for clip in clean for report in heard[clip.name].reports]
    fired = [report for report in reports if report[3] != "trusted"]
    yield Bar(
        f"{part}: guards fired on clean windows ({len(fired)} of {len(reports)})",
        _ratio(len(fired), len(reports)),
        CLEAN_ALARMS,
        tuple(
            f"{name} {start:.0f}–{end:.0f} s: {verdict} {', '.join(flags)}"
            for name, start, end, verdict, flags in fired
        ),
    )


def _costs(
    clips: Sequence[Clip], heard: Mapping[str, Heard], scored: Mapping[str, Score], costs: Mapping[str, Any]
) -> Iterator[Bar]:
    for group, most in (("all", CPU_ALL), ("clean", CPU_CLEAN)):
        some = [clip for clip in clips if group in {"all", group_of(clip, scored[clip.name])}]
        if group in costs:
            theirs, ours = sum(heard[clip.name].cpu or 0.0 for clip in some), costs[group]["cpu"]
            yield Bar(f"CPU seconds, {group} clips, / (a): {ours:.0f}/{theirs:.0f}", ours / theirs, most)


def _ratio(some: float, all_: float) -> float:
    return some / all_ if all_ else float(some > 0)


def shown(found: Sequence[Bar], details: int = 12) -> str:
    """Return the bars as lines, the details of those that are missed below them."""
    lines = []
    for bar in found:
        lines.append(f"{'held  ' if bar.held else 'MISSED'}  {bar.value:8.3f} ≤ {bar.most:<8.3f} {bar.name}")
        if not bar.held:
            lines += [f"            {one}" for one in bar.details[:details]]
            if len(bar.details) > details:
                lines.append(f"            … and {len(bar.details) - details} more")
    return "\n".join(lines)
