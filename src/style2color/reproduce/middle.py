"""Fig. 3's claims: do guides keep the middle layers alive, and does a copying U-net starve them?

Gradient norm ÷ weight norm of the convolutions at the bottleneck, step by step, with and without
guides, with and without normalisation. The paper names neither norm nor initialisation, so
PyTorch's default initialisation without a norm, the case the claim is about, is a setting too.
Guides also raise the loss itself, 1 + α + β = 2.2 times at most: a ratio of gradients near 2 is no
cure, only a louder loss.

Copying: input and output are the same picture. What the middle is worth to a trained network is
what its loss rises by when the bottleneck answers zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

import torch
from torch import Tensor, nn

from style2color.nn.baselines import PlainUNet
from style2color.nn.blocks import NormKind
from style2color.nn.guides import Painting
from style2color.nn.unet import PaperConfig, PaperGenerator
from style2color.reproduce.budget import Budget
from style2color.reproduce.cells import BETAS, squares, thinned
from style2color.reproduce.photos import Pairs
from style2color.reproduce.store import Step
from style2color.train.objective import l1_terms

Init = Literal["default", "he"]


@dataclass(frozen=True)
class Setting:
    """One way to build and feed the network; `copy`: its own target is its input."""

    norm: NormKind
    init: Init
    guides: bool
    copy: bool = False
    plain: bool = False
    """Without gates and guides: a plain U-net of the same widths (`nn/baselines.py`)."""

    @property
    def name(self) -> str:
        """For files and legends."""
        parts = ["plain" if self.plain else "paper", self.norm, self.init]
        parts += ["guides"] * self.guides + ["copy" if self.copy else "colour"]
        return "-".join(parts)


NORMS: tuple[tuple[NormKind, Init], ...] = (("none", "default"), ("none", "he"), ("group", "he"))
GRADIENTS = tuple(Setting(norm, init, guides) for norm, init in NORMS for guides in (False, True))
COPYING = tuple(
    Setting("group", "he", guides=guides, copy=copy, plain=plain)
    for plain, guides in ((True, False), (False, False), (False, True))
    for copy in (True, False)
)


def watch(
    setting: Setting, pairs: Pairs, budget: Budget, seed: int, steps: int, *, step: Step
) -> dict[str, Any]:
    """Train for some steps and write down what reaches the middle; plain values.

    ratios: gradient ÷ weights at the bottleneck, per step. outer: the same of the first block.
    l1: of the painting, thinned. without_middle: L1 with the bottleneck silenced, on a batch not
    seen before, beside `with_middle`, the same with it.
    """
    torch.manual_seed(seed)
    network = _build(setting, budget, pairs.hints.shape[1])
    outer, middle = _ends(network)
    optimiser = torch.optim.AdamW(network.parameters(), budget.lr, BETAS)
    ratios, edges, losses = [], [], []
    given = _batches(setting, pairs, replace(budget, samples=(steps + 1) * budget.batch), seed)
    for sketch, target, hint in islice(given, steps):
        terms = l1_terms(_painting(network, sketch, hint), target)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(terms.total())
        ratios.append(ratio(middle))
        edges.append(ratio(outer))
        losses.append(float(terms.painted.detach()))
        optimiser.step()
        step()
    sketch, target, hint = next(given)
    with torch.no_grad():
        kept = float((_painting(network, sketch, hint).painted_B3HW - target).abs().mean())
        with _silenced(middle):
            lost = float((_painting(network, sketch, hint).painted_B3HW - target).abs().mean())
    return {
        "ratios": ratios,
        "outer": edges,
        "l1": thinned(losses),
        "with_middle": kept,
        "without_middle": lost,
    }


def ratio(module: nn.Module) -> float:
    """‖gradient‖ ÷ ‖weights‖ over the convolutions of a module."""
    weights = [conv.weight for conv in module.modules() if isinstance(conv, nn.Conv2d)]
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    return _norm(gradients) / _norm(weights)


def _norm(tensors: Sequence[Tensor]) -> float:
    # Double precision: squares of dead gradients underflow in single.
    return math.sqrt(sum(float(t.detach().double().square().sum()) for t in tensors))


def _build(setting: Setting, budget: Budget, hint_dim: int) -> nn.Module:
    channels = 3 if setting.copy else 1
    sizes = budget.sizes()
    network: nn.Module
    if setting.plain:
        widths = (*sizes["left_channels"], sizes["bottleneck"])
        network = PlainUNet(channels, widths, unshuffle=1, norm=setting.norm)
    else:
        network = PaperGenerator(
            PaperConfig(
                in_channels=channels,
                hint_dim=hint_dim,
                norm=setting.norm,
                guides=setting.guides,
                **sizes,
            )
        )
    if setting.init == "default":
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.reset_parameters()
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _ends(network: nn.Module) -> tuple[nn.Module, nn.Module]:
    """The first block and the one in the middle."""
    if isinstance(network, PaperGenerator):
        return network.left[0], network.bottleneck
    assert isinstance(network, PlainUNet)
    return network.left[0], network.left[-1]


def _batches(
    setting: Setting, pairs: Pairs, budget: Budget, seed: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    hints = torch.from_numpy(pairs.hints)
    mean, deviation = hints.mean(0), hints.std(0).clamp(min=1e-6)
    for lines, target, _, asked in squares(pairs, budget, seed):
        yield (target if setting.copy else lines), target, (asked - mean) / deviation


def _painting(network: nn.Module, sketch: Tensor, hint: Tensor) -> Painting:
    if isinstance(network, PaperGenerator):
        painting: Painting = network(sketch, hint)
        return painting
    return Painting(network(sketch), None, None)


class _silenced:
    """A block answers zero while inside."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def __enter__(self) -> None:
        def silence(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
            return torch.zeros_like(output)

        self._hook = self._module.register_forward_hook(silence)

    def __exit__(self, *_: object) -> None:
        self._hook.remove()
