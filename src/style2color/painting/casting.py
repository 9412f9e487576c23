"""Several references on one page: figures are parted, each is cast with the reference that fits.

A figure is what hangs together when the ground is taken away, or less where several people are
seen in that (`reading.figures`). Each is cut out, looked at alone
(as large as the network sees a whole page) with every reference it may have, and keeps the answer
of the one that fits best. The answers are then laid back onto the page, so that voting and
composing go on as with one reference, over the entries of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from style2color.boxes import Box
from style2color.painting.network import Look
from style2color.painting.voting import pixel_votes
from style2color.reading.figures import People
from style2color.reading.regions import Regions, measure, neighbours, shrink_labels

__all__ = ["Answer", "CutOut", "figures", "merge"]

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

_ABSENT = np.float32(-1e4)  # an entry of a reference that does not paint here
_GROUND = 0.2  # a region that holds this share of the page's border is ground
_LEAST = 0.004  # of the page: smaller figures may have no reference of their own
_MOST = 12  # figures looked at one by one; the smaller ones join the nearest
_MARGIN = 0.06  # around a figure that is looked at, as a share of its longest side
_IN_BOX = 0.5  # share of a region that must lie in a box to follow it
_GROUND_IN_BOX = 0.95  # the same for ground, which reaches behind all figures


@dataclass(frozen=True, eq=False)
class CutOut:
    """A figure alone on white.

    lines: uint8 (h, w), a part of the label map's page. regions: its own and, as one of them, all
    around it. labels: int64 (N,), the page's label of each of its regions, 0 for what is around.
    box: top, left, bottom, right in pixels of the label map. reference: from 0, where a box of the
    user names it; None where it is to be found.
    """

    lines: U8
    regions: Regions
    labels: NDArray[np.int64]
    box: tuple[int, int, int, int]
    reference: int | None


@dataclass(frozen=True, eq=False)
class Answer:
    """What the network said of a figure with one reference (from 0).

    votes: float32 (N, K), the logits of the cut-out's regions, pixels and opinion together.
    """

    figure: CutOut
    reference: int
    look: Look
    votes: F32


def figures(
    lines_HW: U8,
    regions: Regions,
    boxes: Sequence[Box],
    size: tuple[int, ...],
    least: float = _LEAST,
    people: People | None = None,
) -> list[CutOut]:
    """Part the figures of a page, the largest first.

    lines_HW: uint8, of the label map's size. boxes: in pixels of a page of ``size`` (height,
    width); a region follows the last box that holds most of it. Ground that no box holds belongs
    to no figure. least: share of the page below which a figure is a part of the nearest one.
    people: who is seen on the page, if that is known.
    """
    ground = _ground(regions)
    boxed = _boxed(regions, np.where(ground, _GROUND_IN_BOX, _IN_BOX), boxes, size)
    group = _grouped(regions, ground & (boxed < 0))
    if people is not None and people.count > 1:
        group = _parted(regions, group, people)
    # What follows a box is one figure, whether it hangs together or not.
    found = [np.flatnonzero(boxed == number) + 1 for number in np.unique(boxed[boxed >= 0])]
    loose = np.where(boxed < 0, group, -1)
    parts = [np.flatnonzero(loose == number) + 1 for number in np.unique(loose[loose >= 0])]
    found += _attached(regions, parts, least)
    found.sort(key=lambda labels: -int(regions.area[labels - 1].sum()))
    return [_cut_out(lines_HW, regions, labels, int(boxed[labels[0] - 1])) for labels in found]


def _cut_out(
    lines_HW: U8, regions: Regions, labels: NDArray[np.int64], reference: int = -1
) -> CutOut:
    """These regions of a page alone, with a little white around."""
    height, width = regions.labels.shape
    x0, y0, x1, y1 = _corners(regions, labels)
    margin = round(_MARGIN * max(x1 - x0, y1 - y0)) + 2
    top, bottom = max(0, y0 - margin), min(height, y1 + margin)
    left, right = max(0, x0 - margin), min(width, x1 + margin)
    whole = regions.labels[top:bottom, left:right]
    own = np.zeros(regions.count + 1, np.bool_)
    own[labels] = True
    mine = own[whole]
    # The outer half of an outline belongs to the ground's label, and to the figure's look.
    reach = 2 * (2 + max(height, width) // 400) + 1
    near = np.asarray(Image.fromarray(mine).convert("L").filter(ImageFilter.MaxFilter(reach))) > 0
    lines = np.where(near, lines_HW[top:bottom, left:right], 255).astype(np.uint8)
    around = regions.count + 1
    parts, order = measure(
        np.where(mine, whole, around).astype(np.int32),
        regions.free[top:bottom, left:right] | ~near,
    )
    kept = np.where(order == around, 0, order)
    return CutOut(
        lines, parts, kept, (top, left, bottom, right), None if reference < 0 else reference
    )


def merge(
    page: Look, page_opinion: F32, regions: Regions, owns: Sequence[int], answers: Sequence[Answer]
) -> tuple[Look, F32]:
    """Lay the answers of the figures over that of the whole page.

    page, page_opinion: the look with the first reference and its regions' logits (R, K₀); they
    paint the ground. owns: how many entries each reference has. Returns one look over the entries
    of all references, then hints and paper, and the regions' logits over them, (R, K).
    """
    shared = len(page.colors) - page.own
    starts = np.concatenate([[0], np.cumsum(owns)]).astype(np.intp)
    total = int(starts[-1]) + shared

    def columns(number: int) -> NDArray[np.intp]:
        own = np.arange(starts[number], starts[number + 1])
        return np.concatenate([own, np.arange(starts[-1], total)])

    height, width = page.logits.shape[1:]
    logits = np.full((total, height, width), _ABSENT, np.float32)
    tokens = np.zeros((total, page.tokens.shape[1]), np.float32)
    colors = np.zeros((total, 3), np.uint8)
    shade, light = page.shade.copy(), page.light.copy()
    for look, number in [(page, 0), *((a.look, a.reference) for a in answers)]:
        colors[columns(number)], tokens[columns(number)] = look.colors, look.tokens
    logits[columns(0)] = page.logits
    opinion = np.zeros((regions.count, total), np.float32)
    for answer in answers:
        kept = answer.figure.labels > 0
        own = np.zeros(regions.count + 1, np.bool_)
        own[answer.figure.labels[kept]] = True
        rows, across, pixels = _under(
            answer, own, regions.labels, (height, width), answer.look.logits
        )
        logits[:, rows, across] = _ABSENT
        logits[columns(answer.reference)[:, None], rows, across] = pixels
        drawn = np.stack([answer.look.shade, answer.look.light])
        rows, across, pixels = _under(answer, own, regions.labels, shade.shape, drawn)
        shade[rows, across], light[rows, across] = pixels
    base, _ = pixel_votes(logits, regions)
    opinion[:, columns(0)] = page_opinion
    for answer in answers:
        kept = answer.figure.labels > 0
        at = answer.figure.labels[kept] - 1
        wanted = np.full((len(at), total), _ABSENT, np.float32)
        wanted[:, columns(answer.reference)] = answer.votes[kept]
        # What the page's coarser pixels say is taken back: the figure's own look counts.
        opinion[at] = wanted - base[at]
    merged = Look(logits, shade, light, page.features, tokens, colors, int(starts[-1]))
    return merged, opinion


def _under(
    answer: Answer, own: NDArray[np.bool_], labels: I32, size: tuple[int, ...], planes_Chw: F32
) -> tuple[NDArray[np.intp], NDArray[np.intp], F32]:
    """Pixels (rows, columns) of a page of ``size`` that show the figure, and the values (C, N)
    which planes of its cut-out have there."""
    rows, across = np.nonzero(own[shrink_labels(labels, *size)])
    top, left, bottom, right = answer.figure.box
    y = (rows + 0.5) * (labels.shape[0] / size[0])
    x = (across + 0.5) * (labels.shape[1] / size[1])
    v = (y - top) / (bottom - top) * planes_Chw.shape[1]
    u = (x - left) / (right - left) * planes_Chw.shape[2]
    v = np.clip(v.astype(np.intp), 0, planes_Chw.shape[1] - 1)
    u = np.clip(u.astype(np.intp), 0, planes_Chw.shape[2] - 1)
    return rows, across, planes_Chw[:, v, u]


def _boxed(
    regions: Regions, share: NDArray[np.float64], boxes: Sequence[Box], size: tuple[int, ...]
) -> NDArray[np.int64]:
    """For each region the reference (from 0) of the last box that holds this share of it, or -1."""
    height, width = regions.labels.shape
    found = np.full(regions.count, -1, np.int64)
    for box in boxes:
        rows = np.clip(np.array([box.y0, box.y1]) * height / size[0] + 0.5, 0, height)
        columns = np.clip(np.array([box.x0, box.x1]) * width / size[1] + 0.5, 0, width)
        inside = regions.labels[int(rows[0]) : int(rows[1]), int(columns[0]) : int(columns[1])]
        held = np.bincount(inside.ravel(), minlength=regions.count + 1)[1:]
        found[held > share * regions.area] = box.reference - 1
    return found


def _ground(regions: Regions) -> NDArray[np.bool_]:
    """Regions that hold much of the page's border, (R,) bool."""
    labels = regions.labels
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    border = np.bincount(edges, minlength=regions.count + 1)
    out: NDArray[np.bool_] = border[1:] >= _GROUND * border.sum()
    return out


