"""What the network is asked, and what it answers: references seen, sketches looked at.

Lines are shrunk to the network's size; the painter graph points every pixel to an entry of the
palette, the regions graph every region.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from style2color.hints import Hints
from style2color.model import Model
from style2color.palette import REFERENCE_SIZE, Palette, extract_palette, letterbox
from style2color.reading.correspondence import Keys, keys_of
from style2color.reading.counterparts import Counterparts, counterparts
from style2color.reading.depth import shading_of
from style2color.reading.describing import Described
from style2color.reading.ink import shrink_lines
from style2color.reading.parts import Reading, read_parts
from style2color.reading.placing import NEUTRAL, place
from style2color.reading.portrait import Shown, Traced, read_reference, traced
from style2color.reading.regions import Regions
from style2color.reading.wardrobe import Worn, read_worn
from style2color.reading.whites import inner_white

__all__ = ["Entries", "Look", "Network", "Seen", "entries_of"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

STRIDE = 32  # the painter takes sides that are multiples of this
_MAX_VOTERS = 256  # regions the network looks at together, the largest; the rest vote by pixels
_MAX_HINT_COLORS = 32  # hint colours offered to the network as entries
_MAX_PLAIN = 64  # swatches offered as they are where no reference tells which matter
_INSIDE = 1 - 1e-9
_UNSHADED = np.ones((1, 1), np.float32)
_NAMES = "names"  # an output that only later painters have
_REFERENCE, _HINT, _PAPER, _DEFAULT = range(4)  # order of the one-hot `kind`


@dataclass(frozen=True, eq=False)
class Seen:
    """A reference as the painter wants it, computed once.

    colors: uint8 (K, 3). kind: of its entries. moments: (K, 5). pooled: (K, F). style: (G,).
    memory: (M, D). assignment: (K, 32, 32), or None where there is no reference. float32. shading:
    how much of it the reference has, 0..1. shown: see `portrait`. worn: see `wardrobe`. regions:
    its own, where the painter names what it sees. keys: see `correspondence`; None from models of
    before 0.15. white: how much of it is white that no ground reaches, 0..1 of its square.
    """

    colors: U8
    kind: int
    moments: F32
    pooled: F32
    style: F32
    memory: F32
    assignment: F32 | None
    shading: float = 1.0
    shown: Shown = field(default_factory=dict)
    worn: Worn = field(default_factory=dict)
    regions: Counterparts | None = None
    keys: Keys | None = None
    white: float = 1.0


@dataclass(frozen=True, eq=False)
class Entries:
    """What the painter chooses from: reference or default entries, then hints, then paper.

    colors: uint8 (K, 3). kind: (K, 4) one-hot. moments: (K, 5). pooled: (K, F). float32.
    """

    colors: U8
    kind: F32
    moments: F32
    pooled: F32


@dataclass(frozen=True, eq=False)
class Look:
    """A sketch as the network sees it with one reference.

    logits: float32 (K, h, w); shade, light: float32 (h', w') in 0..1, what the paint is multiplied
    by and then screened with; features: float32 (F, h″, w″), all of sizes of their own. tokens:
    float32 (K, D). colors: uint8 (K, 3); the first ``own`` of the K entries are the reference's,
    the others hints and paper. shown: of the reference, see `portrait`. names: float32 (17, h″,
    w″), shares of the painter's classes; None where a model of before 0.11 names nothing.
    """

    logits: F32
    shade: F32
    light: F32
    features: F32
    tokens: F32
    colors: U8
    own: int
    shown: Shown = field(default_factory=dict)
    names: F32 | None = None


class Network:
    """The graphs of a model at one size: the longest side, in pixels, of the sketches they see."""

    def __init__(self, model: Model, size: int) -> None:
        self.model = model
        self.size = size

    def see(self, rgb: U8) -> Seen:
        """A reference, uint8 (H, W, 3) of any size."""
        square = letterbox(rgb)
        main = extract_palette(square, self.model.palette_entries)
        reference = traced(rgb)
        reading = None if reference is None else read_parts(self.model, reference.lines)
        palette, shown = read_reference(reading, reference, main)
        planes = square.astype(np.float32).transpose(2, 0, 1)[None] / 255
        inputs: dict[str, NDArray[Any]] = {
            "reference": np.ascontiguousarray(planes),
            "assignment": palette.assignment[None].astype(np.float32),
        }
        pooled, style, memory = self.model.run("reference", inputs, ("pooled", "style", "memory"))
        seen = Seen(
            palette.colors,
            _REFERENCE,
            palette.moments,
            pooled[0],
            style[0],
            memory[0],
            palette.assignment,
            shading_of(square),
            shown,
            keys=_keys(reading, reference, main),
            white=inner_white(main),
        )
        if reference is None or _NAMES not in self.model.outputs("painter"):
            return seen
        lines = shrink_lines(reference.lines, REFERENCE_SIZE)
        look = self.look(lines, None, seen, entries_of(seen, None))
        assert look.names is not None
        worn = read_worn(look.names, reference, main)
        return replace(seen, worn=worn, regions=counterparts(lines, look, reference, main))

    def plain(self, lock: U8 | None) -> Seen:
        """What stands in for a reference: the model's default palette and no style.

        lock: swatches, uint8 (S, 3), to paint with instead, if they are few.
        """
        colors = self.model.default_palette
        if lock is not None and len(lock) <= _MAX_PLAIN:
            colors = lock
        seen = self.see(np.full((1, 1, 3), 255, np.uint8))
        return Seen(
            colors,
            _DEFAULT,
            np.zeros((len(colors), 5), np.float32),
            np.zeros((len(colors), seen.pooled.shape[1]), np.float32),
            np.zeros_like(seen.style),
            np.zeros_like(seen.memory),
            None,
        )

    def look(self, lines: U8, hints: Hints | None, reference: Seen, entries: Entries) -> Look:
        """Look at cleaned lines, uint8 (H, W), and hints in their pixels.

        entries: those of `entries_of`, their colours locked or not.
        """
        small = shrink_lines(lines, self.size)
        height, width = small.shape
        maps = np.zeros((4, height, width), np.float32)
        if hints:
            grow = height / lines.shape[0], width / lines.shape[1]
            # A hair less than the exact factor: a hint on the last pixel must stay inside.
            drawn, mask = hints.scaled(grow[1] * _INSIDE, grow[0] * _INSIDE).rasterize(
                height, width
            )
            maps[:3] = drawn.transpose(2, 0, 1) / np.float32(255)
            maps[3] = mask
        inputs: dict[str, NDArray[Any]] = {
            "lines": _padded(small[None].astype(np.float32) / np.float32(255))[None],
            "hints": _padded(maps)[None],
            "palette": entries.colors[None].astype(np.float32) / 255,
            "kind": entries.kind[None],
            "moments": entries.moments[None],
            "present": np.ones((1, len(entries.colors)), np.float32),
            "pooled": entries.pooled[None],
            "style": reference.style[None],
            "memory": reference.memory[None],
        }
        # A model with a shader needs no other marks; models of 0.2 know no light.
        also = [_NAMES] if self.model.shades else [_NAMES, "shade", "light"]
        known = self.model.outputs("painter")
        wanted = ["logits", "features", "tokens", *(one for one in also if one in known)]
        answer = dict(zip(wanted, self.model.run("painter", inputs, wanted), strict=True))
        padded = inputs["lines"].shape[2:]

        def cropped(planes: F32) -> F32:
            # Whatever share of the padded size a map comes in, the sketch fills the same share.
            rows = -(-height * planes.shape[-2] // padded[0])
            return planes[..., :rows, : -(-width * planes.shape[-1] // padded[1])]

        shade = cropped(answer["shade"][0, 0]) if "shade" in answer else _UNSHADED
        light = cropped(answer["light"][0, 0]) if "light" in answer else np.zeros_like(shade)
        return Look(
            cropped(answer["logits"][0]),
            shade,
            light,
            cropped(answer["features"][0]),
            answer["tokens"][0],
            entries.colors,
            len(reference.colors),
            reference.shown,
            cropped(answer[_NAMES][0]) if _NAMES in answer else None,
        )

    def opinion(
        self, regions: Regions, described: Described, look: Look, reference: Seen
    ) -> tuple[F32, F32]:
        """Logits (R, K) of the regions graph, zero for regions too small to have features, and what
        the reference has in each region's place, (R, 2, K)."""
        tokens = look.tokens
        logits = np.zeros((regions.count, len(tokens)), np.float32)
        placed = np.full((regions.count, 2, len(tokens)), NEUTRAL, np.float32)
        if reference.assignment is not None:
            placed[..., : len(reference.colors)] = place(regions, reference.assignment)
        # Labels run from the largest region down.
        asked = np.flatnonzero(described.seen)[:_MAX_VOTERS]
        if not asked.size:
            return logits, placed
        inputs: dict[str, NDArray[Any]] = {
            "pooled_regions": described.features[None, asked],
            "geometry": described.geometry[None, asked],
            "region_present": np.ones((1, asked.size), np.float32),
            "placed": placed[None, asked],
            "tokens": tokens[None],
            "present": np.ones((1, len(tokens)), np.float32),
        }
        logits[asked] = self.model.run("regions", inputs, ("region_logits",))[0][0]
        return logits, placed


