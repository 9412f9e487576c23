"""Set distances of a run: features of every picture are kept by split, lines and painter.

Named by their backbone: `fd_lite0`, `fd_vgg16`, and `fid` only with the standard Inception weights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from style2color.errors import ModelError
from style2color.evaluate.metrics.backbones import (
    LITE0_FILE,
    VGG16_FILE,
    Backbone,
    Vgg16,
    load_lite0,
    load_vgg16,
)
from style2color.evaluate.metrics.distribution import ENOUGH, frechet_distance, kernel_distance
from style2color.evaluate.metrics.inception import load_inception
from style2color.evaluate.splits import Case

Array8 = NDArray[np.uint8]
Row = NDArray[np.float64]
_TARGET = ""  # no painter has an empty name


@dataclass(frozen=True)
class SetDistance:
    """How far a painter's pictures as a set are from the targets, over all sources of a split.

    enough: at least 2,048 pictures; below, the Fréchet distance says little and the KID (mean and
    deviation over subsets) is the one to quote.
    """

    split: str
    kind: str
    painter: str
    backbone: str
    frechet: float
    kid: float
    kid_deviation: float
    pictures: int
    enough: bool


class Sets:
    """Collects features while a run goes on. vgg: also serves the perceptual distance."""

    def __init__(self, vgg: Vgg16 | None, others: Sequence[Backbone] = ()) -> None:
        self._vgg = vgg
        self._others = others
        self._rows: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)

    def stages(self, picture: Array8) -> list[Tensor] | None:
        """VGG16's maps of a picture, None without VGG16."""
        return None if self._vgg is None else self._vgg.stages(picture)

    def add_target(self, case: Case, stages: list[Tensor] | None) -> None:
        """Count the case's target to the set that painters are compared with."""
        self._add(case, _TARGET, case.target, stages)

    def add(self, case: Case, painter: str, painted: Array8, stages: list[Tensor] | None) -> None:
        """Count a painter's picture, uint8 (S, S, 3), with its `stages`."""
        self._add(case, painter, painted, stages)

    def distances(self) -> list[SetDistance]:
        """Every painter against the targets; sets of fewer than two pictures are left out."""
        found = []
        for (split, kind, painter, backbone), rows in self._rows.items():
            targets = self._rows[split, kind, _TARGET, backbone]
            if painter == _TARGET or min(len(rows), len(targets)) < 2:
                continue
            mine, theirs = np.stack(rows), np.stack(targets)
            kid, deviation = kernel_distance(mine, theirs)
            distance = frechet_distance(mine, theirs)
            count = min(len(rows), len(targets))
            found.append(
                SetDistance(
                    split, kind, painter, backbone, distance, kid, deviation, count, count >= ENOUGH
                )
            )
        return found

    def _add(self, case: Case, painter: str, picture: Array8, stages: list[Tensor] | None) -> None:
        if stages is not None and self._vgg is not None:
            row = stages[-1].mean((2, 3))[0].double().numpy()
            self._rows[case.split, case.kind, painter, self._vgg.name].append(row)
        for backbone in self._others:
            row = backbone.features(picture)[0]
            self._rows[case.split, case.kind, painter, backbone.name].append(row)


def load_sets(weights: Path | None, inception: Path | None) -> Sets | None:
    """The backbones whose weights are there; None where neither argument is given.

    weights: a folder with one or both of the files named in `backbones.py`. inception: the
    standard Inception file.

    Raises:
        ModelError: the folder has neither file, or a file is damaged or another network's.
    """
    if weights is None and inception is None:
        return None
    vgg: Vgg16 | None = None
    others: list[Backbone] = []
    if weights is not None:
        if (weights / VGG16_FILE).is_file():
            vgg = load_vgg16(weights / VGG16_FILE)
        if (weights / LITE0_FILE).is_file():
            others.append(load_lite0(weights / LITE0_FILE))
        if vgg is None and not others:
            raise ModelError(f"{weights} has neither {VGG16_FILE} nor {LITE0_FILE}")
    if inception is not None:
        others.append(load_inception(inception))
    return Sets(vgg, others)
