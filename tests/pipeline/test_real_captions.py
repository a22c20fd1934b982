"""Captions and scripts beside recordings, heard with Whisper's own weights by the watcher, in one run."""

import json
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from shutil import copy
from statistics import median

import pytest
from support.program import FIXTURES, ok

from radio_archive.archive.archive import Archive
from radio_archive.archive.clips import read, versions
from radio_archive.models import Word
from radio_archive.text.spelling import fold

SPOKEN = FIXTURES / "spoken"
NAMES = {"piece": "harbor-watch_2025-09-03_sea-wall.mp3", "other": "beach_sand_final_mix.mp3"}
LATE = 2.4
"""Seconds by which the captions are late, as live ones are."""


def truth(name: str) -> list[dict[str, str | float]]:
    found = next(path for path in (SPOKEN / "truth").glob("*.json") if json.loads(path.read_bytes())["file"] == name)
    sentences: list[dict[str, str | float]] = json.loads(found.read_bytes())["sentences"]
    return sentences


def captions(sentences: Sequence[Mapping[str, str | float]]) -> str:
    """Return SubRip with the times of lines alone, late and in whole seconds, two sentences a line."""

    def stamp(seconds: float) -> str:
        return f"00:{round(seconds) // 60:02}:{round(seconds) % 60:02},000"

    pairs = [sentences[at : at + 2] for at in range(0, len(sentences), 2)]
    return "\n".join(
        f"{number}\n{stamp(float(pair[0]['start']) + LATE)} --> {stamp(float(pair[-1]['end']) + LATE)}\n"
        + "\n".join(str(one["text"]) for one in pair)
        + "\n"
        for number, pair in enumerate(pairs, 1)
    )


@pytest.fixture(scope="module")
def heard(real_tiny_en: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The uids of two clips by name: `piece` came with captions, `other` with a script. And `folder`, the archive."""
    folder = tmp_path_factory.mktemp("captions") / "archive"
    ok("init", folder)
    (folder / "radio-archive.toml").write_text("[watch]\nsettle = 0.2\nsidecar_wait = 0.1\n", encoding="utf-8")
    script = "\n".join(f"{one['speaker']}: {one['text']}".upper().partition(": ")[0] + f": {one['text']}"
                       for one in truth(NAMES["other"]))  # fmt: skip
    (folder / "inbox" / "other.script.txt").write_text(script, encoding="utf-8")
    (folder / "inbox" / "piece.srt").write_text(captions(truth(NAMES["piece"])), encoding="utf-8")
    for name, file in NAMES.items():
        copy(SPOKEN / "clips" / file, folder / "inbox" / f"{name}.mp3")
    ok("watch", "--once", "--model", real_tiny_en, "--archive", folder)
    with Archive(folder, read_only=True) as archive:
        clips = {Path(clip.recording.original_name).stem: clip.uid for clip in read.clips(archive)}
    return {**clips, "folder": str(folder)}


def matched(one: Sequence[Word], other: Sequence[Word]) -> list[tuple[Word, Word]]:
    """Return the words that two texts have in the same order."""
    folded = [[fold(word.text) for word in words] for words in (one, other)]
    blocks = SequenceMatcher(None, folded[0], folded[1], autojunk=False).get_matching_blocks()
    return [(one[block.a + at], other[block.b + at]) for block in blocks for at in range(block.size)]


@pytest.mark.parametrize("name", NAMES)
def test_what_came_with_a_recording_is_found_in_the_same_run_and_timed(heard: Mapping[str, str], name: str) -> None:
    sentences = truth(NAMES[name])
    with Archive(Path(heard["folder"]), read_only=True) as archive:
        clip = read.clip(archive, heard[name], read.Part.TEXT)
        machine = versions.heard(archive, heard[name])
    assert machine
    said = " ".join(str(one["text"]) for one in sentences)
    assert "".join(word.text for word in clip.words).split() == said.split()
    pairs = matched(clip.words, machine.words)
    assert len(pairs) > 0.8 * len(clip.words)
    assert median(abs(mine.start - theirs.start) for mine, theirs in pairs) <= 0.3
    # The words that were heard otherwise, too, are where the sentences are.
    ends = [0, *(len(said.split()) for said in _growing(sentences))]
    off = [abs(clip.words[end].start - float(one["start"])) for end, one in zip(ends, sentences, strict=False)]
    assert median(off) <= 0.3
    assert max(off) <= 2.0
    found = ok("search", f'"{sentences[3]["text"]}"', "--json", "--archive", heard["folder"]).json["clips"]
    assert [one["clip"] for one in found] == [heard[name]]
    assert found[0]["passages"][0]["start"] == pytest.approx(float(sentences[3]["start"]), abs=0.5)


def _growing(sentences: Sequence[Mapping[str, str | float]]) -> list[str]:
    """Return the text up to the end of each sentence but the last."""
    texts = [str(one["text"]) for one in sentences]
    return [" ".join(texts[:number]) for number in range(1, len(texts))]
