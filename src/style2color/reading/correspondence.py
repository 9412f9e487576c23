"""What a region is like in another drawing of the figure, whatever its colours.

The line reader embeds every pixel of a drawing by what it is of a figure: the sleeves of two
drawings of a coat lie close together, and a sleeve and a collar do not. So a region of a sketch
sees in the reference, in lines taken from it, what it is like, and votes for the colours there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from style2color.palette import Palette
from style2color.reading.measuring import stretches
from style2color.reading.parts import PALE
from style2color.reading.portrait import Traced
from style2color.reading.regions import Regions, pool, shrink_labels

__all__ = ["Keys", "amounts", "keys_of", "likened", "vectors_of"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

_WEIGHT = np.float32(0.8)  # of what is seen there, beside the other votes
_RARE = np.float32(0.02)
_AT_ONCE = 64  # regions: a page of noise has thousands, a reference as many pixels


@dataclass(frozen=True, eq=False)
class Keys:
    """The pixels of a reference that a region may be like, ink left out.

    vectors: float32 (P, E), all of one length. entry: (P,), the palette entry of each, in order.
    """

    vectors: F32
    entry: NDArray[np.intp]


def keys_of(embedding_Ehw: F32, reference: Traced, palette: Palette) -> Keys | None:
    """The embedding of a reference's lines, float32 (E, h, w), with the entries of its pixels. None
    where all of it is ink.

    palette: as `extract_palette` gives it, with a map of the entries.
    """
    height, width = embedding_Ehw.shape[1:]
    paint = shrink_labels(reference.paint, height, width)
    if not paint.any():
        return None
    entry = shrink_labels(palette.entry[reference.place], height, width)[paint].astype(np.intp)
    order = np.argsort(entry, kind="stable")
    return Keys(np.ascontiguousarray(embedding_Ehw[:, paint].T[order]), entry[order])


def vectors_of(embedding_Ehw: F32, regions: Regions) -> F32:
    """The embedding of every region of a sketch, the mean of its pixels, float32 (R, E); 0 where a
    region is too small to have one."""
    means, _ = pool(embedding_Ehw, regions.labels, regions.count)
    return means


def likened(vectors_RE: F32 | None, keys: Keys | None, colors_K3: U8, own: int) -> F32 | None:
    """What the regions' likeness adds to their votes, float32 (R, K). None without vectors or keys.

    own: entries of the reference, the first of the palette. Paper is as good as all white that is
    seen, and what hints ask for as the best of these. Regions without a vector add nothing.
    """
    if vectors_RE is None or keys is None:
        return None
    length = np.linalg.norm(keys.vectors[0])
    norm = np.linalg.norm(vectors_RE, axis=1, keepdims=True)
    regions = vectors_RE * (length / np.where(norm > 0, norm, 1))
    starts = stretches(keys.entry)[:-1]
    seen = np.zeros((len(vectors_RE), len(colors_K3)), np.float32)
    for first in range(0, len(regions), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        chance = regions[some] @ keys.vectors.T
        chance -= chance.max(axis=1, keepdims=True)
        np.exp(chance, out=chance)
        seen[some, keys.entry[starts]] = np.add.reduceat(chance, starts, axis=1)
    seen /= np.maximum(seen.sum(axis=1, keepdims=True), 1e-6)
    white = colors_K3[:own].min(axis=1, initial=255) >= PALE
    seen[:, -1] = seen[:, :own][:, white].sum(axis=1)
    said: F32 = np.log(seen + _RARE)
    said[:, own:-1] = said[:, :own].max(axis=1, keepdims=True)
    return np.where(norm > 0, _WEIGHT * said, 0)


def amounts(like_RK: F32, area_R: NDArray[np.integer[Any]], own: int) -> F32 | None:
    """How much of each entry of the reference regions see there, by the roots of their areas,
    float32 (own,), sums to 1; None where none sees anything. like_RK: from `likened`."""
    seeing = like_RK.any(axis=1)
    if not seeing.any():
        return None
    shares = np.maximum(np.exp(like_RK[seeing, :own] / _WEIGHT) - _RARE, 0)
    seen = np.sqrt(area_R[seeing]).astype(np.float32) @ shares
    out: F32 = seen / seen.sum()
    return out
