"""Variants trained with several seeds and scored, one table of them: what ablations.py and
carrying.py share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

SCORES = "scores.json"


def run_all(
    runs: Path,
    variants: Sequence[str],
    seeds: Sequence[int],
    run: Callable[[str, int, Path], dict[str, float]],
) -> None:
    """Call `run(variant, seed, folder)` for each that has no scores in its folder yet, all
    variants of a seed before the next seed, and keep what it returns there."""
    for seed in seeds:
        for name in variants:
            scores = run_folder(runs, name, seed) / SCORES
            if scores.exists():
                continue
            values = run(name, seed, scores.parent)
            scores.write_text(json.dumps(values), "utf-8")
            print(name, seed, {k: round(v, 2) for k, v in values.items()}, flush=True)


def run_folder(runs: Path, name: str, seed: int) -> Path:
    """Where the run of a variant lies."""
    return runs / f"{name.replace(',', '').replace(' ', '-')}-{seed}"


def table(runs: Path, variants: Sequence[str], seeds: Sequence[int]) -> str:
    """Means over the seeds a variant was run with, ± standard deviation of several; in brackets
    the mean difference to the first variant with the same seed."""
    rows: dict[str, dict[int, dict[str, float]]] = {}
    for name in variants:
        files = {seed: run_folder(runs, name, seed) / SCORES for seed in seeds}
        rows[name] = {s: json.loads(f.read_text("utf-8")) for s, f in files.items() if f.exists()}
    first = rows[variants[0]]
    columns = list(next(iter(row for found in rows.values() for row in found.values())))
    head = ["variant", "seeds", *columns]
    lines = [f"| {' | '.join(head)} |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for name, found in rows.items():
        if not found:
            continue
        cells = [name, str(len(found))]
        for column in columns:
            if any(column not in row for row in found.values()):
                cells.append("–")
                continue
            own = np.array([row[column] for row in found.values()])
            text = f"{own.mean():.2f}"
            if len(own) > 1:
                text += f" ± {own.std(ddof=1):.2f}"
            apart = [row[column] - first[s][column] for s, row in found.items() if s in first]
            if found is not first and apart:
                text += f" ({np.mean(apart):+.2f})"
            cells.append(text)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
