"""The perceptual loss of the preset studio: distance of VGG features, for training only.

The distance is that of Zhang et al. 2018 ("The unreasonable effectiveness of deep features as a
perceptual metric") without their learned weights; `evaluate` reports the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.classifier import VGGClassifier

STAGES = 5
"""Of a VGG's convolutions, each at half the size of the one before."""


def stage_maps(trunk: Iterable[nn.Module], x_BCHW: Tensor, stages: int = STAGES) -> list[Tensor]:
    """The last map of each of a VGG's first stages; what comes after them is not computed.

    trunk: its layers in their order, with or without the last pooling; x_BCHW: as the first
    convolution expects it, sides from 2 to the power of stages − 1.
    """
    maps = []
    for layer in trunk:
        if isinstance(layer, nn.MaxPool2d):
            maps.append(x_BCHW)
            if len(maps) == stages:
                return maps
        x_BCHW = layer(x_BCHW)
    return [*maps, x_BCHW]


def shrunk(rgb_B3HW: Tensor, side: int) -> Tensor:
    """Pictures whose longer side is larger than this, averaged down to it."""
    size = max(rgb_B3HW.shape[-2:])
    if size <= side:
        return rgb_B3HW
    return F.interpolate(rgb_B3HW, scale_factor=side / size, mode="bilinear", antialias=True)


def feature_distance(first: Sequence[Tensor], second: Sequence[Tensor]) -> Tensor:
    """Distance of two batches by their maps (B, C, H, W) of every stage: (B,), 0 = equal.

    Unit length per position, squared difference, mean over positions, sum over stages.
    """
    pairs = zip(first, second, strict=True)
    unit = ((F.normalize(a, dim=1), F.normalize(b, dim=1)) for a, b in pairs)
    total: Tensor = torch.stack([((a - b) ** 2).sum(1).mean((1, 2)) for a, b in unit]).sum(0)
    return total


class PerceptualLoss:
    """Distance of paintings and targets in the eyes of a frozen VGG; no part of what is saved.

    side: pictures larger than this are first averaged down to it. What the loss costs grows with
    its square: at 64 pixels a forward and a backward pass take 3.8 G multiplications per sample.
    """

    def __init__(self, classifier: VGGClassifier, side: int) -> None:
        self.classifier, self.side = classifier, side

    def __call__(self, painted_B3HW: Tensor, target_B3HW: Tensor) -> Tensor:
        """RGB in 0..1 twice, sides from 16 → (B,), with a gradient for the first."""
        painted = self.stages(painted_B3HW)
        with torch.no_grad():
            target = self.stages(target_B3HW)
        return feature_distance(painted, target)

    def stages(self, rgb_B3HW: Tensor) -> list[Tensor]:
        """The last map of each of the five stages, float32."""
        rgb_B3HW = shrunk(rgb_B3HW, self.side)
        classifier = self.classifier.to(rgb_B3HW.device)
        maps = stage_maps(classifier.features, classifier.normalised(rgb_B3HW.float()))
        return [x.float() for x in maps]
