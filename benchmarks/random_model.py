"""Write a Whisper with the true shape and random weights, straight to CTranslate2's form: no torch, no download.

    python benchmarks/random_model.py base OUT_DIR

Speed depends on shapes, not on what the weights say, so such a model measures the speed of the real one wherever the
number of tokens is held equal. What it writes is gibberish.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice, product
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

END_OF_TEXT = 50_257
"""The first token that is not text: every special token and timestamp comes after it."""
FRAMES, POSITIONS, TIMESTAMPS = 1500, 448, 1501
LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml "
    "cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am "
    "yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
).split()


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a published Whisper; `alignment` names the (layer, head) pairs that time its words."""

    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    alignment: tuple[tuple[int, int], ...]
    mels: int = 80
    languages: tuple[str, ...] = tuple(LANGUAGES)


SHAPES = {
    "tiny": Shape(384, 6, 4, 4, ((2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5))),
    "base": Shape(512, 8, 6, 6, ((3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6))),
    "small": Shape(768, 12, 12, 12, ((5, 3), (5, 9), (8, 0), (8, 4), (8, 7), (8, 8), (9, 0), (9, 7), (9, 9), (10, 5))),
    "large-v3-turbo": Shape(
        1280, 20, 32, 4, ((2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14)), 128, (*LANGUAGES, "yue")
    ),
}


class Filler:
    """Gives the parts of a specification their variables: small random weights, zero biases, neutral norms."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def weights(self, *shape: int) -> NDArray[np.float32]:
        """Return normal values at the scale that transformers start training with."""
        return self._random.standard_normal(shape, dtype=np.float32) * np.float32(0.02)

    def linear(self, part: Any, rows: int, columns: int) -> None:
        """Fill a linear layer from `columns` to `rows`."""
        part.weight, part.bias = self.weights(rows, columns), np.zeros(rows, np.float32)

    def convolution(self, part: Any, rows: int, columns: int) -> None:
        """Fill a convolution of three frames."""
        part.weight, part.bias = self.weights(rows, columns, 3), np.zeros(rows, np.float32)

    def norm(self, part: Any, width: int) -> None:
        """Fill a layer norm."""
        part.gamma, part.beta = np.ones(width, np.float32), np.zeros(width, np.float32)

    def layer(self, part: Any, width: int) -> None:
        """Fill a transformer layer, the attention to the encoder included where it has one."""
        self.norm(part.self_attention.layer_norm, width)
        self.linear(part.self_attention.linear[0], 3 * width, width)
        self.linear(part.self_attention.linear[1], width, width)
        if hasattr(part, "attention"):
            self.norm(part.attention.layer_norm, width)
            self.linear(part.attention.linear[0], width, width)
            self.linear(part.attention.linear[1], 2 * width, width)
            self.linear(part.attention.linear[2], width, width)
        self.norm(part.ffn.layer_norm, width)
        self.linear(part.ffn.linear_0, 4 * width, width)
        self.linear(part.ffn.linear_1, width, 4 * width)


def sinusoids(width: int) -> NDArray[np.float32]:
    """Return the encoder's fixed positions."""
    scales = np.exp(-np.log(10_000) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(FRAMES)[:, None] * scales[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def specials(languages: tuple[str, ...]) -> list[str]:
    """Return the tokens that are not text, in Whisper's order."""
    return [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *(f"<|{language}|>" for language in languages),
        *("<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"),
        *(f"<|{position * 0.02:.2f}|>" for position in range(TIMESTAMPS)),
    ]


def texts() -> list[str]:
    """Return the text tokens: the 256 bytes, then made-up words, of which some continue or end a sentence.

    The last one is empty, as in Whisper's own vocabulary: by it CTranslate2 knows a multilingual model.
    """
    return [*sorted(pre_tokenizers.ByteLevel.alphabet()), *islice(_made_up(), END_OF_TEXT - 257), ""]


def _made_up() -> Iterator[str]:
    syllables = [first + second for first, second in product("bdfghjklmnprstvwyz", "aeiou")]
    words = ("".join(parts) for size in count(1) for parts in product(syllables, repeat=size))
    for number, word in enumerate(words):
        yield ("" if number % 4 == 1 else "Ġ") + word + ("." if number % 15 == 0 else "")


def build(shape: Shape, seed: int = 0) -> WhisperSpec:
    """Return a whole specification of `shape`."""
    fill = Filler(seed)
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    fill.convolution(spec.encoder.conv1, shape.width, shape.mels)
    fill.convolution(spec.encoder.conv2, shape.width, shape.width)
    spec.encoder.position_encodings.encodings = sinusoids(shape.width)
    tokens = [*texts(), *specials(shape.languages)]
    embeddings = fill.weights(len(tokens), shape.width)
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = embeddings
    spec.decoder.position_encodings.encodings = fill.weights(POSITIONS, shape.width)
    for half in (spec.encoder, spec.decoder):
        fill.norm(half.layer_norm, shape.width)
        for layer in half.layer:
            fill.layer(layer, shape.width)
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.index("Ġ"), END_OF_TEXT]
    spec.config.lang_ids = list(range(END_OF_TEXT + 2, END_OF_TEXT + 2 + len(shape.languages)))
    spec.config.alignment_heads = [list(pair) for pair in shape.alignment]
    return spec


def tokenizer(shape: Shape) -> Tokenizer:
    """Return a byte-level tokenizer that knows `texts` and has the special tokens at Whisper's ids."""
    made = Tokenizer(models.BPE(vocab={text: number for number, text in enumerate(texts())}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, normalized=False) for token in specials(shape.languages)])
    return made


def write_model(name: str, folder: Path, quantization: str = "int8") -> Path:
    """Write the model into `folder`, or leave it as it is if it is there already; return the folder."""
    if (folder / "complete").exists():
        return folder
    shape = SHAPES[name]
    folder.mkdir(parents=True, exist_ok=True)
    spec = build(shape)
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    tokenizer(shape).save(str(folder / "tokenizer.json"))
    features = {
        "feature_size": shape.mels,
        "sampling_rate": 16_000,
        "hop_length": 160,
        "chunk_length": 30,
        "n_fft": 400,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(features) + "\n", encoding="utf-8")
    (folder / "complete").touch()
    return folder


def main(arguments: list[str]) -> None:
    """Write one model."""
    parser = argparse.ArgumentParser(description="Write a Whisper of a published shape with random weights.")
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("folder", type=Path, help="a folder that holds the model already is left as it is")
    parser.add_argument("--quantization", default="int8", help="how weights are stored: int8, float16 or float32")
    options = parser.parse_args(arguments)
    print(write_model(options.shape, options.folder, options.quantization))


if __name__ == "__main__":
    main(sys.argv[1:])
