"""Turns sentences into vectors that are close to each other where the sentences mean similar things.

The model is all-MiniLM-L6-v2 (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), which knows English. As
its authors use it: at most 256 tokens of a text, the mean over its tokens, scaled to the length 1. It runs in
CTranslate2, as Whisper does, with weights of 8 bits: six times as fast as NumPy, and three times as its own 32 bits.
"""

import contextlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import common_spec, transformer_spec
from numpy.typing import NDArray

from radio_archive.errors import ModelDamagedError, ModelNotFoundError
from radio_archive.speech import digests, sentence_weights
from radio_archive.speech.catalog import SENTENCES
from radio_archive.speech.sentence_weights import SHA256, TOKENIZER

SIZE = 384
"""Numbers in a vector."""
SCALE = 400
"""What a vector of length 1 is multiplied by for whole numbers of 8 bits. Hardly a number in one exceeds 127/400."""
MOST_TOKENS = 256
BATCH = 8
"""Texts computed together. More gain nothing on a CPU."""
SHORTEST = 3
"""Letters of the shortest word that counts as known."""
LAYERS, HEADS = 6, 12
DIGEST = "model.sha256"
"""The file beside a converted model that says what its weights must be."""


class SentenceEmbedder:
    """The loaded model. Several threads may use it at the same time."""

    name = SENTENCES.name

    def __init__(self, threads: int = 0) -> None:
        """Load the model, from what is on this machine; `threads` of the CPU, or as many as CTranslate2 takes.

        Raises ModelNotFoundError, of which ModelDamagedError is one.
        """
        with tempfile.TemporaryDirectory() as spare:
            folder = _converted(Path(spare))
            try:
                self._encoder = ctranslate2.Encoder(str(folder), compute_type="int8", intra_threads=threads)
                self._tokenizer = _tokenizer((folder / TOKENIZER).read_bytes())
            except (OSError, RuntimeError, ValueError) as error:
                raise ModelDamagedError(
                    f"cannot load the model in {folder}: {error}", "Remove that folder, then run the command again."
                ) from error

    def knows(self, text: str) -> bool:
        """Whether a text has at least one whole word that the model was taught.

        It spells other words with pieces of a few letters, which lead anywhere.
        """
        words = self._tokenizer.encode(text)
        whole = Counter(word for word in words.word_ids if word is not None)
        # Single letters and signs are pieces, too.
        return any(
            whole[word] == 1 and len(token) >= SHORTEST
            for word, token in zip(words.word_ids, words.tokens, strict=True)
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.int8]:
        """Return one vector for each text, as rows: its length is about SCALE."""
        # Not as a batch, which takes threads of its own, and a process that has had these warns when it forks.
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        found = np.zeros((len(texts), SIZE), np.int8)
        # Texts of one length together: the short ones of a batch are computed as if they were as long as the longest.
        order = sorted(range(len(texts)), key=lambda n: len(tokens[n]))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            ids = [tokens[n] for n in some]
            output = self._encoder.forward_batch(ids, token_type_ids=[[0] * len(one) for one in ids])
            for n, one, states in zip(some, ids, np.array(output.last_hidden_state), strict=True):
                mean = states[: len(one)].mean(axis=0)
                found[n] = np.clip(np.rint(mean * (SCALE / np.linalg.norm(mean))), -127, 127)
        return found


@cache
def loaded(threads: int = 0) -> SentenceEmbedder:
    """Return the model, which stays in memory: about 60 MB. Raises as loading it does."""
    return SentenceEmbedder(threads)


