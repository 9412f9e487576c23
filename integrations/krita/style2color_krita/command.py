"""The installed `style2color` command, called by the plugin. Nothing of Krita or Qt is needed here.

Krita brings a Python of its own, into which ONNX Runtime cannot be installed everywhere; so the
plugin calls the command line tool.
"""

import os
import shutil
import subprocess

LAYERS = {
    "flat": ("Flat", "normal"),
    "shadow": ("Shadow", "multiply"),
    "highlight": ("Highlight", "screen"),
    "line": ("Line", "normal"),
    "line-light": ("Line light", "add"),
}
"""Layers of a painted page: the end of the file's name, after the number that says how high it
lies, and the layer's name and Krita's blending mode. A page need not have all of them."""


class PaintError(Exception):
    """What went wrong, in words for the user."""


def find(chosen=""):
    """Path of the command: `chosen`, or the one on the PATH. Raises PaintError."""
    found = chosen if os.path.isfile(chosen) else shutil.which(chosen or "style2color")
    if not found:
        raise PaintError(
            "The command style2color was not found. Install it (pip install style2color), "
            "or choose the program."
        )
    return found


def paint(program, sketch, reference, folder, lock=False):
    """Paint a sketch (path) like a reference (path); returns [(path, name, blending mode)].

    The layers are written into `folder`. Raises PaintError with what the command says.
    """
    layers = os.path.join(folder, "layers")
    words = [program, "colorize", sketch, "-r", reference]
    words += ["-o", os.path.join(folder, "painted.png"), "--layers", layers]
    if lock:
        words += ["--lock", "reference"]
    # Without this, every call would flash a console window on Windows.
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    done = subprocess.run(words, capture_output=True, creationflags=flags, check=False)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise PaintError(said[-1] if said else "style2color failed without a word")
    found = []
    for file in sorted(os.listdir(layers)):  # up to five files of ours: one digit each
        kind = file.partition("-")[2].removesuffix(".png")
        if kind in LAYERS:
            found.append((os.path.join(layers, file), *LAYERS[kind]))
    return found
