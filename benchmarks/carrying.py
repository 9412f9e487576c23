"""How colours are carried over from the reference: one body, several ways in, equal runs.

    python benchmarks/carrying.py configs/ablations.toml --store cache/held-288
    python benchmarks/carrying.py configs/ablations.toml --sheet docs/images/carrying.webp

Every variant is the studio network's body on the same samples in the same order. They differ in
what of the reference reaches it (a style vector, memory cells, palette tokens) and in how a pixel
gets its colour: by pointing to a palette entry, or from an RGB head. All are painted pixel by
pixel, so that no vote of regions hides what the network knows, and scored alike. A run that is
complete in `--runs` is not repeated. With `--sheet` nothing is scored: every variant whose first
seed is there paints drawings of the atelier.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from held import LINES, HeldOut, measured
from seeds import run_all, run_folder, table
from style2color.data.stream import PAPER, SLOTS
from style2color.evaluate.drawings import FIRST_SEED
from style2color.evaluate.gallery import drawn_characters
from style2color.evaluate.obedience import run_trials
from style2color.image import save
from style2color.nn.blocks import ConvLayer, he_conv, to_picture
from style2color.nn.studio import (
    GEOMETRY,
    KINDS,
    PLACES,
    SEMANTIC,
    Painter,
    ReferenceEncoder,
    StudioConfig,
)
from style2color.palette import CELLS, extract_palette, letterbox
from style2color.reading.ink import shrink_lines
from style2color.train.batch import Batch
from style2color.train.checkpoint import WEIGHTS, load_weights
from style2color.train.config import TrainConfig, load_config
from style2color.train.loop import train
from style2color.train.objective import luma
from style2color.train.presets import judged_task
from style2color.train.tasks import Losses, Task, pixel_weight, sample_mean, wanted_entries

_GUIDE_WIDTH = 96


@dataclass(frozen=True)
class Ways:
    """What of the reference reaches the body, and how a pixel gets its colour."""

    style: bool = False
    """One vector, which scales and shifts every block on the right."""
    memory: bool = False
    """64 cells of the reference, which the middle layers look at."""
    tokens: bool = False
    """Palette entries, likewise."""
    points: bool = False
    """A pixel mixes the colours of the entries it points to; else it has an RGB head."""
    assignment: float = 0.1
    """Weight of that loss, for what points."""


ALL_LOSSES = "as shipped"
VARIANTS: dict[str, Ways | None] = {
    "style vector": Ways(style=True),
    "cross-attention": Ways(memory=True),
    "style + cross-attention": Ways(style=True, memory=True),
    "style + cross-attention + tokens": Ways(style=True, memory=True, tokens=True),
    "prototypes, L1 only": Ways(tokens=True, points=True, assignment=0.0),
    "prototypes": Ways(tokens=True, points=True),
    "prototypes + style + cross-attention": Ways(True, True, True, True),
    ALL_LOSSES: None,
}


class CarryingNet(nn.Module):
    """The studio network's body with some of its ways in closed."""

    def __init__(self, ways: Ways, config: StudioConfig) -> None:
        super().__init__()
        self.ways = ways
        self.reference = ReferenceEncoder(config)
        self.painter = Painter(config)
        self.to_rgb = he_conv(config.feature_dim, 3, 1, slope=1.0)
        self.rough = nn.Sequential(
            ConvLayer(2 * config.widths[-1], _GUIDE_WIDTH, 3),
            he_conv(_GUIDE_WIDTH, 16 * 3, 1, slope=1.0),
            nn.PixelShuffle(4),
        )

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Colours (B, 3, S/2, S/2) in 0..1, logits of the entries (B, K, S/2, S/2), and for the
        guides a grey (B, 1, S/4, S/4) and a coloured picture (B, 3, S/4, S/4)."""
        ways, painter = self.ways, self.painter
        pooled, style, memory, *_ = self.reference(batch.reference, batch.assignment)
        known = batch.has_reference[:, None]
        own = batch.kind[..., :1] * known[..., None]
        logits, _, _, features, words, before, after, _ = painter(
            batch.lines,
            batch.hints,
            batch.palette,
            batch.kind,
            batch.moments,
            batch.present * ways.tokens,
            pooled * own,
            style * known * ways.style,
            memory * known[..., None] * ways.memory,
        )
        grey = to_picture(painter.guide1(before))
        if not ways.points:
            return to_picture(self.to_rgb(features)), logits, grey, to_picture(self.rough(after))
        tokens = words[..., : painter.config.token_dim]
        entry = painter.point(painter.guide2(after), tokens, batch.present)
        flat, rough = (
            torch.einsum("bkhw,bkc->bchw", x.softmax(1), batch.palette) for x in (logits, entry)
        )
        return flat, logits, grey, rough


class CarryingTask(Task):
    """L1, the guides and, where pixels point, assignment, weighted as in the studio network."""

    network: CarryingNet

    def __init__(self, ways: Ways, config: TrainConfig) -> None:
        super().__init__()
        self.losses = replace(config.losses, assignment=ways.assignment if ways.points else 0.0)
        self.network = CarryingNet(ways, StudioConfig(**config.network))

    def paint(self, batch: Batch) -> Tensor:
        return F.interpolate(
            self.network(batch)[0], scale_factor=2, mode="bilinear", align_corners=False
        )

    def forward(self, batch: Batch) -> Losses:
        flat, logits, grey, rough = self.network(batch)
        target, weight = batch.target[:, :, ::2, ::2], pixel_weight(batch)[:, :, ::2, ::2]
        small = F.avg_pool2d(batch.target, 4)
        parts = {
            "guide1": (grey - luma(small)).abs().mean(),
            "guide2": (rough - small).abs().mean(),
        }
        if self.losses.assignment:
            wanted = wanted_entries(target, batch.palette, batch.present)
            surprise = -(wanted * logits.log_softmax(1)).sum(1, keepdim=True)
            parts["assignment"] = sample_mean(surprise, weight)
        l1 = sample_mean((flat - target).abs().mean(1, keepdim=True), weight)
        loss = l1 + sum(getattr(self.losses, name) * value for name, value in parts.items())
        return {"loss": loss, "l1": l1.detach(), **{k: v.detach() for k, v in parts.items()}}


def make_carrier(name: str, config: TrainConfig) -> Task:
    """The task of a variant, with fresh weights."""
    ways = VARIANTS[name]
    return judged_task(config) if ways is None else CarryingTask(ways, config)


class TaskPainter:
    """A task as the evaluation wants it: sketches at the size it was trained at, every pixel in
    the colour the network gives it, the ink multiplied on top."""

    def __init__(self, name: str, task: Task, size: int) -> None:
        self.name, self.task, self.size = name, task.eval(), size

    @classmethod
    def load(cls, name: str, run: Path, config: TrainConfig) -> TaskPainter:
        """The averaged weights of a finished run."""
        task = make_carrier(name, config)
        task.network.load_state_dict(load_weights(run))
        return cls(name, task, config.stages[-1].size)

    @torch.inference_mode()
    def paint(self, lines: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Square lines uint8 (S, S), a reference uint8 (h, w, 3) → uint8 (S, S, 3)."""
        small = self.task.paint(one_page(shrink_lines(lines, self.size), reference))
        painted = F.interpolate(small, lines.shape, mode="bilinear", align_corners=False)
        inked = painted[0].permute(1, 2, 0).numpy() * lines[..., None]
        return np.rint(inked.clip(0, 255)).astype(np.uint8)


