"""SubRip captions, for editing programs and players."""

from radio_archive.formats.cues import WORDS_OWN_TIMES, CaptionStyle, clock, cues, defuse
from radio_archive.models import Clip


def write(clip: Clip, style: CaptionStyle = WORDS_OWN_TIMES) -> str:
    """Return the captions of `clip`, numbered from 1. SubRip has no escapes, so `<` and `&` stay as they are."""
    return "\n".join(
        f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n{defuse(chr(10).join(cue.lines))}\n"
        for number, cue in enumerate(cues(clip, style), start=1)
    )
