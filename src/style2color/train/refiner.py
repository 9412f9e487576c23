"""Trains the refiner and exports it: `python -m style2color.train.refiner`.

It learns from what a model says of drawings whose colours are known (`train.pairs`), packs and our
own atelier's: to give every region the colour it has, where the reference shows the same character;
and where it shows another, to keep to the reference's colours, as much of each as it has, and to
give hair one of its hair's, where both drawings know what is hair.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from style2color.color import squared_delta_e
from style2color.errors import UsageError
from style2color.nn.attention import ABSENT
from style2color.nn.refiner import VOTES, Refiner
from style2color.painting.voting import SHARPNESS
from style2color.train.export import Graph, export_graph
from style2color.train.pairs import Pair, collect, read_pairs
from style2color.train.small import Fitting, fit

Batch = dict[str, Tensor]

INPUTS = (
    *("votes", "placed", "looks", "touching", "area", "entries"),
    *("twins", "twin_entries", "twin_area", "region_present", "present"),
)
_MOST = 160  # regions of a sketch that are learned from, the largest
_ALIKE = 7.0  # ΔE at which colours are nearly one
_LOST = 20.0  # ΔE from every entry at which a region's colour tells nothing
_NEAR = 15.0  # ΔE at which colours of strangers pass for one
_FLOOR = 0.003  # squared error that no choice of colours mends: shadows and lines
_LEAST = 1e-3
_FEW = 0.05


@dataclass(frozen=True)
class Options(Fitting):
    """How to train. `error` is the weight of the picture's squared error (in dB) beside the
    regions' surprise; `early` that of the layers before the last; `usage`, `kept` and `roles` are
    those of a stranger's colours: how much of each, as before, and by class."""

    steps: int = 4000
    batch: int = 8
    rate: float = 3e-3
    error: float = 0.1
    early: float = 0.3
    usage: float = 1.5
    kept: float = 0.75
    roles: float = 0.5


def batch_of(pairs: Sequence[Pair], options: Options, step: int) -> Batch:
    """The batch of a step, a pure function of its arguments; see `stacked`."""
    rng = np.random.default_rng((options.seed, step))
    return stacked([pairs[n] for n in rng.integers(len(pairs), size=options.batch)])


def stacked(pairs: Sequence[Pair]) -> Batch:
    """Pairs of any sizes as one batch, float32: the inputs of the network, and what `pairs.pair_of`
    tells beside them; `apart` (B, R, K) is the squared ΔE of every entry to a region's colour."""
    made = []
    for pair in pairs:
        count = min(len(pair["area"]), _MOST)
        one = {name: values.astype(np.float32) for name, values in pair.items()}
        for name in _BY_REGION:
            one[name] = one[name][:count]
        one["touching"] = one["touching"][:, :count]
        one["region_present"] = np.ones(count, np.float32)
        one["present"] = np.ones(len(one["entries"]), np.float32)
        colors, wanted = pair["colors"], np.rint(one.pop("main")).astype(np.uint8)
        one["apart"] = squared_delta_e(wanted, colors).astype(np.float32)
        one["alike"] = np.exp(-squared_delta_e(colors, colors) / (2 * _NEAR**2))
        one["seen"] /= max(float(pair["seen"].sum()), 1.0)
        made.append(one)
    batch = {}
    for name in made[0]:
        sides = [max(side) for side in zip(*(one[name].shape for one in made), strict=True)]
        filled = np.zeros((len(made), *sides), np.float32)
        for number, one in enumerate(made):
            inside: tuple[int | slice, ...] = (number, *map(slice, one[name].shape))
            filled[inside] = one[name]
        batch[name] = torch.from_numpy(filled)
    return batch


_BY_REGION = (
    *("votes", "placed", "looks", "touching", "area"),
    *("teacher", "mean", "main", "seen", "fits", "fits_weight"),
)


def loss_of(network: Refiner, batch: Batch, options: Options) -> Tensor:
    """The loss on a batch of `stacked`."""
    *before, last = network.scores(*(batch[name] for name in INPUTS))
    loss = _loss(last, batch, options)
    for scores in before:
        loss = loss + options.early / len(before) * _loss(scores, batch, options)
    return loss.mean()


