"""Eqs. 1 and 2 against literal NumPy, and what the bricks promise besides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from style2color.nn.blocks import (
    ConvLayer,
    NormKind,
    SwishGatedBlock,
    SwishMod,
    channel_softmax,
    group_count,
    make_norm,
    pad_to_multiple,
)

Array = npt.NDArray[np.float64]


def conv_literal(x_CHW: Array, conv: nn.Module) -> Array:
    """A convolution of odd kernel with zero padding, written out."""
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is not None
    weight_OCKK = conv.weight.detach().double().numpy()
    bias_O = conv.bias.detach().double().numpy()
    kernel = weight_OCKK.shape[-1]
    reach = kernel // 2
    _, height, width = x_CHW.shape
    padded = np.pad(x_CHW, ((0, 0), (reach, reach), (reach, reach)))
    out = np.empty((len(weight_OCKK), height, width))
    for o in range(len(weight_OCKK)):
        for i in range(height):
            for j in range(width):
                patch = padded[:, i : i + kernel, j : j + kernel]
                out[o, i, j] = (patch * weight_OCKK[o]).sum() + bias_O[o]
    return out


def group_norm_literal(x_CHW: Array, groups: int) -> Array:
    grouped = x_CHW.reshape(groups, -1)
    mean = grouped.mean(axis=1, keepdims=True)
    variance = grouped.var(axis=1, keepdims=True)
    normal: Array = (grouped - mean) / np.sqrt(variance + 1e-5)
    return normal.reshape(x_CHW.shape)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def randomise(module: nn.Module) -> None:
    """Biases start at zero; a literal comparison must see them."""
    for name, parameter in module.named_parameters():
        if name.endswith("conv.bias") or name.endswith("gate.bias"):
            nn.init.normal_(parameter)


@pytest.mark.parametrize("kernel", [1, 3])
def test_eq1_swish_mod(kernel: int) -> None:
    torch.manual_seed(0)
    gate = SwishMod(5, kernel)
    randomise(gate)
    x_BCHW = torch.randn(2, 5, 6, 7)
    for x_CHW, y_CHW in zip(x_BCHW.double().numpy(), gate(x_BCHW).detach().numpy(), strict=True):
        literal = x_CHW * sigmoid(conv_literal(x_CHW, gate.gate))
        np.testing.assert_allclose(y_CHW, literal, atol=1e-5)


@pytest.mark.parametrize("in_channels", [8, 3])
def test_eq2_enhanced_residual_connection(in_channels: int) -> None:
    torch.manual_seed(1)
    block = SwishGatedBlock(in_channels, 8, stages=2)
    randomise(block)
    x_CHW = torch.randn(in_channels, 6, 5)
    y_CHW = block(x_CHW[None])[0].detach().numpy()

    entry = x_CHW.double().numpy()
    if in_channels != 8:
        entry = conv_literal(entry, block.entry)
    t = entry
    for stage in block.transform:
        assert isinstance(stage, ConvLayer)
        t = group_norm_literal(conv_literal(t, stage.conv), group_count(8))
        t = np.where(t > 0, t, 0.2 * t)
    s = entry * sigmoid(conv_literal(entry, block.gate.gate))
    assert y_CHW.shape == (block.out_channels, 6, 5) == (16, 6, 5)
    np.testing.assert_allclose(y_CHW, np.concatenate((t, s)), atol=2e-5)


def test_entry_is_skipped_only_when_the_width_fits() -> None:
    assert isinstance(SwishGatedBlock(8, 8).entry, nn.Identity)
    assert isinstance(SwishGatedBlock(9, 8).entry, nn.Conv2d)


def test_film_is_the_identity_at_first_and_then_follows_the_style() -> None:
    torch.manual_seed(2)
    block = SwishGatedBlock(4, 8, style_dim=3)
    x_BCHW, style_BG = torch.randn(2, 4, 6, 6), torch.randn(2, 3)
    torch.testing.assert_close(block(x_BCHW, style_BG), block(x_BCHW))
    for stage in block.transform:
        assert isinstance(stage, ConvLayer)
        assert stage.film is not None
        nn.init.normal_(stage.film.to_scale_shift.weight)
    assert (block(x_BCHW, style_BG) - block(x_BCHW)).abs().max() > 0.1


def test_a_style_nobody_can_use_is_refused() -> None:
    with pytest.raises(ValueError, match="style_dim"):
        SwishGatedBlock(4, 4)(torch.randn(1, 4, 4, 4), torch.randn(1, 3))


@pytest.mark.parametrize("channels", [1, 2, 3, 16, 30, 32, 100, 2048])
def test_groups_divide_the_channels(channels: int) -> None:
    groups = group_count(channels)
    assert channels % groups == 0
    assert 1 <= groups <= 32
    assert channels < 8 or channels // groups >= 4


def test_unknown_norm() -> None:
    with pytest.raises(ValueError, match="instance"):
        make_norm("instance", 4)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 33), (31, 64), (100, 7)])
def test_padding_keeps_the_picture_in_its_corner(size: tuple[int, int]) -> None:
    x_BCHW = torch.rand(1, 2, *size)
    padded_BCHW = pad_to_multiple(x_BCHW, 32)
    assert padded_BCHW.shape[-2] % 32 == 0
    assert padded_BCHW.shape[-1] % 32 == 0
    assert padded_BCHW.shape[-2] - size[0] < 32
    torch.testing.assert_close(padded_BCHW[..., : size[0], : size[1]], x_BCHW)
    if size[1] == 33:
        torch.testing.assert_close(padded_BCHW[..., :5, 33], x_BCHW[..., 31])


@pytest.mark.parametrize("norm", ["group", "none", "batch"])
def test_every_parameter_of_a_block_learns(norm: NormKind) -> None:
    torch.manual_seed(3)
    block = SwishGatedBlock(3, 8, norm=norm, style_dim=4)
    torch.autograd.backward(block(torch.randn(2, 3, 8, 8), torch.randn(2, 4)).square().sum())
    for name, parameter in block.named_parameters():
        assert parameter.grad is not None, name
        # A norm takes the mean out again, so the bias before it can do nothing.
        if norm == "none" or not name.endswith("conv.bias"):
            assert parameter.grad.abs().max() > 0, name


def test_bf16_and_channels_last_agree_with_float32() -> None:
    torch.manual_seed(4)
    block = SwishGatedBlock(3, 16).eval()
    x_BCHW = torch.randn(2, 3, 16, 16)
    plain_BCHW = block(x_BCHW)
    for parameter in block.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    last_BCHW = block(x_BCHW.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(last_BCHW, plain_BCHW, atol=1e-5, rtol=1e-4)
    assert last_BCHW.is_contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        half_BCHW = block(x_BCHW)
    assert half_BCHW.dtype == torch.bfloat16
    assert (half_BCHW.float() - plain_BCHW).abs().mean() < 0.02


def test_onnx_export_with_any_size(tmp_path: Path) -> None:
    ort = pytest.importorskip("onnxruntime")
    torch.manual_seed(5)
    block = SwishGatedBlock(3, 8, style_dim=4).eval()
    path = tmp_path / "block.onnx"
    size = {0: torch.export.Dim("B"), 2: torch.export.Dim("H"), 3: torch.export.Dim("W")}
    torch.onnx.export(
        block,
        (torch.randn(2, 3, 16, 24), torch.randn(2, 4)),
        str(path),
        input_names=["x", "style"],
        dynamic_shapes=(size, {0: size[0]}),
        dynamo=True,
        verbose=False,
    )
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    x_BCHW, style_BG = torch.randn(3, 3, 10, 13), torch.randn(3, 4)
    (ours,) = session.run(None, {"x": x_BCHW.numpy(), "style": style_BG.numpy()})
    np.testing.assert_allclose(ours, block(x_BCHW, style_BG).detach().numpy(), atol=1e-4)


def test_shares_of_channels_are_a_softmax_even_of_large_logits() -> None:
    logits = torch.randn(2, 5, 3, 4, generator=torch.Generator().manual_seed(3)) * 200
    shifted = logits.double().numpy() - logits.double().numpy().max(axis=1, keepdims=True)
    literal = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(channel_softmax(logits).numpy(), literal, atol=1e-6)
