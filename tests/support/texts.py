"""Clips with given words, their current text, and what an editor does to it."""

from dataclasses import replace

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import corrections, read, save, versions
from radio_archive.models import Transcript, Word
from radio_archive.text.segmenting import split
from support.clips import new_clip


def said(text: str, origin: str = "engine") -> Transcript:
    """Return a transcript in which `text` is said; words that end in `??` are unlikely."""
    words = (
        Word(n * 0.4, n * 0.4 + 0.3, f" {word.removesuffix('??')}", 0.4 if word.endswith("??") else 0.99)
        for n, word in enumerate(text.split())
    )
    return Transcript(tuple(words), origin=origin, model="small")


def save_said(archive: Archive, name: str, transcript: Transcript, show: str = "Reef Notes") -> str:
    """Save a clip of a minute, and return its uid."""
    new = new_clip(name, show)
    recording = replace(new.recording, duration=60.0)
    words = transcript.words
    return save.save_clip(archive, replace(new, recording=recording, transcript=transcript, segments=split(words))).clip


def save_transcript(archive: Archive, uid: str, transcript: Transcript) -> tuple[str, ...]:
    """Add a transcript to a clip and make it the current one."""
    with archive.writing():
        return versions.choose(archive, uid, save.add_transcript(archive, uid, transcript))


def text_of(archive: Archive, uid: str) -> str:
    """Return a clip's text, on which its words and its segments must agree."""
    found = read.clip(archive, uid, read.Part.TEXT)
    whole = " ".join(segment.text for segment in found.segments)
    assert whole == "".join(word.text for word in found.words).strip()
    assert all(segment.first_word >= 0 for segment in found.segments)
    return whole


def change(
    archive: Archive, uid: str, first: int, last: int, after: str, *, forgets: bool = False, reason: str | None = None
) -> int:
    """Correct current words of a clip, as an editor does; return the batch."""
    now = corrections.now_of(archive, uid)
    edit = now.corrected.edit(first, last, after)
    batch = corrections.edit(archive, uid, [edit], "Lani", reason=reason, version=now.version, forgets=forgets)
    assert batch is not None
    return batch


def replaced(archive: Archive, uid: str, before: str, after: str, *, forgets: bool = False) -> int:
    """Correct the first place with the text `before`; return the batch."""
    texts = [word.text.strip() for word in corrections.now_of(archive, uid).corrected.words]
    wanted = before.split()
    first = next(at for at in range(len(texts)) if texts[at : at + len(wanted)] == wanted)
    return change(archive, uid, first, first + len(wanted) - 1, after, forgets=forgets)