def _loss(scores: Tensor, batch: Batch, options: Options) -> Tensor:
    told = surprise(scores, batch) + options.error * error(scores, batch)
    kept, usage, roles = strange(scores, batch)
    untold = options.kept * kept + options.usage * usage + options.roles * roles
    return torch.where(batch["stranger"] > 0, untold, told)


def surprise(scores_BRK: Tensor, batch: Batch) -> Tensor:
    """How far the votes of the regions are from their colours, (B,), nats: the divergence from
    entries near the colour, by the roots of the areas. A colour the reference lacks tells less."""
    log_chance = (SHARPNESS * scores_BRK).log_softmax(-1)
    apart = batch["apart"] + (1 - batch["present"])[:, None] * -ABSENT
    wanted = (-apart / (2 * _ALIKE**2)).softmax(-1)
    missed = (wanted * ((wanted + 1e-9).log() - log_chance.clamp(min=-25))).sum(-1)
    told = torch.exp(-apart.min(-1).values / (2 * _LOST**2))
    return (weights(batch) * told * missed).sum(1)


def error(scores_BRK: Tensor, batch: Batch) -> Tensor:
    """The squared error of the page if regions get mixtures by their chances, (B,), in dB."""
    chance = (SHARPNESS * scores_BRK).softmax(-1)
    squared = ((chance @ batch["colors"] - batch["mean"]) / 255).square().mean(-1)
    return 10 * torch.log10((batch["seen"] * squared).sum(1) + _FLOOR)


