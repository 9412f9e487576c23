"""What one training step computes: a network, its loss on a batch, and a picture of it.

A task is a module whose forward returns the loss, so that data-parallel training wraps it whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.data.classes import BACKGROUND
from style2color.nn.baselines import PlainUNet
from style2color.nn.blocks import to_picture
from style2color.nn.sizes import SEMANTIC, StudioConfig
from style2color.nn.studio import StudioNet
from style2color.train.batch import Batch
from style2color.train.config import LossWeights
from style2color.train.judges import Judges
from style2color.train.names import class_shares, miscalled
from style2color.train.objective import luma
from style2color.train.pooling import region_area, region_mean
from style2color.train.roles import miscast
from style2color.train.smoothness import excess_deviation
from style2color.train.usage import figure_shares, usage_distance

Losses = dict[str, Tensor]

INK_WEIGHT = 0.15
"""Weight of line pixels in the colour losses: the artist's ink covers them anyway."""
HINT_CHANNELS = 4
"""RGB · mask and mask."""
_LIT_WEIGHT = 9.0
"""A highlight is drawn where one in ten painters would."""
_SHADED_WEIGHT = 1.0
"""A shadow is drawn where most would: which side the light comes from is nowhere to be seen."""
_TOLERANCE = 8.0
"""ΔE within which two palette entries are about equally good for a pixel."""


@dataclass(frozen=True)
class Group:
    """Parameters that are clipped together, and a factor on their learning rate."""

    parameters: list[nn.Parameter]
    rate: float = 1.0


class Task(nn.Module):
    """A network in training. `network` is what is averaged and shipped; what else has weights
    (a discriminator) is saved with the state only."""

    network: nn.Module
    seen = 0
    """Samples before the step at hand, told by the loop."""

    def groups(self) -> list[Group]:
        """What the optimiser moves."""
        return [Group(list(self.parameters()))]

    def prepare(self, batches: Iterator[Batch], *, started: bool) -> None:
        """Look at data before the first step; `batches` never end. started: the network has the
        weights of an earlier run."""

    def forward(self, batch: Batch) -> Losses:
        """Losses by name, scalars; "loss" is what is minimised. Means over samples, so that equal
        slices of a batch average to the loss of the whole."""
        raise NotImplementedError

    def paint(self, batch: Batch) -> Tensor:
        """(B, 3, S, S) in 0..1, the pictures before the ink is laid on."""
        raise NotImplementedError

    def columns(self, batch: Batch) -> list[Tensor]:
        """Pictures (B, 3, S, S) for a sample sheet."""
        return [self.paint(batch) * batch.lines]


class PagePainter(Task):
    """A task whose network paints bare line art without any preparation of the reference."""

    def see(self, reference_B3HW: Tensor) -> Tensor:
        """What the network keeps of references (B, 3, H, W) in 0..1, for `paint_page`."""
        raise NotImplementedError

    def paint_page(self, lines_B1HW: Tensor, seen: Tensor | None) -> Tensor:
        """(B, 1, H, W) in 0..1, 1 = paper, any size → the finished (B, 3, H, W) in 0..1.

        seen: what `see` made of the references; None: there is none.
        """
        raise NotImplementedError


class PlainTask(PagePainter):
    """The plain U-net without style injection, the baseline: L1 on colours."""

    def __init__(self, **sizes: object) -> None:
        super().__init__()
        self.network = PlainUNet(**sizes)  # type: ignore[arg-type]

    def paint(self, batch: Batch) -> Tensor:
        painted: Tensor = self.network(torch.cat((1 - batch.lines, batch.hints), 1))
        return painted.float()

    def see(self, reference_B3HW: Tensor) -> Tensor:
        """Nothing: no reference enters it."""
        return reference_B3HW.new_empty(0)

    def paint_page(self, lines_B1HW: Tensor, seen: Tensor | None) -> Tensor:
        """Colours from the lines alone, with the ink multiplied on top as in training."""
        batch, _, height, width = lines_B1HW.shape
        no_hints = lines_B1HW.new_zeros(batch, HINT_CHANNELS, height, width)
        painted: Tensor = self.network(torch.cat((1 - lines_B1HW, no_hints), 1)) * lines_B1HW
        return painted

    def forward(self, batch: Batch) -> Losses:
        difference = (self.paint(batch) - batch.target).abs().mean(1, keepdim=True)
        l1 = sample_mean(difference, pixel_weight(batch))
        return {"loss": l1, "l1": l1.detach()}


