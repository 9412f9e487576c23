/** Regions' choices and the network's pixels → page and layers, as `style2color.painting.compose`. */

import { nearest, resize, type Plane } from "./arrays";
import type { Rgb } from "./color";

const LINE = 128;
const SHARP = 3;
const COOL = [0.8, 0.77, 0.88] as const;
const WARM = [0.85, 0.75, 0.74] as const;
const OWN = 0.32;
const USUAL = 0.25;

export interface Fill {
  readonly width: number;
  readonly height: number;
  readonly labels: Int32Array;
  /** By label; label 0 is always soft. */
  readonly colors: readonly Rgb[];
  readonly soft: readonly boolean[];
}

/** RGBA pictures of the page's size. */
export interface Composed {
  readonly painting: Uint8ClampedArray;
  readonly flat: Uint8ClampedArray;
  readonly shadow: Uint8ClampedArray;
  /** Null where there is none. */
  readonly highlight: Uint8ClampedArray | null;
  readonly line: Uint8ClampedArray;
  /** 255 = none, one value a pixel: how much shadow there is, whatever the colour under it. */
  readonly shade: Uint8ClampedArray;
}

export interface Marks {
  /** RGB and whether there is a mark, at the page's size. */
  readonly rgb: Uint8Array;
  readonly mask: Uint8Array;
}

export function compose(
  lines: Plane,
  logits: Plane<Float32Array>,
  shade: Plane<Float32Array>,
  light: Plane<Float32Array> | null,
  palette: readonly Rgb[],
  fill: Fill,
  marks: Marks | null,
  hard: boolean,
): Composed {
  const { width, height } = lines;
  const make = () => new Uint8ClampedArray(4 * width * height).fill(255);
  const shades = new Uint8ClampedArray(width * height);
  const out = { painting: make(), flat: make(), shadow: make(), line: make(), shade: shades };
  const lit = light?.data.some((value) => value > 0) ? light : null;
  const highlight = lit && make();
  let found = false;
  const rows = nearest(fill.height, height);
  const columns = nearest(fill.width, width);
  const soft = sampler(logits, width, height);
  const darkness = sampler(shade, width, height);
  const lightness = lit ? sampler(lit, width, height) : () => 0;
  const votes = new Float64Array(palette.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const label = fill.labels[rows[y]! * fill.width + columns[x]!]!;
      let color: Rgb;
      if (!fill.soft[label]) color = fill.colors[label]!;
      else if (marks?.mask[at]) {
        color = [marks.rgb[3 * at]!, marks.rgb[3 * at + 1]!, marks.rgb[3 * at + 2]!];
      } else {
        for (let k = 0; k < palette.length; k++) votes[k] = soft(x, y, k);
        color = mixture(votes, palette, hard);
      }
      const dark = darkness(x, y, 0);
      const bright = lightness(x, y, 0);
      const ink = lines.data[at]!;
      color = [rounded(color[0]), rounded(color[1]), rounded(color[2])];
      const tone = shadowTone(color, dark);
      const laid = (c: 0 | 1 | 2) => {
        const shaded = color[c] * tone[c];
        return shaded + (255 - shaded) * bright;
      };
      const paint = [laid(0), laid(1), laid(2)] as const;
      const factor = inkFactor(ink, paint);
      for (let c = 0; c < 3; c++) {
        out.flat[4 * at + c] = color[c as 0]!;
        out.painting[4 * at + c] = Math.floor(Math.min(paint[c as 0]! * factor + 0.5, 255));
        out.shadow[4 * at + c] = level(tone[c as 0]!);
        if (highlight) highlight[4 * at + c] = level(bright);
        out.line[4 * at + c] = 0;
      }
      out.shade[at] = level(dark);
      found ||= level(bright) > 0;
      out.line[4 * at + 3] = 255 - ink;
    }
  }
  return { ...out, highlight: found ? highlight : null };
}

/** What a shadow multiplies a flat colour by: cool on grey, warm on skin, and lively. */
function shadowTone(color: Rgb, shade: number): Rgb {
  if (shade >= 1) return [1, 1, 1];
  const high = Math.max(...color, 1);
  const pure = color.map((value) => value / high);
  const warmth = Math.min(1, Math.max(0, 6 * (pure[0]! - pure[2]!)));
  const tone = (c: 0 | 1 | 2) => {
    const full = (COOL[c] + (WARM[c] - COOL[c]) * warmth) * (1 - OWN + OWN * pure[c]!);
    return Math.max(1 - (1 - shade) * ((1 - full) / USUAL), 0);
  };
  return [tone(0), tone(1), tone(2)];
}

