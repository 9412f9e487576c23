"""Random other views and other colours of a picture: how a self-reference stops being a leak.

Everything takes a `numpy.random.Generator` and works on uint8 squares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.lines import binarize, extract, xdog

# OpenCV's threads do not survive the fork of a loader's worker, which would wait for them forever;
# the workers are the parallelism here.
cv2.setNumThreads(0)

U8 = NDArray[np.uint8]
Rng = np.random.Generator


def random_view(rng: Rng, source: int, size: int, box: NDArray[np.int32]) -> NDArray[np.float32]:
    """A random affine map (2, 3) from a (source, source) square to a (size, size) one.

    The rectangle `box` (top, left, bottom, right) fills 70 to 135 % of the new square; flips half
    of the time; turns up to 12 degrees.
    """
    top, left, bottom, right = (float(v) for v in box)
    longest = max(bottom - top, right - left, 1.0)
    scale = size / longest * float(rng.choice([rng.uniform(0.7, 1.0), rng.uniform(1.0, 1.35)]))
    angle = np.deg2rad(rng.uniform(-12, 12)) if rng.random() < 0.4 else 0.0
    flip = -1.0 if rng.random() < 0.5 else 1.0
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    matrix = np.array([[flip * cosine, -sine], [flip * sine, cosine]])
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    # What hangs over the new square may lie to any side; what fits stays inside it.
    room = abs(size - scale * np.array([right - left, bottom - top])) / 2
    target = size / 2 + rng.uniform(-room, room)
    return np.hstack([matrix, (target - matrix @ centre)[:, None]]).astype(np.float32)


def apply_view(picture: U8, view: NDArray[np.float32], size: int) -> U8:
    """Warp (S, S) or (S, S, 3) by an affine map; white outside; no aliasing when it shrinks."""
    scale = float(np.hypot(view[0, 0], view[1, 0]))
    while scale < 0.6:
        picture = cv2.pyrDown(picture)  # type: ignore[assignment]
        view = view.copy()
        view[:, :2] *= 2
        scale *= 2
    warped = cv2.warpAffine(
        picture, view, (size, size), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255)
    )
    return np.asarray(warped, np.uint8)


def view_ids(ids: U8, view: NDArray[np.float32], size: int, outside: int) -> U8:
    """`apply_view` for a map of ids, (S, S), which cannot be mixed; `outside` fills the rest."""
    warped = cv2.warpAffine(ids, view, (size, size), flags=cv2.INTER_NEAREST, borderValue=outside)
    return np.asarray(warped, np.uint8)


@dataclass(frozen=True, eq=False)
class Bend:
    """A smooth warp of a square: where each pixel comes from, float32 (S, S) both."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]

    @classmethod
    def random(cls, size: int, rng: Rng, reach: float = 0.1) -> Bend:
        """Up to `reach` of the side: a thin plate held at 4 × 4 points."""
        grid = rng.uniform(-reach, reach, (2, 4, 4)).astype(np.float32) * size
        right, down = (cv2.resize(g, (size, size), interpolation=cv2.INTER_CUBIC) for g in grid)
        y, x = np.mgrid[:size, :size].astype(np.float32)
        return cls(x + right, y + down)

    def picture(self, picture: U8) -> U8:
        """(S, S) or (S, S, 3), white outside."""
        white = (255, 255, 255)
        bent = cv2.remap(picture, self.x, self.y, cv2.INTER_LINEAR, borderValue=white)
        return np.asarray(bent, np.uint8)

    def ids(self, ids: U8, outside: int) -> U8:
        """A map of ids (S, S), which cannot be mixed; `outside` fills the rest."""
        bent = cv2.remap(ids, self.x, self.y, cv2.INTER_NEAREST, borderValue=outside)
        return np.asarray(bent, np.uint8)


def random_recolor(rng: Rng) -> Callable[[U8], U8]:
    """One random change of all colours that leaves paper white and ink black.

    `1 − M(1 − x)` with a channel-mixing matrix M whose rows sum to one, then a gamma
    (architecture dossier, section 8).
    """
    if rng.random() < 0.3:
        mix = np.eye(3)[rng.permutation(3)]
    else:
        mix = np.eye(3)[rng.permutation(3)] + rng.normal(0, 0.45, (3, 3))
        mix = mix / np.where(np.abs(mix.sum(1)) < 0.35, 1.0, mix.sum(1))[:, None]
        mix += (1 - mix.sum(1))[:, None] / 3
    gamma = float(np.exp(rng.uniform(-0.35, 0.35)))
    curve = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    matrix = mix.astype(np.float32)
    offset = (255 * (1 - matrix.sum(1))).astype(np.float32)

    def recolor(rgb: U8) -> U8:
        mixed = cv2.transform(rgb.astype(np.float32), matrix) + offset
        clipped = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(clipped, curve), np.uint8)

    return recolor


def random_lines(rgb: U8, rng: Rng) -> U8:
    """Line art of a colour square by one of the extractors, at random settings."""
    kind = rng.random()
    if kind < 0.45:
        return xdog(rgb, sigma=float(rng.uniform(0.3, 0.6)), k=float(rng.uniform(3, 5)))
    lines = extract(rgb, "dilate")
    return binarize(lines) if kind > 0.8 else lines
