/** Shadows and highlights, read in the lines: `style2color.painting.shading` and `style2color.reading.depth`. */

import { rint, type Plane } from "./arrays";
import { taps } from "./compose";
import { shrinkLines } from "./ink";
import { inkMask } from "./palette";
import type { Regions } from "./regions";
import { grounds, labelsAt } from "./voting";
import type { Light } from "../doc";

const STRIDE = 32;
const SIDE = 384;
const PLANE = 1024;
const SURE = [0, 1] as const;
const EDGE = 1;
const DARK = 0.25;
const BRIGHT = 0.35;
const TRACE = 1e-3;
const APART = 6;
const SHADED = [0.55, 0.93] as const;
const KIN = 0.25;
const PAPER = 240;
const GROUND = 12;
const DEEP = 40;
const FLAT = 0.03;
const FULL = 0.08;
const REFERENCE = 256;

/** The shading graph: lines, 1 = paper, whose sides are multiples of 32 → marks (2, H, W). */
export type ShadingGraph = (
  lines: Float32Array,
  width: number,
  height: number,
) => Promise<Float32Array>;

/** Logits of shadows and of highlights, (2, h, w). */
export type Marks = Plane<Float32Array>;

/** Shadows and highlights of lines under a light from a side. */
export async function readMarks(
  graph: ShadingGraph,
  lines: Plane,
  light: Exclude<Light, "none">,
): Promise<Marks> {
  const { width, height, data } = shrinkLines(lines, SIDE);
  const [wide, high] = [width, height].map((side) => Math.ceil(side / STRIDE) * STRIDE);
  const mirrored = (x: number) => (light === "right" ? width - 1 - x : x);
  const ink = new Float32Array(wide! * high!).fill(1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) ink[y * wide! + x] = data[y * width + mirrored(x)]! / 255;
  }
  const found = await graph(ink, wide!, high!);
  const marks = new Float32Array(2 * width * height);
  for (let row = 0; row < 2 * height; row++) {
    const from = (Math.floor(row / height) * high! + (row % height)) * wide!;
    for (let x = 0; x < width; x++) marks[row * width + x] = found[from + mirrored(x)]!;
  }
  return { width, height, data: marks };
}

