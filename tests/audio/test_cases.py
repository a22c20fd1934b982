"""The shared inputs that once failed, each with what is right. Their equivalents in `test_audio.py` ship."""

from pathlib import Path

import pytest

from radio_archive.audio.examine import examine
from radio_archive.audio.header import probe
from radio_archive.errors import NotAudioError
from radio_archive.roots import Root
from radio_archive.watch.folders import missing_part

CANCELLED = ("the channels cancel each other out in 4 s, where only the louder one was used",)
HEARD: dict[str, tuple[float, str, tuple[str, ...]]] = {
    "amrnb.amr": (8.02, "audio/amr", ()),
    "apev2.mp3": (2.04, "audio/mpeg", ()),
    "artists-semicolon.mp3": (2.0, "audio/mpeg", ()),
    "cart-and-bext.wav": (2.0, "audio/wav", ()),
    "cart-title-only-0715.wav": (2.0, "audio/wav", ()),
    "cp1251.mp3": (2.0, "audio/mpeg", ()),
    "lost-signoff.mp3": (13.4, "audio/mpeg", ()),
    "lost-tail.mp3": (31.7, "audio/mpeg", ()),
    "out-of-phase.wav": (4.0, "audio/wav", CANCELLED),
    "tagged.webm": (8.0, "audio/webm", ()),
    "two-artists-id3v24.mp3": (2.0, "audio/mpeg", ()),
    "two-artists-slash-date.flac": (2.0, "audio/flac", ()),
    "utf16be-no-bom.mp3": (2.0, "audio/mpeg", ()),
    # Its 64,000 bytes are 2 s at the 16 kHz of 16 bits that it has; its byte rate would make them 16 s.
    "wrong-byterate.wav": (2.0, "audio/wav", ()),
}
"""Seconds, media type and warnings."""
REFUSED = {
    "bogus-seek.wma": "this is not an audio file, or it is too damaged to read",
    "silent-video.mp4": "this is a video without sound",
}


@pytest.mark.parametrize("name", HEARD)
def test_what_is_whole_is_heard(name: str, shared: Path) -> None:
    path = shared / "cases" / name
    seconds, media_type, warnings = HEARD[name]
    recording = examine(path).recording
    assert recording.duration == pytest.approx(seconds, abs=0.06)
    assert (recording.media_type, recording.warnings) == (media_type, warnings)
    assert recording.level is not None
    assert recording.level > -30
    assert probe(path).estimate == pytest.approx(seconds, abs=0.1)
    assert missing_part(path, Root(path.parent)) is None


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_sound_fails_for_good(name: str, shared: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = shared / "cases" / name
    with pytest.raises(NotAudioError) as caught:
        examine(path)
    assert caught.value.problem == REFUSED[name]
    assert not caught.value.transient
    assert missing_part(path, Root(path.parent)) is None
    assert capfd.readouterr() == ("", "")