def _tokenizer(content: bytes) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ModelNotFoundError(
            "search by meaning needs the package tokenizers", "Run `pip install 'radio-archive[semantic]'`."
        ) from error
    tokenizer = Tokenizer.from_buffer(content)
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _converted(spare: Path) -> Path:
    """Return a folder with the model as CTranslate2 reads it, made of verified weights: a cache's, else `spare`."""
    with contextlib.suppress(OSError, RuntimeError):
        kept = digests.cache() / f"{SENTENCES.name}-{SHA256[SENTENCES.weights][:8]}"
        if _is_whole(kept):
            return kept
        kept.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=kept.parent, prefix=f"{kept.name}-"))
        try:
            _convert(making)
            shutil.rmtree(kept, ignore_errors=True)
            # Another process may have made it meanwhile.
            with contextlib.suppress(OSError):
                making.rename(kept)
            if _is_whole(kept):
                return kept
        finally:
            shutil.rmtree(making, ignore_errors=True)
    _convert(spare)
    return spare


def _is_whole(folder: Path) -> bool:
    try:
        weights = digests.sha256(folder / "model.bin") == (folder / DIGEST).read_text(encoding="ascii")
        return weights and digests.sha256(folder / TOKENIZER) == SHA256[TOKENIZER]
    except (OSError, ValueError):
        return False


def _convert(folder: Path) -> None:
    weights = sentence_weights.find()
    tokenizer = weights.read(TOKENIZER)
    spec = _spec(_tensors(bytearray(weights.read(SENTENCES.weights))))
    words = _tokenizer(tokenizer).get_vocab()
    spec.register_vocabulary(sorted(words, key=words.__getitem__))
    spec.config.layer_norm_epsilon = 1e-12
    spec.config.unk_token = "[UNK]"  # noqa: S105 - a token of text
    spec.validate()
    spec.optimize("int8")
    spec.save(str(folder))
    (folder / TOKENIZER).write_bytes(tokenizer)
    (folder / DIGEST).write_text(digests.sha256(folder / "model.bin"), encoding="ascii")


def _tensors(content: bytearray) -> dict[str, NDArray[np.float32]]:
    """Return the numbers in a file of safetensors (https://github.com/huggingface/safetensors#format)."""
    first = 8 + int.from_bytes(content[:8], "little")
    head = json.loads(content[8:first])
    found = {}
    for name, about in head.items():
        if about.get("dtype") == "F32":
            start, end = about["data_offsets"]
            flat = np.frombuffer(content, np.float32, (end - start) // 4, first + start)
            found[name] = flat.reshape(about["shape"])
    return found


def _spec(tensors: dict[str, NDArray[np.float32]]) -> Any:
    """Return the model as CTranslate2 describes an encoder, as its own converter of BERT does."""
    encoder = transformer_spec.TransformerEncoderSpec(
        LAYERS,
        HEADS,
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )

    def linear(spec: Any, *names: str) -> None:
        spec.weight = np.concatenate([tensors[f"{name}.weight"] for name in names])
        spec.bias = np.concatenate([tensors[f"{name}.bias"] for name in names])

    def norm(spec: Any, name: str) -> None:
        spec.gamma, spec.beta = tensors[f"{name}.weight"], tensors[f"{name}.bias"]

    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = tensors["embeddings.word_embeddings.weight"]
    encoder.embeddings[1].weight = tensors["embeddings.token_type_embeddings.weight"]
    encoder.position_encodings.encodings = tensors["embeddings.position_embeddings.weight"]
    norm(encoder.layernorm_embedding, "embeddings.LayerNorm")
    for number, layer in enumerate(encoder.layer):
        at = f"encoder.layer.{number}"
        attention, feed_forward = layer.self_attention, layer.ffn
        linear(attention.linear[0], *(f"{at}.attention.self.{part}" for part in ("query", "key", "value")))
        linear(attention.linear[1], f"{at}.attention.output.dense")
        norm(attention.layer_norm, f"{at}.attention.output.LayerNorm")
        linear(feed_forward.linear_0, f"{at}.intermediate.dense")
        linear(feed_forward.linear_1, f"{at}.output.dense")
        norm(feed_forward.layer_norm, f"{at}.output.LayerNorm")
    return transformer_spec.TransformerEncoderModelSpec(encoder)
