"""The objective: eqs. 3, 4, 5 and 7 of sections 2.2 and 2.3, and what to use instead of eq. 5.

Eq. 6, norm(), lives with the discriminator. Eq. 5 as printed is maximised by D = 1 whatever V is,
since D enters the logarithm with the same sign for every label: `gan_value` keeps it for the
record, training uses `discriminator_loss` and `generator_loss`, which do what the text asks for:
D(y) → norm V(y), D(G) → 0, and the generator the opposite, non-saturating.

Also ours: ‖·‖₁ is the mean over values, so that it does not depend on the picture's size; T(y) is
BT.601 luma; λ = 100, which the paper does not give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from style2color.nn.discriminator import norm
from style2color.nn.guides import Painting

Adversarial = Literal["none", "acgan", "vanilla"]
Form = Literal["bce", "mse"]

ALPHA = 0.3
BETA = 0.9
LAMBDA = 100.0

_BT601 = (0.299, 0.587, 0.114)


def luma(rgb_B3HW: Tensor) -> Tensor:
    """T of eq. 4: (B, 3, H, W) RGB → (B, 1, H, W) BT.601 luma in the same range."""
    weights_3 = rgb_B3HW.new_tensor(_BT601)
    return (rgb_B3HW * weights_3[:, None, None]).sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class L1Terms:
    """The three summands of eqs. 3 and 4, scalars, before α and β; None for a missing guide."""

    painted: Tensor
    guide1: Tensor | None
    guide2: Tensor | None

    def total(self, alpha: float = ALPHA, beta: float = BETA) -> Tensor:
        """L_l1: painted + α · guide 1 + β · guide 2."""
        total = self.painted
        if self.guide1 is not None:
            total = total + alpha * self.guide1
        if self.guide2 is not None:
            total = total + beta * self.guide2
        return total


def l1_terms(painting: Painting, target_B3HW: Tensor, *, grey_guide: bool = True) -> L1Terms:
    """Eq. 4 (`grey_guide`, guide 1 against T(y)) or eq. 3 (guide 1 against y itself).

    target_B3HW: y, RGB float in 0..1 at the size of the painting.
    """
    guide1: Tensor | None = None
    if painting.guide1_BCHW is not None:
        guide1_target = luma(target_B3HW) if grey_guide else target_B3HW
        if guide1_target.shape != painting.guide1_BCHW.shape:
            raise ValueError(
                f"guide 1 has {painting.guide1_BCHW.shape[1]} channels, its target "
                f"{guide1_target.shape[1]}: eq. 4 needs one, eq. 3 three"
            )
        guide1 = F.l1_loss(painting.guide1_BCHW, guide1_target)
    guide2 = None
    if painting.guide2_B3HW is not None:
        guide2 = F.l1_loss(painting.guide2_B3HW, target_B3HW)
    return L1Terms(F.l1_loss(painting.painted_B3HW, target_B3HW), guide1, guide2)


def gan_value(real_BV: Tensor, painted_BV: Tensor, vector_BV: Tensor) -> Tensor:
    """Eq. 5 to the letter, a scalar that D would maximise; Lb is the logarithm, E the mean.

    real_BV, painted_BV: D(y) and D(G(x, V(y))), probabilities in 0..1; vector_BV: V(y), signed.
    """
    on_real = torch.log(real_BV + (1 - norm(vector_BV))).mean()
    on_painted = torch.log(1 - painted_BV).mean()
    return on_real + on_painted


def full_value(gan: Tensor, l1: Tensor, weight: float = LAMBDA) -> Tensor:
    """Eq. 7: L_GAN + λ · L_l1."""
    return gan + weight * l1


def split_mean(loss_BV: Tensor, active_BV: Tensor) -> Tensor:
    """The mean over active units and the mean over the others, averaged: a scalar.

    norm() sends every negative unit to 0, the label of "painted" too; without the split those
    units outvote the ones that tell styles apart. A kind that does not occur is left out.
    """
    masks_2BV = torch.stack((active_BV, ~active_BV)).to(loss_BV.dtype)
    counts_2 = masks_2BV.sum(dim=(1, 2))
    means_2 = (masks_2BV * loss_BV).sum(dim=(1, 2)) / counts_2.clamp_min(1)
    return means_2.sum() / (counts_2 > 0).sum()


def unit_loss(logits_BV: Tensor, label_BV: Tensor, form: Form) -> Tensor:
    """How far every unit of σ(logits) is from its label in 0..1; (B, V) float32, unreduced."""
    logits_BV = logits_BV.float()  # under bf16 autocast, labels near 1 would be rounded away
    if form == "bce":
        return F.binary_cross_entropy_with_logits(logits_BV, label_BV, reduction="none")
    return (torch.sigmoid(logits_BV) - label_BV).square()


@dataclass(frozen=True)
class ObjectiveConfig:
    """Which of the paper's losses are used; the ablations of table 1 are settings of it.

    Style2color-Guide: guides, adversarial "none". Style2color-GAN: no guides, "vanilla" (the
    paper: "the adversarial loss of the original GAN"). Eq. 7 in full: guides and "acgan".
    """

    guides: bool = True
    adversarial: Adversarial = "acgan"
    grey_guide: bool = True
    """Eq. 4 rather than eq. 3."""
    alpha: float = ALPHA
    beta: float = BETA
    l1_weight: float = LAMBDA
    form: Form = "bce"
    split_units: bool = True
    """Average active and inactive units of V separately (AC-GAN only)."""

    def __post_init__(self) -> None:
        if self.adversarial not in ("none", "acgan", "vanilla"):
            raise ValueError(f"unknown adversarial {self.adversarial!r}: none, acgan or vanilla")
        if self.form not in ("bce", "mse"):
            raise ValueError(f"unknown form {self.form!r}: bce or mse")


@dataclass(frozen=True)
class GeneratorLoss:
    """What the generator minimises, and its parts for the log (None where not in use)."""

    total: Tensor
    l1: L1Terms
    adversarial: Tensor | None


def _adversarial_label(config: ObjectiveConfig, logits_BV: Tensor, vector_BV: Tensor) -> Tensor:
    """norm V for AC-GAN; for the vanilla discriminator, which has one logit, 1."""
    if config.adversarial == "vanilla":
        if logits_BV.shape[1] != 1:
            raise ValueError(f"a vanilla discriminator has one logit, not {logits_BV.shape[1]}")
        return torch.ones_like(logits_BV, dtype=torch.float32)
    return norm(vector_BV.float())


def _reduce(config: ObjectiveConfig, loss_BV: Tensor, label_BV: Tensor) -> Tensor:
    if config.adversarial == "acgan" and config.split_units:
        return split_mean(loss_BV, label_BV > 0)
    return loss_BV.mean()


def discriminator_loss(
    config: ObjectiveConfig, real_BV: Tensor, painted_BV: Tensor, vector_BV: Tensor
) -> Tensor:
    """What D minimises in place of eq. 5: D(y) → norm V(y) and D(G) → 0.

    real_BV, painted_BV: logits of y and of the detached painting; vector_BV: V(y). Units of both
    are split by the label of the real picture, so that the two pulls on a unit weigh the same.
    """
    label_BV = _adversarial_label(config, real_BV, vector_BV)
    on_real = _reduce(config, unit_loss(real_BV, label_BV, config.form), label_BV)
    nothing_BV = torch.zeros_like(painted_BV, dtype=torch.float32)
    on_painted = _reduce(config, unit_loss(painted_BV, nothing_BV, config.form), label_BV)
    return on_real + on_painted


def adversarial_loss(config: ObjectiveConfig, painted_BV: Tensor, vector_BV: Tensor) -> Tensor:
    """D(G) → norm V(r), the generator's side, a scalar.

    painted_BV: logits of D for the painting, vector_BV: V(r) of the reference the painting had.
    """
    label_BV = _adversarial_label(config, painted_BV, vector_BV)
    return _reduce(config, unit_loss(painted_BV, label_BV, config.form), label_BV)


def generator_loss(
    config: ObjectiveConfig,
    painting: Painting,
    target_B3HW: Tensor,
    painted_BV: Tensor | None = None,
    vector_BV: Tensor | None = None,
) -> GeneratorLoss:
    """Eq. 7 for the generator: λ · L_l1 plus D(G) → norm V(r), non-saturating.

    painted_BV: logits of D for the painting, vector_BV: V(r) of the reference the painting had;
    neither is needed with adversarial "none".
    """
    if config.guides and (painting.guide1_BCHW is None or painting.guide2_B3HW is None):
        raise ValueError("the objective asks for guides, the painting has none")
    if not config.guides:
        painting = Painting(painting.painted_B3HW, None, None)
    terms = l1_terms(painting, target_B3HW, grey_guide=config.grey_guide)
    l1 = terms.total(config.alpha, config.beta)
    if config.adversarial == "none":
        return GeneratorLoss(config.l1_weight * l1, terms, None)
    if painted_BV is None or vector_BV is None:
        raise ValueError(f"adversarial {config.adversarial!r} needs D's logits and V's vector")
    adversarial = adversarial_loss(config, painted_BV, vector_BV)
    return GeneratorLoss(full_value(adversarial, l1, config.l1_weight), terms, adversarial)
