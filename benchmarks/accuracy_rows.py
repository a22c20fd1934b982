"""The figures of one model: of each clip, and of the parts and groups of clips together."""

from collections.abc import Mapping, Sequence
from typing import Any

from accuracy_clips import PARTS, Clip
from accuracy_hear import Heard
from accuracy_scoring import Score, quantile, rate, score

CLEAN = 10.0
"""Per cent: the word error rate of (a) up to which a clip counts as clean."""
GROUPS = ("clean", "hard", "nonspeech")
Hearing = Mapping[str, Mapping[str, Heard]]
"""What each contender heard in each clip, by name."""
Scores = Mapping[str, Mapping[str, Score]]


def scores(clips: Sequence[Clip], heard: Hearing) -> dict[str, dict[str, Score]]:
    """Return how each contender did in each clip that it heard."""
    return {
        who: {clip.name: score(clip, ears[clip.name]) for clip in clips if clip.name in ears}
        for who, ears in heard.items()
    }


def group_of(clip: Clip, first: Score) -> str:
    """Return the group of a clip, given how (a) did in it."""
    if not clip.reference:
        return "nonspeech"
    return "clean" if rate([first]) <= CLEAN else "hard"


def row(model: str, clips: Sequence[Clip], heard: Hearing, scored: Scores, costs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a model's measurement, without the texts, which are not ours to copy."""
    groups = {clip.name: group_of(clip, scored["a"][clip.name]) for clip in clips}
    return {
        "model": model,
        "compute_type": "int8",
        "parts": {
            part: {who: _together(some, ears, scored[who]) for who, ears in heard.items()}
            for part in PARTS
            if (some := [clip for clip in clips if clip.part == part])
        },
        "work": {
            group: _work(group, some, heard, costs)
            for group in ("all", *GROUPS)
            if (some := [clip for clip in clips if group in {"all", groups[clip.name]}])
        },
        "windows": _windows(clips, groups, heard["c"], scored["c"]) if "c" in heard else None,
        "clips": {clip.name: _of_clip(clip, groups[clip.name], heard, scored) for clip in clips},
    }


def _together(clips: Sequence[Clip], heard: Mapping[str, Heard], scored: Mapping[str, Score]) -> dict[str, Any]:
    """Return the figures of clips together; start errors are in seconds."""
    spoken = [scored[clip.name] for clip in clips if clip.reference]
    found: dict[str, Any] = {
        "words": sum(one.words for one in spoken),
        "wer": round(rate(spoken), 3),
        **{name: sum(getattr(one, name) for one in spoken) for name in ("substituted", "deleted", "invented")},
        "lost_runs": sum(len(one.lost_runs) for one in spoken),
        "lost_in_runs": sum(run.count for one in spoken for run in one.lost_runs),
        "nonspeech_words": sum(scored[clip.name].invented for clip in clips if not clip.reference),
    }
    for what in ("word", "sentence"):
        errors = [error for one in spoken for error in getattr(one, f"{what}_errors")]
        found[f"{what}_start_errors"] = {
            "number": len(errors),
            "median": _rounded(quantile(errors, 0.5)),
            "p90": _rounded(quantile(errors, 0.9)),
        }
    return found


def _work(group: str, clips: Sequence[Clip], heard: Hearing, costs: Mapping[str, Any]) -> dict[str, Any]:
    """Return CPU seconds and decoded windows: those of (c) were counted for the clips of a group together."""
    found: dict[str, Any] = {"clips": len(clips), "seconds": round(sum(clip.seconds for clip in clips), 1)}
    for who in {"a", "b"} & heard.keys():
        each = [heard[who][clip.name] for clip in clips]
        found[who] = {
            "cpu": round(sum(one.cpu or 0.0 for one in each), 1),
            "windows": sum(one.windows or 0 for one in each),
        }
    if group in costs:
        found["c"] = {"cpu": round(costs[group]["cpu"], 1), "windows": costs[group]["windows"]}
    return found


def _windows(
    clips: Sequence[Clip], groups: Mapping[str, str], heard: Mapping[str, Heard], scored: Mapping[str, Score]
) -> dict[str, int]:
    """Return how often the guards were right to be silent, and how often not."""
    verdicts = [report[2] for clip in clips if groups[clip.name] == "clean" for report in heard[clip.name].reports]
    losing = [one for clip in clips for one in losing_windows(clip, heard[clip.name], scored[clip.name])]
    return {
        "clean": len(verdicts),
        "clean_alarms": sum(verdict != "trusted" for verdict in verdicts),
        "losing": len(losing),
        "losing_silent": sum(silent(*one) for one in losing),
    }


def _of_clip(clip: Clip, group: str, heard: Hearing, scored: Scores) -> dict[str, Any]:
    found: dict[str, Any] = {
        "part": clip.part,
        "kind": clip.kind,
        "group": group,
        "seconds": round(clip.seconds, 1),
        "words": scored["a"][clip.name].words,
    }
    for who, ears in heard.items():
        one, cpu = scored[who][clip.name], ears[clip.name].cpu
        found[who] = {
            "wer": round(rate([one]), 2),
            "substituted": one.substituted,
            "deleted": one.deleted,
            "invented": one.invented,
            "lost_runs": [run.count for run in one.lost_runs],
            **({} if cpu is None else {"cpu": round(cpu, 1)}),
        }
    return found


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def silent(verdict: str, named: bool) -> bool:
    """Return whether nothing told a reader that a window lost words."""
    return verdict in {"trusted", "none"} and not named


def losing_windows(clip: Clip, heard: Heard, scored: Score) -> list[tuple[str, bool]]:
    """Return the verdict on each of our windows that lost a run of words, and whether a gap names the loss.

    A loss where no window was decoded counts as a window with the verdict `none`.
    """
    named: dict[int, bool] = {}
    for run in scored.lost_runs:
        start, end = run.after or 0.0, clip.seconds if run.before is None else run.before
        window = _window_of(start, end, heard)
        gap = any(first <= end and start <= last for first, last in heard.gaps)
        named[window] = gap and named.get(window, True)
    return [(heard.reports[window][2] if window >= 0 else "none", gap) for window, gap in sorted(named.items())]


def _window_of(start: float, end: float, heard: Heard) -> int:
    """Return the number of the window that most of a stretch lies in, or −1."""
    shared = [min(end, last) - max(start, first) for first, last, _, _ in heard.reports]
    best = max(range(len(shared)), key=shared.__getitem__, default=-1)
    return best if best >= 0 and shared[best] >= 0 else -1