def strange(scores_BRK: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Of references of other characters, each (B,), nats: how far the choices are from what they
    were without a refiner; the amounts of colours from those of the reference's figure; and
    regions from the colours of their classes, where these are known."""
    chance = (SHARPNESS * scores_BRK).softmax(-1)
    weight, alike = weights(batch), batch["alike"]
    # Twice as sure as it was: without a right answer to miss, a mixture is never better.
    before = (2 * SHARPNESS * _taught(batch)).softmax(-1)
    agreed = ((before @ alike).clamp(max=1) * chance).sum(-1)
    kept = -(weight * (agreed + _LEAST).log()).sum(1)
    wanted = batch["amounts"] / batch["amounts"].sum(1, keepdim=True).clamp(min=1e-6)
    used = (weight[:, None] @ chance)[:, 0] * (batch["amounts"] > 0)
    used = used / used.sum(1, keepdim=True).clamp(min=_LEAST)
    asked, found = ((share[:, None] @ alike)[:, 0] for share in (wanted, used))
    usage = (wanted * ((asked + _FEW).log() - (found + _FEW).log())).sum(1).clamp(min=0)
    fits = (chance * batch["fits"].clamp(max=1)).sum(-1)
    known = weight * batch["fits_weight"]
    roles = -(known * (fits + _LEAST).log()).sum(1) / known.sum(1).clamp(min=_FEW)
    return kept, usage, roles


def _taught(batch: Batch) -> Tensor:
    """The votes without a refiner, (B, R, K), of entries that are there."""
    return batch["teacher"] + ((1 - batch["present"]) * ABSENT)[:, None]


def weights(batch: Batch) -> Tensor:
    """What regions count, (B, R), sums to 1: the roots of their areas."""
    root = batch["area"].sqrt() * batch["region_present"]
    return root / root.sum(1, keepdim=True)


def train(pairs: Sequence[Pair], options: Options, out: Path) -> Refiner:
    """Train from the last checkpoint in `out`, or from the start; returns the network in eval.

    Raises TrainingError as `small.fit`.
    """
    torch.manual_seed(options.seed)
    return fit(
        Refiner(),
        partial(batch_of, pairs, options),
        partial(loss_of, options=options),
        options,
        out / "refiner.pt",
    )


def validate(network: Refiner, pairs: Sequence[Pair]) -> dict[str, float]:
    """Surprise of regions (nats) and error of pages (dB), before and after, where the reference is
    of the same character."""
    totals = np.zeros(4)
    own = [pair for pair in pairs if not pair["stranger"]]
    with torch.inference_mode():
        for first in range(0, len(own), 8):
            batch = stacked(own[first : first + 8])
            scores = network.scores(*(batch[name] for name in INPUTS))[-1]
            found = [f(s, batch).sum() for s in (_taught(batch), scores) for f in (surprise, error)]
            totals += [float(value) for value in found]
    names = ("surprise before", "error before", "surprise", "error")
    return dict(zip(names, (totals / max(len(own), 1)).tolist(), strict=True))


def graph(network: Refiner) -> Graph:
    """The ONNX graph with its example inputs; R regions, K entries, T regions of the reference."""
    random = torch.Generator().manual_seed(0)
    sizes = {"batch": 2, "regions": 7, "entries": 5, "twins": 6}
    axes: dict[str, tuple[str | int, ...]] = {
        "votes": ("regions", "entries", VOTES),
        "placed": ("regions", 2, "entries"),
        "looks": ("regions", network.looked + 6),
        "touching": ("regions", "regions"),
        "area": ("regions",),
        "entries": ("entries", 28),
        "twins": ("twins", network.looked),
        "twin_entries": ("twins", "entries"),
        "twin_area": ("twins",),
        "region_present": ("regions",),
        "present": ("entries",),
    }
    inputs, free = {}, {}
    for name, shape in axes.items():
        whole = ("batch", *shape)
        sides = [sizes[side] if isinstance(side, str) else side for side in whole]
        inputs[name] = torch.rand(*sides, generator=random)
        free[name] = {axis: side for axis, side in enumerate(whole) if isinstance(side, str)}
    return Graph("refiner", network, inputs, ("change",), free)


def export(network: Refiner, path: Path, notes: Mapping[str, str] | None = None) -> None:
    """Write the ONNX graph, `INPUTS` → `change` (B, R, K); `notes` become its metadata."""
    export_graph(graph(network), path, notes)


def main(arguments: list[str] | None = None, usual: Options = Options()) -> None:
    """The command: collect pairs (or go on), train (or go on), validate, export."""
    parser = argparse.ArgumentParser(prog="style2color.train.refiner", description=__doc__)
    parser.add_argument("--store", type=Path, action="append", default=[], help="several")
    parser.add_argument(
        "--pairs", type=Path, action="append", required=True, help="folders of pairs; several"
    )
    parser.add_argument(
        "--collect", type=int, default=0, help="pairs in the first of them, made from the stores"
    )
    parser.add_argument("--model", type=Path, help="whose votes they are; the embedded one's")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--held-out", type=Path, help="a folder of other pairs, to measure on")
    parser.add_argument(
        "--out",
        type=Path,
        help="checkpoint and graph go here; without it, pairs are collected only",
    )
    for name in ("steps", "seed", "rate"):
        value = getattr(usual, name)
        parser.add_argument(f"--{name}", type=type(value), default=value)
    parser.add_argument("--init", default=usual.init, help="refiner.pt of a run to go on from")
    parser.add_argument(
        "--boldness", type=float, default=1.0, help="how much surer the graph makes all votes"
    )
    given = parser.parse_args(arguments)
    if not given.collect and given.out is None:
        raise UsageError("give --collect, or --out, or both")
    if given.collect:
        if not given.store:
            raise UsageError("--collect needs at least one --store")
        first, count = given.pairs[0], given.collect
        collect(first, given.store, given.model, count, given.seed, workers=given.workers)
    if given.out is None:
        return
    options = replace(usual, steps=given.steps, seed=given.seed, rate=given.rate, init=given.init)
    pairs = [pair for folder in given.pairs for pair in read_pairs(folder)]
    given.out.mkdir(parents=True, exist_ok=True)
    network = train(pairs, options, given.out)
    network.boldness.fill_(given.boldness)
    notes = {"pairs": str(len(pairs)), "steps": str(options.steps)}
    if given.held_out:
        found = validate(network, read_pairs(given.held_out))
        notes |= {name: f"{value:.3f}" for name, value in found.items()}
        print(notes, file=sys.stderr)
    export(network, given.out / "refiner.onnx", notes)


if __name__ == "__main__":
    main()
