"""One cell of the tables: a network, an objective and a seed, trained and measured alike."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from style2color.nn.discriminator import Discriminator
from style2color.reproduce.budget import Budget
from style2color.reproduce.photos import Pairs, to_tensor
from style2color.reproduce.store import Step
from style2color.train.objective import Adversarial, ObjectiveConfig
from style2color.train.paper import StyledGenerator, judged_losses, make_generator
from style2color.train.precision import autocast

Array8 = NDArray[np.uint8]

BETAS = (0.5, 0.999)
_LAST = 0.3  # share of the steps over which the learning rate falls to a twentieth
_CURVE = 20  # losses kept per cell
_AT_ONCE = 4
_DISCRIMINATOR = (16, 32, 64, 128, 256, 512, 512)


@dataclass(frozen=True)
class Arm:
    """What is compared. `title` stands in the tables."""

    name: str
    title: str
    preset: str
    guides: bool
    adversarial: Adversarial


GUIDE = Arm("guide", "Style2color-Guide (guides, eq. 4, no adversary)", "paper", True, "none")
GAN = Arm("gan", "Style2color-GAN (vanilla adversary, no guides)", "paper", False, "vanilla")
BOTH = Arm("both", "both together (guides and AC-GAN, eq. 7)", "paper", True, "acgan")
V1 = Arm("v1", "Style2Paints V1 network (eq. 7)", "v1", True, "acgan")
V1_GUIDE = Arm("v1-guide", "Style2Paints V1 network (eq. 4)", "v1", True, "none")
ARMS = (GUIDE, GAN, BOTH, V1, V1_GUIDE)


@dataclass(frozen=True)
class Trained:
    """A network that has spent its budget. curve: its L1 by step, `_CURVE` values."""

    network: StyledGenerator
    curve: list[float]
    seconds: float
    parameters: int


def train_cell(
    arm: Arm,
    pairs: Pairs,
    budget: Budget,
    seed: int,
    *,
    blind: bool = False,
    step: Step = lambda: None,
) -> Trained:
    """Train one network; `step` is called after every optimiser step.

    The seed decides weights, order, places of the squares and mirroring; equal seeds of different
    arms see the same squares. blind: the hint is always 0.
    """
    torch.manual_seed(seed)
    hint_dim = pairs.hints.shape[1]
    sizes = budget.sizes()
    generator = make_generator(arm.preset, hint_dim=hint_dim, guides=arm.guides, **sizes)
    network = StyledGenerator(generator, hint_dim)
    set_statistics(network, pairs.hints)
    discriminator = _discriminator(arm, hint_dim, budget)
    objective = ObjectiveConfig(guides=arm.guides, adversarial=arm.adversarial)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    parts = [network] if discriminator is None else [network, discriminator]
    parameters = [p for part in parts for p in part.parameters()]
    optimiser = torch.optim.AdamW(parameters, budget.lr, BETAS)
    losses: list[float] = []
    start = time.perf_counter()
    network.train()
    for number, (lines, target, real, asked) in enumerate(squares(pairs, budget, seed)):
        optimiser.param_groups[0]["lr"] = budget.lr * _rate(number, budget.steps)
        known = torch.full((len(lines),), 0.0 if blind else 1.0)
        with autocast("cpu", budget.bf16):
            painting = network(lines, asked, known)
            made = judged_losses(
                objective,
                painting,
                target,
                discriminator,
                network.standardise(real),
                network.standardise(asked),
            )
        optimiser.zero_grad(set_to_none=True)
        made["loss"].backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(made["l1"]))
        step()
    seconds = time.perf_counter() - start
    count = sum(p.numel() for p in generator.parameters())
    return Trained(network.eval(), thinned(losses), seconds, count)


def squares(
    pairs: Pairs, budget: Budget, seed: int
) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Batches of lines_B1CC, target_B3CC, and the raw vectors of target and reference (B, V).

    Squares at random places, mirrored half the time; the vectors are of the whole pictures.
    """
    draw = np.random.default_rng(seed)
    side, room = budget.crop, pairs.rgb.shape[1] - budget.crop + 1
    order: list[int] = []
    for _ in range(budget.steps):
        while len(order) < budget.batch:
            order += draw.permutation(len(pairs)).tolist()
        rows, order = np.array(order[: budget.batch]), order[budget.batch :]
        lines, rgb = [], []
        for row in rows:
            top, left = draw.integers(room, size=2)
            turn = -1 if draw.random() < 0.5 else 1
            window = (slice(top, top + side), slice(left, left + side))
            lines.append(pairs.lines[row][window][:, ::turn])
            rgb.append(pairs.rgb[row][window][:, ::turn])
        hints = torch.from_numpy(pairs.hints)
        yield (
            to_tensor(np.stack(lines)),
            to_tensor(np.stack(rgb)),
            hints[rows],
            hints[pairs.reference[rows]],
        )


@torch.inference_mode()
def paint(
    network: StyledGenerator, pairs: Pairs, reference: NDArray[np.intp], *, blind: bool = False
) -> Array8:
    """The pictures of a trained network, each with the vector of row `reference`; (N, S, S, 3)."""
    painted = []
    hints = torch.from_numpy(pairs.hints[reference])
    for start in range(0, len(pairs), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        lines = to_tensor(pairs.lines[rows])
        known = torch.full((len(lines),), 0.0 if blind else 1.0)
        rgb_B3HW = network(lines, hints[rows], known).painted_B3HW
        painted.append((rgb_B3HW * 255).round().byte().permute(0, 2, 3, 1).numpy())
    return np.concatenate(painted)


def set_statistics(network: StyledGenerator, hints: NDArray[np.float32]) -> None:
    """Standardise V by the pictures it is trained on."""
    mean_V, deviation_V = statistics(hints)
    network.hint_mean_V.copy_(mean_V)
    network.hint_std_V.copy_(deviation_V)


def statistics(hints: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """Mean and deviation of every unit of V (N, V); units that never vary have deviation 1."""
    mean, deviation = hints.mean(0), hints.std(0)
    return torch.from_numpy(mean), torch.from_numpy(np.where(deviation > 1e-6, deviation, 1))


def thinned(values: list[float]) -> list[float]:
    """Means over `_CURVE` equal stretches, or all values where there are fewer."""
    stretches = np.array_split(np.array(values), min(_CURVE, len(values)))
    return [round(float(stretch.mean()), 5) for stretch in stretches]


def _discriminator(arm: Arm, hint_dim: int, budget: Budget) -> Discriminator | None:
    if arm.adversarial == "none":
        return None
    widths = [max(4, width // budget.width) for width in _DISCRIMINATOR]
    return Discriminator(1 if arm.adversarial == "vanilla" else hint_dim, widths)


def _rate(number: int, steps: int) -> float:
    fall = min(1.0, (1 - number / steps) / _LAST)
    return 0.05 + 0.95 * (0.5 - 0.5 * math.cos(math.pi * fall))


def about(trained: Trained) -> dict[str, Any]:
    """What a cell's file says of the training."""
    return {
        "parameters": trained.parameters,
        "seconds": round(trained.seconds, 1),
        "l1_curve": trained.curve,
    }
