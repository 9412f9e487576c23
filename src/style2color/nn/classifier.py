"""The classifier V of section 2.2: a VGG whose first fully connected layer answers without ReLU.

V(r), signed and 4096 long, is the style hint of the generator and, through norm() of eq. 6, the
label of the discriminator. Where the paper is silent:
- "The fully connected layer" is the first (fc1), as in Style2Paints V1.
- V looks at the reference, never at the sketch. Pictures are resized to 224x224 and normalised
  inside, in the convention of the weights that were loaded.
- V is frozen: it is a label, not a loss, so no gradient passes through it.
- Its output is standardised unit by unit once `fit` has seen the data set (until then mean 0,
  deviation 1): unstandardised, most units are negative and eq. 6 would call them all "painted".
- Where no fully connected weights are at hand, pool5 is projected by a fixed random matrix, which
  keeps distances (Johnson and Lindenstrauss) and therefore styles apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.errors import ModelError
from style2color.nn.blocks import he_conv

Depth = Literal[16, 19]

_CONVS_PER_STAGE: dict[Depth, tuple[int, ...]] = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_SIDE = 224
_FC_GRID = 7
_PROJECTION_GRID = 3  # colour needs little place, and 512·3·3 ≥ 4096 keeps the projection injective
_TINY = 1e-6


@dataclass(frozen=True)
class StandardWeights:
    """A standard download; its file name carries the first digits of its sha256."""

    url: str

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


STANDARD_WEIGHTS: dict[Depth, StandardWeights] = {
    16: StandardWeights("https://download.pytorch.org/models/vgg16-397923af.pth"),
    19: StandardWeights("https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"),
}


@dataclass(frozen=True)
class InputConvention:
    """What the first convolution expects, in terms of RGB in 0..1."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr: bool


TORCHVISION = InputConvention((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), bgr=False)
CAFFE = InputConvention(
    (123.68 / 255, 116.779 / 255, 103.939 / 255), (1 / 255, 1 / 255, 1 / 255), bgr=True
)


