"""WebVTT captions, for browsers (https://www.w3.org/TR/webvtt1/)."""

from collections.abc import Sequence

from radio_archive.formats.cues import WORDS_OWN_TIMES, CaptionStyle, Cue, Token, clock, cues, defuse
from radio_archive.models import Clip, clean_text
from radio_archive.text.versions import text_note


def write(clip: Clip, style: CaptionStyle = WORDS_OWN_TIMES) -> str:
    """Return the captions of `clip`, after a note with its title, show, reporter and date.

    The note says too if the text is corrected. Where a speaker is known, the caption says whose voice it is. With
    `style.classes`, words have the classes `uncertain` and `corrected`, for a player with a style for them.
    """
    facts = (clip.title, clip.show, clip.reporter, clip.date, text_note(clip))
    note = [defuse(clean_text(fact)) for fact in facts if fact]
    blocks = ["WEBVTT", "\n".join(["NOTE", *(line for line in note if line)])]
    for number, cue in enumerate(cues(clip, style), start=1):
        blocks.append(f"{number}\n{clock(cue.start, '.')} --> {clock(cue.end, '.')}\n{_payload(cue, style)}")
    return "\n\n".join(blocks) + "\n"


def voice(speaker: str | None) -> str:
    """Return what says whose voice the whole of a caption is; nothing if that is not known."""
    name = clean_text(speaker or "")
    return f"<v {escape(name)}>" if name else ""


def escape(text: str) -> str:
    """Return text as it may stand in a caption."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _payload(cue: Cue, style: CaptionStyle) -> str:
    if style.classes and cue.tokens:
        lines = "\n".join(map(_marked, cue.lines, cue.tokens))
    else:
        lines = "\n".join(map(escape, cue.lines))
    if cue.language:
        lines = f"<lang {escape(clean_text(cue.language))}>{lines}</lang>"
    return voice(cue.speaker) + lines


def _marked(line: str, tokens: Sequence[Token]) -> str:
    """Return a line of a caption with its doubtful and corrected words in spans."""
    made = said = ""
    for token in tokens:
        whole = clean_text(said + token.text)
        if not whole.startswith(said):
            return escape(line)
        text, said = whole.removeprefix(said), whole
        bare = text.lstrip()
        space = text[: len(text) - len(bare)]
        made += space + (f"<c.{token.mark}>{escape(bare)}</c>" if token.mark and bare else escape(bare))
    return made if said == line else escape(line)
