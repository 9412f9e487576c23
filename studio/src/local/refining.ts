/** A second look at all votes together: `style2color.painting.refining` and `.counterparts`, which say why. */

import type { Plane } from "./arrays";
import { figureShares } from "./balance";
import { lab, type Rgb } from "./color";
import { describe, looksOf, type Described, type Sight } from "./describing";
import type { Palette } from "./palette";
import { onSquare, type Traced } from "./portrait";
import { labelRegions, type Regions } from "./regions";
import { grounds, labelsAt } from "./voting";

/** Regions that are looked at together, the largest. */
export const MOST = 256;
const MOST_COUNTERPARTS = 128;
const GAP = 2;
const BOUND = 30;
const PARTS = 5;
const CERTAIN = 500;

/** The regions of a reference, largest first: looks (T, D), entries (T, K), area (T). */
export interface Counterparts {
  readonly looks: Float32Array;
  readonly entries: Float32Array;
  readonly area: Float32Array;
}

/** Float32 inputs of the graph by name, with their sizes. */
export type Inputs = Record<string, readonly [Float32Array, readonly number[]]>;

/** All that is said of regions, (R, K) each; `placed` is (R, 2, K), `shares` (R, 5) or null. `like`
 * is null from models before 0.15. */
export interface Case {
  readonly regions: Regions;
  readonly described: Described;
  readonly shares: Float32Array | null;
  readonly pixels: Float32Array;
  readonly voted: Float32Array;
  readonly parts: Float32Array;
  readonly worn: Float32Array;
  readonly like: Float32Array | null;
  readonly placed: Float32Array;
  readonly colors: readonly Rgb[];
  /** Of the colours, how many are the reference's; then come hints, then paper. */
  readonly own: number;
  readonly covered: (entry: number) => Float32Array;
  readonly assignment: Float32Array;
  readonly moments: Float32Array;
  readonly shading: number;
  readonly others: Counterparts | null;
}

/** The regions of a reference whose lines the painter looked at. */
export function counterparts(
  lines: Plane,
  sight: Sight,
  reference: Traced,
  palette: Palette,
): Counterparts {
  const { ink, width, height } = reference;
  const regions = labelRegions(lines, GAP);
  const labels = labelsAt(regions, width, height);
  const K = palette.colors.length;
  const covered = new Float64Array(regions.count * K);
  const place = onSquare(reference);
  labels.forEach((label, at) => {
    const on = place(at % width, Math.floor(at / width));
    if (label && !ink[on]) covered[(label - 1) * K + palette.entry[on]!]! += 1;
  });
  const pixels = Array.from({ length: regions.count }, (_, r) =>
    covered.subarray(r * K, (r + 1) * K).reduce((a, b) => a + b, 0),
  );
  const kept = Array.from(pixels.keys()).filter((r) => pixels[r]).slice(0, MOST_COUNTERPARTS);
  const looks = looksOf(describe(regions, sight));
  const D = looks.length / Math.max(regions.count, 1);
  const out = {
    looks: new Float32Array(kept.length * D),
    entries: new Float32Array(kept.length * K),
    area: new Float32Array(kept.length),
  };
  kept.forEach((r, t) => {
    out.looks.set(looks.subarray(r * D, (r + 1) * D), t * D);
    for (let k = 0; k < K; k++) out.entries[t * K + k] = covered[r * K + k]! / pixels[r]!;
    out.area[t] = pixels[r]!;
  });
  return out;
}

/** Pixel edges that each two of the largest regions share, (n, n). */
function contacts({ width, height, labels }: Regions, count: number): Float32Array {
  const out = new Float32Array(count * count);
  const meet = (one: number, two: number) => {
    if (one === two || !one || !two || one > count || two > count) return;
    out[(one - 1) * count + two - 1]! += 1;
    out[(two - 1) * count + one - 1]! += 1;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (x + 1 < width) meet(labels[at]!, labels[at + 1]!);
      if (y + 1 < height) meet(labels[at]!, labels[at + width]!);
    }
  }
  return out;
}

