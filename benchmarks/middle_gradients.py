"""Do the guides keep the middle layers alive? The claim of the paper's fig. 3, measured.

    python benchmarks/middle_gradients.py --quick     # a minute; without --quick, the whole network

Trains the paper's generator for a few steps on pictures drawn on the spot and prints gradient norm
divided by weight norm of the convolutions at the bottleneck, at initialisation and afterwards, with
and without guides, for every normalisation. The paper names neither norm nor initialisation, so
PyTorch's default initialisation without a norm, the case the claim is about, is a row as well.

The loss is eq. 4 with λ = 1; without guides it is its first term. Guides also raise the loss itself
(1 + α + β = 2.2 times at most): a ratio near 2 is no cure, only a louder loss.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from style2color.nn.blocks import NormKind
from style2color.nn.unet import PaperConfig, PaperGenerator
from style2color.train.objective import l1_terms

SETTINGS: tuple[tuple[NormKind, str], ...] = (
    ("none", "default"),
    ("none", "he"),
    ("group", "he"),
    ("batch", "he"),
)
SHAPES = 6


@dataclass(frozen=True)
class Row:
    """One network: medians over the seeds."""

    norm: str
    init: str
    guides: bool
    ratio_at_start: float
    ratio_after: float
    loss_at_start: float
    loss_after: float


def draw(count: int, size: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Overlapping ellipses with ink outlines: lines_B1HW and target_B3HW, float in 0..1."""
    axis = torch.linspace(-1, 1, size)
    y_HW, x_HW = torch.meshgrid(axis, axis, indexing="ij")
    target_B3HW = torch.ones(count, 3, size, size)
    lines_B1HW = torch.ones(count, 1, size, size)
    for picture_3HW, lines_1HW in zip(target_B3HW, lines_B1HW, strict=True):
        for _ in range(SHAPES):
            x, y, wide, high, *colour = torch.rand(7, generator=rng).tolist()
            radius_HW = (
                ((x_HW - 1.4 * x + 0.7) / (0.2 + 0.5 * wide)).square()
                + ((y_HW - 1.4 * y + 0.7) / (0.2 + 0.5 * high)).square()
            ).sqrt()
            inside_HW = radius_HW < 1
            picture_3HW[:, inside_HW] = torch.tensor(colour)[:, None]
            lines_1HW[:, inside_HW] = 1.0
            lines_1HW[:, (radius_HW - 1).abs() < 8 / size] = 0.0
    return lines_B1HW, target_B3HW * lines_B1HW


def style_of(target_B3HW: Tensor, hint_dim: int) -> Tensor:
    """A stand-in for V(y): coarse colours of the picture, spread by a fixed random matrix."""
    coarse_BP = nn.functional.adaptive_avg_pool2d(target_B3HW, 4).flatten(1) - 0.5
    rng = torch.Generator().manual_seed(0)
    spread_PV = torch.randn(coarse_BP.shape[1], hint_dim, generator=rng)
    return coarse_BP @ spread_PV.to(coarse_BP.device)


def ratio(module: nn.Module) -> float:
    """‖gradient‖ ÷ ‖weights‖ over the convolutions of a module."""
    weights = [conv.weight for conv in module.modules() if isinstance(conv, nn.Conv2d)]
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    return norm_of(gradients) / norm_of(weights)


def norm_of(tensors: Sequence[Tensor]) -> float:
    # Double precision: squares of dead gradients underflow in single.
    return math.sqrt(sum(float(tensor.detach().double().square().sum()) for tensor in tensors))


def use_default_init(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.reset_parameters()


def measure(config: PaperConfig, init: str, options: argparse.Namespace, seed: int) -> Row:
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    network = PaperGenerator(config)
    if init == "default":
        use_default_init(network)
    network.to(options.device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
    ratios, losses = [], []
    for _ in range(options.steps + 1):
        lines_B1HW, target_B3HW = (
            picture.to(options.device) for picture in draw(options.batch, options.size, rng)
        )
        # Copying, the paper's thought experiment: input and output are the same picture.
        sketch_BCHW = target_B3HW if options.task == "copy" else lines_B1HW
        painting = network(sketch_BCHW, style_of(target_B3HW, config.hint_dim))
        terms = l1_terms(painting, target_B3HW)
        optimiser.zero_grad()
        torch.autograd.backward(terms.total())
        ratios.append(ratio(network.bottleneck))
        losses.append(float(terms.painted.detach()))
        optimiser.step()
    # One batch is noisy, so "after" is the median of the last few.
    tail = max(1, options.steps // 3)
    return Row(
        config.norm,
        init,
        config.guides,
        ratios[0],
        statistics.median(ratios[-tail:]),
        losses[0],
        statistics.median(losses[-tail:]),
    )


def median_row(rows: list[Row]) -> Row:
    def middle(field: str) -> float:
        return float(statistics.median(getattr(row, field) for row in rows))

    first = rows[0]
    numbers = ("ratio_at_start", "ratio_after", "loss_at_start", "loss_after")
    return Row(first.norm, first.init, first.guides, *(middle(field) for field in numbers))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Gradients of the paper's middle layers.")
    parser.add_argument("--quick", action="store_true", help="a quarter of the channels")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--task", choices=("colour", "copy"), default="colour")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def network_config(options: argparse.Namespace, norm: NormKind, guides: bool) -> PaperConfig:
    whole = PaperConfig()
    share = 4 if options.quick else 1

    def thin(channels: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(max(8, count // share) for count in channels)

    return PaperConfig(
        in_channels=3 if options.task == "copy" else 1,
        left_channels=thin(whole.left_channels),
        bottleneck=whole.bottleneck // share,
        right_channels=thin(whole.right_channels),
        guide_channels=thin(whole.guide_channels),
        hint_dim=whole.hint_dim // share,
        norm=norm,
        guides=guides,
    )


def main() -> None:
    options = parse()
    started = time.perf_counter()
    rows = [
        median_row(
            [
                measure(network_config(options, norm, guides), init, options, seed)
                for seed in range(options.seeds)
            ]
        )
        for norm, init in SETTINGS
        for guides in (False, True)
    ]
    seconds = time.perf_counter() - started
    if options.json:
        print(json.dumps({"options": vars(options), "rows": [asdict(row) for row in rows]}))
        return
    print(
        f"‖gradient‖ ÷ ‖weights‖ at the bottleneck; task {options.task}, {options.size}², "
        f"{'quarter' if options.quick else 'full'} width, batch {options.batch}, "
        f"{options.steps} steps, median of {options.seeds} seeds ({seconds:.0f} s)\n"
    )
    print("| norm | init | no guides: start | after | guides: start | after | × start | × after |")
    print("|---|---|---|---|---|---|---|---|")
    for without, with_guides in zip(rows[::2], rows[1::2], strict=True):
        start = with_guides.ratio_at_start / without.ratio_at_start
        after = with_guides.ratio_after / without.ratio_after
        print(
            f"| {without.norm} | {without.init} "
            f"| {without.ratio_at_start:.1e} | {without.ratio_after:.1e} "
            f"| {with_guides.ratio_at_start:.1e} | {with_guides.ratio_after:.1e} "
            f"| {start:.3g} | {after:.3g} |"
        )
    print("\nL1 of the painting, start → after: ", end="")
    print(
        "; ".join(
            f"{row.norm}/{row.init}{' + guides' if row.guides else ''} "
            f"{row.loss_at_start:.3f} → {row.loss_after:.3f}"
            for row in rows
        )
    )


if __name__ == "__main__":
    main()
