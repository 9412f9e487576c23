"""The line reader: the part reader, and beside the parts an embedding, in which what is alike in
two drawings of a figure lies close together."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.blocks import channel_softmax
from style2color.nn.parts import WIDTHS, PartReader

EMBEDDED = 32
"""Numbers of the embedding."""
CELL = 4
"""Pixels of the lines on a side of a pixel of the embedding."""
_FIRST_HEAT = 2.5


class LineReader(PartReader):
    """Sees lines alone: a sketch and the lines taken from a reference are read alike.

    Args:
        widths: see `PartReader`.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__(widths)
        self.embeds = nn.ModuleList(
            nn.Conv2d(width, EMBEDDED, 1, bias=width == widths[1]) for width in widths[3:0:-1]
        )
        self.heat = nn.Parameter(torch.tensor(_FIRST_HEAT))

    def read(self, lines_B1HW: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, H, W) float32, 1 = paper, H and W multiples of `nn.parts.STRIDE` → the logits of
        the parts (B, 5, H, W), and the embedding (B, 32, H / 4, W / 4), float32. The latter's
        vectors are all of one length, and their products the logarithms of how alike two pixels
        are."""
        *coarse, finest = self.decoded(lines_B1HW)
        found = [embed(level) for embed, level in zip(self.embeds, coarse, strict=True)]
        out = found[0]
        for level in found[1:]:
            out = level + F.interpolate(out, scale_factor=2.0, mode="nearest")
        return self.mapped(finest), F.normalize(out.float(), dim=1) * (self.heat / 2).exp()

    def forward(self, lines_B1HW: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """As `read`, with the share of each part instead of its logit, (B, 5, H, W), sums to 1."""
        logits, embedding = self.read(lines_B1HW)
        return channel_softmax(logits), embedding
