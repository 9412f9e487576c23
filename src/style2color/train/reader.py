"""Trains the line reader and exports it: `python -m style2color.train.reader`.

It goes on reading parts as it learned from `train.parts`, and learns beside that what is alike: a
region of a sketch should lie close, in its embedding, to those pixels of another drawing of the
character that have its colour, and far from the rest. Between strangers, whose colours say nothing,
like is what has the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from style2color.color import rgb_to_lab
from style2color.data.classes import UNKNOWN
from style2color.data.store import Store
from style2color.errors import DataError
from style2color.lines import dilate_divide
from style2color.nn.parts import STRIDE
from style2color.nn.reader import CELL, LineReader
from style2color.palette import is_ink
from style2color.reading.ink import clean_paper
from style2color.reading.regions import label_regions
from style2color.train import parts
from style2color.train.drawn import run_command
from style2color.train.kin import (
    Drawn,
    any_row,
    colors_of,
    drawn_at,
    in_company,
    lines_of,
    with_kin,
)
from style2color.train.precision import autocast
from style2color.train.small import export_small, fit

Rng = np.random.Generator

_MOST = 64  # regions of a sketch, the largest
_GAP = 2  # pixels; openings of lines that are closed
_ALIKE = 8.0  # ΔE at which colours are nearly one
_LEAST = 2e-3
_FEW = 1e-6
_NOWHERE = -1e4


@dataclass(frozen=True)
class Options(parts.Options):
    """How to train: in every step `pairs` of drawings beside the samples of parts, on squares of
    one of `sides` pixels; the share `strangers` of the pairs of named drawings are of two
    characters, and the share `nameless` of all come from stores without names. The references of
    the share `company` show somebody else beside. `likeness` is the weight of the pairs' loss."""

    batch: int = 6
    rate: float = 2e-3
    pairs: int = 4
    sides: tuple[int, ...] = (256, 288, 384)
    strangers: float = 0.2
    nameless: float = 0.4
    company: float = 0.3
    likeness: float = 0.5


class Pairs(NamedTuple):
    """Sketches and references, B of each.

    lines: (B, 2, S, S) float32 0..1, the sketch's and those taken from the reference. labels:
    (B, s, s) int64, the region of every fourth pixel, 1..R or 0. colors: (B, R, 3) and weight:
    (B, R), of the regions. found: (B, s, s, 3), of the reference. All in L*a*b*, float32. ink:
    (B, s, s) bool, of the reference. names: (B, R) and named: (B, s, s) int64, classes of the
    regions and of the reference. stranger: (B,) bool.
    """

    lines: Tensor
    labels: Tensor
    colors: Tensor
    weight: Tensor
    found: Tensor
    ink: Tensor
    names: Tensor
    named: Tensor
    stranger: Tensor


Batch = tuple[Tensor, Tensor, Pairs]


class Kin:
    """The drawings of a store that have kin, by their sources."""

    def __init__(self, store: Store) -> None:
        self.store, self.rows = store, with_kin(store)

    def pair(self, side: int, stranger: bool, company: float, rng: Rng) -> tuple[Drawn, Drawn]:
        """A sketch and a reference on squares of ``side`` pixels."""
        row = any_row(self.rows, rng)
        kin = [n for n in self.store.characters[self.store.rows[row].character] if n != row]
        other = int(rng.integers(len(self.store))) if stranger else kin[rng.integers(len(kin))]
        sketch = drawn_at(self.store, row, side)
        if rng.random() >= company:
            return sketch, drawn_at(self.store, other, side)
        return sketch, in_company(self.store, other, side, rng)


def sample_pairs(kin: Sequence[Kin], options: Options, rng: Rng) -> Pairs:
    """One batch of pairs. Raises DataError where no drawing has kin."""
    known = [one for one in kin if one.rows and one.store.classes is not None]
    nameless = [one for one in kin if one.rows and one.store.classes is None]
    if not known + nameless:
        raise DataError("no character of these stores is drawn twice")
    side = int(rng.choice(options.sides))
    made: list[list[NDArray[np.generic]]] = []
    while len(made) < options.pairs:
        named = bool(known) and (not nameless or rng.random() >= options.nameless)
        some = known if named else nameless
        one = some[rng.integers(len(some))]
        stranger = named and bool(rng.random() < options.strangers)
        pair = _compared(*one.pair(side, stranger, options.company, rng), stranger, rng)
        if pair is not None:
            made.append(pair)
    return Pairs(*(torch.from_numpy(np.stack(values)) for values in zip(*made, strict=True)))


