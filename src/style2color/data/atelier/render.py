"""From a scene to layers: regions, flat, shadow, highlight and line, and back to one picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray

from .curves import Points
from .pen import Ink, grain, ink_polygons, shaded_ink
from .scene import Part, Scene, Shade, Stroke, outline_strokes
from .tints import Palette

U8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Camera:
    """Drawing units to pixels: `pixel = unit * scale + (x, y)`."""

    scale: float
    x: float
    y: float
    size: int

    def points(self, points: Points) -> Points:
        return points * self.scale + (self.x, self.y)


@dataclass(slots=True)
class Layers:
    """What `render` hands back; all arrays (S, S) or (S, S, C) as `Picture` documents them."""

    regions: U8
    names: dict[int, str]
    flat: U8
    shadow: U8
    highlight: U8
    line_rgba: U8


def recompose(flat: U8, shadow: U8, highlight: U8, line_rgba: U8) -> U8:
    """The picture its layers make: flat · shadow, screened by highlight, line laid over.

    All uint8; flat, shadow, highlight (S, S, 3), line_rgba (S, S, 4) with straight alpha `a`. With
    every value over 255: `base = flat·shadow`, `lit = 1 − (1 − base)(1 − highlight)`,
    `out = lit·(1 − a) + rgb·a`, rounded once, at the end.
    """
    share = np.float32(1 / 255)
    dark = np.multiply(flat, shadow, dtype=np.float32)
    dark *= -share
    dark += 255
    dark *= np.multiply(255 - highlight, share)
    out = np.subtract(255, dark, out=dark)
    out *= np.multiply(255 - line_rgba[..., 3:], share)
    if line_rgba[..., :3].any():
        out += np.multiply(line_rgba[..., :3], line_rgba[..., 3:], dtype=np.float32) * share
    rounded: U8 = np.rint(out, out=out).astype(np.uint8)
    return rounded


def _path(outlines: list[list[list[float]]]) -> skia.Path:
    path = skia.Path()
    for outline in outlines:
        if len(outline) < 2:
            continue
        path.moveTo(*outline[0])
        to = path.lineTo
        for x, y in outline[1:]:
            to(x, y)
        path.close()
    return path


def _paint(rgb: tuple[int, int, int], smooth: bool = True, alpha: int = 255) -> skia.Paint:
    return skia.Paint(AntiAlias=smooth, Color=skia.Color(*rgb, alpha))


# Faces stay clean of hatching and dots.
_UNTONED = ("skin", "blush", "sclera", "iris", "iris2", "pupil", "tongue")


Box = tuple[float, float, float, float]


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


class _Sheet:
    """One raster layer: its pixels and the canvas that paints them."""

    def __init__(self, size: int, kind: str, fill: tuple[int, int, int] | None = None) -> None:
        if kind == "mask":
            self.pixels = np.zeros((size, size), dtype=np.uint8)
            info = skia.ImageInfo.MakeA8(size, size)
        else:
            self.pixels = np.zeros((size, size, 4), dtype=np.uint8)
            info = skia.ImageInfo.Make(
                size, size, skia.ColorType.kRGBA_8888_ColorType, skia.AlphaType.kPremul_AlphaType
            )
        stride = size if kind == "mask" else 4 * size
        self.surface = skia.Surface.MakeRasterDirect(info, self.pixels, stride)
        self.canvas = self.surface.getCanvas()
        if fill is not None:
            self.canvas.clear(skia.Color(*fill))

    def rgb(self) -> U8:
        return np.ascontiguousarray(self.pixels[..., :3])


def _common(path: skia.Path, border: skia.Path) -> skia.Path:
    """What two outlines have in common; the first itself where Skia cannot tell (rare)."""
    try:
        return skia.Op(path, border, skia.kIntersect_PathOp) or path
    except RuntimeError:
        return path


class Painter:
    """Paints one scene; lives for one picture."""

    def __init__(self, scene: Scene, palette: Palette, ink: Ink, camera: Camera) -> None:
        size = camera.size
        self.scene, self.palette, self.ink, self.camera = scene, palette, ink, camera
        self.regions = _Sheet(size, "mask")
        self.line = _Sheet(size, "mask")
        self.flat = _Sheet(size, "rgb", palette.colour(""))
        self.shadow = _Sheet(size, "rgb", (255, 255, 255))
        self.highlight = _Sheet(size, "rgb", (0, 0, 0))
        shaded = ink.hatching or ink.tone or ink.blacks
        self.tone = _Sheet(size, "mask") if shaded else None
        self.shaded: list[Box] = []
        self.lit: list[Box] = []
        self.names: dict[int, str] = {0: "background"}
        self.tints: dict[int, str] = {0: ""}
        self.ids: dict[tuple[str, str], int] = {}

    def _outlines(self, shapes: list[Points]) -> list[list[list[float]]]:
        return [self.camera.points(s).tolist() for s in shapes]

    def _bounds(self, part: Part) -> Box:
        shapes = [part.clip] if part.clip is not None else part.shapes
        lows = [s.points.min(axis=0).tolist() for s in shapes]
        highs = [s.points.max(axis=0).tolist() for s in shapes]
        c = self.camera
        return (
            min(p[0] for p in lows) * c.scale + c.x,
            min(p[1] for p in lows) * c.scale + c.y,
            max(p[0] for p in highs) * c.scale + c.x,
            max(p[1] for p in highs) * c.scale + c.y,
        )

    def _visible(self, part: Part) -> bool:
        edge = self.camera.size + 4
        return _meet(self._bounds(part), (-4, -4, edge, edge))

    def _region(self, part: Part) -> int:
        key = (part.name, part.tint)
        if key not in self.ids:
            number = len(self.ids) + 1
            self.ids[key] = number
            self.names[number] = part.name
            self.tints[number] = part.tint
        return self.ids[key]

    def _shade(self, sheet: _Sheet, shade: Shade, colour: tuple[int, int, int]) -> None:
        paint = _paint(colour)
        soft = shade.soft * self.camera.scale
        if soft > 0.5:
            paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, soft))
        paint.setBlendMode(
            skia.BlendMode.kMultiply if sheet is self.shadow else skia.BlendMode.kScreen
        )
        sheet.canvas.drawPath(_path(self._outlines([shade.shape.points])), paint)

    def _shading(self, part: Part, path: skia.Path, clip: skia.Path) -> None:
        style = self.palette.style
        tint = part.tint
        canvas = self.shadow.canvas
        box = self._bounds(part)
        if part.hides:
            # Only what has been shaded or lit before needs wiping; most parts lie on clean ground.
            if any(_meet(box, dark) for dark in self.shaded):
                canvas.drawPath(path, _paint((255, 255, 255), smooth=False))
            if any(_meet(box, lit) for lit in self.lit):
                self.highlight.canvas.drawPath(path, _paint((0, 0, 0), smooth=False))
        depth = style.shadow
        gradients = part.gradients if style.gradients else []
        if depth > 0 and (part.form or part.shadows or gradients):
            self.shaded.append(box)
            canvas.save()
            canvas.clipPath(clip, skia.ClipOp.kIntersect, False)
            for slope in gradients:
                colour = self.palette.shade(tint, slope.strength * depth)
                ends = self.camera.points(np.array([slope.start, slope.end])).tolist()
                paint = skia.Paint(
                    Shader=skia.GradientShader.MakeLinear(
                        points=[skia.Point(*ends[0]), skia.Point(*ends[1])],
                        colors=[skia.ColorWHITE, skia.Color(*colour)],
                    ),
                    BlendMode=skia.BlendMode.kMultiply,
                )
                canvas.drawPaint(paint)
            if part.form:
                self._form(part, depth)
            for shade in part.shadows:
                colour = self.palette.shade(shade.tint or tint, shade.strength * depth)
                soft = max(shade.soft, style.soft)
                self._shade(self.shadow, Shade(shade.shape, 1.0, soft), colour)
            canvas.restore()
        if style.light > 0 and (part.lights or (style.rim and part.form)):
            self.lit.append(box)
            canvas = self.highlight.canvas
            canvas.save()
            canvas.clipPath(clip, skia.ClipOp.kIntersect, False)
            if style.rim and part.form:
                self._rim(part)
            for shade in part.lights:
                colour = self.palette.light(shade.tint or tint, shade.strength * style.light)
                self._shade(self.highlight, shade, colour)
            canvas.restore()

    def _toning(self, part: Part, path: skia.Path, clip: skia.Path) -> None:
        """Where the pen hatches, tones or blackens: the shading, whatever the palette's style."""
        if self.tone is None:
            return
        canvas = self.tone.canvas
        if part.hides:
            wipe = skia.Paint(AntiAlias=False)
            wipe.setBlendMode(skia.BlendMode.kClear)
            canvas.drawPath(path, wipe)
        if not (part.form or part.shadows) or part.tint.endswith(_UNTONED):
            return
        canvas.save()
        canvas.clipPath(clip, skia.ClipOp.kIntersect, False)
        if part.form:
            x, y = self.scene.light
            canvas.drawPath(
                self._away(part, x * part.form, y * part.form), _paint((0, 0, 0), alpha=128)
            )
        for shade in part.shadows:
            paint = _paint((0, 0, 0), alpha=255 if shade.strength > 1.4 else 128)
            canvas.drawPath(_path(self._outlines([shade.shape.points])), paint)
        canvas.restore()

    def _away(self, part: Part, x: float, y: float) -> skia.Path:
        """Everything but the part's own shape slid by (x, y) drawing units."""
        shapes = (*part.shapes, *part.lit)
        path = _path(self._outlines([s.points + np.array([x, y]) for s in shapes]))
        path.setFillType(skia.PathFillType.kInverseWinding)
        return path

    def _form(self, part: Part, depth: float) -> None:
        x, y = self.scene.light
        for step in range(self.palette.style.steps):
            reach = part.form * (1.0 if step == 0 else 0.45)
            paint = _paint(self.palette.shade(part.tint, depth * (1.0 if step == 0 else 0.7)))
            paint.setBlendMode(skia.BlendMode.kMultiply)
            soft = self.palette.style.soft * self.camera.scale
            if soft > 0.5:
                paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, soft))
            self.shadow.canvas.drawPath(self._away(part, x * reach, y * reach), paint)

    def _rim(self, part: Part) -> None:
        x, y = self.scene.light
        reach = -0.35 * min(part.form, 0.16)
        colour = self.palette.light(part.tint, 0.55)
        self.highlight.canvas.drawPath(self._away(part, x * reach, y * reach), _paint(colour))

    def _fill(self, part: Part) -> tuple[skia.Path, skia.Path]:
        path = _path(self._outlines([s.points for s in part.shapes]))
        clip = path
        sheets: list[tuple[_Sheet, skia.Paint]] = []
        if part.paint and part.name:
            number = self._region(part)
            mask = skia.Paint(AntiAlias=False, Color=skia.ColorSetARGB(number, 0, 0, 0))
            mask.setBlendMode(skia.BlendMode.kSrc)
            sheets.append((self.regions, mask))
            sheets.append((self.flat, _paint(self.palette.colour(part.tint))))
        if part.clip is not None:
            border = _path(self._outlines([part.clip.points]))
            for sheet, paint in sheets:
                sheet.canvas.save()
                sheet.canvas.clipPath(border, skia.ClipOp.kIntersect, sheet is self.flat)
                sheet.canvas.drawPath(path, paint)
                sheet.canvas.restore()
            if not part.hides:
                clip = _common(path, border)
        else:
            for sheet, paint in sheets:
                sheet.canvas.drawPath(path, paint)
        return path, clip

    def _ink(self, part: Part, path: skia.Path, polygons: list[list[list[float]]]) -> None:
        canvas = self.line.canvas
        if part.hides and part.paint:
            wipe = skia.Paint(AntiAlias=True)
            wipe.setBlendMode(skia.BlendMode.kClear)
            canvas.drawPath(path, wipe)
        clipped = part.clip is not None
        if clipped:
            assert part.clip is not None
            canvas.save()
            canvas.clipPath(_path(self._outlines([part.clip.points])), skia.ClipOp.kIntersect, True)
        if part.solid:
            canvas.drawPath(path, skia.Paint(AntiAlias=True))
        if polygons:
            canvas.drawPath(_path(polygons), skia.Paint(AntiAlias=True))
        if clipped:
            canvas.restore()

    def paint(self) -> Layers:
        """Draws every part in order and gathers the layers."""
        parts = [p for p in self.scene.ordered() if not p.paint or self._visible(p)]
        strokes: list[Stroke] = []
        owners: list[int] = []
        for i, part in enumerate(parts):
            mine = list(part.strokes)
            if part.outline > 0 and part.paint:
                mine += outline_strokes(part)
            strokes += mine
            owners += [i] * len(mine)
        inked: list[list[list[list[float]]]] = [[] for _ in parts]
        inks = ink_polygons(strokes, self.camera.scale, (self.camera.x, self.camera.y), self.ink)
        for owner, outline in inks:
            inked[owners[owner]].append(outline)
        for part, polygons in zip(parts, inked, strict=True):
            path, clip = self._fill(part)
            if part.paint:
                self._shading(part, path, clip)
                self._toning(part, path, clip)
            self._ink(part, path, polygons)
        return self._gather()

    def _gather(self) -> Layers:
        alpha = self.line.pixels
        if self.tone is not None:
            alpha = np.maximum(alpha, shaded_ink(self.tone.pixels, self.ink))
        if self.ink.pencil:
            alpha = grain(alpha, self.ink)
        line = np.zeros((*alpha.shape, 4), dtype=np.uint8)
        if self.ink.coloured:
            table = np.zeros((256, 4), dtype=np.uint8)
            for number, tint in self.tints.items():
                table[number, :3] = self.palette.line(tint, self.ink.coloured)
            line = np.take(table, self.regions.pixels, axis=0)
        line[..., 3] = alpha
        return Layers(
            self.regions.pixels,
            self.names,
            self.flat.rgb(),
            self.shadow.rgb(),
            self.highlight.rgb(),
            line,
        )
