"""How soon the first picture is there: in real Chromium, from the drop to the painting on screen.

    python benchmarks/studio_first_picture.py --rounds 7

Every round opens the page anew and drops a sketch and a reference onto it at once. Told are the
milliseconds up to the first frame with the painting, their median, what the requests of the
median round took, and the load of the machine. Needs playwright and a Chromium.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import statistics
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser

from served import chromium, studio

EXAMPLES = Path(__file__).parents[1] / "examples"
DROP = """async (files) => {
    const carried = new DataTransfer();
    for (const [name, data] of files) {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        carried.items.add(new File([bytes], name, { type: "image/png" }));
    }
    const start = performance.now();
    performance.clearResourceTimings();
    const event = new DragEvent("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: carried });
    document.querySelector(".welcome").dispatchEvent(event);
    const frame = () => new Promise(requestAnimationFrame);
    while (!document.querySelector(".compare input:not([disabled])")) await frame();
    await frame();  // what was set is drawn in the next frame
    const requests = performance.getEntriesByType("resource").map((each) => [
        each.name.replace(/^.*api.v1/, "").replace(/[-_A-Za-z0-9]{20,}/g, "…"),
        each.startTime - start,
        each.duration,
    ]);
    return [performance.now() - start, requests];
}"""


def drawing(name: str, side: int) -> str:
    """An example as PNG of this many pixels a side, base64."""
    stream = io.BytesIO()
    with Image.open(EXAMPLES / name) as picture:
        picture.resize((side, side), Image.Resampling.LANCZOS).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def measure(browser: Browser, address: str, side: int) -> tuple[float, list[Any]]:
    """Milliseconds from a drop to the painting, and the requests: path, begin, duration."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    page.wait_for_selector(".examples img")
    page.wait_for_timeout(500)
    files = [["sketch.png", drawing("sketch.png", side)]]
    files.append(["reference.png", drawing("reference.png", 768)])
    took, requests = page.evaluate(DROP, files)
    page.close()
    return took, requests


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--side", type=int, default=768, help="of the sketch, in pixels")
    given = parser.parse_args()
    rounds = []
    with studio() as (address, _), chromium() as browser:
        for _ in range(given.rounds):
            rounds.append(measure(browser, address, given.side))
            load = os.getloadavg()[0]
            print(f"{rounds[-1][0]:.0f} ms, load {load:.1f}", flush=True)
    times = [took for took, _ in rounds]
    middle = statistics.median_low(times)
    print(f"median {middle:.0f} ms, {min(times):.0f} to {max(times):.0f}, of {len(times)}")
    for path, begin, took in rounds[times.index(middle)][1]:
        print(f"  {begin:7.0f} ms + {took:5.0f} ms  {path}")


if __name__ == "__main__":
    main()
