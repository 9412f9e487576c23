/** A reference's main colours and where they stand, as `style2color.palette`. */

import { resize, rint } from "./arrays";
import { lab, squared, type Lab, type Rgb } from "./color";

const CELLS = 32;
const SIDE = 256;
const MERGE = 7;
const SAME = 5;
const FLAT = 20;
const POWER = 0.4;
const CHROMA = 40;
const INK_REACH = 6;
const INK_LUMA = 110;
const INK_RANGE = 56;
const INK_CONTRAST = 25;
const INK_WEIGHT = 1e-3;

export interface Palette {
  readonly colors: Rgb[];
  /** (K, 32, 32): the share of each cell that an entry covers. */
  readonly assignment: Float32Array;
  /** (K, 5) */
  readonly moments: Float32Array;
  /** The entry of each of the 256 × 256 pixels, ink included. */
  readonly entry: Uint8Array;
}

/** pixels: RGB of 256 × 256. */
export function extractPalette(pixels: Uint8Array, entries: number): Palette {
  const ink = inkMask(pixels);
  const flat = flatMask(pixels);
  const total = SIDE * SIDE;
  const code = (i: number) =>
    ((pixels[3 * i]! >> 3) << 10) | ((pixels[3 * i + 1]! >> 3) << 5) | (pixels[3 * i + 2]! >> 3);
  const codes = [...new Set(Array.from({ length: total }, (_, i) => code(i)))].sort((a, b) => a - b);
  const rank = new Map(codes.map((value, i) => [value, i]));
  const index = Int32Array.from({ length: total }, (_, i) => rank.get(code(i))!);
  const bins = codes.map(() => ({ count: 0, weight: 0, flat: 0, sum: [0, 0, 0] }));
  for (let i = 0; i < total; i++) {
    const bin = bins[index[i]!]!;
    bin.count += 1;
    bin.weight += ink[i] ? INK_WEIGHT : 1;
    bin.flat += flat[i] && !ink[i] ? 1 : 0;
    for (let c = 0; c < 3; c++) bin.sum[c]! += pixels[3 * i + c]!;
  }
  const means = bins.map(({ sum, count }) => sum.map((value) => value / count));
  const labs = means.map(([r, g, b]) => lab([rint(r!), rint(g!), rint(b!)]));
  const allFlat = bins.reduce((sum, bin) => sum + bin.flat, 0);
  const weights = bins.map((bin, i) => {
    const chroma = Math.hypot(labs[i]![1], labs[i]![2]);
    return (allFlat >= 64 ? bin.flat : bin.weight) ** POWER * (1 + chroma / CHROMA);
  });
  const centres = merged(...clustered(labs, weights, entries));
  const owner = labs.map((one) => indexOfNearest(one, centres));
  const used = [...new Set(owner)].sort((a, b) => a - b);
  const entryOf = owner.map((one) => used.indexOf(one));

  const sums = used.map(() => [0, 0, 0, 0]);
  const heaviest = used.map(() => ({ weight: 0, bin: 0 }));
  bins.forEach((bin, i) => {
    const weight = bin.flat > 0 ? bin.flat : 1e-3 * bin.weight;
    const sum = sums[entryOf[i]!]!;
    if (weight >= heaviest[entryOf[i]!]!.weight) heaviest[entryOf[i]!] = { weight, bin: i };
    for (let c = 0; c < 3; c++) sum[c]! += means[i]![c]! * weight;
    sum[3]! += weight;
  });
  const covered = used.map(() => new Float64Array(CELLS * CELLS));
  const cellTotal = new Float64Array(CELLS * CELLS);
  for (let i = 0; i < total; i++) {
    const x = i % SIDE;
    const cell = Math.floor((((i - x) / SIDE) * CELLS) / SIDE) * CELLS + Math.floor((x * CELLS) / SIDE);
    const weight = ink[i] ? INK_WEIGHT : 1;
    covered[entryOf[index[i]!]!]![cell]! += weight;
    cellTotal[cell]! += weight;
  }
  const shares = covered.map((plane) => Float32Array.from(plane, (v, i) => v / cellTotal[i]!));
  const area = shares.map((plane) => plane.reduce((a, b) => a + b, 0));
  const order = used.map((_, i) => i).sort((a, b) => area[b]! - area[a]! || a - b);
  const assignment = new Float32Array(order.length * CELLS * CELLS);
  order.forEach((entry, k) => assignment.set(shares[entry]!, k * CELLS * CELLS));
  const colors = order.map((entry) => {
    const most = heaviest[entry]!;
    const [r, g, b, weight] = sums[entry]!;
    // What is most of an entry is its colour: paper is not tinted by pale cloth beside it.
    const mean = most.weight > weight! / 2 ? means[most.bin]! : [r!, g!, b!].map((v) => v / weight!);
    return [rint(mean[0]!), rint(mean[1]!), rint(mean[2]!)] as const;
  });
  const number = new Map(order.map((entry, k) => [entry, k]));
  const entry = Uint8Array.from(index, (bin) => number.get(entryOf[bin]!)!);
  return { colors, assignment, moments: momentsOf(assignment, order.length), entry };
}

