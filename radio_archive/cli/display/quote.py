"""`search --play` and `--quote`: a passage as audio, with its citation."""

from pathlib import Path
from typing import TYPE_CHECKING

from radio_archive.cli.display.output import complain, print_json, say
from radio_archive.errors import UsageError
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips.quotes import Quote
    from radio_archive.cli.display.results import Hit

PADDING = 0.5
"""Seconds of audio added before and after a passage, so that breaths are not cut off."""


def play(archive: "Archive", hit: "Hit") -> None:
    """Play the recording from the passage, or from the beginning if the passage is not spoken."""
    from radio_archive.archive.clips import quotes
    from radio_archive.cli.display import players

    clip, passage = hit
    if passage.position is None:
        spoken = quotes.beginning(archive, clip.uid)
    else:
        spoken = quotes.quote(archive, clip.uid, passage.position)
    complain(f"Playing {cited(spoken)} Ctrl-C stops it.")
    start = spoken.offset + max(0.0, spoken.start - PADDING)
    players.play(spoken.path, start, spoken.offset + spoken.clip.duration)


def quote(archive: "Archive", hit: "Hit", target: Path, *, around: int, as_json: bool) -> None:
    """Write the passage, with `around` segments on each side, to the file `target`; print it with its citation."""
    from radio_archive.archive.clips import quotes
    from radio_archive.audio.cut import encode_passage

    clip, passage = hit
    if passage.position is None:
        where = "the show's or a person's name" if passage.where == "name" else f"the {passage.where}"
        where = "a transcript that is not its current one" if passage.where == "version" else where
        raise UsageError(
            f"this passage of {clip.uid} is in {where}{'' if passage.where == 'version' else ', which is not spoken'}",
            "Choose another passage with --hit, or search with said:WORD.",
        )
    spoken = quotes.quote(archive, clip.uid, passage.position, around)
    start, end = max(0.0, spoken.start - PADDING), min(spoken.clip.duration, spoken.end + PADDING)
    tags = {
        "title": spoken.clip.title,
        "artist": spoken.clip.reporter or spoken.clip.show or "",
        "album": spoken.clip.show or "",
        "date": spoken.clip.date or "",
        "comment": cited(spoken),
    }
    seconds = encode_passage(spoken.path, spoken.offset + start, spoken.offset + end, target, tags)
    if as_json:
        print_json(_document(spoken, target, start, start + seconds))
    else:
        say(f"“{spoken.text}”")
        say(f"— {cited(spoken)}")
    complain(f"wrote {target} ({seconds:.1f} s)")
    if spoken.clip.review != "approved" and spoken.clip.origin == "engine":
        complain("A machine made this transcript and no person has approved it: listen before you quote it.")
    for limit in spoken.limits:
        complain(f"Careful: {limit}.")


def cited(spoken: "Quote") -> str:
    """Return the citation of a passage."""
    from radio_archive.formats.citation import citation

    return citation(
        title=spoken.clip.title,
        show=spoken.clip.show,
        reporter=spoken.clip.reporter,
        aired=spoken.clip.date,
        said=f"{clock(spoken.start)}–{clock(spoken.end)}" if spoken.end else "",
        clip=spoken.clip.uid,
    )


def _document(spoken: "Quote", target: Path, start: float, end: float) -> dict[str, object]:
    return {
        "clip": spoken.clip.uid,
        "quote": spoken.text,
        "citation": cited(spoken),
        "start": spoken.start,
        "end": spoken.end,
        "file": str(target),
        "file_start": start,
        "file_end": end,
        "approved": spoken.clip.review == "approved",
        "limits": spoken.limits,
    }
