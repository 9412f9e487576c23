"""`style2color colorize`: paint a sketch, a folder of sketches or a pipe."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from style2color.cli.batch import STREAM, Job, load
from style2color.cli.options import (
    MAX_BYTES,
    MAX_PIXELS,
    MAX_SIDE,
    MaxBytes,
    MaxPixels,
    MaxSide,
    Overwrite,
)
from style2color.errors import UsageError

if TYPE_CHECKING:
    from style2color.boxes import Box
    from style2color.colorizer import Painting
    from style2color.image import Page

EXAMPLES = """\b
Examples:
  style2color colorize sketch.png -r reference.png -o painted.png
  style2color colorize pages/ -r reference.png -o painted/
  style2color colorize pages/ -r reference.png --consistent --jobs 2 -o painted/
  style2color colorize sketch.png -r reference.png -r picture.png --box 2:64,0,128,160 -o two.png
  style2color colorize sketch.png -r reference.png --colored-lines -o painted.psd
  style2color colorize sketch.png -r reference.png --light right -o painted.png
  style2color colorize sketch.png --palette "#fce4d4,#d7263d,#1a2456,#ffffff" --layers layers/
  style2color colorize - -r reference.png -o - --format webp < sketch.png > painted.webp
"""


MAX_JOBS = 256


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("colorize", epilog=EXAMPLES)(colorize)


def colorize(
    sketch: Annotated[str, typer.Argument(metavar="SKETCH|FOLDER|-", help="Line art; - is stdin.")],
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "-r",
            "--reference",
            metavar="PICTURE|FOLDER|-",
            help="Picture whose colours are taken; up to eight of them, or a folder: every "
            "figure takes the one it resembles. Without it the model's own colours.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE|FOLDER|-",
            help="Where to; .psd and .ora keep the layers; - is stdout.",
        ),
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Write the layers of a single sketch here, as PNG."),
    ] = None,
    palette: Annotated[
        str | None,
        typer.Option(
            metavar="COLOURS|FILE",
            help="Paint in these colours only: #rrggbb,#rrggbb or a .gpl, .ase or .aco file.",
        ),
    ] = None,
    lock: Annotated[
        str | None,
        typer.Option(metavar="reference", help="Paint in colours of the references only."),
    ] = None,
    hints: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Colour hints for a single sketch (hints.json)."),
    ] = None,
    box: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REF:X0,Y0,X1,Y1",
            help="This part of the sketch, in pixels, takes the REF-th reference; repeatable.",
        ),
    ] = None,
    boxes: Annotated[
        str | None, typer.Option(metavar="FILE", help="The same from a file (boxes.json).")
    ] = None,
    apart: Annotated[
        bool,
        typer.Option(
            "--apart", help="Look at figures and panels one by one: for pages that hold several."
        ),
    ] = False,
    size: Annotated[
        int | None,
        typer.Option(help="Longest side, in pixels, at which the network sees the sketch."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, directml or coreml.")] = "cpu",
    threads: Annotated[
        int | None, typer.Option(help="CPU threads of the network, 2 by default.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Another model than the embedded one.")
    ] = None,
    regions: Annotated[
        bool,
        typer.Option(
            "--regions/--no-regions", help="Paint closed regions evenly, or every pixel alone."
        ),
    ] = True,
    colored_lines: Annotated[
        bool,
        typer.Option(
            "--colored-lines", help="Give the lines a darker tone of the paint beside them."
        ),
    ] = False,
    light: Annotated[
        str,
        typer.Option(
            metavar="SIDE",
            help="Where it comes from: left, right, none for no shadows and highlights; auto: from "
            "the left, as strong as in the reference.",
        ),
    ] = "auto",
    format: Annotated[
        str | None,
        typer.Option(
            help="png, webp, jpg, psd or ora: of stdout and of the files in a folder (png)."
        ),
    ] = None,
    overwrite: Overwrite = False,
    consistent: Annotated[
        bool,
        typer.Option(
            "--consistent", help="Look at all pages of a folder first and paint like parts alike."
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(help="Pages of a folder painted at once, of one thread each.")
    ] = 1,
    engine: Annotated[
        str, typer.Option(help="Where they are: processes, or ray (needs the ray extra).")
    ] = "processes",
    report: Annotated[
        str | None, typer.Option(metavar="FILE", help="Tell of every page of a folder as JSON.")
    ] = None,
    max_pixels: MaxPixels = MAX_PIXELS,
    max_side: MaxSide = MAX_SIDE,
    max_bytes: MaxBytes = MAX_BYTES,
) -> int:
    """Paint sketches in the colours of reference pictures.

    The result has the sketch's own size. A folder is painted page by page; running the same
    command again goes on where it stopped.
    """
    from style2color.image import Limits

    limits = Limits(max_bytes=max_bytes, max_pixels=max_pixels, max_side=max_side)
    references = _references(reference or [])
    if [sketch, *references].count(STREAM) > 1:
        raise UsageError("only one of sketch and references can come from stdin, not both")
    if output is None and layers is None:
        raise UsageError("nowhere to write to; give -o painted.png or --layers FOLDER")
    if lock not in (None, "reference") or (lock and (palette or not references)):
        raise UsageError("--lock takes the word reference, needs -r, and goes without --palette")
    files = (*references, hints, boxes, palette if palette and palette[0] != "#" else None)
    sources = [file for file in files if file is not None and file != STREAM]
    job = Job(
        sketch, output or STREAM, "painted", limits, format, overwrite, sources,
        also=(".psd", ".ora"),
    )  # fmt: skip
    if job.is_folder and (hints or layers or box or boxes):
        raise UsageError(
            "--hints, --box and --layers belong to one sketch; paint the pages of a folder one "
            "by one, or keep their layers with --format psd"
        )
    if not job.is_folder and (consistent or report or jobs > 1 or engine != "processes"):
        raise UsageError("--consistent, --jobs, --engine and --report are for a folder of pages")
    if not 1 <= jobs <= MAX_JOBS:
        raise UsageError(f"--jobs {jobs}: choose 1 to {MAX_JOBS}")
    if consistent and not regions:
        raise UsageError("--consistent works by regions; leave out --no-regions")
    if output is not None:
        job.check()

    from style2color.hints import Hints
    from style2color.pages import Recipe
    from style2color.painting.shading import known_light
    from style2color.swatches import read

    swatches = None if palette is None else read(palette)
    recipe = Recipe(
        model=model,
        size=size,
        device=device,
        threads=threads,
        references=tuple(load(name, limits) for name in references),
        lock="reference" if lock else swatches,
        hints=None if hints is None else Hints.load(hints),
        boxes=_boxes(box or [], boxes),
        regions=regions,
        apart=apart,
        colored_lines=colored_lines,
        light=known_light(light),
        limits=limits,
    )
    painter = recipe.painter()
    if consistent:
        from style2color.files import list_pictures
        from style2color.pages import agreed_on

        recipe = replace(recipe, agreed=agreed_on(recipe, painter, list_pictures(sketch)))
    if jobs > 1 or engine != "processes":
        from style2color.crew import work_on

        job.crew = partial(work_on, recipe, jobs=jobs, engine=engine)
    job.report = report

    def paint(page: Page) -> Painting:
        painting = recipe.paint(painter, page)
        if layers is not None:
            _save_folder(painting, recipe.references, layers, page)
        return painting

    if output is None:
        paint(load(sketch, limits))
        print(f"{layers}  the layers")
        return 0
    job.save = recipe.save
    return job.run(paint)


def _references(given: Sequence[str]) -> list[str]:
    """The names of the references; a folder stands for its pictures, in natural order."""
    from style2color.boxes import MAX_REFERENCES
    from style2color.files import list_pictures

    names: list[str] = []
    for name in given:
        if name != STREAM and os.path.isdir(name):
            found = [os.fspath(path) for path in list_pictures(name)]
            if not found:
                raise UsageError(f"{name}: no pictures in this folder")
            names += found
        else:
            names.append(name)
    if len(names) > MAX_REFERENCES:
        raise UsageError(f"{len(names)} references; the limit is {MAX_REFERENCES}, leave some out")
    return names


def _boxes(given: Sequence[str], file: str | None) -> tuple[Box, ...] | None:
    from style2color.boxes import load_boxes, parse_box

    if not given and file is None:
        return None
    listed = () if file is None else load_boxes(file)
    return (*listed, *(parse_box(text) for text in given))


def _save_folder(painting: Painting, references: Sequence[Page], folder: str, page: Page) -> None:
    from style2color.export import save_folder
    from style2color.layers import split

    shown = [reference.rgb for reference in references]
    save_folder(split(painting, shown), folder, icc=page.icc, dpi=page.dpi)
