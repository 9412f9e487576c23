"""Trained studio weights → a model folder: three ONNX graphs, constants, checksums.

The graphs and their inputs and outputs are listed in docs/design.md.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.errors import TrainingError
from style2color.files import atomic_write
from style2color.nn.blocks import channel_softmax
from style2color.nn.sizes import GEOMETRY, KINDS, PLACES, StudioConfig
from style2color.nn.studio import StudioNet
from style2color.palette import CELLS, ENTRIES, REFERENCE_SIZE

FORMAT = 1
_OPSET = 18


@dataclass(frozen=True)
class Graph:
    """One ONNX graph: the module, example inputs, names, and which axes are free."""

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]
    free: dict[str, dict[int, str]]


class _First(nn.Module):
    """The first outputs of a part, without what only training needs."""

    def __init__(self, part: nn.Module, count: int) -> None:
        super().__init__()
        self.part, self.count = part, count

    def forward(self, first: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        outputs: tuple[Tensor, ...] = self.part(first, *rest)[: self.count]
        return outputs


class _Painter(nn.Module):
    """The painter at the sketch's full size, without the guides; with its own shadows and
    highlights where `marks`, and with shares of the semantic classes where `names`."""

    def __init__(self, net: StudioNet, marks: bool, names: bool) -> None:
        super().__init__()
        self.painter, self.marks, self.names = net.painter, marks, names

    def forward(self, lines: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        logits, dark, lit, features, tokens, _, _, names = self.painter(lines, *rest)
        out = [_doubled(logits)]
        if self.marks:
            out += _doubled(self.painter.shade(dark)), _doubled(self.painter.light(lit))
        out += features, tokens
        return (*out, channel_softmax(names.float())) if self.names else tuple(out)


def _doubled(x_BCHW: Tensor) -> Tensor:
    return F.interpolate(x_BCHW, scale_factor=2.0, mode="bilinear", align_corners=False)


def graphs(
    net: StudioNet,
    entries: int = 5,
    side: int = 64,
    regions: int = 7,
    *,
    marks: bool = True,
    names: bool = True,
) -> list[Graph]:
    """The three graphs with random example inputs of a small size.

    marks: the painter shades and lights; models that read that elsewhere do without. names: it
    names what it paints; models before 0.11 do not.
    """
    config: StudioConfig = net.config
    random = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random)

    k, present = entries, torch.ones(2, entries)
    kind = F.one_hot(torch.arange(k) % KINDS, KINDS).float().expand(2, k, KINDS).contiguous()
    memory_cells = (REFERENCE_SIZE // 32) ** 2
    assignment = noise(2, k, CELLS, CELLS).softmax(1)
    batch, many, height, width = "batch", "entries", "height", "width"
    page = {0: batch, 2: height, 3: width}
    table = {0: batch, 1: many}
    return [
        Graph(
            "reference",
            _First(net.reference, 3),
            {
                "reference": noise(2, 3, REFERENCE_SIZE, REFERENCE_SIZE),
                "assignment": assignment,
            },
            ("pooled", "style", "memory"),
            {"reference": {0: batch}, "assignment": table},
        ),
        Graph(
            "painter",
            _Painter(net, marks, names),
            {
                "lines": noise(2, 1, side, side + 32),
                "hints": noise(2, 4, side, side + 32),
                "palette": noise(2, k, 3),
                "kind": kind,
                "moments": noise(2, k, 5),
                "present": present,
                "pooled": noise(2, k, config.entry_dim),
                "style": noise(2, config.style_dim),
                "memory": noise(2, memory_cells, config.token_dim),
            },
            (
                *("logits", *(("shade", "light") if marks else ()), "features", "tokens"),
                *(("names",) if names else ()),
            ),
            {
                "lines": page,
                "hints": page,
                "palette": table,
                "kind": table,
                "moments": table,
                "present": table,
                "pooled": table,
                "style": {0: batch},
                "memory": {0: batch},
            },
        ),
        Graph(
            "regions",
            _First(net.regions, 1),
            {
                "pooled_regions": noise(2, regions, config.feature_dim),
                "geometry": noise(2, regions, GEOMETRY),
                "region_present": torch.ones(2, regions),
                "placed": noise(2, regions, PLACES, k),
                "tokens": noise(2, k, config.word_dim),
                "present": present,
            },
            ("region_logits",),
            {
                "pooled_regions": {0: batch, 1: "regions"},
                "geometry": {0: batch, 1: "regions"},
                "region_present": {0: batch, 1: "regions"},
                "placed": {0: batch, 1: "regions", 3: many},
                "tokens": table,
                "present": table,
            },
        ),
    ]


def rounded(net: StudioNet) -> StudioNet:
    """A copy whose large weights are exactly what half precision stores: the network as shipped."""
    copy = StudioNet(net.config)
    state = net.state_dict()
    copy.load_state_dict(
        {k: v.half().float() if v.is_floating_point() else v for k, v in state.items()}
    )
    return copy.eval()


def export_graph(graph: Graph, path: Path, notes: Mapping[str, str] | None = None) -> None:
    """Write one graph with free batch, size, entry and region axes; weights are stored in fp16.
    `notes` become its metadata.

    Half precision halves the file and costs nothing at run time: a Cast in front of every weight
    brings it back to float32 when the session is made.
    """
    dims = {
        name: torch.export.Dim(name, min=1) for name in ("batch", "entries", "regions", "twins")
    }
    # Sides are multiples of 32, which the halvings and the unshuffling rely on.
    for name in ("height", "width"):
        dims[name] = 32 * torch.export.Dim(f"_{name}", min=1, max=256)
    first, *rest = (
        {axis: dims[label] for axis, label in graph.free[name].items()} for name in graph.inputs
    )
    program = torch.onnx.export(
        graph.module.eval(),
        tuple(graph.inputs.values()),
        input_names=list(graph.inputs),
        output_names=list(graph.outputs),
        dynamic_shapes=(first, tuple(rest)),  # every module takes one input, then the others
        opset_version=_OPSET,
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise TrainingError(f"the graph {graph.name} could not be exported")
    model = program.model_proto
    store_half(model)
    strip_notes(model)
    onnx.helper.set_model_props(model, dict(notes or {}))
    onnx.checker.check_model(model)
    with atomic_write(path) as stream:
        stream.write(model.SerializeToString())


def strip_notes(model: onnx.ModelProto) -> None:
    """Take out what the exporter notes at every node, a tenth of the file: stack traces with the
    paths of the machine it ran on, among others."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""


