"""The networks beside ours: shapes at odd sizes, gradients everywhere, style where it belongs."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from style2color.nn.baselines import PlainUNet, StyleToPaintsV1, SwishGatedUNet


def v1(**change: object) -> StyleToPaintsV1:
    return StyleToPaintsV1(
        1, (8, 8, 8, 8, 8), 16, (16, 8, 8, 8, 8), hint_dim=12, guide_channels=(8, 8, 8, 8, 8),
        **change,  # type: ignore[arg-type]
    )  # fmt: skip


def assert_all_learn(network: nn.Module) -> None:
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        if not name.endswith("conv.bias"):  # a norm follows and takes it out again
            assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("size", [(64, 64), (1, 3), (37, 50)])
@pytest.mark.parametrize(
    "network",
    [
        PlainUNet(5, (8, 8, 8, 8, 8)),
        PlainUNet(5, (8, 8), unshuffle=1),
        SwishGatedUNet(5, (8, 8, 16)),
    ],
    ids=["plain", "plain-full-size", "sgru"],
)
def test_sketch_in_picture_out(network: nn.Module, size: tuple[int, int]) -> None:
    network.zero_grad()
    painted_B3HW = network(torch.rand(2, 5, *size))
    assert painted_B3HW.shape == (2, 3, *size)
    assert painted_B3HW.min() >= 0
    assert painted_B3HW.max() <= 1


@pytest.mark.parametrize(
    "network", [PlainUNet(1, (8, 8, 8)), SwishGatedUNet(1, (8, 8, 8))], ids=["plain", "sgru"]
)
def test_every_parameter_learns(network: nn.Module) -> None:
    torch.manual_seed(0)
    torch.autograd.backward(network(torch.rand(2, 1, 32, 32)).sum())
    assert_all_learn(network)


def test_v1_shapes_and_gradients() -> None:
    torch.manual_seed(1)
    network = v1()
    painting = network(torch.rand(2, 1, 64, 64), torch.randn(2, 12))
    assert painting.guide1_BCHW.shape == (2, 1, 64, 64)
    assert painting.guide2_B3HW.shape == painting.painted_B3HW.shape == (2, 3, 64, 64)
    total = painting.painted_B3HW.sum() + painting.guide1_BCHW.sum() + painting.guide2_B3HW.sum()
    torch.autograd.backward(total)
    assert_all_learn(network)


@pytest.mark.parametrize("size", [(1, 1), (33, 70)])
def test_v1_any_size_and_no_guides_at_run_time(size: tuple[int, int]) -> None:
    network = v1().eval()
    painting = network(torch.rand(1, 1, *size))
    assert painting.painted_B3HW.shape == (1, 3, *size)
    assert painting.guide1_BCHW is None
    assert v1(guides=False)(torch.rand(1, 1, *size)).guide2_B3HW is None


def test_v1_defaults() -> None:
    with torch.device("meta"):
        network = StyleToPaintsV1()
    assert network.multiple == 32
    assert (network.hint.in_features, network.hint.out_features) == (4096, 2048)
    assert sum(p.numel() for p in network.parameters()) > 30e6


def test_v1_hint_matters() -> None:
    torch.manual_seed(2)
    network = v1().eval()
    lines_B1HW = torch.rand(1, 1, 64, 64)
    one = network(lines_B1HW, torch.randn(1, 12)).painted_B3HW
    other = network(lines_B1HW, torch.randn(1, 12)).painted_B3HW
    assert (one - other).abs().max() > 1e-3