def one_page(lines: np.ndarray, reference: np.ndarray) -> Batch:
    """A sketch uint8 (S, S) and a reference uint8 (h, w, 3) as a batch of one, with nothing of what
    only training knows."""
    palette = extract_palette(reference)
    own, half = len(palette), len(lines) // 2
    colors, moments = np.zeros((SLOTS, 3)), np.zeros((SLOTS, 5))
    kind, assignment = np.zeros(SLOTS, np.int64), np.zeros((SLOTS, CELLS, CELLS))
    colors[:own], moments[:own], assignment[:own] = (
        palette.colors,
        palette.moments,
        palette.assignment,
    )
    colors[own], kind[own] = 255, PAPER

    def one(array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32))[None]

    page, cells = torch.zeros(1, half, half), torch.zeros(1, 64, 64)
    return Batch(
        lines=one(lines[None] / 255),
        hints=torch.zeros(1, 4, *lines.shape),
        target=torch.zeros(1, 3, *lines.shape),
        free=torch.ones(1, 1, *lines.shape),
        reference=one(letterbox(reference).transpose(2, 0, 1) / 255),
        has_reference=torch.ones(1),
        stranger=torch.zeros(1),
        assignment=one(assignment),
        palette=one(colors / 255),
        kind=F.one_hot(torch.from_numpy(kind), KINDS).float()[None],
        moments=one(moments),
        present=(torch.arange(SLOTS) <= own).float()[None],
        labels=page.long(),
        geometry=torch.zeros(1, 1, GEOMETRY),
        region_present=torch.zeros(1, 1),
        placed=torch.zeros(1, 1, PLACES, SLOTS),
        classes=page.long(),
        lit=page[:, None],
        shaded=page[:, None],
        of_reference=cells.long(),
        entry_classes=torch.zeros(1, SLOTS, SEMANTIC),
    )


