"""Tops, collars, bows, ties, aprons, capes and armour, and the order they are put on in."""

from __future__ import annotations

from .curves import Curve, Knot, curve, ellipse, line, polygon, ribbon
from .garments import Tailor, draw_legs, draw_skirt, draw_sleeves, draw_trousers, frill
from .scene import Part, Shade


def dress(tailor: Tailor) -> None:
    """Draws the whole clothed body below the neck."""
    outfit, b = tailor.outfit, tailor.b
    draw_legs(tailor)
    top_tint, bottom_tint = "cloth1", "cloth2"
    if outfit.name in ("dress", "sundress", "gothic dress", "maid", "idol", "cheongsam", "witch robe", "kimono", "yukata",
                       "coat", "scarf coat", "track suit", "suit", "gakuran", "swimsuit"):  # fmt: skip
        bottom_tint = "cloth1"
    if outfit.top in ("blouse", "shirt"):
        top_tint, bottom_tint = "shirt", "cloth1"
    if outfit.name == "shrine maiden":
        top_tint, bottom_tint = "shirt", "cloth1"
    if outfit.bottom in ("trousers", "shorts"):
        draw_trousers(tailor, bottom_tint, outfit.bottom == "shorts")
    elif outfit.bottom == "overalls":
        draw_trousers(tailor, "cloth2", False)
    elif outfit.bottom == "coat":
        draw_trousers(tailor, "cloth2", False)
        draw_skirt(tailor, "cloth1", "coat")
    elif outfit.bottom != "none":
        draw_skirt(tailor, bottom_tint, outfit.bottom)
    if "cape" in outfit.extra:
        _cape(tailor)
    _top(tailor, top_tint)
    _collar(tailor, top_tint)
    draw_sleeves(tailor, {"vest": "shirt"}.get(outfit.top, top_tint))
    for extra in outfit.extra:
        draw = _EXTRAS.get(extra)
        if draw is not None:
            draw(tailor)
    if outfit.bottom == "overalls":
        _bib(tailor)
    _ = b


def _top(tailor: Tailor, tint: str) -> None:
    b, scene, d = tailor.b, tailor.scene, tailor.dice
    kind = tailor.outfit.top
    sy, u = b.shoulder_y, tailor.unit
    tucked = b.waist_y + 0.02
    hem = {"blouse": b.waist_y + 0.22, "loose": b.hip_y + 0.1, "cardigan": b.hip_y, "jacket": b.hip_y, "jacket open": b.hip_y,
           "shirt plain": b.hip_y - 0.15, "shirt": tucked, "bodice": tucked, "kimono": tucked, "tunic": b.hip_y,
           "tank": b.hip_y - 0.2, "suit": b.hip_y + 0.35, "plate": b.waist_y + 0.1, "coat": tucked + 0.1, "vest": b.waist_y + 0.3}[kind]  # fmt: skip
    ease = {"loose": 0.16, "cardigan": 0.09, "jacket": 0.08, "jacket open": 0.08, "coat": 0.1, "tunic": 0.07, "kimono": 0.07}.get(kind, 0.035)
    ease *= 0.4 + 0.6 * b.grown
    if kind in ("tank", "suit") or tailor.outfit.collar == "straps":
        _strapped(tailor, tint, hem)
        return
    name = {"plate": "breastplate", "jacket open": "jacket", "shirt plain": "shirt", "loose": tailor.outfit.name.split()[0]}.get(kind, kind)
    low_neck = 0.12 if tailor.outfit.collar in ("round", "frill") else 0.0
    shape = tailor.torso(ease, hem, 0.05, low_neck * b.grown)
    part = Part(name, tint if kind != "plate" else "metal", [shape], z=15.0, form=0.16)
    tailor.folds(part, hem)
    m = tailor.mid
    if kind in ("jacket", "coat", "shirt", "vest"):
        part.stroke(line((m * 0.8, sy + 0.15), (m, sy + u * 0.5), (m * 0.6, hem + 0.08)), 0.8, 0, 0)
        count = 4 if b.grown > 0.5 else 2
        for i in range(count):
            y = sy + 0.35 * u + (hem - sy - 0.45 * u) * i / max(count - 1, 1)
            if kind != "shirt" or i:
                part.stroke(ellipse(m + 0.09, y, 0.035, 0.035, n=8).points, 0.5, 0, 0)
    if kind == "plate":
        part.stroke(line((m, sy + 0.2), (m, hem)), 0.7, 0, 0.3)
        part.stroke(line((tailor.x(-0.8, b.chest), sy + u * 0.7), (m, sy + u * 0.85), (tailor.x(0.8, b.chest), sy + u * 0.7)), 0.8, 0.1, 0.1)
        part.lights.append(Shade(ellipse(tailor.x(-0.45, b.chest), sy + u * 0.42, 0.2, 0.12, -0.6), 0.7))
    scene.add(part)
    if kind not in ("plate", "jacket open", "coat"):
        tailor.print_on(part, "trim", "flowers" if "flowers" in tailor.outfit.extra else None)
    if kind == "jacket open" or (kind == "cardigan"):
        _opening(tailor, shape, hem, "shirt")
    if kind == "loose" or (kind == "cardigan" and d.chance(0.7)):
        y = hem - 0.02
        far = 1 - 0.16 * abs(tailor.pose.turn)
        h = b.hip + ease + 0.06
        band = curve([(-h, y - 0.17, 1), (m * 0.4, y - 0.06), (h * far, y - 0.17, 1), (h * 0.97 * far, y + 0.03, 1),
                      (m * 0.4, y + 0.14), (-h * 0.97, y + 0.03, 1)])  # fmt: skip
        scene.add(Part("hem", "trim" if d.chance(0.4) else tint, [band], z=15.1, outline=0.85, form=0.04))
    if kind == "loose" and d.chance(0.6) and "strings" in tailor.outfit.extra:
        pocket = curve([(m - 0.5, hem - 0.2, 1), (m - 0.32, hem - 0.75, 1), (m + 0.32, hem - 0.75, 1), (m + 0.5, hem - 0.2, 1)])
        scene.add(Part("pocket", tint, [pocket], z=15.05, clip=shape, outline=0.8, hides=False))


