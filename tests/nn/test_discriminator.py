"""Eq. 6 against NumPy, and the vector-headed discriminator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from style2color.nn.discriminator import Discriminator, norm

WIDTHS = (4, 8, 8)


def test_eq6_norm() -> None:
    v = np.linspace(-6, 6, 101)
    literal = 2 / (1 + np.exp(-np.maximum(v, 0))) - 1
    np.testing.assert_allclose(norm(torch.from_numpy(v)).numpy(), literal, atol=1e-12)
    assert literal.min() == 0
    assert literal.max() < 1


@pytest.mark.parametrize("spectral", [False, True])
@pytest.mark.parametrize("size", [(32, 32), (3, 50), (41, 17)])
def test_logits_for_any_size(spectral: bool, size: tuple[int, int]) -> None:
    judge = Discriminator(6, WIDTHS, spectral=spectral)
    assert judge(torch.rand(2, 3, *size)).shape == (2, 6)


@pytest.mark.parametrize("spectral", [False, True])
def test_every_parameter_and_the_picture_get_gradients(spectral: bool) -> None:
    torch.manual_seed(0)
    judge = Discriminator(6, WIDTHS, spectral=spectral)
    picture_B3HW = torch.rand(2, 3, 32, 32, requires_grad=True)
    torch.autograd.backward(judge(picture_B3HW).square().sum())
    assert picture_B3HW.grad is not None
    assert picture_B3HW.grad.abs().max() > 0
    for name, parameter in judge.named_parameters():
        assert parameter.grad is not None, name
        if spectral or not name.endswith("conv.bias"):
            assert parameter.grad.abs().max() > 0, name


def test_spectral_norm_bounds_the_layers() -> None:
    torch.manual_seed(1)
    judge = Discriminator(6, WIDTHS, spectral=True)
    for _ in range(30):
        judge(torch.rand(1, 3, 32, 32))
    for name, module in judge.named_modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            assert torch.linalg.matrix_norm(module.weight.flatten(1), 2) < 1.1, name


def test_the_defaults_answer_with_4096_units() -> None:
    with torch.device("meta"):
        judge = Discriminator()
    assert judge.head.out_features == 4096
    assert judge.smallest == 128
