"""What each part of the studio network's training brings: equal runs, several seeds, one table.

    python benchmarks/ablations.py configs/ablations.toml --store cache/held-288 --seeds 0 1 2

Every variant changes one field of the base configuration. A run that is complete in `--runs` is not
repeated, so the call can be stopped and goes on. Scored are the exported models, on cross-reference
cases of held-out drawings as `style2color evaluate` makes them, and by the N-references test.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from style2color.data.store import Store
from style2color.evaluate.drawings import from_store
from style2color.evaluate.metrics import colour, structure
from style2color.evaluate.metrics.palette import paper_mask
from style2color.evaluate.models import open_model
from style2color.evaluate.obedience import make_trials, run_trials
from style2color.evaluate.splits import make_cases
from style2color.train.config import TrainConfig, load_config
from style2color.train.loop import train
from style2color.train.release import export_run

LINES = ("soft", "binarized")
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "all": {},
    "no names": {"losses": {"names": 0.0}},
    "no assignment": {"losses": {"assignment": 0.0}},
    "no region loss": {"losses": {"region": 0.0}},
    "no guides": {"losses": {"guide1": 0.0, "guide2": 0.0}},
    "no recolouring": {"data": {"recolor": 0.0}},
    "no swaps": {"data": {"swap": 0.0}},
}


def changed(base: TrainConfig, variant: dict[str, dict[str, Any]], seed: int) -> TrainConfig:
    """The base with some fields of its tables and the seed replaced."""
    tables = {name: replace(getattr(base, name), **fields) for name, fields in variant.items()}
    return replace(base, seed=seed, **tables)


def score(model: Path, given: argparse.Namespace) -> dict[str, float]:
    """Means over the held-out cases, by kind of lines, and the share of trials that obey."""
    painter = open_model(model)
    found = from_store(Store.open(given.store), 256, None).found
    values: dict[str, float] = {}
    for kind in LINES:
        rows = []
        for case in make_cases(found, "cross", kind, given.limit, 0):
            painted = painter.paint(case.lines, case.reference)
            inside = ~paper_mask(case.target)
            rows.append(
                (
                    structure.psnr(painted, case.target)[0],
                    colour.delta_e(painted, case.target, inside)[0],
                )
            )
        values[f"PSNR {kind}"], values[f"ΔE00 {kind}"] = np.mean(rows, axis=0).tolist()
    trials = make_trials(found, sketches=given.sketches, kind="binarized", seed=0)
    values["obeys %"] = run_trials(painter, trials).percent.mean
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--limit", type=int, default=50)
    parser.add_argument("--sketches", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    base = load_config(given.config)
    for seed in given.seeds:
        for name in given.variants:
            folder = given.runs / f"{name.replace(' ', '-')}-{seed}"
            if (folder / "scores.json").exists():
                continue
            train(changed(base, VARIANTS[name], seed), folder, quiet=True)
            values = score(export_run(folder, folder / "model"), given)
            (folder / "scores.json").write_text(json.dumps(values), "utf-8")
            print(name, seed, {k: round(v, 2) for k, v in values.items()}, flush=True)
    print(table(given))


def table(given: argparse.Namespace) -> str:
    """Means over seeds ± standard deviation; differences are to the first variant, by seed."""
    runs = {
        name: [
            json.loads((given.runs / f"{name.replace(' ', '-')}-{s}" / "scores.json").read_text())
            for s in given.seeds
        ]
        for name in given.variants
    }
    first = runs[given.variants[0]]
    columns = list(first[0])
    lines = [f"| variant | {' | '.join(columns)} |", "|---" + "|---:" * len(columns) + "|"]
    for name, rows in runs.items():
        cells = []
        for column in columns:
            own = np.array([row[column] for row in rows])
            text = f"{own.mean():.2f} ± {own.std(ddof=len(own) > 1):.2f}"
            if rows is not first:
                apart = own - np.array([row[column] for row in first])
                text += f" ({apart.mean():+.2f})"
            cells.append(text)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
