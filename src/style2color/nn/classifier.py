"""The classifier V of section 2.2: a VGG whose first fully connected layer answers without ReLU.

V(r), signed and 4096 long, is the style hint of the generator and, through norm() of eq. 6, the
label of the discriminator. Where the paper is silent:
- "The fully connected layer" is the first (fc1), as in Style2Paints V1.
- V looks at the reference, never at the sketch. Pictures are resized to 224x224 and normalised
  inside, in the convention of the weights that were loaded.
- V is frozen: it is a label, not a loss, so no gradient passes through it.
- Its output is standardised unit by unit once `fit` has seen the data set (until then mean 0,
  deviation 1): unstandardised, most units are negative and eq. 6 would call them all "painted".
- Where no fully connected weights are at hand, pool5 is projected by a fixed random matrix, which
  keeps distances (Johnson and Lindenstrauss) and therefore styles apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.blocks import he_conv

Depth = Literal[16, 19]

CONVS_PER_STAGE: dict[Depth, tuple[int, ...]] = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
SIDE = 224
"""VGG's own side of a picture."""
_SHRINKS = 32  # five poolings
_PROJECTION_GRID = 3  # colour needs little place, and 512·3·3 ≥ 4096 keeps the projection injective
_TINY = 1e-6


@dataclass(frozen=True)
class InputConvention:
    """What the first convolution expects, in terms of RGB in 0..1."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr: bool


TORCHVISION = InputConvention((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), bgr=False)
CAFFE = InputConvention(
    (123.68 / 255, 116.779 / 255, 103.939 / 255), (1 / 255, 1 / 255, 1 / 255), bgr=True
)


class VGGClassifier(nn.Module):
    """Frozen VGG16/19 → signed style vector. `train.vgg.load_vgg` fills it from a file.

    `head="fc"` is VGG's first fully connected layer, "projection" a fixed random one on pool5.
    side: pictures are resized to this many pixels a side, a multiple of 32; VGG's own is 224.
    """

    def __init__(
        self,
        depth: Depth = 19,
        *,
        widths: tuple[int, ...] = (64, 128, 256, 512, 512),
        hint_dim: int = 4096,
        head: Literal["fc", "projection"] = "fc",
        seed: int = 0,
        convention: InputConvention = TORCHVISION,
        side: int = SIDE,
    ) -> None:
        super().__init__()
        if side % _SHRINKS or side < _PROJECTION_GRID * _SHRINKS:
            least = _PROJECTION_GRID * _SHRINKS
            raise ValueError(f"a classifier's side of {side}: take a multiple of 32 from {least}")
        self.side = side
        self.hint_dim = hint_dim
        self.convention = convention
        self.features = _trunk(depth, widths)
        self.grid = side // _SHRINKS if head == "fc" else _PROJECTION_GRID
        cells = widths[-1] * self.grid * self.grid
        self.fc: nn.Linear | None = nn.Linear(cells, hint_dim) if head == "fc" else None
        self.projection_VP: Tensor
        self.input_mean_3: Tensor
        self.input_std_3: Tensor
        self.hint_mean_V: Tensor
        self.hint_std_V: Tensor
        # Rebuilt from the seed rather than saved: it would double the size of a checkpoint.
        self.register_buffer(
            "projection_VP",
            signs(hint_dim, cells, seed) if head == "projection" else torch.empty(0),
            persistent=False,
        )
        self.register_buffer("input_mean_3", torch.tensor(convention.mean), persistent=False)
        self.register_buffer("input_std_3", torch.tensor(convention.std), persistent=False)
        self.register_buffer("hint_mean_V", torch.zeros(hint_dim))
        self.register_buffer("hint_std_V", torch.ones(hint_dim))
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> Self:
        """Stays in evaluation mode, whatever a training loop asks of the modules around it."""
        return super().train(False)

    @torch.no_grad()
    def raw(self, picture_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in 0..1, any size → (B, hint_dim) signed, not standardised."""
        return self.vector(picture_B3HW)

    def vector(self, picture_B3HW: Tensor) -> Tensor:
        """As `raw`, with gradients: for training a classifier, whose weights are then unfrozen."""
        features = self.features(self.normalised(resized(picture_B3HW, self.side)))
        pool5_BP = F.adaptive_avg_pool2d(features, self.grid).flatten(1)
        return F.linear(pool5_BP, self.projection_VP) if self.fc is None else self.fc(pool5_BP)

    def normalised(self, picture_B3HW: Tensor) -> Tensor:
        """RGB in 0..1 → what the first convolution expects, of the same shape."""
        x_B3HW = (picture_B3HW - self.input_mean_3[:, None, None]) / self.input_std_3[:, None, None]
        return x_B3HW.flip(1) if self.convention.bgr else x_B3HW

    @torch.no_grad()
    def forward(self, picture_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in 0..1 → (B, hint_dim) signed, standardised by the data set: V."""
        return (self.raw(picture_B3HW) - self.hint_mean_V) / self.hint_std_V

    @torch.no_grad()
    def fit(self, batches: Iterable[Tensor]) -> int:
        """Sets mean and deviation of every unit from batches (B, 3, H, W); returns their count.

        Units that never vary get deviation 1: they then stay at 0 instead of being blown up.
        """
        count = 0
        total_V = torch.zeros(self.hint_dim, dtype=torch.float64)
        squares_V = torch.zeros(self.hint_dim, dtype=torch.float64)
        for picture_B3HW in batches:
            raw_BV = self.raw(picture_B3HW).double().cpu()
            count += len(raw_BV)
            total_V += raw_BV.sum(0)
            squares_V += raw_BV.square().sum(0)
        if count < 2:
            raise ValueError("fitting the classifier's statistics needs at least two pictures")
        mean_V = total_V / count
        std_V = (squares_V / count - mean_V.square()).clamp_min(0).sqrt()
        self.hint_mean_V.copy_(mean_V)
        self.hint_std_V.copy_(torch.where(std_V > _TINY, std_V, torch.ones_like(std_V)))
        return count


class StudentClassifier(nn.Module):
    """A small network that learns to answer what a `VGGClassifier` answers, standardised.

    V of drawings varies along a few dozen directions only, so its units hang on a layer of `rank`:
    wired to the convolutions directly, they would hold most of the weights. Pictures are resized
    to `side`; every convolution but the first halves the map.
    """

    def __init__(
        self,
        hint_dim: int = 4096,
        *,
        widths: tuple[int, ...] = (16, 24, 32, 48),
        rank: int = 64,
        side: int = 48,
    ) -> None:
        super().__init__()
        self.hint_dim = hint_dim
        self.side = side
        layers: list[nn.Module] = []
        channels = 3
        for index, width in enumerate(widths):
            layers += [he_conv(channels, width, stride=2 if index else 1, slope=0.0), nn.ReLU()]
            channels = width
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Linear(channels * _PROJECTION_GRID**2, rank), nn.Linear(rank, hint_dim)
        )

    @torch.no_grad()
    def raw(self, picture_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in 0..1, any size → (B, hint_dim) signed."""
        return self.vector(picture_B3HW)

    def vector(self, picture_B3HW: Tensor) -> Tensor:
        """As `raw`, with gradients."""
        seen_BCHW = self.features(4 * resized(picture_B3HW, self.side) - 2)
        cells_BCHW = F.adaptive_avg_pool2d(seen_BCHW, _PROJECTION_GRID)
        vector_BV: Tensor = self.head(cells_BCHW.flatten(1))
        return vector_BV


def resized(picture_B3HW: Tensor, side: int) -> Tensor:
    """(B, 3, H, W) → (B, 3, side, side), antialiased; of that size already, it stays as it is."""
    return F.interpolate(
        picture_B3HW, size=(side, side), mode="bilinear", align_corners=False, antialias=True
    )


def active_fraction(hint_BV: Tensor) -> float:
    """Share of units that eq. 6 does not map to 0, i.e. that are positive; 0..1. Log it."""
    return float((hint_BV > 0).float().mean())


def _trunk(depth: Depth, widths: tuple[int, ...]) -> nn.Sequential:
    """The convolutions in the standard order, so that the standard keys fit."""
    layers: list[nn.Module] = []
    channels = 3
    for count, width in zip(CONVS_PER_STAGE[depth], widths, strict=True):
        for _ in range(count):
            layers += [he_conv(channels, width, slope=0.0), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def signs(rows: int, columns: int, seed: int) -> Tensor:
    """A random projection, (rows, columns) of ±1/√columns.

    Of raw bits, because only they are the same in every release.
    """
    words = np.random.PCG64(seed).random_raw(-(-rows * columns // 64)).astype("<u8")
    bits = np.unpackbits(words.view(np.uint8), count=rows * columns)
    signs = torch.from_numpy(bits).to(torch.float32).mul_(2).sub_(1)
    return signs.reshape(rows, columns).mul_(columns**-0.5)
