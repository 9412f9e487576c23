"""What atelier pictures are like over many seeds, and whether each keeps its promises.

python benchmarks/atelier_statistics.py --seeds 1000 --size 384 --distinct 10000

With --kept FILE the digests of --distinct are kept, so that a long run can be stopped and go on.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np

from style2color.data.atelier import ATELIER_VERSION, draw, recompose

SHOWN = (
    "crop", "view", "age", "build", "head", "figure", "species", "stance", "background", "paint",
    "ink", "skin", "harmony",
)  # fmt: skip
SMALL = 64
"""Side of the pictures that are compared: equal ones are equal at any size."""


def examine(job: tuple[int, int]) -> dict[str, object]:
    """One picture's measures: broken promises by name, shares of ink and figure, attributes."""
    p = draw(*job)
    again = recompose(p.flat, p.shadow, p.highlight, p.line_rgba).astype(np.int16)
    exact = p.flat.astype(np.float64) * p.shadow / 255
    exact = 255 - (255 - exact) * (255.0 - p.highlight) / 255
    alpha = p.line_rgba[..., 3:] / 255
    exact = exact * (1 - alpha) + p.line_rgba[..., :3] * alpha
    ink = float((p.line < 128).mean())
    figure = float((p.regions > 0).mean())
    paper = p.flat[p.regions == 0]
    uncovered = float((paper != p.flat[0, 0]).any(axis=1).mean()) if len(paper) else 0.0
    broken = []
    error = float(np.abs(exact - p.composite).max())
    if error > 1 or np.abs(again - p.composite).max() > 0:
        broken.append("recompose")
    if not 0.003 < ink < 0.6:
        broken.append("ink")
    if figure < 0.04 or len(np.unique(p.regions)) < 6:
        broken.append("regions")
    if not set(np.unique(p.regions).tolist()) <= set(p.names):
        broken.append("names")
    if p.attributes["paint"] != "flat" and p.shadow.min() == 255:
        broken.append("shadow")
    return {
        "broken": broken,
        "error": error,
        "ink": ink,
        "figure": figure,
        "uncovered": uncovered if p.attributes["background"] == "paper" else 0.0,
        "regions": len(np.unique(p.regions)),
        "attributes": p.attributes,
    }


def fingerprint(seed: int) -> tuple[int, str]:
    """A seed and a digest of its small composite."""
    return seed, hashlib.sha256(draw(seed, SMALL).composite.tobytes()).hexdigest()[:32]


def distinct(pool: Pool, count: int, kept: Path | None) -> int:
    """How many different pictures the first `count` seeds give."""
    head = f"atelier {ATELIER_VERSION} at {SMALL}"
    lines = kept.read_text("ascii").splitlines() if kept is not None and kept.exists() else [head]
    if lines[0] != head:
        raise SystemExit(f"{kept} is of another run ({lines[0]}): delete it")
    found = {int(seed): digest for seed, digest in (line.split() for line in lines[1:])}
    if kept is not None and len(lines) == 1:
        kept.write_text(head + "\n", "ascii")
    todo = [seed for seed in range(count) if seed not in found]
    for seed, digest in pool.imap_unordered(fingerprint, todo, chunksize=16):
        found[seed] = digest
        if kept is not None:
            with kept.open("a", encoding="ascii") as stream:
                stream.write(f"{seed} {digest}\n")
    return len({found[seed] for seed in range(count)})


def _table(rows: list[dict[str, object]]) -> Iterator[str]:
    for name in ("ink", "figure", "uncovered", "regions", "error"):
        values = np.array([row[name] for row in rows], dtype=np.float64)
        low, high = values.min(), values.max()
        yield f"{name:10} mean {values.mean():.4f}  least {low:.4f}  most {high:.4f}"
    facts = [dict(row["attributes"]) for row in rows]  # type: ignore[call-overload]
    for name in SHOWN:
        shares = Counter(f[name] for f in facts).most_common()
        yield f"{name:10} " + ", ".join(f"{k} {100 * v / len(rows):.0f}%" for k, v in shares)
    for name in ("hair front", "hair side", "hair back", "garment", "pose", "mood", "eyes"):
        yield f"{name:10} {len({f[name] for f in facts})} kinds"
    cuts = {(f["hair front"], f["hair side"], f["hair back"]) for f in facts}
    yield f"haircuts   {len(cuts)} combinations of front, side and back"


def main() -> None:
    """Prints the statistics; the exit code is 1 where a promise is broken."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", type=int, default=1000, help="0 to leave these figures out")
    options.add_argument("--size", type=int, default=384)
    options.add_argument("--distinct", type=int, default=10_000, help="0 to leave it out")
    options.add_argument("--kept", type=Path, metavar="FILE", help="where digests are kept")
    options.add_argument("--workers", type=int, default=1)
    given = options.parse_args()
    broken: Counter[str] = Counter()
    with get_context("spawn").Pool(given.workers) as pool:
        print(f"atelier version {ATELIER_VERSION}, {given.seeds} seeds at {given.size}²")
        if given.seeds:
            jobs = [(seed, given.size) for seed in range(given.seeds)]
            rows = pool.map(examine, jobs, chunksize=16)
            broken.update(b for row in rows for b in row["broken"])  # type: ignore[attr-defined]
            print("\n".join(_table(rows)))
            print(f"broken     {dict(broken) or 'none'}", flush=True)
            for seed, row in enumerate(rows):
                if row["broken"]:
                    print(f"           seed {seed}: {row['broken']}")
        if given.distinct:
            different = distinct(pool, given.distinct, given.kept)
            print(f"distinct   {different} pictures of {given.distinct} seeds at {SMALL}²")
            broken["same"] = given.distinct - different
    raise SystemExit(1 if sum(broken.values()) else 0)


if __name__ == "__main__":
    main()
