"""The benchmark of ways in: every variant trains, and sees of the reference what it says and no
more."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tests.conftest import RGB, draw_figure
from tests.train.benchmarks import load_benchmark
from tests.train.small import SMALL

torch = pytest.importorskip("torch")

from style2color.train.checkpoint import load_weights  # noqa: E402
from style2color.train.config import TrainConfig, parse_config  # noqa: E402
from style2color.train.loop import read_log, train  # noqa: E402


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load_benchmark("carrying")


@pytest.fixture
def config(tiny_store: Path) -> TrainConfig:
    return parse_config(
        {
            "network": SMALL,
            "bf16": False,
            "workers": 0,
            "data": {"stores": [str(tiny_store)]},
            "stages": [{"size": 32, "batch": 2, "samples": 2}],
        }
    )


def stirred(benchmark: ModuleType, name: str, config: TrainConfig) -> Any:
    """A variant's task whose zero-initialised ways in (FiLM) are open."""
    torch.manual_seed(0)
    task = benchmark.make_carrier(name, config).eval()
    with torch.no_grad():
        for weights in task.network.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    return task


def ways_of(benchmark: ModuleType) -> list[str]:
    return [name for name, ways in benchmark.VARIANTS.items() if ways is not None]


def test_variants_train_and_their_weights_come_back(
    benchmark: ModuleType, config: TrainConfig, tmp_path: Path, drawing: tuple[RGB, RGB]
) -> None:
    for name in ("style vector", "prototypes, L1 only", "prototypes", benchmark.ALL_LOSSES):
        ways = benchmark.VARIANTS[name]
        folder = tmp_path / name.replace(" ", "")
        make = partial(benchmark.make_carrier, name)
        train(config, folder, device="cpu", quiet=True, make=make)
        losses = read_log(folder)[-1]
        assert np.isfinite(list(losses.values())).all()
        asked = ways is None or (ways.points and ways.assignment > 0)
        assert ("assignment" in losses) == asked
        painter = benchmark.TaskPainter.load(name, folder, config)
        kept = load_weights(folder)
        own = painter.task.network.state_dict()
        assert all(torch.equal(own[k], kept[k]) for k in kept)
        rgb, lines = drawing
        square = lines[:128, :128]
        painted = painter.paint(square, rgb)
        assert painted.shape == (128, 128, 3)
        assert painted[square == 0].max() == 0  # the ink is on top


@pytest.mark.parametrize("way", ["style", "memory", "tokens"])
def test_a_variant_sees_what_it_says_and_no_more(
    benchmark: ModuleType, config: TrainConfig, way: str
) -> None:
    lines = draw_figure(64, 64)[1]
    batch = benchmark.one_page(lines, draw_figure()[0])
    for name in ways_of(benchmark):
        task = stirred(benchmark, name, config)
        with torch.inference_mode():
            before = task.paint(batch)
            see = task.network.reference.forward

            def other(*given: Any, see: Any = see) -> tuple[Any, ...]:
                pooled, style, memory, *taught = see(*given)
                return (
                    pooled + 3 * (way == "tokens"),
                    style + 3 * (way == "style"),
                    memory + 3 * (way == "memory"),
                    *taught,
                )

            task.network.reference.forward = other
            changes = not torch.equal(task.paint(batch), before)
        assert changes == getattr(benchmark.VARIANTS[name], way), name


def test_only_what_points_is_bound_to_the_palette(
    benchmark: ModuleType, config: TrainConfig
) -> None:
    lines = draw_figure(64, 64)[1]
    batch = benchmark.one_page(lines, draw_figure()[0])
    red = torch.tensor([1.0, 0.0, 0.0]).expand_as(batch.palette)
    for name in ways_of(benchmark):
        with torch.inference_mode():
            painted = stirred(benchmark, name, config).paint(replace(batch, palette=red))
        bound = torch.allclose(painted, red[0, 0].view(1, 3, 1, 1).expand_as(painted), atol=1e-5)
        assert bound == benchmark.VARIANTS[name].points, name


def test_a_page_is_the_batch_that_training_would_make(benchmark: ModuleType) -> None:
    rgb, lines = draw_figure(64, 64)
    batch = benchmark.one_page(lines, rgb)
    own = int(batch.present.sum()) - 1
    assert torch.equal(batch.palette[0, own], torch.ones(3))  # paper, after the reference's
    assert batch.kind[0, :own, 0].all()
    assert batch.kind[0, own].argmax() == 2
    assert not batch.moments[0, own:].any()
    assert torch.allclose(batch.assignment[0].sum(0), torch.ones(32, 32))
    assert batch.reference.shape == (1, 3, 256, 256)
    assert torch.equal(batch.lines[0, 0], torch.from_numpy(lines / np.float32(255)))


def test_the_sheet_has_a_row_for_every_drawing(benchmark: ModuleType, config: TrainConfig) -> None:
    painters = [
        benchmark.TaskPainter(name, stirred(benchmark, name, config), 32)
        for name in ways_of(benchmark)[:2]
    ]
    page = benchmark.sheet(painters, 2, 32)
    assert page.shape == (2 * 32, (3 + 2) * 32, 3)
    assert page.dtype == np.uint8
