"""Worn lines for training: a clean line drawing as some other hand, pen, paper and scanner made it.

A network fed one kind of line paints only that kind. `wear` mixes, per picture: a slightly
unsteady hand, thicker and thinner strokes, gaps, doubled strokes, grey pencil, blur, toned and
grainy paper. About half of the pictures are *strict*: pure black and white, with no trace of the
grey that extracted lines carry over from the colours they came from.

Everything random comes from the given generator: the same generator gives the same lines.
Lengths are in pixels of a 256-pixel picture and follow the picture's shorter side.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Array8 = NDArray[np.uint8]
Plane = NDArray[np.float32]

PAPER = 255
STRICT_SHARE = 0.5
# Above this share of ink a picture is no line drawing any more: it is left as it was.
_MOST_INK = 0.5


def wear(lines_HW: Array8, rng: np.random.Generator, strength: float = 1.0) -> Array8:
    """One random, plausible other drawing of the same lines; strokes stay within about 2 pixels.

    Args:
        lines_HW: uint8 `(H, W)`, 255 = paper, 0 = ink.
        rng: source of all randomness.
        strength: 0 leaves shapes and tones alone (the strict half is still binarized), 1 is the
            default, up to 2 is rougher.

    Returns:
        uint8 `(H, W)`, a new array; strict ones hold only 0 and 255.

    Raises:
        ValueError: not a uint8 `(H, W)` array, or strength outside 0..2.
    """
    if lines_HW.ndim != 2 or lines_HW.dtype != np.uint8 or lines_HW.size == 0:
        raise ValueError(f"line art must be uint8 (H, W), not {lines_HW.dtype} {lines_HW.shape}")
    if not 0 <= strength <= 2:
        raise ValueError(f"strength must be in 0..2, not {strength}")
    strict = rng.random() < STRICT_SHARE
    scale = min(max(min(lines_HW.shape) / 256, 0.5), 3.0)
    worn_HW = _stroke(lines_HW, rng, strength, scale)
    level = int(rng.integers(120, 216)) if strict else 128
    if _ink_share(worn_HW, level) > max(_MOST_INK, _ink_share(lines_HW, 128)):
        worn_HW, level = lines_HW.copy(), 128
    if strict:
        return _u8(cv2.threshold(worn_HW, level - 1, PAPER, cv2.THRESH_BINARY)[1])
    if rng.random() < 0.55 * strength:
        worn_HW = _pencil(worn_HW, rng, strength)
    if rng.random() < 0.5 * strength:
        sigma = rng.uniform(0.35, 0.45 + 0.6 * strength) * max(scale, 0.7)
        worn_HW = _u8(cv2.GaussianBlur(worn_HW, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))
    if rng.random() < 0.5 * strength:
        worn_HW = _paper(worn_HW, rng, strength)
    return worn_HW


def color_lines(lines_HW: Array8, rng: np.random.Generator) -> Array8:
    """The lines in coloured ink: one dark hue, or two that change over the picture.

    Args:
        lines_HW: uint8 `(H, W)`, 255 = paper.
        rng: source of all randomness.

    Returns:
        uint8 RGB `(H, W, 3)`; paper stays white, full ink becomes the colour.

    Raises:
        ValueError: not a uint8 `(H, W)` array.
    """
    if lines_HW.ndim != 2 or lines_HW.dtype != np.uint8 or lines_HW.size == 0:
        raise ValueError(f"line art must be uint8 (H, W), not {lines_HW.dtype} {lines_HW.shape}")
    first = _ink_colour(rng)
    ink_HW3: Plane = np.broadcast_to(first, (*lines_HW.shape, 3))
    if rng.random() < 0.4:
        mix_HW1 = _cloud(lines_HW.shape, rng, 3)[..., None]
        ink_HW3 = first + mix_HW1 * (_ink_colour(rng) - first)
    cover_HW1 = (PAPER - lines_HW)[..., None].astype(np.float32) / PAPER
    return _u8(PAPER - cover_HW1 * (PAPER - ink_HW3))


def _stroke(lines_HW: Array8, rng: np.random.Generator, strength: float, scale: float) -> Array8:
    """What the hand did: jitter, thickness, doubling, gaps."""
    worn_HW = lines_HW.copy()
    if rng.random() < 0.3 * strength:
        worn_HW = _jitter(worn_HW, rng, rng.uniform(0.4, 1.2) * strength * scale)
    thickness = rng.random()
    if thickness < 0.3 * strength:
        worn_HW = _thicken(worn_HW, rng, scale)
    elif thickness < 0.45 * strength:
        worn_HW = _thin(worn_HW, rng)
    if rng.random() < 0.15 * strength:
        worn_HW = _double(worn_HW, rng, strength * scale)
    if rng.random() < 0.4 * strength:
        worn_HW = _gaps(worn_HW, rng, strength, scale)
    return worn_HW


def _jitter(lines_HW: Array8, rng: np.random.Generator, reach: float) -> Array8:
    """Smooth displacement of at most `reach` pixels along each axis."""
    height, width = lines_HW.shape
    cells = int(rng.integers(4, 12))
    x_HW = (_cloud(lines_HW.shape, rng, cells) * 2 - 1) * np.float32(reach)
    y_HW = (_cloud(lines_HW.shape, rng, cells) * 2 - 1) * np.float32(reach)
    x_HW += np.arange(width, dtype=np.float32)
    y_HW += np.arange(height, dtype=np.float32)[:, None]
    moved = cv2.remap(lines_HW, x_HW, y_HW, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _u8(moved)


def _thicken(lines_HW: Array8, rng: np.random.Generator, scale: float) -> Array8:
    """Wider strokes, everywhere or (brush) in some places only."""
    side = int(rng.integers(2, 2 + max(1, round(1.6 * scale)), endpoint=True))
    shape = cv2.MORPH_RECT if side == 2 else cv2.MORPH_ELLIPSE
    thick_HW = cv2.erode(lines_HW, cv2.getStructuringElement(shape, (side, side)))
    # Dense hatching would run together into a blot: there the strokes keep their width.
    here_HW = cv2.blur(lines_HW, (9, 9), borderType=cv2.BORDER_REPLICATE) > 180
    if rng.random() < 0.5:
        here_HW &= _cloud(lines_HW.shape, rng, 6) > 0.5
    return np.where(here_HW, _u8(thick_HW), lines_HW)


def _thin(lines_HW: Array8, rng: np.random.Generator) -> Array8:
    """Narrower strokes; one-pixel strokes turn pale instead of vanishing."""
    kernel = np.ones((2, 2), np.uint8)
    thin_HW = cv2.dilate(lines_HW, kernel, borderType=cv2.BORDER_REPLICATE)
    share = rng.uniform(0.3, 0.6)
    return _u8(cv2.addWeighted(thin_HW, share, lines_HW, 1 - share, 0))


def _double(lines_HW: Array8, rng: np.random.Generator, reach: float) -> Array8:
    """A second, paler stroke beside the first, in part of the picture."""
    angle = rng.uniform(0, 2 * np.pi)
    distance = rng.uniform(1.5, 3.0) * max(reach, 0.6)
    move = np.array(
        [[1, 0, distance * np.cos(angle)], [0, 1, distance * np.sin(angle)]], np.float32
    )
    size = lines_HW.shape[::-1]
    again_HW = cv2.warpAffine(lines_HW, move, size, borderMode=cv2.BORDER_REPLICATE)
    cover_HW = _cloud(lines_HW.shape, rng, 4) * 2.5 - 1.2
    np.clip(cover_HW, 0, rng.uniform(0.4, 1.0), out=cover_HW)
    cover_HW *= PAPER - again_HW.astype(np.float32)
    return np.minimum(lines_HW, _u8(PAPER - cover_HW))


def _gaps(lines_HW: Array8, rng: np.random.Generator, strength: float, scale: float) -> Array8:
    """Discs of paper laid on the strokes: broken lines, open corners."""
    ink = np.flatnonzero(lines_HW < 160)
    if ink.size == 0:
        return lines_HW
    expected = rng.uniform(0.001, 0.007) * strength * ink.size / scale
    count = int(min(1 + expected, 60))
    centres = np.unravel_index(ink[rng.integers(0, ink.size, count)], lines_HW.shape)
    for y, x, radius in zip(*centres, rng.uniform(0.8, 2.6, count) * scale, strict=True):
        cv2.circle(lines_HW, (int(x), int(y)), max(1, round(radius)), PAPER, -1)
    return lines_HW


def _pencil(lines_HW: Array8, rng: np.random.Generator, strength: float) -> Array8:
    """Grey instead of black: an even tone, a changing pressure, sometimes the paper's tooth."""
    cover_HW = PAPER - lines_HW.astype(np.float32)
    cover_HW *= 1 - rng.uniform(0.05, 0.35) * strength
    if rng.random() < 0.5:
        cover_HW *= 1 - rng.uniform(0.1, 0.25) * strength * _cloud(lines_HW.shape, rng, 7)
    if rng.random() < 0.4:
        tooth_HW = rng.integers(0, 256, lines_HW.shape, dtype=np.uint8)
        cover_HW *= 1 - tooth_HW * np.float32(0.2 * strength / PAPER)
    return _u8(PAPER - cover_HW)