def _strapped(tailor: Tailor, tint: str, hem: float) -> None:
    b, scene = tailor.b, tailor.scene
    sy, u = b.shoulder_y, tailor.unit
    far = 1 - 0.16 * abs(tailor.pose.turn)
    bust = b.bust * 0.3
    top = sy + u * 0.22
    t_hip = min(max((hem - b.waist_y) / max(b.hip_y - b.waist_y, 0.1), 0), 1.3)
    half = b.waist + (b.hip - b.waist) * t_hip + 0.02
    right: list[Knot] = [(b.chest * 0.62, top, 1), (b.chest * 0.98, sy + u * 0.36, 1), (b.chest + bust, sy + u * 0.5),
                         (b.chest * 0.95, sy + u * 0.68), (b.waist + 0.02, b.waist_y - 0.05), (half, hem, 1)]  # fmt: skip
    if hem <= b.waist_y + 0.05:
        right.pop(-2)
    knots = [(k[0] * far, *k[1:]) for k in right]
    left = [(-k[0], *k[1:]) for k in right[::-1]]
    low: list[Knot] = [(tailor.mid * 0.4, hem + (0.08 if tailor.outfit.top != "suit" else 0.5))]
    shape = curve([*knots, *low, *left, (tailor.mid, top + 0.22)])  # type: ignore[list-item]
    part = Part("top" if tailor.outfit.top != "suit" else "swimsuit", tint, [shape], z=15.0, form=0.13)
    tailor.folds(part, hem, 3)
    for side in (-1, 1):
        x = tailor.x(side * 0.62, b.chest)
        strap = ribbon([(x, top + 0.1), (x * 1.0, sy + 0.1), (x * 0.96, sy - 0.12)], [0.075, 0.07, 0.065], tip=False)
        scene.add(Part("strap", tint, [strap.outline], z=14.9, outline=0.8))
    scene.add(part)
    tailor.print_on(part, "trim")


