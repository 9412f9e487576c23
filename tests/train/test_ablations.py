"""The benchmark of the losses: its variants are what they say, its table counts right."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("torch")

from style2color.data.store import build_store
from style2color.evaluate.baselines import MeanColour
from style2color.evaluate.scoring import Judge
from style2color.evaluate.splits import make_cases
from style2color.train.config import load_config, parse_config, to_plain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import ablations

        return ablations


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
    folders = {benchmark.run_folder(Path("r"), name, 0) for name in made}
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
        folder = benchmark.run_folder(tmp_path, name, seed)
        folder.mkdir()
        scores = {"PSNR": value} | ({"obeys %": 90.0} if name == "base" else {})
        (folder / "scores.json").write_text(json.dumps(scores), "utf-8")
    variants = ["base", "smoothness", "no names", "no guides"]
    assert benchmark.table(tmp_path, variants, [0, 1]).splitlines() == [
        "| variant | seeds | PSNR | obeys % |",
        "|---|---:|---:|---:|",
        "| base | 2 | 12.00 ± 2.83 | 90.00 ± 0.00 |",
        "| smoothness | 2 | 12.75 ± 2.47 (+0.75) | – |",
        "| no names | 1 | 13.00 (-1.00) | – |",
    ]


def test_held_out_cases_are_measured_as_the_evaluation_does(
    benchmark: ModuleType, tiny_packs: Path, tmp_path: Path
) -> None:
    held = sys.modules[benchmark.held_out.__module__]
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
