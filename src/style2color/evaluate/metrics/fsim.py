"""FSIM and FSIMc: similarity of features where the eye looks for them.

Source: Zhang, Zhang, Mou and Zhang, "FSIM: a feature similarity index for image quality
assessment" (2011). Phase congruency follows Kovesi, "Image features from phase congruency" (1999):
log-Gabor filters on 4 scales and 4 orientations, with his estimate of the noise.

FSIM sees luma only and is nearly blind to colour, FSIMc hardly less so (swapping red and blue
leaves .99): never report either without ΔE or a palette distance beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from style2color.errors import UsageError
from style2color.evaluate.metrics.batch import Array8, Values, rgb_batch, rgb_pair

_T_PHASE, _T_GRADIENT, _T_CHROMA, _CHROMA_POWER = 0.85, 160.0, 200.0, 0.03
_SCALES, _ORIENTATIONS = 4, 4
_MIN_WAVELENGTH, _WAVELENGTH_STEP, _BANDWIDTH = 6.0, 2.0, 0.55
# Angular width of a filter: the gap between orientations over 1.2.
_ANGULAR_SIGMA = np.pi / _ORIENTATIONS / 1.2
_NOISE_SIGMAS, _NOISE_SOFTENING = 2.0, 1.7
_TINY = 1e-4
_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_SCHARR = np.array([[3, 0, -3], [10, 0, -10], [3, 0, -3]]) / 16.0


@dataclass(frozen=True)
class Features:
    """What FSIM compares of one picture: float64 (h, w) each, h and w about 256.

    Made once per picture by `features`, so that one target serves many painters.
    """

    phase: Values
    gradient: Values
    i: Values
    q: Values


def fsim(painted: NDArray[Any], target: NDArray[Any]) -> Values:
    """Feature similarity of luma, 0..1."""
    first, second = rgb_pair(painted, target)
    return np.array(
        [compare(features(a), features(b))[0] for a, b in zip(first, second, strict=True)]
    )


def fsimc(painted: NDArray[Any], target: NDArray[Any]) -> Values:
    """Feature similarity with the chromatic term, 0..1."""
    first, second = rgb_pair(painted, target)
    return np.array(
        [compare(features(a), features(b))[1] for a, b in zip(first, second, strict=True)]
    )


def compare(a: Features, b: Features) -> tuple[float, float]:
    """FSIM and FSIMc of two pictures, each 0..1; two featureless pictures count as 1.

    Where the chromatic products of a pixel disagree in sign the paper's power of a negative number
    is not real; its magnitude is taken, as the common implementations do.
    """
    weight = np.maximum(a.phase, b.phase)
    total = weight.sum()
    if total <= 0:
        return 1.0, 1.0
    local = (
        weight
        * _similarity(a.phase, b.phase, _T_PHASE)
        * _similarity(a.gradient, b.gradient, _T_GRADIENT)
    )
    chroma = _similarity(a.i, b.i, _T_CHROMA) * _similarity(a.q, b.q, _T_CHROMA)
    coloured = local * np.abs(chroma) ** _CHROMA_POWER
    return float(local.sum() / total), float(coloured.sum() / total)


def features(picture_HW3: Array8) -> Features:
    """Phase congruency, gradient and chroma of one uint8 (H, W, 3).

    As in the paper the picture is first averaged and thinned out so that its shorter side is about
    256.

    Raises:
        UsageError: not uint8 RGB, or a side under 8 pixels.
    """
    picture = rgb_batch(picture_HW3)[0].astype(np.float64)
    if min(picture.shape[:2]) < 8:
        raise UsageError(f"fsim needs pictures of at least 8×8, not {picture.shape[:2]}")
    yiq = _thin_out(picture) @ _YIQ.T
    luma = np.ascontiguousarray(yiq[..., 0])
    # Zeros beyond the border, as in the authors' figures.
    across = cv2.filter2D(luma, cv2.CV_64F, _SCHARR, borderType=cv2.BORDER_CONSTANT)
    down = cv2.filter2D(luma, cv2.CV_64F, _SCHARR.T, borderType=cv2.BORDER_CONSTANT)
    return Features(_phase_congruency(luma), np.hypot(across, down), yiq[..., 1], yiq[..., 2])


def _similarity(a: Values, b: Values, constant: float) -> Values:
    return (2 * a * b + constant) / (a * a + b * b + constant)


def _thin_out(picture_HW3: Values) -> Values:
    step = max(1, round(min(picture_HW3.shape[:2]) / 256))
    if step == 1:
        return picture_HW3
    height, width = (side // step * step for side in picture_HW3.shape[:2])
    blocks = picture_HW3[:height, :width].reshape(height // step, step, width // step, step, 3)
    return np.asarray(blocks.mean((1, 3)))


def _phase_congruency(luma_HW: Values) -> Values:
    """Energy that agrees in phase over all scales, over the whole amplitude; (H, W), 0..1."""
    bank = _filter_bank(*luma_HW.shape)
    spectrum = fft.fft2(luma_HW)
    agreeing = np.zeros_like(luma_HW)
    amplitude = np.zeros_like(luma_HW)
    for orientation in range(_ORIENTATIONS):
        response = fft.ifft2(spectrum * bank.filters[orientation], axes=(-2, -1))
        magnitude = np.abs(response)
        mean = response.sum(0)
        mean /= np.abs(mean) + _TINY
        # Real part: how far each scale agrees with the mean phase; imaginary: how far it strays.
        aligned = response * mean.conj()
        energy = (aligned.real - np.abs(aligned.imag)).sum(0)
        # The smallest scale is mostly noise: the median of its energy gives the noise's power.
        power = np.median(magnitude[0] ** 2) / np.log(2) / bank.energy[orientation]
        rayleigh = np.sqrt(power * bank.spread[orientation])
        threshold = rayleigh * (np.sqrt(np.pi / 2) + _NOISE_SIGMAS * np.sqrt(2 - np.pi / 2))
        agreeing += np.maximum(energy - threshold / _NOISE_SOFTENING, 0)
        amplitude += magnitude.sum(0)
    return np.divide(agreeing, amplitude, out=np.zeros_like(agreeing), where=amplitude > 1e-9)


@dataclass(frozen=True)
class _Bank:
    filters: Values  # (orientations, scales, H, W)
    energy: Values  # (orientations,) of the smallest scale
    spread: Values  # (orientations,) variance of the summed noise response for unit noise


@lru_cache(maxsize=8)
def _filter_bank(height: int, width: int) -> _Bank:
    y, x = np.meshgrid(_frequencies(height), _frequencies(width), indexing="ij")
    radius = fft.ifftshift(np.hypot(x, y))
    angle = fft.ifftshift(np.arctan2(-y, x))
    # Filters must not ring at the corners of the spectrum.
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    radius[0, 0] = 1
    radial = []
    for scale in range(_SCALES):
        centre = 1 / (_MIN_WAVELENGTH * _WAVELENGTH_STEP**scale)
        gabor = np.exp(-(np.log(radius / centre) ** 2) / (2 * np.log(_BANDWIDTH) ** 2)) * low_pass
        gabor[0, 0] = 0
        radial.append(gabor)
    filters = np.empty((_ORIENTATIONS, _SCALES, height, width))
    for orientation in range(_ORIENTATIONS):
        turn = angle - orientation * np.pi / _ORIENTATIONS
        distance = np.abs(np.arctan2(np.sin(turn), np.cos(turn)))
        filters[orientation] = np.stack(radial) * np.exp(-(distance**2) / (2 * _ANGULAR_SIGMA**2))
    kernels = fft.ifft2(filters, axes=(-2, -1)).real * np.sqrt(height * width)
    squares = (kernels**2).sum((1, 2, 3))
    # Σ over pairs of scales of their product, from (Σ)² = Σ squares + 2 Σ pairs.
    pairs = ((kernels.sum(1) ** 2).sum((1, 2)) - squares) / 2
    return _Bank(filters, (filters[:, 0] ** 2).sum((1, 2)), squares + 2 * pairs)


def _frequencies(size: int) -> Values:
    """Cycles per pixel of a centred axis; an odd side reaches ±½ as in Kovesi's code."""
    half = size // 2
    return np.arange(-half, size - half) / (size if size % 2 == 0 else size - 1)