def _opening(tailor: Tailor, shape: Curve, hem: float, tint: str) -> None:
    """The shirt seen where a jacket is open."""
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    low = sy + tailor.unit * (0.62 if tailor.outfit.top == "jacket open" else 0.75)
    vee: list[Knot] = [(m * 0.6 - b.neck * 1.15, sy - 0.5, 1), (m * 0.6 + b.neck * 1.15, sy - 0.5, 1),
                       (m + 0.32 * b.shoulder * 0.8, sy + 0.3), (m + 0.03, low, 1), (m - 0.32 * b.shoulder * 0.8, sy + 0.3)]  # fmt: skip
    part = Part("shirt", tint, [curve(vee)], z=15.1, clip=shape, outline=0.9, hides=False)
    part.stroke(line((m, sy), (m, low)), 0.5, 0, 0.2)
    tailor.scene.add(part)
    end = line((m + 0.03, low), (m + 0.05, hem + 0.1))
    tailor.scene.lines([end], z=15.2, weight=0.9)
    for i in range(2):
        y = low + 0.15 + 0.28 * i
        if y < hem - 0.1:
            tailor.scene.add(Part("button", "metal", [ellipse(m + 0.12, y, 0.05, 0.05, n=10)], z=15.25, outline=0.6))


def _collar(tailor: Tailor, tint: str) -> None:
    b, scene, m, sy = tailor.b, tailor.scene, tailor.mid, tailor.b.shoulder_y
    n = b.neck
    kind = tailor.outfit.collar
    g = 0.45 + 0.55 * b.grown
    c = m * 0.7
    if kind == "sailor":
        for side in (-1, 1):
            w = tailor.x(side * 0.88, b.shoulder)
            flap: list[Knot] = [(c + side * n * 1.05, sy - 0.36 * g, 1), (w * 0.85, sy - 0.02), (w, sy + 0.10, 1), (w * 0.82, sy + 0.52 * g),
                                (m + side * 0.05, sy + 0.95 * g, 1), (c + side * n * 0.75, sy + 0.32 * g)]  # fmt: skip
            part = Part("collar", "cloth1", [curve(flap)], z=18, form=0.07)
            scene.add(part)
            stripe = [(k[0] + (c - k[0]) * 0.10, k[1] + (sy + 0.1 - k[1]) * 0.12) for k in flap[1:5]]
            inner = [(k[0] + (c - k[0]) * 0.17, k[1] + (sy + 0.1 - k[1]) * 0.22) for k in flap[1:5]]
            trim = curve([*stripe, *inner[::-1]])
            scene.add(Part("collar stripe", "shirt", [trim], z=18.01, clip=part.shapes[0], outline=0.4, hides=False))
        return
    if kind in ("shirt", "lapel"):
        if kind == "lapel":
            for side in (-1, 1):
                flap = [(c + side * n * 1.15, sy - 0.36 * g, 1), (c + side * b.shoulder * 0.52, sy + 0.30 * g, 1), (c + side * b.shoulder * 0.42, sy + 0.40 * g, 1),
                        (c + side * b.shoulder * 0.56, sy + 0.52 * g, 1), (m + side * 0.03, sy + tailor.unit * 0.62, 1), (c + side * n * 0.95, sy + 0.2)]  # fmt: skip
                scene.add(Part("lapel", tint, [curve(flap)], z=17.5, form=0.05))
        for side in (-1, 1):
            flap = [(c + side * n * 1.02, sy - 0.42 * g, 1), (c + side * n * 1.5, sy + 0.10 * g, 1), (c + side * n * 0.75, sy + 0.34 * g, 1), (c + side * 0.02, sy + 0.04, 1)]
            scene.add(Part("shirt collar", "shirt", [curve(flap)], z=18, form=0.04))
        return
    if kind in ("stand", "turtle", "gorget"):
        high = {"stand": 0.34, "turtle": 0.42, "gorget": 0.3}[kind] * g
        w = n * (1.28 if kind != "turtle" else 1.35)
        band: list[Knot] = [(c - w * 0.92, sy - 0.26 * g - high * 0.7, 1), (c, sy - 0.26 * g - high * 0.55), (c + w * 0.92, sy - 0.26 * g - high * 0.7, 1),
                            (c + w * 1.1, sy - 0.05, 1), (c, sy + 0.14), (c - w * 1.1, sy - 0.05, 1)]  # fmt: skip
        part = Part("collar", "metal" if kind == "gorget" else tint if kind == "turtle" else ("trim" if tailor.dice.chance(0.4) else tint), [curve(band)], z=18, form=0.05)
        if kind == "turtle":
            part.stroke(line((c - w, sy - 0.2 * g), (c, sy - 0.1 * g), (c + w, sy - 0.2 * g)), 0.6, 0.1, 0.1)
        if kind == "stand":
            part.stroke(line((c, sy - 0.42 * g), (c, sy + 0.13)), 0.8, 0, 0)
        scene.add(part)
        return
    if kind == "hood":
        hood: list[Knot] = [(c - n * 1.1, sy - 0.4 * g), (c - b.shoulder * 0.66, sy - 0.22), (c - b.shoulder * 0.55, sy + 0.22), (c - 0.1, sy + 0.42 * g, 1), (c + 0.1, sy + 0.42 * g, 1),
                            (c + b.shoulder * 0.55, sy + 0.22), (c + b.shoulder * 0.66, sy - 0.22), (c + n * 1.1, sy - 0.4 * g), (c, sy + 0.12)]  # fmt: skip
        part = Part("hood", tint, [curve(hood)], z=18, form=0.08)
        for side in (-1, 1):
            part.stroke(line((c + side * n * 1.25, sy - 0.22), (c + side * n * 0.9, sy + 0.14), (c + side * 0.15, sy + 0.34 * g)), 0.7, 0.2, 0.3)
        scene.add(part)
        back: list[Knot] = [(-b.shoulder * 0.7, sy - 0.1), (-n * 1.6, sy - 0.55 * g), (0, sy - 0.4 * g), (n * 1.6, sy - 0.55 * g), (b.shoulder * 0.7, sy - 0.1), (0, sy + 0.2)]
        scene.add(Part("hood", tint, [curve(back)], z=11, shadows=[Shade(curve(back), 1.0)]))
        return
    if kind == "crossed":
        low = sy + tailor.unit * 0.72
        skin: list[Knot] = [(c - n * 1.1, sy - 0.42 * g, 1), (c + n * 1.1, sy - 0.42 * g, 1), (m + 0.02, sy + tailor.unit * 0.36, 1)]
        scene.add(Part("neck", "skin", [curve(skin)], z=17.0, outline=0.0, shadows=[Shade(ellipse(c, sy - 0.4, n * 1.6, 0.42), 1.0)]))
        for side in (-1, 1):
            w = 0.13 + 0.08 * b.grown
            knots: list[Knot] = [(c + side * n * 1.35, sy - 0.42 * g), (c + side * n * 1.25, sy + 0.05), (m - side * 0.12, sy + tailor.unit * 0.5), (m - side * b.waist * 0.62, low)]
            wrap = ribbon(knots, [w, w, w, w], tip=False)
            scene.add(Part("collar", "trim", [wrap.outline], z=17.5 + 0.1 * (side < 0), form=0.04))
        return
    if kind == "scarf":
        wrap_shape: list[Knot] = [(c - n * 1.7, sy - 0.42 * g), (c, sy - 0.42 * g), (c + n * 1.7, sy - 0.42 * g), (c + n * 2.0, sy - 0.05), (c + n, sy + 0.22), (c - n, sy + 0.22), (c - n * 2.0, sy - 0.05)]
        tail = ribbon([(c + n * 0.9, sy + 0.05), (c + n * 1.2, sy + 0.6), (c + n * 1.0, sy + 1.3 * g)], [0.2, 0.24, 0.27], tip=False)
        end = Part("scarf", "accent", [tail.outline], z=18.5, form=0.08)
        scene.add(end)
        part = Part("scarf", "accent", [curve(wrap_shape)], z=27, form=0.1)
        part.stroke(line((c - n * 1.5, sy - 0.1), (c - 0.1, sy + 0.06), (c + n * 1.2, sy - 0.12)), 0.7, 0.3, 0.3)
        scene.add(part)
        return
    if kind == "frill":
        frill(scene, [(c - b.shoulder * 0.52, sy - 0.08), (c - n, sy + 0.22 * g), (c, sy + 0.32 * g), (c + n, sy + 0.22 * g), (c + b.shoulder * 0.52, sy - 0.08)], "shirt", 18, 0.22 * g, "collar")
        return
    if kind == "round" and tailor.dice.chance(0.6):
        w = n * 1.35 + 0.1 * b.grown
        rim = line((c - w, sy - 0.18 * g), (c - w * 0.6, sy + 0.1), (c, sy + 0.20 * g), (c + w * 0.6, sy + 0.1), (c + w, sy - 0.18 * g))
        ring = ribbon([tuple(p) for p in rim[::4]], [0.05, 0.06, 0.06, 0.06, 0.05], tip=False)  # type: ignore[misc]
        scene.add(Part("collar", "trim" if tailor.dice.chance(0.5) else tint, [ring.outline], z=17, outline=0.7))