class VGGClassifier(nn.Module):
    """Frozen VGG16/19 → signed style vector. Build it with `load_vgg`; tests build it bare.

    `head="fc"` is VGG's first fully connected layer, "projection" a fixed random one on pool5.
    """

    def __init__(
        self,
        depth: Depth = 19,
        *,
        widths: tuple[int, ...] = (64, 128, 256, 512, 512),
        hint_dim: int = 4096,
        head: Literal["fc", "projection"] = "fc",
        seed: int = 0,
        convention: InputConvention = TORCHVISION,
    ) -> None:
        super().__init__()
        self.hint_dim = hint_dim
        self.convention = convention
        self.features = _trunk(depth, widths)
        self.grid = _FC_GRID if head == "fc" else _PROJECTION_GRID
        cells = widths[-1] * self.grid * self.grid
        self.fc: nn.Linear | None = nn.Linear(cells, hint_dim) if head == "fc" else None
        self.projection_VP: Tensor
        self.input_mean_3: Tensor
        self.input_std_3: Tensor
        self.hint_mean_V: Tensor
        self.hint_std_V: Tensor
        # Rebuilt from the seed rather than saved: it would double the size of a checkpoint.
        self.register_buffer(
            "projection_VP",
            _signs(hint_dim, cells, seed) if head == "projection" else torch.empty(0),
            persistent=False,
        )
        self.register_buffer("input_mean_3", torch.tensor(convention.mean), persistent=False)
        self.register_buffer("input_std_3", torch.tensor(convention.std), persistent=False)
        self.register_buffer("hint_mean_V", torch.zeros(hint_dim))
        self.register_buffer("hint_std_V", torch.ones(hint_dim))
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> Self:
        """Stays in evaluation mode, whatever a training loop asks of the modules around it."""
        return super().train(False)

    @torch.no_grad()
    def raw(self, picture_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in 0..1, any size → (B, hint_dim) signed, not standardised."""
        x_B3HW = F.interpolate(
            picture_B3HW, size=(_SIDE, _SIDE), mode="bilinear", align_corners=False, antialias=True
        )
        x_B3HW = (x_B3HW - self.input_mean_3[:, None, None]) / self.input_std_3[:, None, None]
        if self.convention.bgr:
            x_B3HW = x_B3HW.flip(1)
        pool5_BP = F.adaptive_avg_pool2d(self.features(x_B3HW), self.grid).flatten(1)
        return F.linear(pool5_BP, self.projection_VP) if self.fc is None else self.fc(pool5_BP)

    @torch.no_grad()
    def forward(self, picture_B3HW: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in 0..1 → (B, hint_dim) signed, standardised by the data set: V."""
        return (self.raw(picture_B3HW) - self.hint_mean_V) / self.hint_std_V

    @torch.no_grad()
    def fit(self, batches: Iterable[Tensor]) -> int:
        """Sets mean and deviation of every unit from batches (B, 3, H, W); returns their count.

        Units that never vary get deviation 1: they then stay at 0 instead of being blown up.
        """
        count = 0
        total_V = torch.zeros(self.hint_dim, dtype=torch.float64)
        squares_V = torch.zeros(self.hint_dim, dtype=torch.float64)
        for picture_B3HW in batches:
            raw_BV = self.raw(picture_B3HW).double().cpu()
            count += len(raw_BV)
            total_V += raw_BV.sum(0)
            squares_V += raw_BV.square().sum(0)
        if count < 2:
            raise ValueError("fitting the classifier's statistics needs at least two pictures")
        mean_V = total_V / count
        std_V = (squares_V / count - mean_V.square()).clamp_min(0).sqrt()
        self.hint_mean_V.copy_(mean_V)
        self.hint_std_V.copy_(torch.where(std_V > _TINY, std_V, torch.ones_like(std_V)))
        return count


def active_fraction(hint_BV: Tensor) -> float:
    """Share of units that eq. 6 does not map to 0, i.e. that are positive; 0..1. Log it."""
    return float((hint_BV > 0).float().mean())


def load_vgg(
    path: str | Path, *, hint_dim: int = 4096, seed: int = 0, sha256: str | None = None
) -> VGGClassifier:
    """Loads VGG16 or VGG19 from a .safetensors or .pth file (never unpickling code).

    Two layouts are known, and depth and widths are read off the shapes: the standard one
    (`features.0.weight`…, `classifier.0.weight`; RGB with ImageNet mean and deviation), whose
    fc1 sets the length of the vector, and the bare trunk (`0.weight`…; BGR 0..255 minus the Caffe
    means), which gets a projection to `hint_dim` drawn from `seed`.

    The file is checked against `sha256`, whole or its first digits; standard downloads are checked
    against the digits in their name in any case. Raises `ModelError` naming what does not fit.
    """
    path = Path(path)
    tensors = _read(path, sha256)
    standard = any(key.startswith("features.") for key in tensors)
    prefix = "features." if standard else ""
    depth, widths = _measure(tensors, prefix, path)
    wanted = {
        f"features.{key.removeprefix(prefix)}": value
        for key, value in tensors.items()
        if re.fullmatch(rf"{re.escape(prefix)}\d+\.(weight|bias)", key)
    }
    if standard:
        try:
            wanted["fc.weight"] = tensors["classifier.0.weight"]
            wanted["fc.bias"] = tensors["classifier.0.bias"]
        except KeyError as missing:
            raise ModelError(
                f"{path}: {missing} is missing; a trunk without fully connected layers names its "
                "tensors 0.weight, 0.bias, … and takes BGR pictures"
            ) from None
        hint_dim = len(wanted["fc.bias"])
    classifier = VGGClassifier(
        depth,
        widths=widths,
        hint_dim=hint_dim,
        head="fc" if standard else "projection",
        seed=seed,
        convention=TORCHVISION if standard else CAFFE,
    )
    missing_keys = [key for key, _ in classifier.named_parameters() if key not in wanted]
    if missing_keys:
        raise ModelError(f"{path}: not a VGG{depth}, no tensor for {', '.join(missing_keys)}")
    try:
        classifier.load_state_dict(wanted, strict=False)
    except RuntimeError as error:
        raise ModelError(f"{path}: not a VGG{depth}, {error}") from None
    return classifier


def download_vgg(depth: Depth, folder: str | Path) -> Path:
    """Fetches the standard weights into `folder` (once) and returns their path, sha256 checked."""
    standard = STANDARD_WEIGHTS[depth]
    path = Path(folder) / standard.name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(
                standard.url, str(path), hash_prefix=_digits_in_name(path), progress=False
            )
        except (OSError, RuntimeError) as error:
            raise ModelError(
                f"{standard.url} could not be fetched: {error}; put the file at {path} yourself"
            ) from error
    return path


def _trunk(depth: Depth, widths: tuple[int, ...]) -> nn.Sequential:
    """The convolutions in the standard order, so that the standard keys fit."""
    layers: list[nn.Module] = []
    channels = 3
    for count, width in zip(_CONVS_PER_STAGE[depth], widths, strict=True):
        for _ in range(count):
            layers += [he_conv(channels, width, slope=0.0), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def _signs(rows: int, columns: int, seed: int) -> Tensor:
    """(rows, columns) of ±1/√columns. Raw bits, because only they are the same in every release."""
    words = np.random.PCG64(seed).random_raw(-(-rows * columns // 64)).astype("<u8")
    bits = np.unpackbits(words.view(np.uint8), count=rows * columns)
    signs = torch.from_numpy(bits).to(torch.float32).mul_(2).sub_(1)
    return signs.reshape(rows, columns).mul_(columns**-0.5)


def _digits_in_name(path: Path) -> str | None:
    """The sha256 prefix that standard downloads carry in their name: vgg19-dcbb9e9d.pth."""
    found = re.search(r"-([0-9a-f]{8,64})\.", path.name)
    return found.group(1) if found else None


def _read(path: Path, sha256: str | None) -> dict[str, Tensor]:
    """Checks the digest, then reads the tensors as float32."""
    if not path.is_file():
        raise ModelError(f"{path}: no such file; give VGG weights as .safetensors or .pth")
    expected = [digits.lower() for digits in (sha256, _digits_in_name(path)) if digits]
    if expected:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        for digits in expected:
            if not digest.startswith(digits):
                raise ModelError(f"{path}: sha256 is {digest}, not {digits}…; fetch it again")
    try:
        if path.suffix == ".safetensors":
            tensors = load_file(path)
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # on a damaged file the unpickler may raise anything at all
        raise ModelError(f"{path}: cannot be read as weights: {error}") from error
    if not isinstance(tensors, dict) or not all(isinstance(v, Tensor) for v in tensors.values()):
        raise ModelError(f"{path}: holds something else than a dictionary of tensors")
    return {key: value.float() for key, value in tensors.items()}


def _measure(tensors: dict[str, Tensor], prefix: str, path: Path) -> tuple[Depth, tuple[int, ...]]:
    """Depth and the width of every stage, read off the convolutions."""
    convs = {
        int(found.group(1)): len(value)
        for key, value in tensors.items()
        if (found := re.fullmatch(rf"{re.escape(prefix)}(\d+)\.weight", key)) and value.ndim == 4
    }
    outs = [convs[index] for index in sorted(convs)]
    for depth, counts in _CONVS_PER_STAGE.items():
        if len(outs) == sum(counts):
            firsts = np.cumsum((0, *counts[:-1]))
            return depth, tuple(outs[first] for first in firsts)
    raise ModelError(
        f"{path}: {len(outs)} convolutions named {prefix}N.weight; VGG16 has 13, VGG19 16"
    )
