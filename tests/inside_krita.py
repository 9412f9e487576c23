"""Runs inside Krita, started by `kritarunner`: paints a picture with the plugin, tells what it did.

The folder S2C_FOLDER holds sketch.png and reference.png; shown.png and told.json are written.
"""

import json
import os
import traceback

FOLDER = os.environ["S2C_FOLDER"]


def run(_):
    """What `kritarunner -s inside_krita -f run` calls."""
    try:
        told = paint()
    except Exception:  # Krita swallows it
        told = {"fault": traceback.format_exc()}
    with open(os.path.join(FOLDER, "told.json"), "w") as file:
        json.dump(told, file)


def paint():
    """Paint the sketch and export what Krita shows; the layers' names and blending modes."""
    from krita import InfoObject, Krita
    from style2color_krita.plugin import Style2Color

    document = Krita.instance().openDocument(os.path.join(FOLDER, "sketch.png"))
    before = document.colorModel()
    Style2Color(Krita.instance()).paint_like(document, os.path.join(FOLDER, "reference.png"))
    group = document.topLevelNodes()[-1]
    document.setBatchmode(True)
    document.waitForDone()
    document.exportImage(os.path.join(FOLDER, "shown.png"), InfoObject())
    layers = [[node.name(), node.blendingMode()] for node in group.childNodes()]
    return {"before": before, "group": group.name(), "layers": layers}
