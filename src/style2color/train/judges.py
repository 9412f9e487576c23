"""What the studio network has beside it in training: a VGG that compares and teaches, a critic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from style2color.errors import ModelError, TrainingError
from style2color.nn.classifier import VGGClassifier
from style2color.nn.sizes import StudioConfig
from style2color.train.config import JudgeOptions, LossWeights
from style2color.train.critic import Critic
from style2color.train.distil import Distillation
from style2color.train.perceptual import PerceptualLoss
from style2color.train.vgg import load_vgg

_FETCH = "from style2color.train.vgg import download_vgg; print(download_vgg(16, 'cache'))"
_WIDTHS = (16, 32, 64, 128, 256)
"""Of the discriminator: 2×2 cells remain of the 64 pixels it sees at the first size, 128."""
_LEAST = 16
"""Pixels a side that five stages of VGG need."""


@dataclass(frozen=True)
class Judges:
    """None where the loss weighs nothing. The others are those of `JudgeOptions`: samples before
    the critic begins, references that it and the distillation are fitted to, its learning rate as a
    multiple."""

    perceptual: PerceptualLoss | None = None
    distil: Distillation | None = None
    critic: Critic | None = None
    after: int = 0
    fit_pictures: int = 0
    rate: float = 1.0


def make_judges(
    losses: LossWeights, options: JudgeOptions, network: StudioConfig | None = None
) -> Judges:
    """Those that the losses ask for beside a network of these sizes; without any, no file is read.

    Raises TrainingError for a classifier that is missing, damaged or of another sha256, and for
    sizes that do not fit.
    """
    if not (losses.perceptual or losses.distil or losses.adversarial):
        return Judges()
    classifier = _classifier(options)
    perceptual = PerceptualLoss(classifier, options.perceptual_side) if losses.perceptual else None
    distil = None
    if losses.distil:
        cells = (network or StudioConfig()).cell_dim
        distil = Distillation(classifier, cells, options.distil_side)
    critic = None
    if losses.adversarial:
        sizes: dict[str, Any] = {"widths": _WIDTHS, "spectral": True, **options.discriminator}
        try:
            critic = Critic(classifier, **sizes)
        except (TypeError, ValueError, RuntimeError) as error:
            raise TrainingError(f"[judges] discriminator: {error}") from error
    return Judges(
        perceptual,
        distil,
        critic,
        options.adversarial_after,
        options.fit_pictures,
        options.discriminator_rate,
    )


def _classifier(options: JudgeOptions) -> VGGClassifier:
    if not options.classifier:
        raise TrainingError(
            "the losses perceptual, distil and adversarial need the weights of a VGG16 or VGG19, "
            "whole or the convolutions alone, in [judges] classifier, but none is given. The "
            f'standard ones come by: python -c "{_FETCH}"'
        )
    for name in ("perceptual_side", "distil_side"):
        if getattr(options, name) < _LEAST:
            raise TrainingError(f"[judges] {name} must be {_LEAST} or more")
    try:
        classifier = load_vgg(
            options.classifier,
            hint_dim=options.vector,
            sha256=options.sha256 or None,
            side=options.classifier_side,
        )
    except ModelError as error:
        raise TrainingError(f"[judges] classifier: {error}") from error
    except ValueError as error:
        raise TrainingError(f"[judges] classifier_side: {error}") from error
    # A third faster on processors, and the largest part of a step there.
    return classifier.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
