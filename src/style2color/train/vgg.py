"""The weights of the paper's classifier from a file; nothing is unpickled but tensors."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from style2color.errors import ModelError
from style2color.nn.classifier import (
    CAFFE,
    CONVS_PER_STAGE,
    SIDE,
    TORCHVISION,
    Depth,
    VGGClassifier,
)


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


def load_vgg(
    path: str | Path,
    *,
    hint_dim: int = 4096,
    seed: int = 0,
    sha256: str | None = None,
    side: int = SIDE,
) -> VGGClassifier:
    """Loads VGG16 or VGG19 from a .safetensors or .pth file (never unpickling code).

    Two layouts are known, and depth and widths are read off the shapes: the standard one
    (`features.0.weight`…, `classifier.0.weight`; RGB with ImageNet mean and deviation), whose
    fc1 sets the length of the vector, and the bare trunk (`0.weight`…; BGR 0..255 minus the Caffe
    means), which gets a projection to `hint_dim` drawn from `seed` and looks at pictures of `side`
    pixels a side, a multiple of 32 from 96.

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
    if standard and side != SIDE:
        raise ModelError(f"{path}: fc1 takes pictures of {SIDE} a side, not {side}")
    classifier = VGGClassifier(
        depth,
        widths=widths,
        hint_dim=hint_dim,
        head="fc" if standard else "projection",
        seed=seed,
        convention=TORCHVISION if standard else CAFFE,
        side=side,
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
    for depth, counts in CONVS_PER_STAGE.items():
        if len(outs) == sum(counts):
            firsts = np.cumsum((0, *counts[:-1]))
            return depth, tuple(outs[first] for first in firsts)
    raise ModelError(
        f"{path}: neither a VGG with fully connected layers (features.0.weight, …, "
        "classifier.0.weight) nor the bare trunk of one (0.weight, …): it has "
        f"{len(outs)} convolutions named {prefix}N.weight, VGG16 has 13, VGG19 16"
    )
