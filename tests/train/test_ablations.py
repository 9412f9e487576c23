"""The benchmark of the losses: its variants are what they say, its table counts right, and what it
scores are the graphs that an export would write."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tests.conftest import RGB
from tests.train.benchmarks import ROOT, load_benchmark
from tests.train.small import SMALL

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402
from tests.train.judged import tiny_vgg  # noqa: E402

from style2color.colorizer import Colorizer  # noqa: E402
from style2color.data.store import build_store  # noqa: E402
from style2color.evaluate.baselines import MeanColour  # noqa: E402
from style2color.evaluate.scoring import Judge  # noqa: E402
from style2color.evaluate.splits import make_cases  # noqa: E402
from style2color.model import GRAPHS, Model  # noqa: E402
from style2color.train.checkpoint import load_task  # noqa: E402
from style2color.train.config import load_config, parse_config, to_plain  # noqa: E402
from style2color.train.export import graphs, rounded  # noqa: E402
from style2color.train.loop import train  # noqa: E402


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load_benchmark("ablations")


def seeds_of(benchmark: ModuleType) -> ModuleType:
    """The module seeds.py that the benchmark uses."""
    return sys.modules[benchmark.run_all.__module__]


def trained(benchmark: ModuleType, store: Path, run: Path, samples: int) -> Model:
    """A small network after a few samples, as the benchmark paints with it."""
    config = parse_config(
        {
            "network": SMALL,
            "bf16": False,
            "workers": 0,
            "data": {"stores": [str(store)]},
            "stages": [{"size": 64, "batch": 2, "samples": samples}],
        }
    )
    train(config, run, device="cpu", quiet=True)
    model: Model = benchmark.TorchModel.of_run(run)
    return model


def test_every_variant_is_a_configuration_of_its_own(benchmark: ModuleType) -> None:
    base = load_config(ROOT / "configs/ablations.toml")
    made = {
        name: benchmark.changed(base, variant, 5) for name, variant in benchmark.VARIANTS.items()
    }
    for config in made.values():
        assert parse_config(to_plain(config)) == config
        assert config.seed == 5
    assert made["base"] == replace(base, seed=5)
    assert len({str(to_plain(config)) for config in made.values()}) == len(made)
    assert made["no guides"].losses.guide1 == made["no guides"].losses.guide2 == 0
    folders = {seeds_of(benchmark).run_folder(Path("r"), name, 0) for name in made}
    assert len(folders) == len(made)


def test_late_variants_go_on_from_one_start(benchmark: ModuleType) -> None:
    base = load_config(ROOT / "configs/ablations.toml")
    config = benchmark.late(base, Path("runs/start"), 64)
    assert config.earlier == ("runs/start",)
    assert config.samples == 64
    assert config.stages[0].size == base.stages[-1].size
    assert base.judges.adversarial_after > 0 == config.judges.adversarial_after


def test_the_table_compares_with_the_first_variant_by_seed(
    benchmark: ModuleType, tmp_path: Path
) -> None:
    for name, seed, value in (
        ("base", 0, 10.0),
        ("base", 1, 14.0),
        ("smoothness", 0, 11.0),
        ("smoothness", 1, 14.5),
        ("no names", 1, 13.0),
    ):
        folder = seeds_of(benchmark).run_folder(tmp_path, name, seed)
        folder.mkdir()
        scores = {"PSNR": value} | ({"obeys %": 90.0} if name == "base" else {})
        (folder / "scores.json").write_text(json.dumps(scores), "utf-8")
    variants = ["base", "smoothness", "no names", "no guides"]
    assert seeds_of(benchmark).table(tmp_path, variants, [0, 1]).splitlines() == [
        "| variant | seeds | PSNR | obeys % |",
        "|---|---:|---:|---:|",
        "| base | 2 | 12.00 ± 2.83 | 90.00 ± 0.00 |",
        "| smoothness | 2 | 12.75 ± 2.47 (+0.75) | – |",
        "| no names | 1 | 13.00 (-1.00) | – |",
    ]


def test_runs_that_have_scores_are_not_repeated(benchmark: ModuleType, tmp_path: Path) -> None:
    done: list[tuple[str, int]] = []

    def run(name: str, seed: int, folder: Path) -> dict[str, float]:
        done.append((name, seed))
        folder.mkdir(exist_ok=True)
        return {"PSNR": float(len(done))}

    seeds = seeds_of(benchmark)
    seeds.run_all(tmp_path, ["base", "no names"], [0, 1], run)
    assert done == [("base", 0), ("no names", 0), ("base", 1), ("no names", 1)]
    (seeds.run_folder(tmp_path, "no names", 0) / "scores.json").unlink()
    seeds.run_all(tmp_path, ["base", "no names"], [0, 1], run)
    assert done[4:] == [("no names", 0)]
    assert "| base | 2 | 2.00 ± 1.41 |" in seeds.table(tmp_path, ["base", "no names"], [0, 1])


def test_a_run_is_painted_by_the_products_own_runtime(
    benchmark: ModuleType, tiny_store: Path, tmp_path: Path, drawing: tuple[RGB, RGB]
) -> None:
    model = trained(benchmark, tiny_store, tmp_path, samples=4)
    own = {graph.name: graph for graph in graphs(rounded(load_task(tmp_path)[0].network))}
    assert set(own) == set(GRAPHS)
    for name, graph in own.items():
        assert model.outputs(name) == graph.outputs
        inputs = {key: value.numpy() for key, value in graph.inputs.items()}
        with torch.inference_mode():
            wanted = dict(zip(graph.outputs, graph.module(*graph.inputs.values()), strict=True))
        asked = graph.outputs[::-1]
        for key, found in zip(asked, model.run(name, inputs, asked), strict=True):
            assert np.array_equal(found, wanted[key].numpy()), (name, key)
    rgb, lines = drawing
    painted = Colorizer(model).set_reference(rgb).colorize(lines).rgb
    assert painted.shape == rgb.shape
    assert np.ptp(painted) > 100


def test_held_out_cases_are_measured_as_the_evaluation_does(
    benchmark: ModuleType, tiny_packs: Path, tmp_path: Path
) -> None:
    held = sys.modules[benchmark.measured.__module__]
    store = build_store(tmp_path / "s", tiny_packs, ["chibi"], 64, "held-out", progress=False)
    found = held.held_out(store.folder, {"chibi"})
    assert {drawing.rgb.shape for drawing in found} == {(256, 256, 3)}
    cases = make_cases(found, "same", "soft", 2, 0)
    painter = MeanColour()
    rows = list(held.measured(painter, cases))
    assert [case.name for case, *_ in rows] == [case.name for case in cases]
    for case, painted, values in rows:
        wanted = Judge(case).measure(painted, "x")
        for ours, theirs in (
            ("psnr", "psnr"),
            ("ssim", "ssim"),
            ("delta_e", "delta_e_figure"),
            ("chroma", "chroma_ratio"),
        ):
            assert values[ours] == wanted[theirs], ours


def test_what_the_cells_do_not_tell_is_judged_on_other_pictures(benchmark: ModuleType) -> None:
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(8, 30, 4))
    mixed = seen @ rng.normal(size=(4, 3)) + 5
    noise = rng.normal(size=mixed.shape)
    fitted = np.arange(8) % 2 == 0
    for wanted, least, most in ((mixed, 0, 1e-9), (noise, 0.9, 1.3)):
        missed = benchmark.missed_by_readout(torch.tensor(seen), torch.tensor(wanted), fitted)
        assert least <= missed <= most
    half = mixed + noise * mixed.std((0, 1))
    found = benchmark.missed_by_readout(torch.tensor(seen), torch.tensor(half), fitted)

    def rows(x: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        return x[chosen].reshape(-1, x.shape[-1])

    def with_one(chosen: np.ndarray) -> np.ndarray:
        return np.pad(rows(seen, chosen), ((0, 0), (0, 1)), constant_values=1)

    readout = np.linalg.lstsq(with_one(fitted), rows(half, fitted), rcond=None)[0]
    truth = rows(half, ~fitted)
    left = ((truth - with_one(~fitted) @ readout) ** 2).mean(0) / truth.var(0)
    assert found == pytest.approx(left.mean())
    assert 0.4 < found < 0.6


def test_cells_are_compared_with_what_vgg_sees(
    benchmark: ModuleType, tiny_packs: Path, tiny_store: Path, tmp_path: Path
) -> None:
    save_file(tiny_vgg().features.state_dict(), tmp_path / benchmark.VGG16_FILE)
    store = build_store(tmp_path / "s", tiny_packs, ["chibi"], 64, "held-out", progress=False)
    judge = benchmark.Judge(store.folder, 4, 0, tmp_path)
    pictures, seen = judge.taught
    assert pictures.shape[1:] == (3, 256, 256)
    assert seen.shape == (len(pictures), 16 * 16, 64)
    missed = judge.untold(trained(benchmark, tiny_store, tmp_path / "run", samples=2))
    assert 5 < missed < 150
