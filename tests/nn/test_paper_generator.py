"""The paper's generator: wiring, sizes, gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from style2color.nn.blocks import SwishMod
from style2color.nn.guides import Painting
from style2color.nn.unet import PaperConfig, PaperGenerator

TINY = PaperConfig(
    left_channels=(8, 8, 16, 16, 16),
    bottleneck=32,
    right_channels=(16, 16, 16, 8, 8),
    hint_dim=12,
    guide_channels=(16, 16, 8, 8, 8),
)


def paint(config: PaperConfig = TINY, size: tuple[int, int] = (64, 64)) -> Painting:
    torch.manual_seed(0)
    network = PaperGenerator(config)
    painting: Painting = network(torch.rand(2, config.in_channels, *size), torch.randn(2, 12))
    return painting


@pytest.mark.parametrize("size", [(64, 64), (1, 1), (33, 65), (50, 7)])
def test_any_size_in_the_same_size_out(size: tuple[int, int]) -> None:
    painting = paint(size=size)
    assert painting.guide1_BCHW is not None
    assert painting.guide2_B3HW is not None
    assert painting.painted_B3HW.shape == (2, 3, *size)
    assert painting.guide1_BCHW.shape == (2, 1, *size)
    assert painting.guide2_B3HW.shape == (2, 3, *size)
    for picture in (painting.painted_B3HW, painting.guide1_BCHW, painting.guide2_B3HW):
        assert picture.min() >= 0
        assert picture.max() <= 1


def test_the_defaults_are_the_papers() -> None:
    config = PaperConfig()
    with torch.device("meta"):
        network = PaperGenerator(config)
    assert config.multiple == 32
    assert config.left_channels == (16, 32, 64, 128, 256)
    assert network.bottleneck.out_channels == 2048
    assert (network.hint.in_features, network.hint.out_features) == (4096, 2048)
    links = [link.gate.in_channels for link in network.links if isinstance(link, SwishMod)]
    assert links == [16, 32, 64, 128, 256]
    assert network.head.in_channels == 64 + 16


def test_every_parameter_learns() -> None:
    torch.manual_seed(1)
    network = PaperGenerator(TINY)
    painting = network(torch.rand(2, 1, 64, 64), torch.randn(2, 12))
    total = painting.painted_B3HW.sum() + painting.guide1_BCHW.sum() + painting.guide2_B3HW.sum()
    torch.autograd.backward(total)
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        # GroupNorm takes the mean of its groups out again, so biases before it nearly vanish.
        if not name.endswith("conv.bias"):
            assert parameter.grad.abs().max() > 0, name


def parts(loss_of: str) -> dict[str, bool]:
    """Which parts of the network a loss on one output alone reaches."""
    torch.manual_seed(2)
    network = PaperGenerator(TINY)
    painting = network(torch.rand(2, 1, 64, 64), torch.randn(2, 12))
    output: Tensor = getattr(painting, loss_of)
    torch.autograd.backward(output.sum())

    def reached(module: nn.Module) -> bool:
        return any(p.grad is not None and bool(p.grad.any()) for p in module.parameters())

    return {name: reached(child) for name, child in network.named_children()}


def test_guide1_sits_before_the_hint() -> None:
    reached = parts("guide1_BCHW")
    assert reached["left"]
    assert reached["guide1"]
    assert not reached["bottleneck"]
    assert not reached["hint"]


def test_guide2_sits_at_the_exit_of_the_middle() -> None:
    reached = parts("guide2_B3HW")
    assert reached["bottleneck"]
    assert reached["hint"]
    assert reached["right"]
    assert not reached["links"]
    assert not reached["head"]


def test_the_hint_changes_the_painting_but_not_guide1() -> None:
    torch.manual_seed(3)
    network = PaperGenerator(TINY)
    lines_B1HW = torch.rand(1, 1, 64, 64)
    one = network(lines_B1HW, torch.randn(1, 12))
    other = network(lines_B1HW, torch.randn(1, 12))
    none = network(lines_B1HW)
    assert (one.painted_B3HW - other.painted_B3HW).abs().max() > 1e-3
    assert (one.painted_B3HW - none.painted_B3HW).abs().max() > 1e-3
    torch.testing.assert_close(one.guide1_BCHW, other.guide1_BCHW)


def test_guides_run_in_training_or_when_asked() -> None:
    network = PaperGenerator(TINY).eval()
    lines_B1HW = torch.rand(1, 1, 32, 32)
    assert network(lines_B1HW).guide1_BCHW is None
    assert network(lines_B1HW, guides=True).guide2_B3HW is not None
    assert network.train()(lines_B1HW).guide1_BCHW is not None
    assert network(lines_B1HW, guides=False).guide1_BCHW is None


def test_pictures_stay_float32_under_bf16() -> None:
    network = PaperGenerator(TINY)
    with torch.autocast("cpu", torch.bfloat16):
        painting = network(torch.rand(1, 1, 32, 32), torch.randn(1, 12))
    for picture in (painting.painted_B3HW, painting.guide1_BCHW, painting.guide2_B3HW):
        assert picture.dtype == torch.float32


def test_without_guides_and_with_colour_hints() -> None:
    config = PaperConfig(
        in_channels=5, left_channels=(8, 8), bottleneck=16, right_channels=(8, 8), hint_dim=12,
        guides=False,
    )  # fmt: skip
    painting = paint(config, (10, 6))
    assert painting.painted_B3HW.shape == (2, 3, 10, 6)
    assert painting.guide1_BCHW is None
    assert not [name for name, _ in PaperGenerator(config).named_parameters() if "guide" in name]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left_channels": (8, 8)}, "one entry per size"),
        ({"guide_channels": (8, 8)}, "guide_channels"),
        ({"bottleneck": 31}, "even"),
    ],
)
def test_configurations_that_cannot_be(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PaperConfig(**change)  # type: ignore[arg-type]
