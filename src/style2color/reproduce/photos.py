"""The ImageNet sample as the paper's experiments need it: pictures, lines, V of every picture.

One photograph per class, so its two sides share no class. The paper does not say how it extracts
its lines; here it is XDoG (`lines.xdog`), as common for networks of this family, used soft and the
same in training and measuring. The reference is the picture itself, as eqs. 3 and 4 have it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from style2color.data.sources import HELD_OUT_PERCENT, Picture, packs_folder, read_pack
from style2color.errors import DataError
from style2color.evaluate.drawings import on_square
from style2color.evaluate.metrics.backbones import VGG16_FILE
from style2color.files import atomic_write
from style2color.lines import xdog
from style2color.nn.classifier import StudentClassifier, VGGClassifier
from style2color.nn.unet import PaperConfig
from style2color.reproduce.budget import Budget
from style2color.train.vgg import load_vgg

Array8 = NDArray[np.uint8]

PACK = "imagenet_sample"
_SALT = "style2color-reproduce"
_AT_ONCE = 8


@dataclass(frozen=True)
class Pairs:
    """Pictures with their lines; whose vector is the hint of which picture.

    rgb: uint8 (N, S, S, 3); lines: uint8 (N, S, S), 255 = paper; hints: float32 (N, V), V of each
    picture, not standardised; reference: (N,), the row whose picture is shown to the painter.
    """

    rgb: Array8
    lines: Array8
    hints: NDArray[np.float32]
    reference: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.rgb)


def load_photos(packs: Path | None, budget: Budget) -> tuple[list[Array8], list[Array8]]:
    """Training and held-out photographs, uint8 (S, S, 3) each.

    Raises DataError where the pack is missing, damaged or has too few pictures.
    """
    sides: tuple[list[Array8], list[Array8]] = ([], [])
    for picture in read_pack(PACK, packs_folder(packs), budget.size):
        held_out = is_held_out(picture)
        most = budget.most(held_out)
        if not most or len(sides[held_out]) < most:
            sides[held_out].append(on_square(picture.rgb, budget.size))
    if min(map(len, sides)) < 2:
        raise DataError(f"pack {PACK}: needs two pictures on either side of the split")
    return sides


def is_held_out(picture: Picture) -> bool:
    """Which side a photograph takes, by its name, the same on every machine."""
    digest = hashlib.sha256(f"{_SALT}:{picture.id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100 < HELD_OUT_PERCENT


def make_pairs(
    pictures: list[Array8],
    hints: NDArray[np.float32],
    reference: NDArray[np.intp] | None = None,
) -> Pairs:
    """Extract the lines; `reference` defaults to each picture itself."""
    rows = np.arange(len(pictures)) if reference is None else reference
    return Pairs(np.stack(pictures), np.stack([xdog(rgb) for rgb in pictures]), hints, rows)


def vectors(
    classifier: VGGClassifier | StudentClassifier, pictures: list[Array8]
) -> NDArray[np.float32]:
    """V of pictures, float32 (N, V), not standardised."""
    parts = [
        classifier.raw(to_tensor(np.stack(pictures[start : start + _AT_ONCE])))
        for start in range(0, len(pictures), _AT_ONCE)
    ]
    return torch.cat(parts).numpy()


class KeptVectors:
    """V by VGG16's pool5 under a fixed projection; slow, and therefore kept in a folder."""

    def __init__(self, weights: Path, folder: Path) -> None:
        self._weights = weights
        self._folder = folder

    @cached_property
    def classifier(self) -> VGGClassifier:
        """Raises ModelError for missing or damaged weights."""
        return load_vgg(self._weights / VGG16_FILE, hint_dim=PaperConfig.hint_dim)

    def of(self, pictures: list[Array8]) -> NDArray[np.float32]:
        """As `vectors`, from the folder where these very pictures were seen before."""
        digest = hashlib.sha256(np.stack(pictures).tobytes())
        digest.update(next(self.classifier.parameters()).numpy().tobytes())
        path = self._folder / f"vectors-{digest.hexdigest()[:16]}.npy"
        if not path.is_file():
            hints = vectors(self.classifier, pictures)
            with atomic_write(path) as stream:
                np.save(stream, hints)
        kept: NDArray[np.float32] = np.load(path)
        return kept


def to_tensor(pictures: NDArray[Any]) -> torch.Tensor:
    """uint8 (B, H, W, 3) → float (B, 3, H, W), or (B, H, W) → (B, 1, H, W), in 0..1."""
    array = pictures[..., None] if pictures.ndim == 3 else pictures
    scaled = torch.from_numpy(np.ascontiguousarray(array)).permute(0, 3, 1, 2).float() / 255
    return scaled.contiguous(memory_format=torch.channels_last)