def bow(tailor: Tailor, x: float, y: float, size: float, tint: str, z: float, name: str = "bow") -> None:
    """A bow with loops and tails."""
    scene = tailor.scene
    for side in (-1, 1):
        tail = curve([(x, y, 1), (x + side * 0.16 * size, y + 0.5 * size), (x + side * 0.44 * size, y + 1.15 * size, 1),
                      (x + side * 0.22 * size, y + 1.08 * size, 1), (x + side * 0.02 * size, y + 1.2 * size, 1)])  # fmt: skip
        scene.add(Part(name, tint, [tail], z=z, form=0.04))
    for side in (-1, 1):
        loop = curve([(x, y - 0.07 * size, 1), (x + side * 0.36 * size, y - 0.30 * size), (x + side * 0.72 * size, y - 0.20 * size),
                      (x + side * 0.70 * size, y + 0.26 * size), (x + side * 0.34 * size, y + 0.2 * size), (x, y + 0.07 * size, 1)])  # fmt: skip
        part = Part(name, tint, [loop], z=z + 0.1, form=0.06)
        part.stroke(line((x + side * 0.1 * size, y), (x + side * 0.28 * size, y - 0.05 * size), (x + side * 0.46 * size, y - 0.02 * size)), 0.6, 0.1, 0.6)
        scene.add(part)
    scene.add(Part(name, tint, [ellipse(x, y, 0.13 * size, 0.15 * size)], z=z + 0.2))