@dataclass(frozen=True)
class StudioOutput:
    """logits (B, K, S/2, S/2), painted (B, 3, S/2, S/2), flat; region logits (B, R, K)."""

    logits: Tensor
    painted: Tensor
    region_logits: Tensor
    before: Tensor
    after: Tensor
    tokens: Tensor
    names: tuple[Tensor, Tensor, Tensor, Tensor]
    """Logits of semantic classes: of pixels, of the reference's pixels, of regions, of entries."""
    dark: Tensor
    lit: Tensor
    """Logits of shadows and of highlights, (B, 1, S/2, S/2)."""
    cells: list[Tensor]
    """What the reference's entries were pooled from, (B, ·, 32, 32)."""


class StudioTask(Task):
    """The studio network (nn/studio.py): L1, assignment, regions, names, guides (eq. 4), and what
    weighs nothing unless asked for: smoothness, judges that look at the painting, distillation.

    Samples with a stranger's reference have no right colours: of them, only the names, the lines
    (guide 1), how much each colour is used and, if asked for, by what (roles) are learned.
    """

    network: StudioNet

    def __init__(
        self,
        losses: LossWeights | None = None,
        judges: Judges | None = None,
        **sizes: object,
    ) -> None:
        super().__init__()
        self.losses = losses or LossWeights()
        self.network = StudioNet(StudioConfig(**sizes))  # type: ignore[arg-type]
        self.judges = judges or Judges()
        self.critic, self.distil = self.judges.critic, self.judges.distil

    def groups(self) -> list[Group]:
        """The network, the critic's discriminator with a learning rate of its own, and the head of
        the distillation."""
        own = [Group(list(self.network.parameters()))]
        if self.critic is not None:
            own.append(Group(list(self.critic.parameters()), self.judges.rate))
        if self.distil is not None:
            own.append(Group(list(self.distil.parameters())))
        return own

    def prepare(self, batches: Iterator[Batch], *, started: bool) -> None:
        """The critic takes mean and deviation of V's units from the first references, and the
        distillation those of its features from the next."""
        if self.critic is not None:
            references = (one[None] for batch in batches for one in batch.reference)
            self.critic.fit(islice(references, self.judges.fit_pictures))
        if self.distil is not None:
            given = (
                (one[None], known)
                for batch in batches
                for one, known in zip(batch.reference, batch.has_reference, strict=True)
            )
            first = islice(given, self.judges.fit_pictures)
            self.distil.fit(one for one, known in first if known)

    def run(self, batch: Batch) -> StudioOutput:
        network = self.network
        pooled, style, memory, of_reference, *cells = network.reference(
            batch.reference, batch.assignment
        )
        known = batch.has_reference[:, None]
        own = batch.kind[..., :1] * known[..., None]
        logits, dark, lit, features, words, before, after, of_pixels = network.painter(
            batch.lines,
            batch.hints,
            batch.palette,
            batch.kind,
            batch.moments,
            batch.present,
            pooled * own,
            style * known,
            memory * known[..., None],
        )
        regions = batch.geometry.shape[1]
        pooled_regions = region_mean(features.float(), batch.labels, regions)
        votes = region_mean(logits, batch.labels, regions)
        opinion, of_regions, of_entries = network.regions(
            pooled_regions,
            batch.geometry,
            batch.region_present,
            batch.placed,
            words,
            batch.present,
        )
        flat = torch.einsum("bkhw,bkc->bchw", logits.softmax(1), batch.palette)
        names = (of_pixels, of_reference, of_regions, of_entries)
        tokens = words[..., :-SEMANTIC]
        choice = votes + opinion
        return StudioOutput(logits, flat, choice, before, after, tokens, names, dark, lit, cells)

    def finished(self, out: StudioOutput) -> Tensor:
        """With shadows and highlights, (B, 3, S/2, S/2); no gradient reaches those: they learn from
        layers alone."""
        shade = self.network.painter.shade(out.dark).detach()
        light = self.network.painter.light(out.lit).detach()
        return 1 - (1 - out.painted * shade) * (1 - light)

    def paint(self, batch: Batch) -> Tensor:
        return F.interpolate(
            self.run(batch).painted, scale_factor=2, mode="bilinear", align_corners=False
        )

    def columns(self, batch: Batch) -> list[Tensor]:
        return [self.paint(batch) * batch.lines, self.paint_regions(batch) * batch.lines]

    def paint_regions(self, batch: Batch) -> Tensor:
        """Every region in its best entry, without shade: (B, 3, S, S)."""
        out = self.run(batch)
        choice = out.region_logits.argmax(-1)
        colors = torch.gather(batch.palette, 1, choice[..., None].expand(-1, -1, 3))
        table = torch.cat((torch.ones_like(colors[:, :1]), colors), dim=1)
        index = batch.labels.flatten(1)[..., None].expand(-1, -1, 3)
        filled = torch.gather(table, 1, index).transpose(1, 2)
        small = filled.reshape(len(choice), 3, *batch.labels.shape[1:])
        return F.interpolate(small, scale_factor=2, mode="nearest")

    def forward(self, batch: Batch) -> Losses:
        out = self.run(batch)
        known = 1 - batch.stranger[:, None, None, None]
        target, weight = batch.target[:, :, ::2, ::2], known * pixel_weight(batch)[:, :, ::2, ::2]
        l1 = sample_mean((out.painted - target).abs().mean(1, keepdim=True), weight)

        wanted = wanted_entries(target, batch.palette, batch.present)
        surprise = -(wanted * out.logits.log_softmax(1)).sum(1, keepdim=True)
        assignment = sample_mean(surprise, weight)

        regions = batch.geometry.shape[1]
        per_region = region_mean(wanted, batch.labels, regions)
        miss = -(per_region * out.region_logits.log_softmax(-1)).sum(-1)
        # The root of the area: eyes and ribbons count, and the background does not drown them.
        area = batch.region_present * region_area(batch.labels, regions)
        share = known[:, :, 0, 0] * area.sqrt()
        region = ((miss * share).sum(1) / share.sum(1).clamp(min=1e-6)).mean()

        small = F.avg_pool2d(batch.target, 4)
        painter = self.network.painter
        grey = to_picture(painter.guide1(out.before))
        guide1 = (grey - luma(small)).abs().mean()
        entry = painter.point(painter.guide2(out.after), out.tokens, batch.present).softmax(1)
        rough = torch.einsum("bkhw,bkc->bchw", entry, batch.palette)
        guide2 = ((rough - small) * known).abs().mean()

        classes = class_shares(batch)
        names = miscalled(out.names, classes, batch)
        figure = area * (1 - classes[..., BACKGROUND])
        entries = rgb_to_lab(batch.palette.transpose(1, 2)[..., None])[..., 0].transpose(1, 2)
        used = usage_distance(
            out.region_logits, figure, entries, figure_shares(batch.moments, batch.entry_classes)
        )
        parts = {
            "assignment": assignment,
            "region": region,
            "names": names,
            "usage": (used * batch.stranger).mean(),
            "light": _unmarked(out.lit, batch.lit, _LIT_WEIGHT),
            "shadow": _unmarked(out.dark, batch.shaded, _SHADED_WEIGHT),
            "guide1": guide1,
            "guide2": guide2,
        }
        if self.losses.roles:
            missed = miscast(
                out.region_logits, classes, area.sqrt(), batch.moments[..., 0], batch.entry_classes
            )
            parts["roles"] = (missed * batch.stranger).mean()
        if self.losses.smoothness:
            excess = excess_deviation(out.painted, target, batch.labels, regions)
            parts["smoothness"] = (excess * known[:, 0, 0, 0]).mean()
        if self.distil is not None:
            missed = self.distil(out.cells, batch.reference)
            parts["distil"] = (missed * batch.has_reference).mean()
        opinions, rival = self._judged(self.finished(out), target, batch)
        parts |= opinions
        loss = l1 + sum(getattr(self.losses, name) * value for name, value in parts.items())
        told = {"l1": l1, **parts}
        if rival is not None:
            # The critic has no weight in common with the painter: each gets its own gradient.
            loss, told["critic"] = loss + rival, rival
        return {"loss": loss, **{name: value.detach() for name, value in told.items()}}

    def _judged(
        self, painted: Tensor, target: Tensor, batch: Batch
    ) -> tuple[Losses, Tensor | None]:
        """What the judges hold against a painting, at half the size, and the critic's own loss.

        They see it with the target's ink: where the given lines differ from the artist's, the
        colours are not to blame.
        """
        critic = self.critic if self.seen >= self.judges.after else None
        free = batch.free[:, :, ::2, ::2]
        inked = free * painted + (1 - free) * target
        opinions: Losses = {}
        rival = None
        if self.judges.perceptual is not None:
            distance = self.judges.perceptual(inked, target)
            opinions["perceptual"] = (distance * (1 - batch.stranger)).mean()
        if critic is not None:
            opinions["adversarial"], rival = critic(
                inked, target, batch.reference, batch.has_reference
            )
        return opinions, rival


