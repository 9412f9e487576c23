"""The discriminator of section 2.3: AC-GAN without the real/fake bit, and norm() of eq. 6.

It sees a picture alone, never the sketch (the paper: a conditional one looks at lines instead of
style), and answers with a vector as long as the classifier's: near norm(V(y)) for a real picture,
near 0 for a painted one.

The paper gives no layers. We take those of a public port of Style2Paints V1: seven 4x4
convolutions of stride 2, 16 to 512 channels, then one linear layer; the last map is averaged to
2x2, its size at 256x256, so that any picture size will do.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from style2color.nn.blocks import SLOPE, ConvLayer, NormKind, pad_to_multiple

_POOL = 2


def norm(v: Tensor) -> Tensor:
    """Eq. 6: norm(v) = 2 · sigmoid(relu(v)) - 1, any shape, real → 0..1.

    Every negative unit becomes 0, which is also the label of a painted picture: standardise v over
    the data set first (`VGGClassifier.fit`), and average active and inactive units separately
    (`train.objective`).
    """
    return 2 * torch.sigmoid(torch.relu(v)) - 1


class Discriminator(nn.Module):
    """Picture → vector of logits; `out_dim=1` makes the vanilla real/fake discriminator of it."""

    def __init__(
        self,
        out_dim: int = 4096,
        widths: Sequence[int] = (16, 32, 64, 128, 256, 512, 512),
        *,
        spectral: bool = False,
        slope: float = SLOPE,
    ) -> None:
        super().__init__()
        self.smallest = 1 << len(widths)
        kind: NormKind = "none" if spectral else "group"
        entries = (3, *widths[:-1])
        self.layers = nn.Sequential(
            *(
                # The first layer sees the picture's own values: normalising would hide brightness.
                ConvLayer(entry, width, 4, stride=2, norm=kind if index else "none", slope=slope)
                for index, (entry, width) in enumerate(zip(entries, widths, strict=True))
            )
        )
        self.head = nn.Linear(widths[-1] * _POOL * _POOL, out_dim)
        if spectral:
            for module in self.modules():
                if isinstance(module, nn.Conv2d | nn.Linear):
                    spectral_norm(module)

    def forward(self, picture_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in 0..1 → (B, out_dim) logits; their sigmoid is D of eq. 5."""
        if min(picture_B3HW.shape[-2:]) < self.smallest:
            picture_B3HW = pad_to_multiple(picture_B3HW, self.smallest)
        x_BCHW = self.layers(picture_B3HW)
        logits_BV: Tensor = self.head(F.adaptive_avg_pool2d(x_BCHW, _POOL).flatten(1))
        return logits_BV
