"""The named feature extractors behind `fd_lite0`, `fd_vgg16`, `fid` and the perceptual distance.

Weights are the user's own files; none come with the package. A backbone takes uint8 RGB
(B, H, W, 3) and gives one feature row per picture, float64 (B, D).

Sources: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
recognition" (2015); Tan and Le, "EfficientNet" (2019), its Lite variant without squeeze and with
ReLU6; Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric" (2018)
for the perceptual distance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.errors import ModelError, UsageError
from style2color.evaluate.metrics.batch import Array8, Values, rgb_batch, rgb_pair
from style2color.train.perceptual import feature_distance, stage_maps

VGG16_FILE = "vgg16_features_bgr_fp16.safetensors"
LITE0_FILE = "efficientnet_lite0_fp16.safetensors"

_VGG_STAGES = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
# repeats, kernel, stride of the first, expansion, output width
_LITE_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_LITE_SIDE = 224


class Backbone(Protocol):
    """Pictures to features; `name` is the name the distance is published under."""

    name: str

    def features(self, pictures: NDArray[Any]) -> Values:
        """uint8 (B, H, W, 3) → float64 (B, D)."""
        ...


class Vgg16(nn.Module):
    """VGG16's convolutional trunk, weights in the Caffe convention (BGR, means taken off)."""

    name = "fd_vgg16"
    mean_3: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 3
        for stage, (count, out) in enumerate(_VGG_STAGES):
            if stage:
                layers.append(nn.MaxPool2d(2))
            for _ in range(count):
                layers += [nn.Conv2d(width, out, 3, padding=1), nn.ReLU()]
                width = out
        self.trunk = nn.Sequential(*layers)
        self.register_buffer("mean_3", torch.tensor([103.939, 116.779, 123.68]), persistent=False)

    def forward(self, rgb_B3HW: Tensor) -> list[Tensor]:
        """RGB 0..255 (B, 3, H, W), sides ≥ 16 → the last ReLU of each of the five stages."""
        return stage_maps(self.trunk, rgb_B3HW.flip(1) - self.mean_3.view(1, 3, 1, 1))

    @torch.inference_mode()
    def stages(self, picture_HW3: Array8) -> list[Tensor]:
        """The five maps of one picture, made once and compared with many; see `perceptual`."""
        maps: list[Tensor] = self(_tensor(rgb_batch(picture_HW3)))
        return maps

    @torch.inference_mode()
    def features(self, pictures: NDArray[Any]) -> Values:
        """Mean over the picture of the last stage, (B, 512). Compare only sets of one size."""
        return _rows(lambda rgb: self(rgb)[-1].mean((2, 3)), pictures)


