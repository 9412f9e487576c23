"""`style2color colorize`: paint a sketch, a folder of sketches or a pipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from style2color.cli.batch import STREAM, Job, load
from style2color.errors import UsageError

if TYPE_CHECKING:
    from style2color.colorizer import Painting
    from style2color.image import Page

EXAMPLES = """\b
Examples:
  style2color colorize sketch.png -r reference.png -o painted.png
  style2color colorize pages/ -r reference.png -o painted/
  style2color colorize sketch.png -r reference.png -o painted.psd
  style2color colorize sketch.png --palette "#fce4d4,#d7263d,#1a2456,#ffffff" --layers layers/
  style2color colorize - -r reference.png -o - --format webp < sketch.png > painted.webp
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("colorize", epilog=EXAMPLES)(colorize)


def colorize(
    sketch: str = typer.Argument(..., metavar="SKETCH|FOLDER|-", help="Line art; - is stdin."),
    reference: str | None = typer.Option(
        None,
        "-r",
        "--reference",
        metavar="PICTURE|-",
        help="Picture whose colours are taken; without it the model's own colours.",
    ),
    output: str | None = typer.Option(
        None,
        "-o",
        "--output",
        metavar="FILE|FOLDER|-",
        help="Where to; .psd and .ora keep the layers; - is stdout.",
    ),
    layers: str | None = typer.Option(
        None, metavar="FOLDER", help="Write the layers of a single sketch here, as PNG."
    ),
    palette: str | None = typer.Option(
        None,
        metavar="COLOURS|FILE",
        help="Paint in these colours only: #rrggbb,#rrggbb or a .gpl, .ase or .aco file.",
    ),
    lock: str | None = typer.Option(
        None, metavar="reference", help="Paint in colours of the reference only."
    ),
    hints: str | None = typer.Option(
        None, metavar="FILE", help="Colour hints for a single sketch (hints.json)."
    ),
    size: int | None = typer.Option(
        None, help="Longest side, in pixels, at which the network sees the sketch."
    ),
    device: str = typer.Option("cpu", help="cpu, cuda, directml or coreml."),
    threads: int | None = typer.Option(None, help="CPU threads of the network, 2 by default."),
    model: str | None = typer.Option(
        None, metavar="FOLDER", help="Another model than the embedded one."
    ),
    regions: bool = typer.Option(
        True, "--regions/--no-regions", help="Paint closed regions evenly, or every pixel alone."
    ),
    format: str | None = typer.Option(
        None, help="png, webp, jpg, psd or ora: of stdout and of the files in a folder (png)."
    ),
    overwrite: bool = typer.Option(
        False, "--overwrite", help="Paint pages of a folder again that are done already."
    ),
    max_pixels: int = typer.Option(50_000_000, help="Largest width times height accepted."),
    max_side: int = typer.Option(16_384, help="Largest width or height accepted."),
    max_bytes: int = typer.Option(64 * 2**20, help="Largest file accepted."),
) -> int:
    """Paint sketches in the colours of a reference picture.

    The result has the sketch's own size. A folder is painted page by page; running the same
    command again goes on where it stopped.
    """
    from style2color.image import Limits

    limits = Limits(max_bytes=max_bytes, max_pixels=max_pixels, max_side=max_side)
    if sketch == reference == STREAM:
        raise UsageError("sketch and reference cannot both come from stdin")
    if output is None and layers is None:
        raise UsageError("nowhere to write to; give -o painted.png or --layers FOLDER")
    if lock not in (None, "reference") or (lock and (palette or reference is None)):
        raise UsageError("--lock takes the word reference, needs -r, and goes without --palette")
    files = (reference, hints, palette if palette and not palette.startswith("#") else None)
    sources = [file for file in files if file not in (None, STREAM)]
    job = Job(
        sketch,
        output or STREAM,
        "painted",
        limits,
        format,
        overwrite,
        [str(file) for file in sources],
        also=(".psd", ".ora"),
    )
    if (hints is not None or layers is not None) and job.is_folder:
        raise UsageError(
            "--hints and --layers belong to one sketch; paint the pages of a folder one by one, "
            "or keep their layers with --format psd"
        )
    if output is not None:
        job.check()

    from style2color.colorizer import Colorizer
    from style2color.hints import Hints
    from style2color.swatches import read

    swatches = None if palette is None else read(palette)
    painter = Colorizer(model, size, device, threads)
    marks = None if hints is None else Hints.load(hints)
    seen = None if reference is None else load(reference, limits)
    painter.set_reference(seen).lock_palette("reference" if lock else swatches)

    def paint(page: Page) -> Painting:
        painting = painter.colorize(page, marks, regions=regions)
        if layers is not None:
            _save_folder(painting, seen, layers, page)
        return painting

    def save(painting: Painting, target: Any, kind: str | None, page: Page) -> None:
        _save(painting, seen, target, kind, page)

    if output is None:
        paint(load(sketch, limits))
        print(f"{layers}  the layers")
        return 0
    job.save = save
    return job.run(paint)


def _save_folder(painting: Painting, reference: Page | None, folder: str, page: Page) -> None:
    from style2color.export import save_folder
    from style2color.layers import split

    stack = split(painting, None if reference is None else reference.rgb)
    save_folder(stack, folder, icc=page.icc, dpi=page.dpi)


def _save(
    painting: Painting, reference: Page | None, target: Any, kind: str | None, page: Page
) -> None:
    """Write a page into a picture or, where its format holds layers, with them."""
    from style2color import image
    from style2color.export import LAYERED, save_layers
    from style2color.layers import split

    ending = f".{kind}" if kind else Path(target).suffix.lower()
    if ending not in LAYERED:
        image.save(painting.rgb, target, format=kind, icc=page.icc, dpi=page.dpi)
        return
    stack = split(painting, None if reference is None else reference.rgb)
    save_layers(stack, target, format=kind, icc=page.icc, dpi=page.dpi)
