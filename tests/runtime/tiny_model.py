"""A model folder whose graphs follow rules a test can predict, instead of trained weights.

The painter sends every pixel to the entry whose mean position in the reference is nearest, and
pixels under a hint to the entry of the hint's colour. Shade is 1. Light is 0 but in the
upper quarter, where it rises to the top in a straight line. The regions graph is neutral. The
parts graph reads the ink's tone: light grey is the white of an eye, dark grey an iris. The shading
graph lays a shadow on the right third and a highlight on the upper quarter. The figures graph takes
all ink for figures, one in the left half and one in the right, and tells them by how dark they are.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

FLOAT = TensorProto.FLOAT


def write_model(
    folder: Path,
    light: float | None = None,
    parts: bool = False,
    shading: bool = False,
    figures: bool = False,
) -> Path:
    """Write the whole folder; returns it.

    light: how much of it there is at the upper edge; with None, the painter has no output for it,
    as in models of 0.2. parts: with a graph that reads parts, which models before 0.8 lack, and
    amounts of classes, all 0, at the end of the tokens. shading: with a graph that reads shadows
    and highlights, which models before 0.9 lack. figures: with a graph that tells figures apart,
    which models before 0.17 lack.
    """
    folder.mkdir(parents=True, exist_ok=True)
    graphs = [
        ("reference", _reference()),
        ("painter", _painter(light, parts)),
        ("regions", _regions()),
    ]
    if parts:
        graphs.append(("parts", _parts()))
    if shading:
        graphs.append(("shading", _shading()))
    if figures:
        graphs.append(("figures", _figures()))
    for name, model in graphs:
        onnx.save(model, folder / f"{name}.onnx")
    (folder / "MODEL_CARD.md").write_text("# Tiny\nRules, not weights.\n", encoding="utf-8")
    write_description(folder)
    return folder


def write_description(folder: Path, **changes: object) -> None:
    """Write model.json for what lies in the folder; ``changes`` replace or (None) drop fields."""
    description: dict[str, object] = {
        "name": "tiny",
        "version": "1",
        "format": 1,
        "size": 128,
        "palette_entries": 6,
        "default_palette": [[250, 220, 200], [60, 40, 40], [90, 120, 200]],
        "training_data": [{"pack": "rules", "licence": "CC0-1.0", "pictures": 3}],
        "sha256": {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.iterdir())
            if file.name != "model.json"
        },
    } | changes
    kept = {key: value for key, value in description.items() if value is not None}
    (folder / "model.json").write_text(json.dumps(kept), encoding="utf-8")


class _Graph:
    """Collects nodes; every call adds one and returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, op: str, *inputs: str, out: str | None = None, **attributes: object) -> str:
        out = out or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], **attributes))
        return out

    def value(self, value: object, kind: type = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(np.array(value, kind), name))
        return name

    def build(self, inputs: dict[str, list[object]], outputs: dict[str, list[object]]):
        def infos(shapes: dict[str, list[object]]):
            return [helper.make_tensor_value_info(n, FLOAT, s) for n, s in shapes.items()]

        graph = helper.make_graph(
            self.nodes, "g", infos(inputs), infos(outputs), initializer=self.constants
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model


def _reference():
    g = _Graph()
    shares = g.add("ReduceMean", "assignment", axes=[2, 3], keepdims=0)
    g.add("Unsqueeze", shares, g.value([2], np.int64), out="pooled")
    g.add("ReduceMean", "reference", axes=[2, 3], keepdims=0, out="style")
    cells = g.add("AveragePool", "reference", kernel_shape=[32, 32], strides=[32, 32])
    rows = g.add("Reshape", cells, g.value([0, 3, 64], np.int64))
    g.add("Transpose", rows, perm=[0, 2, 1], out="memory")
    return g.build(
        {"reference": ["B", 3, 256, 256], "assignment": ["B", "K", 32, 32]},
        {"pooled": ["B", "K", 1], "style": ["B", 3], "memory": ["B", 64, 3]},
    )


def _painter(light: float | None, amounts: bool):
    g = _Graph()
    nothing = g.add("Mul", "lines", g.value(0.0))
    ones = g.add("Add", nothing, g.value(1.0))
    distance, places = [], []
    for axis, column in ((3, 1), (2, 2)):
        steps = g.add("CumSum", ones, g.value(axis, np.int64))
        last = g.add("ReduceMax", steps, axes=[axis], keepdims=1)
        place = g.add("Div", steps, last)
        places.append(place)
        start, end = g.value([column], np.int64), g.value([column + 1], np.int64)
        mean = g.add("Slice", "moments", start, end, g.value([2], np.int64))
        away = g.add("Sub", place, g.add("Unsqueeze", mean, g.value([3], np.int64)))
        distance.append(g.add("Mul", g.add("Mul", away, away), g.value(-60.0)))
    near = g.add("Add", *distance)
    # Entries that come from nowhere in a reference (hints, paper) are chosen by hints alone.
    placeless = g.add("Slice", "kind", g.value([1], np.int64), g.value([3], np.int64),
                      g.value([2], np.int64))  # fmt: skip
    penalty = g.add("ReduceSum", placeless, g.value([2], np.int64), keepdims=0)
    penalty = g.add("Unsqueeze", penalty, g.value([2, 3], np.int64))
    near = g.add("Sub", near, g.add("Mul", penalty, g.value(100.0)))
    two = g.value([2], np.int64)
    one = g.value([1], np.int64)
    rgb = g.add("Slice", "hints", g.value([0], np.int64), g.value([3], np.int64), one)
    mask = g.add("Slice", "hints", g.value([3], np.int64), g.value([4], np.int64), one)
    colors = g.add("Unsqueeze", "palette", g.value([3, 4], np.int64))
    differ = g.add("Abs", g.add("Sub", g.add("Unsqueeze", rgb, one), colors))
    differ = g.add("ReduceSum", differ, two, keepdims=0)
    pull = g.add("Mul", g.add("Sub", g.value(1.0), differ), mask)
    g.add("Add", near, g.add("Mul", pull, g.value(300.0)), out="logits")
    g.add("Identity", ones, out="shade")
    if light is not None:
        above = g.add("Relu", g.add("Sub", g.value(0.25), places[1]))
        g.add("Mul", above, g.value(4 * light), out="light")
    lit = {} if light is None else {"light": ["B", 1, "H", "W"]}
    g.add("AveragePool", "lines", kernel_shape=[2, 2], strides=[2, 2], out="features")
    zeros = ["zero_palette", *["zero_kind"] * 4] if amounts else []
    for name in ("palette", "kind"):
        g.add("Mul", name, g.value(0.0), out=f"zero_{name}")
    g.add("Concat", "palette", "kind", *zeros, axis=2, out="tokens")
    return g.build(
        {
            "lines": ["B", 1, "H", "W"],
            "hints": ["B", 4, "H", "W"],
            "palette": ["B", "K", 3],
            "kind": ["B", "K", 4],
            "moments": ["B", "K", 5],
            "present": ["B", "K"],
            "pooled": ["B", "K", 1],
            "style": ["B", 3],
            "memory": ["B", 64, 3],
        },
        {
            "logits": ["B", "K", "H", "W"],
            "shade": ["B", 1, "H", "W"],
            **lit,
            "features": ["B", 1, "H2", "W2"],
            "tokens": ["B", "K", "D"],
        },
    )


def _regions():
    g = _Graph()
    rows = g.add("Mul", "pooled_regions", g.value(0.0))
    columns = g.add("ReduceSum", "tokens", g.value([2], np.int64), keepdims=0)
    columns = g.add("Unsqueeze", columns, g.value([1], np.int64))
    g.add("MatMul", rows, columns, out="region_logits")
    return g.build(
        {
            "pooled_regions": ["B", "R", 1],
            "geometry": ["B", "R", 8],
            "region_present": ["B", "R"],
            "placed": ["B", "R", 2, "K"],
            "tokens": ["B", "K", "D"],
            "present": ["B", "K"],
        },
        {"region_logits": ["B", "R", "K"]},
    )


def _parts():
    g = _Graph()
    nothing = g.add("Mul", "lines", g.value(0.0))

    def near(tone: float) -> str:
        away = g.add("Abs", g.add("Sub", "lines", g.value(tone)))
        return g.add("Sub", g.value(4.0), g.add("Mul", away, g.value(40.0)))

    shares = g.add("Concat", nothing, near(0.7), near(0.3), nothing, nothing, axis=1)
    scaled = g.add("Mul", shares, g.value(4.0))
    g.add("Softmax", scaled, axis=1, out="shares")
    return g.build({"lines": ["B", 1, "H", "W"]}, {"shares": ["B", 5, "H", "W"]})


def _shading():
    g = _Graph()
    ones = g.add("Add", g.add("Mul", "lines", g.value(0.0)), g.value(1.0))
    places = []
    for axis in (3, 2):
        steps = g.add("CumSum", ones, g.value(axis, np.int64))
        places.append(g.add("Div", steps, g.add("ReduceMax", steps, axes=[axis], keepdims=1)))
    shadow = g.add("Mul", g.add("Sub", places[0], g.value(2 / 3)), g.value(400.0))
    highlight = g.add("Mul", g.add("Sub", g.value(1 / 4), places[1]), g.value(400.0))
    g.add("Concat", shadow, highlight, axis=1, out="marks")
    return g.build({"lines": ["B", 1, "H", "W"]}, {"marks": ["B", 2, "H", "W"]})


def _figures():
    g = _Graph()
    small = g.add("AveragePool", "lines", kernel_shape=[2, 2], strides=[2, 2])
    ones = g.add("Add", g.add("Mul", small, g.value(0.0)), g.value(1.0))
    places = []
    for axis in (2, 3):
        steps = g.add("CumSum", ones, g.value(axis, np.int64))
        places.append(g.add("Div", steps, g.add("ReduceMax", steps, axes=[axis], keepdims=1)))
    ink = g.add("Sub", ones, small)
    g.add("Squeeze", g.add("Mul", ink, g.value(20.0)), g.value([1], np.int64), out="figure")
    side = g.add("Floor", g.add("Mul", places[1], g.value(1.99)))
    middle = g.add("Add", g.add("Mul", side, g.value(0.5)), g.value(0.25))
    down = g.add("Sub", g.value(0.5), places[0])
    g.add("Concat", down, g.add("Sub", middle, places[1]), axis=1, out="way")
    drawn = g.add("Cast", g.add("Greater", ink, g.value(0.02)), to=FLOAT)
    sums = [g.add("ReduceSum", each, g.value([1, 2, 3], np.int64), keepdims=0)
            for each in (g.add("Mul", ink, drawn), drawn)]  # fmt: skip
    tone = g.add("Mul", g.add("Div", *sums), g.value(3.0))
    pair = [
        g.add("Unsqueeze", g.add(turn, tone), g.value([1], np.int64)) for turn in ("Cos", "Sin")
    ]
    g.add("Mul", g.add("Concat", *pair, axis=1), g.value(12.0), out="who")
    return g.build(
        {"lines": ["B", 1, "H", "W"]},
        {"figure": ["B", "h", "w"], "way": ["B", 2, "h", "w"], "who": ["B", 2]},
    )