def entries_of(reference: Seen, hints: Hints | None) -> Entries:
    """What the painter chooses from: the reference's entries, the hints' colours, paper."""
    asked = hints.colors()[:_MAX_HINT_COLORS] if hints else np.zeros((0, 3), np.uint8)
    paper = np.full((1, 3), 255, np.uint8)
    colors = np.concatenate([reference.colors, asked, paper])
    own, extra = len(reference.colors), len(asked) + 1
    kinds = np.array([reference.kind] * own + [_HINT] * len(asked) + [_PAPER])
    return Entries(
        colors,
        np.eye(4, dtype=np.float32)[kinds],
        np.concatenate([reference.moments, np.zeros((extra, 5), np.float32)]),
        np.concatenate(
            [reference.pooled, np.zeros((extra, reference.pooled.shape[1]), np.float32)]
        ),
    )


def _keys(reading: Reading | None, reference: Traced | None, palette: Palette) -> Keys | None:
    if reading is None or reading.embedding is None or reference is None:
        return None
    return keys_of(reading.embedding, reference, palette)


def _padded(planes_CHW: F32) -> F32:
    height, width = planes_CHW.shape[-2:]
    pads = ((0, 0), (0, -height % STRIDE), (0, -width % STRIDE))
    return np.pad(planes_CHW, pads, mode="reflect")
