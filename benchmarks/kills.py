"""Kill a run over pages at random moments and look at what it leaves.

    python benchmarks/kills.py [--kills 50] [--pages 6] [--jobs 1] [--seed 0] [--model FOLDER]

A run is killed (SIGKILL, its whole process group) after a random time, again and again until it
gets through. After every kill each result that is there must be a whole picture, and one that was
there before must be the same file; after the last run all pages must be there, none painted
twice, and nothing else in the folder.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--pages", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--side", type=int, default=700, help="of a page, in pixels")
    parser.add_argument("--model", help="another model folder than the embedded one")
    options = parser.parse_args()
    dice = random.Random(options.seed)
    kills = rounds = parts = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = folder / "pages"
        pages.mkdir()
        sketch = np.full((options.side, options.side), 255, np.uint8)
        sketch[:: options.side // 10] = sketch[:, :: options.side // 10] = 0
        for number in range(options.pages):
            Image.fromarray(sketch).save(pages / f"{number}.png")
        command = [sys.executable, "-m", "style2color", "colorize", str(pages)]
        command += ["--model", options.model] if options.model else []
        command += ["--jobs", str(options.jobs)] if options.jobs > 1 else []
        whole = 0.0
        while kills < options.kills:
            out = folder / f"out{rounds}"
            rounds += 1
            before: dict[str, int] = {}
            while True:
                start = time.monotonic()
                child = subprocess.Popen(
                    [*command, "-o", str(out)], stdout=subprocess.DEVNULL, start_new_session=True
                )
                # The first round is let through, to know how long a run takes.
                limit = dice.uniform(0.2, 1.0) * whole if whole and kills < options.kills else None
                try:
                    code = child.wait(limit)
                except subprocess.TimeoutExpired:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
                    kills += 1
                    code = None
                whole = whole or time.monotonic() - start
                found = {
                    file.name: file.stat().st_mtime_ns for file in out.glob("[!.]*")
                } if out.is_dir() else {}  # fmt: skip
                parts += sum(1 for _ in out.glob(".*")) if out.is_dir() else 0
                for file in found:
                    Image.open(out / file).load()
                changed = [file for file in before if found.get(file) != before[file]]
                if changed:
                    raise SystemExit(f"written twice: {changed}")
                before = found
                if code is not None:
                    break
            names = sorted(file.name for file in out.iterdir())
            if code or names != sorted(f"{n}.png" for n in range(options.pages)):
                raise SystemExit(f"exit code {code}, left behind: {names}")
            print(f"run {rounds}: {kills} kills, {parts} hidden files swept", flush=True)
    print(f"{kills} kills in {rounds} runs of {options.pages} pages: nothing torn, lost or doubled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
