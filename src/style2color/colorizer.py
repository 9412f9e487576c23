"""A sketch and a reference → a painted page. Set the reference once, paint many sketches.

Lines are cleaned and shrunk to the network's size; the painter graph points every pixel to an
entry of the palette; closed regions vote for one entry each; the result is put together at the
sketch's own size, with the ink on top.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color import image
from style2color.boxes import MAX_REFERENCES, Box, load_boxes
from style2color.errors import BoxError, PictureError, UsageError
from style2color.hints import Hints
from style2color.model import Model
from style2color.painting.balance import balanced
from style2color.painting.casting import Answer, CutOut, figures, merge
from style2color.painting.consistency import Sight
from style2color.painting.drafts import Clock, Draft, Painting, Progress, finish
from style2color.painting.network import Look, Network, Seen, entries_of
from style2color.painting.references import References
from style2color.painting.refining import Case, case_of, refined
from style2color.painting.shading import Light, Marks, known_light, read_marks
from style2color.painting.voting import highlights, pixel_votes
from style2color.reading.figures import read_people
from style2color.reading.ink import clean_paper
from style2color.reading.parts import certain
from style2color.reading.regions import Regions, geometry, pool
from style2color.reading.splitting import Known, parted, split
from style2color.reading.wardrobe import behind
from style2color.swatches import lock_hints, nearest

if TYPE_CHECKING:
    from style2color.image import Page, Source

__all__ = ["Colorizer", "Draft", "Painting", "colorize", "finish"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

Boxes = str | os.PathLike[str] | bytes | Mapping[str, Any] | Sequence[Box]

_LEAST_SIDE = 2  # pixels; a single row or column holds no shape
_ALONE = 0.04  # of the page: with one reference, figures this large are looked at alone


class Colorizer:
    """Paints sketches in the colours of one reference or several.

    model: a `Model`, a model folder, or None for the embedded model. size: longest side in pixels
    at which the network sees a sketch, 32..4096; None for the model's own. device, threads: see
    `Model.load`; they hold for a model loaded here.

    Raises:
        ModelError: the model cannot be used. UsageError: size, device or threads.
    """

    def __init__(
        self,
        model: Model | str | os.PathLike[str] | None = None,
        size: int | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        if size is not None and not 32 <= size <= 4096:
            raise UsageError(f"size must be 32 to 4096 pixels, got {size}")
        if not isinstance(model, Model):
            model = Model.load(model, device=device, threads=threads)
        self.model = model
        self.size = size or model.size
        self._network = Network(model, self.size)
        self._references = References(self._network)
        self._lock: U8 | Literal["reference"] | None = None

    def set_reference(
        self,
        reference: Source | Page | Sequence[Source | Page] | None,
        *,
        limits: image.Limits = image.DEFAULT_LIMITS,
    ) -> Colorizer:
        """Take the colours for the following sketches from this picture; None: the default ones.

        reference: anything `image.load` reads, or a `Page`; or a list or tuple of up to eight of
        them, of which every figure of a sketch takes the one it resembles, or that a box names.
        Returns this colorizer. Raises PictureError or UsageError where one cannot be read.
        """
        given: list[Any] = list(reference) if isinstance(reference, list | tuple) else [reference]
        if len(given) > MAX_REFERENCES:
            raise UsageError(f"{len(given)} references; the limit is {MAX_REFERENCES}")
        pages = [_page(one, limits) for one in given if one is not None]
        self._references = References.of(self._network, [page.rgb for page in pages])
        return self

    def lock_palette(self, swatches: U8 | Literal["reference"] | None) -> Colorizer:
        """Paint the following sketches in nothing but these colours, paper and hints included.

        swatches: uint8 (S, 3), or those of the references, or None for no lock. Colours that are
        none of them give way to the nearest. Returns this colorizer.
        """
        self._lock = swatches
        return self

    def colorize(
        self,
        sketch: Source | Page,
        hints: Hints | str | os.PathLike[str] | bytes | Mapping[str, Any] | None = None,
        *,
        regions: bool = True,
        boxes: Boxes | None = None,
        apart: bool = False,
        colored_lines: bool = False,
        light: Light = "auto",
        limits: image.Limits = image.DEFAULT_LIMITS,
    ) -> Painting:
        """Paint one sketch.

        sketch: anything `image.load` reads, or a `Page`. hints: `Hints`, or what `Hints.load`
        reads, in pixels of the sketch. regions: paint closed regions evenly. boxes: what
        `boxes.load_boxes` reads: which part of the sketch takes which of several references.
        apart: look at large figures and panels one by one, as several references do anyway; for
        pages that hold more than one. colored_lines: a darker tone of the paint beside them for the
        lines, which stay where they are; see `tint`. light: where it comes from, see `shading`.

        Raises:
            PictureError: the sketch cannot be read. HintError: the hints are malformed or lie
            outside. BoxError: the boxes are malformed, or name a reference that is not there.
            ModelError: the model's graphs do not fit together.
        """
        draft = self.draft(
            sketch, hints, regions=regions, boxes=boxes, apart=apart, light=light, limits=limits
        )
        return finish(draft, colored_lines=colored_lines)

    def draft(
        self,
        sketch: Source | Page,
        hints: Hints | str | os.PathLike[str] | bytes | Mapping[str, Any] | None = None,
        *,
        regions: bool = True,
        boxes: Boxes | None = None,
        apart: bool = False,
        agreed: F32 | None = None,
        light: Light = "auto",
        limits: image.Limits = image.DEFAULT_LIMITS,
        progress: Progress | None = None,
    ) -> Draft:
        """Look at one sketch without putting the page together, which `finish` does.

        The arguments and errors are those of `colorize`. agreed: float32 (R, K), what
        `consistency.agree` adds to the regions' votes. progress: called with the name of every
        step as it begins, a key of `Painting.timings`; what it raises ends the work.
        """
        light = known_light(light)
        draft, _ = self._draft(sketch, hints, regions, boxes, apart, light, limits, progress)
        if agreed is not None and draft.opinion is not None:
            if agreed.shape != draft.opinion.shape:
                raise UsageError("the page is not the one that was agreed on: it has changed")
            return replace(draft, opinion=draft.opinion + agreed)
        return draft

    def lit(self, draft: Draft, light: Light) -> Draft:
        """The same sketch under another light. Only its shadows and highlights are read again.

        Raises UsageError for a light that there is not.
        """
        marks = read_marks(self.model, draft.lines, known_light(light))
        return replace(draft, marks=marks, strength=self._strength(light, marks))

    def sight(
        self,
        sketch: Source | Page,
        *,
        apart: bool = False,
        limits: image.Limits = image.DEFAULT_LIMITS,
    ) -> Sight:
        """What `consistency.agree` needs to know of a page. Raises what `colorize` raises."""
        draft, look = self._draft(sketch, None, True, None, apart, "none", limits, None)
        found, opinion = draft.regions, draft.opinion
        assert found is not None
        assert opinion is not None
        votes, _ = pixel_votes(draft.logits, found)
        features, gone = pool(look.features, found.labels, found.count)
        # What is certain here would count for more than all that others say of their own regions.
        return Sight(features, geometry(found), votes + opinion, ~gone & ~certain(opinion))

    def case(self, lines: U8) -> Case:
        """All that is said of the regions of cleaned lines, uint8 (H, W), with the first reference,
        before any second look: what a refiner learns from."""
        given = self._references.meant(lines).seen
        look = self._look(lines, None, given[0], None, self._swatches(given))
        found, known = parted(split(self.model, lines), look.names)
        return case_of(self._network, found, known, look, given[0])

    def _draft(
        self,
        sketch: Source | Page,
        hints: Hints | str | os.PathLike[str] | bytes | Mapping[str, Any] | None,
        regions: bool,
        boxes: Boxes | None,
        apart: bool,
        light: Light,
        limits: image.Limits,
        progress: Progress | None,
    ) -> tuple[Draft, Look]:
        clock = Clock(progress)
        with clock.step("read"):
            page = _page(sketch, limits)
            if hints is not None and not isinstance(hints, Hints):
                hints = Hints.load(hints)
        if min(page.height, page.width) < _LEAST_SIDE:
            raise PictureError(
                f"{page.name}: {page.width} × {page.height} pixels; a sketch needs at least "
                f"{_LEAST_SIDE} on each side"
            )
        with clock.step("lines"):
            lines = clean_paper(page.gray())
        asked = load_boxes(boxes) if boxes is not None else ()
        count = len(self._references.seen)
        if unknown := [box.reference for box in asked if box.reference > count]:
            raise BoxError(f"a box names reference {unknown[0]} of {count}")
        given = self._references.meant(lines)
        found, opinion, backdrop = None, None, None
        # What sees the lines alone is read beside the painter: two small graphs on two cores are
        # done sooner one beside the other than each on both.
        with ThreadPoolExecutor(1) as aside:
            splitting = None
            if regions or apart or len(given.seen) > 1:
                splitting = aside.submit(split, self.model, lines)
            marks = aside.submit(read_marks, self.model, lines, light)
            with clock.step("network"):
                swatches = self._swatches(given.seen)
                references = given.seen or (self._network.plain(swatches),)
                if swatches is not None and hints:
                    hints = lock_hints(hints, swatches)
                look = self._look(lines, hints, references[0], hints, swatches)
            if splitting is not None:
                with clock.step("regions"):
                    done = splitting.result()
                    found, known = parted(done, look.names)
                    opinion, case = self._opinion(found, known, look, references[0])
                    backdrop = behind(case.described.names)
                    if len(references) > 1 or apart:
                        least = {} if len(references) > 1 else {"least": _ALONE}
                        people = given.drawn or read_people(self.model, lines)
                        cut = figures(done.lines, found, asked, lines.shape, people=people, **least)
                        answers = self._cast(
                            cut, given.chosen(cut), known, references, found.labels.shape, hints,
                            lines.shape, swatches,
                        )  # fmt: skip
                        owns = [len(reference.colors) for reference in references]
                        look, opinion = merge(look, opinion, found, owns, answers)
                if regions and not self.model.shades:
                    look = replace(look, light=highlights(look.light, found))
                if not regions:
                    found, opinion = None, None
            with clock.step("light"):
                read = marks.result()
        locked = swatches is not None
        draft = Draft(
            lines, look.logits, look.shade, look.light, look.colors, found, opinion, hints,
            locked, clock.seconds, read, self._strength(light, read),
            unmixed=not any(reference.shading for reference in references), backdrop=backdrop,
        )  # fmt: skip
        return draft, look

    def _strength(self, light: Light, marks: Marks | None) -> float:
        """How much of the shadows and highlights is laid, 0..1."""
        if light == "auto" and marks is not None and self._references.seen:
            return max(reference.shading for reference in self._references.seen)
        return float(light != "none")

    def _swatches(self, references: Sequence[Seen]) -> U8 | None:
        if not isinstance(self._lock, str):
            return self._lock
        seen = [reference.colors for reference in references]
        return np.concatenate(seen) if seen else self.model.default_palette

    def _look(
        self,
        lines: U8,
        hints: Hints | None,
        reference: Seen,
        all_hints: Hints | None,
        swatches: U8 | None,
    ) -> Look:
        """Look at lines with the hints among them; all the page's hints are entries."""
        entries = entries_of(reference, all_hints)
        if swatches is not None:
            entries = replace(entries, colors=nearest(entries.colors, swatches))
        return self._network.look(lines, hints, reference, entries)

    def _opinion(
        self, regions: Regions, known: Known, look: Look, reference: Seen
    ) -> tuple[F32, Case]:
        """What the network says of regions, (R, K), with the amounts of the reference's colours and
        after a second look, half and half; and all that was said."""
        case = case_of(self._network, regions, known, look, reference)
        said = balanced(case.opinion, case.pixels, regions, reference, case.like)
        if self.model.refines and reference.assignment is not None:
            said = (said + refined(self.model, case)) * np.float32(0.5)
        return said, case

    def _cast(
        self,
        cut: Sequence[CutOut],
        chosen: Mapping[int, int],
        known: Known,
        references: Sequence[Seen],
        on: tuple[int, ...],
        hints: Hints | None,
        size: tuple[int, ...],
        swatches: U8 | None,
    ) -> list[Answer]:
        """Look at every figure with its reference.

        chosen: which that is. known: what was read of the page's regions. on, size: height and
        width of the label map and of the page.
        """
        answers: list[Answer] = []
        down, across = (of / full for of, full in zip(on, size, strict=True))
        on_map = hints.scaled(across, down) if hints else None
        for number, figure in enumerate(cut):
            which = chosen[number]
            reference = references[which]
            top, left, bottom, right = figure.box
            near = on_map.within(left, top, right, bottom) if on_map else None
            look = self._look(figure.lines, near, reference, hints, swatches)
            # What is around the figure is a part of nothing.
            own = known.of(figure.labels)
            opinion, case = self._opinion(figure.regions, own, look, reference)
            answers.append(Answer(figure, which, look, opinion + case.pixels))
        return answers


def _page(source: Source | Page, limits: image.Limits) -> Page:
    return source if isinstance(source, image.Page) else image.load(source, limits=limits)


def colorize(
    sketch: Source | Page,
    reference: Source | Page | Sequence[Source | Page] | None = None,
    *,
    hints: Hints | str | os.PathLike[str] | bytes | Mapping[str, Any] | None = None,
    size: int | None = None,
    model: Model | str | os.PathLike[str] | None = None,
) -> Image.Image:
    """Paint one sketch in the colours of a reference.

    sketch, reference: a path, bytes, stream, PIL picture, array or `Page`; of references also a
    list. The other arguments and the errors are those of `Colorizer`. Returns an RGB picture of
    the sketch's size.

        style2color.colorize("sketch.png", "reference.png").save("painted.png")
    """
    painter = Colorizer(model, size).set_reference(reference)
    return painter.colorize(sketch, hints).image()
