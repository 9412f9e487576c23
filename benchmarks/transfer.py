"""Does training on drawn figures help on real drawings? The figures of docs/transfer.md.

    python benchmarks/transfer.py --store cache/held-288 --model DIR --out scores.json
    python benchmarks/transfer.py --compare packs.json mix.json

The first call scores one exported model on held-out drawings: the cases, measures and the
N-references test are those of `style2color evaluate`, less the slow measures, so that a table
takes minutes on a busy laptop. The second prints tables and differences on the same pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from held import held_out, measured
from style2color.evaluate.models import open_model
from style2color.evaluate.obedience import make_trials, run_trials
from style2color.evaluate.splits import make_cases
from style2color.image import save

GROUPS = {
    "real drawings": ("duelyst", "ltcrpg", "snowy", "wesnoth", "wesnoth_campaigns"),
    "of these, from packs that nothing trains on": ("snowy", "wesnoth", "wesnoth_campaigns"),
    "rendered figures": ("chibi",),
}
MEASURES = ("psnr", "ssim", "delta_e")


def score(given: argparse.Namespace) -> None:
    """One model's values by picture, into a file beside its paintings."""
    painter = open_model(given.model)
    found = held_out(given.store, {name for group in GROUPS.values() for name in group})
    rows: list[dict[str, Any]] = []
    pictures = given.out.with_suffix("")
    pictures.mkdir(parents=True, exist_ok=True)
    cases = make_cases(found, "cross", given.lines, given.limit, 0)
    for case, painted, values in measured(painter, cases):
        rows.append({"case": case.name, "source": case.source, **values})
        assert case.reference is not None  # the split is cross
        lines = np.repeat(case.lines[..., None], 3, axis=2)
        save(np.hstack([lines, case.reference, case.target, painted]),
             pictures / f"{len(rows):03d}.png")  # fmt: skip
    document: dict[str, Any] = {"model": given.model.name, "lines": given.lines, "rows": rows}
    given.out.write_text(json.dumps(document), "utf-8")
    if given.sketches:
        trials = make_trials(found, sketches=given.sketches, kind="binarized", seed=0)
        obeyed = run_trials(painter, trials)
        document["obeys"] = [obeyed.percent.mean, obeyed.percent.low, obeyed.percent.high]
        document["swap"] = obeyed.swap.mean
        given.out.write_text(json.dumps(document), "utf-8")


def compare(files: list[Path]) -> None:
    """Tables of means, and paired differences of PSNR with 95 % bootstrap intervals."""
    documents = [json.loads(path.read_text("utf-8")) for path in files]
    for title, sources in GROUPS.items():
        table = {
            d["model"]: {r["case"]: r for r in d["rows"] if r["source"] in sources}
            for d in documents
        }
        names = list(table)
        cases = sorted(set.intersection(*(set(rows) for rows in table.values())))
        print(f"\n{title}, {len(cases)} pictures, {documents[0]['lines']} lines")
        for name, rows in table.items():
            means = [np.mean([rows[case][m] for case in cases]) for m in MEASURES]
            print(f"{name:10} PSNR {means[0]:.2f}  SSIM {means[1]:.3f}  ΔE00 {means[2]:.2f}")
        for name in names[1:]:
            gains = np.array([table[name][c]["psnr"] - table[names[0]][c]["psnr"] for c in cases])
            rng = np.random.default_rng(0)
            draws = gains[rng.integers(0, len(gains), (2000, len(gains)))].mean(1)
            low, high = np.percentile(draws, (2.5, 97.5))
            print(f"{name} - {names[0]}: {gains.mean():+.2f} dB ({low:+.2f} to {high:+.2f})")
    print()
    for d in documents:
        for source in sorted({r["source"] for r in d["rows"]}):
            own = [r["psnr"] for r in d["rows"] if r["source"] == source]
            print(f"{d['model']:10} {source:18} {np.mean(own):.2f} dB of {len(own)}")
        if "obeys" in d:
            print(f"{d['model']:10} obeys {d['obeys'][0]:.1f} % ({d['obeys'][1]:.1f} to "
                  f"{d['obeys'][2]:.1f}), swap ΔE00 {d['swap']:.1f}")  # fmt: skip


def main() -> None:
    """Scores a model, or compares scores."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--store", type=Path, default=Path("cache/held-288"))
    options.add_argument("--model", type=Path)
    options.add_argument("--out", type=Path)
    options.add_argument("--lines", choices=("soft", "binarized"), default="soft")
    options.add_argument("--limit", type=int, default=60)
    options.add_argument("--sketches", type=int, default=24, help="0 for no N-references test")
    options.add_argument("--compare", type=Path, nargs="+", metavar="FILE")
    given = options.parse_args()
    if given.compare:
        compare(given.compare)
    elif given.model and given.out:
        score(given)
    else:
        options.error("give --model and --out, or --compare")


if __name__ == "__main__":
    main()
