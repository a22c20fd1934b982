"""An example of a plugin: an engine, a source of claims, a format of files, and a list of what has arrived."""

from collections.abc import Generator, Iterable, Iterator
from pathlib import PurePath

import numpy as np

from radio_archive.plugins import (
    RATE,
    Archive,
    Claim,
    ClaimSource,
    Clip,
    ClipProgress,
    ClipResult,
    EngineOptions,
    EngineReport,
    EngineSpec,
    ExportFormat,
    Field,
    ListedModel,
    Material,
    PreparedClip,
    Transcript,
    Word,
    hookimpl,
)

api_version = 1


class Levels:
    """An engine that only hears, for each second, whether anything can be heard."""

    name = "levels"

    def __init__(self, options: EngineOptions) -> None:
        self._quiet = 0.01 if options.model == "levels:sharp" else 0.05

    def transcribe(self, clips: Iterable[PreparedClip]) -> Generator[EngineReport, None, None]:
        for clip in clips:
            words: list[Word] = []
            for chunk in clip.chunks():
                for at in range(0, len(chunk.samples), RATE):
                    loud = float(np.abs(chunk.samples[at : at + RATE]).max()) > self._quiet
                    start = chunk.offset + at / RATE
                    words.append(Word(start, min(start + 1, clip.duration), " sound" if loud else " silence"))
                yield ClipProgress(clip.key, chunk.offset)
            yield ClipResult(clip.key, Transcript(tuple(words), language="en"))


@hookimpl
def register_engines() -> list[EngineSpec]:
    listed = [ListedModel("levels:plain", note="hears only levels"), ListedModel("levels:sharp")]
    return [EngineSpec("levels", Levels, listed=lambda: listed)]


REPORTERS = {"DK": "Dana Kealoha", "LM": "Leilani Moku"}


def initials(material: Material) -> Iterator[Claim]:
    """Files here are called `harbor_DK.mp3`, by the initials of who made them."""
    ending = PurePath(material.name).stem.rpartition("_")[2]
    if ending in REPORTERS:
        yield Claim(Field.REPORTER, REPORTERS[ending], "initials", f"file name …_{ending}")


def loudness(material: Material) -> Iterator[Claim]:
    """A source that is spoken gets the words."""
    sounds = sum(word.text == " sound" for word in material.words)
    if sounds:
        yield Claim(Field.SUMMARY, f"Sound in {sounds} seconds.", "levels", "the words", confidence=0.3)


@hookimpl
def claim_sources() -> list[ClaimSource]:
    return [ClaimSource("initials", initials), ClaimSource("levels", loudness, spoken=True)]


def lrc(clip: Clip) -> str:
    """Lyrics as players of music show them: https://en.wikipedia.org/wiki/LRC_(file_format)"""
    lines = (f"[{int(one.start // 60):02}:{one.start % 60:05.2f}]{one.text}\n" for one in clip.segments)
    return f"[ti:{clip.title}]\n{''.join(lines)}"


@hookimpl
def export_formats() -> list[ExportFormat]:
    return [ExportFormat("lrc", text=lrc)]


@hookimpl
def after_archived(archive: Archive, clip: Clip) -> None:
    with (archive.folder / "arrivals.txt").open("a", encoding="utf-8") as file:
        file.write(f"{clip.uid} {clip.title}\n")
