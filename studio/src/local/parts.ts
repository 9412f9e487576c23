/** Parts of figures read in the lines: `style2color.reading.parts`, which says why. */

import { corner, resize, rint, type Plane, type Planes } from "./arrays";
import { lab, squared, type Rgb } from "./color";
import { shrinkLines } from "./ink";
import { connected, type Regions } from "./regions";
import { labelsAt, pool } from "./voting";

/** What a pixel or a region is, in the order of the graph's outputs. */
export const OTHER = 0;
export const WHITE = 1;
export const IRIS = 2;
export const SKIN = 3;
export const HAIR = 4;
/** Pixels; smaller pieces of eyes are left to their region. */
export const SPECK = 6;
const PARTS = 5;
const STRIDE = 32;
const PAGE = 384;
const NEAR = 192;
const HINT = 0.3;
const AROUND = 2.2;
const LEAST = 28;
const JOINED = 9;
const MOST = 8;
const SURE = 0.5;
const INK = 160;
const LINED = 0.85;
const BESIDE = 0.08;
const LARGER = 4;
/** Of the painter, of which tokens and regions have a share each. */
export const CLASSES = 17;
/** Part, and the class of it among the amounts in tokens. */
const CLASS = [
  [IRIS, 4],
  [SKIN, 2],
  [HAIR, 3],
] as const;
const [FROM, FULL] = [0.4, 0.8].map(Math.fround) as [number, number];
const [DOUBTED, AGREED] = [0.35, 0.5];
const ALONE = 0.5;
const LIKE_HAIR = 0.01;
const ALIKE = 15;
/** Colours with no channel below this are white. */
export const PALE = 225;
const RARE = 0.02;
const NOTHING = 3e-4;
const CERTAIN = 1e3;

/** The parts graph. */
export interface PartsGraph {
  /** What it says: `shares`, and of models since 0.15 `embedding`. */
  readonly outputs: readonly string[];
  /** Lines, 1 = paper, whose sides are multiples of 32 → what of it is wanted, (1, C, h, w). */
  run(
    lines: Float32Array,
    width: number,
    height: number,
    wanted: readonly string[],
  ): Promise<Readonly<Record<string, Planes>>>;
}

/** A part of figures → how much of it every entry of a palette is; nothing where no eye was found. */
export type Shown = ReadonlyMap<number, Float32Array>;

export interface Reading {
  /** (5, h, w), at a size of its own. */
  readonly shares: Plane<Float32Array>;
  /** At the size of the lines: `WHITE`, `IRIS` or `OTHER`. */
  readonly eyes: Uint8Array;
  /** (E, h′, w′), see `correspondence`; null from models before 0.15. */
  readonly embedding: Plane<Float32Array> | null;
}

/** A piece of a page; the far corner is exclusive. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export async function readParts(graph: PartsGraph, lines: Plane): Promise<Reading> {
  const wanted = ["shares", "embedding"].filter((name) => graph.outputs.includes(name));
  const [page, embedding = null] = await read(graph, shrinkLines(lines, PAGE), wanted);
  const shares = page!;
  const size = shares.width * shares.height;
  const eye = shares.data
    .slice(WHITE * size, (WHITE + 1) * size)
    .map((white, at) => white + shares.data[IRIS * size + at]!);
  const eyes = new Uint8Array(lines.width * lines.height);
  for (const window of windows({ ...shares, data: eye }, lines.width, lines.height)) {
    const near = cropped(lines, window);
    const small = shrinkLines(near, NEAR);
    const [seen] = await read(graph, small, ["shares"]);
    const found = believed(seen!, small);
    if (!found.some((plane) => plane.some((share) => share > 0))) continue;
    const [white, iris] = found as [Float32Array, Float32Array];
    const neither = white.map((share, at) => 0.5 - Math.max(share, iris[at]!));
    const [other, whites, irises] = [neither, white, iris].map((plane) =>
      resize(plane, small.width, small.height, near.width, near.height, "bilinear"),
    ) as [Float32Array, Float32Array, Float32Array];
    for (let at = 0; at < other.length; at++) {
      let part = OTHER as number;
      if (whites[at]! > other[at]!) part = WHITE;
      if (irises[at]! > Math.max(other[at]!, whites[at]!)) part = IRIS;
      const y = window.top + Math.floor(at / near.width);
      const on = y * lines.width + window.left + (at % near.width);
      eyes[on] = Math.max(eyes[on]!, part);
    }
  }
  return { shares, eyes, embedding };
}

/** The share of every part in each region, (R, 5); eyes are certain. */
export function knownParts(
  regions: Regions,
  eyes: Uint8Array,
  { width, height, data }: Plane<Float32Array>,
): Float32Array {
  const { means } = pool(data, PARTS, labelsAt(regions, width, height), regions.count);
  for (let r = 0; r < regions.count; r++) {
    if (eyes[r] !== OTHER) means.fill(0, PARTS * r, PARTS * (r + 1));
    for (const part of [WHITE, IRIS]) means[PARTS * r + part] = eyes[r] === part ? 1 : 0;
  }
  return means;
}

