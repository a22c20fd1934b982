"""The models that exist, and where their weights are on this machine."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radio_archive import demo_data
from radio_archive.errors import HubUnreachableError, ModelNotFoundError

DEMO = "demo"
DEFAULT_ON_CPU = "small"
DEFAULT_ON_GPU = "large-v3-turbo"
WEIGHTS = "model.bin"
FILES = ["config.json", "preprocessor_config.json", WEIGHTS, "tokenizer.json", "vocabulary.*"]


@dataclass(frozen=True, slots=True)
class Model:
    """A published model: its repository on the Hugging Face hub, and what it needs.

    `megabytes` is the size of the download. `cpu_speed` is roughly how many seconds of audio two CPU cores
    transcribe in a second: a first estimate of how long a job will take.
    """

    name: str
    repository: str
    megabytes: int
    cpu_speed: float
    note: str


PUBLISHED = {
    model.name: model
    for model in (
        Model("tiny", "Systran/faster-whisper-tiny", 75, 12, "fastest, least exact"),
        Model("tiny.en", "Systran/faster-whisper-tiny.en", 75, 12, "English only"),
        Model("base", "Systran/faster-whisper-base", 145, 7, "for drafts"),
        Model("base.en", "Systran/faster-whisper-base.en", 145, 7, "English only"),
        Model("small", "Systran/faster-whisper-small", 484, 2.5, "default on a CPU"),
        Model("small.en", "Systran/faster-whisper-small.en", 484, 2.5, "English only"),
        Model("medium", "Systran/faster-whisper-medium", 1528, 0.9, "slow on a CPU"),
        Model("medium.en", "Systran/faster-whisper-medium.en", 1528, 0.9, "English only"),
        Model("large-v2", "Systran/faster-whisper-large-v2", 3087, 0.5, "wants a GPU"),
        Model("large-v3", "Systran/faster-whisper-large-v3", 3087, 0.5, "wants a GPU"),
        Model("large-v3-turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo", 1618, 0.9, "default on a GPU"),
        Model(
            "distil-large-v3", "Systran/faster-distil-whisper-large-v3", 1513, 0.9, "English only, quick for its size"
        ),
    )
}

DEMO_CPU_SPEED = 25.0


def estimated_speed(name: str) -> float:
    """Return roughly how many seconds of audio a CPU transcribes in a second, until it is measured here."""
    return PUBLISHED[name].cpu_speed if name in PUBLISHED else DEMO_CPU_SPEED if name == DEMO else 1.0


@dataclass(frozen=True, slots=True)
class ModelWeights:
    """A model on this machine: its folder, the hub's revision (a commit), the SHA-256 of its weights."""

    name: str
    folder: Path
    revision: str | None
    sha256: str | None


def find(name: str, *, download: bool = True) -> ModelWeights:
    """Return the weights of a published model, a local folder or `demo`; download them on first use.

    A download shows a progress bar on stderr. Raises ModelNotFoundError.
    """
    if name == DEMO:
        return _local(DEMO, demo_data.model())
    if Path(name).is_dir():
        return _local(name, Path(name))
    if name not in PUBLISHED:
        raise ModelNotFoundError(
            f"no model is called {name!r}, and there is no such folder",
            f"Known names: {', '.join(PUBLISHED)}, {DEMO}; or give a folder in CTranslate2 form.",
        )
    if weights := cached(name):
        return weights
    if not download:
        raise _missing(name, "it is not on this machine")
    return _fetch(name)


def cached(name: str) -> ModelWeights | None:
    """Return a published model's weights if they are on this machine, else None."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = snapshot_download(PUBLISHED[name].repository, allow_patterns=FILES, local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    # A download that was cut off leaves a folder without its largest file.
    return _from_hub(name, Path(folder)) if (Path(folder) / WEIGHTS).exists() else None


def _fetch(name: str) -> ModelWeights:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    # The client's own error is an OSError and one of its HTTP library, which is httpx or httpx2. A ValueError is an
    # answer that is not JSON: something else answers in the hub's place.
    failures: Any = (*HfHubHTTPError.__bases__, ValueError)
    try:
        return _from_hub(name, Path(snapshot_download(PUBLISHED[name].repository, allow_patterns=FILES)))
    except failures as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        why = f"it is not on this machine and could not be fetched ({reason[:160]})"
        raise _missing(name, why, HubUnreachableError) from error


def _missing(name: str, why: str, kind: type[ModelNotFoundError] = ModelNotFoundError) -> ModelNotFoundError:
    return kind(
        f"no weights for the model {name!r}: {why}",
        f"Three ways out: `radio-archive models download {name}` where there is a network; "
        f"`--model FOLDER` with a copy in CTranslate2 form; `--model {DEMO}`, which knows only synthetic voices.",
    )


def _from_hub(name: str, folder: Path) -> ModelWeights:
    # The hub's cache names a large file by its SHA-256 and links to it.
    blob = (folder / WEIGHTS).resolve().name
    return ModelWeights(name, folder, folder.name, blob if re.fullmatch(r"[0-9a-f]{64}", blob) else None)


def _local(name: str, folder: Path) -> ModelWeights:
    if not (folder / WEIGHTS).is_file():
        raise ModelNotFoundError(
            f"{folder} holds no {WEIGHTS}",
            "Give a folder with a Whisper model in CTranslate2 form (ct2-transformers-converter).",
        )
    with (folder / WEIGHTS).open("rb") as file:
        return ModelWeights(name, folder, None, hashlib.file_digest(file, "sha256").hexdigest())
