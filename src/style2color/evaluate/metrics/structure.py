"""PSNR, SSIM and MS-SSIM on RGB, one value per picture.

Sources: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
structural similarity" (2004); Wang, Simoncelli and Bovik, "Multiscale structural similarity for
image quality assessment" (2003). The borders follow torchmetrics 1.9 (reflected for SSIM, cropped
for the contrast terms of MS-SSIM), so that figures compare with what others publish.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.errors import UsageError
from style2color.evaluate.metrics.batch import Values, rgb_pair

PSNR_CEILING = 100.0
"""dB given to two equal pictures, whose PSNR is infinite: a mean must stay finite."""

_C1, _C2 = 0.01**2, 0.03**2
_RADIUS = 5
_SCALE_WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])

_taps = np.exp(-0.5 * (np.arange(-_RADIUS, _RADIUS + 1) / 1.5) ** 2)
_TAPS = _taps / _taps.sum()


def psnr(painted: NDArray[Any], target: NDArray[Any]) -> Values:
    """Peak signal-to-noise ratio of each picture in dB, over all three channels; higher is better.

    The mean over a set is the mean of these values, not the PSNR of the mean error.
    """
    first, second = rgb_pair(painted, target)
    error = ((first.astype(np.float64) - second) ** 2).mean((1, 2, 3))
    with np.errstate(divide="ignore"):
        return np.asarray(np.minimum(10 * np.log10(255.0**2 / error), PSNR_CEILING))


def ssim(painted: NDArray[Any], target: NDArray[Any]) -> Values:
    """Structural similarity, -1..1, mean of R, G and B; Gaussian window 11, σ 1.5.

    Raises:
        UsageError: pictures smaller than 6×6 (the window cannot be reflected).
    """
    first, second = rgb_pair(painted, target)
    _check_side(first.shape, _RADIUS + 1, "ssim")
    return np.array(
        [_similarity(a / 255.0, b / 255.0)[0] for a, b in zip(first, second, strict=True)]
    )


def ms_ssim(painted: NDArray[Any], target: NDArray[Any]) -> Values:
    """Multi-scale SSIM, 0..1, five scales; negative terms count as 0.

    Raises:
        UsageError: a side of 160 pixels or less: five halvings leave nothing of the window.
    """
    first, second = rgb_pair(painted, target)
    _check_side(first.shape, 161, "ms_ssim")
    return np.array([_multiscale(a / 255.0, b / 255.0) for a, b in zip(first, second, strict=True)])


def _multiscale(a_HW3: Values, b_HW3: Values) -> float:
    terms = np.empty(len(_SCALE_WEIGHTS))
    for scale in range(len(terms)):
        similarity, contrast = _similarity(a_HW3, b_HW3)
        terms[scale] = similarity if scale == len(terms) - 1 else contrast
        a_HW3, b_HW3 = _halve(a_HW3), _halve(b_HW3)
    return float(np.prod(np.maximum(terms, 0) ** _SCALE_WEIGHTS))


def _similarity(a_HW3: Values, b_HW3: Values) -> tuple[float, float]:
    """Mean SSIM (borders reflected) and mean contrast-structure term (borders cropped)."""
    mean_a, mean_b = _blur(a_HW3), _blur(b_HW3)
    var_a = np.maximum(_blur(a_HW3 * a_HW3) - mean_a**2, 0)
    var_b = np.maximum(_blur(b_HW3 * b_HW3) - mean_b**2, 0)
    covariance = _blur(a_HW3 * b_HW3) - mean_a * mean_b
    contrast = (2 * covariance + _C2) / (var_a + var_b + _C2)
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    inner = contrast[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]
    return float((luminance * contrast).mean()), float(inner.mean()) if inner.size else 1.0


def _blur(plane_HW3: Values) -> Values:
    border = cv2.BORDER_REFLECT_101
    blurred = cv2.sepFilter2D(plane_HW3, cv2.CV_64F, _TAPS, _TAPS, borderType=border)
    return np.asarray(blurred, np.float64)


def _halve(plane_HW3: Values) -> Values:
    height, width = plane_HW3.shape[0] // 2 * 2, plane_HW3.shape[1] // 2 * 2
    even = plane_HW3[:height, :width]
    halved: Values = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return halved


def _check_side(shape: tuple[int, ...], side: int, name: str) -> None:
    if min(shape[1:3]) < side:
        raise UsageError(f"{name} needs pictures of at least {side}×{side}, not {shape[1:3]}")