/** Skin and hair of regions as far as either this reader or the painter, (R, 17), says so. */
export function withNames(shares: Float32Array, names: Float32Array): Float32Array {
  const both = shares.slice();
  for (let r = 0; r < shares.length / PARTS; r++) {
    if (shares[PARTS * r + WHITE] === 1 || shares[PARTS * r + IRIS] === 1) continue;
    for (const [part, kind] of CLASS) {
      if (part === IRIS) continue;
      both[PARTS * r + part] = Math.max(shares[PARTS * r + part]!, names[CLASSES * r + kind]!);
    }
  }
  return both;
}

/** Of the entries of a reference: (…, K, D). */
interface Tokens {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Add to the opinion (R, K) what the reference has for the parts (R, 5); whites are paper. */
export function inform(
  opinion: Float32Array,
  shares: Float32Array,
  tokens: Tokens,
  colors: readonly Rgb[],
  own: number,
  shown: Shown,
): void {
  const K = colors.length;
  const count = shares.length / PARTS;
  const face = shares.some((share, at) => at % PARTS === IRIS && share === 1);
  const trust = trusted(face);
  for (const [part, kind] of CLASS) {
    const seen = ofClass(tokens, kind);
    const of = face ? shown.get(part) : undefined;
    let amount = seen;
    let belief = 1;
    if (of) {
      amount = seen.map((_, k) => of[k] ?? 0);
      if (part !== IRIS) belief = agreed(of, seen, colors);
    } else if (part === IRIS) {
      amount = unseenIris(seen, tokens, colors);
    } else if (face) {
      belief = ALONE;
    }
    const prior = logPrior(amount, own);
    for (let r = 0; r < count; r++) {
      const sure = belief * trust(part, shares[PARTS * r + part]!);
      for (let k = 0; k < K; k++) opinion[r * K + k]! += sure * prior[k]!;
    }
  }
  for (let r = 0; r < count; r++) {
    if (shares[PARTS * r + WHITE] === 1) opinion[r * K + K - 1]! += CERTAIN;
  }
}

/** How much of every entry is of this class, by the last numbers of tokens, (K, D). */
function ofClass({ data, dims }: Tokens, kind: number): number[] {
  const [K, D] = dims.slice(-2) as [number, number];
  return Array.from({ length: K }, (_, k) => data[k * D + D - CLASSES + kind]!);
}

/** Amounts for irises of which the reference shows none: neither white nor skin, of which a trace is
 * always taken for iris; where nothing else is, they are like the hair. */
function unseenIris(iris: readonly number[], tokens: Tokens, colors: readonly Rgb[]): number[] {
  const [, [, SKINS], [, HAIRS]] = CLASS;
  const [skin, hair] = [ofClass(tokens, SKINS), ofClass(tokens, HAIRS)];
  return iris.map((value, k) =>
    Math.min(...colors[k]!) >= PALE || skin[k]! > value + hair[k]! ? 0 : value + LIKE_HAIR * hair[k]!,
  );
}

/** How much is to be believed of skin or hair that was read in a reference, 0..1: as far as its
 * lines and what the painter sees of the same in its colours agree. */
function agreed(shown: Float32Array, seen: readonly number[], colors: readonly Rgb[]): number {
  const labs = Array.from(shown, (_, k) => lab(colors[k]!));
  let agreement = 0;
  let sum = NOTHING;
  labs.forEach((one, k) => {
    sum += seen[k]!;
    labs.forEach((other, j) => {
      agreement += shown[k]! * seen[j]! * Math.exp(-squared(one, other) / (2 * ALIKE ** 2));
    });
  });
  return Math.min(Math.max((agreement / sum - DOUBTED) / (AGREED - DOUBTED), 0), 1);
}

/** Log of the share that every entry has of something, never below that of a rare one; hints, the
 * entries from `own` to the last but one, are as good as the best. */
export function logPrior(amount: readonly number[], own: number): number[] {
  const sum = amount.reduce((a, b) => a + b, 0);
  const prior = amount.map((value) => Math.log(value / (sum + NOTHING) + RARE));
  const best = Math.max(Math.min(...prior), ...prior.slice(0, own));
  return prior.map((value, k) => (k >= own && k < prior.length - 1 ? best : value));
}

/** How much a part weighs in a region that is this much of it. */
function trusted(face: boolean): (part: number, share: number) => number {
  return (part, share) => {
    // What is read with less than half a share says nothing.
    const clear = Math.max(2 * share - 1, 0);
    if (part === IRIS) return 2 * clear;
    if (!face) return 0.5 * clear;
    if (part === HAIR) return 1.5 * clear;
    return 2 * Math.min(Math.max((share - FROM) / (FULL - FROM), 0), 1);
  };
}

/** What is wanted of the graph for lines at the size that it sees them: maps of that size, or of a
 * fraction of it. */
async function read(
  graph: PartsGraph,
  { width, height, data }: Plane,
  wanted: readonly string[],
): Promise<Plane<Float32Array>[]> {
  const [wide, high] = [width, height].map((of) => Math.ceil(of / STRIDE) * STRIDE) as [
    number,
    number,
  ];
  const padded = new Float32Array(wide * high).fill(1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) padded[y * wide + x] = data[y * width + x]! / 255;
  }
  const found = await graph.run(padded, wide, high, wanted);
  return wanted.map((name) => {
    const cell = Math.floor(high / found[name]!.dims[2]!);
    return corner(found[name]!, Math.ceil(width / cell), Math.ceil(height / cell));
  });
}

