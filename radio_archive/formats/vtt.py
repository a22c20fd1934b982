"""WebVTT captions, for browsers (https://www.w3.org/TR/webvtt1/)."""

from radio_archive.formats.cues import clock, cues, defuse
from radio_archive.models import Clip, clean_text
from radio_archive.text.versions import text_note


def write(clip: Clip) -> str:
    """Return the captions of `clip`, after a note with its title, show, reporter and date.

    The note says too if the text is corrected.
    """
    facts = (clip.title, clip.show, clip.reporter, clip.date, text_note(clip))
    note = [defuse(clean_text(fact)) for fact in facts if fact]
    blocks = ["WEBVTT", "\n".join(["NOTE", *(line for line in note if line)])]
    for number, cue in enumerate(cues(clip), start=1):
        lines = "\n".join(map(_escape, cue.lines))
        if cue.language:
            lines = f"<lang {_escape(clean_text(cue.language))}>{lines}</lang>"
        blocks.append(f"{number}\n{clock(cue.start, '.')} --> {clock(cue.end, '.')}\n{lines}")
    return "\n\n".join(blocks) + "\n"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
