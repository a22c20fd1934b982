"""What a transcript is called: by whom it was heard, written or brought."""

import pytest
from support.clips import clip_of

from radio_archive.models import TranscriptInfo
from radio_archive.text.versions import describe, text_note, trust_note


def info(origin: str, engine: str, name: str, **options: object) -> TranscriptInfo:
    return TranscriptInfo(origin, engine, None, name, None, options, "en", None, "", True, 3, ())


CPP = {"imported": True, "tool": "whisper.cpp", "model": "base.en"}


@pytest.mark.parametrize(
    ("made", "called", "outside", "note", "trust"),
    [
        (info("engine", "faster-whisper", "small"), "small by faster-whisper", "small by faster-whisper", None,
         "A machine wrote this; no person has checked it."),
        (info("import", "captions", "a.srt"), "captions by the publisher (a.srt)", "captions by the publisher",
         "written by the publisher", "The publisher wrote this; a machine found when each word is said."),
        (info("import", "captions", "a.json", tool="Whisper"), "captions by Whisper (a.json)", "captions by Whisper",
         "captions by Whisper", "A machine wrote this elsewhere (Whisper); no person has checked it."),
        (info("import", "captions", "a.srt", imported=True), "captions imported from a.srt", "captions, imported",
         "captions, imported", "This was written elsewhere, and imported."),
        (info("import", "script", "a.txt", imported=True), "script imported from a.txt", "script, imported",
         "script, imported", "This was written elsewhere, and imported."),
        (info("import", "captions", "a.json", **CPP), "captions imported from a.json (whisper.cpp base.en)",
         "captions, imported (whisper.cpp base.en)", "captions, imported (whisper.cpp base.en)",
         "A machine wrote this elsewhere (whisper.cpp base.en); no person has checked it."),
    ],
)  # fmt: skip
def test_who_wrote_a_text_is_said(
    made: TranscriptInfo, called: str, outside: str, note: str | None, trust: str
) -> None:
    clip = clip_of("k3x9m2pq", "Waves", origin=made.origin, transcripts=(made,))
    assert (describe(made), describe(made, names=False)) == (called, outside)
    assert (text_note(clip), trust_note(clip)) == (note, trust)
