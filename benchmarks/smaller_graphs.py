"""The graphs of a model in more or fewer bits, and whole folders of them: what quantization.py
measures."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from style2color._runtime import onnx_runtime
from style2color.errors import UsageError
from style2color.model import GRAPHS
from style2color.train.checkpoint import load_weights

QUANTIZED = ("Conv", "MatMul", "Gemm")
"""Operators whose weights are worth fewer bits."""

_HALF = "_half"  # how the export names what it stores in half precision
_LEAST = 256  # values; smaller tensors keep their precision

Inputs = Mapping[str, NDArray[Any]]
Change = Callable[[str, onnx.ModelProto], onnx.ModelProto]


def trained_values(run: Path) -> dict[bytes, NDArray[np.float32]]:
    """Every tensor of a run, flat, under the bytes of what half precision makes of it; those of
    two axes transposed too, as the export may store them."""
    known = {}
    for tensor in load_weights(run).values():
        value = tensor.float().numpy()
        for one in (value, value.T) if value.ndim == 2 else (value,):
            known[one.astype(np.float16).tobytes()] = one.ravel()
    return known


def widened(
    model: onnx.ModelProto, trained: Mapping[bytes, NDArray[np.float32]] | None = None
) -> onnx.ModelProto:
    """The graph with float32 weights in place of half ones and their Casts; with `trained`, all its
    tensors get back the values they were rounded from.

    Raises:
        UsageError: a stored weight is none of `trained`: another run's.
    """
    graph = model.graph
    for tensor in graph.initializer:
        half = tensor.data_type == TensorProto.FLOAT16
        if not half and (tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 8):
            continue
        value = numpy_helper.to_array(tensor).astype(np.float32)
        if trained is not None:
            exact = trained.get(value.astype(np.float16).tobytes())
            if exact is not None:
                value = exact.reshape(value.shape)
            elif half:
                raise UsageError(f"--run: {tensor.name} is not of this run; the model has another")
        tensor.CopyFrom(numpy_helper.from_array(value, tensor.name.removesuffix(_HALF)))
    kept = [
        node
        for node in graph.node
        if not (node.op_type == "Cast" and node.input[0] == node.output[0] + _HALF)
    ]
    _replace(graph.node, kept)
    return model


def packed(model: onnx.ModelProto, operators: Sequence[str], *, folds: bool) -> onnx.ModelProto:
    """Weights of `operators` as int8, every output channel with a scale of its own; computed in
    float32.

    folds: brought back by Cast and Mul, which ONNX Runtime computes once, when a session is made.
    Otherwise by DequantizeLinear, which it leaves in the graph.
    """
    graph = model.graph
    users: dict[str, set[str]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, set()).add(node.op_type)
    stored: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    for tensor in graph.initializer:
        name, size = tensor.name, int(np.prod(tensor.dims))
        floating = tensor.data_type == TensorProto.FLOAT and len(tensor.dims) >= 2
        if not floating or size < _LEAST or not users.get(name, {""}) <= set(operators):
            stored.append(tensor)
            continue
        value = numpy_helper.to_array(tensor)
        axis = 0 if value.ndim == 4 else value.ndim - 1  # a Conv's first, a MatMul's last
        others = tuple(i for i in range(value.ndim) if i != axis)
        scale = np.maximum(np.abs(value).max(others, keepdims=True) / 127, np.float32(1e-12))
        small = np.rint(value / scale).astype(np.int8)
        flat = scale if folds else scale.ravel()
        stored.append(numpy_helper.from_array(small, f"{name}_int8"))
        stored.append(numpy_helper.from_array(flat.astype(np.float32), f"{name}_scale"))
        if folds:
            cast = helper.make_node(
                "Cast", [f"{name}_int8"], [f"{name}_wide"], to=TensorProto.FLOAT
            )
            nodes += [cast, helper.make_node("Mul", [f"{name}_wide", f"{name}_scale"], [name])]
        else:
            inputs = [f"{name}_int8", f"{name}_scale"]
            nodes.append(helper.make_node("DequantizeLinear", inputs, [name], axis=axis))
    _replace(graph.initializer, stored)
    _replace(graph.node, [*nodes, *graph.node])
    return model


def dynamic(model: onnx.ModelProto, place: Path) -> onnx.ModelProto:
    """MatMul and Gemm in int8, what they multiply quantized as it comes; written to `place`."""
    tool = _quantizer()
    tool.quantize_dynamic(model, place, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True)
    return onnx.load(place)


def static(model: onnx.ModelProto, place: Path, asked: Iterable[Inputs]) -> onnx.ModelProto:
    """Conv, MatMul and Gemm in int8, the ranges of what they take learned from `asked`; written to
    `place`."""
    tool = _quantizer()

    class Reader(tool.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.rest = iter(asked)

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            found = next(self.rest, None)
            return None if found is None else dict(found)

    tool.quantize_static(
        model,
        place,
        Reader(),
        op_types_to_quantize=list(QUANTIZED),
        per_channel=True,
        activation_type=tool.QuantType.QUInt8,
        weight_type=tool.QuantType.QInt8,
    )
    return onnx.load(place)


def _quantizer() -> ModuleType:
    onnx_runtime()  # before anything else loads it
    from onnxruntime import quantization

    # It advises, at every graph, a pass over it that changes nothing here.
    logging.getLogger().setLevel(logging.ERROR)
    module: ModuleType = quantization
    return module


def write_variant(source: Path, folder: Path, change: Change) -> Path:
    """A model folder like `source`, with its graphs changed and their checksums anew."""
    shutil.copytree(source, folder)
    facts = json.loads((folder / "model.json").read_text("utf-8"))
    for graph in GRAPHS:
        file = folder / f"{graph}.onnx"
        file.write_bytes(change(graph, onnx.load(file)).SerializeToString())
        facts["sha256"][file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(facts), "utf-8")
    return folder


def _replace(place: Any, items: Iterable[Any]) -> None:
    kept = list(items)
    del place[:]
    place.extend(kept)
