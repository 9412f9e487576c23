"""Draws examples/sketch.png and examples/reference.png: one girl, two poses, no picture of others.

Run by `make examples`.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).parent
SIZE, SCALE = (640, 800), 3
INK = "#1c1618"
COLORS = {
    "hair": "#3d6fb4",
    "hair2": "#2f5894",
    "skin": "#f6d3b8",
    "coat": "#c8404c",
    "collar": "#f3ead8",
    "eye": "#3f9d76",
    "white": "#ffffff",
    "bow": "#f2bd3f",
    "mouth": "#a8434a",
}
Points = list[tuple[float, float]]


def figure(dx: float, tilt: float) -> list[tuple[str, str, Points]]:
    """Shapes from back to front: kind, colour name, points in units of the picture's width."""

    def at(points: Points) -> Points:
        return [(0.5 + dx + x + tilt * (0.6 - y), y) for x, y in points]

    return [
        ("curve", "hair2", at([(-0.26, 0.35), (-0.33, 0.75), (-0.22, 0.98), (0.22, 0.98),
                               (0.33, 0.75), (0.26, 0.35), (0.0, 0.08)])),
        ("curve", "coat", at([(-0.12, 0.78), (-0.32, 0.88), (-0.38, 1.3), (0.38, 1.3),
                              (0.32, 0.88), (0.12, 0.78)])),
        ("curve", "skin", at([(-0.06, 0.66), (-0.07, 0.84), (0.0, 0.9), (0.07, 0.84),
                              (0.06, 0.66)])),
        ("line", "collar", at([(-0.09, 0.79), (-0.19, 0.87), (-0.05, 1.0), (0.0, 0.89),
                               (0.05, 1.0), (0.19, 0.87), (0.09, 0.79), (0.0, 0.88)])),
        ("line", "bow", at([(0.0, 0.94), (-0.12, 0.89), (-0.12, 1.02), (0.0, 0.96),
                            (0.12, 1.02), (0.12, 0.89)])),
        ("curve", "skin", at([(-0.2, 0.36), (-0.19, 0.58), (-0.08, 0.7), (0.0, 0.73),
                              (0.08, 0.7), (0.19, 0.58), (0.2, 0.36), (0.0, 0.2)])),
        *(
            shape
            for side in (-0.09, 0.09)
            for shape in (
                ("oval", "white", at([(side - 0.05, 0.47), (side + 0.05, 0.58)])),
                ("oval", "eye", at([(side - 0.034, 0.475), (side + 0.034, 0.575)])),
                ("oval", "ink", at([(side - 0.014, 0.505), (side + 0.014, 0.545)])),
            )
        ),
        ("curve", "mouth", at([(-0.04, 0.635), (0.0, 0.67), (0.04, 0.635), (0.0, 0.64)])),
        ("curve", "hair", at([(-0.25, 0.52), (-0.26, 0.28), (-0.14, 0.12), (0.0, 0.09),
                              (0.14, 0.12), (0.26, 0.28), (0.25, 0.52), (0.19, 0.38),
                              (0.12, 0.43), (0.06, 0.33), (-0.02, 0.44), (-0.08, 0.34),
                              (-0.15, 0.44), (-0.19, 0.38)])),
    ]  # fmt: skip


def smooth(points: Points, rounds: int = 4) -> Points:
    """A closed curve through the middles of the edges (Chaikin's corner cutting)."""
    for _ in range(rounds):
        pairs = zip(points, [*points[1:], points[0]], strict=True)
        points = [
            ((1 - t) * x + t * u, (1 - t) * y + t * v)
            for (x, y), (u, v) in pairs
            for t in (0.25, 0.75)
        ]
    return points


def draw(dx: float, tilt: float, colored: bool) -> Image.Image:
    """The figure on white, coloured or as line art."""
    width, height = SIZE[0] * SCALE, SIZE[1] * SCALE
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    for kind, name, relative in figure(dx, tilt):
        points = [(x * width, y * width) for x, y in relative]
        fill = INK if name == "ink" else COLORS[name] if colored else "white"
        if kind == "oval":
            pen.ellipse([*points[0], *points[1]], fill, INK, 4 * SCALE)
            continue
        outline = smooth(points) if kind == "curve" else points
        pen.polygon(outline, fill)
        pen.line([*outline, outline[0], outline[1]], INK, 4 * SCALE, joint="curve")
    return image.resize(SIZE, Image.Resampling.LANCZOS)


def main() -> None:
    draw(0.02, 0.06, colored=False).convert("L").save(HERE / "sketch.png", optimize=True)
    draw(-0.03, -0.05, colored=True).save(HERE / "reference.png", optimize=True)


if __name__ == "__main__":
    main()
