"""Counts, and where asked evens out, the work that crosses the boundary to CTranslate2, whoever sends it.

It wraps the methods of `ctranslate2.models.Whisper`, so that every contender is counted and held to the same number
of tokens by the same lines, without an option of its own for it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ctranslate2.models import Whisper

Method = Callable[..., Any]


@dataclass(slots=True)
class Tally:
    """The work of one run. A window that is decoded twice counts twice."""

    encoded: int = 0
    decoded: int = 0
    aligned: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Forced:
    """Every window decodes to exactly `tokens` tokens of text: none below `vocabulary` from `end_of_text` on."""

    tokens: int
    end_of_text: int
    vocabulary: int

    def applied(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options of `generate`, made to give that many tokens."""
        suppressed = [*(options.get("suppress_tokens") or []), *range(self.end_of_text, self.vocabulary)]
        # CTranslate2 decodes half of max_length, since Whisper keeps the other half for the previous text.
        return {**options, "suppress_tokens": suppressed, "max_length": 2 * self.tokens}


@contextmanager
def watched(forced: Forced | None = None) -> Iterator[Tally]:
    """Count what crosses the boundary in the body of a `with`."""
    tally = Tally()
    originals = {name: getattr(Whisper, name) for name in ("encode", "generate", "align")}
    wrapped = {
        "encode": _counting_encode(originals["encode"], tally),
        "generate": _counting_generate(originals["generate"], tally, forced),
        "align": _counting_align(originals["align"], tally),
    }
    for name, method in wrapped.items():
        setattr(Whisper, name, method)
    try:
        yield tally
    finally:
        for name, method in originals.items():
            setattr(Whisper, name, method)


def _counting_encode(original: Method, tally: Tally) -> Method:
    def encode(model: Whisper, features: Any, *rest: Any, **options: Any) -> Any:
        tally.encoded += features.shape[0]
        return original(model, features, *rest, **options)

    return encode


def _counting_generate(original: Method, tally: Tally, forced: Forced | None) -> Method:
    def generate(model: Whisper, features: Any, prompts: Sequence[Any], **options: Any) -> Any:
        results = original(model, features, prompts, **(forced.applied(options) if forced else options))
        tally.decoded += len(results)
        tally.tokens += sum(len(result.sequences_ids[0]) for result in results)
        return results

    return generate


def _counting_align(original: Method, tally: Tally) -> Method:
    def align(model: Whisper, features: Any, start: Any, texts: Sequence[Any], *rest: Any, **options: Any) -> Any:
        tally.aligned += len(texts)
        return original(model, features, start, texts, *rest, **options)

    return align
