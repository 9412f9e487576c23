"""Trains the learned line extractor and exports it: `python -m style2color.train.extractor`.

Three kinds of pairs; a batch of twelve holds six exact, four painted and two flat ones:

* *exact*: drawings that come with their line art (our own atelier, the chibi pack);
* *painted*: pictures without line art; the target is the agreement of XDoG and dilate-and-divide
  on an edge-preserving smoothing of the picture, which keeps contours and drops paint texture;
* *flat*: random patches of colour without ink, whose borders by XDoG are the lines.

The network never sees the picture the target was made from, but one with other colours, other
ink, cast shadows, noise and blur. So it has to learn what stays under all of these, the lines,
and cannot get by with a threshold on black. Share-alike packs never take part.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from style2color.data.atelier import draw
from style2color.data.disguise import disguise, flats, painted_target
from style2color.data.sources import pack_of, packs_folder, read_pack, split_of
from style2color.errors import DataError, UsageError
from style2color.lines import METHODS, extract
from style2color.nn.extractor import STRIDE, LineExtractor
from style2color.train.precision import autocast
from style2color.train.small import Batch, Fitting, export_small, fit

Array8 = NDArray[np.uint8]
Pair = tuple[Array8, Array8]

# Seeds of the atelier from here on are for validation.
HELD_OUT_SEED = 1_000_000_000


@dataclass(frozen=True)
class Options(Fitting):
    """How to train, on squares of `crop` pixels.

    `atelier` drawings of our own and the packs named `exact` come with their lines, the packs
    named `painted` without; `per_pack` pictures of each pack at most, longest side `size`.
    """

    crop: int = 128
    atelier: int = 900
    exact: tuple[str, ...] = ("chibi",)
    painted: tuple[str, ...] = ("duelyst", "openclipart", "gophers")
    per_pack: int = 500
    size: int = 352


@dataclass
class Pairs:
    """Pictures uint8 (H, W, 3) with their lines uint8 (H, W), by kind."""

    exact: list[Pair] = field(default_factory=list)
    painted: list[Pair] = field(default_factory=list)


def load_pairs(packs_dir: Path, options: Options, split: str = "train") -> Pairs:
    """The pairs of one side of the split, in memory.

    Raises:
        UsageError: an unknown pack, one that may not train what ships, or one given as exact
            that has no line art.
        DataError: a missing or damaged pack, or no pictures at all.
    """
    first = 0 if split == "train" else HELD_OUT_SEED
    drawings = (draw(first + i, options.size) for i in range(options.atelier))
    pairs = Pairs([(drawing.composite, drawing.line) for drawing in drawings])
    for name in (*options.exact, *options.painted):
        if not pack_of(name).ships:
            raise UsageError(f"pack {name} may not train weights that ship: leave it out")
        taken = 0
        for picture in read_pack(name, packs_dir, options.size):
            if split_of(picture) != split or min(picture.rgb.shape[:2]) < 48:
                continue
            if name not in options.exact:
                pairs.painted.append((picture.rgb, painted_target(picture.rgb)))
            elif picture.lines is None:
                raise UsageError(f"pack {name} has no line art: name it among the painted ones")
            else:
                pairs.exact.append((picture.rgb, picture.lines))
            taken += 1
            if taken == options.per_pack:
                break
    if not pairs.exact and not pairs.painted:
        raise DataError(f"no picture to train on in {packs_dir}")
    return pairs


def sample_batch(pairs: Pairs, options: Options, step: int) -> tuple[Tensor, Tensor]:
    """The batch of a step: a pure function of pairs, options and step, so that runs resume.

    Returns rgb (B, 3, crop, crop) and lines (B, 1, crop, crop), float32 in 0..1.
    """
    rng = np.random.default_rng((options.seed, step))
    kinds = [kind for kind in (pairs.exact, pairs.painted) if kind]
    pictures, targets = [], []
    for i in range(options.batch):
        kind = kinds[i % len(kinds)]
        if i % 6 == 5:
            rgb, lines = flats(rng, options.crop)
        else:
            rgb, lines = _crop(kind[rng.integers(len(kind))], rng, options.crop)
        pictures.append(disguise(rgb, lines, rng))
        targets.append(lines)
    rgb_B3HW = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    lines_B1HW = torch.from_numpy(np.stack(targets))[:, None].float() / 255
    return rgb_B3HW, lines_B1HW


def _crop(pair: Pair, rng: np.random.Generator, side: int) -> Pair:
    """A square of the picture, mirrored and turned at random; small pictures get paper around."""
    rgb, lines = pair
    for _ in range(4):
        scale = rng.uniform(0.75, 1.5)
        span = round(side / scale)
        top = int(rng.integers(0, max(1, lines.shape[0] - span + 1)))
        left = int(rng.integers(0, max(1, lines.shape[1] - span + 1)))
        part = rgb[top : top + span, left : left + span]
        ink = lines[top : top + span, left : left + span]
        if (ink < 128).mean() > 0.01:
            break
    below, right = span - ink.shape[0], span - ink.shape[1]
    way = cv2.INTER_AREA if span > side else cv2.INTER_CUBIC
    turns, mirror = int(rng.integers(4)), -1 if rng.random() < 0.5 else 1

    def fit(picture: Array8) -> Array8:
        white = (255, 255, 255)
        whole = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_CONSTANT, value=white)
        turned = np.rot90(cv2.resize(whole, (side, side), interpolation=way), turns)
        return np.ascontiguousarray(turned[:, ::mirror], np.uint8)

    return fit(part), fit(ink)


def line_loss(logits_B1HW: Tensor, lines_B1HW: Tensor) -> Tensor:
    """Cross-entropy with ink counted threefold, plus Dice (Milletari et al. 2016) for crispness."""
    ink = 1 - lines_B1HW
    entropy = F.binary_cross_entropy_with_logits(logits_B1HW, lines_B1HW, 1 + 2 * ink)
    found = torch.sigmoid(-logits_B1HW)
    overlap = 2 * (found * ink).sum() / (found.square().sum() + ink.square().sum() + 1)
    return entropy + 0.5 * (1 - overlap)


def train(pairs: Pairs, options: Options, out: Path) -> LineExtractor:
    """Trains from the last checkpoint in `out`, or from the start; returns the network in eval.

    Raises:
        TrainingError: a loss that is not finite, or a checkpoint of other options.
    """
    torch.manual_seed(options.seed)
    return fit(
        LineExtractor(),
        lambda step: sample_batch(pairs, options, step),
        _loss_of,
        options,
        out / "extractor.pt",
    )


def _loss_of(network: LineExtractor, batch: Batch) -> Tensor:
    rgb_B3HW, lines_B1HW = batch
    with autocast("cpu"):
        logits_B1HW = network.logits(rgb_B3HW.contiguous(memory_format=torch.channels_last))
    return line_loss(logits_B1HW.float(), lines_B1HW)


def validate(network: LineExtractor, pairs: Pairs, options: Options, batches: int = 8) -> float:
    """Mean loss over fixed batches of `pairs`, disguised alike each time."""
    losses = []
    with torch.inference_mode():
        for index in range(batches):
            rgb_B3HW, lines_B1HW = sample_batch(pairs, options, -1 - index & 0xFFFF)
            losses.append(line_loss(network.logits(rgb_B3HW), lines_B1HW).item())
    return float(np.mean(losses))


def agreement(found_HW: Array8, wanted_HW: Array8) -> float:
    """F1 of the ink (darker than 128) with one pixel of slack, 0..1; both uint8 (H, W)."""
    found, wanted = found_HW < 128, wanted_HW < 128
    near_found, near_wanted = (
        cv2.erode(lines, np.ones((3, 3), np.uint8)) < 128 for lines in (found_HW, wanted_HW)
    )
    precise = (found & near_wanted).sum() / max(1, found.sum())
    recalled = (wanted & near_found).sum() / max(1, wanted.sum())
    return float(2 * precise * recalled / max(1e-9, precise + recalled))


def compare(pairs: list[Pair]) -> dict[str, float]:
    """Mean agreement of every installed extractor with exact pairs."""
    scores: dict[str, float] = {}
    for method in METHODS:
        scores[method] = float(
            np.mean([agreement(extract(rgb, method), ink) for rgb, ink in pairs])
        )
    return scores


def export(network: LineExtractor, path: Path, notes: dict[str, str] | None = None) -> None:
    """Writes the ONNX graph: `rgb` (B, 3, H, W) → `lines` (B, 1, H, W), sizes dynamic.

    `notes` become the graph's metadata (data, steps, loss).
    """
    export_small(network, path, ("rgb", "lines"), STRIDE, notes)


def main(arguments: list[str] | None = None) -> None:
    """The command: train (or go on), validate on held-out pictures, export."""
    parser = argparse.ArgumentParser(prog="style2color.train.extractor", description=__doc__)
    parser.add_argument("--packs", type=Path, help="folder of the packs")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint and lines.onnx go here")
    parser.add_argument("--steps", type=int, default=Options.steps)
    parser.add_argument("--seed", type=int, default=Options.seed)
    parser.add_argument("--compare", action="store_true", help="only measure what is installed")
    given = parser.parse_args(arguments)
    options = Options(steps=given.steps, seed=given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    packs_dir = packs_folder(given.packs)
    if given.compare:
        few = replace(options, painted=(), atelier=100, per_pack=100)
        held_out = load_pairs(packs_dir, few, "held-out")
        print(compare(held_out.exact))
        return
    network = train(load_pairs(packs_dir, options), options, given.out)
    loss = validate(network, load_pairs(packs_dir, options, "held-out"), options)
    packs = (*options.exact, *options.painted)
    data = ", ".join(["atelier (our own)", *(f"{n} ({pack_of(n).licence})" for n in packs)])
    notes = {"data": data, "steps": str(options.steps), "held_out_loss": f"{loss:.4f}"}
    export(network, given.out / "lines.onnx", notes)
    print(f"held-out loss {loss:.4f}; wrote {given.out / 'lines.onnx'}", file=sys.stderr)


if __name__ == "__main__":
    main()