def _bow(tailor: Tailor) -> None:
    g = 0.4 + 0.6 * tailor.b.grown
    low = 0.62 if tailor.outfit.collar == "sailor" else 0.26
    bow(tailor, tailor.mid, tailor.b.shoulder_y + low * g, 0.55 * g * tailor.dice.between(0.8, 1.25), "accent", 19)


def _tie(tailor: Tailor) -> None:
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    g = 0.4 + 0.6 * b.grown
    low = sy + tailor.unit * 0.72
    blade = curve([(m - 0.07, sy + 0.2 * g, 1), (m + 0.07, sy + 0.2 * g, 1), (m + 0.17 * g, low - 0.1, 1), (m, low + 0.1, 1), (m - 0.17 * g, low - 0.1, 1)])
    part = Part("tie", "accent", [blade], z=17.2 if tailor.outfit.top == "jacket open" else 18.2, form=0.05)
    tailor.scene.add(part)
    if tailor.dice.chance(0.4):
        tailor.print_on(part, "trim", "diagonal", 0.5)
    knot = polygon((m - 0.11 * g, sy + 0.02), (m + 0.11 * g, sy + 0.02), (m + 0.07 * g, sy + 0.24 * g), (m - 0.07 * g, sy + 0.24 * g))
    tailor.scene.add(Part("tie", "accent", [knot], z=18.3))


def _strings(tailor: Tailor) -> None:
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    for side in (-1, 1):
        x = m * 0.8 + side * 0.14
        tailor.scene.lines([line((x, sy + 0.36), (x + side * 0.03, sy + 0.7), (x + side * 0.02, sy + 0.4 + 0.65 * b.grown))], z=18.5, weight=1.3)


