"""Many short recordings, and a model that replays what is said in each: saving them costs more than to hear them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radio_archive.audio.container import sha256_of
from radio_archive.models import Transcript, Word
from radio_archive.speech.replay import record
from support.audio_files import mp3, tone


@dataclass(frozen=True)
class TinyClips:
    """Recordings of a second each, and the model that knows them."""

    folder: Path
    model: str

    @property
    def paths(self) -> Sequence[Path]:
        return sorted(self.folder.rglob("*.mp3"))

    @property
    def digests(self) -> list[str]:
        return sorted(map(sha256_of, self.paths))


def tiny_clips(folder: Path, number: int, replay: Path) -> TinyClips:
    """Make recordings in `folder`, no two alike, and in the file `replay` what is heard in each: its name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [mp3(folder / f"{n:03}.mp3", samples=tone(1.0, hertz=300.0 + 20 * n)) for n in range(number)]
    heard = {sha256_of(path): Transcript((Word(0.0, 0.4, f" {path.stem}", 0.9),), "en", model="x") for path in paths}
    record(heard, replay)
    return TinyClips(folder, f"replay:{replay}")
