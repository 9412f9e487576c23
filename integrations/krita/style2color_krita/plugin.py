"""The part that needs Krita: the menu entry, the file dialog, the new layers."""

import os
import tempfile

from krita import Extension, InfoObject, Krita
from PyQt5.QtWidgets import QFileDialog, QMessageBox

from .command import PaintError, find, paint

TITLE = "style2color"
SRGB = "sRGB-elle-V2-srgbtrc.icc"  # Krita's own
PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff)"


class Style2Color(Extension):
    """Paints the open document's picture and adds the layers above it, in a group."""

    def setup(self):
        """Nothing to prepare; Krita calls it once."""

    def createActions(self, window):
        """Add the menu entry to a window."""
        action = window.createAction(
            "style2color_paint", "Paint line art like a picture…", "tools/scripts"
        )
        action.triggered.connect(self.paint)

    def paint(self):
        """Ask for a reference, paint, add the layers."""
        document = Krita.instance().activeDocument()
        if document is None:
            QMessageBox.information(None, TITLE, "Open your line art first.")
            return
        reference, _ = QFileDialog.getOpenFileName(None, "A picture with the colours", "", PICTURES)
        if not reference:
            return
        try:
            self.paint_like(document, reference)
        except PaintError as error:
            QMessageBox.warning(None, TITLE, str(error))

    def paint_like(self, document, reference):
        """Paint a document in the colours of a picture file. Raises PaintError."""
        if document.colorModel() == "GRAYA":  # line art often is, and grey layers hold no colours
            document.setColorSpace("RGBA", document.colorDepth(), SRGB)
        if document.colorModel() != "RGBA":
            raise PaintError(
                "This picture is neither RGB nor greyscale. Convert it to RGB first: "
                "Image → Convert Image Color Space…"
            )
        program = find(Krita.instance().readSetting(TITLE, "program", ""))
        with tempfile.TemporaryDirectory() as folder:
            sketch = os.path.join(folder, "sketch.png")
            document.setBatchmode(True)
            document.waitForDone()  # Krita saves nothing while it still works on the picture
            saved = document.exportImage(sketch, InfoObject())
            document.setBatchmode(False)
            if not saved:
                raise PaintError("Krita could not save the picture for painting.")
            self.add(document, paint(program, sketch, reference, folder))

    def add(self, document, layers):
        """The painted layers as file contents in a group on top of all others."""
        group = document.createGroupLayer(TITLE)
        document.rootNode().addChildNode(group, None)
        for path, name, mode in layers:
            picture = Krita.instance().openDocument(path)
            picture.setColorSpace("RGBA", document.colorDepth(), document.colorProfile())
            source = picture.topLevelNodes()[0]
            node = document.createNode(name, "paintlayer")
            bounds = (0, 0, picture.width(), picture.height())
            node.setPixelData(source.pixelData(*bounds), *bounds)
            node.setBlendingMode(mode)
            group.addChildNode(node, None)
            picture.close()
        document.refreshProjection()


def register():
    """Tell Krita of the extension."""
    Krita.instance().addExtension(Style2Color(Krita.instance()))
