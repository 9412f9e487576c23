"""Trained colorizers as painters: the product's own runtime, and the networks it must beat."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from style2color.colorizer import Colorizer
from style2color.errors import ModelError, TrainingError
from style2color.model import Model
from style2color.train.checkpoint import CONFIG, load_facts, load_task
from style2color.train.tasks import PagePainter, PlainTask

Array8 = NDArray[np.uint8]


def open_model(
    path: Path | None, *, blind: bool = False, colored_lines: bool = False
) -> OnnxPainter | RunPainter:
    """A model folder (None: the embedded model) or a training run as a painter.

    blind: it gets no reference; useless where the painter's `sees` is False. colored_lines: as
    `OnnxPainter`; a training run paints its lines itself.

    Raises:
        ModelError: nothing usable there, or the run of a network that has to be exported first.
    """
    if path is not None and (path / CONFIG).is_file():
        return RunPainter(path, blind=blind)
    return OnnxPainter(path, blind=blind, colored_lines=colored_lines)


class OnnxPainter:
    """The product itself: a model folder run by the torch-free runtime.

    model: the folder, a model, or None for the embedded one. regions: paint closed regions evenly,
    as the product does. blind: never show it the reference, the control of the N-references test.
    colored_lines: lines in a tone of the paint beside them instead of black.

    Raises:
        ModelError: the folder holds no usable model.
    """

    sees = True

    def __init__(
        self,
        model: Path | Model | None = None,
        *,
        regions: bool = True,
        blind: bool = False,
        colored_lines: bool = False,
    ) -> None:
        self.name = "style2color" if model is None else model.name or str(model)
        if not regions:
            self.name += " (soft)"
        if blind:
            self.name += " (blind)"
        if colored_lines:
            self.name += " (coloured lines)"
        self._colored_lines = colored_lines
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
        painting = self._colorizer.colorize(
            lines, regions=self._regions, colored_lines=self._colored_lines
        )
        return painting.rgb


class RunPainter:
    """A network trained here that needs no export: presets `plain`, `paper` and `v1`.

    run: a training run's folder with config.json and weights.safetensors; `paper` and `v1` also
    need the classifier that its configuration names. blind: never show it the reference.

    Raises:
        ModelError: files missing, damaged, or of a network that has to be exported first.
    """

    def __init__(self, run: Path, *, blind: bool = False) -> None:
        self.name = (run.name or str(run)) + (" (blind)" if blind else "")
        try:
            config, _ = load_facts(run)
            if config.preset == "studio":
                raise ModelError(f"{run} is a run of the studio network; export it first")
            task = load_task(run)[0]
        except TrainingError as error:
            raise ModelError(str(error)) from error
        assert isinstance(task, PagePainter)
        self.sees = not isinstance(task, PlainTask)
        self._task = task.requires_grad_(False)
        self._blind = blind
        self._shown: Array8 | None = None
        self._seen: torch.Tensor | None = None

    @torch.inference_mode()
    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """As the protocol; a reference seen in the call before is not looked at again."""
        if self._blind:
            reference = None
        if reference is not self._shown:
            self._shown = reference
            self._seen = None if reference is None else self._task.see(_unit(reference))
        painted_B3HW = self._task.paint_page(_unit(lines[..., None]), self._seen)
        rgb: Array8 = (painted_B3HW[0] * 255).round().byte().permute(1, 2, 0).numpy()
        return rgb


def _unit(picture: Array8) -> torch.Tensor:
    """uint8 (H, W, C) → float (1, C, H, W) in 0..1."""
    scaled = torch.from_numpy(picture.astype(np.float32) / 255)
    return scaled.permute(2, 0, 1)[None].contiguous()