/** Shade and light for `compose`, 0..1, of a page of this size. */
export function laid(
  marks: Marks,
  strength: number,
  regions: Regions,
  pageWidth: number,
  pageHeight: number,
): { shade: Plane<Float32Array>; light: Plane<Float32Array> } {
  const scale = Math.min(1, PLANE / Math.max(pageWidth, pageHeight));
  const [width, height] = [pageWidth, pageHeight].map((side) => Math.max(1, rint(side * scale)));
  const { width: w, height: h, data } = marks;
  const rows = taps(h, height!);
  const columns = taps(w, width!);
  const own = labelsAt(regions, width!, height!);
  const around = labelsAt(regions, w, h);
  // The ground has no form of its own; what is read there belongs to the figure beside it.
  const ground = [false, ...grounds(regions)];
  const shade = new Float32Array(width! * height!).fill(1);
  const light = new Float32Array(width! * height!);
  const share = (logit: number, sure: number) =>
    Math.min(1, Math.max(0, (logit - sure) * EDGE + 0.5)) * strength;
  for (let y = 0; y < height!; y++) {
    const [top, bottom, down] = rows[y]!;
    for (let x = 0; x < width!; x++) {
      const [left, right, across] = columns[x]!;
      const at = y * width! + x;
      if (ground[own[at]!]) continue;
      const near = [top * w + left, top * w + right, bottom * w + left, bottom * w + right];
      const alike = near.map((pixel) => around[pixel] === own[at]);
      const plain = alike.every((one) => one) || !alike.some((one) => one);
      const weights = [(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across];
      let [total, dark, bright] = [0, 0, 0];
      for (let k = 0; k < 4; k++) {
        // A trace of weight where a pixel's own region has none of the nearest.
        const weight = plain ? weights[k]! : alike[k] ? weights[k]! + TRACE : 0;
        total += weight;
        dark += weight * data[near[k]!]!;
        bright += weight * data[w * h + near[k]!]!;
      }
      shade[at] = 1 - DARK * share(dark / total, SURE[0]);
      light[at] = BRIGHT * share(bright / total, SURE[1]);
    }
  }
  const size = { width: width!, height: height! };
  return { shade: { ...size, data: shade }, light: { ...size, data: light } };
}

/** How much shading a reference has, RGB of 256 × 256: 0 flat, 1 shaded. */
export function shadingOf(pixels: Uint8Array): number {
  const total = REFERENCE * REFERENCE;
  const black = inkMask(pixels);
  const luma = new Float32Array(total);
  const painted = new Uint8Array(total);
  for (let i = 0; i < total; i++) {
    const [r, g, b] = [pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!];
    luma[i] = 0.299 * r + 0.587 * g + 0.114 * b;
    if (luma[i]! < DEEP) black[i] = 1;
    painted[i] = Math.min(r, g, b) < PAPER ? 1 : 0;
  }
  const figure = withoutGround(pixels, painted);
  const near = black.map((ink, i) => {
    const x = i % REFERENCE;
    return ink ||
      (i >= REFERENCE && black[i - REFERENCE]) ||
      (i + REFERENCE < total && black[i + REFERENCE]) ||
      (x > 0 && black[i - 1]) ||
      (x + 1 < REFERENCE && black[i + 1])
      ? 1
      : 0;
  });
  let [pairs, shaded] = [0, 0];
  const look = (i: number, step: number) => {
    const j = i + APART * step;
    if (!figure[i] || !figure[j]) return;
    for (let k = i; k <= j; k += step) if (near[k]) return;
    pairs += 1;
    const [a, b] = [luma[i]! + 1, luma[j]! + 1];
    const share = Math.min(a, b) / Math.max(a, b);
    if (share <= SHADED[0] || share >= SHADED[1]) return;
    for (let c = 0; c < 3; c++) {
      if (Math.abs(pixels[3 * i + c]! / a - pixels[3 * j + c]! / b) >= KIN) return;
    }
    shaded += 1;
  };
  for (let y = 0; y < REFERENCE; y++) {
    for (let x = 0; x < REFERENCE; x++) {
      if (x + APART < REFERENCE) look(y * REFERENCE + x, 1);
      if (y + APART < REFERENCE) look(y * REFERENCE + x, REFERENCE);
    }
  }
  const found = shaded / Math.max(pairs, 1);
  return Math.min(1, Math.max(0, (found - FLAT) / (FULL - FLAT)));
}

/** What is painted, without a ground of one colour: that of over half of the frame around it. */
function withoutGround(pixels: Uint8Array, painted: Uint8Array): Uint8Array {
  let [left, top, right, bottom] = [REFERENCE, REFERENCE, -1, -1];
  painted.forEach((one, i) => {
    if (!one) return;
    const [x, y] = [i % REFERENCE, Math.floor(i / REFERENCE)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  });
  const frame: number[] = [];
  for (let x = left; x <= right; x++) frame.push(top * REFERENCE + x, bottom * REFERENCE + x);
  for (let y = top; y <= bottom; y++) frame.push(y * REFERENCE + left, y * REFERENCE + right);
  const inked = frame.filter((i) => painted[i]);
  if (2 * inked.length <= frame.length) return painted;
  const ground = [0, 1, 2].map((c) => {
    const values = inked.map((i) => pixels[3 * i + c]!).sort((a, b) => a - b);
    const half = values.length >> 1;
    return values.length % 2 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
  });
  const away = (i: number) => Math.max(...ground.map((value, c) => Math.abs(pixels[3 * i + c]! - value)));
  if (2 * inked.filter((i) => away(i) <= GROUND).length <= frame.length) return painted;
  return painted.map((one, i) => (one && away(i) > GROUND ? 1 : 0));
}
