"""The Inception network that the name FID is tied to; the user brings its weights.

Source: Szegedy et al., "Rethinking the inception architecture for computer vision" (2016), with the
deviations of the TensorFlow graph of 2015-12-05 which every published FID uses: average pools do
not count their padding, the last block pools by maximum. Parameter names are those of the usual
PyTorch conversion, whose file `…inception-2015-12-05-6726825d.pth` is the one to bring.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.errors import ModelError
from style2color.evaluate.metrics.batch import Values, rgb_batch

STANDARD_SHA256 = "6726825d"
"""First digits of the sha256 of the standard weights; with other weights the name is not FID."""

_SIDE = 299


class Inception(nn.Module):
    """Inception v3 up to its pooled 2048 features."""

    name = "fid"

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = _Conv(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = _Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = _Conv(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = _Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = _Conv(80, 192, 3)
        self.Mixed_5b = _BlockA(192, 32)
        self.Mixed_5c = _BlockA(256, 64)
        self.Mixed_5d = _BlockA(288, 64)
        self.Mixed_6a = _BlockB(288)
        self.Mixed_6b = _BlockC(768, 128)
        self.Mixed_6c = _BlockC(768, 160)
        self.Mixed_6d = _BlockC(768, 160)
        self.Mixed_6e = _BlockC(768, 192)
        self.Mixed_7a = _BlockD(768)
        self.Mixed_7b = _BlockE(1280, _mean_pool)
        self.Mixed_7c = _BlockE(2048, _max_pool)

    def forward(self, rgb_B3HW: Tensor) -> Tensor:
        """RGB 0..255 (B, 3, 299, 299) → (B, 2048)."""
        x = (rgb_B3HW - 128) / 128
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(F.max_pool2d(x, 3, 2))))
        x = self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))
        x = self.Mixed_7a(self.Mixed_6e(self.Mixed_6d(x)))
        pooled: Tensor = self.Mixed_7c(self.Mixed_7b(x)).mean((2, 3))
        return pooled

    @torch.inference_mode()
    def features(self, pictures: NDArray[Any]) -> Values:
        """uint8 RGB (B, H, W, 3) → (B, 2048), resized as TensorFlow 1 did (corners at 0)."""
        parts = []
        for picture in rgb_batch(pictures):
            planes = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None]
            parts.append(self(_resize_like_tf1(planes)))
        return torch.cat(parts).double().numpy()


class _Conv(nn.Module):
    def __init__(self, width: int, out: int, kernel: int | tuple[int, int], **how: Any) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, out, kernel, bias=False, **how)
        self.bn = nn.BatchNorm2d(out, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


def _across(width: int, out: int) -> _Conv:
    return _Conv(width, out, (1, 7), padding=(0, 3))


def _down(width: int, out: int) -> _Conv:
    return _Conv(width, out, (7, 1), padding=(3, 0))


def _mean_pool(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 3, 1, padding=1, count_include_pad=False)


def _max_pool(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 3, 1, padding=1)


class _BlockA(nn.Module):
    def __init__(self, width: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = _Conv(width, 64, 1)
        self.branch5x5_1 = _Conv(width, 48, 1)
        self.branch5x5_2 = _Conv(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = _Conv(width, 64, 1)
        self.branch3x3dbl_2 = _Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = _Conv(96, 96, 3, padding=1)
        self.branch_pool = _Conv(width, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, double, self.branch_pool(_mean_pool(x))], 1)


class _BlockB(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch3x3 = _Conv(width, 384, 3, stride=2)
        self.branch3x3dbl_1 = _Conv(width, 64, 1)
        self.branch3x3dbl_2 = _Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = _Conv(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, F.max_pool2d(x, 3, 2)], 1)


class _BlockC(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.branch1x1 = _Conv(width, 192, 1)
        self.branch7x7_1 = _Conv(width, inner, 1)
        self.branch7x7_2 = _across(inner, inner)
        self.branch7x7_3 = _down(inner, 192)
        self.branch7x7dbl_1 = _Conv(width, inner, 1)
        self.branch7x7dbl_2 = _down(inner, inner)
        self.branch7x7dbl_3 = _across(inner, inner)
        self.branch7x7dbl_4 = _down(inner, inner)
        self.branch7x7dbl_5 = _across(inner, 192)
        self.branch_pool = _Conv(width, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(_mean_pool(x))], 1)


class _BlockD(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.branch3x3_1 = _Conv(width, 192, 1)
        self.branch3x3_2 = _Conv(192, 320, 3, stride=2)
        self.branch7x7x3_1 = _Conv(width, 192, 1)
        self.branch7x7x3_2 = _across(192, 192)
        self.branch7x7x3_3 = _down(192, 192)
        self.branch7x7x3_4 = _Conv(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x)))
        return torch.cat([three, self.branch7x7x3_4(seven), F.max_pool2d(x, 3, 2)], 1)


class _BlockE(nn.Module):
    def __init__(self, width: int, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self._pool = pool
        self.branch1x1 = _Conv(width, 320, 1)
        self.branch3x3_1 = _Conv(width, 384, 1)
        self.branch3x3_2a = _Conv(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3_2b = _Conv(384, 384, (3, 1), padding=(1, 0))
        self.branch3x3dbl_1 = _Conv(width, 448, 1)
        self.branch3x3dbl_2 = _Conv(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = _Conv(384, 384, (1, 3), padding=(0, 1))
        self.branch3x3dbl_3b = _Conv(384, 384, (3, 1), padding=(1, 0))
        self.branch_pool = _Conv(width, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        parts = [
            self.branch1x1(x),
            self.branch3x3_2a(three),
            self.branch3x3_2b(three),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self.branch_pool(self._pool(x)),
        ]
        return torch.cat(parts, 1)


def load_inception(path: Path, *, sha256: str = STANDARD_SHA256) -> Inception:
    """The FID network from the user's file, a plain state dict (`torch.save`), loaded safely.

    sha256: leading hex digits the file must have; tests on small files pass their own.

    Raises:
        ModelError: no such file, another sha256, code in the file, or layers that do not fit.
    """
    if not path.is_file():
        raise ModelError(f"no Inception weights at {path}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if not digest.startswith(sha256):
        raise ModelError(
            f"{path} is not the standard Inception file (sha256 {digest[:8]}…, need {sha256}…): a "
            "distance from other weights must not be called FID"
        )
    net = Inception()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        kept = {k: v for k, v in state.items() if not k.startswith(("fc.", "AuxLogits."))}
        net.load_state_dict(kept)
    except (RuntimeError, AttributeError, pickle.UnpicklingError, EOFError) as error:
        raise ModelError(f"{path} does not hold the Inception network: {error}") from error
    return net.eval().requires_grad_(False)


def _resize_like_tf1(planes_B3HW: Tensor) -> Tensor:
    """Bilinear to 299×299 with sample i at i·(size / 299), no half-pixel shift, no antialiasing."""
    height, width = planes_B3HW.shape[-2:]
    grids = []
    for size in (height, width):
        position = torch.arange(_SIDE, dtype=torch.float32) * (size / _SIDE)
        low = position.floor().long()
        grids.append((low, (low + 1).clamp(max=size - 1), position - low))
    (top, bottom, down), (left, right, across) = grids
    down = down[:, None]
    rows = planes_B3HW[..., top, :] * (1 - down) + planes_B3HW[..., bottom, :] * down
    out: Tensor = rows[..., left] * (1 - across) + rows[..., right] * across
    return out
