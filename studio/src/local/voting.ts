/** What is known of regions and what they choose: `placing.py`, `voting.py`, `regions.geometry`. */

import { nearest, type Plane } from "./arrays";
import { lab, squared, type Rgb } from "./color";
import type { Regions } from "./regions";

const GRID = 64;
const CELLS = 32;
/** `_SURE` of voting.py: share of the votes that makes a favourite clear. */
const SURE = 0.5;
/** `_ALIKE` of voting.py, squared: ΔE up to which two entries are one colour. */
const ALIKE = 100;
/** Votes are squared where regions choose. */
const SHARPNESS = 2;

/** The label under each pixel of a smaller or larger map. */
export function labelsAt(regions: Regions, width: number, height: number): Int32Array {
  const rows = nearest(regions.height, height);
  const columns = nearest(regions.width, width);
  const out = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      out[y * width + x] = regions.labels[rows[y]! * regions.width + columns[x]!]!;
    }
  }
  return out;
}

/** What of the light stands out of its region: every region's upper quartile is taken off. */
export function highlights(light: Plane<Float32Array>, regions: Regions): Plane<Float32Array> {
  const { width, height, data } = light;
  const labels = labelsAt(regions, width, height);
  const values = Array.from({ length: regions.count + 1 }, () => [] as number[]);
  labels.forEach((label, at) => values[label]!.push(data[at]!));
  const even = values.map((of) => {
    of.sort((a, b) => a - b);
    return of[Math.floor((3 * (of.length - 1)) / 4)] ?? 0;
  });
  return { width, height, data: data.map((value, at) => Math.max(value - even[labels[at]!]!, 0)) };
}

export interface Pooled {
  /** (R, C) */
  readonly means: Float32Array;
  readonly pixels: Int32Array;
}

/** Means over each region of planes (C, h, w). */
export function pool(
  planes: Float32Array,
  channels: number,
  labels: Int32Array,
  count: number,
): Pooled {
  const size = labels.length;
  const pixels = new Int32Array(count);
  for (const label of labels) if (label) pixels[label - 1]! += 1;
  const means = new Float32Array(count * channels);
  const sums = new Float64Array(count);
  for (let c = 0; c < channels; c++) {
    sums.fill(0);
    for (let i = 0; i < size; i++) if (labels[i]) sums[labels[i]! - 1]! += planes[c * size + i]!;
    for (let r = 0; r < count; r++) if (pixels[r]) means[r * channels + c] = sums[r]! / pixels[r]!;
  }
  return { means, pixels };
}

/** (R, 8): area, centre, box, border, thickness, ink. */
export function geometry(regions: Regions): Float32Array {
  const { width, height, labels, count, area, centroid, box, free } = regions;
  const page = width * height;
  const rim = new Float64Array(count + 1);
  const open = new Float64Array(count + 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const label = labels[at]!;
      if (free[at]) open[label]! += 1;
      if (x === 0 || x === width - 1) rim[label]! += width === 1 ? 2 : 1;
      if (y === 0 || y === height - 1) rim[label]! += height === 1 ? 2 : 1;
      for (const next of [x + 1 < width ? at + 1 : -1, y + 1 < height ? at + width : -1]) {
        if (next >= 0 && labels[next] !== label) {
          rim[label]! += 1;
          rim[labels[next]!]! += 1;
        }
      }
    }
  }
  const out = new Float32Array(8 * count);
  for (let r = 0; r < count; r++) {
    const [x0, y0, x1, y1] = box.subarray(4 * r, 4 * r + 4) as unknown as number[];
    const border = x0 === 0 || y0 === 0 || x1 === width || y1 === height;
    out.set(
      [
        Math.log(area[r]! / page),
        (centroid[2 * r]! + 0.5) / width,
        (centroid[2 * r + 1]! + 0.5) / height,
        (x1! - x0!) / width,
        (y1! - y0!) / height,
        border ? 1 : 0,
        (2 * area[r]!) / rim[r + 1]! / Math.sqrt(page),
        1 - open[r + 1]! / area[r]!,
      ],
      8 * r,
    );
  }
  return out;
}

/** Where nearly all of a mass lies, as shares of its length. */
function span(mass: Float64Array): [number, number] {
  const total = mass.reduce((a, b) => a + b, 0);
  if (total <= 0) return [0, 1];
  const at = (share: number) => {
    let sum = 0;
    for (let i = 0; i < mass.length; i++) {
      sum += mass[i]!;
      if (sum >= share * total) return i;
    }
    return mass.length;
  };
  return [at(0.005) / mass.length, (at(0.995) + 1) / mass.length];
}

