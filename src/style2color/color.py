"""sRGB ↔ CIELAB (D65), the one place where colours change their space."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)
_FROM_XYZ = np.linalg.inv(_TO_XYZ)
# Every 8-bit channel value in linear light: a table is exact and faster than a power per pixel.
_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)


def rgb_to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 sRGB (..., 3) → float32 CIELAB (..., 3): L 0..100, a and b about -128..127."""
    xyz = _LINEAR[rgb] @ (_TO_XYZ / _WHITE[:, None]).T
    delta = 6 / 29
    f = np.where(xyz > delta**3, np.cbrt(xyz), xyz / (3 * delta**2) + 4 / 29)
    lab = np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )
    return lab.astype(np.float32)


def squared_delta_e(one_N3: NDArray[np.uint8], other_M3: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Squared CIE 1976 differences between two lists of colours, uint8 sRGB → float64 (N, M)."""
    one, other = (rgb_to_lab(colors).astype(np.float64) for colors in (one_N3, other_M3))
    squared: NDArray[np.float64] = ((one[:, None] - other[None]) ** 2).sum(-1)
    return squared


def lab_to_rgb(lab: NDArray[Any]) -> NDArray[np.uint8]:
    """CIELAB (..., 3) → uint8 sRGB (..., 3); colours outside the gamut are clipped."""
    values = np.asarray(lab, np.float64)
    fy = (values[..., 0] + 16) / 116
    f = np.stack([fy + values[..., 1] / 500, fy, fy - values[..., 2] / 200], -1)
    delta = 6 / 29
    xyz = np.where(f > delta, f**3, 3 * delta**2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(xyz @ _FROM_XYZ.T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rgb: NDArray[np.uint8] = np.rint(srgb * 255).astype(np.uint8)
    return rgb