/** Squares of a page around what may be eyes, the likeliest first. */
export function windows(eye: Plane<Float32Array>, width: number, height: number): Window[] {
  const spots = Uint8Array.from(eye.data, (share) => (share > HINT ? 1 : 0));
  const wide = grown(spots, eye.width, eye.height, (JOINED - 1) / 2);
  const [found, count] = pieces(wide, eye.width, eye.height);
  const mass = new Float64Array(count);
  const ends = Array.from({ length: count }, () => ({
    x: [Infinity, -Infinity] as [number, number],
    y: [Infinity, -Infinity] as [number, number],
  }));
  spots.forEach((on, at) => {
    if (!on) return;
    const number = found[at]! - 1;
    mass[number]! += eye.data[at]!;
    const { x, y } = ends[number]!;
    const [column, row] = [at % eye.width, Math.floor(at / eye.width)];
    [x[0], x[1]] = [Math.min(x[0], column), Math.max(x[1], column + 1)];
    [y[0], y[1]] = [Math.min(y[0], row), Math.max(y[1], row + 1)];
  });
  const order = Array.from(mass.keys()).sort((a, b) => mass[b]! - mass[a]! || a - b);
  return order.slice(0, MOST).map((number) => {
    const { x, y } = ends[number]!;
    const half = Math.max(AROUND * Math.max(x[1] - x[0], y[1] - y[0]), LEAST) / 2;
    const side = ([start, end]: readonly [number, number], scale: number, whole: number) => {
      const middle = (start + end) / 2;
      const low = rint((middle - half) * scale);
      const high = rint((middle + half) * scale);
      return [Math.max(0, low), Math.min(whole, Math.max(high, low + 2))] as const;
    };
    const [top, bottom] = side(y, height / eye.height, height);
    const [left, right] = side(x, width / eye.width, width);
    return { left, top, right, bottom };
  });
}

