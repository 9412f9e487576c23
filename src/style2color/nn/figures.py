"""The figure reader: line art → where figures are, which of them a pixel belongs to, and who it is
that a drawing shows."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.small import SmallUNet

SIDE = 192
"""Pixels on a side of the square on which it sees a page."""
STRIDE = 64
WIDTHS = (16, 32, 64, 96, 128, 160)
WHO = 64
"""Numbers that say who is drawn."""
_COARSE = 3  # levels of the decoder that say it
_HIDDEN = 256
_FIRST_HEAT = 2.5


class FigureReader(SmallUNet):
    """Sees lines alone: a sketch and the lines taken from a reference are read alike. Every pixel
    points to the middle of its figure, as in PersonLab (Papandreou et al. 2018).

    Args:
        widths: channels at half, quarter, … 1/64 resolution, at which a page is seen at once.
        facts: what a head that only training has says of who is drawn.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, facts: int = 0) -> None:
        super().__init__(1, 3, widths, halved=True)
        pooled = 2 * sum(widths[-2 : -2 - _COARSE : -1])
        self.hidden = nn.Sequential(nn.Linear(pooled, _HIDDEN), nn.ReLU())
        self.who = nn.Linear(_HIDDEN, WHO)
        self.facts = nn.Linear(_HIDDEN, facts)
        self.heat = nn.Parameter(torch.tensor(_FIRST_HEAT))

    def read(self, lines_B1HW: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(B, 1, H, W) float32, 1 = paper, H and W multiples of `STRIDE` → the logit that a pixel
        is part of a figure (B, H / 2, W / 2); the way from there to the figure's middle, down and
        right, in sides of the page (B, 2, H / 2, W / 2); and for pages of one figure who is drawn
        (B, 64), vectors of one length whose products are logits, and the facts."""
        found = self.decoded(lines_B1HW)
        maps = self.head(found[-1]).float()
        coarse = [level.flatten(2).float() for level in found[:_COARSE]]
        pooled = [f(level) for level in coarse for f in (_mean, _most)]
        hidden = self.hidden(torch.cat(pooled, 1))
        who = F.normalize(self.who(hidden).float(), dim=1) * (self.heat / 2).exp()
        return maps[:, 0], maps[:, 1:], who, self.facts(hidden)

    def forward(self, lines_B1HW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As `read`, with the chance that a pixel is part of a figure, 0..1, instead of its
        logit, and without facts."""
        figure, way, who, _ = self.read(lines_B1HW)
        return figure.sigmoid(), way, who


def _mean(level_BCN: Tensor) -> Tensor:
    return level_BCN.mean(2)


def _most(level_BCN: Tensor) -> Tensor:
    return level_BCN.amax(2)
