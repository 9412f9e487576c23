"""How fast the embedded model's network is beside the paper's, a plain U-net and SGRU.

    python benchmarks/networks.py [--side 256] [--repeats 5] [--threads 2] [--bf16]

One forward pass of a single sketch in PyTorch, float32 unless --bf16, channels last, networks of
random weights at their full widths. The repeats go round and round through the networks, so that a
busy machine shows in all of them alike; the median counts, and the last column is the ratio to the
product in the same run. GFLOP are 2 · multiply-adds, counted by PyTorch. The references are not in
it: they are looked at once (studio: its encoder; paper and V1: a VGG).

The first row is the product itself, `Colorizer.colorize`: sketch in and page out, ONNX Runtime,
regions and voting; the second its painter network alone, in PyTorch like the others.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from style2color.colorizer import Colorizer
from style2color.nn.baselines import PlainUNet, StyleToPaintsV1, SwishGatedUNet
from style2color.nn.studio import StudioNet
from style2color.nn.unet import PaperConfig, PaperGenerator

ENTRIES = 12
"""Palette entries of the studio network's input."""


def studio(side: int) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """The painter of the studio network, with what its reference encoder makes of a picture."""
    network = StudioNet().eval()
    assignment = torch.rand(1, ENTRIES, 32, 32).softmax(1)
    with torch.inference_mode():
        pooled, style, memory, *_ = network.reference(torch.rand(1, 3, 256, 256), assignment)
    kind = torch.zeros(1, ENTRIES, 4)
    kind[..., 0] = 1
    inputs = (
        torch.rand(1, 1, side, side), torch.zeros(1, 4, side, side), torch.rand(1, ENTRIES, 3),
        kind, torch.rand(1, ENTRIES, 5), torch.ones(1, ENTRIES), pooled, style, memory,
    )  # fmt: skip
    return network.painter, inputs


def others(side: int) -> dict[str, tuple[nn.Module, tuple[Tensor, ...]]]:
    """The networks that take a sketch, and a style vector where they know one."""
    sketch, hint = torch.rand(1, 1, side, side), torch.randn(1, PaperConfig.hint_dim)
    return {
        "paper, to the letter": (PaperGenerator().eval(), (sketch, hint)),
        "Style2Paints V1": (StyleToPaintsV1().eval(), (sketch, hint)),
        "plain U-net (preset plain)": (PlainUNet(1).eval(), (sketch,)),
        "SGRU-like": (SwishGatedUNet().eval(), (sketch,)),
    }


def gflop(network: nn.Module, inputs: tuple[Tensor, ...]) -> float:
    """Of one forward pass."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(*inputs)
    return counter.get_total_flops() / 1e9


def parameters(network: nn.Module) -> float:
    """In millions, without guides: they are used in training only."""
    counted = (p.numel() for name, p in network.named_parameters() if "guide" not in name)
    return sum(counted) / 1e6


def page(side: int) -> np.ndarray:
    """A sketch with closed and open strokes, uint8 (side, side)."""
    rng = np.random.default_rng(0)
    sketch = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(sketch)
    for x, y, r in rng.uniform((0, 0, 0.04), (1, 1, 0.25), (24, 3)) * side:
        pen.ellipse((x - r, y - r, x + r, y + r), outline=0, width=max(1, side // 128))
    return np.array(sketch)


def main() -> None:
    parser = argparse.ArgumentParser(description="Networks side by side.")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    networks = {"studio network, painter alone": studio(options.side), **others(options.side)}

    def forward(network: nn.Module, inputs: tuple[Tensor, ...]) -> Callable[[], None]:
        def call() -> None:
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, options.bf16):
                network(*inputs)

        return call

    product = Colorizer(threads=options.threads)
    product.set_reference(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    sketch = page(options.side)
    embedded = "embedded model, sketch in and page out"
    calls: dict[str, Callable[[], object]] = {embedded: lambda: product.colorize(sketch)}
    for name, (network, inputs) in networks.items():
        network.to(memory_format=torch.channels_last)
        last = tuple(
            x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x for x in inputs
        )
        calls[name] = forward(network, last)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for repeat in range(options.repeats + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if repeat:  # the first round only warms up
                times[name].append(time.perf_counter() - start)
    base = statistics.median(times[embedded])
    print(
        f"{options.side}², one sketch, {options.threads} threads, "
        f"{'bf16' if options.bf16 else 'float32'}, median of {options.repeats}, "
        f"load {os.getloadavg()[0]:.1f}\n"
    )
    print("| network | parameters, M | GFLOP | ms | least…most | ÷ product |")
    print("|---|---:|---:|---:|---|---:|")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        size, work = "–", "–"
        if name in networks:
            size, work = f"{parameters(networks[name][0]):.1f}", f"{gflop(*networks[name]):.1f}"
        print(
            f"| {name} | {size} | {work} | {1e3 * median:.0f} "
            f"| {1e3 * min(seconds):.0f}…{1e3 * max(seconds):.0f} | {median / base:.1f} |"
        )


if __name__ == "__main__":
    main()