def _print(tailor: Tailor) -> None:
    b, m, sy, d = tailor.b, tailor.mid, tailor.b.shoulder_y, tailor.dice
    y = sy + tailor.unit * 0.5
    r = 0.3 * (0.5 + 0.5 * b.grown)
    kind = d.pick({"star": 2, "circle": 2, "heart": 2, "none": 3})
    if kind == "circle":
        shape = ellipse(m, y, r, r)
    elif kind == "heart":
        shape = curve([(m, y + r, 1), (m - r, y - 0.2 * r), (m - 0.5 * r, y - 0.8 * r), (m, y - 0.3 * r, 1), (m + 0.5 * r, y - 0.8 * r), (m + r, y - 0.2 * r)])
    elif kind == "star":
        import math

        shape = polygon(*[(m + (r if i % 2 == 0 else r * 0.45) * math.sin(i * math.pi / 5), y - (r if i % 2 == 0 else r * 0.45) * math.cos(i * math.pi / 5)) for i in range(10)])
    else:
        return
    tailor.scene.add(Part("print", "trim", [shape], z=15.3, outline=0.6))


def _obi(tailor: Tailor) -> None:
    b = tailor.b
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w, y0, y1 = b.waist * 1.09, b.waist_y - 0.42 * (0.3 + 0.7 * b.grown), b.waist_y + 0.16
    shape = curve([(-w, y0, 1), (0, y0 + 0.08), (w * far, y0, 1), (w * 1.03 * far, y1, 1), (0, y1 + 0.1), (-w * 1.03, y1, 1)])
    part = Part("obi", "cloth2", [shape], z=16, form=0.1)
    tailor.scene.add(part)
    mid = (y0 + y1) / 2 + 0.07
    cord = curve([(-w, mid - 0.05, 1), (0, mid + 0.03), (w * far, mid - 0.05, 1), (w * far, mid + 0.03, 1), (0, mid + 0.11), (-w, mid + 0.03, 1)])
    tailor.scene.add(Part("obi cord", "accent", [cord], z=16.1, outline=0.7))
    for side in (-1, 1):
        loop = curve([(side * w * 0.7, y0), (side * w * 1.35, y0 - 0.35), (side * w * 1.5, y0 + 0.1), (side * w * 0.9, y0 + 0.3)])
        tailor.scene.add(Part("obi", "cloth2", [loop], z=-5))


def _sash(tailor: Tailor) -> None:
    _belt(tailor, "accent", 0.2)


def _belt(tailor: Tailor, tint: str = "shoes", deep: float = 0.22) -> None:
    b = tailor.b
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w, y = b.waist * 1.12 + 0.05, b.waist_y
    shape = curve([(-w, y - deep / 2, 1), (0, y - deep / 2 + 0.08), (w * far, y - deep / 2, 1), (w * far, y + deep / 2, 1), (0, y + deep / 2 + 0.08), (-w, y + deep / 2, 1)])
    tailor.scene.add(Part("belt", tint, [shape], z=16, form=0.05))
    m = tailor.mid
    buckle = polygon((m - 0.15, y - deep / 2 + 0.03), (m + 0.15, y - deep / 2 + 0.03), (m + 0.15, y + deep / 2 + 0.11), (m - 0.15, y + deep / 2 + 0.11))
    tailor.scene.add(Part("buckle", "metal", [buckle], z=16.1, outline=0.8))


def _ribbon_belt(tailor: Tailor) -> None:
    _belt_ribbon = tailor.b.waist_y - 0.02
    b = tailor.b
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w = b.waist * 1.04
    band = curve([(-w, _belt_ribbon - 0.12, 1), (0, _belt_ribbon - 0.05), (w * far, _belt_ribbon - 0.12, 1), (w * far, _belt_ribbon + 0.1, 1), (0, _belt_ribbon + 0.17), (-w, _belt_ribbon + 0.1, 1)])
    tailor.scene.add(Part("sash", "accent", [band], z=16, form=0.05))
    bow(tailor, tailor.mid + 0.25 * b.waist, _belt_ribbon + 0.04, 0.5 * (0.4 + 0.6 * b.grown), "accent", 16.2, "sash")