function blurred(plane: Float32Array, radius: number): Float32Array {
  const pass = (source: Float32Array, stepX: number, stepY: number) =>
    source.map((_, i) => {
      const [x, y] = [i % CELLS, Math.floor(i / CELLS)];
      let sum = 0;
      for (let k = -radius; k <= radius; k++) {
        const nx = Math.min(Math.max(x + k * stepX, 0), CELLS - 1);
        const ny = Math.min(Math.max(y + k * stepY, 0), CELLS - 1);
        sum += source[ny * CELLS + nx]!;
      }
      return sum / (2 * radius + 1);
    });
  return pass(pass(plane, 0, 1), 1, 0);
}

/** (R, 2, K): what the reference has where each region lies, upright and mirrored. */
export function place(regions: Regions, assignment: Float32Array, own: number, all: number) {
  const { count, width, height, free, centroid } = regions;
  const out = new Float32Array(count * 2 * all).fill(0.1);
  const inkX = new Float64Array(width);
  const inkY = new Float64Array(height);
  free.forEach((on, at) => {
    if (on) return;
    inkX[at % width]! += 1;
    inkY[Math.floor(at / width)]! += 1;
  });
  const [[left, right], [top, bottom]] = [span(inkX), span(inkY)];
  const entry = (k: number) => assignment.subarray(k * CELLS ** 2, (k + 1) * CELLS ** 2);
  const rim = Array.from({ length: own }, (_, k) => {
    const plane = entry(k);
    let sum = 0;
    for (let i = 0; i < CELLS; i++) {
      sum += plane[i]! + plane[(CELLS - 1) * CELLS + i]!;
      sum += plane[i * CELLS]! + plane[i * CELLS + CELLS - 1]!;
    }
    return sum / (4 * CELLS);
  });
  const background = rim.indexOf(Math.max(...rim));
  const figureX = new Float64Array(CELLS);
  const figureY = new Float64Array(CELLS);
  for (let i = 0; i < CELLS ** 2; i++) {
    const figure = rim[background]! < 0.5 ? 1 : 1 - entry(background)[i]!;
    figureX[i % CELLS]! += figure;
    figureY[Math.floor(i / CELLS)]! += figure;
  }
  const [[ownLeft, ownRight], [ownTop, ownBottom]] = [span(figureX), span(figureY)];
  const soft = Array.from({ length: own }, (_, k) => {
    const [near, far] = [blurred(entry(k), 1), blurred(entry(k), 4)];
    return near.map((value, i) => (value + far[i]!) / 2);
  });
  const labels = labelsAt(regions, GRID, GRID);
  const cell = (share: number) => Math.min(Math.max(Math.trunc(share * CELLS), 0), CELLS - 1);
  const rows = Array.from({ length: GRID }, (_, i) =>
    cell(ownTop + (((i + 0.5) / GRID - top) / (bottom - top)) * (ownBottom - ownTop)),
  );
  for (const side of [0, 1]) {
    const columns = Array.from({ length: GRID }, (_, i) => {
      const across = ((i + 0.5) / GRID - left) / (right - left);
      return cell(ownLeft + (side ? 1 - across : across) * (ownRight - ownLeft));
    });
    const under = soft.map((plane) =>
      Float32Array.from(
        { length: GRID * GRID },
        (_, i) => plane[rows[Math.floor(i / GRID)]! * CELLS + columns[i % GRID]!]!,
      ),
    );
    const flat = new Float32Array(own * GRID * GRID);
    under.forEach((plane, k) => flat.set(plane, k * GRID * GRID));
    const { means, pixels } = pool(flat, own, labels, count);
    const spot = (value: number, size: number) =>
      Math.min(Math.max(Math.trunc(((value + 0.5) / size) * GRID), 0), GRID - 1);
    for (let r = 0; r < count; r++) {
      const at = spot(centroid[2 * r + 1]!, height) * GRID + spot(centroid[2 * r]!, width);
      for (let k = 0; k < own; k++) {
        out[(r * 2 + side) * all + k] = pixels[r] ? means[r * own + k]! : under[k]![at]!;
      }
    }
  }
  return out;
}

/** What every region's pixels and the regions graph say together, (R, K). */
export function votesOf(
  logits: Float32Array,
  width: number,
  height: number,
  regions: Regions,
  opinion: Float32Array,
  K: number,
): Float32Array {
  const { means, pixels } = pool(logits, K, labelsAt(regions, width, height), regions.count);
  for (let r = 0; r < regions.count; r++) {
    const cx = Math.trunc(regions.centroid[2 * r]! * (width / regions.width));
    const cy = Math.trunc(regions.centroid[2 * r + 1]! * (height / regions.height));
    for (let k = 0; k < K; k++) {
      if (!pixels[r]) means[r * K + k] = logits[(k * height + cy) * width + cx]!;
      means[r * K + k]! += opinion[r * K + k]!;
    }
  }
  return means;
}

