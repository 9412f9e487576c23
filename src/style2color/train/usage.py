"""Does a painting use the colours of a reference, as much of each as the reference has?

What can be asked where nobody knows the right colours: a sketch with the drawing of another
character as its reference. Ours; the distance is that of Székely and Rizzo 2013.
"""

from __future__ import annotations

import torch
from torch import Tensor

from style2color.data.classes import BACKGROUND
from style2color.painting.voting import SHARPNESS
from style2color.reading.whites import WHITE, WHITE_CHROMA


def usage_distance(
    region_logits_BRK: Tensor,
    area_BR: Tensor,
    lab_BK3: Tensor,
    share_BK: Tensor,
) -> Tensor:
    """Energy distance between the colours of painted regions and those of a palette, (B,), in ΔE.

    A region counts with its area and has the mean colour of its votes, so that a mixture nobody
    has in the palette is as far from it as it looks. area_BR: 0 for what is no figure. lab_BK3:
    the entries' colours in CIELAB. share_BK: how much of the reference's figure each covers; 0 for
    absent entries, hints and paper. 0 where either side has no colour at all.
    """
    white = (lab_BK3[..., 0] > WHITE) & (lab_BK3[..., 1:].norm(dim=-1) < WHITE_CHROMA)
    coloured = (~white).float()
    chance = (SHARPNESS * region_logits_BRK).softmax(-1) * coloured[:, None]
    certain = chance.sum(-1)
    painted = chance @ lab_BK3 / certain.clamp(min=1e-4)[..., None]
    ours, ours_known = _shares(area_BR * certain)
    theirs, theirs_known = _shares(share_BK * coloured)

    def mean_distance(one: Tensor, of: Tensor, two: Tensor, by: Tensor) -> Tensor:
        apart = ((one[:, :, None] - two[:, None]) ** 2).sum(-1)
        # The root has no slope at 0, where a colour meets itself.
        return torch.einsum("bn,bnm,bm->b", of, (apart + 1e-2).sqrt(), by)

    distance = (
        2 * mean_distance(painted, ours, lab_BK3, theirs)
        - mean_distance(painted, ours, painted, ours)
        - mean_distance(lab_BK3, theirs, lab_BK3, theirs)
    )
    return distance * ours_known * theirs_known


def figure_shares(moments_BK5: Tensor, entry_classes_BKC: Tensor) -> Tensor:
    """How much of a reference each entry covers, (B, K), without what is known as background."""
    return moments_BK5[..., 0] * (1 - entry_classes_BKC[..., BACKGROUND])


def _shares(weights_BN: Tensor) -> tuple[Tensor, Tensor]:
    """Weights that sum to 1, and whether there are any, 0 or 1."""
    total = weights_BN.sum(-1, keepdim=True)
    return weights_BN / total.clamp(min=1e-6), (total[..., 0] > 1e-6).float()
