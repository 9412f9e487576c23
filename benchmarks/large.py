"""How long a page of 4096 × 5792 takes, and how much memory.

    python benchmarks/large.py [--width 4096] [--height 5792] [--formats png,psd]

The page is a drawing of the atelier, enlarged and repeated as panels, so that it has as many lines
as a printed page. Regions alone, then the whole command as a user runs it, with its peak memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REGIONS = """
import resource, sys, time
import numpy as np
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
from style2color.reading.regions import label_regions
page = np.asarray(Image.open(sys.argv[1]).convert("L"))
wall, cpu = time.perf_counter(), time.process_time()
found = label_regions(page, gap=8)
print(f"regions at full size: {time.perf_counter() - wall:.1f} s, "
      f"{time.process_time() - cpu:.1f} s of CPU, {found.count} regions, "
      f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
"""


def panels(width: int, height: int, target: Path) -> None:
    """A page of six panels with two drawings, as a grey PNG."""
    import numpy as np
    from PIL import Image

    from style2color.data.atelier import draw

    page = np.full((height, width), 255, np.uint8)
    side = min(width // 2, height // 3)
    for number in range(6):
        line = Image.fromarray(draw(5_001_300 + number % 2, 1024, shot=number % 2).line)
        cell = np.asarray(line.resize((side - 80, side - 80), Image.Resampling.LANCZOS))
        top, left = number // 2 * (height // 3) + 40, number % 2 * (width // 2) + 40
        page[top - 8 : top + side - 72, left - 8 : left + side - 72] = 0
        page[top : top + side - 80, left : left + side - 80] = cell
    Image.fromarray(page).save(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--height", type=int, default=5792)
    parser.add_argument("--formats", default="png,psd", help="of the painted page")
    options = parser.parse_args()
    reference = Path(__file__).parents[1] / "examples" / "reference.png"
    with tempfile.TemporaryDirectory() as name:
        page = Path(name, "page.png")
        make = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import large; "
        make += "from pathlib import Path; "
        make += f"large.panels({options.width}, {options.height}, Path({str(page)!r}))"
        # In a child, whose memory does not count into the others' peak.
        subprocess.run([sys.executable, "-c", make], check=True)
        subprocess.run([sys.executable, "-c", REGIONS, str(page)], check=True)
        for ending in options.formats.split(","):
            command = ["-m", "style2color", "colorize", str(page), "-r", str(reference)]
            start = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, *command, "-o", str(Path(name, f"out.{ending}"))],
                stdout=subprocess.DEVNULL,
            )
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
            if status:
                raise SystemExit(f"colorize failed with {status}")
            print(
                f"colorize to .{ending}: {seconds:.1f} s, "
                f"{usage.ru_utime + usage.ru_stime:.1f} s of CPU, "
                f"peak {usage.ru_maxrss / 1024:.0f} MB",
                flush=True,
            )
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
