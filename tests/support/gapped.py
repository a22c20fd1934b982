"""Clips in which speech was not understood, of which a sentence is in another language, or whose file is cut short."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from support.program import CLIPS, FIXTURES, Ran, ok

CABLE = CLIPS / "pacific-report_2024-10-22_undersea-cable.mp3"
HARBOR = CLIPS / "20241105_HarborWatch.mp3"
WHALES = CLIPS / "whales_final_mix.mp3"
GAP = (32.3, 37.6)
"""In the cable's clip: `Bill Carter, the harbor master, says …` was not understood."""
GERMAN = "Wir leben nahe an dem Wasser."
"""In place of `We live close to the water.`, right after the gap."""
THREE = [[3.0, 7.0], [10.0, 16.0], [20.0, 24.0]]
"""In the harbor's clip."""


@dataclass(frozen=True)
class Gapped:
    """The archive; `replay` is the model that it was made with, `added` what `add --json` printed; uids of clips."""

    folder: Path
    replay: str
    added: Ran
    cable: str
    harbor: str
    short: str
    whole: str


def make(folder: Path) -> Gapped:
    """Archive the four clips in `folder` with the real program."""
    folder.mkdir(parents=True)
    short = folder / "storm.mp3"
    content = (CLIPS / "Harbor Watch" / "2025-02-18_storm-rescue.mp3").read_bytes()
    short.write_bytes(content[: len(content) // 2])
    replay = f"replay:{_replay(folder / 'replay.json', short)}"
    archive = folder / "archive"
    ok("init", archive)
    added = ok("add", CABLE, HARBOR, short, WHALES, "--archive", archive, "--model", replay, "--json")
    clips = {Path(row["path"]).name: row["clip"] for row in added.json}
    named = (clips[path.name] for path in (CABLE, HARBOR, short, WHALES))
    return Gapped(archive, replay, added, *named)


def _replay(path: Path, short: Path) -> Path:
    """Write the recorded transcripts, changed, as a file for the replay engine."""
    recorded = json.loads((FIXTURES / "transcripts.json").read_text(encoding="utf-8"))
    cable, harbor = recorded[_sha256(CABLE)], recorded[_sha256(HARBOR)]
    cable["words"] = [word for word in cable["words"] if not GAP[0] < word[0] < GAP[1]]
    cable["gaps"] = [list(GAP)]
    first = next(i for i, word in enumerate(cable["words"]) if word[0] > GAP[1])
    for i, text in enumerate(GERMAN.split(), start=first):
        cable["words"][i][2:] = [f" {text}", 0.9, "de"]
    harbor["words"] = [word for word in harbor["words"] if not any(start < word[0] < end for start, end in THREE)]
    harbor["gaps"] = THREE
    recorded[_sha256(short)] = {"model": "demo", "language": "en", "words": [[1.0, 1.5, " Rain.", 0.9]]}
    path.write_text(json.dumps(recorded), encoding="utf-8")
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
