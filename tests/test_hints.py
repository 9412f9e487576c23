"""Hints: the file format, its refusals, and the painted maps."""

from __future__ import annotations

import contextlib
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from style2color import hints as module
from style2color.errors import HintError, OutputError
from style2color.hints import Hints, Point, Stroke

POINT = {"x": 3, "y": 5.5, "radius": 2, "color": "#FF8000"}
STROKE = {"points": [[1, 2], [8, 2.5]], "radius": 1.5, "color": "#0000ff"}
WHOLE = {"version": 1, "points": [POINT], "strokes": [STROKE]}


def with_point(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "points": [POINT, {**POINT, **changes}]}


def with_stroke(**changes: Any) -> dict[str, Any]:
    return {"version": 1, "strokes": [{**STROKE, **changes}]}


# --- reading and writing ---------------------------------------------------------------------


def test_every_source_gives_the_same_hints(tmp_path: Path) -> None:
    path = tmp_path / "線.json"
    text = json.dumps(WHOLE).encode()
    path.write_bytes(text)
    expected = Hints(
        (Point(3, 5.5, 2, (255, 128, 0)),), (Stroke(((1, 2), (8, 2.5)), 1.5, (0, 0, 255)),)
    )
    with_mark = b"\xef\xbb\xbf" + text
    for source in (path, str(path), text, bytearray(text), memoryview(text), WHOLE, with_mark):
        assert Hints.load(source) == expected


@pytest.mark.parametrize("source", [{"version": 1}, b'{"version":1,"points":[],"strokes":[]}'])
def test_no_hints_at_all(source: Any) -> None:
    hints = Hints.load(source)
    assert hints == Hints()
    assert hints.colors().shape == (0, 3)
    rgb, mask = hints.rasterize(4, 3)
    assert (rgb.shape, rgb.dtype, mask.shape, mask.dtype) == ((4, 3, 3), np.uint8, (4, 3), bool)
    assert not rgb.any()
    assert not mask.any()


FINITE = st.floats(0, 1e9)
COLORS = st.tuples(*[st.integers(0, 255)] * 3)
RADII = st.floats(1e-3, 1e6)
HINTS = st.builds(
    Hints,
    st.lists(st.builds(Point, FINITE, FINITE, RADII, COLORS), max_size=5).map(tuple),
    st.lists(
        st.builds(
            Stroke,
            st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=5).map(tuple),
            RADII,
            COLORS,
        ),
        max_size=5,
    ).map(tuple),
)


@given(HINTS)
def test_round_trip(hints: Hints) -> None:
    assert Hints.load(hints.to_dict()) == hints
    assert Hints.load(json.dumps(hints.to_dict()).encode()) == hints


def test_round_trip_by_file(tmp_path: Path) -> None:
    hints = Hints.load(WHOLE)
    hints.save(tmp_path / "h.json")
    assert Hints.load(tmp_path / "h.json") == hints
    with pytest.raises(OutputError, match="does not exist"):
        hints.save(tmp_path / "missing" / "h.json")


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ([], "a list is no hints"),
        ({}, "version: is missing"),
        ({"version": 2}, "version: 2 is unknown"),
        ({"version": True}, "version: true"),
        ({"version": "1"}, "version"),
        ({"version": 1, "point": []}, 'unknown field "point"'),
        ({"version": 1, "points": {}}, "points: a dict is not a list"),
        ({"version": 1, "points": None}, "points: .* is not a list"),
        ({"version": 1, "points": [3]}, r"points\[0\]: 3 is not an entry"),
        (with_point(x="3"), r'points\[1\]\.x: "3" is not a number'),
        (with_point(x=True), r"points\[1\]\.x: true is not a number"),
        (with_point(y=None), r"points\[1\]\.y: .* is not a number"),
        (with_point(y=math.nan), r"points\[1\]\.y: NaN is not a finite number"),
        (with_point(y=math.inf), r"points\[1\]\.y"),
        (with_point(y=10**400), r"points\[1\]\.y"),
        (with_point(y=10**9999), r"points\[1\]\.y"),
        (with_point(x=-1), r"points\[1\]\.x: -1 lies outside"),
        (with_point(radius=0), r"points\[1\]\.radius: 0 is no radius"),
        (with_point(radius=-3), r"points\[1\]\.radius"),
        (with_point(radius=[]), r"points\[1\]\.radius: a list"),
        (with_point(color="red"), r'points\[1\]\.color: "red" is no colour; write one as #rrggbb'),
        (with_point(color="#fff"), r"points\[1\]\.color"),
        (with_point(color="#12345g"), r"points\[1\]\.color"),
        (with_point(color="#123456\n"), r"points\[1\]\.color"),
        (with_point(color=123456), r"points\[1\]\.color"),
        (with_point(colour="#ffffff"), r'points\[1\]: unknown field "colour"; known are x, y'),
        ({"version": 1, "points": [{"x": 1, "y": 1, "radius": 1}]}, r"\.color: is missing"),
        ({"version": 1, "points": [{"y": 1}]}, r"points\[0\]\.x: is missing"),
        (with_stroke(points=[]), r"strokes\[0\]\.points: is empty"),
        (with_stroke(points=[[1, 2], [3]]), r"strokes\[0\]\.points\[1\]: has 1 numbers"),
        (with_stroke(points=[[1, 2], 7]), r"strokes\[0\]\.points\[1\]: 7 is not a list"),
        (with_stroke(points=[[1, "b"]]), r'strokes\[0\]\.points\[0\]\[1\]: "b"'),
        (with_stroke(points="ab"), r"strokes\[0\]\.points"),
        (with_stroke(radius=None), r"strokes\[0\]\.radius"),
        ({"version": 1, "points": [POINT] * 10_001}, "10,001 points and strokes; the limit"),
        (with_stroke(points=[[1, 1]] * 100_001), "100,001 points"),
        ({1: 2, "version": 1}, "unknown field 1"),
        ({None: 2}, "unknown field"),
    ],
)
def test_malformed(source: Any, words: str) -> None:
    with pytest.raises(HintError, match=words) as caught:
        Hints.load(source)
    assert caught.value.exit_code == 2
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"version": 1, "version": 1}', 'field "version" appears twice'),
        (b'{"version": 1, "points": [{"x": 1, "x": 2}]}', 'field "x" appears twice'),
        (b'{"version": 1, "points": [{"x": NaN}]}', r"points\[0\]\.x: NaN"),
        (b'{"version": 1, "points": [{"x": -Infinity}]}', r"points\[0\]\.x: -Infinity"),
        (b'{"version": 1, "points": [{"x": 1e999, "y": 1}]}', "points"),
        (b'{"version": 1, "points": [{"x": ' + b"9" * 5000 + b"}]}", "the hints"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b" " * 5_000_001, "limit of 5,000,000 bytes"),
        (b"null", "top level"),
    ],
)
def test_malformed_bytes(text: bytes, words: str) -> None:
    with pytest.raises(HintError, match=words):
        Hints.load(text)


