"""The part reader: a tiny U-net, line art → where eyes, skin and hair are."""

from __future__ import annotations

from torch import Tensor

from style2color.nn.blocks import channel_softmax
from style2color.nn.small import SmallUNet

STRIDE = 32
WIDTHS = (16, 48, 96, 128, 160)
PARTS = ("other", "eye white", "iris", "skin", "hair")
"""What it tells apart, in the order of its outputs. An iris has its pupil, a white has teeth and
catchlights."""


class PartReader(SmallUNet):
    """Sees lines alone, so that one reading holds for every reference.

    Args:
        widths: channels at half, quarter, … 1/32 resolution, at which a face is seen at once.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__(1, len(PARTS), widths, halved=True)

    def forward(self, lines_B1HW: Tensor) -> Tensor:
        """(B, 1, H, W) float32, 1 = paper, H and W multiples of `STRIDE` → the share of each of
        `PARTS` at every pixel, (B, 5, H, W), sums to 1."""
        return channel_softmax(self.logits(lines_B1HW))
