"""The learned line extractor: a tiny U-net, colour picture → where a draughtsman leaves paper."""

from __future__ import annotations

import torch
from torch import Tensor

from style2color.nn.small import SmallUNet

STRIDE = 8
WIDTHS = (12, 24, 40, 56)


class LineExtractor(SmallUNet):
    """Logits are (B, 1, H, W), positive = paper; 105 k parameters at the default widths.

    Args:
        widths: channels at full, half, quarter and eighth resolution.
    """

    def __init__(self, widths: tuple[int, int, int, int] = WIDTHS) -> None:
        super().__init__(3, 1, widths)

    def forward(self, rgb_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) float32 RGB in 0..1 → (B, 1, H, W) in 0..1, 1 = paper.

        H and W must be multiples of `STRIDE`; otherwise RuntimeError (the skips do not fit).
        """
        return torch.sigmoid(self.logits(rgb_B3HW))
