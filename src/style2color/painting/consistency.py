"""The same character in the same colours on every page: regions of a run's pages agree.

Every page is looked at once before any is painted. A region then looks for the region most like
it on each of the other pages near by, by what the network makes of its lines and by its shape and
place, and the votes of those count beside its own. Averaged votes also err less than single ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sight", "agree"]

F32 = NDArray[np.float32]

_WINDOW = 8  # pages before and after that are asked
_SHAPE = 0.1  # weight of shape and place beside the network's features
_SOFT = 0.5  # squared distance at which a likeness counts 1/e
_OTHERS = 2.0  # weight of the likest region of another page beside one's own vote
_ABSENT = -5e3  # votes below this are for entries of another reference
# What counts in `regions.geometry`: position and thickness more than size and border.
_GEOMETRY = np.array([0.5, 3, 3, 2, 2, 1, 5, 1], np.float32)


@dataclass(frozen=True, eq=False)
class Sight:
    """What was seen of the regions of a page.

    features: float32 (R, F). geometry: float32 (R, 8), see `regions.geometry`. votes: float32
    (R, K), logits; K is the same on all pages. seen: bool (R,), False for regions too small to
    have features.
    """

    features: F32
    geometry: F32
    votes: F32
    seen: NDArray[np.bool_]


def agree(sights: Sequence[Sight | None], window: int = _WINDOW) -> list[F32 | None]:
    """What to add to the votes of every page so that like regions vote alike, (R, K) float32.

    sights: the pages in their order; None for one that could not be read, and for what is
    returned of it.
    """
    known = [sight for sight in sights if sight is not None and sight.seen.any()]
    if not known:
        return [None if s is None else np.zeros_like(s.votes) for s in sights]
    features = np.concatenate([sight.features[sight.seen] for sight in known])
    middle = features.mean(0)
    spread = (features.std(0) + 1e-6) * np.sqrt(features.shape[1])
    looks = [None if s is None else _described(s, middle, spread) for s in sights]
    return [
        None if sight is None else _of_page(number, sights, looks, window)
        for number, sight in enumerate(sights)
    ]


def _described(sight: Sight, middle: F32, spread: F32) -> tuple[F32, F32, NDArray[np.int64]]:
    """Features and geometry in units of the run, and the first entry each region may have."""
    scaled = (sight.features - middle) / spread
    shape = sight.geometry * (_GEOMETRY * np.float32(_SHAPE**0.5))
    return scaled, shape, (sight.votes > _ABSENT).argmax(1)


def _of_page(
    number: int,
    sights: Sequence[Sight | None],
    looks: Sequence[tuple[F32, F32, NDArray[np.int64]] | None],
    window: int,
) -> F32:
    own, look = sights[number], looks[number]
    assert own is not None
    assert look is not None
    total, weight = own.votes.astype(np.float64), np.ones((len(own.votes), 1))
    for other in range(max(0, number - window), min(len(sights), number + window + 1)):
        there, sight = looks[other], sights[other]
        if other == number or there is None or sight is None or not sight.seen.any():
            continue
        apart = _squared(look[0], there[0]) + _squared(look[1], there[1])
        # Entries of different references do not average.
        apart[~(look[2][:, None] == there[2][None]) | ~sight.seen[None]] = np.inf
        likest = apart.argmin(1)
        like = _OTHERS * np.exp(-apart[np.arange(len(likest)), likest] / _SOFT) * own.seen
        total += like[:, None] * np.where(like[:, None] > 0, sight.votes[likest], 0)
        weight += like[:, None]
    more: F32 = (total / weight - own.votes).astype(np.float32)
    return more


def _squared(first: F32, second: F32) -> NDArray[np.float64]:
    """Squared distances between rows, (N, M)."""
    squares = (first**2).sum(1)[:, None] + (second**2).sum(1)[None] - 2 * first @ second.T
    out: NDArray[np.float64] = np.maximum(squares, 0).astype(np.float64)
    return out
