/** The colour of a reference's eyes, looked up where they are: `style2color.irises`. */

import { resize, rint, rgbOfRgba, type Plane } from "./arrays";
import { lab, type Rgb } from "./color";
import { coverOf, withColor, type Palette } from "./palette";
import { IRIS, readParts, type PartsGraph } from "./parts";

const SIDE = 768;
const LEAST_SIDE = 32;
const FEW = 4;
const DARK = 45;
const WHITE = 215;
const BITS = 4;
const CHROMA = 40;
/** Of the lines that are taken from a picture: their reach, and the shares that are paper and ink. */
const REACH = 2;
const [PAPER, INK] = [0.9, 0.3];

/** The palette of a reference with its irises' colour, and which entry that is; null where no iris
 * is found. rgba: on white. */
export async function withIris(
  graph: PartsGraph,
  rgba: Uint8ClampedArray,
  wide: number,
  high: number,
  palette: Palette,
): Promise<{ palette: Palette; iris: number | null }> {
  if (Math.min(wide, high) < LEAST_SIDE) return { palette, iris: null };
  const scale = Math.min(1, SIDE / Math.max(wide, high));
  const [width, height] = [wide, high].map((side) => Math.max(1, rint(side * scale))) as [
    number,
    number,
  ];
  const full = rgbOfRgba(rgba, wide * high);
  const rgb = scale < 1 ? resize(full, wide, high, width, height, "box", 3) : full;
  const { eyes } = await readParts(graph, dilateDivide(rgb, width, height));
  const iris = eyes.map((part) => (part === IRIS ? 1 : 0));
  const pixels: Rgb[] = [];
  iris.forEach((on, at) => on && pixels.push([rgb[3 * at]!, rgb[3 * at + 1]!, rgb[3 * at + 2]!]));
  const color = mainColor(pixels);
  return color ? withColor(palette, color, coverOf(iris, width, height)) : { palette, iris: null };
}

/** The commonest colour of irises, without pupils, lashes and catchlights. */
export function mainColor(pixels: readonly Rgb[]): Rgb | null {
  let paint = pixels.filter((one) => Math.min(...one) < WHITE);
  const bright = paint.filter(([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b > DARK);
  if (bright.length >= FEW) paint = bright;
  if (paint.length < FEW) return null;
  const code = ([r, g, b]: Rgb) =>
    ((r >> (8 - BITS)) << (2 * BITS)) | ((g >> (8 - BITS)) << BITS) | (b >> (8 - BITS));
  const weight = new Float64Array(1 << (3 * BITS));
  for (const one of paint) {
    const [, a, b] = lab(one);
    weight[code(one)]! += 1 + Math.hypot(a, b) / CHROMA;
  }
  const most = weight.indexOf(weight.reduce((a, b) => Math.max(a, b)));
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
