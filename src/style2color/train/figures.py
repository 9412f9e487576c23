"""Trains the figure reader and exports it: `python -m style2color.train.figures`.

On pages of one or several figures, of which it is known whose every pixel is, it learns to point
to the middle of the figure; and from pairs of drawings of one character, each as large as the page,
who is drawn: the two lie closer together than to the others of a batch (InfoNCE, van den Oord et
al. 2018). What the atelier knows of its characters, their hair, eyes, garments, it learns to tell
beside that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from style2color.data.atelier.figure import Who
from style2color.data.store import Store
from style2color.lines import dilate_divide
from style2color.nn.figures import SIDE, STRIDE, FigureReader
from style2color.reading.figures import squared
from style2color.reading.ink import clean_paper
from style2color.train.crowds import alone, crowd, framed, seen_in, two_drawn
from style2color.train.drawn import run_command
from style2color.train.kin import by_source
from style2color.train.precision import autocast
from style2color.train.small import Fitting, export_small, fit

Array8 = NDArray[np.uint8]
Rng = np.random.Generator

_PAGE = 288  # pixels on a side of the pages put together
_MET = 2000  # characters of the atelier from which it is known what they may be
_COUNTS = (0.35, 0.4, 0.15, 0.1)  # of the pages put together show 1, 2, 3, 4 figures


@dataclass(frozen=True)
class Options(Fitting):
    """How to train: a step has `batch` pages, of which the share `drawn` shows two figures of the
    atelier, of `characters` from `first_seed` on, and `pairs` of drawings of one character. The
    weights are those of the losses beside that of telling figures from ground; `mixed` of the
    batches have pairs of all sources."""

    batch: int = 8
    rate: float = 3e-3
    drawn: float = 0.35
    first_seed: int = 8_400_000
    characters: int = 1500
    pairs: int = 28
    mixed: float = 0.2
    way: float = 8.0
    who: float = 0.5
    facts: float = 0.5


class Batch(NamedTuple):
    """pages: (B, 1, S, S) float32 0..1. owners: (B, S / 2, S / 2) int64, whose a pixel is, 0 is
    ground. pairs: (2 · P, 1, S, S), sketches first, then references of the same characters. facts:
    (2 · P, F) int64, what is known of each, −1 where nothing is."""

    pages: Tensor
    owners: Tensor
    pairs: Tensor
    facts: Tensor


@cache
def vocabulary() -> dict[str, tuple[str, ...]]:
    """What the atelier knows of its characters, and what it may be."""
    found: dict[str, set[str]] = {}
    for seed in range(_MET):
        for fact, value in Who.sample(seed, 0).facts().items():
            found.setdefault(fact, set()).add(value)
    return {fact: tuple(sorted(values)) for fact, values in found.items()}


def facts_of(store: Store, row: int) -> list[int]:
    """What is known of who is drawn, in the order of `vocabulary`; −1 where nothing is."""
    known = vocabulary()
    source, _, name = store.rows[row].id.partition("/")
    if source != "atelier":
        return [-1] * len(known)
    facts = Who.sample(int(name.partition("-")[0]), 0).facts()
    return [values.index(facts[f]) if facts[f] in values else -1 for f, values in known.items()]


class Cast:
    """The drawings of stores that show one figure, and those of them that have kin."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self.single = [
            (store, [row for row in range(len(store)) if alone(store, row)]) for store in stores
        ]
        self.sources: list[tuple[Store, list[list[int]]]] = []
        for store, rows in self.single:
            free = set(rows)
            for source in by_source(store, rows):
                mine = set(source)
                kin = [
                    [n for n in character if n in free and n in mine]
                    for character in store.characters.values()
                ]
                kin = [rows for rows in kin if len(rows) > 1]
                if kin:
                    self.sources.append((store, kin))

    def page(self, options: Options, rng: Rng) -> tuple[Array8, Array8]:
        if rng.random() < options.drawn:
            drawn, owner = two_drawn(options.first_seed, options.characters, _PAGE, rng)
        else:
            count = 1 + int(rng.choice(len(_COUNTS), p=_COUNTS))
            drawn, owner = crowd(self.single, count, _PAGE, rng)
        lines = clean_paper(seen_in(drawn, rng))
        if rng.random() < 0.5:
            lines, owner = lines[:, ::-1], owner[:, ::-1]
        step = 2 * _PAGE // SIDE
        return np.ascontiguousarray(lines), owner[step // 2 :: step, step // 2 :: step]

    def pairs(self, options: Options, rng: Rng) -> list[tuple[Array8, Array8, list[int]]]:
        """Of one source, whose characters are drawn alike, or of all."""
        weight = np.sqrt([len(kin) for _, kin in self.sources])
        weight /= weight.sum()
        mixed = rng.random() < options.mixed
        one = int(rng.choice(len(weight), p=weight))
        found: list[tuple[Array8, Array8, list[int]]] = []
        met: set[tuple[int, int]] = set()
        for _ in range(4 * options.pairs):
            at = int(rng.choice(len(weight), p=weight)) if mixed else one
            store, kin = self.sources[at]
            who = int(rng.integers(len(kin)))
            if (at, who) in met:
                continue
            met.add((at, who))
            rows = rng.choice(kin[who], 2, replace=False).tolist()
            sketch, reference = (framed(store, row, rng) for row in rows)
            lines = clean_paper(seen_in(sketch, rng)), dilate_divide(reference.rgb)
            found.append((*lines, facts_of(store, rows[0])))
            if len(found) == options.pairs:
                break
        return found


def sample_batch(cast: Cast, options: Options, step: int) -> Batch:
    """The batch of a step, a pure function of its arguments, so that runs resume."""
    rng = np.random.default_rng((options.seed, step))
    pages, owners = zip(*(cast.page(options, rng) for _ in range(options.batch)), strict=True)
    sketches, references, facts = zip(*cast.pairs(options, rng), strict=True)
    return Batch(
        _planes(pages),
        torch.from_numpy(np.stack(owners)).long(),
        _planes(sketches + references),
        torch.tensor(facts + facts),
    )


def _planes(lines: Sequence[Array8]) -> Tensor:
    return torch.from_numpy(np.concatenate([squared(page)[0] for page in lines]))


def way_of(owners_BHW: Tensor) -> Tensor:
    """From every pixel to the middle of its figure, the mean of the figure's pixels, in sides of
    the page, down and right, (B, 2, H, W); 0 on the ground."""
    _, height, width = owners_BHW.shape
    down = (torch.arange(height) + 0.5) / height
    right = (torch.arange(width) + 0.5) / width
    at = torch.stack(torch.meshgrid(down, right, indexing="ij"))
    out = torch.zeros(len(owners_BHW), 2, height, width)
    for number in range(1, int(owners_BHW.max()) + 1):
        mine = (owners_BHW == number).float()[:, None]
        middle = (mine * at).sum((2, 3)) / mine.sum((2, 3)).clamp(min=1)
        out += mine * (middle[:, :, None, None] - at)
    return out


class Losses(NamedTuple):
    """Of telling figures from ground, of the way to their middles, of who is drawn and of what is
    known of them; and the share of sketches whose likest reference is of their character."""

    ground: Tensor
    way: Tensor
    who: Tensor
    facts: Tensor
    hit: Tensor


def losses(network: FigureReader, batch: Batch) -> Losses:
    lines = torch.cat([batch.pages, batch.pairs]).contiguous(memory_format=torch.channels_last)
    with autocast("cpu"):
        figure, way, who, facts = network.read(lines)
    pages, mine = len(batch.pages), batch.owners > 0
    ground = F.binary_cross_entropy_with_logits(figure[:pages], mine.float())
    apart = (way[:pages] - way_of(batch.owners)).abs().sum(1)
    # Every page counts the same, however small its figures are.
    missed = ((apart * mine).sum((1, 2)) / mine.sum((1, 2)).clamp(min=1)).mean()
    sketch, reference = who[pages:].chunk(2)
    alike = sketch @ reference.T
    right = torch.arange(len(alike))
    told = (F.cross_entropy(alike, right) + F.cross_entropy(alike.T, right)) / 2
    hit = (alike.argmax(1) == right).float().mean()
    return Losses(ground, missed, told, fact_loss(facts[pages:].float(), batch.facts), hit)


def fact_loss(said_NV: Tensor, facts_NF: Tensor) -> Tensor:
    """The mean cross-entropy of the facts that are known; 0 where none is."""
    sizes = [len(values) for values in vocabulary().values()]
    found = [
        F.cross_entropy(said, facts, ignore_index=-1, reduction="sum")
        for said, facts in zip(torch.split(said_NV, sizes, 1), facts_NF.unbind(1), strict=True)
    ]
    return torch.stack(found).sum() / (facts_NF >= 0).sum().clamp(min=1)


def loss_of(network: FigureReader, batch: Batch, options: Options) -> Tensor:
    """The loss on a `sample_batch`."""
    found = losses(network, batch)
    likeness = options.who * found.who + options.facts * found.facts
    return found.ground + options.way * found.way + likeness


def train(stores: list[Store], options: Options, out: Path) -> FigureReader:
    """Train from the last checkpoint in `out`, or from the start; returns the network in eval.
    Raises TrainingError as `small.fit`."""
    torch.manual_seed(options.seed)
    cast = Cast(stores)
    return fit(
        FigureReader(facts=sum(map(len, vocabulary().values()))),
        lambda step: sample_batch(cast, options, step),
        lambda network, batch: loss_of(network, batch, options),
        options,
        out / "figures.pt",
    )


def export(network: FigureReader, path: Path, notes: Mapping[str, str] | None = None) -> None:
    """Write the ONNX graph: `lines` (B, 1, H, W) → `figure` (B, H / 2, W / 2), `way`
    (B, 2, H / 2, W / 2) and `who` (B, 64), any multiples of 64."""
    export_small(network, path, ("lines", "figure", "way", "who"), STRIDE, notes, half=True)


def validate(
    network: FigureReader, stores: list[Store], options: Options, batches: int = 16
) -> dict[str, float]:
    """On fixed batches: pixels rightly told from ground, and how far they point beside the middle,
    in sides of the page; the share of sketches that find their character among the batch's."""
    cast, found = Cast(stores), []
    with torch.inference_mode():
        for index in range(batches):
            batch = sample_batch(cast, options, 1_000_000 + index)
            lost = losses(network, batch)
            figure = network.read(batch.pages)[0]
            right = ((figure > 0) == (batch.owners > 0)).float().mean()
            found.append((float(right), float(lost.way), float(lost.hit)))
    ground, way, who = np.mean(found, axis=0).tolist()
    return {"figure": ground, "beside the middle": way, "who": who}


def main(arguments: list[str] | None = None, usual: Options = Options()) -> None:
    """The command: train (or go on), validate on held-out drawings, export."""
    run_command("figures", __doc__, usual, train, validate, export, arguments, nameless=True)


if __name__ == "__main__":
    main()