def _apron(tailor: Tailor) -> None:
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    hem = b.hip_y + (b.foot_y - b.hip_y) * 0.30
    w = b.hip * 1.15
    skirt: list[Knot] = [(m * 0.5 - b.waist * 0.8, b.waist_y, 1), (m * 0.5 + b.waist * 0.8, b.waist_y, 1), (w, b.hip_y + 0.1), (w * 1.0, hem - 0.2), (0, hem + 0.12), (-w * 1.0, hem - 0.2), (-w, b.hip_y + 0.1)]
    part = Part("apron", "shirt", [curve(skirt)], z=8, form=0.1)
    part.stroke(line((-0.3, b.waist_y + 0.1), (-0.4, b.hip_y + 0.3)), 0.6, 0.1, 0.7)
    part.stroke(line((0.35, b.waist_y + 0.1), (0.45, b.hip_y + 0.2)), 0.6, 0.1, 0.7)
    frill(tailor.scene, [(-w * 0.98, b.hip_y + 0.5), (-w * 0.9, hem - 0.15), (0, hem + 0.08), (w * 0.9, hem - 0.15), (w * 0.98, b.hip_y + 0.5)], "shirt", 7.9, 0.24, "apron")
    tailor.scene.add(part)
    top = sy + tailor.unit * 0.38
    bib = curve([(m - b.chest * 0.5, top, 1), (m, top + 0.05), (m + b.chest * 0.5, top, 1), (m * 0.5 + b.waist * 0.6, b.waist_y + 0.05, 1), (m * 0.5 - b.waist * 0.6, b.waist_y + 0.05, 1)])
    tailor.scene.add(Part("apron", "shirt", [bib], z=15.5, form=0.06))
    for side in (-1, 1):
        strap = ribbon([(m + side * b.chest * 0.45, top + 0.05), (tailor.x(side * 0.6, b.shoulder), sy - 0.05)], [0.13, 0.15], tip=False)
        tailor.scene.add(Part("apron", "shirt", [strap.outline], z=15.6))
    _belt(tailor, "shirt", 0.16)


def _cape(tailor: Tailor) -> None:
    b, sy, d = tailor.b, tailor.b.shoulder_y, tailor.dice
    low = b.hip_y + (b.foot_y - b.hip_y) * d.between(0.2, 0.75)
    w = b.shoulder * 1.75
    back: list[Knot] = [(-b.shoulder * 0.6, sy - 0.2), (b.shoulder * 0.6, sy - 0.2), (b.shoulder * 1.2, sy + 0.5), (w, low - 0.2, 1), (w * 0.5, low + 0.1), (w * 0.15, low - 0.12, 1), (-w * 0.3, low + 0.12), (-w * 0.6, low - 0.1, 1), (-w, low, 1), (-b.shoulder * 1.2, sy + 0.5)]
    part = Part("cape", "cloth3", [curve(back)], z=-40, form=0.1)
    part.shadows.append(Shade(ellipse(0, sy + 2.0, b.shoulder * 1.3, 3.0), 1.2))
    for side in (-1, 1):
        part.stroke(line((side * w * 0.75, low - 0.1), (side * b.shoulder * 1.1, (sy + low) / 2)), 0.7, 0.05, 0.6)
    tailor.scene.add(part)
    for side in (-1, 1):
        front: list[Knot] = [(side * b.neck * 1.2, sy - 0.35), (side * b.shoulder * 0.8, sy - 0.12), (side * b.shoulder * 1.25, sy + 0.45), (side * b.shoulder * 1.32, sy + 1.2, 1), (side * b.shoulder * 0.95, sy + 1.05), (side * b.shoulder * 0.55, sy + 0.75, 1), (side * 0.06 + tailor.mid * 0.5, sy + 0.14, 1)]
        cloak = Part("cape", "cloth3", [curve(front)], z=25.5, form=0.12)
        cloak.stroke(line((side * b.shoulder * 0.95, sy + 1.05), (side * b.shoulder * 0.75, sy + 0.4)), 0.6, 0.05, 0.6)
        tailor.scene.add(cloak)


def _clasp(tailor: Tailor) -> None:
    x, y = tailor.mid * 0.5, tailor.b.shoulder_y + 0.12
    tailor.scene.add(Part("clasp", "accent", [ellipse(x, y, 0.14, 0.14)], z=26, form=0.04, lights=[Shade(ellipse(x - 0.04, y - 0.04, 0.05, 0.05), 1.0)]))