def _compared(
    sketch: Drawn, reference: Drawn, stranger: bool, rng: Rng
) -> list[NDArray[np.generic]] | None:
    """A pair as `Pairs` has it, without the first axis; None where there is one region alone."""
    lines = clean_paper(lines_of(sketch, rng))
    regions = label_regions(lines, gap=_GAP)
    count = min(regions.count, _MOST)
    if count < 2:
        return None
    _, main, seen = colors_of(regions, sketch, count)
    colors, weight = np.zeros((_MOST, 3), np.float32), np.zeros(_MOST, np.float32)
    colors[:count] = rgb_to_lab(np.rint(main).astype(np.uint8))
    weight[:count] = np.sqrt(seen)
    names = np.zeros(_MOST, np.int64)
    if sketch.names is not None:
        kept = regions.free & (regions.labels > 0) & (regions.labels <= count)
        keys = (regions.labels[kept].astype(np.intp) - 1) * 32 + sketch.names[kept]
        names[:count] = np.bincount(keys, minlength=count * 32).reshape(count, 32).argmax(1)
    cell = np.s_[CELL // 2 :: CELL, CELL // 2 :: CELL]
    labels = np.where(regions.labels <= count, regions.labels, 0)[cell].astype(np.int64)
    rgb = reference.rgb
    taken, ink = dilate_divide(rgb), is_ink(np.ascontiguousarray(rgb.transpose(2, 0, 1)))[cell]
    found = rgb_to_lab(np.ascontiguousarray(rgb[cell])).astype(np.float32)
    named = np.zeros(ink.shape, np.int64)
    if reference.names is not None:
        named = reference.names[cell].astype(np.int64)
    if rng.random() < 0.5:
        lines, labels = lines[:, ::-1], labels[:, ::-1]
    if rng.random() < 0.5:
        taken, found, ink, named = taken[:, ::-1], found[:, ::-1], ink[:, ::-1], named[:, ::-1]
    both = np.stack([lines, taken]).astype(np.float32) / np.float32(255)
    return [both, labels, colors, weight, found, ink, names, named, np.array(stranger)]


def sample_batch(kin: Sequence[Kin], options: Options, step: int) -> Batch:
    """The batch of a step, a pure function of its arguments, so that runs resume: that of
    `parts.sample_batch`, of the stores with names, and pairs of all."""
    rng = np.random.default_rng((options.seed, step, 1))
    pairs = sample_pairs(kin, options, rng)
    return *parts.sample_batch(_named(kin), options, step), pairs


def _named(kin: Sequence[Kin]) -> list[Store]:
    return [one.store for one in kin if one.store.classes is not None]


def likeness_loss(embedding_B2EHW: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
    """How little the regions of sketches see what they should: the mean of −log of the chance that
    a pixel of the reference, drawn by its likeness to a region, has its colour, or its name between
    strangers; and that chance. Both are weighted by the roots of the areas.

    embedding: (B, 2, E, s, s) float32. A region is the mean of its pixels, as long as they are.
    Pixels under ink are none, and regions whose colour the reference lacks count as little.
    """
    size = embedding_B2EHW.shape[0], embedding_B2EHW.shape[2], -1
    own, other = (embedding_B2EHW[:, n].reshape(size) for n in (0, 1))
    held = F.one_hot(pairs.labels.flatten(1), pairs.weight.shape[1] + 1)[..., 1:].float()
    length = other[:, :, :1].norm(dim=1, keepdim=True)
    regions = F.normalize(torch.einsum("bpr,bep->bre", held, own), dim=-1) * length
    free = ~pairs.ink.flatten(1)[:, None]
    chance = (regions @ other).masked_fill(~free, _NOWHERE).softmax(-1)
    apart = torch.cdist(pairs.colors, pairs.found.flatten(1, 2)).square()
    alike = torch.exp(-apart / (2 * _ALIKE**2))
    same = (pairs.names[:, :, None] == pairs.named.flatten(1)[:, None]) & (
        pairs.names[:, :, None] != UNKNOWN
    )
    right = torch.where(pairs.stranger[:, None, None], same.float(), alike) * free
    weight = pairs.weight * (held.sum(1) > 0) * right.amax(-1)
    weight = weight / weight.sum(1, keepdim=True).clamp(min=_FEW)
    hit = (chance * right).sum(-1)
    each = weight / len(weight)
    return -(each * (hit + _LEAST).log()).sum(), (each * hit).sum()


def embedded(network: LineReader, pairs: Pairs) -> Tensor:
    """The embedding of both sides of pairs, (B, 2, E, s, s)."""
    lines = pairs.lines.flatten(0, 1)[:, None].contiguous(memory_format=torch.channels_last)
    with autocast("cpu"):
        _, found = network.read(lines)
    return found.reshape(-1, 2, *found.shape[1:])


def loss_of(network: LineReader, batch: Batch, options: Options) -> Tensor:
    """The loss on a `sample_batch`."""
    lines, wanted, pairs = batch
    missed, _ = likeness_loss(embedded(network, pairs), pairs)
    return parts.loss_of(network, (lines, wanted)) + options.likeness * missed


def train(stores: list[Store], options: Options, out: Path) -> LineReader:
    """Train from the last checkpoint in `out`, or from the start; returns the network in eval.

    Raises TrainingError as `small.fit`, and DataError where no drawing has kin.
    """
    torch.manual_seed(options.seed)
    kin = [Kin(store) for store in stores]
    return fit(
        LineReader(),
        lambda step: sample_batch(kin, options, step),
        lambda network, batch: loss_of(network, batch, options),
        options,
        out / "reader.pt",
    )


def export(network: LineReader, path: Path, notes: Mapping[str, str] | None = None) -> None:
    """Write the ONNX graph, which takes the place of the part reader's: `lines` (B, 1, H, W) →
    `shares` (B, 5, H, W) and `embedding` (B, 32, H / 4, W / 4), any multiples of 32."""
    path = path.with_name("parts.onnx")
    export_small(network, path, ("lines", "shares", "embedding"), STRIDE, notes, half=True)


def validate(
    network: LineReader, stores: list[Store], options: Options, batches: int = 16
) -> dict[str, float]:
    """What `parts.validate` says, and the mean chance of `likeness_loss`, 0..1."""
    hits, kin = [], [Kin(store) for store in stores]
    with torch.inference_mode():
        for index in range(batches):
            rng = np.random.default_rng((options.seed, 1_000_000 + index, 1))
            pairs = sample_pairs(kin, options, rng)
            hits.append(float(likeness_loss(embedded(network, pairs), pairs)[1]))
    return parts.validate(network, _named(kin), options, batches) | {"alike": float(np.mean(hits))}


def main(arguments: list[str] | None = None, usual: Options = Options()) -> None:
    """The command: train (or go on), validate on held-out drawings, export."""
    run_command("reader", __doc__, usual, train, validate, export, arguments, nameless=True)


if __name__ == "__main__":
    main()
