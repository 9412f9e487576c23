/** Hints drawn as pixels, and the regions they claim: `hints.py` and `claims.py`. */

import type { HintsFile } from "../hints";
import { rgbOf, type Rgb } from "./color";
import type { Marks } from "./compose";
import type { Window } from "./parts";
import type { Regions } from "./regions";

const STROKE_SHARE = 0.1;
const SAMPLES = 64;
/** Spots looked at for the nearest colour of a region that several claim. */
const MAX_SPOTS = 256;

interface Trace {
  readonly color: Rgb;
  readonly radius: number;
  readonly share: number;
  readonly points: readonly (readonly [number, number])[];
}

/** Strokes below points, as in the file. */
function traces(hints: HintsFile): Trace[] {
  return [
    ...hints.strokes.map((stroke) => ({
      color: rgbOf(stroke.color),
      radius: stroke.radius,
      share: STROKE_SHARE,
      points: stroke.points,
    })),
    ...hints.points.map((point) => ({
      color: rgbOf(point.color),
      radius: point.radius,
      share: 0,
      points: [[point.x, point.y] as const],
    })),
  ];
}

export function drawn(
  hints: HintsFile,
  width: number,
  height: number,
  scaleX: number,
  scaleY: number,
): Marks {
  const rgb = new Uint8Array(3 * width * height);
  const mask = new Uint8Array(width * height);
  for (const { color, radius, points } of traces(hints)) {
    const reach = Math.max(radius * Math.sqrt(scaleX * scaleY), 0.5);
    const pixels = points.map(([x, y]) => [Math.trunc(x * scaleX), Math.trunc(y * scaleY)] as const);
    pixels.forEach((start, i) => {
      const end = pixels[i + 1] ?? (pixels.length === 1 ? start : null);
      if (!end) return;
      const top = Math.max(0, Math.ceil(Math.min(start[1], end[1]) - reach));
      const bottom = Math.min(height - 1, Math.floor(Math.max(start[1], end[1]) + reach));
      const left = Math.max(0, Math.ceil(Math.min(start[0], end[0]) - reach));
      const right = Math.min(width - 1, Math.floor(Math.max(start[0], end[0]) + reach));
      const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
      const length = dx * dx + dy * dy;
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const along = length ? ((x - start[0]) * dx + (y - start[1]) * dy) / length : 0;
          const share = Math.min(1, Math.max(0, along));
          const away = Math.hypot(x - start[0] - share * dx, y - start[1] - share * dy);
          if (away > reach + 1e-9) continue;
          mask[y * width + x] = 1;
          rgb.set(color, 3 * (y * width + x));
        }
      }
    });
  }
  return { rgb, mask };
}

/** The same hints on a sketch resized by these factors. */
export function scaled({ points, strokes }: HintsFile, scaleX: number, scaleY: number): HintsFile {
  const grow = Math.sqrt(scaleX * scaleY);
  return {
    version: 1,
    points: points.map(({ x, y, radius, color }) => {
      return { x: x * scaleX, y: y * scaleY, radius: radius * grow, color };
    }),
    strokes: strokes.map(({ points: corners, radius, color }) => {
      const moved = corners.map(([x, y]): [number, number] => [x * scaleX, y * scaleY]);
      return { points: moved, radius: radius * grow, color };
    }),
  };
}

/** The hints inside a cut-out, in pixels of it; of strokes, what points lie inside. */
export function clipped(
  { points, strokes }: HintsFile,
  { left, top, right, bottom }: Window,
): HintsFile {
  const inside = (x: number, y: number) => left <= x && x < right && top <= y && y < bottom;
  return {
    version: 1,
    points: points
      .filter(({ x, y }) => inside(x, y))
      .map((point) => ({ ...point, x: point.x - left, y: point.y - top })),
    strokes: strokes
      .map((stroke) => {
        const own = stroke.points.filter(([x, y]) => inside(x, y));
        return { ...stroke, points: own.map(([x, y]): [number, number] => [x - left, y - top]) };
      })
      .filter((stroke) => stroke.points.length),
  };
}

export interface Claims {
  readonly labels: Int32Array;
  /** Colours of claimed labels, those above the regions' own included. */
  readonly colors: ReadonlyMap<number, Rgb>;
  /** Labels that a hint lies in. */
  readonly touched: ReadonlySet<number>;
}

/** The regions hints claim; one that several colours claim is shared out by nearness. */
export function claim(
  hints: HintsFile,
  regions: Regions,
  soft: readonly boolean[],
  page: { width: number; height: number },
): Claims {
  const { width, height, count } = regions;
  const touched = new Set<number>();
  const spots = new Map<number, Map<string, { color: Rgb; at: number[] }>>();
  for (const { color, share, points } of traces(hints)) {
    const along = points.length > 1 ? sampled(points) : points;
    const at = along.map(([x, y]) => {
      const column = Math.min(Math.max(Math.trunc((x * width) / page.width), 0), width - 1);
      const row = Math.min(Math.max(Math.trunc((y * height) / page.height), 0), height - 1);
      return row * width + column;
    });
    for (const label of new Set(at.map((i) => regions.labels[i]!))) {
      const here = at.filter((i) => regions.labels[i] === label);
      if (!label || here.length < share * at.length) continue;
      touched.add(label);
      if (soft[label - 1]) continue;
      const colors = spots.get(label) ?? new Map<string, { color: Rgb; at: number[] }>();
      const kept = colors.get(String(color)) ?? { color, at: [] };
      kept.at.push(...here);
      spots.set(label, colors.set(String(color), kept));
    }
  }
  const labels = regions.labels.slice();
  const colors = new Map<number, Rgb>();
  let next = count;
  for (const [label, byColor] of spots) {
    const chosen = [...byColor.values()];
    colors.set(label, chosen[0]!.color);
    if (chosen.length === 1) continue;
    const names = chosen.map(({ color }, i) => {
      if (i === 0) return label;
      next += 1;
      colors.set(next, color);
      return next;
    });
    share(labels, label, names, chosen.map(({ at }) => thinned(at)), width);
  }
  return { labels, colors, touched };
}

function sampled(points: Trace["points"]): [number, number][] {
  const out: [number, number][] = [];
  for (let i = 0; i + 1 < points.length; i++) {
    const [[ax, ay], [bx, by]] = [points[i]!, points[i + 1]!];
    for (let k = 0; k < SAMPLES; k++) {
      const step = k / (SAMPLES - 1);
      out.push([ax + (bx - ax) * step, ay + (by - ay) * step]);
    }
  }
  return out;
}

function thinned(at: number[]): number[] {
  const every = Math.ceil(at.length / MAX_SPOTS);
  return at.filter((_, i) => i % every === 0);
}

function share(
  labels: Int32Array,
  label: number,
  names: readonly number[],
  spots: readonly number[][],
  width: number,
): void {
  labels.forEach((own, at) => {
    if (own !== label) return;
    const [x, y] = [at % width, Math.floor(at / width)];
    let [best, least] = [0, Infinity];
    spots.forEach((list, i) => {
      for (const spot of list) {
        const away = (x - (spot % width)) ** 2 + (y - Math.floor(spot / width)) ** 2;
        if (away < least) [best, least] = [i, away];
      }
    });
    labels[at] = names[best]!;
  });
}