def _pauldrons(tailor: Tailor) -> None:
    b, sy = tailor.b, tailor.b.shoulder_y
    for side in (-1, 1):
        x = tailor.x(side * 1.0, b.shoulder)
        for k in (1, 0):
            y = sy + 0.12 + 0.26 * k
            r = 0.42 * (0.4 + 0.6 * b.grown)
            plate = curve([(x - side * r * 1.0, y - r * 0.35), (x + side * r * 0.2, y - r * 0.95), (x + side * r * 1.05, y + r * 0.1), (x + side * r * 0.95, y + r * 0.75, 1), (x, y + r * 0.45), (x - side * r * 0.95, y + r * 0.5, 1)])
            part = Part("pauldron", "metal", [plate], z=25.0 - 0.1 * k, form=0.1)
            part.lights.append(Shade(ellipse(x + side * r * 0.1, y - r * 0.35, r * 0.4, r * 0.14, side * 0.3), 0.8))
            tailor.scene.add(part)


def _epaulettes(tailor: Tailor) -> None:
    b, sy = tailor.b, tailor.b.shoulder_y
    for side in (-1, 1):
        x = tailor.x(side * 0.86, b.shoulder)
        tailor.scene.add(Part("epaulette", "metal", [ellipse(x, sy + 0.04, 0.26 * (0.4 + 0.6 * b.grown), 0.11, side * 0.25)], z=25, form=0.03))
    m = tailor.mid
    tailor.scene.add(Part("braid cord", "metal", [ribbon([(tailor.x(0.7, b.shoulder), sy + 0.2), (m + 0.35, sy + 0.75), (m + 0.02, sy + 0.5)], [0.04, 0.04, 0.04], tip=False).outline], z=16.5, outline=0.6))


def _zip(tailor: Tailor) -> None:
    m, sy = tailor.mid, tailor.b.shoulder_y
    tag = polygon((m - 0.03, sy + 0.18), (m + 0.06, sy + 0.18), (m + 0.06, sy + 0.36), (m - 0.03, sy + 0.36))
    tailor.scene.add(Part("zip", "metal", [tag], z=18.6, outline=0.7))


def _bib(tailor: Tailor) -> None:
    b, m, sy = tailor.b, tailor.mid, tailor.b.shoulder_y
    top = sy + tailor.unit * 0.42
    far = 1 - 0.16 * abs(tailor.pose.turn)
    w = b.waist * 1.06
    bib = curve([(m - b.chest * 0.55, top, 1), (m + b.chest * 0.55, top, 1), (w * far, b.waist_y, 1), (b.hip * 1.02 * far, b.hip_y, 1), (0, b.hip_y + 0.2), (-b.hip * 1.02, b.hip_y, 1), (-w, b.waist_y, 1)])
    part = Part("overalls", "cloth2", [bib], z=16, form=0.1)
    pocket = line((m - 0.28, top + 0.3), (m - 0.25, top + 0.75), (m + 0.25, top + 0.75), (m + 0.28, top + 0.3))
    part.stroke(pocket, 0.6, 0, 0)
    tailor.scene.add(part)
    for side in (-1, 1):
        strap = ribbon([(m + side * b.chest * 0.46, top + 0.12), (tailor.x(side * 0.55, b.shoulder), sy - 0.1)], [0.1, 0.1], tip=False)
        tailor.scene.add(Part("overalls", "cloth2", [strap.outline], z=16.1))
        tailor.scene.add(Part("button", "metal", [ellipse(m + side * b.chest * 0.45, top + 0.12, 0.06, 0.06, n=10)], z=16.2, outline=0.6))


_EXTRAS = {
    "bow": _bow, "tie": _tie, "strings": _strings, "print": _print, "obi": _obi, "sash": _sash, "belt": _belt,
    "ribbon belt": _ribbon_belt, "apron": _apron, "clasp": _clasp, "pauldrons": _pauldrons,
    "epaulettes": _epaulettes, "zip": _zip,
}  # fmt: skip
