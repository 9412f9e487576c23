"""Even fills: how much more the paint varies inside a region than the artist's does. Ours."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from style2color.train.pooling import region_area, region_mean

_LEAST = 1e-4
"""Added to variances: a deviation has no slope at 0, and 1/100 of the range is nothing to see."""


def excess_deviation(
    painted_B3HW: Tensor, target_B3HW: Tensor, labels_BHW: Tensor, regions: int
) -> Tensor:
    """Mean over regions of the paint's deviation less the target's own, where positive: (B,).

    The deviation of a region is the root of its pixels' mean squared distance in RGB from their
    mean colour. In excess of the target's, since shading and patterns are the artist's and a flat
    fill is no goal in itself; the region that two colours share because a line is broken costs
    nothing either. Regions weigh with the root of their area, so that eyes count.

    Pictures RGB in 0..1, ink not yet laid on; labels int64, 0 = no region, up to `regions`.
    """
    spread = [
        (_variance(picture.float(), labels_BHW, regions) + _LEAST).sqrt()
        for picture in (painted_B3HW, target_B3HW)
    ]
    share = region_area(labels_BHW, regions).sqrt()
    excess = F.relu(spread[0] - spread[1])
    total: Tensor = (excess * share).sum(1) / share.sum(1).clamp(min=1e-6)
    return total


def _variance(x_BCHW: Tensor, labels_BHW: Tensor, regions: int) -> Tensor:
    """Of every region, the mean over its pixels of the squared distance to their mean, (B, R)."""
    means = region_mean(x_BCHW, labels_BHW, regions)
    table = torch.cat((torch.zeros_like(means[:, :1]), means), dim=1)
    index = labels_BHW.flatten(1)[..., None].expand(-1, -1, x_BCHW.shape[1])
    centre = torch.gather(table, 1, index).transpose(1, 2).view_as(x_BCHW)
    squared = ((x_BCHW - centre) ** 2).sum(1, keepdim=True)
    return region_mean(squared, labels_BHW, regions)[..., 0]
