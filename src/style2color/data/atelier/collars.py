"""Collars, lapels, hoods, scarves and frills about the neck."""

from __future__ import annotations

from .curves import Knot, curve, ellipse, line, ribbon
from .scene import Part, Shade
from .tailor import Tailor, frill


def draw_collar(tailor: Tailor, tint: str) -> None:
    """What the outfit has about the neck; straps have none."""
    draw = _COLLARS.get(tailor.outfit.collar)
    if draw is not None:
        draw(tailor, tint)


def _sailor(tailor: Tailor, tint: str) -> None:
    """A square collar with a stripe, over the shoulders."""
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n, g, c = b.neck, 0.45 + 0.55 * b.grown, m * 0.7
    for side in (-1, 1):
        w = tailor.x(side * 0.88, b.shoulder)
        flap: list[Knot] = [(c + side * n * 1.05, sy - 0.36 * g, 1), (w * 0.85, sy - 0.02),
            (w, sy + 0.10, 1), (w * 0.82, sy + 0.52 * g),
                            (m + side * 0.05, sy + 0.95 * g, 1),
                            (c + side * n * 0.75, sy + 0.32 * g)]  # fmt: skip
        part = Part("collar", "cloth1", [curve(flap)], z=18, form=0.07)
        scene.add(part)
        stripe = [(k[0] + (c - k[0]) * 0.10, k[1] + (sy + 0.1 - k[1]) * 0.12) for k in flap[1:5]]
        inner = [(k[0] + (c - k[0]) * 0.17, k[1] + (sy + 0.1 - k[1]) * 0.22) for k in flap[1:5]]
        trim = curve([*stripe, *inner[::-1]])
        scene.add(
            Part(
                "collar stripe",
                "shirt",
                [trim],
                z=18.01,
                clip=part.shapes[0],
                outline=0.4,
                hides=False,
            )
        )


def _lapels(tailor: Tailor, tint: str) -> None:
    """Shirt collar points, over lapels where the top has them."""
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n, g, c = b.neck, 0.45 + 0.55 * b.grown, m * 0.7
    flap: list[Knot]
    kind = tailor.outfit.collar
    if kind == "lapel":
        for side in (-1, 1):
            flap = [(c + side * n * 1.15, sy - 0.36 * g, 1),
                (c + side * b.shoulder * 0.52, sy + 0.30 * g, 1),
                (c + side * b.shoulder * 0.42, sy + 0.40 * g, 1),
                    (c + side * b.shoulder * 0.56, sy + 0.52 * g, 1),
                    (m + side * 0.03, sy + tailor.unit * 0.62, 1),
                    (c + side * n * 0.95, sy + 0.2)]  # fmt: skip
            scene.add(Part("lapel", tint, [curve(flap)], z=17.5, form=0.05))
    for side in (-1, 1):
        flap = [
            (c + side * n * 1.02, sy - 0.42 * g, 1),
            (c + side * n * 1.5, sy + 0.10 * g, 1),
            (c + side * n * 0.75, sy + 0.34 * g, 1),
            (c + side * 0.02, sy + 0.04, 1),
        ]
        scene.add(Part("shirt collar", "shirt", [curve(flap)], z=18, form=0.04))


def _band(tailor: Tailor, tint: str) -> None:
    """A stand-up collar, a turtleneck or a gorget."""
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n, g, c = b.neck, 0.45 + 0.55 * b.grown, m * 0.7
    kind = tailor.outfit.collar
    tints = {"gorget": "metal", "turtle": tint}
    tints["stand"] = "trim" if tailor.dice.chance(0.4) else tint
    high = {"stand": 0.34, "turtle": 0.42, "gorget": 0.3}[kind] * g
    w = n * (1.28 if kind != "turtle" else 1.35)
    band: list[Knot] = [(c - w * 0.92, sy - 0.26 * g - high * 0.7, 1),
        (c, sy - 0.26 * g - high * 0.55), (c + w * 0.92, sy - 0.26 * g - high * 0.7, 1),
                        (c + w * 1.1, sy - 0.05, 1), (c, sy + 0.14),
                        (c - w * 1.1, sy - 0.05, 1)]  # fmt: skip
    part = Part(
        "collar",
        tints[kind],
        [curve(band)],
        z=18,
        form=0.05,
    )
    if kind == "turtle":
        part.stroke(
            line((c - w, sy - 0.2 * g), (c, sy - 0.1 * g), (c + w, sy - 0.2 * g)), 0.6, 0.1, 0.1
        )
    if kind == "stand":
        part.stroke(line((c, sy - 0.42 * g), (c, sy + 0.13)), 0.8, 0, 0)
    scene.add(part)


