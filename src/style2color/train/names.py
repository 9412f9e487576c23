"""Semantic classes as a loss: drawings that know hair, skin and cloth teach their names."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from style2color.data.classes import UNKNOWN
from style2color.nn.sizes import SEMANTIC
from style2color.train.batch import Batch
from style2color.train.pooling import region_area, region_mean


def miscalled(
    names: tuple[Tensor, Tensor, Tensor, Tensor], classes_BRC: Tensor, batch: Batch
) -> Tensor:
    """Cross-entropy of the semantic classes: the sum over pixels, the reference's pixels, regions
    and entries, each a mean over those that are known; 0 where nothing is."""
    of_pixels, of_reference, of_regions, of_entries = names
    count = batch.geometry.shape[1]
    shares = _known_shares(classes_BRC)
    # As for their colours: the root of the area, so that eyes count.
    weight = batch.region_present * region_area(batch.labels, count).sqrt()
    entries = batch.entry_classes
    total = _surprise(of_regions, shares, weight) + _surprise(
        of_entries, entries, torch.ones_like(entries[..., 0])
    )
    for logits, classes in ((of_pixels, batch.classes), (of_reference, batch.of_reference)):
        known = (classes != UNKNOWN).float()
        miss = F.cross_entropy(logits.float(), classes, reduction="none")
        total = total + (miss * known).sum() / known.sum().clamp(min=1)
    return total


def class_shares(batch: Batch) -> Tensor:
    """The share of every semantic class in each region, (B, R, C)."""
    one_hot = F.one_hot(batch.classes, SEMANTIC).permute(0, 3, 1, 2).float()
    return region_mean(one_hot, batch.labels, batch.geometry.shape[1])


def _known_shares(shares_BNC: Tensor) -> Tensor:
    """Shares of semantic classes without the unknown, (B, N, C); rows sum to 1, or 0 if all is."""
    known = torch.cat(
        (torch.zeros_like(shares_BNC[..., :1]), shares_BNC[..., UNKNOWN + 1 :]), dim=-1
    )
    return known / known.sum(-1, keepdim=True).clamp(min=1e-6)


def _surprise(logits_BNC: Tensor, shares_BNC: Tensor, weight_BN: Tensor) -> Tensor:
    """Weighted mean cross-entropy over the rows that are known."""
    weight = weight_BN * shares_BNC.sum(-1)
    miss = -(shares_BNC * logits_BNC.float().log_softmax(-1)).sum(-1)
    return (miss * weight).sum() / weight.sum().clamp(min=1e-6)
