/** What a region is like in the reference: `style2color.reading.correspondence`, which says why. */

import { nearest, type Plane } from "./arrays";
import type { Rgb } from "./color";
import type { Palette } from "./palette";
import { PALE } from "./parts";
import { onSquare, type Traced } from "./portrait";
import type { Regions } from "./regions";
import { labelsAt, pool } from "./voting";

const WEIGHT = 0.8;
const RARE = 0.02;

/** The pixels of a reference that a region may be like, ink left out: vectors (P, E), all of one
 * length, and the palette entry of each. */
export interface Keys {
  readonly vectors: Float32Array;
  readonly entry: Uint8Array;
}

/** The embedding of a reference's lines, (E, h, w), with the entries of its pixels; null where all of
 * it is ink. */
export function keysOf(
  { width, height, data }: Plane<Float32Array>,
  reference: Traced,
  palette: Palette,
): Keys | null {
  const rows = nearest(reference.height, height);
  const columns = nearest(reference.width, width);
  const place = onSquare(reference);
  const [paint, entry]: [number[], number[]] = [[], []];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const on = place(columns[x]!, rows[y]!);
      if (reference.ink[on]) continue;
      paint.push(y * width + x);
      entry.push(palette.entry[on]!);
    }
  }
  if (!paint.length) return null;
  const size = width * height;
  const E = data.length / size;
  const vectors = new Float32Array(paint.length * E);
  paint.forEach((at, p) => {
    for (let e = 0; e < E; e++) vectors[p * E + e] = data[e * size + at]!;
  });
  return { vectors, entry: Uint8Array.from(entry) };
}

/** The embedding of every region of a sketch, the mean of its pixels, (R, E); 0 where a region is too
 * small to have one. */
export function vectorsOf(
  { width, height, data }: Plane<Float32Array>,
  regions: Regions,
): Float32Array {
  const labels = labelsAt(regions, width, height);
  return pool(data, data.length / labels.length, labels, regions.count).means;
}

/** What the regions' likeness, of vectors (R, E), adds to their votes, (R, K).
 *
 * own: entries of the reference, the first of the palette. Paper is as good as all white that is
 * seen, and what hints ask for as the best of these. Regions without a vector add nothing. */
export function likened(
  vectors: Float32Array,
  keys: Keys,
  colors: readonly Rgb[],
  own: number,
): Float32Array {
  const P = keys.entry.length;
  const E = keys.vectors.length / P;
  const K = colors.length;
  const count = vectors.length / E;
  const length = Math.hypot(...keys.vectors.subarray(0, E));
  const white = colors.slice(0, own).map((color) => Math.min(...color) >= PALE);
  const out = new Float32Array(count * K);
  const scores = new Float32Array(P);
  const seen = new Float64Array(own);
  for (let r = 0; r < count; r++) {
    const vector = vectors.slice(r * E, (r + 1) * E);
    const norm = Math.hypot(...vector);
    if (!norm) continue;
    const scale = length / norm;
    for (let e = 0; e < E; e++) vector[e]! *= scale;
    const best = score(vector, keys.vectors, scores);
    seen.fill(0);
    let sum = 0;
    for (let p = 0; p < P; p++) {
      const chance = Math.exp(scores[p]! - best);
      seen[keys.entry[p]!]! += chance;
      sum += chance;
    }
    let [most, pale] = [-Infinity, 0];
    for (let k = 0; k < own; k++) {
      const share = seen[k]! / sum;
      const said = WEIGHT * Math.log(share + RARE);
      out[r * K + k] = said;
      most = Math.max(most, said);
      if (white[k]) pale += share;
    }
    out.fill(most, r * K + own, r * K + K - 1);
    out[r * K + K - 1] = WEIGHT * Math.log(pale + RARE);
  }
  return out;
}

/** How much of each entry of the reference regions see there, by the roots of their areas, of a sum of
 * 1; null where none sees anything. like: from `likened`, (R, K). */
export function amounts(
  like: Float32Array,
  area: ArrayLike<number>,
  own: number,
): Float64Array | null {
  const K = like.length / area.length;
  const seen = new Float64Array(own);
  for (let r = 0; r < area.length; r++) {
    const row = like.subarray(r * K, (r + 1) * K);
    if (!row.some((value) => value)) continue;
    for (let k = 0; k < own; k++) {
      seen[k]! += Math.sqrt(area[r]!) * Math.max(Math.exp(row[k]! / WEIGHT) - RARE, 0);
    }
  }
  const sum = seen.reduce((a, b) => a + b, 0);
  return sum ? seen.map((value) => value / sum) : null;
}

/** Products of a vector with every key, into `scores`; returns the highest. */
function score(vector: Float32Array, keys: Float32Array, scores: Float32Array): number {
  const E = vector.length;
  let best = -Infinity;
  for (let p = 0, at = 0; p < scores.length; p++, at += E) {
    let sum = 0;
    for (let e = 0; e < E; e++) sum += vector[e]! * keys[at + e]!;
    scores[p] = sum;
    if (sum > best) best = sum;
  }
  return best;
}
