"""The bricks of every network here: SwishMod (eq. 1) and the enhanced residual connection (eq. 2).

Source: paper section 2.1, fig. 2. The paper gives the two formulas and says that T ends in a
LeakyReLU; kernel sizes, the number of convolutions, the normalisation, the slope and the
initialisation are ours: 3x3, two, GroupNorm, 0.2 and He.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NormKind = Literal["group", "none", "batch"]

SLOPE = 0.2
_MAX_GROUPS = 32
_MIN_CHANNELS_PER_GROUP = 4


def group_count(channels: int) -> int:
    """The most groups (at most 32, at least four channels each) that divide `channels`.

    One channel per group would be InstanceNorm, which erases a style vector added alike at every
    pixel; groups of several channels keep the differences between their channels.
    """
    most = max(1, min(_MAX_GROUPS, channels // _MIN_CHANNELS_PER_GROUP))
    return next(groups for groups in range(most, 0, -1) if channels % groups == 0)


def make_norm(kind: NormKind, channels: int) -> nn.Module:
    """Normalisation of a (B, channels, H, W) map; "none" is the identity."""
    if kind == "group":
        return nn.GroupNorm(group_count(channels), channels)
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    if kind == "none":
        return nn.Identity()
    raise ValueError(f"unknown norm {kind!r}: use 'group', 'none' or 'batch'")


def he_conv(
    in_channels: int,
    out_channels: int,
    kernel_size: int = 3,
    *,
    stride: int = 1,
    slope: float = SLOPE,
    bias: bool = True,
) -> nn.Conv2d:
    """A convolution that keeps the size (stride 1), He-initialised for a LeakyReLU of `slope`.

    `slope=1` is the gain of a layer that no rectifier follows.
    """
    conv = nn.Conv2d(
        in_channels, out_channels, kernel_size, stride, padding=(kernel_size - 1) // 2, bias=bias
    )
    nn.init.kaiming_normal_(conv.weight, a=slope, nonlinearity="leaky_relu")
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv


def channel_softmax(logits_BCHW: Tensor) -> Tensor:
    """Shares of the channels, (B, C, H, W), that sum to 1.

    Written out, for ONNX Runtime transposes the whole map for a softmax over channels, which took a
    third of the part reader's time.
    """
    raised = torch.exp(logits_BCHW - logits_BCHW.amax(1, keepdim=True))
    shares: Tensor = raised / raised.sum(1, keepdim=True)
    return shares


class SwishMod(nn.Module):
    """Eq. 1: S(x) = x · σ(G(x)), G a convolution that keeps channels and size.

    `norm=True` normalises G(x) before the sigmoid, as the SGRU ancestor does; the paper does not.
    """

    def __init__(self, channels: int, kernel_size: int = 3, norm: bool = False) -> None:
        super().__init__()
        self.gate = he_conv(channels, channels, kernel_size, slope=1.0)
        self.norm = make_norm("group" if norm else "none", channels)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W), every value scaled by a factor in 0..1."""
        gated_BCHW: Tensor = x_BCHW * torch.sigmoid(self.norm(self.gate(x_BCHW)))
        return gated_BCHW


class FiLM(nn.Module):
    """Scales and shifts every channel by what a style vector asks for; the identity at first."""

    def __init__(self, style_dim: int, channels: int) -> None:
        super().__init__()
        self.to_scale_shift = nn.Linear(style_dim, 2 * channels)
        nn.init.zeros_(self.to_scale_shift.weight)
        nn.init.zeros_(self.to_scale_shift.bias)

    def forward(self, x_BCHW: Tensor, style_BG: Tensor) -> Tensor:
        """(B, C, H, W), (B, G) → (B, C, H, W)."""
        scale_BC, shift_BC = self.to_scale_shift(style_BG).chunk(2, dim=1)
        modulated_BCHW: Tensor = (
            x_BCHW * (1 + scale_BC[:, :, None, None]) + shift_BC[:, :, None, None]
        )
        return modulated_BCHW


