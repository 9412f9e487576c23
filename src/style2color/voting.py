"""What the network says per pixel → the choice of every region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from style2color.regions import Regions, pool, shrink_labels

__all__ = ["Vote", "vote"]

F32 = NDArray[np.float32]

# A region this large whose pixels disagree with its vote is no closed shape (a figure that melts
# into the paper, a page without outlines): there the pixels keep their own colours.
_SOFT_AREA = 0.02
_SOFT_AGREEMENT = 0.55
_SOFT_AGREEMENT_AT_BORDER = 0.8


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
    box, (full_height, full_width) = regions.bbox, regions.labels.shape
    at_border = (box[:, :2] == 0).any(1) | (box[:, 2] == full_width) | (box[:, 3] == full_height)
    needed = np.where(at_border, _SOFT_AGREEMENT_AT_BORDER, _SOFT_AGREEMENT)
    large = regions.area > _SOFT_AREA * regions.labels.size
    return Vote(entry, agreement, large & (agreement < needed))