def perceptual(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """Distance of two pictures' `Vgg16.stages`, 0..10: 0 = equal, unrelated photos about 6.

    `feature_distance` over the five stages, the unweighted form of Zhang et al. (2018) without
    their learned weights, so no figure of theirs compares.
    """
    return float(feature_distance(first, second)[0])


def perceptual_distance(vgg: Vgg16, painted: NDArray[Any], target: NDArray[Any]) -> Values:
    """`perceptual` of each pair; uint8 (B, H, W, 3) twice → float64 (B,)."""
    first, second = rgb_pair(painted, target)
    pairs = zip(first, second, strict=True)
    return np.array([perceptual(vgg.stages(a), vgg.stages(b)) for a, b in pairs])


class Lite0(nn.Module):
    """EfficientNet-Lite0 up to its pooled 1280 features; parameter names as its PyTorch port."""

    name = "fd_lite0"

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        blocks: list[_LiteBlock] = []
        width = 32
        for repeats, kernel, stride, expansion, out in _LITE_STAGES:
            for index in range(repeats):
                step = stride if index == 0 else 1
                blocks.append(_LiteBlock(width, out, kernel, step, expansion))
                width = out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = nn.Conv2d(width, 1280, 1, bias=False)
        self._bn1 = _norm(1280)

    def forward(self, rgb_B3HW: Tensor) -> Tensor:
        """RGB 0..255 (B, 3, 224, 224) → (B, 1280)."""
        x = _same_padded(self._conv_stem, (rgb_B3HW - 127) / 128)
        x = F.relu6(self._bn0(x))
        for block in self._blocks:
            x = block(x)
        pooled: Tensor = F.relu6(self._bn1(self._conv_head(x))).mean((2, 3))
        return pooled

    @torch.inference_mode()
    def features(self, pictures: NDArray[Any]) -> Values:
        """Pictures are resized to 224×224; (B, 1280)."""
        return _rows(lambda rgb: self(_resized(rgb, _LITE_SIDE)), pictures)


class _LiteBlock(nn.Module):
    def __init__(self, width: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = width * expansion
        self._expand = expansion > 1
        if self._expand:
            self._expand_conv = nn.Conv2d(width, inner, 1, bias=False)
            self._bn0 = _norm(inner)
        self._depthwise_conv = nn.Conv2d(inner, inner, kernel, stride, groups=inner, bias=False)
        self._bn1 = _norm(inner)
        self._project_conv = nn.Conv2d(inner, out, 1, bias=False)
        self._bn2 = _norm(out)
        self._residual = stride == 1 and width == out

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self._expand else x
        y = F.relu6(self._bn1(_same_padded(self._depthwise_conv, y)))
        out: Tensor = self._bn2(self._project_conv(y))
        return x + out if self._residual else out


def load_vgg16(path: Path) -> Vgg16:
    """VGG16 trunk from a safetensors file with keys `0.weight`, `0.bias`, `2.weight`, …

    Raises:
        ModelError: no such file, not safetensors, or other layers in it.
    """
    net = Vgg16()
    load_weights(net.trunk, path)
    return net.eval().requires_grad_(False)


def load_lite0(path: Path) -> Lite0:
    """EfficientNet-Lite0 from a safetensors file; the classifier `_fc` in it is not needed.

    Raises:
        ModelError: as `load_vgg16`.
    """
    net = Lite0()
    load_weights(net, path, unused=("_fc.",))
    return net.eval().requires_grad_(False)


def load_weights(net: nn.Module, path: Path, unused: tuple[str, ...] = ()) -> None:
    """Fill a network from safetensors, as float32; every key must fit but those `unused`.

    Raises:
        ModelError: no such file, not safetensors, or keys or shapes that do not fit.
    """
    if not path.is_file():
        raise ModelError(f"no weights at {path}; name the folder that holds them with --weights")
    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is not a readable safetensors file: {error}") from error
    kept = {key: value.float() for key, value in state.items() if not key.startswith(unused)}
    try:
        net.load_state_dict(kept)
    except RuntimeError as error:
        raise ModelError(f"{path} does not fit {type(net).__name__}: {error}") from error


def _norm(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width, eps=1e-3)


def _same_padded(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Convolve as TensorFlow does with "same": what does not divide is padded right and below."""
    pads = []
    for side in (3, 2):
        kernel, stride = conv.kernel_size[side - 2], conv.stride[side - 2]
        total = max((-(-x.shape[side] // stride) - 1) * stride + kernel - x.shape[side], 0)
        pads += [total // 2, total - total // 2]
    out: Tensor = conv(F.pad(x, pads))
    return out


def _tensor(batch_BHW3: Array8) -> Tensor:
    return torch.from_numpy(batch_BHW3.astype(np.float32)).permute(0, 3, 1, 2)


def _resized(rgb_B3HW: Tensor, side: int) -> Tensor:
    resized: Tensor = F.interpolate(rgb_B3HW, (side, side), mode="bilinear", antialias=True)
    return resized


def _rows(extract: Callable[[Tensor], Tensor], pictures: NDArray[Any], at_once: int = 16) -> Values:
    batch = rgb_batch(pictures)
    if min(batch.shape[1:3]) < 16:
        raise UsageError(f"features need pictures of at least 16×16, not {batch.shape[1:3]}")
    parts = [extract(_tensor(batch[i : i + at_once])) for i in range(0, len(batch), at_once)]
    return torch.cat(parts).double().numpy()