def _attached(
    regions: Regions, groups: list[NDArray[np.int64]], share: float
) -> list[NDArray[np.int64]]:
    """Join groups of labels that are not worth a look of their own to the nearest that are."""
    groups = sorted(groups, key=lambda labels: -int(regions.area[labels - 1].sum()))
    least = share * regions.labels.size
    large = [g for g in groups[:_MOST] if regions.area[g - 1].sum() >= least] or groups[:1]
    boxes = np.array([_corners(regions, labels) for labels in large])
    joined = [[labels] for labels in large]
    for labels in groups[len(large) :]:
        left, top, right, bottom = _corners(regions, labels)
        across = np.maximum(0, np.maximum(boxes[:, 0] - right, left - boxes[:, 2]))
        down = np.maximum(0, np.maximum(boxes[:, 1] - bottom, top - boxes[:, 3]))
        joined[int(np.argmin(np.hypot(across, down)))].append(labels)
    return [np.concatenate(parts) for parts in joined]


def _corners(regions: Regions, labels: NDArray[np.int64]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of regions."""
    corners = regions.bbox[labels - 1]
    (x0, y0), (x1, y1) = corners[:, :2].min(0).tolist(), corners[:, 2:].max(0).tolist()
    return x0, y0, x1, y1


def _grouped(regions: Regions, ground: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number the figures: regions that hang together, (R,); -1 for the ground."""
    pairs = neighbours(regions).astype(np.int64) - 1
    pairs = pairs[~ground[pairs].any(1)]
    group = np.arange(regions.count)
    while True:
        low = group.copy()
        np.minimum.at(low, pairs[:, 0], group[pairs[:, 1]])
        np.minimum.at(low, pairs[:, 1], group[pairs[:, 0]])
        low = low[low]
        if (low == group).all():
            return np.where(ground, -1, group)
        group = low


def _parted(regions: Regions, group: NDArray[np.int64], people: People) -> NDArray[np.int64]:
    """Groups of regions that hang together, (R,), by whose they are; what is nobody's is his who
    has most of the group."""
    labels, many = regions.labels, people.count
    owner = shrink_labels(people.owner, *labels.shape)
    cells = (regions.count + 1) * (many + 1)
    held = np.bincount((labels * (many + 1) + owner).ravel(), minlength=cells)
    held = held.reshape(-1, many + 1)[1:, 1:]
    inside = group >= 0
    most = np.zeros((regions.count, many), np.int64)
    np.add.at(most, group[inside], held[inside])
    own = np.where(held.any(axis=1), held.argmax(axis=1), most[group].argmax(axis=1))
    return np.where(inside, group * many + own, -1)
