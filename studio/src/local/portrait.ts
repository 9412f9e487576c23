/** What a reference shows where, its eyes, skin and hair: `style2color.reading.portrait`, which says why. */

import { resize, rint, rgbOfRgba, type Plane } from "./arrays";
import { lab, type Rgb } from "./color";
import { coverOf, inkMask, withColor, type Palette } from "./palette";
import { HAIR, IRIS, SKIN, type Reading, type Shown } from "./parts";

const SIDE = 768;
const LEAST_SIDE = 32;
const SEEN = 256;
const CLEAR = Math.fround(0.6);
const LEAST = 60;
const MAIN = 2;
const FEW = 4;
const DARK = 45;
const WHITE = 215;
const BITS = 4;
const CHROMA = 40;
const MIDDLE = 10;
/** Of the lines that are taken from a picture: their reach, and the shares that are paper and ink. */
const REACH = 2;
const [PAPER, INK] = [0.9, 0.3];

/** A reference as it is read. */
export interface Lined {
  readonly rgb: Uint8Array;
  /** Taken from it. */
  readonly lines: Plane;
}

/** And where of the square on which references are seen. */
export interface Traced extends Lined {
  /** Of the square on which references are seen: 1 where it is ink. */
  readonly ink: Uint8Array;
  /** Of the picture on that square. */
  readonly width: number;
  readonly height: number;
}

function fitted(wide: number, high: number, side: number): readonly [number, number] {
  const scale = side / Math.max(wide, high);
  return [Math.max(1, rint(wide * scale)), Math.max(1, rint(high * scale))];
}

/** Take lines from a reference, RGBA on white; null from one that is too small to show anything. */
export function lined(rgba: Uint8ClampedArray, wide: number, high: number): Lined | null {
  if (Math.min(wide, high) < LEAST_SIDE) return null;
  const [across, down] = Math.max(wide, high) > SIDE ? fitted(wide, high, SIDE) : [wide, high];
  const full = rgbOfRgba(rgba, wide * high);
  const rgb = across < wide ? resize(full, wide, high, across, down, "box", 3) : full;
  return { rgb, lines: dilateDivide(rgb, across, down) };
}

/** The same, and where it lies on its square, RGB, as the network sees it. */
export function traced(
  rgba: Uint8ClampedArray,
  wide: number,
  high: number,
  square: Uint8Array,
): Traced | null {
  const taken = lined(rgba, wide, high);
  if (!taken) return null;
  const [width, height] = fitted(wide, high, SEEN);
  return { ...taken, ink: inkMask(square), width, height };
}

/** From a pixel of the picture to that of the square on which references are seen. */
export function onSquare({ width, height }: Traced): (x: number, y: number) => number {
  const [top, left] = [(SEEN - height) >> 1, (SEEN - width) >> 1];
  return (x, y) => (top + y) * SEEN + left + x;
}

/** The palette of a reference with the colour of its irises, and what of it is seen on which part. */
export function readReference(
  { shares, eyes }: Reading,
  reference: Traced,
  main: Palette,
): { palette: Palette; shown: Shown } {
  const shown = new Map<number, Float32Array>();
  const { rgb, lines } = reference;
  const iris = eyes.map((part) => (part === IRIS ? 1 : 0));
  const pixels: Rgb[] = [];
  iris.forEach((on, at) => on && pixels.push([rgb[3 * at]!, rgb[3 * at + 1]!, rgb[3 * at + 2]!]));
  const color = mainColor(pixels);
  if (!color) return { palette: main, shown };
  const cover = coverOf(iris, lines.width, lines.height);
  const { palette, entry } = withColor(main, color, cover);
  shown.set(IRIS, Float32Array.from(palette.colors, (_, k) => (k === entry ? 1 : 0)));
  for (const part of [SKIN, HAIR]) {
    const area = covered(shares, part, CLEAR, reference, main);
    if (area.reduce((a, b) => a + b, 0) < LEAST) continue;
    const weight = new Float32Array(palette.colors.length);
    area.forEach((pixels, k) => (weight[k] = pixels ** MAIN));
    const sum = weight.reduce((a, b) => a + b, 0);
    shown.set(part, weight.map((value) => value / sum));
  }
  return { palette, shown };
}

