"""What each part of the studio network's training brings: equal runs, several seeds, one table.

    python benchmarks/ablations.py configs/ablations.toml --store cache/held-288 --late 640

Every variant changes a field or two of the base configuration. With `--late N` the base is trained
once, as configured, and every variant goes on from its weights for N more samples; without, each is
trained from the beginning. A run that is complete in `--runs` is not repeated, so the call can be
stopped and goes on. Scored are the graphs that an export would write, run by the product's own
runtime, on cross-reference cases of held-out drawings as `style2color evaluate` makes them, and by
the N-references test; "untold %" is what the reference encoder's cells do not tell of what VGG16
sees.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from held import LINES, HeldOut, TorchModel, held_out, measured
from seeds import run_all, table
from style2color.evaluate.metrics.backbones import VGG16_FILE, Vgg16, load_vgg16, perceptual
from style2color.evaluate.metrics.lines import closed_regions, unevenness
from style2color.evaluate.models import OnnxPainter
from style2color.evaluate.obedience import run_trials
from style2color.palette import CELLS, letterbox
from style2color.train.config import JudgeOptions, TrainConfig, load_config
from style2color.train.distil import Distillation
from style2color.train.loop import train
from style2color.train.vgg import load_vgg

VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "base": {},
    "perceptual": {"losses": {"perceptual": 0.01}},
    "distilled": {"losses": {"distil": 1.0}, "judges": {"fit_pictures": 64}},
    "smoothness": {"losses": {"smoothness": 1.0}},
    "adversarial": {"losses": {"adversarial": 1.0}},
    "strangers, usage": {"data": {"strangers": 0.15}, "losses": {"usage": 0.03}},
    "strangers, no usage": {"data": {"strangers": 0.15}, "losses": {"usage": 0.0}},
    "no assignment": {"losses": {"assignment": 0.0}},
    "no region loss": {"losses": {"region": 0.0}},
    "no names": {"losses": {"names": 0.0}},
    "no guides": {"losses": {"guide1": 0.0, "guide2": 0.0}},
    "no recolouring": {"data": {"recolor": 0.0}},
    "no swaps": {"data": {"swap": 0.0}},
}
_TAUGHT = 160
"""Drawings for "untold %": half for the readout, half to judge it."""
_SLOWER = 0.25  # of the learning rate, for runs that go on from a trained start


def changed(base: TrainConfig, variant: dict[str, dict[str, Any]], seed: int) -> TrainConfig:
    """The base with some fields of its tables and the seed replaced."""
    tables = {name: replace(getattr(base, name), **fields) for name, fields in variant.items()}
    return replace(base, seed=seed, **tables)


def late(base: TrainConfig, start: Path, samples: int) -> TrainConfig:
    """The base for `samples` more from the weights in `start`, the critic from their first on."""
    return replace(
        base,
        init=str(start),
        lr=_SLOWER * base.lr,
        warmup=samples // 8,
        stages=(replace(base.stages[-1], samples=samples),),
        judges=replace(base.judges, adversarial_after=0),
    )


@dataclass(frozen=True)
class Judge(HeldOut):
    """Scores the models of runs."""

    vgg: Path

    @cached_property
    def seen(self) -> tuple[Vgg16, list[list[Tensor]]]:
        """VGG, and what it sees in the targets of the binarized cases."""
        vgg = load_vgg16(self.vgg / VGG16_FILE)
        return vgg, [vgg.stages(case.target) for case in self.cases["binarized"]]

    @cached_property
    def taught(self) -> tuple[Tensor, Tensor]:
        """Held-out drawings, (N, 3, 256, 256) in 0..1, and what the trunk of the distillation sees
        in them, (N, cells, 64), not standardised."""
        found = held_out(self.store)
        drawn = np.random.default_rng(0).permutation(len(found))[:_TAUGHT]
        pictures = torch.from_numpy(np.stack([letterbox(found[index].rgb) for index in drawn]))
        pictures = pictures.permute(0, 3, 1, 2).float() / 255
        classifier = load_vgg(self.vgg / VGG16_FILE, hint_dim=1, side=96)
        trunk = Distillation(classifier, cell_dim=1, side=JudgeOptions().distil_side)
        seen = torch.cat([trunk.features(one[None]) for one in pictures])
        return pictures, seen.flatten(2).transpose(1, 2)

    @torch.inference_mode()
    def untold(self, model: TorchModel) -> float:
        """Percent of the variance of the trunk's features that a linear readout of the encoder's
        cells misses, fitted to every second drawing and judged by the others."""
        pictures, wanted = self.taught
        side = round(wanted.shape[1] ** 0.5)
        encoder = model.graphs["reference"].module.part
        covers = torch.zeros(1, 1, CELLS, CELLS)
        cells = [torch.cat(encoder(one[None], covers)[-2:], 1) for one in pictures]
        seen = F.adaptive_avg_pool2d(torch.cat(cells), side).flatten(2).transpose(1, 2)
        return 100 * missed_by_readout(seen, wanted, np.arange(len(pictures)) % 2 == 0)

    def score(self, model: TorchModel) -> dict[str, float]:
        """Means over the cases, and the share of trials that obey."""
        painter, values = OnnxPainter(model), {}
        for kind in LINES:
            rows = list(measured(painter, self.cases[kind]))
            values[f"PSNR {kind}"] = np.mean([row["psnr"] for *_, row in rows])
            values[f"ΔE00 {kind}"] = np.mean([row["delta_e"] for *_, row in rows])
        # The last kind is binarized, whose lines give nothing away.
        values["chroma"] = np.nanmedian([row["chroma"] for *_, row in rows])
        vgg, targets = self.seen
        values["perceptual"] = np.mean(
            [perceptual(vgg.stages(p), t) for (_, p, _), t in zip(rows, targets, strict=True)]
        )
        by_pixels = OnnxPainter(model, regions=False)
        values["unevenness"] = np.nanmean(
            [
                unevenness(by_pixels.paint(case.lines, case.reference), closed_regions(case.lines))
                for case in self.cases["binarized"]
            ]
        )
        if self.sketches:
            values["obeys %"] = run_trials(painter, self.trials).percent.mean
        values["untold %"] = self.untold(model)
        return {name: float(value) for name, value in values.items()}


def missed_by_readout(seen: Tensor, wanted: Tensor, fitted: np.ndarray) -> float:
    """Share of variance of (N, P, F) that least squares on (N, P, C) and a constant miss; fitted,
    bool (N,), tells the pictures for the fit, the others are judged. Every feature counts alike."""
    rows = torch.cat((seen, torch.ones_like(seen[..., :1])), -1).double()
    own, other = torch.from_numpy(fitted), torch.from_numpy(~fitted)
    x, y = rows[own].flatten(0, 1), wanted[own].flatten(0, 1).double()
    readout = torch.linalg.lstsq(x, y, driver="gelsd").solution
    truth = wanted[other].flatten(0, 1).double()
    missed = truth - rows[other].flatten(0, 1) @ readout
    return float((missed.square().mean(0) / truth.var(0, correction=0)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--samples", type=int, default=0, help="instead of those configured")
    parser.add_argument("--late", type=int, default=0, metavar="SAMPLES")
    parser.add_argument("--limit", type=int, default=30, help="cases of each kind of lines")
    parser.add_argument("--sketches", type=int, default=16, help="0 for no N-references test")
    parser.add_argument("--vgg", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    base = load_config(given.config)
    if given.samples:
        base = replace(base, stages=(replace(base.stages[-1], samples=given.samples),))
    if given.late:
        start = given.runs / "start"
        train(base, start, quiet=True)
        base = late(base, start, given.late)
    judge = Judge(given.store, given.limit, given.sketches, given.vgg)

    def run(name: str, seed: int, folder: Path) -> dict[str, float]:
        train(changed(base, VARIANTS[name], seed), folder, quiet=True)
        return judge.score(TorchModel.of_run(folder))

    run_all(given.runs, given.variants, given.seeds, run)
    print(table(given.runs, given.variants, given.seeds))


if __name__ == "__main__":
    main()