def store_half(model: onnx.ModelProto) -> None:
    """Replace large float32 weights by float16 ones followed by a Cast."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 256:
            continue
        name = tensor.name
        half = numpy_helper.from_array(
            numpy_helper.to_array(tensor).astype(np.float16), f"{name}_half"
        )
        tensor.CopyFrom(half)
        casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    known = {tensor.name.removesuffix("_half") for tensor in model.graph.initializer}
    for info in [info for info in model.graph.value_info if info.name in known]:
        model.graph.value_info.remove(info)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])


def export_model(
    net: StudioNet,
    folder: Path,
    *,
    name: str,
    version: str,
    size: int,
    default_palette: NDArray[np.uint8] | Sequence[Sequence[int]],
    training_data: Sequence[dict[str, Any]],
    keep: Sequence[Path] = (),
) -> Path:
    """Write a model folder: the graphs, `model.json` with checksums; `keep` are files to add (the
    line extractor, the shader, the card). Returns the folder. Raises OutputError, TrainingError."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    shades = any(path.stem == "shading" for path in keep)
    for graph in graphs(rounded(net), marks=not shades):
        path = folder / f"{graph.name}.onnx"
        export_graph(graph, path)
        files.append(path)
    for path in keep:
        target = folder / path.name
        if path.resolve() != target.resolve():
            shutil.copyfile(path, target)
        files.append(target)
    facts = {
        "name": name,
        "version": version,
        "format": FORMAT,
        "size": size,
        "palette_entries": ENTRIES,
        "default_palette": np.asarray(default_palette).tolist(),
        "sha256": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
        "training_data": list(training_data),
    }
    with atomic_write(folder / "model.json") as stream:
        stream.write((json.dumps(facts, indent=1) + "\n").encode())
    return folder
