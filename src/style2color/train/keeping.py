"""Goes on teaching a line reader its parts: `python -m style2color.train.keeping --init reader.pt`.

More drawings of the atelier teach a reader hands and ears, and alone they also unteach it what it
says on drawings of other hands, whose parts nobody has named. So there it is kept to what it said
when it began, and its embedding is kept everywhere (learning without forgetting, Li and Hoiem
2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.data.store import Store
from style2color.errors import TrainingError
from style2color.lines import dilate_divide
from style2color.nn.reader import LineReader
from style2color.reading.ink import clean_paper
from style2color.train import parts, reader
from style2color.train.drawn import run_command
from style2color.train.kin import any_row, by_source, drawn_at, lines_of
from style2color.train.precision import autocast
from style2color.train.small import fit, start_from

Rng = np.random.Generator
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Options(reader.Options):
    """How to train: in every step `kept` drawings on squares of one of `sides` pixels beside the
    samples of parts, the share `nameless` of them from stores without names, and the weight
    `keep` of how far the reader is from where it began there."""

    rate: float = 1e-3
    kept: int = 5
    nameless: float = 0.6
    keep: float = 2.0


class Drawings:
    """All drawings of a store, by their sources."""

    def __init__(self, store: Store) -> None:
        self.store, self.rows = store, by_source(store, range(len(store)))


def sample_kept(some: Sequence[Drawings], options: Options, rng: Rng) -> tuple[Tensor, Tensor]:
    """Lines of drawings, (B, 1, S, S) float32 in 0..1, as sketches and as references show them, and
    whether their parts have no names, (B,) bool."""
    named = [one for one in some if one.store.classes is not None]
    nameless = [one for one in some if one.store.classes is None] or named
    side = int(rng.choice(options.sides))
    lines, unknown = [], []
    for _ in range(options.kept):
        group = nameless if rng.random() < options.nameless else named
        one = group[rng.integers(len(group))]
        drawn = drawn_at(one.store, any_row(one.rows, rng), side)
        seen = clean_paper(lines_of(drawn, rng)) if rng.random() < 0.5 else dilate_divide(drawn.rgb)
        lines.append(seen[:, :: 1 if rng.random() < 0.5 else -1].astype(np.float32) / 255)
        unknown.append(drawn.classes is None)
    return torch.from_numpy(np.stack(lines))[:, None], torch.tensor(unknown)


def sample_batch(some: Sequence[Drawings], options: Options, step: int) -> Batch:
    """The batch of a step, a pure function of its arguments, so that runs resume: that of
    `parts.sample_batch`, of the stores with names, and `sample_kept` of all."""
    kept = sample_kept(some, options, np.random.default_rng((options.seed, step, 2)))
    named = [one.store for one in some if one.store.classes is not None]
    return *parts.sample_batch(named, options, step), *kept


def kept_loss(
    said: tuple[Tensor, Tensor], once: tuple[Tensor, Tensor], unknown_B: Tensor
) -> Tensor:
    """How far a reader is from what it once said, both as `LineReader.read` has it: the divergence
    of the parts where their names are unknown, in nats of a pixel, and half of the squared distance
    of embeddings of one length, 1 − cosine. Means over all pixels."""
    (now, vectors), (then, were) = said, once
    apart = F.kl_div(
        now.float().log_softmax(1), then.float().log_softmax(1), reduction="none", log_target=True
    ).sum(1)
    turned = 1 - F.cosine_similarity(vectors, were, dim=1)
    return (apart * unknown_B[:, None, None]).mean() + turned.mean()


def loss_of(network: LineReader, teacher: LineReader, batch: Batch, options: Options) -> Tensor:
    """The loss on a `sample_batch`."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()  # with the statistics of a batch nobody says what he said
    lines, wanted, drawings, unknown = batch
    drawings = drawings.contiguous(memory_format=torch.channels_last)
    with torch.no_grad(), autocast("cpu"):
        once = teacher.read(drawings)
    with autocast("cpu"):
        said = network.read(drawings)
    return parts.loss_of(network, (lines, wanted)) + options.keep * kept_loss(said, once, unknown)


def train(stores: list[Store], options: Options, out: Path) -> LineReader:
    """Train from the last checkpoint in `out`, or from `options.init`; returns the network in eval.

    Raises TrainingError as `small.fit`, and where there is no reader to keep to.
    """
    if not options.init:
        raise TrainingError("init: name the reader.pt of the run that goes on")
    torch.manual_seed(options.seed)
    some = [Drawings(store) for store in stores]
    teacher = LineReader()
    start_from(teacher, Path(options.init))
    teacher.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return fit(
        LineReader(),
        lambda step: sample_batch(some, options, step),
        lambda network, batch: loss_of(network, teacher, batch, options),
        options,
        out / "reader.pt",
    )


def main(arguments: list[str] | None = None, usual: Options = Options()) -> None:
    """The command: train (or go on), validate on held-out drawings, export."""
    run_command(
        "reader", __doc__, usual, train, reader.validate, reader.export, arguments, nameless=True
    )


if __name__ == "__main__":
    main()
