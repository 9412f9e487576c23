"""The shader: a tiny U-net, line art → where shadows and highlights lie."""

from __future__ import annotations

from torch import Tensor

from style2color.nn.small import SmallUNet

STRIDE = 32
WIDTHS = (32, 48, 64, 128, 128)
MARKS = ("shadow", "highlight")
"""What it draws, in the order of its outputs."""


class Shader(SmallUNet):
    """Lines under a light from the upper left; lines that are mirrored, and the answer with them,
    are lit from the upper right. Sees no colours, so that one shading holds for every reference.

    Args:
        widths: channels at 1/2, 1/4, … 1/32 resolution, at which a figure is seen at once.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__(1, len(MARKS), widths, halved=True)

    def forward(self, lines_B1HW: Tensor) -> Tensor:
        """(B, 1, H, W) float32, 1 = paper, H and W multiples of `STRIDE` → logits of `MARKS` at
        every pixel, (B, 2, H, W)."""
        return self.logits(lines_B1HW)
