"""Are the layers what docs/layers.md says, on held-out drawings, and do editors agree?

    python benchmarks/layers.py [--store cache/held-288] [--drawings 40] [--editors 6]

Every drawing is painted in the colours of another of its character and saved as PSD and
OpenRaster. Looked at are the line layer against the sketch (equal bytes), the flat layer against
the regions (one colour in each, so that nothing bleeds over a closed line), the stack against the
painted picture, and both files as psd-tools, zipfile and, where they are installed, GIMP and
Krita read them. Exits 1 where anything is off.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode

from style2color import Colorizer
from style2color.colorizer import Painting
from style2color.data.store import Store
from style2color.export import save_layers
from style2color.layers import recompose, split
from style2color.lines import binarize, extract

U8 = NDArray[np.uint8]
MODES = {
    "Flat": BlendMode.NORMAL, "Shadow": BlendMode.MULTIPLY, "Highlight": BlendMode.SCREEN,
    "Line": BlendMode.NORMAL, "Line light": BlendMode.LINEAR_DODGE, "Reference": BlendMode.NORMAL,
}  # fmt: skip
GIMP = """(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{source}" "{source}")))
  (layer (car (gimp-image-flatten image))))
  (file-png-save RUN-NONINTERACTIVE image layer "{target}" "{target}" 0 9 0 0 0 0 0)
  (gimp-image-delete image))"""


def cases(store: Store, count: int) -> list[tuple[str, U8, U8]]:
    """Sketches with a reference each, from as many sources as there are."""
    found: dict[str, list[tuple[str, U8, U8]]] = {}
    for character, rows in store.characters.items():
        first = store.rows[rows[0]]
        sketch = store.line_art(rows[0])
        if sketch is None:
            sketch = binarize(extract(np.ascontiguousarray(store.picture(rows[0])), "xdog"))
        reference = np.array(store.picture(rows[-1]))
        mine = found.setdefault(first.source, [])
        if len(mine) < count:
            mine.append((character, np.array(sketch), reference))
    piles = list(found.values())
    mixed = [pile[turn] for turn in range(count) for pile in piles if turn < len(pile)]
    return mixed[:count]


def bleeding(painting: Painting) -> int:
    """Closed regions whose flat paint has more than one colour."""
    regions = painting.regions
    assert regions is not None
    assert regions.labels.shape == painting.lines.shape
    labels = regions.labels
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    border = np.bincount(edges, minlength=regions.count + 1)
    closed = border <= 0.5 * border.sum()  # the page's ground may be open to the figure
    order = np.argsort(labels, axis=None, kind="stable")
    keys = labels.ravel()[order]
    colors = painting.flat.reshape(-1, 3)[order]
    differs = (keys[1:] == keys[:-1]) & (colors[1:] != colors[:-1]).any(1)
    return len({int(key) for key in keys[1:][differs] if key and closed[key]})


def editor_view(editor: str, sources: list[Path], folder: Path) -> dict[Path, U8]:
    """What an editor shows of files, flattened, uint8 (H, W, 3)."""
    targets = {source: folder / f"{source.name}.{editor}.png" for source in sources}
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)}
    if editor == "gimp":
        scripts = []
        for source, target in targets.items():
            scripts += ["-b", GIMP.format(source=source, target=target).replace("\n", " ")]
        subprocess.run(
            ["gimp", "-i", "-d", "-f", *scripts, "-b", "(gimp-quit 0)"],
            env=env, capture_output=True, timeout=600, check=True,
        )  # fmt: skip
    else:
        for source, target in targets.items():
            command = ["krita", "--export", "--export-filename", str(target), str(source)]
            if shutil.which("xvfb-run"):
                command = ["xvfb-run", "-a", *command]
                env.pop("QT_QPA_PLATFORM", None)
            subprocess.run(command, env=env, capture_output=True, timeout=600, check=True)
    return {
        source: np.asarray(Image.open(target).convert("RGB"))
        for source, target in targets.items()
        if target.exists()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, default=Path("cache/held-288"))
    parser.add_argument("--drawings", type=int, default=40)
    parser.add_argument("--editors", type=int, default=6, help="drawings shown to GIMP and Krita")
    options = parser.parse_args()
    painter = Colorizer(threads=1)
    faults: list[str] = []
    worst = 0
    painted: dict[Path, U8] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = cases(Store.open(options.store), options.drawings)
        for number, (character, sketch, reference) in enumerate(found):
            painting = painter.set_reference(reference).colorize(sketch)
            layers = split(painting, reference)
            (lines,) = (layer.pixels for layer in layers if layer.name == "Line")
            if lines[..., :3].any() or not np.array_equal(255 - lines[..., 3], sketch):
                faults.append(f"{character}: the line layer is not the sketch")
            if count := bleeding(painting):
                faults.append(f"{character}: {count} regions of several colours")
            worst = max(worst, int(np.abs(recompose(layers).astype(int) - painting.rgb).max()))
            for ending in ("psd", "ora"):
                file = folder / f"{number}.{ending}"
                save_layers(layers, file)
                painted[file] = painting.rgb
            faults += read_psd(folder / f"{number}.psd", lines, painting.rgb, character)
            faults += read_ora(folder / f"{number}.ora", lines, painting.rgb, character)
        print(f"{len(found)} drawings, the stack differs from the painting by up to {worst} of 255")
        shown = [file for file in painted if int(file.stem) < options.editors]
        for editor in ("gimp", "krita") if options.editors else ():
            if shutil.which(editor) is None:
                print(f"{editor} is not installed")
                continue
            views = editor_view(editor, shown, folder)
            for ending in ("psd", "ora"):
                apart = [
                    np.abs(view.astype(int) - painted[file]).max()
                    for file, view in views.items()
                    if file.suffix == f".{ending}"
                ]
                print(
                    f"{editor} read {len(apart)} .{ending}: up to {max(apart, default=-1)} of 255"
                )
                if len(apart) < options.editors or max(apart) > 2:
                    faults.append(f"{editor} shows .{ending} otherwise")
    if worst > 2:
        faults.append("the stack is not the painting")
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    return 1 if faults else 0


def read_psd(file: Path, lines: U8, rgb: U8, character: str) -> list[str]:
    """What psd-tools finds amiss in a file of ours."""
    psd = PSDImage.open(file)
    faults = []
    if any(layer.blend_mode != MODES[layer.name] for layer in psd):
        faults.append(f"{character}: a blend mode of the PSD is wrong")
    if [layer.name for layer in psd if not layer.visible] != ["Reference"]:
        faults.append(f"{character}: another layer than the reference is hidden in the PSD")
    (line,) = (layer for layer in psd if layer.name == "Line")
    if not np.array_equal(np.asarray(line.topil().convert("RGBA"))[..., 3], lines[..., 3]):
        faults.append(f"{character}: the PSD's line layer is not ours")
    merged = np.asarray(Image.open(file).convert("RGB")).astype(int)
    if np.abs(merged - rgb).max() > 2:
        faults.append(f"{character}: the PSD's merged picture is not the painting")
    return faults


def read_ora(file: Path, lines: U8, rgb: U8, character: str) -> list[str]:
    """What is amiss in an OpenRaster file of ours."""
    faults = []
    with zipfile.ZipFile(file) as archive:
        stack = ElementTree.fromstring(archive.read("stack.xml"))
        (source,) = (each.get("src") for each in stack.iter("layer") if each.get("name") == "Line")
        line = np.asarray(Image.open(io.BytesIO(archive.read(source))))
        merged = np.asarray(Image.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGB"))
    if not np.array_equal(line, lines):
        faults.append(f"{character}: the line layer of the .ora is not ours")
    if np.abs(merged.astype(int) - rgb).max() > 2:
        faults.append(f"{character}: the merged picture of the .ora is not the painting")
    return faults


if __name__ == "__main__":
    sys.exit(main())