class ConvLayer(nn.Module):
    """conv – norm – (FiLM) – LeakyReLU, the layer T is made of; every plain network uses it too."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        *,
        stride: int = 1,
        norm: NormKind = "group",
        slope: float = SLOPE,
        style_dim: int | None = None,
    ) -> None:
        super().__init__()
        self.conv = he_conv(in_channels, out_channels, kernel_size, stride=stride, slope=slope)
        self.norm = make_norm(norm, out_channels)
        self.film = FiLM(style_dim, out_channels) if style_dim else None
        self.slope = slope

    def forward(self, x_BCHW: Tensor, style_BG: Tensor | None = None) -> Tensor:
        """(B, in_channels, H, W) → (B, out_channels, H/stride, W/stride)."""
        x_BCHW = self.norm(self.conv(x_BCHW))
        if self.film is not None and style_BG is not None:
            x_BCHW = self.film(x_BCHW, style_BG)
        return F.leaky_relu(x_BCHW, self.slope)


class SwishGatedBlock(nn.Module):
    """Eq. 2: y = T(x) ⊕ S(x), the enhanced residual connection; `out_channels` = 2 · width.

    A 1x1 convolution at the entry brings x to `width` (skipped if it is there already): the paper
    never says how the doubling of ⊕ is undone from block to block. T is `stages` times
    conv3–norm–LeakyReLU, S a SwishMod. With `style_dim`, a zero-initialised FiLM follows every
    norm, so that the norm cannot erase the style; without a style at run time it is left out.
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        *,
        stages: int = 2,
        gate_kernel: int = 3,
        norm: NormKind = "group",
        slope: float = SLOPE,
        style_dim: int | None = None,
    ) -> None:
        super().__init__()
        self.width = width
        self.out_channels = 2 * width
        self.takes_style = style_dim is not None
        self.entry = (
            nn.Identity() if in_channels == width else he_conv(in_channels, width, 1, slope=1.0)
        )
        self.transform = nn.ModuleList(
            ConvLayer(width, width, norm=norm, slope=slope, style_dim=style_dim)
            for _ in range(stages)
        )
        self.gate = SwishMod(width, gate_kernel)

    def forward(self, x_BCHW: Tensor, style_BG: Tensor | None = None) -> Tensor:
        """(B, in_channels, H, W), (B, style_dim) or None → (B, 2·width, H, W)."""
        if style_BG is not None and not self.takes_style:
            raise ValueError("this block was built without style_dim and cannot use a style")
        x_BCHW = self.entry(x_BCHW)
        t_BCHW = x_BCHW
        for stage in self.transform:
            t_BCHW = stage(t_BCHW, style_BG)
        return torch.cat((t_BCHW, self.gate(x_BCHW)), dim=1)


def gated_block(
    channels: int, width: int, *, finest: bool = False, style_dim: int | None = None
) -> SwishGatedBlock:
    """A block of the studio network. Most of the time goes to the finest level, which does least:
    one convolution there, and 1x1 gates everywhere, keep the network fit for a laptop."""
    return SwishGatedBlock(
        channels, width, stages=1 if finest else 2, gate_kernel=1, style_dim=style_dim
    )


def to_picture(logits_BCHW: Tensor) -> Tensor:
    """Any float → float32 in 0..1; in bf16, bright colours would step by a whole 1/256."""
    return torch.sigmoid(logits_BCHW.float())


def pad_to_multiple(x_BCHW: Tensor, multiple: int) -> Tensor:
    """Mirrors the right and bottom edges until H and W are multiples of `multiple`.

    A mirror can add at most size - 1 pixels, so small pictures are mirrored more than once, and a
    single row or column is repeated.
    """
    for axis in (-2, -1):
        missing = -x_BCHW.shape[axis] % multiple
        while missing:
            size = x_BCHW.shape[axis]
            step = min(missing, size - 1) or missing
            padding = (0, step, 0, 0) if axis == -1 else (0, 0, 0, step)
            x_BCHW = F.pad(x_BCHW, padding, mode="reflect" if size > 1 else "replicate")
            missing -= step
    return x_BCHW
