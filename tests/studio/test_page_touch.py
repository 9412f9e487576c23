"""Fingers and pens on the picture, as Chromium tells of them."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("fastapi", reason="needs the studio extra")

from .browser import downloaded, finished, painted, spot

TABLET = pytest.mark.parametrize("page", [{"has_touch": True}], indirect=True)
Spot = tuple[float, float]


class Hand:
    """Fingers on a page; a finger that is not named in a step has been lifted."""

    def __init__(self, page) -> None:  # type: ignore[no-untyped-def]
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def touch(self, kind: str, *fingers: Spot) -> None:
        points = [{"x": x, "y": y, "id": id} for id, (x, y) in enumerate(fingers)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def tap(self, at: Spot) -> None:
        self.touch("touchStart", at)
        self.touch("touchEnd")

    def drag(self, *ways: tuple[Spot, Spot], end: str = "touchEnd") -> None:
        """Put down one finger after the other, move all, lift all."""
        for count in range(1, len(ways) + 1):
            self.touch("touchStart", *(start for start, _ in ways[:count]))
        for share in (0.2, 0.4, 0.6, 0.8, 1):
            self.touch("touchMove", *(_between(start, stop, share) for start, stop in ways))
        self.touch(end)

    def pen(self, *at: Spot) -> None:
        for kind, (x, y) in zip(
            ["mousePressed", *["mouseMoved"] * (len(at) - 1), "mouseReleased"],
            [*at, at[-1]],
            strict=True,
        ):
            told = {"type": kind, "x": x, "y": y, "pointerType": "pen", "force": 0.5}
            self.session.send(
                "Input.dispatchMouseEvent",
                told | {"button": "left", "buttons": 1, "clickCount": 1},
            )


def _between(start: Spot, stop: Spot, share: float) -> Spot:
    return tuple(a + share * (b - a) for a, b in zip(start, stop, strict=True))  # type: ignore[return-value]


def hints(page) -> dict[str, list[dict[str, object]]]:  # type: ignore[no-untyped-def]
    finished(page)
    if not page.get_by_role("button", name="Clear dabs").count():
        return {"points": [], "strokes": []}
    return json.loads(downloaded(page, "json")[1])  # type: ignore[no-any-return]


def zoom(page) -> float:  # type: ignore[no-untyped-def]
    """Screen pixels of one of the sketch, fitted."""
    return (spot(page, 1, 0.5)[0] - spot(page, 0, 0.5)[0]) / 320


@TABLET
@pytest.mark.parametrize("tool", ["n", "b", "e", "i"])
def test_two_fingers_zoom_and_move_and_use_no_tool(page, tool: str) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    hand, scale = Hand(page), zoom(page)
    color = page.locator(".color .chip").get_attribute("style")
    x, y = spot(page, 0.5, 0.5)
    if tool == "e":
        page.keyboard.press("n")
        hand.tap((x - 50, y))
        assert len(hints(page)["points"]) == 1
    page.keyboard.press(tool)
    hand.drag(((x - 50, y), (x - 100, y)), ((x + 50, y), (x + 100, y)))
    hand.drag(((x, y - 40), (x + 40, y - 20)), ((x, y + 40), (x + 40, y + 60)))
    assert page.locator(".color .chip").get_attribute("style") == color
    assert len(hints(page)["points"]) == (tool == "e")
    page.keyboard.press("n")
    hand.tap((x + 60, y))
    point = hints(page)["points"][-1]
    # Twice as large about the middle, then moved by 40 and 20.
    assert point["x"] == pytest.approx(160 + 20 / (2 * scale), abs=1)
    assert point["y"] == pytest.approx(160 - 20 / (2 * scale), abs=1)
    page.keyboard.press("0")
    hand.tap((x + 60, y))
    assert hints(page)["points"][-1]["x"] == pytest.approx(160 + 60 / scale, abs=1)


@TABLET
def test_a_finger_paints_until_a_pen_does(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    hand, scale = Hand(page), zoom(page)
    x, y = spot(page, 0.5, 0.5)
    hand.drag(((x - 60, y), (x + 60, y)), end="touchCancel")  # a palm, a system gesture
    hand.drag(((x - 60, y), (x + 60, y)))
    (stroke,) = hints(page)["strokes"]
    assert stroke["points"][0][0] == pytest.approx(160 - 60 / scale, abs=1)
    assert stroke["points"][-1][0] == pytest.approx(160 + 60 / scale, abs=1)
    hand.pen((x, y - 50), (x + 20, y - 50))
    hand.drag(((x - 60, y), (x - 20, y)))  # now this moves the page
    hand.pen((x, y + 50), (x + 20, y + 50))
    _, before, after = hints(page)["strokes"]
    assert before["points"][0][0] == pytest.approx(160, abs=1)
    assert after["points"][0][0] == pytest.approx(160 - 40 / scale, abs=1)


@TABLET
def test_three_fingers_and_one_less_do_no_harm(page) -> None:  # type: ignore[no-untyped-def]
    painted(page)
    hand = Hand(page)
    x, y = spot(page, 0.5, 0.5)
    at = [(x - 60, y), (x, y), (x + 60, y)]
    for count in (1, 2, 3):
        hand.touch("touchStart", *at[:count])
    moved = [(a + 30, b + 30) for a, b in at]
    hand.touch("touchMove", *moved)
    hand.touch("touchEnd", *moved[:2])
    hand.touch("touchMove", *at[:2])
    hand.touch("touchEnd", at[0])
    hand.touch("touchMove", (x - 90, y))
    hand.touch("touchEnd")
    assert hints(page) == {"points": [], "strokes": []}
    hand.drag(((x - 60, y), (x + 60, y)))
    assert len(hints(page)["strokes"]) == 1
