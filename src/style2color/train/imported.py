"""A shipped model folder → the weights that training goes on from.

Of the names that weights have in the network, few are left in a graph: linear weights are turned
over and nameless, scales and shifts of GroupNorm nameless too; equal weights are stored once, under
the name of the first; biases of zero are left out. What stays is the order of the layers. So the
layers of a graph are matched with those of the network as they are called, and shapes and the names
that are left must agree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, numpy_helper
from torch import Tensor, nn

from style2color.errors import TrainingError
from style2color.model import Model
from style2color.nn.sizes import StudioConfig
from style2color.nn.studio import StudioNet
from style2color.train.export import Graph, graphs

Constants = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class _Stored:
    """The constants of a graph that are a layer's weights. bias: "" for zeros, None where there is
    none. turned: the weight is (in, out) instead of (out, in)."""

    weight: str | None
    bias: str | None
    turned: bool = False


def weights_of_model(folder: Path | None, config: StudioConfig) -> dict[str, Tensor]:
    """The weights of a model folder, None for the embedded one, by their names in the state of a
    StudioNet of these sizes. float32 of half the precision, as shipped, and without what serves
    training only (`shipped_layers`).

    Raises ModelError where the folder holds no whole model, and TrainingError, with the graph and
    the weight, where a graph is of other sizes, of another network, or damaged.
    """
    model = Model.load(folder)
    with torch.device("meta"):
        net = StudioNet(config)
    weights: dict[str, Tensor] = {}
    painter, _ = open_graph(model.folder / "painter.onnx")
    outputs = {output.name for output in painter.output}
    for graph in graphs(net, marks="shade" in outputs, names="names" in outputs):
        path = model.folder / f"{graph.name}.onnx"
        weights |= _read(path, f"{graph.name}.", shipped_layers(net, graph))
    return weights


def shipped_layers(net: StudioNet, graph: Graph) -> dict[str, nn.Module]:
    """The layers that a graph's outputs depend on, by their names in the network, in the order of
    their calls; the others serve the losses alone. net: on the device "meta", as is its graph."""
    names = {module: name for name, module in net.named_modules()}
    called: list[nn.Module] = []
    hooks = [
        module.register_forward_hook(lambda layer, *_: called.append(layer))
        for module in net.modules()
        if list(module.parameters(recurse=False))
    ]
    outputs = graph.module(*(value.to("meta") for value in graph.inputs.values()))
    for hook in hooks:
        hook.remove()
    total = torch.stack([output.sum() for output in outputs]).sum()
    weights = [layer.get_parameter("weight") for layer in called]
    slopes = torch.autograd.grad(total, weights, allow_unused=True)
    used = [layer for layer, slope in zip(called, slopes, strict=True) if slope is not None]
    return {names[layer]: layer for layer in used}


def _read(path: Path, part: str, layers: dict[str, nn.Module]) -> dict[str, Tensor]:
    """The weights of one graph by their full names; `part` is what these begin with."""
    graph, constants = open_graph(path)
    stored = _stored_layers(graph.node, constants)
    kinds = dict.fromkeys([*map(type, layers.values()), *stored])
    expected = {kind: [n for n, layer in layers.items() if type(layer) is kind] for kind in kinds}
    for kind, names in expected.items():
        if len(names) != len(stored[kind]):
            count = f"{len(stored[kind])} layers {kind.__name__}, not {len(names)}"
            raise _other(path, f"it has {count}{_lost(names, stored[kind], part)}")
    weights: dict[str, Tensor] = {}
    origin: dict[str, str] = {}
    for kind, names in expected.items():
        for name, found in zip(names, stored[kind], strict=True):
            for which, wanted in layers[name].named_parameters(recurse=False):
                full, source = f"{name}.{which}", getattr(found, which)
                if source is None:
                    raise _other(path, f"it has no {full}")
                value = constants[source] if source else np.zeros(wanted.shape, np.float32)
                if which == "weight" and found.turned:
                    value = value.T
                if kind is nn.GroupNorm and value.shape[1:] == (1, 1):  # to multiply (B, C, H, W)
                    value = value[:, 0, 0]
                if value.shape != wanted.shape:
                    sizes = f"{list(value.shape)}, not {list(wanted.shape)}"
                    raise _other(path, f"its {full} is {sizes}")
                weights[full], origin[full] = torch.from_numpy(value.copy()), source
    for full, source in origin.items():
        # What several weights share has the name of one of them.
        own = _name(source, part)
        if origin.get(own, source) != source:
            raise _other(path, f"it has {own} in the place of {full}")
    return weights


def _lost(names: Sequence[str], stored: Sequence[_Stored], part: str) -> str:
    """Which layers may be missing where there are too few of a kind: those that name nothing."""
    kept = {_name(source, part) for one in stored for source in (one.weight, one.bias)}
    gone = [name for name in names if kept.isdisjoint((f"{name}.weight", f"{name}.bias"))]
    return f", and none is named {' or '.join(gone)}" if len(stored) < len(names) else ""


def _name(constant: str | None, part: str) -> str:
    """What a weight of a graph is called in the network, where it has kept its name."""
    return re.sub(r"^part\.", part, constant or "")


def open_graph(path: Path) -> tuple[GraphProto, Constants]:
    """A graph and what is constant in it, in float32. Raises TrainingError."""
    try:
        # From bytes, so that the graph cannot pull in files that were not verified.
        graph = onnx.load_model_from_string(path.read_bytes()).graph
        constants = {
            tensor.name: numpy_helper.to_array(tensor).astype(np.float32)
            for tensor in graph.initializer
            if tensor.data_type in (TensorProto.FLOAT, TensorProto.FLOAT16)
        }
    except Exception as error:  # protobuf's exceptions and onnx's share no public base class
        raise TrainingError(f"init: {path} cannot be read as a graph: {error}") from error
    for node in graph.node:
        if node.op_type == "Cast" and node.input and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
    return graph, constants


def _stored_layers(
    nodes: Sequence[NodeProto], constants: Container[str]
) -> dict[type[nn.Module], list[_Stored]]:
    """The layers of a graph by kind, in the order of its nodes."""
    users = defaultdict(list)
    for node in nodes:
        for name in node.input:
            users[name].append(node)

    def then(node: NodeProto, operator: str) -> NodeProto:
        """The node that goes on with this one's output; an empty one where none does."""
        found = [user for name in node.output for user in users[name]]
        return next((user for user in found if user.op_type == operator), NodeProto())

    def constant(inputs: Sequence[str]) -> str | None:
        return next((name for name in inputs if name in constants), None)

    layers: dict[type[nn.Module], list[_Stored]] = defaultdict(list)
    for node in nodes:
        weight = constant(node.input[1:2])
        bias = constant(node.input[2:3]) if len(node.input) > 2 else ""
        if node.op_type == "Conv":
            layers[nn.Conv2d].append(_Stored(weight, bias))
        elif node.op_type == "LayerNormalization":
            layers[nn.LayerNorm].append(_Stored(weight, bias))
        elif node.op_type == "Gemm":
            turned = not any(one.name == "transB" and one.i for one in node.attribute)
            layers[nn.Linear].append(_Stored(weight, bias, turned))
        elif node.op_type == "MatMul" and weight is not None:
            bias = constant(then(node, "Add").input)
            layers[nn.Linear].append(_Stored(weight, bias, turned=True))
        elif node.op_type == "InstanceNormalization":
            scale = then(then(node, "Reshape"), "Mul")
            shift = then(scale, "Add")
            layers[nn.GroupNorm].append(_Stored(constant(scale.input), constant(shift.input)))
    return layers


def _other(path: Path, what: str) -> TrainingError:
    return TrainingError(
        f"init: the network of {path.parent} has other sizes than [network] says, or is of "
        f"another release: {path.name}: {what}"
    )