def _hood(tailor: Tailor, tint: str) -> None:
    """A hood lying on the shoulders."""
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n, g, c = b.neck, 0.45 + 0.55 * b.grown, m * 0.7
    hood: list[Knot] = [(c - n * 1.1, sy - 0.4 * g), (c - b.shoulder * 0.66, sy - 0.22),
        (c - b.shoulder * 0.55, sy + 0.22), (c - 0.1, sy + 0.42 * g, 1),
        (c + 0.1, sy + 0.42 * g, 1),
                        (c + b.shoulder * 0.55, sy + 0.22), (c + b.shoulder * 0.66, sy - 0.22),
                        (c + n * 1.1, sy - 0.4 * g), (c, sy + 0.12)]  # fmt: skip
    part = Part("hood", tint, [curve(hood)], z=18, form=0.08)
    for side in (-1, 1):
        part.stroke(
            line(
                (c + side * n * 1.25, sy - 0.22),
                (c + side * n * 0.9, sy + 0.14),
                (c + side * 0.15, sy + 0.34 * g),
            ),
            0.7,
            0.2,
            0.3,
        )
    scene.add(part)
    back: list[Knot] = [
        (-b.shoulder * 0.7, sy - 0.1),
        (-n * 1.6, sy - 0.55 * g),
        (0, sy - 0.4 * g),
        (n * 1.6, sy - 0.55 * g),
        (b.shoulder * 0.7, sy - 0.1),
        (0, sy + 0.2),
    ]
    scene.add(Part("hood", tint, [curve(back)], z=11, shadows=[Shade(curve(back), 1.0)]))


def _crossed(tailor: Tailor, tint: str) -> None:
    """The crossed bands of a kimono, with the skin between them."""
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n, g, c = b.neck, 0.45 + 0.55 * b.grown, m * 0.7
    low = sy + tailor.unit * 0.72
    skin: list[Knot] = [
        (c - n * 1.1, sy - 0.42 * g, 1),
        (c + n * 1.1, sy - 0.42 * g, 1),
        (m + 0.02, sy + tailor.unit * 0.36, 1),
    ]
    scene.add(
        Part(
            "neck",
            "skin",
            [curve(skin)],
            z=17.0,
            outline=0.0,
            shadows=[Shade(ellipse(c, sy - 0.4, n * 1.6, 0.42), 1.0)],
        )
    )
    for side in (-1, 1):
        w = 0.13 + 0.08 * b.grown
        knots: list[Knot] = [
            (c + side * n * 1.35, sy - 0.42 * g),
            (c + side * n * 1.25, sy + 0.05),
            (m - side * 0.12, sy + tailor.unit * 0.5),
            (m - side * b.waist * 0.62, low),
        ]
        wrap = ribbon(knots, [w, w, w, w], tip=False)
        scene.add(Part("collar", "trim", [wrap.outline], z=17.5 + 0.1 * (side < 0), form=0.04))


def _scarf(tailor: Tailor, tint: str) -> None:
    """A scarf wound about the neck, one end hanging."""
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n, g, c = b.neck, 0.45 + 0.55 * b.grown, m * 0.7
    wrap_shape: list[Knot] = [
        (c - n * 1.7, sy - 0.42 * g),
        (c, sy - 0.42 * g),
        (c + n * 1.7, sy - 0.42 * g),
        (c + n * 2.0, sy - 0.05),
        (c + n, sy + 0.22),
        (c - n, sy + 0.22),
        (c - n * 2.0, sy - 0.05),
    ]
    tail = ribbon(
        [(c + n * 0.9, sy + 0.05), (c + n * 1.2, sy + 0.6), (c + n * 1.0, sy + 1.3 * g)],
        [0.2, 0.24, 0.27],
        tip=False,
    )
    end = Part("scarf", "accent", [tail.outline], z=18.5, form=0.08)
    scene.add(end)
    part = Part("scarf", "accent", [curve(wrap_shape)], z=27, form=0.1)
    part.stroke(
        line((c - n * 1.5, sy - 0.1), (c - 0.1, sy + 0.06), (c + n * 1.2, sy - 0.12)),
        0.7,
        0.3,
        0.3,
    )
    scene.add(part)


def _frilled(tailor: Tailor, tint: str) -> None:
    """A ruffle about the neckline."""
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n, g, c = b.neck, 0.45 + 0.55 * b.grown, m * 0.7
    frill(
        scene,
        [
            (c - b.shoulder * 0.52, sy - 0.08),
            (c - n, sy + 0.22 * g),
            (c, sy + 0.32 * g),
            (c + n, sy + 0.22 * g),
            (c + b.shoulder * 0.52, sy - 0.08),
        ],
        "shirt",
        18,
        0.22 * g,
        "collar",
    )


def _round(tailor: Tailor, tint: str) -> None:
    """A ribbed neckline."""
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n, g, c = b.neck, 0.45 + 0.55 * b.grown, m * 0.7
    if tailor.dice.chance(0.4):
        return
    w = n * 1.35 + 0.1 * b.grown
    rim = line(
        (c - w, sy - 0.18 * g),
        (c - w * 0.6, sy + 0.1),
        (c, sy + 0.20 * g),
        (c + w * 0.6, sy + 0.1),
        (c + w, sy - 0.18 * g),
    )
    ring = ribbon([tuple(p) for p in rim[::4]], [0.05, 0.06, 0.06, 0.06, 0.05], tip=False)
    scene.add(
        Part(
            "collar",
            "trim" if tailor.dice.chance(0.5) else tint,
            [ring.outline],
            z=17,
            outline=0.7,
        )
    )


_COLLARS = {
    "sailor": _sailor, "shirt": _lapels, "lapel": _lapels, "stand": _band, "turtle": _band,
    "gorget": _band, "hood": _hood, "crossed": _crossed, "scarf": _scarf, "frill": _frilled,
    "round": _round,
}  # fmt: skip