/** A palette that has a colour, and which entry that is: one that looks the same, or a new last one,
 * which takes from the others what it covers of every cell. */
export function withColor(
  palette: Palette,
  color: Rgb,
  cover: Float32Array,
): { palette: Palette; entry: number } {
  const apart = palette.colors.map((one) => Math.sqrt(squared(lab(one), lab(color))));
  const least = Math.min(...apart);
  if (least < SAME) return { palette, entry: apart.indexOf(least) };
  const colors = [...palette.colors, color];
  const cells = CELLS * CELLS;
  const assignment = new Float32Array(colors.length * cells);
  palette.assignment.forEach((share, i) => {
    assignment[i] = share * Math.fround(1 - cover[i % cells]!);
  });
  assignment.set(cover, palette.assignment.length);
  const moments = momentsOf(assignment, colors.length);
  return { palette: { ...palette, colors, assignment, moments }, entry: palette.colors.length };
}

/** Pixels of a reference → the share of every cell that they cover. */
export function coverOf(mask: Uint8Array, width: number, height: number): Float32Array {
  const side = Math.max(width, height);
  const square = new Uint8Array(side * side);
  const [top, left] = [(side - height) >> 1, (side - width) >> 1];
  mask.forEach((on, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    square[(top + y) * side + left + x] = 255 * on;
  });
  return Float32Array.from(resize(square, side, side, CELLS, CELLS, "box"), (value) => value / 255);
}

function flatMask(pixels: Uint8Array): Uint8Array {
  const flat = new Uint8Array(SIDE * SIDE).fill(1);
  const compare = (i: number, j: number) => {
    for (let c = 0; c < 3; c++) {
      if (Math.abs(pixels[3 * i + c]! - pixels[3 * j + c]!) > FLAT) {
        flat[i] = flat[j] = 0;
        return;
      }
    }
  };
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      if (x + 1 < SIDE) compare(y * SIDE + x, y * SIDE + x + 1);
      if (y + 1 < SIDE) compare(y * SIDE + x, (y + 1) * SIDE + x);
    }
  }
  return flat;
}

/** Dark strokes too thin to be a fill, 1 or 0, of RGB of 256 × 256. */
export function inkMask(pixels: Uint8Array): Uint8Array {
  const luma = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = (77 * pixels[3 * i]! + 150 * pixels[3 * i + 1]! + 29 * pixels[3 * i + 2]!) >> 8;
  }
  const closed = slid(slid(luma, Math.max), Math.min);
  return luma.map((value, i) => {
    const channels = [pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!];
    const gray = Math.max(...channels) - Math.min(...channels) < INK_RANGE;
    return value < INK_LUMA && closed[i]! - value > INK_CONTRAST && gray ? 1 : 0;
  });
}

