"""As much of each colour as the reference has: what is added to the votes of all regions.

Regions vote one by one, and together they may paint half a figure in a colour the reference hardly
has, or leave out the colour of its coat. So the entries' amounts are weighed against each other, as
in unbalanced optimal transport (Chizat et al. 2018): a little more for a colour that too few want,
a little less for one that too many do, while a region that is sure keeps its choice. White is
weighed by itself, against all colours together: a figure may be less white than its reference,
whose paper may show through, but not much whiter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from style2color.painting.network import Seen
from style2color.painting.voting import SHARPNESS
from style2color.reading.correspondence import amounts
from style2color.reading.regions import Regions, grounds
from style2color.reading.whites import is_white

__all__ = ["balance", "balanced", "figure_shares", "less_white"]

F32 = NDArray[np.float32]

_PULL = 2.0  # nats by which a colour gains that is used e times too little
_STEP = 0.25  # of the way to it in each round
_ROUNDS = 12
_NEVER = 1e-3  # share of what no region sees
_FLOOR = 0.02  # amounts are not told apart below this
_PALE = 2.0  # nats that white loses where a figure is e times too white
_SOME = 0.05  # of a figure: nor are amounts of white told apart below this


def balanced(
    opinion_RK: F32, pixels_RK: F32, regions: Regions, reference: Seen, like_RK: F32 | None = None
) -> F32:
    """The regions' logits (R, K), with the amounts of the reference's colours weighed in.

    pixels_RK: what the regions' pixels say, `voting.pixel_votes`. like_RK: from
    `correspondence.likened`; where there is one, what the reference has and what regions see in it
    count alike, for it may show somebody else as well. Nothing changes without a reference.
    """
    if reference.assignment is None:
        return opinion_RK
    own = len(reference.colors)
    shares = np.zeros(opinion_RK.shape[1], np.float32)
    shares[:own] = figure_shares(reference.colors, reference.assignment)
    figure = reference.white + float(shares.sum())
    seen = None if like_RK is None else amounts(like_RK, regions.area, own)
    if seen is not None:
        shares[:own] = _between(shares[:own], seen)
    said = opinion_RK + balance(opinion_RK + pixels_RK, regions.area, shares)
    pale = np.zeros(len(shares), np.bool_)
    pale[:own], pale[-1] = is_white(reference.colors), True
    weight = np.where(grounds(regions), 0, np.sqrt(regions.area)).astype(np.float32)
    less = less_white(said + pixels_RK, weight, pale, reference.white / max(figure, _NEVER))
    return np.where((weight > 0)[:, None] & pale, said + less, said)


def _between(share_K: F32, seen_K: F32) -> F32:
    """The geometric mean of two amounts, each a part of what takes part."""
    kept = share_K > 0
    seen = seen_K / max(float(seen_K[kept].sum()), _NEVER)
    return np.sqrt(share_K * (seen + _NEVER), where=kept, out=np.zeros_like(share_K))


def figure_shares(colors_K3: NDArray[np.uint8], assignment_KHW: F32) -> F32:
    """How much of a reference's figure each entry covers, (K,); 0 for what takes no part.

    White may be paper, and what the upper half of the border has more of than the whole picture is
    background: how much of these a sketch shows is a matter of its own.
    """
    half = assignment_KHW[:, : assignment_KHW.shape[1] // 2]
    rim = np.concatenate([half[:, 0], half[:, :, 0], half[:, :, -1]], axis=1).mean(axis=1)
    share = assignment_KHW.mean(axis=(1, 2))
    kept: F32 = np.where(is_white(colors_K3) | (rim > share), 0, share).astype(np.float32)
    return kept


def balance(votes_RK: F32, area_R: NDArray[np.integer], share_K: F32) -> F32:
    """What to add to the votes for every entry, float32 (K,).

    votes_RK: (R, K) logits. area_R: pixels of the regions, which count with their root: how much
    of a coat is seen depends on the pose. share_K: wanted amounts; entries of 0 are left as they
    are, and what they get does not count.
    """
    bias = np.zeros(len(share_K), np.float32)
    weighed = share_K > 0
    if weighed.sum() < 2 or not len(votes_RK):
        return bias
    wanted = share_K[weighed] / share_K.sum()
    weight = np.sqrt(area_R).astype(np.float32)
    for _ in range(_ROUNDS):
        said = votes_RK + bias
        chance = np.exp(SHARPNESS * (said - said.max(1, keepdims=True)))
        used = weight @ (chance / chance.sum(1, keepdims=True))[:, weighed]
        used /= max(float(used.sum()), 1e-6)
        missing = np.log((wanted + _FLOOR) / (used + _FLOOR))
        bias[weighed] += _STEP * (_PULL * missing - bias[weighed])
    return bias


def less_white(
    votes_RK: F32, weight_R: F32, white_K: NDArray[np.bool_], share: float
) -> np.float32:
    """What to add to the votes for white, at most 0.

    votes_RK: (R, K) logits. weight_R: of the regions, 0 for ground. white_K: the entries that are
    white or paper. share: how much of the reference's figure is white, 0..1.
    """
    bias, all_of_it = np.float32(0), float(weight_R.sum())
    if not all_of_it or white_K.all():
        return bias
    for _ in range(_ROUNDS):
        said = np.where(white_K, votes_RK + bias, votes_RK)
        chance = np.exp(SHARPNESS * (said - said.max(1, keepdims=True)))
        used = weight_R @ (chance[:, white_K].sum(1) / chance.sum(1)) / all_of_it
        missing = min(0.0, float(np.log((share + _SOME) / (used + _SOME))))
        bias += np.float32(_STEP * (_PALE * missing - bias))
    return bias
