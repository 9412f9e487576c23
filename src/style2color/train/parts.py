"""Trains the part reader and exports it: `python -m style2color.train.parts`.

It learns from stores whose drawings know their regions, our own atelier's. A sample shows eyes from
near, what is around a hand or an ear, or half a figure: at work it looks at the whole page first,
and then at the eyes it found from near. Lines are drawn, extracted from the colours, and worn, as
in the other training.
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

from style2color.data.augment import random_lines, view_drawing, view_ids
from style2color.data.classes import CLASSES, FINE, NAME, UNKNOWN
from style2color.data.store import Store
from style2color.data.wear import wear
from style2color.nn.parts import PARTS, STRIDE, PartReader
from style2color.reading.ink import clean_paper
from style2color.train.drawn import run_command
from style2color.train.precision import autocast
from style2color.train.small import Fitting, export_small, fit

Array8 = NDArray[np.uint8]
Rng = np.random.Generator

_IRIS = CLASSES.index("iris")
_UNASKED = 255  # pixels whose class nobody knows
_INK = 0.3  # what a pixel under ink counts: regions end there, whatever is under it
_SKIN = PARTS.index("skin")
_SMALL = len(PARTS)  # the label of skin that is a hand's, an ear's or a foot's
_PRECIOUS = (1.0, 2.0, 2.0, 1.0, 1.0, 4.0)  # what a pixel of each of PARTS counts, and of these
_LABELS = np.zeros(256, np.uint8)
_LABELS[[CLASSES.index(part) for part in PARTS[1:]]] = range(1, len(PARTS))
_LABELS[UNKNOWN] = _UNASKED
_LABELS[FINE:] = _SMALL


@dataclass(frozen=True)
class Options(Fitting):
    """How to train, on squares of `crop` pixels: `near` of the samples show eyes from near, `fine`
    of the others a hand, an ear or a foot, and `extracted` of all have lines taken from their
    colours."""

    batch: int = 9
    crop: int = 256
    save_every: int = 100
    near: float = 0.4
    fine: float = 0.75
    extracted: float = 0.4


def sample(stores: list[Store], options: Options, rng: Rng) -> tuple[Array8, Array8]:
    """Lines (crop, crop), 255 = paper, and which of `PARTS` every pixel is; the number after theirs
    is skin of a hand, an ear or a foot, 255 unknown."""
    store = stores[rng.integers(len(stores))]
    row, side = int(rng.integers(len(store))), options.crop
    assert store.classes is not None
    classes = np.asarray(store.classes[row]) & np.uint8(FINE | NAME)
    view = _view(classes, store.box[row], options, rng)
    rgb, lines = view_drawing(np.asarray(store.rgb[row]), np.asarray(store.lines[row]), view, side)
    if rng.random() < options.extracted:
        lines = random_lines(rgb, rng)
    return clean_paper(wear(lines, rng)), _LABELS[view_ids(classes, view, side, 1)]


def _view(
    classes: Array8, box: NDArray[np.int32], options: Options, rng: Rng
) -> NDArray[np.float32]:
    """An affine map (2, 3) onto a part of the picture: eyes, a hand or an ear, or half a figure."""
    side = options.crop
    top, left, bottom, right = box.tolist()
    figure = max(bottom - top, right - left, 1)
    low, high = 0.45, 1.2  # of a figure: as a page shows its hands and ears
    rows, columns = np.nonzero(classes == _IRIS)
    if rows.size and rng.random() < options.near:
        apart = max(int(np.ptp(rows)), int(np.ptp(columns)), 8) / figure
        low, high = 1.1 * apart, max(0.8, 1.2 * apart)
    elif rng.random() < options.fine:
        rows, columns = np.nonzero(classes & FINE)
    else:
        rows = rows[:0]
    if rows.size:
        at = int(rng.integers(rows.size))
        y, x = float(rows[at]), float(columns[at])
        span = figure * math.exp(rng.uniform(math.log(low), math.log(high)))
    else:
        y, x = rng.uniform(top, bottom), rng.uniform(left, right)
        # From near there are boots and buckles too, and none of them is an eye.
        span = figure * (rng.uniform(0.5, 1.3) if rng.random() < 0.6 else rng.uniform(0.1, 0.4))
    y, x = (at + span * rng.uniform(-0.35, 0.35) for at in (y, x))
    scale = side / max(span, side / 6)
    angle = math.radians(rng.uniform(-20, 20)) if rng.random() < 0.5 else 0.0
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    turned = np.array([[flip * cosine, -sine], [flip * sine, cosine]])
    shift = side / 2 - turned @ (x, y)
    return np.concatenate([turned, shift[:, None]], 1).astype(np.float32)


def sample_batch(stores: list[Store], options: Options, step: int) -> tuple[Tensor, Tensor]:
    """The batch of a step, a pure function of its arguments, so that runs resume: lines
    (B, 1, crop, crop) float32 in 0..1 and the labels of `sample` (B, crop, crop) int64."""
    rng = np.random.default_rng((options.seed, step))
    lines, parts = zip(*(sample(stores, options, rng) for _ in range(options.batch)), strict=True)
    return (
        torch.from_numpy(np.stack(lines))[:, None].float() / 255,
        torch.from_numpy(np.stack(parts)).long(),
    )


def part_loss(logits_BPHW: Tensor, parts_BHW: Tensor, lines_B1HW: Tensor) -> Tensor:
    """Cross-entropy; pixels of eyes, hands and ears count more, those under ink less, unknown ones
    not at all."""
    counts = logits_BPHW.new_tensor(_PRECIOUS, dtype=torch.float32)
    known = parts_BHW != _UNASKED
    wanted = torch.where(parts_BHW == _SMALL, _SKIN, parts_BHW)
    miss = (
        F.cross_entropy(logits_BPHW.float(), wanted, reduction="none", ignore_index=_UNASKED)
        * counts[torch.where(known, parts_BHW, 0)]
    )
    weight = known * (_INK + (1 - _INK) * (lines_B1HW[:, 0] > 0.5))
    return (miss * weight).sum() / weight.sum().clamp(min=1)


def loss_of(network: PartReader, batch: tuple[Tensor, Tensor]) -> Tensor:
    """The loss on a `sample_batch`."""
    lines, parts = batch
    with autocast("cpu"):
        logits = network.logits(lines.contiguous(memory_format=torch.channels_last))
    return part_loss(logits, parts, lines)


def train(stores: list[Store], options: Options, out: Path) -> PartReader:
    """Train from the last checkpoint in `out`, or from the start; returns the network in eval.

    Raises:
        TrainingError: a loss that is not finite, or a checkpoint of other options.
    """
    torch.manual_seed(options.seed)
    return fit(
        PartReader(),
        lambda step: sample_batch(stores, options, step),
        loss_of,
        options,
        out / "parts.pt",
    )


def export(network: PartReader, path: Path, notes: Mapping[str, str] | None = None) -> None:
    """Write the ONNX graph: `lines` (B, 1, H, W) → `shares` (B, 5, H, W), any multiples of 32.

    `notes` become the graph's metadata (data, steps, F1 of the parts).
    """
    export_small(network, path, ("lines", "shares"), STRIDE, notes, half=True)


def validate(
    network: PartReader, stores: list[Store], options: Options, batches: int = 16
) -> dict[str, float]:
    """F1 of every part but the first, and how much of hands, ears and feet is read as skin, pixel
    by pixel beside the ink, on fixed batches, 0..1."""
    both, either, small = np.zeros(len(PARTS)), np.zeros(len(PARTS)), np.zeros(2)
    with torch.inference_mode():
        for index in range(batches):
            lines, parts = sample_batch(stores, options, 1_000_000 + index)
            asked = (parts != _UNASKED) & (lines[:, 0] > 0.5)
            found = network.logits(lines).argmax(1)
            fine = asked & (parts == _SMALL)
            small += int((fine & (found == _SKIN)).sum()), int(fine.sum())
            parts[parts == _SMALL] = _SKIN
            for part in range(1, len(PARTS)):
                mine, theirs = asked & (found == part), asked & (parts == part)
                both[part] += 2 * int((mine & theirs).sum())
                either[part] += int(mine.sum()) + int(theirs.sum())
    scores = {PARTS[n]: float(both[n] / max(either[n], 1)) for n in range(1, len(PARTS))}
    return scores | {"hands and ears": float(small[0] / max(small[1], 1))}


def main(arguments: list[str] | None = None, usual: Options = Options()) -> None:
    """The command: train (or go on), validate on held-out drawings, export."""
    run_command("parts", __doc__, usual, train, validate, export, arguments)


if __name__ == "__main__":
    main()
