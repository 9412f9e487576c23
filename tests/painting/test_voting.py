"""Regions choose the entry with the least expected error."""

from __future__ import annotations

import numpy as np

from style2color.painting.voting import highlights, vote
from style2color.reading.regions import label_regions


def _two_rooms() -> np.ndarray:
    lines = np.full((32, 64), 255, np.uint8)
    lines[:, 31:33] = 0
    return lines


def _chosen(chances: list[float], palette: list[list[int]]) -> list[int]:
    regions = label_regions(_two_rooms(), gap=0)
    logits = np.log(np.array(chances, np.float32))[:, None, None].repeat(32, 1).repeat(64, 2)
    nothing = np.zeros((regions.count, len(palette)), np.float32)
    return vote(logits, regions, nothing, np.array(palette, np.uint8)).entry.tolist()


def test_light_all_over_a_region_is_no_highlight() -> None:
    regions = label_regions(_two_rooms(), gap=0)
    light = np.zeros((16, 32), np.float32)
    light[:, 17:] = 0.9  # a white room
    light[:, 24:] += 0.05  # half of it brighter yet
    light[4:7, 4:9] = 0.3  # a gleam
    found = highlights(light, regions)
    assert not found[:, 17:].any()
    assert np.array_equal(found[:, :14], light[:, :14])
    assert highlights(np.zeros_like(light), regions).shape == (16, 32)
    big = np.zeros((200, 300), np.float32)
    big[:60, :60] = 0.5
    assert np.array_equal(highlights(big, regions), big)


def test_two_alike_colours_win_over_one_that_nobody_wants() -> None:
    palette = [[255, 255, 255], [250, 250, 248], [90, 90, 100]]
    assert set(_chosen([0.33, 0.31, 0.36], palette)) <= {0, 1}


def test_a_clear_favourite_wins() -> None:
    palette = [[200, 40, 40], [60, 60, 200], [90, 90, 100]]
    assert _chosen([0.8, 0.1, 0.1], palette) == [0, 0]


def test_a_region_in_doubt_gets_the_mixture() -> None:
    regions = label_regions(_two_rooms(), gap=0)
    opinion = np.array([[0, 0, 0], [9, 0, 0]], np.float32)
    palette = np.array([[210, 0, 0], [0, 210, 0], [0, 0, 210]], np.uint8)
    decided = vote(np.zeros((3, 16, 32), np.float32), regions, opinion, palette)
    assert decided.color.tolist() == [[70, 70, 70], [210, 0, 0]]


def test_behind_the_figures_nothing_is_mixed() -> None:
    """Of 46 % white in two entries, and colours that differ, the likelier white."""
    regions = label_regions(_two_rooms(), gap=0)
    opinion = np.log(np.array([[0.22, 0.24, 0.3, 0.24]] * 2, np.float32)) / 2
    palette = np.array([[252, 252, 252], [255, 255, 255], [90, 60, 40], [30, 90, 160]], np.uint8)
    plain = vote(np.zeros((4, 16, 32), np.float32), regions, opinion, palette)
    assert (plain.color != palette[plain.entry]).any(axis=1).all()
    behind = np.array([False, True])
    decided = vote(np.zeros((4, 16, 32), np.float32), regions, opinion, palette, behind)
    assert decided.color[0].tolist() == plain.color[0].tolist()
    assert decided.color[1].tolist() == [255, 255, 255]
    assert decided.entry[1] == 1


def test_the_ground_of_a_page_is_behind_the_figures() -> None:
    lines = np.full((32, 64), 255, np.uint8)
    lines[8:24, 20:44] = 0
    lines[9:23, 21:43] = 255
    regions = label_regions(lines, gap=0)
    opinion = np.log(np.array([[0.4, 0.3, 0.3]] * 2, np.float32)) / 2
    palette = np.array([[255, 255, 255], [90, 60, 40], [30, 90, 160]], np.uint8)
    decided = vote(np.zeros((3, 16, 32), np.float32), regions, opinion, palette)
    ground = regions.labels[0, 0] - 1
    assert decided.color[ground].tolist() == [255, 255, 255]
    assert decided.color[1 - ground].tolist() not in palette.tolist()


def test_white_cloth_beside_paper_does_not_tint_the_page() -> None:
    regions = label_regions(_two_rooms(), gap=0)
    opinion = np.log(np.array([[0.45, 0.4, 0.15]] * 2, np.float32))
    palette = np.array([[255, 255, 255], [252, 250, 248], [60, 0, 0]], np.uint8)
    decided = vote(np.zeros((3, 16, 32), np.float32), regions, opinion / 2, palette)
    assert decided.color.tolist() == palette[decided.entry].tolist()
    assert set(decided.entry.tolist()) <= {0, 1}


def test_the_regions_own_opinion_counts() -> None:
    regions = label_regions(_two_rooms(), gap=0)
    opinion = np.array([[0, 9], [9, 0]], np.float32)
    decided = vote(
        np.zeros((2, 16, 32), np.float32),
        regions,
        opinion,
        np.array([[250, 0, 0], [0, 0, 250]], np.uint8),
    )
    assert decided.entry.tolist() == [1, 0]


def test_a_page_of_solid_ink_decides_nothing() -> None:
    regions = label_regions(np.zeros((40, 40), np.uint8), gap=0)
    decided = vote(
        np.zeros((2, 40, 40), np.float32),
        regions,
        np.zeros((regions.count, 2), np.float32),
        np.array([[250, 0, 0], [0, 0, 250]], np.uint8),
    )
    assert len(decided.entry) == regions.count
