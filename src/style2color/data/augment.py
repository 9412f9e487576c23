"""Random other views and other colours of a picture: how a self-reference stops being a leak.

Everything takes a `numpy.random.Generator` and works on uint8 squares.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.lines import binarize, extract, gaussian_radius, xdog

# OpenCV's threads do not survive the fork of a loader's worker, which would wait for them forever;
# the workers are the parallelism here.
cv2.setNumThreads(0)

_WHITE = (255, 255, 255, 255)

U8 = NDArray[np.uint8]
Rng = np.random.Generator


def random_view(rng: Rng, source: int, size: int, box: NDArray[np.int32]) -> NDArray[np.float32]:
    """A random affine map (2, 3) from a (source, source) square to a (size, size) one.

    The rectangle `box` (top, left, bottom, right) fills 70 to 135 % of the new square; flips half
    of the time; turns up to 12 degrees.
    """
    top, left, bottom, right = box.tolist()
    longest = max(bottom - top, right - left, 1.0)
    scale = size / longest * (rng.uniform(0.7, 1.0), rng.uniform(1.0, 1.35))[rng.integers(2)]
    angle = math.radians(rng.uniform(-12, 12)) if rng.random() < 0.4 else 0.0
    flip = -1.0 if rng.random() < 0.5 else 1.0
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    across, down = (left + right) / 2, (top + bottom) / 2
    # What hangs over the new square may lie to any side; what fits stays inside it.
    room_x, room_y = (abs(size - scale * side) / 2 for side in (right - left, bottom - top))
    x = size / 2 + rng.uniform(-room_x, room_x) - (flip * cosine * across - sine * down)
    y = size / 2 + rng.uniform(-room_y, room_y) - (flip * sine * across + cosine * down)
    return np.array([[flip * cosine, -sine, x], [flip * sine, cosine, y]], np.float32)


def apply_view(picture: U8, view: NDArray[np.float32], size: int) -> U8:
    """Warp (S, S) or (S, S, 3) by an affine map; white outside; no aliasing when it shrinks."""
    return _odd(_warped(_even(picture), view, size))


def view_drawing(rgb: U8, lines: U8, view: NDArray[np.float32], size: int) -> tuple[U8, U8]:
    """`apply_view` for a picture (S, S, 3) and its lines (S, S) at once."""
    four = _even(rgb)
    cv2.insertChannel(lines, four, 3)
    moved = _warped(four, view, size)
    return _odd(moved), np.asarray(cv2.extractChannel(moved, 3), np.uint8)


def _warped(picture: U8, view: NDArray[np.float32], size: int) -> U8:
    scale = float(np.hypot(view[0, 0], view[1, 0]))
    while scale < 0.6:
        picture = cv2.pyrDown(picture)  # type: ignore[assignment]
        view = view.copy()
        view[:, :2] *= 2
        scale *= 2
    warped = cv2.warpAffine(picture, view, (size, size), flags=cv2.INTER_LINEAR, borderValue=_WHITE)
    return np.asarray(warped, np.uint8)


def _even(picture: U8) -> U8:
    """Three channels as four: OpenCV moves those in half the time, to the same bytes."""
    return picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA))


def _odd(moved: cv2.typing.MatLike) -> U8:
    """`_even` undone."""
    return np.asarray(
        moved if moved.ndim == 2 else cv2.cvtColor(moved, cv2.COLOR_RGBA2RGB), np.uint8
    )


def view_ids(ids: U8, view: NDArray[np.float32], size: int, outside: int) -> U8:
    """`apply_view` for a map of ids, (S, S), which cannot be mixed; `outside` fills the rest."""
    warped = cv2.warpAffine(ids, view, (size, size), flags=cv2.INTER_NEAREST, borderValue=outside)
    return np.asarray(warped, np.uint8)


@dataclass(frozen=True, eq=False)
class Bend:
    """A smooth warp of a square: where each pixel comes from, float32 (S, S, 2), x before y."""

    origin: NDArray[np.float32]

    @classmethod
    def random(cls, size: int, rng: Rng, reach: float = 0.1) -> Bend:
        """Up to `reach` of the side: a thin plate held at 4 × 4 points."""
        grid = rng.uniform(-reach, reach, (2, 4, 4)).astype(np.float32) * size
        nodes = np.ascontiguousarray(grid.transpose(1, 2, 0))
        moved = np.asarray(
            cv2.resize(nodes, (size, size), interpolation=cv2.INTER_CUBIC), np.float32
        )
        moved += _places(size)
        return cls(moved)

    def picture(self, picture: U8) -> U8:
        """(S, S) or (S, S, 3), white outside."""
        return _odd(self._moved(_even(picture), cv2.INTER_LINEAR, _WHITE))

    def ids(self, ids: U8, outside: int) -> U8:
        """A map of ids (S, S), which cannot be mixed; `outside` fills the rest."""
        return self._moved(ids, cv2.INTER_NEAREST, outside)

    def _moved(self, picture: U8, how: int, outside: float | tuple[int, ...]) -> U8:
        none: Any = None  # the stubs do not know that one map of two channels will do
        return np.asarray(cv2.remap(picture, self.origin, none, how, borderValue=outside), np.uint8)


@lru_cache(maxsize=4)
def _places(size: int) -> NDArray[np.float32]:
    """The x and y of every pixel, (S, S, 2)."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    return np.stack([x, y], axis=2)


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
    matrix = np.hstack([mix, 255 * (1 - mix.sum(1, keepdims=True))]).astype(np.float32)

    def recolor(rgb: U8) -> U8:
        return np.asarray(cv2.LUT(cv2.transform(rgb, matrix), curve), np.uint8)

    return recolor


def random_lines(rgb: U8, rng: Rng) -> U8:
    """Line art of a colour square by one of the extractors, at random settings."""
    kind = rng.random()
    if kind < 0.45:
        sigma, k = float(rng.uniform(0.3, 0.6)), float(rng.uniform(3, 5))
        return xdog(rgb, sigma=sigma, k=k, blur=opencv_gaussian)
    lines = extract(rgb, "dilate")
    return binarize(lines) if kind > 0.8 else lines


def opencv_gaussian(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """The Gaussian of `xdog` by OpenCV, which the core does without and which is faster."""
    radius = gaussian_radius(sigma)
    if radius == 0:
        return plane.copy()
    side = 2 * radius + 1
    blurred = cv2.GaussianBlur(plane, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)
