"""The learned line extractor: a tiny U-net, colour picture → where a draughtsman leaves paper.

Our own design; the shape follows Ronneberger et al., "U-Net" (2015), with skips added instead of
concatenated, and BatchNorm (folded into the convolutions at export) so that a pixel depends only
on its surroundings: a picture extracted in tiles equals the whole.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STRIDE = 8
WIDTHS = (12, 24, 40, 56)


class LineExtractor(nn.Module):
    """Fully convolutional; 105 k parameters at the default widths.

    Args:
        widths: channels at full, half, quarter and eighth resolution.
    """

    def __init__(self, widths: tuple[int, int, int, int] = WIDTHS) -> None:
        super().__init__()
        self.stem = _conv(3, widths[0])
        self.downs = nn.ModuleList(
            nn.Sequential(_conv(fine, coarse, stride=2), _conv(coarse, coarse))
            for fine, coarse in pairwise(widths)
        )
        pairs = list(pairwise(widths))[::-1]
        self.narrows = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairs)
        self.ups = nn.ModuleList(_conv(fine, fine) for fine, _ in pairs)
        self.head = nn.Conv2d(widths[0], 1, 3, padding=1)

    def logits(self, rgb_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) in 0..1, H and W multiples of `STRIDE` → (B, 1, H, W), positive = paper."""
        maps = [self.stem(rgb_B3HW * 2 - 1)]
        for down in self.downs:
            maps.append(down(maps[-1]))
        out = maps.pop()
        for narrow, up in zip(self.narrows, self.ups, strict=True):
            wide = F.interpolate(narrow(out), scale_factor=2.0, mode="nearest")
            out = up(wide + maps.pop())
        lines: Tensor = self.head(out)
        return lines

    def forward(self, rgb_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) float32 RGB in 0..1 → (B, 1, H, W) in 0..1, 1 = paper.

        H and W must be multiples of `STRIDE`; otherwise RuntimeError (the skips do not fit).
        """
        return torch.sigmoid(self.logits(rgb_B3HW))


def _conv(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )
