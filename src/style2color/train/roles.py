"""A stranger's reference tells what plays the same role: its hair colours hair, its coat a coat.

Nobody knows the right colours of a sketch that gets another character's drawing as its reference.
But where both drawings know what is hair, skin and cloth, it is known which of the reference's
colours are to be chosen from, and all others are wrong. Ours.
"""

from __future__ import annotations

import torch
from torch import Tensor

from style2color.data.classes import CLASSES

_ROLES = [
    CLASSES.index(name)
    for name in (
        *("skin", "hair", "iris", "garment", "collar", "trousers", "skirt"),
        *("legwear", "shoes", "headwear", "animal"),
    )
]
"""What has about one meaning in every drawing; props and trimmings have none."""
_ENOUGH = 0.15
"""Share of a class at which one of its colours is as good as its commonest."""
_LEAST = 1e-3
"""Share of a reference at which it shows a class at all; also the least chance that is told
apart from none, so that a hopeless region has a slope."""


def miscast(
    region_logits_BRK: Tensor,
    classes_BRC: Tensor,
    weight_BR: Tensor,
    share_BK: Tensor,
    entry_classes_BKC: Tensor,
) -> Tensor:
    """How surprised every sample's regions would be by a colour of their own class, (B,), nats.

    classes_BRC: the share of every semantic class in each region. weight_BR: what a region counts.
    share_BK: how much of the reference each entry covers; entry_classes_BKC: of that, the shares
    of the classes, rows that sum to 1, or to 0 where nothing is known. 0 for a sample without a
    region of a class that its reference shows.
    """
    roles = torch.tensor(_ROLES, device=classes_BRC.device)
    amount = share_BK[..., None] * entry_classes_BKC[..., roles]
    whole = amount.sum(1, keepdim=True)
    fits = (amount / whole.clamp(min=_LEAST) / _ENOUGH).clamp(max=1)
    chance = region_logits_BRK.softmax(-1) @ fits
    counts = weight_BR[..., None] * classes_BRC[..., roles] * (whole >= _LEAST)
    missed = -(chance.clamp(max=1) + _LEAST).log()
    return (missed * counts).sum((1, 2)) / counts.sum((1, 2)).clamp(min=1e-6)