def test_malformed_files(tmp_path: Path) -> None:
    path = tmp_path / "h.json"
    path.write_bytes(b"[]")
    with pytest.raises(HintError, match=r"h\.json: the top level"):
        Hints.load(path)
    for wrong in (tmp_path / "missing.json", tmp_path, "nul\0"):
        with pytest.raises(HintError):
            Hints.load(wrong)
    with pytest.raises(HintError, match="NoneType"):
        Hints.load(None)  # type: ignore[arg-type]


def test_many_twins_cost_no_time() -> None:
    keys = ",".join(f'"{i}":0' for i in range(300_000))
    begin = time.perf_counter()
    with pytest.raises(HintError, match="twice"):
        Hints.load(f'{{{keys},"299999":0}}'.encode())
    assert time.perf_counter() - begin < 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["version", "points", "strokes", "x", "y", "radius", "color", "a"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=200)
@given(JSON, st.booleans())
def test_arbitrary_json_raises_nothing_but_hint_errors(value: Any, versioned: bool) -> None:
    if versioned and isinstance(value, dict):
        value["version"] = 1
    for source in (value, json.dumps(value).encode()):
        with contextlib.suppress(HintError):
            Hints.load(source).rasterize(20, 30)


@settings(max_examples=100)
@given(st.binary(max_size=60), st.sampled_from([b"", b'{"version": 1, "points": [']))
def test_arbitrary_bytes_raise_nothing_but_hint_errors(data: bytes, start: bytes) -> None:
    with contextlib.suppress(HintError):
        Hints.load(start + data)


# --- scaling and painting --------------------------------------------------------------------


def painted(**lists: Any) -> tuple[list[list[int]], Any]:
    rgb, mask = Hints.load({"version": 1, **lists}).rasterize(10, 12)
    return mask.astype(int).tolist(), rgb


def test_a_point_hits_its_pixel_wherever_in_it() -> None:
    for x, y in [(3, 5), (3.99, 5.99), (3.5, 5.5)]:
        rgb, mask = Hints((Point(x, y, 0.01, (1, 2, 3)),)).rasterize(10, 12)
        assert np.argwhere(mask).tolist() == [[5, 3]]
        assert rgb[5, 3].tolist() == [1, 2, 3]
        assert rgb.sum() == 6


