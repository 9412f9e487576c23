"""Pictures for the learned line extractor: the same lines under other colours, ink and light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.lines import dilate_divide, xdog

Array8 = NDArray[np.uint8]
Plane = NDArray[np.float32]


def painted_target(rgb_HW3: Array8) -> Array8:
    """Line art for a painted picture: what two extractors agree on after smoothing the paint.

    uint8 (H, W, 3) → uint8 (H, W), 255 = paper. The smoothing (bilateral filter, Tomasi and
    Manduchi 1998) runs at twice the size, where thin strokes outlast it.
    """
    height, width, _ = rgb_HW3.shape
    large = cv2.resize(rgb_HW3, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.resize(
        cv2.bilateralFilter(large, 9, 40, 5), (width, height), interpolation=cv2.INTER_AREA
    )
    smooth_HW3 = np.asarray(cv2.bilateralFilter(smooth, 7, 30, 4), np.uint8)
    ink_HW = 1 - xdog(smooth_HW3, epsilon=-5, phi=0.12).astype(np.float32) / 255
    ink_HW *= 1 - dilate_divide(smooth_HW3).astype(np.float32) / 255
    lines_HW: Array8 = np.clip(290 - 360 * np.sqrt(ink_HW), 0, 255).astype(np.uint8)
    return lines_HW


def flats(rng: np.random.Generator, side: int) -> tuple[Array8, Array8]:
    """Patches of flat colour without any ink: their borders are lines too.

    Returns uint8 (side, side, 3) and its lines uint8 (side, side).
    """
    clouds = [_cloud(rng, (2 * side, 2 * side), int(rng.integers(3, 8))) for _ in range(5)]
    colours = rng.integers(0, 256, (5, 3), dtype=np.uint8)
    if rng.random() < 0.5:
        colours[0] = 255
    large = colours[np.argmax(clouds, axis=0)]
    rgb = np.asarray(cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    return rgb, xdog(rgb, phi=0.12)


def disguise(rgb_HW3: Array8, lines_HW: Array8, rng: np.random.Generator) -> Array8:
    """The same drawing with other colours, ink, light and dirt; the lines stay where they are.

    uint8 (H, W, 3) and its lines uint8 (H, W) → uint8 (H, W, 3).
    """
    out: Plane = rgb_HW3.astype(np.float32) / np.float32(255)
    if rng.random() < 0.7:
        # Colours mixed channel by channel around white; rows sum to one, so paper stays paper.
        mix = rng.uniform(-0.4, 1.0, (3, 3)).astype(np.float32) + 0.6 * np.eye(3, dtype=np.float32)
        mix /= mix.sum(axis=1, keepdims=True)
        out = np.clip(1 - (1 - out) @ mix.T, 0, 1, dtype=np.float32)
    if rng.random() < 0.6:
        out = _recolour_ink(out, lines_HW, rng)
    if rng.random() < 0.6:
        out = _shade(out, rng)
    if rng.random() < 0.25:
        # Other paper than white: the drawing lies on a colour.
        out = out * rng.uniform(0.55, 1.0, 3).astype(np.float32)
    out = out ** np.float32(np.exp(rng.uniform(-0.45, 0.45)))
    if rng.random() < 0.3:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 0.9)), np.float32)
    if rng.random() < 0.5:
        grain = rng.standard_normal(out.shape, dtype=np.float32)
        if rng.random() < 0.4:
            grain = 2 * np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.9), np.float32)
        out = out + grain * np.float32(rng.uniform(0.005, 0.04))
    dirty: Array8 = (np.clip(out, 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.3:
        quality = int(rng.integers(40, 90))
        _, code = cv2.imencode(".jpg", dirty, [cv2.IMWRITE_JPEG_QUALITY, quality])
        dirty = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return dirty


def _recolour_ink(rgb: Plane, lines_HW: Array8, rng: np.random.Generator) -> Plane:
    """Ink of another colour, or a darker shade of the paint beside it, as many painters do."""
    cover: Plane = (255 - lines_HW)[..., None].astype(np.float32) / np.float32(255)
    beside: Plane = np.asarray(cv2.dilate(rgb, np.ones((5, 5), np.uint8)), np.float32)
    ink: Plane = beside * np.float32(rng.uniform(0.25, 0.75))
    if rng.random() < 0.4:
        ink = ink * 0.3 + rng.uniform(0, 0.6, 3).astype(np.float32) * 0.7
    # Ink must remain darker than the paint, or the lines would be gone.
    ink = np.minimum(ink, beside * np.float32(0.82))
    share = cover * np.float32(rng.uniform(0.6, 1.0))
    return rgb * (1 - share) + ink * share


def _shade(rgb: Plane, rng: np.random.Generator) -> Plane:
    """Soft light over the picture, and up to two cel shadows with crisp edges: not lines."""
    height, width, _ = rgb.shape
    for hard in (False, *([True] * int(rng.integers(0, 3)))):
        cloud = _cloud(rng, (width, height), int(rng.integers(2, 6)))
        if hard:
            cloud = np.clip((cloud - np.float32(rng.uniform(0.3, 0.8))) * 40, 0, 1)
        tint = 1 - rng.uniform(0.05, 0.28) * rng.uniform(0.6, 1, 3)
        rgb = rgb * (1 - cloud[..., None] * (1 - tint.astype(np.float32)))
    return np.asarray(rgb, np.float32)


def _cloud(rng: np.random.Generator, size: tuple[int, int], cells: int) -> Plane:
    """Smooth noise of (width, height), about 0..1."""
    grid = rng.random((cells, cells), dtype=np.float32)
    return np.asarray(cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC), np.float32)