def _paper(lines_HW: Array8, rng: np.random.Generator, strength: float) -> Array8:
    """Toned, unevenly lit or grainy paper under the ink."""
    paper_HW: Plane = np.full(lines_HW.shape, 1 - rng.uniform(0, 0.06) * strength, np.float32)
    if rng.random() < 0.4:
        paper_HW -= np.float32(rng.uniform(0.02, 0.06) * strength) * _cloud(lines_HW.shape, rng, 3)
    if rng.random() < 0.6:
        grain_HW = rng.integers(0, 256, lines_HW.shape, dtype=np.uint8)
        if rng.random() < 0.5:
            grain_HW = _u8(cv2.blur(grain_HW, (2, 2)))
        paper_HW -= grain_HW * np.float32(rng.uniform(0.01, 0.06) * strength / PAPER)
    return _u8(lines_HW * paper_HW)


def _ink_colour(rng: np.random.Generator) -> Plane:
    """A dark colour of any hue, float32 (3,) in 0..255."""
    hue, value = rng.uniform(0, 3), rng.uniform(20, 130)
    wheel = np.clip(np.abs((hue - np.arange(3) + 1.5) % 3 - 1.5) * -2 + 2, 0, 1)
    colour = value * (1 - rng.uniform(0.3, 1.0) * (1 - wheel))
    return np.asarray(colour, np.float32)


