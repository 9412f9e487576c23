"""How many atelier pictures a machine draws in a second.

python benchmarks/atelier_speed.py --size 384 --count 200 --workers 2
"""

from __future__ import annotations

import argparse
import os
import time
from multiprocessing import get_context

from style2color.data.atelier import ATELIER_VERSION, draw


def _draw(job: tuple[int, int]) -> float:
    started = time.process_time()
    draw(*job)
    return time.process_time() - started


def main() -> None:
    """Prints pictures a second over all workers, and milliseconds of processor time for each."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--size", type=int, default=384)
    options.add_argument("--count", type=int, default=200)
    options.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = options.parse_args()
    with get_context("spawn").Pool(given.workers) as pool:
        pool.map(_draw, [(seed, given.size) for seed in range(4 * given.workers)])
        jobs = [(1000 + seed, given.size) for seed in range(given.count)]
        started = time.perf_counter()
        spent = pool.map(_draw, jobs, chunksize=8)
        passed = time.perf_counter() - started
    print(f"atelier version {ATELIER_VERSION}, {given.size} x {given.size}")
    print(f"workers {given.workers}: {given.count / passed:.1f} pictures/s")
    print(f"processor time: {1000 * sum(spent) / given.count:.1f} ms a picture")


if __name__ == "__main__":
    main()
