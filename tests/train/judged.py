"""A VGG small enough for tests, the same by its published layers, and a run that has judges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tests.train.small import SMALL
from torch import Tensor, nn

from style2color.nn.classifier import VGGClassifier

HINT = 16


def tiny_vgg() -> VGGClassifier:
    """A VGG16 four channels wide."""
    torch.manual_seed(0)
    return VGGClassifier(16, widths=(4,) * 5, hint_dim=HINT, head="projection", side=96)


def save_trunk(classifier: VGGClassifier, folder: Path) -> Path:
    """Its convolutions in a file, in the layout of a bare trunk."""
    path = folder / "tiny.safetensors"
    save_file(classifier.features.state_dict(), path)
    return path


def settings(store: Path, vgg: Path, losses: dict[str, float], **judges: Any) -> dict[str, Any]:
    return {
        "bf16": False,
        "workers": 0,
        "warmup": 0,
        "network": SMALL,
        "losses": losses,
        "judges": {
            "classifier": str(vgg),
            "vector": HINT,
            "fit_pictures": 4,
            "discriminator": {"widths": [4, 4]},
            **judges,
        },
        "data": {"stores": [str(store)], "no_reference": 0.3},
        "stages": [{"size": 32, "batch": 2, "samples": 8}],
    }


def literal_stages(classifier: VGGClassifier, rgb: Tensor) -> list[Tensor]:
    """The last map of every stage, by the published layers."""
    weights = dict(classifier.features.state_dict())
    mean = torch.tensor(classifier.convention.mean)[:, None, None]
    x = (rgb - mean) / torch.tensor(classifier.convention.std)[:, None, None]
    maps, index = [], 0
    for count in (2, 2, 3, 3, 3):
        for _ in range(count):
            weight, bias = weights[f"{index}.weight"], weights[f"{index}.bias"]
            x = nn.functional.conv2d(x, weight, bias, padding=1).relu()
            index += 2
        maps.append(x)
        x = nn.functional.max_pool2d(x, 2)
        index += 1
    return maps