class Judge(HeldOut):
    """Scores what the variants paint."""

    def score(self, painter: TaskPainter) -> dict[str, float]:
        """Means over the cases, L1 in 255ths, and the share of trials that obey."""
        values = {}
        for kind in LINES:
            rows = list(measured(painter, self.cases[kind]))
            values[f"PSNR {kind}"] = np.mean([row["psnr"] for *_, row in rows])
            values[f"ΔE00 {kind}"] = np.mean([row["delta_e"] for *_, row in rows])
            off = [np.abs(painted.astype(float) - case.target).mean() for case, painted, _ in rows]
            values[f"L1 {kind}"] = np.mean(off)
        # The last kind is binarized, whose lines give nothing away.
        values["chroma"] = np.nanmedian([row["chroma"] for *_, row in rows])
        obeyed = run_trials(painter, self.trials)
        values |= {"obeys %": obeyed.percent.mean, "swap ΔE00": obeyed.swap.mean}
        return {name: float(value) for name, value in values.items()}


def sheet(painters: Sequence[TaskPainter], count: int, side: int) -> np.ndarray:
    """Drawings of the atelier in the colours of another drawing of the same figure, one a row:
    sketch, reference, what each paints, original; uint8 (H, W, 3)."""
    shots = drawn_characters(count, 256, FIRST_SEED)
    rows = []
    for drawing, other in zip(shots[::2], shots[1::2], strict=True):
        assert drawing.lines is not None  # the atelier has them
        lines = np.repeat(drawing.lines[..., None], 3, axis=2)
        painted = [painter.paint(drawing.lines, other.rgb) for painter in painters]
        rows.append(np.hstack([lines, other.rgb, *painted, drawing.rgb]))
    page = torch.from_numpy(np.vstack(rows)).permute(2, 0, 1)[None].float()
    small = F.interpolate(page, scale_factor=side / 256, mode="area")[0]
    return np.ascontiguousarray(small.permute(1, 2, 0).round().byte().numpy())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--store", type=Path, default=Path("cache/held-288"))
    parser.add_argument("--runs", type=Path, default=Path("runs/carrying"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--limit", type=int, default=30, help="cases of each kind of lines")
    parser.add_argument("--sketches", type=int, default=16, help="of the N-references test")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="paint, do not score")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    base = load_config(given.config)
    if given.sheet:
        runs = {name: run_folder(given.runs, name, given.seeds[0]) for name in given.variants}
        done = {name: run for name, run in runs.items() if (run / WEIGHTS).is_file()}
        painters = [TaskPainter.load(name, run, base) for name, run in done.items()]
        save(sheet(painters, 6, 128), given.sheet)
        return
    judge = Judge(given.store, given.limit, given.sketches)

    def run(name: str, seed: int, folder: Path) -> dict[str, float]:
        config = replace(base, seed=seed)
        train(config, folder, quiet=True, make=partial(make_carrier, name))
        return judge.score(TaskPainter.load(name, folder, config))

    run_all(given.runs, given.variants, given.seeds, run)
    print(table(given.runs, given.variants, given.seeds))


if __name__ == "__main__":
    main()
