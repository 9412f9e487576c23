"""What the network says per pixel → the choice of every region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from style2color.color import squared_delta_e
from style2color.reading.regions import Regions, grounds, pool, shrink_labels

__all__ = ["SHARPNESS", "Vote", "highlights", "pixel_votes", "vote"]

F32 = NDArray[np.float32]

# If the pixels of the ground disagree with its vote this much, a figure may have melted into it
# through an open outline.
_AGREEMENT = 0.7
_ALIKE = 10.0  # ΔE up to which two entries are one colour to the eye at a glance
_SURE = 0.5  # share of the (squared) votes that makes a favourite clear
SHARPNESS = 2.0
"""Votes are squared where regions choose, which keeps a clear favourite clear."""


@dataclass(frozen=True)
class Vote:
    """What the regions decided.

    entry: (R,) int64, the palette entry of each region. color: (R, 3) uint8, that entry's colour,
    or a mixture where no entry is a clear favourite. agreement: (R,) float32, share of the
    region's pixels that would have chosen the same. soft: (R,) bool, True where the region
    is no closed shape, so that a hint in it would flood too much.
    """

    entry: NDArray[np.int64]
    color: NDArray[np.uint8]
    agreement: F32
    soft: NDArray[np.bool_]


def vote(
    logits_KHW: F32,
    regions: Regions,
    region_logits_RK: F32,
    palette_K3: NDArray[np.uint8],
    backdrop_R: NDArray[np.bool_] | None = None,
) -> Vote:
    """Let every region choose its palette entry.

    logits_KHW: (K, h, w) float32 at the network's size. regions: of the same page at any size.
    region_logits_RK: (R, K) float32, added to the mean of the region's pixels; zero where the
    network had nothing to say about a region. palette_K3: uint8, the entries' colours. backdrop_R:
    regions behind the figures; the ground of the page is one in any case. They get no mixtures.
    """
    height, width = logits_KHW.shape[1:]
    count = regions.count
    means, gone = pixel_votes(logits_KHW, regions)
    apart = squared_delta_e(palette_K3, palette_K3)
    ground = grounds(regions)
    behind = ground if backdrop_R is None else ground | backdrop_R
    entry, color = _choose(means + region_logits_RK, palette_K3, apart, behind)
    labels = shrink_labels(regions.labels, height, width)
    chosen = np.concatenate(([0], entry))[labels]
    # Two entries of about one colour, such as white cloth and paper, do not disagree.
    agrees = (apart <= _ALIKE**2)[logits_KHW.argmax(axis=0), chosen]
    pixels = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    agreeing = np.bincount(labels[agrees], minlength=count + 1)[1:]
    agreement = np.where(gone, 1.0, agreeing / np.maximum(pixels, 1)).astype(np.float32)
    return Vote(entry, color, agreement, ground & (agreement < _AGREEMENT))


def highlights(light_hw: F32, regions: Regions) -> F32:
    """What of the network's light, float32 (h, w) in 0..1, stands out of its region.

    Light that lies over more than a quarter of a region is the network's word for a light colour,
    and the region has chosen its colour already. So every region's upper quartile is taken off.
    """
    if not light_hw.any():
        return light_hw
    labels = shrink_labels(regions.labels, *light_hw.shape).ravel()
    order = np.lexsort((light_hw.ravel(), labels))
    pixels = np.bincount(labels, minlength=regions.count + 1)
    first = np.cumsum(pixels) - pixels
    # A label without pixels is never looked up; its place only must exist.
    at = np.minimum(first + 3 * (pixels - 1).clip(0) // 4, labels.size - 1)
    even = light_hw.ravel()[order[at]]
    out: F32 = np.maximum(light_hw - even[labels].reshape(light_hw.shape), 0)
    return out


def pixel_votes(logits_KHW: F32, regions: Regions) -> tuple[F32, NDArray[np.bool_]]:
    """What the pixels of every region say together: float32 (R, K).

    Also which regions are too small to have a pixel at the network's size, (R,) bool: for those
    the pixel where they lie is asked.
    """
    height, width = logits_KHW.shape[1:]
    means, gone = pool(logits_KHW, regions.labels, regions.count)
    if gone.any():
        rows = regions.centroid[gone, 1] * (height / regions.labels.shape[0])
        columns = regions.centroid[gone, 0] * (width / regions.labels.shape[1])
        means[gone] = logits_KHW[:, rows.astype(np.intp), columns.astype(np.intp)].T
    return means, gone


def _choose(
    logits_RK: F32,
    palette_K3: NDArray[np.uint8],
    apart_KK: NDArray[np.float64],
    behind_R: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """The entry with the least expected error, (R,), and the colour to paint, uint8 (R, 3).

    Not the likeliest entry: where two alike colours share a region's votes, a third one would win
    that nobody wants. Squared probabilities keep a clear favourite clear. A region without one
    gets the mixture that is least wrong, which is quieter than a bold guess. Not so behind the
    figures, where a mixture is a grey veil over the page: there, the likeliest of the entries that
    are most together.
    """
    chance = np.exp(SHARPNESS * (logits_RK - logits_RK.max(axis=1, keepdims=True, initial=-np.inf)))
    chance /= chance.sum(axis=1, keepdims=True)
    alike = (apart_KK <= _ALIKE**2).astype(np.float32)
    commonest = (chance * alike[(chance @ alike).argmax(axis=1)]).argmax(axis=1)
    entry = np.where(behind_R, commonest, (chance @ apart_KK).argmin(axis=1)).astype(np.int64)
    # The favourite has the votes of its like, or white cloth beside paper would tint the page.
    sure = behind_R | ((chance * alike[entry]).sum(axis=1) >= _SURE)
    mixed = np.rint(chance @ palette_K3.astype(np.float64)).astype(np.uint8)
    return entry, np.where(sure[:, None], palette_K3[entry], mixed)