/** Squared votes, as shares. */
export function chances(said: Float64Array): Float64Array {
  const top = Math.max(...said);
  const powers = said.map((value) => Math.exp(SHARPNESS * (value - top)));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / total);
}

export interface Vote {
  readonly entry: Int32Array;
  readonly colors: Rgb[];
  readonly soft: boolean[];
}

/** logits (K, h, w) and the regions graph's opinion (R, K) → every region's colour. `backdrop`: the
 * regions behind the figures, beside the ground of the page; they get no mixtures. */
export function vote(
  logits: Float32Array,
  width: number,
  height: number,
  regions: Regions,
  opinion: Float32Array,
  palette: readonly Rgb[],
  backdrop: readonly boolean[] | null = null,
): Vote {
  const [K, count] = [palette.length, regions.count];
  const labels = labelsAt(regions, width, height);
  const votes = votesOf(logits, width, height, regions, opinion, K);
  const labs = palette.map(lab);
  const apart = labs.map((a) => labs.map((b) => squared(a, b)));
  const ground = grounds(regions);
  const entry = new Int32Array(count);
  const colors: Rgb[] = [];
  for (let r = 0; r < count; r++) {
    const chance = chances(Float64Array.from(votes.subarray(r * K, (r + 1) * K)));
    const behind = ground[r]! || !!backdrop?.[r];
    const like = (k: number) => chance.map((share, j) => (apart[k]![j]! <= ALIKE ? share : 0));
    const support = (k: number) => like(k).reduce((sum, share) => sum + share, 0);
    const cost = (k: number) => chance.reduce((sum, share, j) => sum + share * apart[j]![k]!, 0);
    const among = behind ? like(first(K, (k) => -support(k))) : null;
    const best = first(K, among ? (k) => -among[k]! : cost);
    entry[r] = best;
    const mixed = [0, 1, 2].map((c) =>
      Math.round(chance.reduce((sum, share, k) => sum + share * palette[k]![c as 0 | 1 | 2], 0)),
    );
    // The favourite has the votes of its like, or white cloth beside paper would tint the page.
    const sure = behind || support(best) >= SURE;
    colors.push(sure ? palette[best]! : (mixed as unknown as Rgb));
  }
  return { entry, colors, soft: softRegions(logits, labels, regions, ground, entry, apart) };
}

/** Of 0 .. count - 1, the first with the least cost. */
function first(count: number, cost: (k: number) => number): number {
  let [best, least] = [0, Infinity];
  for (let k = 0; k < count; k++) {
    const own = cost(k);
    if (own < least) [best, least] = [k, own];
  }
  return best;
}

/** Backgrounds whose pixels disagree: a figure has melted into them. */
function softRegions(
  logits: Float32Array,
  labels: Int32Array,
  { count }: Regions,
  ground: readonly boolean[],
  entry: Int32Array,
  apart: readonly number[][],
): boolean[] {
  const agreeing = new Float64Array(count);
  const pixels = new Float64Array(count);
  labels.forEach((label, i) => {
    if (!label) return;
    pixels[label - 1]! += 1;
    let best = 0;
    for (let k = 1; k < apart.length; k++) {
      if (logits[k * labels.length + i]! > logits[best * labels.length + i]!) best = k;
    }
    if (apart[best]![entry[label - 1]!]! <= ALIKE) agreeing[label - 1]! += 1;
  });
  return Array.from({ length: count }, (_, r) => {
    const agreement = pixels[r] ? agreeing[r]! / pixels[r]! : 1;
    return ground[r]! && agreement < 0.7;
  });
}

/** Regions that hold more than half of the page's border: the ground a figure stands on. */
export function grounds(regions: Regions): boolean[] {
  return onBorder(regions).map((share) => share > 0.5);
}

/** How much of the page's border every region holds, 0..1. */
export function onBorder({ width, height, count, labels }: Regions): number[] {
  const border = new Float64Array(count + 1);
  for (let x = 0; x < width; x++) {
    border[labels[x]!]! += 1;
    border[labels[(height - 1) * width + x]!]! += 1;
  }
  for (let y = 0; y < height; y++) {
    border[labels[y * width]!]! += 1;
    border[labels[y * width + width - 1]!]! += 1;
  }
  return Array.from({ length: count }, (_, r) => border[r + 1]! / (2 * (width + height)));
}
