"""Line art → closed regions, with the gaps of the lines closed, and what is known of each region.

The free area (everything that is not ink) is labelled several times, each time eroded a little
less: first only the cores far from any line exist, and a gap in an outline is too narrow for two
cores to touch through it. Every later, less eroded pass hands the pixels it adds to the cores that
are already there and lets areas too narrow for the earlier passes appear as regions of their own.
At last the regions grow under the lines, so that a painted region leaves no fringe beside the ink.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cc3d
import edt
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Regions",
    "geometry",
    "ink_mask",
    "label_regions",
    "neighbours",
    "pool",
    "shrink_labels",
]

_REACH = 8  # pixels a region grows under the ink: lines up to 16 px wide are filled through
_BLOCK = 16  # side of the blocks in which the local paper tone is measured
_INK_SHARE = 0.25  # ink is what has at least this share of the strongest contrast of the page
_MIN_CONTRAST = 16.0  # grain of the paper below this contrast is never ink
_MAX_SHADOW = 72.0  # how far the local paper may fall below the page's before it counts as ink


@dataclass(frozen=True)
class Regions:
    """The closed regions of one sketch, largest first.

    labels: (H, W) int32, 1..count; 0 only inside solid black too thick to be filled through.
    count: number of regions R, may be 0 (a page of solid ink).
    area: (R,) int64, pixels of the region, those under the lines included.
    centroid: (R, 2) float32, x and y in pixels.
    bbox: (R, 4) int32, x0, y0, x1, y1; the far corner is exclusive.
    free: (H, W) bool, True where there is no ink.

    Row ``i`` of every array describes label ``i + 1``.
    """

    labels: NDArray[np.int32]
    count: int
    area: NDArray[np.int64]
    centroid: NDArray[np.float32]
    bbox: NDArray[np.int32]
    free: NDArray[np.bool_] = field(repr=False)


def ink_mask(
    lines_HW: NDArray[np.uint8], ink_threshold: float | None = None
) -> NDArray[np.bool_]:
    """Tell ink from paper.

    lines_HW: (H, W) uint8, 255 = paper. ink_threshold: 0..255, darker than this is ink; None
    measures the paper tone locally and takes as ink what stands out from it against the strongest
    lines of the page, so that grey pencil on shaded paper is found as well as black ink on white.
    Returns (H, W) bool. Raises ValueError for another shape or dtype.
    """
    _check_lines(lines_HW)
    if ink_threshold is not None:
        return lines_HW < ink_threshold
    contrast = _contrast(lines_HW)
    histogram = np.bincount(contrast.ravel(), minlength=256)
    # The strongest contrast that at least one pixel in a thousand reaches; a thin drawing on a
    # large page has few dark pixels, so a share of all pixels must be small.
    from_dark = np.cumsum(histogram[::-1])
    strongest = 255 - int(np.searchsorted(from_dark, max(1, lines_HW.size // 1000)))
    return contrast >= max(_MIN_CONTRAST, _INK_SHARE * strongest)


def label_regions(
    lines_HW: NDArray[np.uint8],
    *,
    ink_threshold: float | None = None,
    gap: int = 4,
    min_area: int | None = None,
) -> Regions:
    """Split line art into closed regions.

    lines_HW: (H, W) uint8, 255 = paper, any size from 1 × 1.
    ink_threshold: see `ink_mask`.
    gap: openings of an outline up to this many pixels (and up to ``2 * gap - 1`` where both sides
        are wide) do not join the areas they part; 0 closes none.
    min_area: free areas smaller than this many pixels join the nearest region; None: one 50,000th
        of the page, at least 4. Such an area with no region within reach stays one of its own.
    Returns `Regions`. Raises ValueError for a wrong array or a negative ``gap``.
    """
    if gap < 0:
        raise ValueError(f"gap must be 0 or more, got {gap}")
    free = ~ink_mask(lines_HW, ink_threshold)
    if min_area is None:
        min_area = max(4, free.size // 50_000)
    padded = np.zeros((free.shape[0] + 2, free.shape[1] + 2), np.float32)
    # Without any ink the distance is infinite everywhere, which is what the passes expect.
    padded[1:-1, 1:-1] = edt.edt(free)
    labels = _label_cores(padded, sorted({gap, gap // 2, min(1, gap), 0}, reverse=True), gap)
    labels = _without_small(labels, min_area)
    _grow(labels, _frame(labels.shape), _REACH, geodesic=False)
    _label_leftovers(labels, padded > 0)
    return _measure(labels[1:-1, 1:-1], free)


def geometry(regions: Regions) -> NDArray[np.float32]:
    """Describe each region by eight numbers, independent of the page's resolution.

    Returns (R, 8) float32: log of the area's share of the page; centroid x, y and bounding box
    width, height as shares of the page (0..1); 1 where the region touches the border; mean
    thickness (twice the area over the perimeter) as a share of the page's geometric mean side;
    share of the region that is ink (0..1).
    """
    height, width = regions.labels.shape
    page = float(height * width)
    out = np.zeros((regions.count, 8), np.float32)
    if not regions.count:
        return out
    area = regions.area.astype(np.float64)
    box = regions.bbox
    out[:, 0] = np.log(area / page)
    out[:, 1] = (regions.centroid[:, 0] + 0.5) / width
    out[:, 2] = (regions.centroid[:, 1] + 0.5) / height
    out[:, 3] = (box[:, 2] - box[:, 0]) / width
    out[:, 4] = (box[:, 3] - box[:, 1]) / height
    out[:, 5] = (
        (box[:, 0] == 0) | (box[:, 1] == 0) | (box[:, 2] == width) | (box[:, 3] == height)
    )
    out[:, 6] = 2.0 * area / _perimeter(regions.labels, regions.count) / np.sqrt(page)
    free = np.bincount(regions.labels[regions.free], minlength=regions.count + 1)[1:]
    out[:, 7] = 1.0 - free / area
    return out


def neighbours(regions: Regions) -> NDArray[np.int32]:
    """Pairs of regions that share an edge (under the line that parts them).

    Returns (P, 2) int32 labels, the smaller first, sorted; empty (0, 2) where none touch.
    """
    if regions.count < 2:
        return np.zeros((0, 2), np.int32)
    pairs = sorted(cc3d.region_graph(regions.labels, connectivity=4))
    return np.array(pairs, np.int32).reshape(-1, 2)


def shrink_labels(labels_HW: NDArray[np.int32], height: int, width: int) -> NDArray[np.int32]:
    """Resample a label map to (height, width) by taking the label at each new pixel's centre."""
    rows = ((np.arange(height) + 0.5) * (labels_HW.shape[0] / height)).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * (labels_HW.shape[1] / width)).astype(np.intp)
    return np.ascontiguousarray(labels_HW[rows[:, None], columns])