/** The inputs of the graph; its entries are the reference's, and paper. */
export function inputsOf(one: Case): Inputs {
  const { regions, colors, own, others } = one;
  const all = colors.length;
  const entry = [...Array(own).keys(), all - 1];
  const [R, K] = [Math.min(regions.count, MOST), entry.length];
  const voices = [one.pixels, one.voted, one.parts, one.worn, ...(one.like ? [one.like] : [])];
  const V = voices.length;
  const votes = new Float32Array(R * K * V);
  const placed = new Float32Array(R * 2 * K);
  for (let r = 0; r < R; r++) {
    entry.forEach((k, to) => {
      voices.forEach((said, which) => {
        const vote = said[r * all + k]!;
        votes[(r * K + to) * V + which] = Math.min(Math.max(vote, -BOUND), BOUND);
      });
      for (const side of [0, 1]) {
        placed[(r * 2 + side) * K + to] = one.placed[(r * 2 + side) * all + k]!;
      }
    });
  }
  const seen = looksOf(one.described);
  const D = seen.length / regions.count;
  const wide = D + PARTS + 1;
  const looks = new Float32Array(R * wide);
  const ground = grounds(regions);
  for (let r = 0; r < R; r++) {
    looks.set(seen.subarray(r * D, (r + 1) * D), r * wide);
    if (one.shares) looks.set(one.shares.subarray(r * PARTS, (r + 1) * PARTS), r * wide + D);
    looks[r * wide + D + PARTS] = ground[r] ? 1 : 0;
  }
  const amounts = figureShares(colors.slice(0, own), one.assignment);
  const described = entry.flatMap((k, to) => {
    const mine = to < own;
    const known = mine ? [1, amounts[k]!, one.shading] : [0, 0, one.shading];
    const moments = mine ? one.moments.subarray(5 * k, 5 * k + 5) : new Float32Array(5);
    return [...lab(colors[k]!).map((value) => value / 100), ...known, ...moments, ...one.covered(k)];
  });
  const T = Math.max(others?.area.length ?? 0, 1);
  const twins = new Float32Array(T * D);
  const held = new Float32Array(T * K);
  const area = new Float32Array(T);
  if (others?.area.length) {
    twins.set(others.looks);
    area.set(others.area);
    const each = others.entries.length / T;
    for (let t = 0; t < T; t++) held.set(others.entries.subarray(t * each, (t + 1) * each), t * K);
  }
  return {
    votes: [votes, [1, R, K, V]],
    placed: [placed, [1, R, 2, K]],
    looks: [looks, [1, R, wide]],
    touching: [contacts(regions, R), [1, R, R]],
    area: [Float32Array.from(regions.area.subarray(0, R)), [1, R]],
    entries: [Float32Array.from(described), [1, K, described.length / K]],
    twins: [twins, [1, T, D]],
    twin_entries: [held, [1, T, K]],
    twin_area: [area, [1, T]],
    region_present: [new Float32Array(R).fill(1), [1, R]],
    present: [new Float32Array(K).fill(1), [1, K]],
  };
}

/** Add the graph's answer, (n, own + 1), to the opinion (R, K); what hints ask for gains as much as
 * the best entry of the reference, and what was certain stays. */
export function refine(opinion: Float32Array, change: Float32Array, all: number, own: number): void {
  for (let r = 0; r * (own + 1) < change.length; r++) {
    if (opinion[r * all + all - 1]! > CERTAIN) continue;
    const row = change.subarray(r * (own + 1), (r + 1) * (own + 1));
    const best = row.subarray(0, own).reduce((a, b) => Math.max(a, b), -Infinity);
    for (let k = 0; k < all; k++) {
      opinion[r * all + k]! += k < own ? row[k]! : k < all - 1 ? best : row[own]!;
    }
  }
}
