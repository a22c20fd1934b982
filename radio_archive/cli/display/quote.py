"""`search --play` and `--quote`: a passage as audio, with its citation."""

from pathlib import Path
from typing import TYPE_CHECKING

from radio_archive.cli.display.output import complain, print_json, say
from radio_archive.errors import UsageError
from radio_archive.formats.citation import citation_of
from radio_archive.text.doubts import is_unchecked

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

    clip, passage = hit
    if passage.position is None:
        where = "the show's or a person's name" if passage.where == "name" else f"the {passage.where}"
        where = "a transcript that is not its current one" if passage.where == "version" else where
        raise UsageError(
            f"this passage of {clip.uid} is in {where}{'' if passage.where == 'version' else ', which is not spoken'}",
            "Choose another passage with --hit, or search with said:WORD.",
        )
    tell(archive, quotes.quote(archive, clip.uid, passage.position, around), target, as_json=as_json)


def tell(archive: "Archive", spoken: "Quote", target: Path | None, *, as_json: bool) -> None:
    """Print a passage with its citation, and write its sound to the file `target` if there is one."""
    written = None if target is None else (target, *write_sound(archive, spoken, target))
    if as_json:
        print_json(_document(archive, spoken, written))
    else:
        say(f"“{spoken.text}”")
        say(f"— {cited(spoken)}")
    if written:
        complain(f"wrote {target} ({written[2] - written[1]:.1f} s)")
    if is_unchecked(spoken.clip):
        complain("A machine made this transcript and no person has approved it: listen before you quote it.")
    for limit in spoken.limits:
        complain(f"Careful: {limit}.")


def write_sound(archive: "Archive", spoken: "Quote", target: Path) -> tuple[float, float]:
    """Write the sound of a passage; return from where to where it goes, in seconds of the clip.

    Raises UsageError for a file in a folder of the archive, whose watcher would take it for a new recording.
    """
    from radio_archive.audio.cut import encode_passage

    archive.require_outside(target)
    start, end = max(0.0, spoken.start - PADDING), min(spoken.clip.duration, spoken.end + PADDING)
    tags = {
        "title": spoken.clip.title,
        "artist": spoken.clip.reporter or spoken.clip.show or "",
        "album": spoken.clip.show or "",
        "date": spoken.clip.date or "",
        "comment": cited(spoken),
    }
    return start, start + encode_passage(spoken.path, spoken.offset + start, spoken.offset + end, target, tags)


def cited(spoken: "Quote") -> str:
    """Return the citation of a passage."""
    return citation_of(spoken.clip, spoken.start, spoken.end)


def _document(archive: "Archive", spoken: "Quote", written: tuple[Path, float, float] | None) -> dict[str, object]:
    from radio_archive.archive.clips.proof import digest_of_text

    target, start, end = written or (None, None, None)
    return {
        "clip": spoken.clip.uid,
        "quote": spoken.text,
        "citation": cited(spoken),
        "start": spoken.start,
        "end": spoken.end,
        "recording": spoken.clip.recording.sha256,
        "transcript": digest_of_text(archive, spoken.clip.uid),
        "file": None if target is None else str(target),
        "file_start": start,
        "file_end": end,
        "approved": spoken.clip.review == "approved",
        "limits": spoken.limits,
    }
