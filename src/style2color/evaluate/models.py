"""Trained colorizers as painters: the product's own runtime, and the plain U-net it must beat."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from style2color.colorizer import Colorizer
from style2color.errors import ModelError
from style2color.evaluate.metrics.backbones import load_weights
from style2color.evaluate.painters import Painter
from style2color.nn.baselines import PlainUNet

Array8 = NDArray[np.uint8]

RUN_CONFIG, RUN_WEIGHTS = "config.json", "weights.safetensors"
_HINT_CHANNELS = 4


def open_model(path: Path | None, *, blind: bool = False) -> Painter:
    """A model folder (None: the embedded model) or the run of a plain U-net as a painter.

    blind: it gets no reference.

    Raises:
        ModelError: nothing usable there, or the run of a network that has to be exported first.
    """
    if path is not None and (path / RUN_CONFIG).is_file():
        return TorchPainter(path)
    return OnnxPainter(path, blind=blind)


class OnnxPainter:
    """The product itself: a model folder run by the torch-free runtime.

    model: the folder, or None for the embedded model. regions: paint closed regions evenly, as the
    product does. blind: never show it the reference, the control of the N-references test.

    Raises:
        ModelError: the folder holds no usable model.
    """

    def __init__(
        self, model: Path | None = None, *, regions: bool = True, blind: bool = False
    ) -> None:
        self.name = "style2color" if model is None else model.name or str(model)
        if not regions:
            self.name += " (soft)"
        if blind:
            self.name += " (blind)"
        self._colorizer = Colorizer(model)
        self._regions = regions
        self._blind = blind
        self._shown: Array8 | None = None

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """As the protocol; a reference seen in the call before is not looked at again."""
        if self._blind:
            reference = None
        if reference is not self._shown:
            self._colorizer.set_reference(reference)
            self._shown = reference
        return self._colorizer.colorize(lines, regions=self._regions).rgb


class TorchPainter:
    """A plain U-net trained here (preset `plain`): no reference enters it, so it cannot obey one.

    run: a training run's folder with config.json and weights.safetensors.

    Raises:
        ModelError: files missing, damaged, or of another network.
    """

    def __init__(self, run: Path) -> None:
        self.name = run.name or str(run)
        try:
            config = json.loads((run / RUN_CONFIG).read_text("utf-8"))["config"]
            preset, sizes = config["preset"], dict(config["network"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{run / RUN_CONFIG} is no configuration of a run: {error}") from error
        if preset != "plain":
            raise ModelError(
                f"{run} is a run of the {preset} network; export it and name the model folder"
            )
        try:
            self._network = PlainUNet(**sizes)
        except TypeError as error:
            raise ModelError(f"{run / RUN_CONFIG}: {error}") from error
        load_weights(self._network, run / RUN_WEIGHTS)
        self._network.eval().requires_grad_(False)

    @torch.inference_mode()
    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """Colours from the lines alone, with the ink multiplied on top as in training."""
        paper = torch.from_numpy(lines.astype(np.float32) / 255)[None, None]
        no_hints = torch.zeros(1, _HINT_CHANNELS, *lines.shape)
        painted = self._network(torch.cat((1 - paper, no_hints), 1)) * paper
        rgb: Array8 = (painted[0] * 255).round().byte().permute(1, 2, 0).numpy()
        return rgb