function slid(values: Uint8Array, pick: (a: number, b: number) => number): Uint8Array {
  const pass = (source: Uint8Array, stepX: number, stepY: number) =>
    source.map((value, i) => {
      const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
      let best = value;
      for (let k = -INK_REACH; k <= INK_REACH; k++) {
        const nx = Math.min(Math.max(x + k * stepX, 0), SIDE - 1);
        const ny = Math.min(Math.max(y + k * stepY, 0), SIDE - 1);
        best = pick(best, source[ny * SIDE + nx]!);
      }
      return best;
    });
  return pass(pass(values, 0, 1), 1, 0);
}

function indexOfNearest(one: Lab, centres: readonly Lab[]): number {
  let best = 0;
  for (let k = 1; k < centres.length; k++) {
    if (squared(one, centres[k]!) < squared(one, centres[best]!)) best = k;
  }
  return best;
}

/** Farthest first, then Lloyd's rounds. */
function clustered(labs: Lab[], weights: number[], entries: number): [Lab[], number[]] {
  const first = weights.indexOf(Math.max(...weights));
  let centres: Lab[] = [labs[first]!];
  let away = labs.map((one) => squared(one, centres[0]!));
  while (centres.length < entries) {
    const gain = away.map((value, i) => value * weights[i]!);
    const best = gain.indexOf(gain.reduce((a, b) => Math.max(a, b), 0));
    if (!(gain[best]! > 0)) break;
    centres.push(labs[best]!);
    away = away.map((value, i) => Math.min(value, squared(labs[i]!, labs[best]!)));
  }
  let shares: number[] = [];
  for (let round = 0; round < 8; round++) {
    const sums = centres.map(() => [0, 0, 0, 0]);
    labs.forEach((one, i) => {
      const sum = sums[indexOfNearest(one, centres)]!;
      for (let c = 0; c < 3; c++) sum[c]! += weights[i]! * one[c]!;
      sum[3]! += weights[i]!;
    });
    shares = sums.map((sum) => sum[3]!);
    centres = centres.map((centre, k) => {
      const [l, a, b, weight] = sums[k]!;
      return weight! > 0 ? [l! / weight!, a! / weight!, b! / weight!] : centre;
    });
  }
  return [centres, shares];
}

function merged(centres: Lab[], shares: number[]): Lab[] {
  for (;;) {
    let pair: [number, number] | null = null;
    let least = MERGE;
    for (let a = 0; a < centres.length; a++) {
      for (let b = a + 1; b < centres.length; b++) {
        const away = Math.sqrt(squared(centres[a]!, centres[b]!));
        if (away < least) [least, pair] = [away, [a, b]];
      }
    }
    if (!pair) return centres;
    const [a, b] = pair;
    const joint = shares[a]! + shares[b]!;
    if (joint > 0) {
      const mix = (c: 0 | 1 | 2) =>
        (centres[a]![c] * shares[a]! + centres[b]![c] * shares[b]!) / joint;
      centres[a] = [mix(0), mix(1), mix(2)];
    }
    shares[a] = joint;
    centres.splice(b, 1);
    shares.splice(b, 1);
  }
}

function momentsOf(assignment: Float32Array, entries: number): Float32Array {
  const out = new Float32Array(5 * entries);
  for (let k = 0; k < entries; k++) {
    let [mass, x1, y1, x2, y2] = [0, 0, 0, 0, 0];
    for (let i = 0; i < CELLS * CELLS; i++) {
      const share = assignment[k * CELLS * CELLS + i]!;
      const x = ((i % CELLS) + 0.5) / CELLS;
      const y = (Math.floor(i / CELLS) + 0.5) / CELLS;
      mass += share;
      x1 += share * x;
      y1 += share * y;
      x2 += share * x * x;
      y2 += share * y * y;
    }
    mass = Math.max(mass, 1e-6);
    const [mx, my] = [x1 / mass, y1 / mass];
    const spread = (square: number, mean: number) => Math.sqrt(Math.max(square / mass - mean ** 2, 0));
    out.set([mass / CELLS ** 2, mx, my, spread(x2, mx), spread(y2, my)], 5 * k);
  }
  return out;
}