def pool(
    features_FHW: NDArray[np.float32], labels_HW: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Average a feature map over each region.

    features_FHW: (F, h, w) float32. labels_HW: (H, W) int32 of any size, resampled to (h, w).
    Returns the means (R, F) float32, zero for regions that vanished at the feature size, and
    (R,) bool, True for those that vanished.
    """
    features, height, width = features_FHW.shape
    small = shrink_labels(labels_HW, height, width).ravel()
    pixels = np.bincount(small, minlength=count + 1)[1 : count + 1]
    gone = pixels == 0
    out = np.zeros((count, features), np.float32)
    if count and not gone.all():
        order = np.argsort(small, kind="stable")[small.size - int(pixels.sum()) :]
        present = np.flatnonzero(~gone)
        starts = np.concatenate(([0], np.cumsum(pixels[present])[:-1]))
        for channel, plane in enumerate(features_FHW.reshape(features, -1)):
            out[present, channel] = np.add.reduceat(plane[order], starts) / pixels[present]
    return out, gone


def _check_lines(lines_HW: NDArray[np.uint8]) -> None:
    if lines_HW.ndim != 2 or lines_HW.dtype != np.uint8 or not lines_HW.size:
        raise ValueError(f"lines must be (H, W) uint8, got {lines_HW.shape} {lines_HW.dtype}")


def _contrast(lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How much darker each pixel is than the paper around it, as uint8."""
    histogram = np.bincount(lines.ravel(), minlength=256)
    bright = histogram[128:]
    # A page with no bright pixel to speak of is dark paper or solid ink; white is the safe guess,
    # because then it is all ink and nothing is invented.
    paper = 128 + int(np.argmax(bright)) if bright.sum() * 20 > lines.size else 255
    if int(histogram[paper + 1 :].sum() + histogram[paper]) * 20 > lines.size * 19:
        return _darker(np.float32(paper), lines)  # one even tone and few lines: nothing is local
    height, width = lines.shape
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    whole = np.pad(
        lines, ((0, rows * _BLOCK - height), (0, columns * _BLOCK - width)), mode="edge"
    )
    # The brightest of sixteen averages: grain is averaged out, yet lines do not darken the paper.
    cells = whole.reshape(rows, 4, 4, columns, 4, 4).mean(axis=(2, 5), dtype=np.float32)
    tone = np.clip(cells.max(axis=(1, 3)), max(paper - _MAX_SHADOW, 0.0), paper)
    local = np.repeat(np.repeat(tone, _BLOCK, 0), _BLOCK, 1)[:height, :width]
    return _darker(local, lines)


def _darker(paper: NDArray[np.float32] | np.float32, lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    contrast: NDArray[np.uint8] = np.maximum(paper - lines, 0.0).astype(np.uint8)
    return contrast


def _frame(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """True inside, False on the one pixel frame that keeps neighbour look-ups in bounds."""
    inside = np.zeros(shape, np.bool_)
    inside[1:-1, 1:-1] = True
    return inside


def _components(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    labels, count = cc3d.connected_components(
        mask, connectivity=4, return_N=True, binary_image=True, out_dtype=np.uint32
    )
    return labels.view(np.int32), int(count)


def _label_cores(
    distance: NDArray[np.float32], radii: list[int], gap: int
) -> NDArray[np.int32]:
    """Label the framed free area at falling erosion; every free pixel gets a label."""
    labels, count = _components(distance > radii[0])
    for radius in radii[1:]:
        mask = distance > radius
        parts, part_count = _components(mask)
        # A label is connected within the wider mask, so one of its pixels tells its component.
        some_pixel = np.zeros(count + 1, np.intp)
        some_pixel[labels.ravel()] = np.arange(labels.size)
        holders = parts.ravel()[some_pixel[1:]]
        held = np.bincount(holders, minlength=part_count + 1)
        table = np.zeros(part_count + 1, np.int32)
        table[holders] = np.arange(1, count + 1)
        table[held > 1] = 0  # claimed by several: shared below
        fresh = np.flatnonzero(held[1:] == 0) + 1
        table[fresh] = count + 1 + np.arange(fresh.size)
        count += fresh.size
        shared = held > 1
        np.copyto(labels, table[parts], where=labels == 0)
        if shared[1:].any():
            contested = mask & (labels == 0)
            _grow(labels, contested, gap + 2, geodesic=True)
            count = _settle(labels, contested, count, (2 * gap + 1) ** 2)
    return labels


def _settle(
    labels: NDArray[np.int32], contested: NDArray[np.bool_], count: int, own_area: int
) -> int:
    """Give what growth did not reach to the label it touches most, or make it a region.

    A remote piece beside a single region is a tail of it. One of ``own_area`` pixels or more
    between several regions belongs to none of them more than to another.
    """
    pieces, piece_count = _components(contested & (labels == 0))
    if not piece_count:
        return count
    flat_pieces, flat_labels = pieces.ravel(), labels.ravel()
    at = np.flatnonzero(flat_pieces)
    piece = flat_pieces[at].astype(np.int64)
    width = labels.shape[1]
    keys = []
    for step in (-width, -1, 1, width):
        beside = flat_labels[at + step]
        keys.append(piece[beside > 0] * (count + 1) + beside[beside > 0])
    touching, contacts = np.unique(np.concatenate(keys), return_counts=True)
    owner_of, label_of = np.divmod(touching, count + 1)
    by_contact = np.argsort(contacts, kind="stable")  # the last write wins: the longest contact
    table = np.zeros(piece_count + 1, np.int32)
    table[owner_of[by_contact]] = label_of[by_contact]
    rivals = np.bincount(owner_of, minlength=piece_count + 1)
    area = np.bincount(piece, minlength=piece_count + 1)
    apart = np.flatnonzero((rivals > 1) & (area >= own_area))
    table[apart] = count + 1 + np.arange(apart.size)
    flat_labels[at] = table[piece]
    return count + int(apart.size)


def _grow(
    labels: NDArray[np.int32], allowed: NDArray[np.bool_], steps: int, *, geodesic: bool
) -> None:
    """Let the labels grow into the allowed, unlabelled pixels, in place.

    A geodesic growth moves along edges only, so it cannot slip through a diagonal line; otherwise
    diagonal steps alternate with straight ones, which makes the reach round.
    """
    width = labels.shape[1]
    straight = (-width, -1, 1, width)
    around = (*straight, -width - 1, -width + 1, width - 1, width + 1)
    flat = labels.ravel()
    todo = np.flatnonzero(allowed.ravel() & (flat == 0))
    for step in range(steps):
        if not todo.size:
            break
        offsets = around if step % 2 and not geodesic else straight
        best = flat[todo + offsets[0]]
        for offset in offsets[1:]:
            np.maximum(best, flat[todo + offset], out=best)
        hit = best > 0
        flat[todo[hit]] = best[hit]
        todo = todo[~hit]


def _without_small(labels: NDArray[np.int32], min_area: int) -> NDArray[np.int32]:
    area = np.bincount(labels.ravel())
    small = area < min_area
    small[0] = False
    if not small.any():
        return labels
    table = np.arange(area.size, dtype=np.int32)
    table[small] = 0
    return table[labels]


def _label_leftovers(labels: NDArray[np.int32], free: NDArray[np.bool_]) -> None:
    """Free pixels no region reached (a speck in solid black) become regions of their own."""
    left = free & (labels == 0)
    if left.any():
        pieces, _ = _components(left)
        pieces[left] += labels.max()
        np.copyto(labels, pieces, where=left)


def _measure(labels: NDArray[np.int32], free: NDArray[np.bool_]) -> Regions:
    """Renumber the labels by falling area (ties: as they were) and measure the regions."""
    area = np.bincount(labels.ravel(), minlength=2)
    area[0] = 0
    ranks = np.argsort(-area, kind="stable")
    count = int(np.count_nonzero(area))
    table = np.zeros(area.size, np.int32)
    table[ranks[:count]] = np.arange(1, count + 1)
    ordered = table[labels]
    if not count:
        return Regions(
            ordered,
            0,
            np.zeros(0, np.int64),
            np.zeros((0, 2), np.float32),
            np.zeros((0, 4), np.int32),
            free,
        )
    measured = cc3d.statistics(ordered, no_slice_conversion=True)
    y0, y1, x0, x1 = measured["bounding_boxes"][1:].astype(np.int32).T[:4]
    return Regions(
        labels=ordered,
        count=count,
        area=measured["voxel_counts"][1:].astype(np.int64),
        centroid=measured["centroids"][1:, ::-1].astype(np.float32),
        bbox=np.stack([x0, y0, x1 + 1, y1 + 1], axis=1),
        free=free,
    )


def _perimeter(labels: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """Pixel edges between each region and anything else, the page's border included."""
    total = np.zeros(count + 1, np.float64)
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        differ = one != other
        total += np.bincount(one[differ], minlength=count + 1)
        total += np.bincount(other[differ], minlength=count + 1)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        total += np.bincount(edge, minlength=count + 1)
    return total[1:]
