"""A model of Parakeet's shape and files whose weights are made by hand: it counts while somebody is loud.

Its encoder halves the frames three times and hears nothing but loudness; its decoder writes the next number whenever
that is high, and then goes on by three steps. So what it writes, and when, can be told in advance.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper, save

NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty apple banana cherry dragon eagle forest garden harbor island jungle kitten lemon "
    "mountain needle ocean pepper quarry river silver timber uncle valley window yellow zebra"
).split()
BLANK = len(NUMBERS)
DURATIONS = [0.0, 0.0, 0.0, 1.0, 0.0]
STEP = 0.08
"""Seconds of a frame of the encoder."""


def make(folder: Path) -> Path:
    """Write the model's files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save(_encoder(), folder / "encoder-model.int8.onnx")
    save(_decoder(), folder / "decoder_joint-model.int8.onnx")
    pieces = [*(f"\N{LOWER ONE EIGHTH BLOCK}{word}" for word in NUMBERS), "<blk>"]
    lines = [f"{piece} {number}\n" for number, piece in enumerate(pieces)]
    (folder / "vocab.txt").write_text("".join(lines), encoding="utf-8")
    config = {"model_type": "nemo-conformer-tdt", "features_size": 128, "subsampling_factor": 8}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _encoder() -> ModelProto:
    filters = np.full((1, 128, 8), 1 / 1024, np.float32)
    nodes = [
        helper.make_node("Conv", ["audio_signal", "filters"], ["outputs"], strides=[8], pads=[0, 7]),
        helper.make_node("Sub", ["length", "one"], ["before"]),
        helper.make_node("Div", ["before", "eight"], ["steps"]),
        helper.make_node("Add", ["steps", "one"], ["encoded_lengths"]),
    ]
    return _model(
        nodes,
        [("audio_signal", TensorProto.FLOAT, ["b", 128, "t"]), ("length", TensorProto.INT64, ["b"])],
        [("outputs", TensorProto.FLOAT, ["b", 1, "s"]), ("encoded_lengths", TensorProto.INT64, ["b"])],
        {"filters": filters, "one": np.array(1, np.int64), "eight": np.array(8, np.int64)},
    )


def _decoder() -> ModelProto:
    nodes = [
        helper.make_node("Cast", ["targets"], ["last"], to=TensorProto.INT64),
        helper.make_node("Add", ["last", "one"], ["after"]),
        helper.make_node("Mod", ["after", "all"], ["begun"]),
        helper.make_node("Mod", ["begun", "words"], ["next"]),
        helper.make_node("OneHot", ["next", "all", "off_on"], ["hot"]),
        helper.make_node("Mul", ["hot", "encoder_outputs"], ["loud"]),
        helper.make_node("Mul", ["loud", "ten"], ["logits"]),
        helper.make_node("Add", ["logits", "blank"], ["tokens"]),
        helper.make_node("Concat", ["tokens", "durations"], ["joined"], axis=2),
        helper.make_node("Unsqueeze", ["joined", "axis"], ["outputs"]),
        helper.make_node("Identity", ["input_states_1"], ["output_states_1"]),
        helper.make_node("Identity", ["input_states_2"], ["output_states_2"]),
    ]
    states: list[Tensor] = [(f"input_states_{n}", TensorProto.FLOAT, [2, "b", 4]) for n in (1, 2)]
    blank = np.zeros((1, 1, BLANK + 1), np.float32)
    blank[..., BLANK] = 3.0
    return _model(
        nodes,
        [
            ("encoder_outputs", TensorProto.FLOAT, ["b", 1, 1]),
            ("targets", TensorProto.INT32, ["b", 1]),
            ("target_length", TensorProto.INT32, ["b"]),
            *states,
        ],
        [
            ("outputs", TensorProto.FLOAT, ["b", 1, 1, BLANK + 1 + len(DURATIONS)]),
            *((name.replace("input", "output"), kind, shape) for name, kind, shape in states),
        ],
        {
            "one": np.array(1, np.int64),
            "all": np.array(BLANK + 1, np.int64),
            "words": np.array(BLANK, np.int64),
            "off_on": np.array([0, 1], np.float32),
            "ten": np.array(10, np.float32),
            "blank": blank,
            "durations": np.array([[DURATIONS]], np.float32),
            "axis": np.array([1], np.int64),
        },
    )


Tensor = tuple[str, int, Sequence[int | str]]


def _model(
    nodes: Sequence[NodeProto], inputs: Sequence[Tensor], outputs: Sequence[Tensor], weights: Mapping[str, NDArray[Any]]
) -> ModelProto:
    graph = helper.make_graph(
        nodes,
        "made by hand",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
