"""Distances between two *sets* of pictures, from features of each picture.

Sources: Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
equilibrium" (2017) for the Fréchet distance; Bińkowski, Sutherland, Arbel and Gretton,
"Demystifying MMD GANs" (2018) for the kernel distance (KID).

The features decide what such a number means, so it always carries their name: `fd_lite0`,
`fd_vgg16`, and `fid` only for the standard Inception weights (`backbones.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from style2color.errors import UsageError
from style2color.evaluate.metrics.batch import Values

ENOUGH = 2048
"""Pictures per set from which a Fréchet distance is worth quoting; below, quote the KID."""


def frechet_distance(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Fréchet distance of two Gaussians fitted to features (N, D) and (M, D); 0 = same, ≥ 0.

    Biased upwards for few pictures: compare only sets of equal size, and see `ENOUGH`.

    Raises:
        UsageError: fewer than two rows, other widths, or values that are not finite.
    """
    a, b = _checked(first, second)
    shift = a.mean(0) - b.mean(0)
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    cov_a, cov_b = np.atleast_2d(cov_a), np.atleast_2d(cov_b)
    # tr √(AB) = tr √(√A B √A), whose inside is symmetric: no complex roots, no singular trouble.
    values, vectors = linalg.eigh(cov_a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    inner = linalg.eigvalsh(root @ cov_b @ root)
    trace = np.trace(cov_a) + np.trace(cov_b) - 2 * np.sqrt(np.maximum(inner, 0)).sum()
    return float(max(shift @ shift + trace, 0.0))


def kernel_distance(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    subset: int = 1000,
    rounds: int = 100,
    seed: int = 0,
) -> tuple[float, float]:
    """KID of features (N, D) and (M, D): mean and standard deviation over random subsets.

    Unbiased squared MMD with the kernel (x·y / D + 1)³, times 1 (others print it times 1000); it
    may be slightly negative for equal sets. Sets smaller than `subset` are used whole, and then the
    deviation is 0.

    Raises:
        UsageError: as `frechet_distance`.
    """
    a, b = _checked(first, second)
    size = min(subset, len(a), len(b))
    if size == len(a) == len(b):
        return _mmd2(a, b), 0.0
    draw = np.random.default_rng(seed)
    values = [
        _mmd2(a[draw.choice(len(a), size, False)], b[draw.choice(len(b), size, False)])
        for _ in range(rounds)
    ]
    return float(np.mean(values)), float(np.std(values))


def _mmd2(a: Values, b: Values) -> float:
    size, width = a.shape
    aa, bb, ab = ((x @ y.T / width + 1) ** 3 for x, y in ((a, a), (b, b), (a, b)))
    within = (aa.sum() - np.trace(aa) + bb.sum() - np.trace(bb)) / (size * (size - 1))
    return float(within - 2 * ab.mean())


def _checked(first: NDArray[Any], second: NDArray[Any]) -> tuple[Values, Values]:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise UsageError(
            f"features must be (N, D) and (M, D) with N, M ≥ 2, not {a.shape} and {b.shape}"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise UsageError("features contain values that are not finite")
    return a, b
