"""How long a user waits: import, version, a 512² sketch, a page by the command line, its memory.

    python benchmarks/runtime.py [--model FOLDER] [--repeats 7] [--check]

Every figure is the median of several runs and stands beside a baseline of the same run, taken in
turn with it, so that a busy machine shows in both: Pillow reading, halving and writing the same
page, or a bare `import numpy`. The load average is printed for the same reason. With --check the
exit code is 1 where a limit is exceeded.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Nothing heavy is imported up here: Linux counts the memory of a process before `exec` into the
# peak of its child, so the children are measured while this process is small.

PAGE = (1024, 1448)
LIMITS = {"import": 0.2, "--version": 0.3, "512² sketch": 0.15, "page by the CLI": 2.0}
MEMORY_LIMIT = 700  # MB
PILLOW = (
    "import sys; from PIL import Image; p = Image.open(sys.argv[1]); p.load(); "
    "p.resize((p.width // 2, p.height // 2)).save(sys.argv[2])"
)
DRAW = """
import sys, math, random
from PIL import Image, ImageDraw
width, height, target = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
colored = target.endswith("reference.png")
rng = random.Random(7)
page = Image.new("RGB" if colored else "L", (2 * width, 2 * height), "white")
pen = ImageDraw.Draw(page)
for _ in range(110):
    x, y = rng.uniform(0, 2 * width), rng.uniform(0, 2 * height)
    size = rng.uniform(0.01, 0.15) * 2 * height
    turn = rng.uniform(0, 6)
    corners = [(x + size * math.cos(a + turn) * rng.uniform(.6, 1),
                y + size * math.sin(a + turn) * rng.uniform(.6, 1))
               for a in (0, .8, 1.6, 2.4, 3.2, 4, 4.8, 5.6)]
    fill = tuple(rng.randrange(256) for _ in range(3)) if colored else 255
    pen.polygon(corners, fill=fill, outline=0 if not colored else "black", width=5)
page.resize((width, height), Image.Resampling.BOX).save(target)
"""


def child(*command: str) -> tuple[float, float]:
    """Run a Python process; seconds from start to end, and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"failed: {' '.join(command[:4])} …")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss / unit


def in_turn(
    repeats: int, measured: Callable[[], float], baseline: Callable[[], float]
) -> tuple[float, float]:
    """Medians of both, run alternately; the first round of each only warms the caches."""
    rounds = [(measured(), baseline()) for _ in range(repeats + 1)][1:]
    ours, theirs = zip(*rounds, strict=True)
    return statistics.median(ours), statistics.median(theirs)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def report(name: str, seconds: float, baseline: float, of: str) -> bool:
    limit = LIMITS[name]
    verdict = "ok" if seconds <= limit else "OVER"
    print(
        f"{name:<16} {seconds * 1e3:8.0f} ms   limit {limit * 1e3:5.0f} ms   {verdict:<4}   "
        f"{seconds / baseline:6.2f} × {of} ({baseline * 1e3:.0f} ms)"
    )
    return seconds <= limit


def sketch_512(model: str | None, folder: Path, repeats: int) -> tuple[float, float]:
    """Median of painting a 512² sketch with the reference set, and of Pillow on the same file."""
    from PIL import Image

    from style2color import Colorizer
    from style2color.image import load

    painter = Colorizer(model).set_reference(folder / "reference.png")
    file, small = folder / "square.png", folder / "half.png"

    def pillow() -> None:
        page = Image.open(file)
        page.resize((page.width // 2, page.height // 2)).save(small)

    sketch = load(file)
    steps: dict[str, list[float]] = {}

    def paint() -> None:
        for step, seconds in painter.colorize(sketch).timings.items():
            steps.setdefault(step, []).append(seconds)

    medians = in_turn(repeats, lambda: timed(paint), lambda: timed(pillow))
    spent = "  ".join(f"{k} {statistics.median(v) * 1e3:.0f}" for k, v in steps.items())
    print(f"{'':<16} of the 512² sketch, in ms: {spent}")
    return medians


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="another model folder than the embedded one")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--check", action="store_true", help="exit 1 where a limit is exceeded")
    options = parser.parse_args()
    repeats, model = options.repeats, options.model
    chosen = ["--model", model] if model else []

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = {"page.png": PAGE, "square.png": (512, 512), "reference.png": (600, 800)}
        for file, (width, height) in sizes.items():
            child("-c", DRAW, str(width), str(height), str(folder / file))
        page, out = str(folder / "page.png"), str(folder / "out.png")

        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        load_average = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        print(f"{cores} cores, load average {load_average:.1f}, median of {repeats}")

        numpy = ["-c", "import numpy"]
        good = []
        for name_, command in (
            ("import", ["-c", "import style2color"]),
            ("--version", ["-m", "style2color", "--version"]),
        ):
            times = in_turn(
                repeats, lambda command=command: child(*command)[0], lambda: child(*numpy)[0]
            )
            good.append(report(name_, *times, of="import numpy"))

        peaks: list[float] = []
        arguments = ["colorize", page, "-r", str(folder / "reference.png"), "-o", out]

        def command_line() -> float:
            seconds, peak = child("-m", "style2color", *arguments, *chosen)
            peaks.append(peak)
            return seconds

        times = in_turn(repeats, command_line, lambda: child("-c", PILLOW, page, out)[0])
        good.append(report("page by the CLI", *times, of="Pillow"))
        peak = max(peaks)
        good.append(peak <= MEMORY_LIMIT)
        print(
            f"{'its peak memory':<16} {peak:8.0f} MB   limit {MEMORY_LIMIT:5d} MB   "
            f"{'ok' if good[-1] else 'OVER'}"
        )
        good.append(report("512² sketch", *sketch_512(model, folder, repeats), of="Pillow"))
    return 1 if options.check and not all(good) else 0


if __name__ == "__main__":
    sys.exit(main())
