"""What the network says per pixel → the choice of every region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from style2color.regions import Regions, pool, shrink_labels

__all__ = ["Vote", "vote"]

F32 = NDArray[np.float32]

# A region that holds this share of the page's border is its background. If its pixels disagree
# with its vote this much, a figure has melted into it through an open outline. Only there do the
# pixels keep their own colours: a closed shape is painted evenly however torn its pixels are,
# because the region's choice knows more than they do and their mixture is mud.
_BACKGROUND = 0.5
_AGREEMENT = 0.8


@dataclass(frozen=True)
class Vote:
    """What the regions decided.

    entry: (R,) int64, the palette entry of each region. agreement: (R,) float32, share of the
    region's pixels that would have chosen the same. soft: (R,) bool, True where the pixels keep
    their own colours because the region is no closed shape.
    """

    entry: NDArray[np.int64]
    agreement: F32
    soft: NDArray[np.bool_]


def vote(logits_KHW: F32, regions: Regions, region_logits_RK: F32) -> Vote:
    """Let every region choose its palette entry.

    logits_KHW: (K, h, w) float32 at the network's size. regions: of the same page at any size.
    region_logits_RK: (R, K) float32, added to the mean of the region's pixels; zero where the
    network had nothing to say about a region.
    """
    height, width = logits_KHW.shape[1:]
    count = regions.count
    means, gone = pool(logits_KHW, regions.labels, count)
    if gone.any():  # too small for the network's size: ask the pixel where the region lies
        rows = regions.centroid[gone, 1] * (height / regions.labels.shape[0])
        columns = regions.centroid[gone, 0] * (width / regions.labels.shape[1])
        means[gone] = logits_KHW[:, rows.astype(np.intp), columns.astype(np.intp)].T
    entry = (means + region_logits_RK).argmax(axis=1) if count else np.zeros(0, np.int64)
    labels = shrink_labels(regions.labels, height, width)
    chosen = np.concatenate(([0], entry))[labels]
    agrees = np.take_along_axis(logits_KHW, chosen[None], 0)[0] >= logits_KHW.max(axis=0)
    pixels = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    agreeing = np.bincount(labels[agrees], minlength=count + 1)[1:]
    agreement = np.where(gone, 1.0, agreeing / np.maximum(pixels, 1)).astype(np.float32)
    edges = (regions.labels[0], regions.labels[-1], regions.labels[:, 0], regions.labels[:, -1])
    border = np.bincount(np.concatenate(edges), minlength=count + 1)
    background = border[1:] > _BACKGROUND * border.sum()
    return Vote(entry, agreement, background & (agreement < _AGREEMENT))