def _unmarked(logits_B1HW: Tensor, marks_B1HW: Tensor, weight: float) -> Tensor:
    """Cross-entropy of highlights or shadows over the pictures that have some: where they are drawn
    depends on a painter's taste, and a picture without any tells nothing of where they would be."""
    taken = marks_B1HW.amax((1, 2, 3), keepdim=True)
    miss = F.binary_cross_entropy_with_logits(
        logits_B1HW.float(), marks_B1HW, reduction="none", pos_weight=marks_B1HW.new_tensor(weight)
    )
    return (miss.mean((1, 2, 3), keepdim=True) * taken).sum() / taken.sum().clamp(min=1)


def wanted_entries(target_B3HW: Tensor, palette_BK3: Tensor, present_BK: Tensor) -> Tensor:
    """How well every entry would do at every pixel, (B, K, H, W), sums to 1 over K."""
    target = rgb_to_lab(target_B3HW)
    entries = rgb_to_lab(palette_BK3.transpose(1, 2)[..., None])[..., 0]
    squared = (
        (target**2).sum(1, keepdim=True)
        + (entries**2).sum(1)[:, :, None, None]
        - 2 * torch.einsum("bchw,bck->bkhw", target, entries)
    )
    absent = (1 - present_BK)[:, :, None, None].bool()
    return (-squared / (2 * _TOLERANCE**2)).masked_fill(absent, -1e9).softmax(1)


