"""Presets `paper` and `v1`: a generator, its hint from the classifier, its losses (eqs. 3 to 7).

`paper` is the paper's network to the letter, `v1` the Style2Paints V1 network it was compared
with, under the same objective. Where the paper is silent: generator and discriminator take their
steps at the same time, each by its own loss, so that one pass paints for both; without a reference
the hint is 0, the average style. `split_mean` counts units over the batch, so with AC-GAN the loss
of a batch split over processes differs by a little from that of the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from style2color.errors import TrainingError
from style2color.nn.baselines import StyleToPaintsV1
from style2color.nn.classifier import VGGClassifier
from style2color.nn.discriminator import Discriminator
from style2color.nn.guides import GuidedGenerator, Painting
from style2color.nn.unet import PaperConfig, PaperGenerator
from style2color.train.batch import Batch
from style2color.train.config import PaperOptions
from style2color.train.critic import judged
from style2color.train.objective import ObjectiveConfig, discriminator_loss, generator_loss
from style2color.train.tasks import HINT_CHANNELS, Group, Losses, PagePainter
from style2color.train.vgg import load_vgg

_FETCH = "from style2color.train.vgg import download_vgg; print(download_vgg(19, 'cache'))"


def make_generator(preset: str, *, hint_dim: int, guides: bool, **sizes: Any) -> GuidedGenerator:
    """The generator of the preset `paper` or `v1`; `sizes` are fields of `PaperConfig`.

    Raises TypeError and ValueError for sizes that are unknown or do not fit together.
    """
    if preset == "v1":
        return StyleToPaintsV1(hint_dim=hint_dim, guides=guides, **sizes)
    return PaperGenerator(PaperConfig(hint_dim=hint_dim, guides=guides, **sizes))


def sketch_channels(sizes: dict[str, Any]) -> int:
    """1: line art alone; 5: line art and sparse colour hints."""
    return int(sizes.get("in_channels", PaperConfig.in_channels))


class StyledGenerator(nn.Module):
    """The generator, with mean and deviation of V's units over the data it was trained on."""

    def __init__(self, generator: GuidedGenerator, hint_dim: int) -> None:
        super().__init__()
        self.generator = generator
        self.hint_mean_V: Tensor
        self.hint_std_V: Tensor
        self.register_buffer("hint_mean_V", torch.zeros(hint_dim))
        self.register_buffer("hint_std_V", torch.ones(hint_dim))

    def forward(self, sketch_BCHW: Tensor, raw_BV: Tensor, known_B: Tensor) -> Painting:
        """Paint with V's raw vectors; where `known` is 0 there is no reference."""
        hint_BV = self.standardise(raw_BV) * known_B[:, None]
        painting: Painting = self.generator(sketch_BCHW, hint_BV)
        return painting

    def standardise(self, raw_BV: Tensor) -> Tensor:
        """V: every unit with mean 0 and deviation 1 over the data set."""
        return (raw_BV.float() - self.hint_mean_V) / self.hint_std_V


def judged_losses(
    objective: ObjectiveConfig,
    painting: Painting,
    target_B3HW: Tensor,
    discriminator: Discriminator | None,
    real_BV: Tensor,
    asked_BV: Tensor,
) -> Losses:
    """Eqs. 4 to 7 for both sides at once; "loss" is what both minimise.

    real_BV: V of the target, asked_BV: V of the reference, both standardised; unused without a
    discriminator.
    """
    if discriminator is None:
        made = generator_loss(objective, painting, target_B3HW)
        losses = {"loss": made.total}
    else:
        judged_BV = judged(discriminator, painting.painted_B3HW)
        made = generator_loss(objective, painting, target_B3HW, judged_BV, asked_BV)
        rival = discriminator_loss(
            objective,
            discriminator(target_B3HW),
            discriminator(painting.painted_B3HW.detach()),
            real_BV,
        )
        # The two have no weight in common, so the gradient of the sum is each one's own.
        losses = {"loss": made.total + rival, "discriminator": rival.detach()}
    parts = {
        "l1": made.l1.painted,
        "guide1": made.l1.guide1,
        "guide2": made.l1.guide2,
        "adversarial": made.adversarial,
    }
    return losses | {name: v.detach() for name, v in parts.items() if v is not None}


