"""Held-out cases painted and measured: what transfer.py, ablations.py, carrying.py and
quantization.py share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from style2color.data.store import Store
from style2color.evaluate.drawings import Drawing, from_store
from style2color.evaluate.metrics import colour, structure
from style2color.evaluate.metrics.palette import paper_mask
from style2color.evaluate.obedience import Trial, make_trials
from style2color.evaluate.painters import Painter
from style2color.evaluate.splits import Case, make_cases
from style2color.model import Model
from style2color.palette import ENTRIES
from style2color.train.checkpoint import load_task
from style2color.train.export import Graph, graphs, rounded

SIDE = 256
LINES = ("soft", "binarized")


@dataclass(frozen=True, eq=False)
class TorchModel(Model):
    """The graphs of a studio run before their export, for the product's own runtime: the same
    answers, without the half minute that an export takes."""

    graphs: Mapping[str, Graph] = field(default_factory=dict)

    @classmethod
    def of_run(cls, run: Path) -> TorchModel:
        """The averaged weights of a run, rounded as they are shipped."""
        task, config, facts = load_task(run)
        return cls(
            folder=run,
            name=run.name,
            version="",
            size=max(stage.size for stage in config.stages),
            palette_entries=ENTRIES,
            default_palette=np.array(facts["default_palette"], np.uint8),
            sha256={},
            training_data=(),
            graphs={graph.name: graph for graph in graphs(rounded(task.network))},
        )

    def outputs(self, graph: str) -> tuple[str, ...]:
        return self.graphs[graph].outputs

    @torch.inference_mode()
    def run(
        self, graph: str, inputs: Mapping[str, NDArray[Any]], wanted: Sequence[str]
    ) -> list[NDArray[Any]]:
        own = self.graphs[graph]
        answers = own.module.eval()(*(torch.from_numpy(inputs[name]) for name in own.inputs))
        found = dict(zip(own.outputs, answers, strict=True))
        return [found[name].numpy() for name in wanted]


def held_out(store: Path, sources: Iterable[str] | None = None) -> list[Drawing]:
    """The drawings of a store at 256 pixels, of all sources or of some."""
    wanted = None if sources is None else sorted(sources)
    return from_store(Store.open(store), SIDE, wanted).found


@dataclass(frozen=True)
class HeldOut:
    """Held-out cases and trials, made once for all models."""

    store: Path
    limit: int
    sketches: int

    @cached_property
    def cases(self) -> dict[str, list[Case]]:
        """Cross-reference cases by kind of lines."""
        found = held_out(self.store)
        return {kind: make_cases(found, "cross", kind, self.limit, 0) for kind in LINES}

    @cached_property
    def trials(self) -> Sequence[Trial]:
        """Sketches with four references each."""
        found = held_out(self.store)
        return make_trials(found, sketches=self.sketches, kind="binarized", seed=0)


def measured(
    painter: Painter, cases: Iterable[Case]
) -> Iterator[tuple[Case, NDArray[np.uint8], dict[str, float]]]:
    """Every case, its painting, and the measures of `style2color evaluate` that take no time;
    ΔE00 and the chroma ratio inside the figure."""
    for case in cases:
        painted = painter.paint(case.lines, case.reference)
        inside = ~paper_mask(case.target)
        yield (
            case,
            painted,
            {
                "psnr": float(structure.psnr(painted, case.target)[0]),
                "ssim": float(structure.ssim(painted, case.target)[0]),
                "delta_e": float(colour.delta_e(painted, case.target, inside)[0]),
                "chroma": float(colour.chroma_ratio(painted, case.target, inside)[0]),
            },
        )