def rgb_to_lab(rgb_BCHW: Tensor) -> Tensor:
    """sRGB (B, 3, H, W) in 0..1 → CIELAB of the same shape; see style2color.color."""
    linear = torch.where(
        rgb_BCHW <= 0.04045,
        rgb_BCHW / 12.92,
        ((rgb_BCHW.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4,
    )
    matrix = linear.new_tensor(
        [
            [0.4339532, 0.3762197, 0.1898270],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0177566, 0.1094680, 0.8727754],
        ]
    )
    xyz = torch.einsum("dc,bchw->bdhw", matrix, linear)
    f = torch.where(xyz > 0.008856, xyz.clamp(min=0.008856) ** (1 / 3), 7.787 * xyz + 4 / 29)
    x, y, z = f.unbind(1)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), dim=1)


def pixel_weight(batch: Batch) -> Tensor:
    """What each pixel weighs in a loss on colours, (B, 1, S, S): 1, on lines `INK_WEIGHT`."""
    return INK_WEIGHT + (1 - INK_WEIGHT) * batch.free


def sample_mean(values_B1HW: Tensor, weight_B1HW: Tensor) -> Tensor:
    """The mean over samples of each one's weighted mean, a scalar; twice (B, 1, H, W)."""
    total = weight_B1HW.sum((1, 2, 3)).clamp(min=1e-6)
    return ((values_B1HW * weight_B1HW).sum((1, 2, 3)) / total).mean()