def distance(px: float, py: float, a: tuple[int, int], b: tuple[int, int]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = ((px - a[0]) * dx + (py - a[1]) * dy) / (dx * dx + dy * dy) if (dx or dy) else 0
    along = min(1, max(0, along))
    return math.hypot(px - a[0] - along * dx, py - a[1] - along * dy)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 23), st.integers(0, 17)), min_size=1, max_size=4),
    st.floats(0.5, 9),
)
def test_painting_against_distances(corners: list[tuple[int, int]], radius: float) -> None:
    """Pixel by pixel: inside of the stroke, or outside, or too near to its edge to say."""
    _, mask = Hints((), (Stroke(tuple(corners), radius, (9, 9, 9)),)).rasterize(18, 24)
    pieces = list(zip(corners, corners[1:] or corners, strict=False))
    for y in range(18):
        for x in range(24):
            gap = min(distance(x, y, a, b) for a, b in pieces) - radius
            assert abs(gap) < 1e-6 or mask[y, x] == (gap < 0)


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.integers(0, 30)] * 4))
def test_thin_strokes_have_no_holes(ends: tuple[int, int, int, int]) -> None:
    ax, ay, bx, by = ends
    _, mask = Hints((), (Stroke(((ax, ay), (bx, by)), 0.001, (9, 9, 9)),)).rasterize(31, 31)
    across = abs(bx - ax) >= abs(by - ay)
    low, high = sorted((ax, bx) if across else (ay, by))
    assert mask.any(axis=0 if across else 1)[low : high + 1].all()


def test_later_hints_lie_on_top_and_points_above_strokes() -> None:
    red, green, blue = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    points = (Point(4, 4, 2, red), Point(4, 4, 1, green))
    rgb, _ = Hints(points, (Stroke(((0, 4), (9, 4)), 9, blue),)).rasterize(10, 10)
    assert rgb[4, 4].tolist() == list(green)
    assert rgb[4, 2].tolist() == list(red)
    assert rgb[4, 9].tolist() == list(blue)


def test_black_hints_are_hints() -> None:
    rgb, mask = Hints((Point(1, 1, 1, (0, 0, 0)),)).rasterize(3, 3)
    assert mask.sum() == 5
    assert not rgb.any()


def test_discs_may_stick_out() -> None:
    _, mask = Hints((Point(0, 0, 1e300, (9, 9, 9)),)).rasterize(5, 4)
    assert mask.all()


@pytest.mark.parametrize(
    ("hints", "words"),
    [
        (Hints((Point(12, 0, 1, (0, 0, 0)),)), r"points\[0\]: \(12, 0\) lies outside .*0\.\.11"),
        (Hints((Point(0, 10, 1, (0, 0, 0)),)), r"points\[0\]"),
        (Hints((Point(math.inf, 0, 1, (0, 0, 0)),)), r"points\[0\]"),
        (Hints((), (Stroke(((0, 0), (5, 11)), 1, (0, 0, 0)),)), r"strokes\[0\]\.points\[1\]"),
    ],
)
def test_out_of_the_sketch(hints: Hints, words: str) -> None:
    with pytest.raises(HintError, match=words):
        hints.rasterize(10, 12)


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_WORK", 10_000_000)
    hints = Hints((Point(500, 500, 1e6, (1, 1, 1)),) * 10_000)
    with pytest.raises(HintError, match=r"points\[6\].*smaller radii"):
        hints.rasterize(1000, 1000)


def test_ten_thousand_points_are_quick() -> None:
    rng = np.random.default_rng(1)
    points = [Point(float(x), float(y), 6, (1, 2, 3)) for x, y in rng.uniform(0, 1000, (10_000, 2))]
    begin = time.perf_counter()
    Hints(tuple(points)).rasterize(1000, 1000)
    assert time.perf_counter() - begin < 5


@given(HINTS, st.floats(0.01, 100), st.floats(0.01, 100))
def test_scaling(hints: Hints, sx: float, sy: float) -> None:
    scaled = hints.scaled(sx, sy)
    for before, after in zip(hints.points, scaled.points, strict=True):
        assert (after.x, after.y) == (before.x * sx, before.y * sy)
        assert math.isclose(after.radius, before.radius * math.sqrt(sx * sy))
        assert after.color == before.color
    assert hints.scaled(1, 1) == hints


@pytest.mark.parametrize("factors", [(0, 1), (1, -1), (math.nan, 1), (1, math.inf)])
def test_wrong_factors(factors: tuple[float, float]) -> None:
    with pytest.raises(HintError, match="scale"):
        Hints().scaled(*factors)


def test_colors_are_unique_and_in_order() -> None:
    hints = Hints.load(
        {
            "version": 1,
            "points": [POINT, {**POINT, "color": "#00ff00"}, POINT],
            "strokes": [STROKE, {**STROKE, "color": "#00FF00"}],
        }
    )
    colors = hints.colors()
    assert colors.dtype == np.uint8
    assert colors.tolist() == [[255, 128, 0], [0, 255, 0], [0, 0, 255]]


def test_a_cut_out_has_the_hints_inside_it() -> None:
    red = (255, 0, 0)
    hints = Hints(
        (Point(12, 7, 2, red), Point(9.9, 7, 2, red)),
        (Stroke(((5, 5), (11, 6), (30, 6)), 1, red), Stroke(((0, 0),), 1, red)),
    )
    assert hints.within(10, 5, 20, 15) == Hints(
        (Point(2, 2, 2, red),), (Stroke(((1, 1),), 1, red),)
    )
    assert hints.within(100, 100, 200, 200) == Hints()
