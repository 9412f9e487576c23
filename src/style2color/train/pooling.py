"""Sums over the regions of a batch."""

from __future__ import annotations

import torch
from torch import Tensor


def region_mean(x_BCHW: Tensor, labels_BHW: Tensor, regions: int) -> Tensor:
    """Mean over every region, (B, C, H, W), int64 (B, H, W) with 0 = none → (B, R, C)."""
    batch, channels = x_BCHW.shape[:2]
    index = labels_BHW.flatten(1) + torch.arange(batch, device=labels_BHW.device)[:, None] * (
        regions + 1
    )
    rows = x_BCHW.flatten(2).transpose(1, 2).reshape(-1, channels)
    sums = rows.new_zeros(batch * (regions + 1), channels).index_add(0, index.flatten(), rows)
    means = sums.view(batch, regions + 1, channels)[:, 1:]
    return means / region_area(labels_BHW, regions).clamp(min=1)[..., None]


def region_area(labels_BHW: Tensor, regions: int) -> Tensor:
    """Pixels of every region, float (B, R)."""
    counts = torch.zeros(len(labels_BHW), regions + 1, device=labels_BHW.device)
    flat = labels_BHW.flatten(1)
    counts.scatter_add_(1, flat, torch.ones_like(flat, dtype=counts.dtype))
    return counts[:, 1:]
