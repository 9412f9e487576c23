"""A tiny U-net for maps of small things: what the line extractor and the eye reader share.

Our own design; the shape follows Ronneberger et al., "U-Net" (2015), with skips added instead of
concatenated, and BatchNorm (folded into the convolutions at export) so that a pixel depends only
on its surroundings: a picture read in tiles equals the whole.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F


class SmallUNet(nn.Module):
    """Fully convolutional.

    Args:
        in_channels, out_channels: of the picture and of the map.
        widths: channels at full, half, quarter … resolution.
        halved: they begin at half resolution, and the map is enlarged: half the time.
    """

    def __init__(
        self, in_channels: int, out_channels: int, widths: tuple[int, ...], *, halved: bool = False
    ) -> None:
        super().__init__()
        self.in_channels, self.halved = in_channels, halved
        self.stem = _conv(in_channels, widths[0], stride=1 + halved)
        self.downs = nn.ModuleList(
            nn.Sequential(_conv(fine, coarse, stride=2), _conv(coarse, coarse))
            for fine, coarse in pairwise(widths)
        )
        pairs = list(pairwise(widths))[::-1]
        self.narrows = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairs)
        self.ups = nn.ModuleList(_conv(fine, fine) for fine, _ in pairs)
        self.head = nn.Conv2d(widths[0], out_channels, 3, padding=1)

    def decoded(self, x_BCHW: Tensor) -> list[Tensor]:
        """(B, in_channels, H, W) in 0..1 → what the decoder makes of it, at every resolution, the
        coarsest but one first.

        H and W must be multiples of 2 to the number of halvings; otherwise RuntimeError (the skips
        do not fit).
        """
        maps = [self.stem(x_BCHW * 2 - 1)]
        for down in self.downs:
            maps.append(down(maps[-1]))
        out, found = maps.pop(), []
        for narrow, up in zip(self.narrows, self.ups, strict=True):
            wide = F.interpolate(narrow(out), scale_factor=2.0, mode="nearest")
            out = up(wide + maps.pop())
            found.append(out)
        return found

    def mapped(self, finest_BCHW: Tensor) -> Tensor:
        """The finest of `decoded` → (B, out_channels, H, W)."""
        logits: Tensor = self.head(finest_BCHW)
        if self.halved:
            logits = F.interpolate(logits, scale_factor=2.0, mode="bilinear")
        return logits

    def logits(self, x_BCHW: Tensor) -> Tensor:
        """(B, in_channels, H, W) in 0..1 → (B, out_channels, H, W), sides as for `decoded`."""
        return self.mapped(self.decoded(x_BCHW)[-1])


def _conv(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )
