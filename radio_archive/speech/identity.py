"""Whether an engine has transcribed a clip already: with the same weights, and asked in the same way.

Weights are known by their digest, wherever they are and whatever they are called. A transcript from before digests were
recorded is known by the name of its model alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from radio_archive.config.settings import EngineOptions, ShowHints
from radio_archive.speech import weights
from radio_archive.speech.catalog import PUBLISHED
from radio_archive.speech.load import selected

DECODING = ("compute_type", "beam_size", "guards", "short_windows")
"""Options of the engine that change a clip's text. Those that only change how quickly it is made are not compared."""
OTHER_MODEL = ("model",)
"""What differs where other weights made a transcript."""


@dataclass(frozen=True, slots=True)
class EngineIdentity:
    """What decides which text an engine writes: its weights, by SHA-256 where that is known, and its options."""

    name: str
    sha256: str | None
    options: EngineOptions

    @classmethod
    def of(cls, options: EngineOptions) -> Self:
        """Return what `options` select on this machine, without loading or downloading it.

        Raises ModelNotFoundError for a name or folder that is no model, and for weights that cannot be read.
        """
        name, found = selected(options)
        if found:
            return cls(name, weights.digest_of(found), options)
        pin = PUBLISHED[name].pin if name in PUBLISHED else None
        return cls(name, pin.sha256 if pin else None, options)

    def is_certain(self, made: Mapping[str, object]) -> bool:
        """Whether the weights of a transcript with the options `made` can be compared, not only the model's name."""
        return bool(self.sha256 and made.get("weights_sha256"))

    def differences(self, model: str | None, made: Mapping[str, object], hints: ShowHints) -> tuple[str, ...]:
        """Return what would now be otherwise than in a transcript by `model` with the options `made`; empty: nothing.

        `hints` are what the engine would be told of the clip. What an older transcript does not record is not compared.
        """
        if not self.is_certain(made):
            return () if model == self.name else OTHER_MODEL
        if made["weights_sha256"] != self.sha256:
            return OTHER_MODEL
        wanted = {name: getattr(self.options, name) for name in DECODING}
        if wanted["compute_type"] == "auto":
            # The choice is left to the machine, so whatever one has chosen will do.
            del wanted["compute_type"]
        wanted |= {"language": hints.language, "prompt": hints.prompt, "hotwords": list(hints.hotwords)}
        return tuple(name for name, value in wanted.items() if name in made and made[name] != value)