export function cropped<T extends Uint8Array | Int32Array>(of: Plane<T>, window: Window): Plane<T> {
  const [width, height] = [window.right - window.left, window.bottom - window.top];
  const data = of.data.slice(0, width * height) as T;
  for (let y = 0; y < height; y++) {
    const from = (window.top + y) * of.width + window.left;
    data.set(of.data.subarray(from, from + width), y * width);
  }
  return { width, height, data };
}

/** Shares of whites and of irises, 0 where neither is to be believed.
 *
 * An iris is sure, and has a line around it, towards its white too; a white lies beside such an
 * iris and is not much larger. */
export function believed(
  { width, height, data }: Plane<Float32Array>,
  lines: Plane,
): [Float32Array, Float32Array] {
  const size = width * height;
  const best = new Uint8Array(size);
  for (let at = 0; at < size; at++) {
    for (let part = 1; part < PARTS; part++) {
      if (data[part * size + at]! > data[best[at]! * size + at]!) best[at] = part;
    }
  }
  /** By three pixels: the width of a line between an iris and its white. */
  const around = (mask: Uint8Array, pixels = 3) => grown(mask, width, height, pixels);
  const mask = (test: (at: number) => boolean) => {
    const out = new Uint8Array(size);
    for (let at = 0; at < size; at++) if (test(at)) out[at] = 1;
    return out;
  };
  const inked = around(mask((at) => lines.data[at]! < INK));
  const white = mask((at) => best[at] === WHITE);
  const besideWhite = around(white, 1);
  const [whites, whiteCount] = pieces(white, width, height);
  const whiteArea = new Float64Array(whiteCount + 1);
  for (const piece of whites) whiteArea[piece]! += 1;
  const [irises, count] = pieces(mask((at) => best[at] === IRIS), width, height);
  const areas = new Float64Array(count + 1);
  const sums = new Float64Array(count + 1);
  irises.forEach((piece, at) => {
    areas[piece]! += 1;
    sums[piece]! += data[IRIS * size + at]!;
  });
  const iris = new Uint8Array(size);
  const kept = new Set<number>();
  for (let number = 1; number <= count; number++) {
    const area = areas[number]!;
    if (area < SPECK || sums[number]! / area < SURE) continue;
    const besideOther = around(mask((at) => irises[at] !== number), 1);
    const lined = [besideOther, besideWhite].every((near) => {
      let [edge, ink] = [0, 0];
      for (let at = 0; at < size; at++) {
        if (irises[at] !== number || !near[at]) continue;
        edge += 1;
        ink += inked[at]!;
      }
      return ink >= LINED * edge;
    });
    if (!lined) continue;
    const own = mask((at) => irises[at] === number);
    const beside = new Set<number>();
    around(own).forEach((on, at) => {
      const piece = whites[at]!;
      if (on && piece && whiteArea[piece]! <= LARGER * area) beside.add(piece);
    });
    if ([...beside].reduce((sum, piece) => sum + whiteArea[piece]!, 0) < BESIDE * area) continue;
    for (const piece of beside) kept.add(piece);
    own.forEach((on, at) => on && (iris[at] = 1));
  }
  const shares = (part: number, near: Uint8Array) =>
    Float32Array.from(near, (on, at) => (on ? data[part * size + at]! : 0));
  const keptWhites = mask((at) => kept.has(whites[at]!));
  return [shares(WHITE, around(keptWhites)), shares(IRIS, around(iris))];
}

/** A mask grown by so many pixels to every side and corner. */
export function grown(mask: Uint8Array, width: number, height: number, reach: number): Uint8Array {
  const across = new Uint8Array(mask.length);
  const out = new Uint8Array(mask.length);
  mask.forEach((on, at) => {
    if (!on) return;
    const x = at % width;
    across.fill(1, at - Math.min(reach, x), at + Math.min(reach, width - 1 - x) + 1);
  });
  across.forEach((on, at) => {
    if (!on) return;
    const y = Math.floor(at / width);
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
      out[row * width + (at % width)] = 1;
    }
  });
  return out;
}

/** What hangs together, corners included: labels from 1 in reading order, and how many. */
export function pieces(mask: Uint8Array, width: number, height: number): [Int32Array, number] {
  return connected(mask, width, height, true);
}
