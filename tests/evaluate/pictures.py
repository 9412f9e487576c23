"""Procedural pictures for the tests of this folder: no files, the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array8 = NDArray[np.uint8]


def waves(height: int, width: int, phase: float = 0.0) -> Array8:
    """Smooth coloured waves, uint8 (H, W, 3)."""
    y, x = np.meshgrid(np.arange(height) / height, np.arange(width) / width, indexing="ij")
    red = 0.5 + 0.5 * np.sin(9 * x + 14 * y + phase)
    green = 0.5 + 0.5 * np.sin(23 * x * y + 2 * phase)
    blue = 0.5 + 0.5 * np.cos(17 * y - 5 * x)
    return np.rint(np.stack([red, green, blue], -1) * 255).astype(np.uint8)


def drawing(
    height: int = 256,
    width: int = 256,
    colors: tuple[tuple[int, int, int], ...] = ((220, 60, 60), (60, 140, 220), (240, 210, 90)),
    shift: int = 0,
) -> Array8:
    """A figure on white: three discs with black outlines, the third inside the first."""
    canvas = np.full((height, width, 3), 255, np.uint8)
    y, x = np.mgrid[:height, :width]
    scale = min(height, width) / 256
    for (cy, cx, radius), color in zip(
        ((100, 90, 60), (170, 160, 55), (95, 85, 24)), colors, strict=True
    ):
        distance = np.hypot(y - (cy + shift) * scale, x - (cx + shift) * scale)
        canvas[distance < (radius + 3) * scale] = 0
        canvas[distance < radius * scale] = color
    return canvas


def ink_of(picture: Array8) -> Array8:
    """The exact line art of a `drawing`: its black pixels; uint8 (H, W)."""
    return np.where((picture == 0).all(-1), np.uint8(0), np.uint8(255))


def noisy(picture: Array8, amount: float, seed: int = 0) -> Array8:
    """The picture with Gaussian noise of `amount` grey levels."""
    noise = np.random.default_rng(seed).normal(0, amount, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def fsim_pairs() -> dict[str, tuple[Array8, Array8]]:
    """The four pairs on which FSIM is pinned."""
    figure = drawing()
    return {
        "noise": (figure, noisy(figure, 25)),
        "red and blue swapped": (figure, np.ascontiguousarray(figure[..., ::-1])),
        "shifted waves, odd size": (waves(255, 301), waves(255, 301, 0.6)),
        "another drawing, 512 wide": (drawing(512, 640), drawing(512, 640, shift=9)),
    }