class PaperTask(PagePainter):
    """A generator against its discriminator; the classifier is frozen and not saved."""

    network: StyledGenerator

    def __init__(self, options: PaperOptions, preset: str = "paper", **sizes: Any) -> None:
        super().__init__()
        self.options = options
        classifier = _classifier(options, sizes.pop("hint_dim", PaperConfig.hint_dim))
        # In a tuple, so that it is no part of what is saved, averaged and sent to processes.
        self._frozen = (classifier,)
        hint_dim = classifier.hint_dim
        self.takes_hints = sketch_channels(sizes) > 1
        generator = make_generator(preset, hint_dim=hint_dim, guides=options.guides, **sizes)
        self.network = StyledGenerator(generator, hint_dim)
        self.objective = ObjectiveConfig(
            guides=options.guides,
            adversarial=options.adversarial,  # type: ignore[arg-type]  # checked inside
            grey_guide=sizes.get("guide1_channels", 1) == 1,
            l1_weight=options.l1_weight,
        )
        self.discriminator: Discriminator | None = None
        if options.adversarial != "none":
            vector = 1 if options.adversarial == "vanilla" else classifier.hint_dim
            self.discriminator = Discriminator(vector, **options.discriminator)

    def groups(self) -> list[Group]:
        """The generator, and the discriminator with a learning rate of its own."""
        own = [Group(list(self.network.parameters()))]
        if self.discriminator is not None:
            rate = self.options.discriminator_rate
            own.append(Group(list(self.discriminator.parameters()), rate))
        return own

    def prepare(self, batches: Iterator[Batch], *, started: bool) -> None:
        """Take mean and deviation of V's units from the first references; they are part of weights
        to start from."""
        if started:
            return
        wanted, first = self.options.fit_pictures, next(batches)
        rest = islice(batches, max(0, -(-wanted // len(first.lines)) - 1))
        classifier = self._classifier(first.lines.device)
        classifier.fit(batch.reference for batch in (first, *rest))
        self.network.hint_mean_V.copy_(classifier.hint_mean_V)
        self.network.hint_std_V.copy_(classifier.hint_std_V)

    def paint(self, batch: Batch) -> Tensor:
        return self._painting(batch, self._raw(batch.reference)).painted_B3HW.float()

    def see(self, reference_B3HW: Tensor) -> Tensor:
        """V of the references, (B, V), not standardised."""
        return self._raw(reference_B3HW)

    def paint_page(self, lines_B1HW: Tensor, seen: Tensor | None) -> Tensor:
        """As the network draws it, lines included; without a reference in the average style."""
        batch, _, height, width = lines_B1HW.shape
        sketch = lines_B1HW
        if self.takes_hints:
            sketch = torch.cat((sketch, sketch.new_zeros(batch, HINT_CHANNELS, height, width)), 1)
        raw_BV = self.network.hint_mean_V.expand(batch, -1) if seen is None else seen
        painting: Painting = self.network(sketch, raw_BV, sketch.new_ones(batch))
        return painting.painted_B3HW.float()

    def columns(self, batch: Batch) -> list[Tensor]:
        """The painting as it is: the paper's generator draws the lines too."""
        return [self.paint(batch)]

    def forward(self, batch: Batch) -> Losses:
        raw_BV = self._raw(batch.reference)
        painting = self._painting(batch, raw_BV)
        real_BV = asked_BV = raw_BV
        if self.discriminator is not None:
            real_BV = self.network.standardise(self._raw(batch.target))
            # Without a reference, the style to be found in the painting is the target's own.
            known = batch.has_reference[:, None]
            asked_BV = self.network.standardise(raw_BV) * known + real_BV * (1 - known)
        return judged_losses(
            self.objective, painting, batch.target, self.discriminator, real_BV, asked_BV
        )

    def _painting(self, batch: Batch, raw_BV: Tensor) -> Painting:
        sketch = batch.lines
        if self.takes_hints:
            sketch = torch.cat((sketch, batch.hints), dim=1)
        painting: Painting = self.network(sketch, raw_BV, batch.has_reference)
        return painting

    def _raw(self, picture_B3HW: Tensor) -> Tensor:
        return self._classifier(picture_B3HW.device).raw(picture_B3HW)

    def _classifier(self, device: torch.device) -> VGGClassifier:
        return self._frozen[0].to(device)


def _classifier(options: PaperOptions, hint_dim: int) -> VGGClassifier:
    if not options.classifier or not Path(options.classifier).is_file():
        given = f"there is no file {options.classifier}" if options.classifier else "none is given"
        raise TrainingError(
            "the presets paper and v1 need the weights of a VGG16 or VGG19 in [paper] classifier, "
            "whole or the convolutions alone, "
            f'but {given}. The standard ones come by: python -c "{_FETCH}"'
        )
    try:
        classifier = load_vgg(
            options.classifier,
            hint_dim=hint_dim,
            sha256=options.sha256 or None,
            side=options.classifier_side,
        )
    except ValueError as error:
        raise TrainingError(f"[paper] classifier_side: {error}") from error
    # A third faster on processors, and the largest part of a step there.
    return classifier.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