/** Layers have whole colours, so the page has them too. */
function rounded(value: number): number {
  return Math.floor(value + 0.5);
}

/** A share 0..1 in 8 bits. */
function level(share: number): number {
  return Math.floor(Math.min(255, Math.max(0, share * 255 + 0.5)));
}

function mixture(votes: Float64Array, palette: readonly Rgb[], hard: boolean): Rgb {
  let best = 0;
  for (let k = 1; k < votes.length; k++) if (votes[k]! > votes[best]!) best = k;
  if (hard) return palette[best]!;
  let [red, green, blue, total] = [0, 0, 0, 0];
  for (let k = 0; k < votes.length; k++) {
    const share = Math.exp(SHARP * (votes[k]! - votes[best]!));
    red += share * palette[k]![0];
    green += share * palette[k]![1];
    blue += share * palette[k]![2];
    total += share;
  }
  return [red / total, green / total, blue / total];
}

/** How far ink darkens paint: a glaze where light, the ink's own luma where dark. */
function inkFactor(ink: number, paint: readonly [number, number, number]): number {
  if (ink === 255) return 1;
  const luma = Math.floor(
    Math.min(255, 0.299 * paint[0] + 0.587 * paint[1] + 0.114 * paint[2] + 0.5),
  );
  const light = Math.min(1, Math.max(0, (ink - LINE) / (255 - LINE)));
  return (light * ink) / 255 + (1 - light) * Math.min(1, ink / Math.max(luma, 1));
}

/** For each of `full` pixels, the two of `small` that it lies between, and the second's share. */
export function taps(small: number, full: number) {
  return Array.from({ length: full }, (_, i) => {
    const at = Math.min(Math.max((i + 0.5) * (small / full) - 0.5, 0), small - 1);
    const first = Math.floor(at);
    return [first, Math.min(first + 1, small - 1), at - first] as const;
  });
}

/** Bilinear look-up in planes (C, h, w) at a pixel of the page. */
function sampler(planes: Plane<Float32Array>, width: number, height: number) {
  const { width: w, height: h, data } = planes;
  const rows = taps(h, height);
  const columns = taps(w, width);
  return (x: number, y: number, channel: number): number => {
    const [top, bottom, down] = rows[y]!;
    const [left, right, across] = columns[x]!;
    const base = channel * w * h;
    const mix = (column: number) => {
      const above = data[base + top * w + column]!;
      return above + (data[base + bottom * w + column]! - above) * down;
    };
    const start = mix(left);
    return start + (mix(right) - start) * across;
  };
}

/** Shade beside lines replaced by that of the paint around them. */
export function withoutInk(shade: Plane<Float32Array>, lines: Plane): Plane<Float32Array> {
  const { width, height } = shade;
  const small = resize(lines.data, lines.width, lines.height, width, height, "box");
  const least = slid(small, width, height, 2, (all) => Math.min(...all));
  const clean = least.map((value) => (value > 230 ? 255 : 0));
  const kept = clean.map((on, at) =>
    on ? Math.min(255, Math.max(0, Math.fround(shade.data[at]! * 255))) : 0,
  );
  const [known, around] = [clean, kept].map((of) => slid(of, width, height, 4, mean));
  const data = shade.data.map((value, at) =>
    clean[at] ? value : known![at]! >= 8 ? Math.min(around![at]! / known![at]!, 1) : 1,
  );
  return { width, height, data };
}

function mean(values: readonly number[]): number {
  return Math.floor(values.reduce((a, b) => a + b, 0) / values.length + 0.5);
}

/** `pick` of the row, then of the column, of pixels around every pixel up to `reach` from it. */
function slid(
  source: Uint8Array,
  width: number,
  height: number,
  reach: number,
  pick: (values: readonly number[]) => number,
): Uint8Array {
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const within = (at: number, side: number) => Math.min(Math.max(at, 0), side - 1);
  const across = source.map((_, at) => {
    const x = at % width;
    return pick(offsets.map((offset) => source[at - x + within(x + offset, width)]!));
  });
  return across.map((_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return pick(offsets.map((offset) => across[within(y + offset, height) * width + x]!));
  });
}
