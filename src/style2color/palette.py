"""Reference picture → its palette: a few colours, where each one stands, and how much of it.

The studio network does not invent colours, it points to the entries of this palette
(docs/design.md). Clusters are found on colour bins. The weight of a bin grows slower than its area
and with its chroma, so that small areas which matter (eyes, ribbons) keep an entry of their own
beside large ones. The reference's own lines are no colour of it: with an entry for ink, regions in
doubt turned black.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.color import lab_to_rgb, rgb_to_lab

REFERENCE_SIZE = 256
"""Side of the square, in pixels, on which the network sees a reference."""
CELLS = 32
"""Side of the grid on which palette entries are located."""
ENTRIES = 16
MERGE_DELTA_E = 7.0
_SAME = 5.0  # ΔE up to which a wanted colour is that of an entry
_BITS = 5
_FLAT = 20  # how much the channels of neighbours may differ in an even spot
_POWER = 0.4  # of a colour's area, for its weight
_CHROMA = 40.0  # this much of it doubles the weight of a colour
_INK_REACH = 6  # strokes up to twice this many of the 256 pixels are lines, wider ones fills
_INK_LUMA = 110  # what is brighter is no ink
_INK_RANGE = 56  # nor is what is more colourful: the channels of a dark iris are further apart
_INK_CONTRAST = 25  # by how much a line is darker than what lies around it
_INK_WEIGHT = 1e-3  # of a pixel of ink; not 0, so that a cell of nothing else still has a colour


@dataclass(frozen=True)
class Palette:
    """K palette entries, largest first.

    colors: uint8 (K, 3) sRGB. assignment: float32 (K, 32, 32), the share of each grid cell that an
    entry covers (sums to 1 over K). moments: float32 (K, 5) area share, mean x, mean y, deviation
    x, deviation y, all in 0..1 of the square. entry: uint8 (256, 256), the entry of each pixel of
    the letterboxed reference, ink included.
    """

    colors: NDArray[np.uint8]
    assignment: NDArray[np.float32]
    moments: NDArray[np.float32]
    entry: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.colors)


def fitted(height: int, width: int, side: int) -> tuple[int, int]:
    """Width and height, as Pillow wants them, of a picture whose longest side becomes ``side``."""
    scale = side / max(height, width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def letterbox(rgb: NDArray[np.uint8], side: int = REFERENCE_SIZE) -> NDArray[np.uint8]:
    """uint8 (H, W, 3) → uint8 (side, side, 3), whole picture centred on white."""
    height, width = rgb.shape[:2]
    if (height, width) == (side, side):
        return rgb
    size = fitted(height, width, side)
    # A cubic filter would overshoot at edges, and the palette would have an entry for that.
    filter = Image.Resampling.BOX if side < max(height, width) else Image.Resampling.BILINEAR
    small = Image.fromarray(rgb).resize(size, filter)
    canvas = np.full((side, side, 3), 255, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = np.asarray(small)
    return canvas


def extract_palette(rgb: NDArray[np.uint8], entries: int = ENTRIES) -> Palette:
    """Cluster a reference, uint8 (H, W, 3), into at most `entries` colours.

    Deterministic: farthest-first seeds, then Lloyd's iterations on colour bins in CIELAB, then
    clusters closer than ΔE 7 are merged. Thin dark strokes do not count: they are the lines, not
    the colours. A plain picture has one entry.
    """
    square = letterbox(rgb)
    planes = np.ascontiguousarray(square.transpose(2, 0, 1))
    ink = is_ink(planes)
    flat = _is_flat(planes) & ~ink
    index, counts, means, lab = _binned(planes.reshape(3, -1))
    inked, uneven = np.flatnonzero(ink), np.flatnonzero(~flat)
    ink_counts = np.bincount(index.take(inked), minlength=len(counts))
    flat_counts = counts - np.bincount(index.take(uneven), minlength=len(counts))
    bin_weight = (counts - ink_counts) + _INK_WEIGHT * ink_counts
    # Antialiased edges make in-between colours nobody painted: only even spots seed clusters.
    seen = flat_counts if flat_counts.sum() >= 64 else bin_weight
    seeding = np.flatnonzero(seen)  # an eighth of the bins: the others would weigh nothing
    seeds = lab[seeding]
    centres = _merge(*_cluster(seeds, _weight(seen[seeding], seeds), entries))
    nearest = _nearest(lab, centres)
    chosen = np.bincount(nearest, minlength=len(centres)) > 0
    bin_entry, used = (np.cumsum(chosen) - 1)[nearest], int(chosen.sum())

    colour_weight = np.where(flat_counts > 0, flat_counts, 1e-3 * bin_weight)
    sums = np.stack([np.bincount(bin_entry, means[c] * colour_weight, used) for c in range(3)], 1)
    total = np.bincount(bin_entry, colour_weight, used)
    colors = sums / total[:, None]
    # Pale cloth in its entry is not to tint paper, nor an edge a flat fill.
    heaviest = np.zeros(used, np.intp)
    by_weight = np.argsort(colour_weight, kind="stable")
    heaviest[bin_entry[by_weight]] = by_weight
    plain = colour_weight[heaviest] > total / 2
    colors[plain] = means.T[heaviest[plain]]
    # One count of all pixels by entry, by being ink and by cell.
    start = bin_entry * (2 * CELLS**2)
    place = start.take(index)
    place += _cells()
    place[inked] += CELLS**2
    filled = np.bincount(place, minlength=used * 2 * CELLS**2).reshape(used, 2, CELLS, CELLS)
    covered = filled[:, 0] + _INK_WEIGHT * filled[:, 1]
    assignment = (covered / covered.sum(0)).astype(np.float32)
    order = np.argsort(-assignment.sum((1, 2)), kind="stable")
    colors, assignment = colors[order], assignment[order]
    entry = np.argsort(order).astype(np.uint8)[bin_entry].take(index).reshape(ink.shape)
    return Palette(np.rint(colors).astype(np.uint8), assignment, _moments(assignment), entry)


def with_color(
    palette: Palette, color: NDArray[np.uint8], cover: NDArray[np.float32]
) -> tuple[Palette, int]:
    """A palette that has a colour, uint8 (3,), and which entry that is: one that looks the same, or
    a new last one, which takes from the others what it covers of every cell, (32, 32) in 0..1."""
    apart = np.linalg.norm(rgb_to_lab(palette.colors) - rgb_to_lab(color[None]), axis=1)
    if apart.min() < _SAME:
        return palette, int(apart.argmin())
    colors = np.concatenate([palette.colors, color[None]])
    assignment = np.concatenate([palette.assignment * (1 - cover), cover[None]])
    return Palette(colors, assignment, _moments(assignment), palette.entry), len(palette)


def cover_of(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Pixels of a reference, bool (H, W) → the share of every cell that they cover, (32, 32)."""
    height, width = mask.shape
    side = max(height, width)
    square = np.zeros((side, side), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = mask
    cells = Image.fromarray(255 * square).resize((CELLS, CELLS), Image.Resampling.BOX)
    return np.asarray(cells, np.float32) / np.float32(255)


@lru_cache(maxsize=1)
def _cells() -> NDArray[np.intp]:
    """The grid cell of every pixel, in one row."""
    cell = np.arange(REFERENCE_SIZE) * CELLS // REFERENCE_SIZE
    return ((cell * CELLS)[:, None] + cell).reshape(-1)


def cluster_colors(pixels: NDArray[np.uint8], entries: int = ENTRIES) -> NDArray[np.uint8]:
    """The main colours of loose pixels, uint8 (N, 3) → uint8 (K, 3), K ≤ entries."""
    _, counts, _, lab = _binned(np.ascontiguousarray(pixels.T))
    return lab_to_rgb(_merge(*_cluster(lab, _weight(counts, lab), entries)))


def _weight(counts: NDArray[Any], lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much the colours of bins (M,) count."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    weight: NDArray[np.float64] = counts**_POWER * (1 + chroma / _CHROMA)
    return weight


def _binned(
    planes: NDArray[np.uint8],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Pixels (3, N) in coarse colour bins: bin of every pixel (N,), and per bin (M,) the count,
    the mean colour (3, M) and its place in CIELAB (M, 3)."""
    red, green, code = (planes >> (8 - _BITS)).astype(np.uint16)
    code |= red << (2 * _BITS)
    code |= green << _BITS
    # Neighbours mostly share a bin: there are five times as many pixels as such stretches.
    ends = np.append(np.flatnonzero(code[1:] != code[:-1]), code.size - 1)
    stretches, length = code.take(ends), ends.copy()
    length[0] += 1
    length[1:] -= ends[:-1]
    every = np.bincount(stretches, length, 1 << (3 * _BITS))
    used = np.flatnonzero(every > 0)
    number = np.empty(every.size, np.intp)
    number[used] = np.arange(used.size)
    bins, counts = number.take(stretches), every.take(used).astype(np.intp)
    # The running sums may overflow: their differences, of stretches below 2²⁴ pixels, do not.
    sums = np.cumsum(planes, axis=1, dtype=np.uint32).take(ends, axis=1)
    sums[:, 1:] -= sums[:, :-1].copy()
    means = np.stack([np.bincount(bins, channel, used.size) for channel in sums]) / counts
    lab = rgb_to_lab(np.rint(means.T).astype(np.uint8)).astype(np.float64)
    return np.repeat(bins, length), counts, means, lab


def _is_flat(planes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(3, S, S) → bool (S, S): pixels of about the colour of all four neighbours."""
    height, width = planes.shape[1:]
    rows = planes.reshape(3, -1)
    flat = np.ones(height * width, bool)
    for step in (1, width):
        one, two = rows[:, :-step], rows[:, step:]
        apart = np.maximum(one, two)
        apart -= np.minimum(one, two)
        alike = np.maximum(np.maximum(apart[0], apart[1]), apart[2]) <= _FLAT
        if step == 1:
            alike[width - 1 :: width] = True  # where a row wraps, the two are no neighbours
        flat[:-step] &= alike
        flat[step:] &= alike
    return flat.reshape(height, width)


def is_ink(planes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(3, S, S) → bool (S, S): dark strokes too thin to be a fill, those that a morphological
    closing fills."""
    red, green, blue = planes.astype(np.uint16)
    luma = ((77 * red + 150 * green + 29 * blue) >> 8).astype(np.uint8)
    closed = _slide(_slide(luma, np.maximum), np.minimum)
    grey = planes.max(axis=0) - planes.min(axis=0) < _INK_RANGE
    ink: NDArray[np.bool_] = (luma < _INK_LUMA) & (closed - luma > _INK_CONTRAST) & grey
    return ink


def _slide(values: NDArray[np.uint8], pick: np.ufunc) -> NDArray[np.uint8]:
    """The minimum or maximum of (S, S) in a square window around every pixel."""
    edge, size = _INK_REACH, len(values)
    width, side = 2 * edge + 1, size + 2 * edge
    # Repeats the border as np.pad does, which takes as long as all that follows.
    framed = np.empty((side, side), np.uint8)
    framed[edge:-edge, edge:-edge] = values
    framed[edge:-edge, :edge], framed[edge:-edge, -edge:] = values[:, :1], values[:, -1:]
    framed[:edge], framed[-edge:] = framed[edge], framed[-edge - 1]
    # Flat arrays are fastest; the windows that wrap from row to row lie in the frame.
    slid = framed.reshape(-1)
    for step in (side, 1):
        reach = 1
        while 2 * reach <= width:  # a window twice as wide from two that overlap or touch
            slid = pick(slid[: -reach * step], slid[reach * step :])
            reach *= 2
        rest = (width - reach) * step
        slid = pick(slid[:-rest], slid[rest:])
    return np.append(slid, framed[0, : 2 * edge]).reshape(size, side)[:, :size]


def _cluster(
    lab: NDArray[np.float64], weights: NDArray[np.float64], entries: int, rounds: int = 8
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted k-means of colour bins (N, 3) → centres (K, 3) and their weights (K,)."""
    channels = np.ascontiguousarray(lab.T)
    seeds = [int(weights.argmax())]
    distance = _squared(channels, seeds[0])
    while len(seeds) < entries:
        gain = weights * distance
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        seeds.append(best)
        distance = np.minimum(distance, _squared(channels, best))
    centres: NDArray[np.float64] = lab[seeds]
    shares: NDArray[np.float64] = weights
    count = len(centres)
    weighted = np.concatenate([weights[None], weights * channels]).reshape(-1)
    row = count * np.arange(4)[:, None]
    nearest: NDArray[np.intp] | None = None
    for _ in range(rounds):
        before, nearest = nearest, _nearest(lab, centres)
        if before is not None and np.array_equal(before, nearest):
            break  # the centres stay where they are
        # Weights and weighted channels are summed in one count.
        sums = np.bincount((nearest + row).reshape(-1), weighted, 4 * count).reshape(4, -1)
        shares = sums[0]
        means = (sums[1:] / np.maximum(shares, 1e-9)).T
        centres = np.where(shares[:, None] > 0, means, centres)
    return centres, shares


def _squared(channels: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """Squared distances of all colours (3, M) to one of them."""
    apart = channels - channels[:, number, None]
    apart *= apart
    distance: NDArray[np.float64] = apart[0] + apart[1]
    distance += apart[2]
    return distance


def _nearest(lab: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of the nearest centre (K, 3) of every bin (N, 3)."""
    # |a - b|² without its constant |a|²: one small matrix product instead of an (N, K, 3) array.
    apart = lab @ (-2 * centres.T)
    apart += (centres**2).sum(1)
    nearest: NDArray[np.intp] = apart.argmin(1)
    return nearest


def _merge(centres: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join the closest pair of clusters until all are at least MERGE_DELTA_E apart."""
    while len(centres) > 1:
        distance = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(-1))
        np.fill_diagonal(distance, np.inf)
        a, b = np.unravel_index(distance.argmin(), distance.shape)
        if distance[a, b] >= MERGE_DELTA_E:
            break
        joint = shares[a] + shares[b]
        if joint > 0:
            centres[a] = (centres[a] * shares[a] + centres[b] * shares[b]) / joint
        shares[a] = joint
        kept = np.arange(len(centres)) != b
        centres, shares = centres[kept], shares[kept]
    return centres


def _moments(assignment: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of area, mean and deviation of position per entry; (K, 32, 32) → (K, 5)."""
    grid = (np.arange(CELLS, dtype=np.float32) + 0.5) / CELLS
    mass = np.maximum(assignment.sum((1, 2)), 1e-6)
    along_x, along_y = assignment.sum(1) / mass[:, None], assignment.sum(2) / mass[:, None]
    mean_x, mean_y = along_x @ grid, along_y @ grid
    dev_x = np.sqrt(np.maximum(along_x @ grid**2 - mean_x**2, 0))
    dev_y = np.sqrt(np.maximum(along_y @ grid**2 - mean_y**2, 0))
    return np.stack([mass / CELLS**2, mean_x, mean_y, dev_x, dev_y], 1).astype(np.float32)
