"""Trains the shader and exports it: `python -m style2color.train.shading`.

It learns from stores whose drawings know where their shadows and highlights lie, our own atelier's.
Where they lie depends on the light, which no line art shows: so pictures that are lit from the
right are mirrored, and the network knows one light alone, from the upper left. Painters who shade
nothing teach nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from style2color.data.atelier import light_of
from style2color.data.augment import random_lines, view_drawing, view_ids
from style2color.data.classes import LIT, SHADED
from style2color.data.store import Store
from style2color.data.wear import wear
from style2color.errors import DataError
from style2color.nn.shading import MARKS, STRIDE, Shader
from style2color.reading.ink import clean_paper
from style2color.train.drawn import run_command
from style2color.train.precision import autocast
from style2color.train.small import Fitting, export_small, fit

Array8 = NDArray[np.uint8]
Rng = np.random.Generator

_INK = 0.3  # what a pixel under ink counts: nobody sees its shading


@dataclass(frozen=True)
class Options(Fitting):
    """How to train, on squares of `crop` pixels: `extracted` of the samples have lines taken from
    their colours."""

    batch: int = 9
    crop: int = 256
    save_every: int = 100
    extracted: float = 0.15


def sample(stores: list[Store], options: Options, rng: Rng) -> tuple[Array8, Array8]:
    """Lines (crop, crop), 255 = paper, and marks (2, crop, crop), 0 or 1, lit from the left."""
    store = stores[rng.integers(len(stores))]
    row, side = int(rng.integers(len(store))), options.crop
    assert store.classes is not None
    view = _view(store, row, side, rng)
    rgb, lines = view_drawing(np.asarray(store.rgb[row]), np.asarray(store.lines[row]), view, side)
    if rng.random() < options.extracted:
        lines = random_lines(rgb, rng)
    classes = view_ids(np.asarray(store.classes[row]), view, side, 0)
    marks = np.stack([(classes & bit) > 0 for bit in (SHADED, LIT)]).astype(np.uint8)
    return clean_paper(wear(lines, rng)), marks


def _view(store: Store, row: int, side: int, rng: Rng) -> NDArray[np.float32]:
    """An affine map (2, 3) onto most of a figure or a part of it, mirrored where the light comes
    from the right, hardly turned."""
    top, left, bottom, right = store.box[row].tolist()
    figure = max(bottom - top, right - left, 1)
    near = rng.random() < 0.4
    span = figure * (rng.uniform(0.3, 0.6) if near else rng.uniform(0.6, 1.25))
    roam = 0.5 if near else 0.2
    y, x = ((low + high) / 2 + (high - low) * rng.uniform(-roam, roam)
            for low, high in ((top, bottom), (left, right)))  # fmt: skip
    scale = side / span
    angle = math.radians(rng.uniform(-10, 10)) if rng.random() < 0.5 else 0.0
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    flip = -1.0 if _lit_from_right(store.rows[row].id) else 1.0
    turned = np.array([[flip * cosine, -sine], [flip * sine, cosine]])
    shift = side / 2 - turned @ (x, y)
    return np.concatenate([turned, shift[:, None]], 1).astype(np.float32)


def _lit_from_right(row: str) -> bool:
    """From the id of a drawing of the atelier, `atelier/SEED-SHOT`."""
    try:
        seed, shot = row.removeprefix("atelier/").rsplit("-", 1)
        return light_of(int(seed), int(shot))[0] > 0
    except ValueError as error:
        raise DataError(f"{row} is no drawing of the atelier, so its light is unknown") from error


def sample_batch(stores: list[Store], options: Options, step: int) -> tuple[Tensor, Tensor]:
    """The batch of a step, a pure function of its arguments, so that runs resume: lines
    (B, 1, crop, crop) float32 in 0..1 and marks (B, 2, crop, crop) float32, 0 or 1."""
    rng = np.random.default_rng((options.seed, step))
    lines, marks = zip(*(sample(stores, options, rng) for _ in range(options.batch)), strict=True)
    return (
        torch.from_numpy(np.stack(lines))[:, None].float() / 255,
        torch.from_numpy(np.stack(marks)).float(),
    )


def mark_loss(logits_B2HW: Tensor, marks_B2HW: Tensor, lines_B1HW: Tensor) -> Tensor:
    """Cross-entropy and Dice (Milletari et al. 2016) of the marks, over pictures that have some:
    the first says where they likely are, the second makes whole patches of them."""
    weight = _INK + (1 - _INK) * (lines_B1HW > 0.5).float()
    taken = marks_B2HW.amax((2, 3))
    logits = logits_B2HW.float()
    miss = F.binary_cross_entropy_with_logits(logits, marks_B2HW, reduction="none")
    entropy = (miss * weight).sum((2, 3)) / weight.sum((2, 3))
    share = torch.sigmoid(logits)
    both = (share * marks_B2HW * weight).sum((2, 3))
    either = ((share + marks_B2HW) * weight).sum((2, 3))
    dice = 1 - (2 * both + 1) / (either + 1)
    return ((entropy + 0.2 * dice) * taken).sum() / taken.sum().clamp(min=1)


def loss_of(network: Shader, batch: tuple[Tensor, Tensor]) -> Tensor:
    """The loss on a `sample_batch`."""
    lines, marks = batch
    with autocast("cpu"):
        logits = network(lines.contiguous(memory_format=torch.channels_last))
    return mark_loss(logits, marks, lines)


def train(stores: list[Store], options: Options, out: Path) -> Shader:
    """Train from the last checkpoint in `out`, or from the start; returns the network in eval.

    Raises:
        TrainingError: a loss that is not finite, or a checkpoint of other options.
    """
    torch.manual_seed(options.seed)
    return fit(
        Shader(),
        lambda step: sample_batch(stores, options, step),
        loss_of,
        options,
        out / "shading.pt",
    )


def export(network: Shader, path: Path, notes: Mapping[str, str] | None = None) -> None:
    """Write the ONNX graph: `lines` (B, 1, H, W) → `marks` (B, 2, H, W), any multiples of 32.

    `notes` become the graph's metadata (data, steps, F1 of the marks).
    """
    export_small(network, path, ("lines", "marks"), STRIDE, notes, half=True)


def validate(
    network: Shader, stores: list[Store], options: Options, batches: int = 16
) -> dict[str, float]:
    """F1 of both marks, pixel by pixel beside the ink, on fixed batches, 0..1; pictures without any
    take no part."""
    both, either = np.zeros(len(MARKS)), np.zeros(len(MARKS))
    with torch.inference_mode():
        for index in range(batches):
            lines, marks = sample_batch(stores, options, 1_000_000 + index)
            asked = (lines > 0.5) & (marks.amax((2, 3), keepdim=True) > 0)
            found, drawn = asked & (network(lines) > 0), asked & (marks > 0)
            both += 2 * (found & drawn).sum((0, 2, 3)).numpy()
            either += (found.sum((0, 2, 3)) + drawn.sum((0, 2, 3))).numpy()
    return {name: float(f1) for name, f1 in zip(MARKS, both / np.maximum(either, 1), strict=True)}


def main(arguments: list[str] | None = None, usual: Options = Options()) -> None:
    """The command: train (or go on), validate on held-out drawings, export."""
    run_command("shading", __doc__, usual, train, validate, export, arguments)


if __name__ == "__main__":
    main()
