"""Colour picture → line art, by three extractors, and strict black and white.

Line art is `uint8` `(H, W)`, 255 = paper, 0 = ink. All extractors look for *differences*, so that
a solid black area becomes its outline, and a border between two flat colours becomes a line even
where the artist drew none.

Sources: Winnemöller, Kyprianidis and Olsen, "XDoG: An eXtended difference-of-Gaussians compendium"
(2012) for `xdog`; Otsu, "A threshold selection method from gray-level histograms" (1979) for
`binarize`; division by the dilated picture is morphological background removal (black top-hat, as
a ratio). The learned extractor is trained in this repository (`docs/lines.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from style2color._runtime import onnx_runtime
from style2color.errors import ModelError, UsageError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array8 = NDArray[np.uint8]
Plane = NDArray[np.float32]
Blur = Callable[[Plane, float], Plane]
Method = Literal["xdog", "dilate", "learned"]
METHODS: tuple[Method, ...] = get_args(Method)

# The learned extractor's graph: sides must be multiples of the stride, and no pixel further away
# than the reach (rounded up to the stride) touches a line.
LEARNED_STRIDE = 8
LEARNED_REACH = 64
_TILE = 1024
LEARNED_WEIGHTS = Path(__file__).parent / "weights" / "lines.onnx"

# Weight of the colour differences against luma: a border visible only in hue is fainter.
_CHROMA_WEIGHT = np.float32(0.7)
# Darkest ratio of dilate-and-divide that still counts as paper, and lightest that is full ink.
_DIVIDE_PAPER, _DIVIDE_INK = 0.9, 0.3
# The same two ends for the learned extractor: its doubt about texture is a light fog, not a line.
_LEARNED_PAPER, _LEARNED_INK = 0.92, 0.1
# Two classes nearer than this are one: paper grain or flat tone, not ink on paper.
_MIN_CONTRAST = 24.0


def extract(rgb_HW3: Array8, method: str = "xdog") -> Array8:
    """Line art of a colour picture.

    Args:
        rgb_HW3: uint8 RGB `(H, W, 3)`, any size from 1×1.
        method: "xdog" (crisp, black), "dilate" (grey, keeps the pressure of the pen) or "learned"
            (a small network; ignores painted shading best).

    Returns:
        uint8 `(H, W)`, 255 = paper.

    Raises:
        UsageError: unknown method, or not a uint8 RGB picture.
        ModelError: "learned" without usable weights.
    """
    if method == "xdog":
        return xdog(rgb_HW3)
    if method == "dilate":
        return dilate_divide(rgb_HW3)
    if method == "learned":
        return _learned(rgb_HW3)
    raise UsageError(f"unknown line method {method!r}: choose one of {', '.join(METHODS)}")


def xdog(
    rgb_HW3: Array8,
    *,
    sigma: float = 0.4,
    k: float = 4.5,
    gamma: float = 0.98,
    epsilon: float = -3.0,
    phi: float = 0.2,
    blur: Blur | None = None,
) -> Array8:
    """Extended difference of Gaussians (Winnemöller et al. 2012), on luma *and* chroma.

    With `D = G(σ) − γ·G(kσ)` a pixel is paper where `D ≥ ε`, else `1 + tanh(φ·(D − ε))`. The
    paper filters luma; here the strongest of luma and the two colour differences is taken with
    its sign, so that two colours of equal lightness part by one line, not by two or by none.

    Args:
        rgb_HW3: uint8 RGB `(H, W, 3)`.
        sigma: width of the narrow Gaussian in pixels, 0 = none.
        k: ratio of the wide to the narrow one.
        gamma: below 1 bright areas resist faint lines (in flat light `D = (1 − γ)·brightness`).
        epsilon: threshold in grey levels (0..255); the lower, the fewer lines.
        phi: steepness per grey level; 1e9 gives pure black and white, 0.2 smooth edges, 0.05
            soft pencil.
        blur: another Gaussian, of a float32 plane and its σ, cut at `gaussian_radius(σ)` with edges
            repeated; must return a new array.

    Returns:
        uint8 `(H, W)`, 255 = paper.

    Raises:
        UsageError: not a uint8 RGB picture, or a parameter out of range.
    """
    _check_rgb(rgb_HW3)
    if sigma < 0 or k <= 1 or phi <= 0:
        raise UsageError("xdog needs sigma ≥ 0, k > 1 and phi > 0")
    red_HW, green_HW, blue_HW = (rgb_HW3[..., c].astype(np.float32) for c in range(3))
    luma_HW = 0.299 * red_HW + 0.587 * green_HW + 0.114 * blue_HW
    blur = blur or _gaussian
    strongest_HW, light_HW = _difference(blur, luma_HW, sigma, k)
    magnitude_HW = np.abs(strongest_HW)
    for colour_HW in (red_HW, blue_HW):
        colour_HW -= luma_HW
        colour_HW *= _CHROMA_WEIGHT
        difference_HW, _ = _difference(blur, colour_HW, sigma, k)
        stronger_HW = np.abs(difference_HW) > magnitude_HW
        np.copyto(strongest_HW, difference_HW, where=stronger_HW)
        np.abs(strongest_HW, out=magnitude_HW)
    light_HW *= 1 - gamma
    response_HW = strongest_HW
    response_HW += light_HW
    response_HW -= epsilon
    np.minimum(response_HW, 0, out=response_HW)
    response_HW *= np.float32(phi)
    ink_HW = np.tanh(response_HW, out=response_HW)
    lines_HW: Array8 = (ink_HW * 255 + 255.5).astype(np.uint8)
    return lines_HW


def dilate_divide(rgb_HW3: Array8, radius: int = 2) -> Array8:
    """The picture divided by its own dilation: flat areas cancel, ink stays as dark as it was.

    Args:
        rgb_HW3: uint8 RGB `(H, W, 3)`.
        radius: of the square dilation in pixels, ≥ 1; ink thicker than `2·radius` hollows out,
            and a border without ink becomes a grey band `radius` wide.

    Returns:
        uint8 `(H, W)`, 255 = paper, grey in between.

    Raises:
        UsageError: not a uint8 RGB picture, or radius < 1.
    """
    _check_rgb(rgb_HW3)
    if radius < 1:
        raise UsageError(f"dilate_divide needs radius ≥ 1, not {radius}")
    planes_3HW = np.ascontiguousarray(rgb_HW3.transpose(2, 0, 1))
    # The offset keeps noise in near-black areas from reading as strong ratios.
    light_3HW = _dilate(planes_3HW, radius).astype(np.float32) + 16
    ratio_HW = ((planes_3HW + np.float32(16)) / light_3HW).min(axis=0)
    return _levels(ratio_HW, _DIVIDE_PAPER, _DIVIDE_INK)


def binarize(lines_HW: Array8, threshold: Literal["auto"] | int = "auto") -> Array8:
    """Line art as pure ink and paper.

    Args:
        lines_HW: uint8 `(H, W)`.
        threshold: pixels darker than this level (0..255) are ink; "auto" takes Otsu's level, and
            an even page (no two tones apart) becomes all paper.

    Returns:
        uint8 `(H, W)` of 0 and 255.

    Raises:
        UsageError: not a uint8 grey picture, or a threshold outside 0..255.
    """
    if lines_HW.ndim != 2 or lines_HW.dtype != np.uint8 or lines_HW.size == 0:
        raise UsageError(f"line art must be uint8 (H, W), not {lines_HW.dtype} {lines_HW.shape}")
    level = _otsu(lines_HW) if threshold == "auto" else threshold
    if not isinstance(level, int) or not 0 <= level <= 255:
        raise UsageError(f"threshold must be 'auto' or 0..255, not {threshold}")
    return np.where(lines_HW < level, np.uint8(0), np.uint8(255))


def _check_rgb(rgb_HW3: Array8) -> None:
    if rgb_HW3.ndim != 3 or rgb_HW3.shape[2] != 3 or rgb_HW3.dtype != np.uint8 or not rgb_HW3.size:
        raise UsageError(f"need a uint8 (H, W, 3) picture, not {rgb_HW3.dtype} {rgb_HW3.shape}")


def gaussian_radius(sigma: float) -> int:
    """Where a Gaussian is cut, in pixels: at 2.8 σ; 0, no blur at all, up to σ = 0.15."""
    return int(np.ceil(2.8 * sigma)) if sigma > 0.15 else 0


def _difference(blur: Blur, plane_HW: Plane, sigma: float, k: float) -> tuple[Plane, Plane]:
    """`G(σ) − G(kσ)` and `G(kσ)` itself."""
    wide_HW = blur(plane_HW, max(sigma, 0.1) * k)
    difference_HW = blur(plane_HW, sigma)
    difference_HW -= wide_HW
    return difference_HW, wide_HW


def _gaussian(plane_HW: Plane, sigma: float) -> Plane:
    """Separable Gaussian with edges repeated; always a new array."""
    radius = gaussian_radius(sigma)
    if radius == 0:
        return plane_HW.copy()
    taps = np.exp(-0.5 * (np.arange(radius + 1) / sigma) ** 2)
    taps = np.asarray(taps / (taps[0] + 2 * taps[1:].sum()), np.float32)
    height, width = plane_HW.shape
    padded = np.pad(plane_HW, radius, mode="edge")
    rows: Plane = padded[radius : radius + height] * taps[0]
    pair = np.empty_like(rows)
    for step, tap in enumerate(taps[1:], 1):
        above, below = radius - step, radius + step
        np.add(padded[above : above + height], padded[below : below + height], out=pair)
        pair *= tap
        rows += pair
    # The horizontal pass runs over the flattened rows, whose wrapped ends fall into the padding:
    # whole contiguous buffers are several times faster than slices of columns.
    size = rows.size - 2 * radius
    flat, flat_pair = rows.reshape(-1), pair.reshape(-1)[:size]
    blurred = np.empty_like(rows)
    flat_out = blurred.reshape(-1)[radius : radius + size]
    np.multiply(flat[radius : radius + size], taps[0], out=flat_out)
    for step, tap in enumerate(taps[1:], 1):
        left, right = radius - step, radius + step
        np.add(flat[left : left + size], flat[right : right + size], out=flat_pair)
        flat_pair *= tap
        flat_out += flat_pair
    return blurred[:, radius : radius + width].copy()


def _dilate(planes_CHW: Array8, radius: int) -> Array8:
    """Maximum over a square of side `2·radius + 1`, by doubling the window."""
    window = 2 * radius + 1
    out = np.pad(planes_CHW, [(0, 0), (radius, radius), (radius, radius)], mode="edge")
    for axis in (1, 2):
        out = out if axis == 1 else out.swapaxes(1, 2)
        reach = 1
        while reach < window:
            step = min(reach, window - reach)
            out = np.maximum(out[:, : out.shape[1] - step], out[:, step:])
            reach += step
        out = out if axis == 1 else out.swapaxes(1, 2)
    return out


def _levels(values_HW: Plane, paper: float, ink: float) -> Array8:
    """Stretches `ink`..`paper` to 0..255."""
    lines_HW: Array8 = np.clip((values_HW - ink) * (255 / (paper - ink)), 0, 255).astype(np.uint8)
    return lines_HW


def _otsu(lines_HW: Array8) -> int:
    """Level that best parts dark from light; 0 (nothing is ink) when the two are one."""
    counts = np.bincount(lines_HW.ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256)
    below = np.cumsum(counts)
    mass = np.cumsum(counts * levels)
    above = below[-1] - below
    parted = (below > 0) & (above > 0)
    if not parted.any():
        return 0
    dark = mass[parted] / below[parted]
    light = (mass[-1] - mass[parted]) / above[parted]
    best = int(np.argmax(below[parted] * above[parted] * (light - dark) ** 2))
    if light[best] - dark[best] < _MIN_CONTRAST:
        return 0
    # Midway between the classes: Otsu's own level hugs the paper when ink is rare and grey.
    return int((dark[best] + light[best]) / 2) + 1


def _learned(rgb_HW3: Array8) -> Array8:
    """The network over tiles whose margins exceed its reach, so that tiling leaves no trace.

    The picture is mirrored outwards first: the network takes its own zero padding for a border.
    """
    _check_rgb(rgb_HW3)
    session = _session(LEARNED_WEIGHTS)
    edge = LEARNED_STRIDE
    pads = [(edge, edge + -side % LEARNED_STRIDE) for side in rgb_HW3.shape[:2]]
    padded_HW3 = np.pad(rgb_HW3, [*pads, (0, 0)], mode="reflect")
    height, width, _ = padded_HW3.shape
    lines_HW = np.empty((height, width), np.uint8)
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            above, before = min(top, LEARNED_REACH), min(left, LEARNED_REACH)
            bottom, right = top + _TILE, left + _TILE
            tile = padded_HW3[
                top - above : bottom + LEARNED_REACH, left - before : right + LEARNED_REACH
            ]
            rgb_13HW = (tile.astype(np.float32) / 255).transpose(2, 0, 1)[None]
            (paper_11HW,) = session.run(None, {"rgb": np.ascontiguousarray(rgb_13HW)})
            paper_HW = paper_11HW[0, 0, above : above + _TILE, before : before + _TILE]
            lines_HW[top:bottom, left:right] = _levels(paper_HW, _LEARNED_PAPER, _LEARNED_INK)
    return lines_HW[edge : edge + rgb_HW3.shape[0], edge : edge + rgb_HW3.shape[1]].copy()


@lru_cache(maxsize=1)
def _session(weights: Path) -> InferenceSession:
    try:
        ort = onnx_runtime()
        options = ort.SessionOptions()
        options.log_severity_level = 3
        made: InferenceSession = ort.InferenceSession(
            weights, options, providers=["CPUExecutionProvider"]
        )
        return made
    except Exception as error:  # ONNX Runtime's own exceptions share no public base class.
        raise ModelError(
            f"the learned line extractor {weights} cannot be loaded ({error}): "
            "reinstall style2color or choose method 'xdog'"
        ) from error
