"""The Hugging Face hub and its cache on this machine: is a model there, are its bytes right, and get them if not.

The cache names each file by its digest, the weights by SHA-256 and the small files by Git's SHA-1, and a snapshot links
to them. So whatever was downloaded can be compared with what the hub had.
"""

import contextlib
import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radio_archive.errors import HubUnreachableError
from radio_archive.speech import digests
from radio_archive.speech.catalog import PUBLISHED, Model

ABANDONED = 3600.0
"""Seconds without a change after which nobody writes to a download any more."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A file whose digest, in hex, is not the one that it must have."""

    file: Path
    expected: str
    found: str


def cached(model: Model) -> Path | None:
    """Return the folder of a model that was downloaded as a whole, else None. Its bytes are not looked at."""
    from huggingface_hub import try_to_load_from_cache

    revisions = [model.pin.revision] if model.pin and model.pin.revision else []
    for revision in (*revisions, "main"):
        found = try_to_load_from_cache(model.repository, model.weights, revision=revision)
        folder = Path(found).parent if isinstance(found, str) else None
        # A download that was cut off leaves a folder without some files, or links that lead nowhere.
        if folder and all(any(path.is_file() for path in folder.glob(name)) for name in model.needed):
            return folder
    return None


def is_incomplete(model: Model) -> bool:
    """Return whether a download of a model was begun and has not ended."""
    return any(_blobs(model).glob("*.incomplete"))


def name_of(folder: Path) -> str | None:
    """Return the name of the published model whose snapshot in a hub's cache a folder is, else None."""
    place = folder.parts[-3:-1]
    return next(
        (
            name
            for name, model in PUBLISHED.items()
            if place == (_stored(model), "snapshots") and _blob_name(folder / model.weights)
        ),
        None,
    )


def expected_sha256(model: Model, folder: Path) -> str | None:
    """Return what the SHA-256 of a snapshot's weights must be; None where nothing on this machine tells."""
    if model.pin and model.pin.revision == folder.name:
        return model.pin.sha256
    name = _blob_name(folder / model.weights)
    return name if len(name) == 64 else None


def damages(model: Model, folder: Path, *, fresh: bool = False) -> Iterator[Damage]:
    """Yield the files of a snapshot that are not as the hub had them. `fresh` reads also what is known already."""
    if expected := expected_sha256(model, folder):
        found = digests.sha256(folder / model.weights, fresh=fresh)
        if found != expected:
            yield Damage(folder / model.weights, expected, found)
    for path in sorted(path for name in model.files if name != model.weights for path in folder.glob(name)):
        expected, content = _blob_name(path), path.read_bytes()
        # A mirror of the hub may give the SHA-1 of the bytes alone.
        git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        plain = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        if expected and expected not in {git, plain, hashlib.sha256(content).hexdigest()}:
            yield Damage(path, expected, git)


def fetch(model: Model) -> Path:
    """Download a model, or what is missing or damaged of it, and return its folder.

    A progress bar is shown on stderr. What is damaged is fetched again once, and the result is still to be verified.
    Raises HubUnreachableError.
    """
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    # The client's own error is an OSError and one of its HTTP library, which is httpx or httpx2. A ValueError is an
    # answer that is not JSON: something else answers in the hub's place.
    failures: Any = (*HfHubHTTPError.__bases__, ValueError)
    revision = model.pin.revision if model.pin else None
    why = "it is not on this machine and could not be fetched"
    try:
        folder = Path(snapshot_download(model.repository, revision=revision, allow_patterns=list(model.files)))
        why = "it is damaged on this machine and could not be fetched again"
        for damage in list(damages(model, folder, fresh=True)):
            hf_hub_download(model.repository, damage.file.name, revision=folder.name, force_download=True)
    except failures as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise HubUnreachableError(f"no weights for the model {model.name!r}: {why} ({reason[:160]})") from error
    _sweep(model)
    return folder


def _sweep(model: Model) -> None:
    """Remove what killed downloads left behind: the client begins again and never looks at it, and it may be 3 GB."""
    for left in _blobs(model).glob("*.incomplete"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()


def _blobs(model: Model) -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE) / _stored(model) / "blobs"


def _stored(model: Model) -> str:
    return "models--" + model.repository.replace("/", "--")


def _blob_name(file: Path) -> str:
    """Return the digest by which the cache names a file; an empty text where it names it otherwise.

    Only the first link is followed: another one leads to a store that names by digests of another kind.
    """
    name = file.readlink().name if file.is_symlink() else ""
    return name if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name) else ""