/** What every entry covers of something where its share, one of several maps, is above `clear`. */
export function covered(
  shares: Plane<Float32Array>,
  which: number,
  clear: number,
  reference: Traced,
  palette: Palette,
): Float64Array {
  const { ink, width, height } = reference;
  const size = shares.width * shares.height;
  const plane = shares.data.slice(which * size, (which + 1) * size);
  const share = resize(plane, shares.width, shares.height, width, height, "bilinear");
  const place = onSquare(reference);
  const out = new Float64Array(palette.colors.length);
  share.forEach((value, at) => {
    const on = place(at % width, Math.floor(at / width));
    if (value > clear && !ink[on]) out[palette.entry[on]!]! += value;
  });
  return out;
}

/** The colour of irises, without pupils, lashes and catchlights: of their tones the middle one. */
export function mainColor(pixels: readonly Rgb[]): Rgb | null {
  let paint = pixels.filter((one) => Math.min(...one) < WHITE);
  const bright = paint.filter(([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b > DARK);
  if (bright.length >= FEW) paint = bright;
  if (paint.length < FEW) return null;
  const code = ([r, g, b]: Rgb) =>
    ((r >> (8 - BITS)) << (2 * BITS)) | ((g >> (8 - BITS)) << BITS) | (b >> (8 - BITS));
  const tones = paint.map((one) => {
    const [light, a, b] = lab(one);
    return { code: code(one), light, weight: (1 + Math.hypot(a, b) / CHROMA) ** 2 };
  });
  let left = tones.reduce((sum, { weight }) => sum + weight, 0) / 2;
  const sorted = [...tones].sort((one, other) => one.light - other.light);
  const middle = sorted.find(({ weight }) => (left -= weight) <= 0)!.light;
  const sums = new Float64Array(1 << (3 * BITS));
  for (const { code, light, weight } of tones) {
    sums[code]! += weight * Math.exp(-(((light - middle) / MIDDLE) ** 2) / 2);
  }
  const most = sums.indexOf(sums.reduce((a, b) => Math.max(a, b)));
  const alike = paint.filter((one) => code(one) === most);
  const mean = (c: number) => rint(alike.reduce((sum, one) => sum + one[c]!, 0) / alike.length);
  return [mean(0), mean(1), mean(2)];
}

/** The picture, RGB, divided by its own dilation: `style2color.lines.dilate_divide`. */
export function dilateDivide(rgb: Uint8Array, width: number, height: number): Plane {
  const slid = (source: Uint8Array, step: number, length: number, place: (i: number) => number) =>
    source.map((_, i) => {
      const at = place(i);
      let most = 0;
      for (let k = Math.max(-REACH, -at); k <= Math.min(REACH, length - 1 - at); k++) {
        most = Math.max(most, source[i + k * step]!);
      }
      return most;
    });
  const across = slid(rgb, 3, width, (i) => Math.floor(i / 3) % width);
  const light = slid(across, 3 * width, height, (i) => Math.floor(i / (3 * width)));
  const stretch = Math.fround(255 / (PAPER - INK));
  const data = new Uint8Array(width * height).map((_, i) => {
    let ratio = 1;
    for (let c = 3 * i; c < 3 * i + 3; c++) {
      ratio = Math.min(ratio, Math.fround((rgb[c]! + 16) / (light[c]! + 16)));
    }
    const level = Math.fround(Math.fround(ratio - Math.fround(INK)) * stretch);
    return Math.min(Math.max(level, 0), 255);
  });
  return { width, height, data };
}
