"""What was said is read from scripts, captions and our own exports."""

from pathlib import Path

import pytest
from support.program import ok

from radio_archive.formats.spoken_text import SUFFIXES, read_spoken_text
from radio_archive.text.accuracy import tokens

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Good morning,\n\n00:02.000 --> 00:03.000\nHilo.\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nGood morning, Hilo.\n"
JSON = (
    '{"segments": [{"start": 1, "end": 2, "text": "Good morning,"}, {"startTime": 2, "endTime": 3, "body": "Hilo."}]}'
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"Good morning, Hilo."),
        ("a.TXT", "\ufeffGood morning, Hilo.\r\n".encode()),
        ("a.txt", "Good morning, Hilo.".encode("utf-16")),
        ("a.txt", b"HOST: Good morning,\nMARY MEYER, HOST: Hilo."),
        ("a.vtt", VTT.encode()),
        ("a.srt", SRT.encode()),
        ("a.json", JSON.encode()),
    ],
)
def test_what_was_said(name: str, content: bytes) -> None:
    text, problem = read_spoken_text(name, content)
    assert problem is None
    assert " ".join(text.split()) == "Good morning, Hilo."


def test_letters_are_composed() -> None:
    assert read_spoken_text("a.txt", "Ka\u0304ne".encode()).text == "Kāne"


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", b""), ("a.txt", b"\n\n"), ("a.srt", b"none"), ("a.json", b"{"), ("a.vtt", b"")],
)
def test_what_cannot_be_read_is_said(name: str, content: bytes) -> None:
    text, problem = read_spoken_text(name, content)
    assert text == ""
    assert problem


def test_every_export_of_ours_reads_as_what_was_heard(demo_archive: Path) -> None:
    (clip, *_) = ok("list", "--json", "--archive", demo_archive).json
    heard = ok("export", clip["clip"], "--format", "json", "--archive", demo_archive).json
    words = tokens("".join(word["text"] for word in heard["words"]))
    for suffix in SUFFIXES:
        content = ok("export", clip["clip"], "--format", suffix[1:], "--archive", demo_archive).out.encode()
        assert tokens(read_spoken_text(f"a{suffix}", content).text) == words, suffix
