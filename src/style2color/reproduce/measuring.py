"""What a cell's pictures reach: per-picture measures and distances of the whole set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from style2color.errors import ModelError
from style2color.evaluate.metrics import colour, fsim, structure
from style2color.evaluate.metrics.backbones import (
    LITE0_FILE,
    VGG16_FILE,
    Backbone,
    load_lite0,
    load_vgg16,
)
from style2color.evaluate.metrics.distribution import frechet_distance, kernel_distance

Array8 = NDArray[np.uint8]

MEASURES = ("psnr", "ssim", "fsim", "delta_e")
"""Means over the held-out pictures; the first three are the paper's table 2."""
SETS = {"fd_lite0": "FD-Lite0", "fd_vgg16": "FD-VGG16"}
"""Set distances by the name of their features. None of them is an FID."""
SWAPPED = 32
"""Pictures that are painted a second time, with another picture's vector."""


@dataclass(frozen=True)
class Targets:
    """The held-out pictures, uint8 (N, S, S, 3), and what is computed of them once."""

    rgb: Array8
    structure: list[fsim.Features]
    rows: dict[str, NDArray[np.float64]]
    backbones: tuple[Backbone, ...]

    @classmethod
    def of(cls, rgb: Array8, backbones: tuple[Backbone, ...]) -> Targets:
        """Compute features of every target."""
        rows = {backbone.name: backbone.features(rgb) for backbone in backbones}
        return cls(rgb, [fsim.features(picture) for picture in rgb], rows, backbones)


def load_backbones(weights: Path) -> tuple[Backbone, ...]:
    """FD-VGG16 and FD-Lite0, whichever of their weights the folder has.

    Raises ModelError where VGG16 is missing (the paper's classifier needs it too) or damaged.
    """
    if not (weights / VGG16_FILE).is_file():
        raise ModelError(
            f"{weights} has no {VGG16_FILE}; name the folder of the weights with --weights"
        )
    found: list[Backbone] = [load_vgg16(weights / VGG16_FILE)]
    if (weights / LITE0_FILE).is_file():
        found.append(load_lite0(weights / LITE0_FILE))
    return tuple(found)


def measure(painted: Array8, targets: Targets) -> dict[str, Any]:
    """Every measure of a cell's pictures (N, S, S, 3) as plain values.

    means: measure → mean over pictures. sets: backbone → Fréchet distance and KID.
    """
    values = {
        "psnr": structure.psnr(painted, targets.rgb),
        "ssim": structure.ssim(painted, targets.rgb),
        "fsim": np.array(
            [
                fsim.compare(fsim.features(picture), of_target)[0]
                for picture, of_target in zip(painted, targets.structure, strict=True)
            ]
        ),
        "delta_e": colour.delta_e(painted, targets.rgb),
    }
    sets = {}
    for backbone in targets.backbones:
        mine, theirs = backbone.features(painted), targets.rows[backbone.name]
        sets[backbone.name] = {
            "frechet": frechet_distance(mine, theirs),
            "kid": kernel_distance(mine, theirs)[0],
        }
    return {"means": {name: float(found.mean()) for name, found in values.items()}, "sets": sets}


def effect_of_the_hint(own: Array8, other: Array8, target: Array8) -> dict[str, float]:
    """How much another picture's vector changes the painting, all (N, S, S, 3).

    swap: mean ΔE00 between the two paintings; 0 = the hint is ignored. psnr_lost: dB by which
    the painting with the other vector is further from the target.
    """
    lost = structure.psnr(own, target).mean() - structure.psnr(other, target).mean()
    return {"swap": float(colour.delta_e(own, other).mean()), "psnr_lost": float(lost)}