def _cloud(shape: tuple[int, ...], rng: np.random.Generator, cells: int) -> Plane:
    """Smooth noise in 0..1: a small random grid, enlarged as `cv2.resize` does, but as two matrix
    products, which take a tenth of the time."""
    grid = rng.random((cells, cells), dtype=np.float32)
    height, width = shape
    across = _cubic(width, cells).reshape(-1, cells)[:width].T
    cloud_HW = ((_cubic(height, cells) @ grid) @ across).reshape(-1, width)[:height]
    return np.asarray(np.clip(cloud_HW, 0, 1, out=cloud_HW), np.float32)


@lru_cache(maxsize=64)
def _cubic(size: int, cells: int) -> Plane:
    """What `size` pixels take from `cells`, in stacks of 32 rows with zeros behind the last,
    (N, 32, cells): small products, for which no BLAS wakes threads that the loader's workers have
    no cores for."""
    taken = cv2.resize(
        np.eye(cells, dtype=np.float32), (cells, size), interpolation=cv2.INTER_CUBIC
    )
    padded = np.zeros((-(-size // 32), 32, cells), np.float32)
    padded.reshape(-1, cells)[:size] = taken
    return padded


def _ink_share(lines_HW: Array8, level: int) -> float:
    paper_HW = cv2.threshold(lines_HW, level - 1, 1, cv2.THRESH_BINARY)[1]
    return 1 - cv2.countNonZero(paper_HW) / lines_HW.size


def _u8(values: cv2.typing.MatLike) -> Array8:
    """Rounded and clipped to uint8 where it is not yet."""
    return np.asarray(values if values.dtype == np.uint8 else cv2.convertScaleAbs(values), np.uint8)
