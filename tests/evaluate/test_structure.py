"""PSNR, SSIM and MS-SSIM against torchmetrics, and in the direction they must move."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchmetrics.functional.image import (
    multiscale_structural_similarity_index_measure as reference_ms_ssim,
)
from torchmetrics.functional.image import (
    structural_similarity_index_measure as reference_ssim,
)

from style2color.errors import UsageError
from style2color.evaluate.metrics.structure import PSNR_CEILING, ms_ssim, psnr, ssim

from .pictures import Array8, drawing, noisy, waves

PAIRS = [
    (drawing(), noisy(drawing(), 20)),
    (waves(177, 230), waves(177, 230, 0.3)),
    (drawing(), np.ascontiguousarray(255 - drawing())),
]


def _tensor(picture: Array8) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)[None].double() / 255


@pytest.mark.parametrize(("painted", "target"), PAIRS)
def test_ssim_agrees_with_torchmetrics(painted: Array8, target: Array8) -> None:
    theirs = reference_ssim(_tensor(painted), _tensor(target), sigma=1.5, data_range=1.0)
    assert ssim(painted, target)[0] == pytest.approx(float(theirs), abs=1e-5)


@pytest.mark.parametrize(("painted", "target"), PAIRS)
def test_ms_ssim_agrees_with_torchmetrics(painted: Array8, target: Array8) -> None:
    theirs = reference_ms_ssim(
        _tensor(painted), _tensor(target), sigma=1.5, data_range=1.0, normalize="relu"
    )
    assert ms_ssim(painted, target)[0] == pytest.approx(float(theirs), abs=1e-5)


@pytest.mark.parametrize("measure", [psnr, ssim, ms_ssim])
def test_more_noise_is_worse(measure) -> None:
    figure = drawing()
    values = [measure(noisy(figure, amount), figure)[0] for amount in (2, 10, 40)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 1.2 * values[-1]


def test_a_batch_is_its_pictures_one_by_one() -> None:
    a, b = drawing(), noisy(drawing(), 9)
    painted, target = np.stack([a, b]), np.stack([a, a])
    for measure in (psnr, ssim, ms_ssim):
        both = measure(painted, target)
        assert both.shape == (2,)
        np.testing.assert_allclose(both, [measure(a, a)[0], measure(b, a)[0]])


def test_known_psnr_and_ceiling() -> None:
    black, grey = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 51, np.uint8)
    assert psnr(grey, black)[0] == pytest.approx(20 * np.log10(5))
    assert psnr(black, black)[0] == PSNR_CEILING


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 3)),
        np.zeros((0, 8, 3), np.uint8),
    ],
)
def test_grey_alpha_float_and_empty_are_refused(bad) -> None:
    with pytest.raises(UsageError, match="uint8 RGB"):
        psnr(bad, bad)


def test_different_sizes_are_refused() -> None:
    with pytest.raises(UsageError, match=r"\(1, 9, 8\).*differ"):
        psnr(np.zeros((9, 8, 3), np.uint8), np.zeros((8, 8, 3), np.uint8))


def test_too_small_pictures_are_refused() -> None:
    small = np.zeros((160, 200, 3), np.uint8)
    with pytest.raises(UsageError, match="161"):
        ms_ssim(small, small)
    with pytest.raises(UsageError, match="6×6"):
        ssim(small[:5], small[:5])
