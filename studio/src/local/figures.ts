/** Who is on a page: `style2color.reading.figures`, which says why. */

import { nearest, type Plane, type Planes } from "./arrays";
import { shrinkLines } from "./ink";

const SIDE = 192;
const SEEN = 0.5;
const BINS = 48;
const BLUR = 2;
const NEAR = 0.14;
const SHARE = 0.12;
const APART = 5.5;
const LEAST = 0.01;
const MOST = 8;
const MARGIN = 0.06;

/** Lines on a square, 1 = paper → the outputs `figure`, `way` and `who`. */
export type FiguresGraph = (
  lines: Float32Array,
  side: number,
) => Promise<Readonly<Record<string, Planes>>>;

/** The figures of a page: the number of every pixel's from 1, 0 on the ground, and how many. */
export interface People {
  readonly owner: Plane;
  readonly count: number;
}

/** Interleaved channels. */
export interface Picture<T extends Uint8Array | Uint8ClampedArray> {
  readonly width: number;
  readonly height: number;
  readonly data: T;
}

export async function readPeople(graph: FiguresGraph, lines: Plane): Promise<People> {
  const { square, ...part } = squared(lines);
  const { figure, way } = await graph(square, SIDE);
  const [high, wide] = figure!.dims.slice(1) as [number, number];
  const [width, height] = [part.width, part.height];
  const planes = [figure!.data, way!.data.subarray(0, high * wide), way!.data.subarray(high * wide)];
  const [seen, down, right] = planes.map((plane) => {
    const kept = new Float32Array(width * height);
    for (let y = 0; y < height; y++) {
      const from = (part.top + y) * wide + part.left;
      kept.set(plane.subarray(from, from + width), y * width);
    }
    return kept;
  }) as [Float32Array, Float32Array, Float32Array];
  return grouped(seen, down, right, width, height, high);
}

/** Who is drawn in the lines of one figure that fills them: a vector of length 1. */
export async function who(graph: FiguresGraph, lines: Plane): Promise<Float32Array> {
  return (await graph(squared(lines).square, SIDE)).who!.data;
}

/** Figures from what the network says. side: pixels of the square, in which ways are measured. */
export function grouped(
  seen: Float32Array,
  down: Float32Array,
  right: Float32Array,
  width: number,
  height: number,
  side: number,
): People {
  const owner = new Uint8Array(width * height);
  const at = Array.from(seen.keys()).filter((i) => seen[i]! > SEEN);
  if (at.length < LEAST * side * side) return { owner: { width, height, data: owner }, count: 0 };
  const y = at.map((i) => (Math.floor(i / width) + 0.5) / side + down[i]!);
  const x = at.map((i) => ((i % width) + 0.5) / side + right[i]!);
  const bin = (value: number) => Math.min(BINS - 1, Math.max(0, Math.trunc(value * BINS)));
  const bins = at.map((_, n) => bin(y[n]!) * BINS + bin(x[n]!));
  const left = new Uint8Array(at.length).fill(1);
  const middles: [number, number][] = [];
  const mean = (some: number[]) =>
    [y, x].map((of) => some.reduce((sum, n) => sum + of[n]!, 0) / some.length) as [number, number];
  const all = Array.from(at.keys());
  while (left.some((one) => one) && middles.length < MOST) {
    const heap = blurred(bins, left);
    const top = heap.reduce((best, value, i) => (value > heap[best]! ? i : best), 0);
    const [py, px] = [(Math.floor(top / BINS) + 0.5) / BINS, ((top % BINS) + 0.5) / BINS];
    const near = all.filter((n) => left[n] && (y[n]! - py) ** 2 + (x[n]! - px) ** 2 < NEAR ** 2);
    if (near.length < SHARE * at.length) break;
    middles.push(mean(near));
    for (const n of near) left[n] = 0;
  }
  if (!middles.length) middles.push(mean(all));
  const closest = all.map((n) => {
    const apart = middles.map(([my, mx]) => (y[n]! - my) ** 2 + (x[n]! - mx) ** 2);
    return apart.indexOf(Math.min(...apart));
  });
  const number = joined(y, x, closest);
  const sizes = middles.map((_, k) => number.filter((one) => one === k).length);
  const order = Array.from(sizes.keys()).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const rank = order.map((_, k) => order.indexOf(k) + 1);
  at.forEach((i, n) => (owner[i] = rank[number[n]!]!));
  const count = sizes.filter((size) => size > 0).length;
  return { owner: { width, height, data: owner }, count };
}

/** Figures with those in one whose middles lie near each other for how far beside them their pixels
 * point. */
function joined(y: readonly number[], x: readonly number[], near: readonly number[]): number[] {
  let number = [...near];
  for (;;) {
    const some = [...new Set(number)].sort((a, b) => a - b);
    if (some.length < 2) return number;
    const middles = new Map(
      some.map((one) => {
        const own = Array.from(number.keys()).filter((n) => number[n] === one);
        const mean = (of: readonly number[]) => own.reduce((sum, n) => sum + of[n]!, 0) / own.length;
        return [one, [mean(y), mean(x)] as const];
      }),
    );
    const beside = number
      .map((one, n) => Math.hypot(y[n]! - middles.get(one)![0], x[n]! - middles.get(one)![1]))
      .sort((a, b) => a - b);
    const at = 0.8 * (beside.length - 1);
    const [low, high] = [beside[Math.floor(at)]!, beside[Math.ceil(at)]!];
    let [least, pair] = [Infinity, [0, 0] as [number, number]];
    some.forEach((one, i) =>
      some.slice(i + 1).forEach((other) => {
        const [a, b] = [middles.get(one)!, middles.get(other)!];
        const between = Math.hypot(a[0] - b[0], a[1] - b[1]);
        if (between < least) [least, pair] = [between, [one, other]];
      }),
    );
    if (least >= APART * (low + (high - low) * (at % 1))) return number;
    number = number.map((one) => (one === pair[1] ? pair[0] : one));
  }
}

/** One of the people of a picture alone on white with a margin: what belongs to others is white.
 * All of it, where it is too small to show him. */
export function framed<T extends Uint8Array | Uint8ClampedArray>(
  picture: Picture<T>,
  { owner }: People,
  number: number,
): Picture<T> {
  const { width, height, data } = picture;
  const [rows, columns] = [nearest(owner.height, height), nearest(owner.width, width)];
  const whose = (x: number, y: number) => owner.data[rows[y]! * owner.width + columns[x]!]!;
  const [ys, xs] = [new Set<number>(), new Set<number>()];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (whose(x, y) === number) ys.add(y) && xs.add(x);
  }
  if (!ys.size) return picture;
  const ends = (some: Set<number>) => [Math.min(...some), Math.max(...some)] as const;
  const [[y0, y1], [x0, x1]] = [ends(ys), ends(xs)];
  const margin = Math.round(MARGIN * Math.max(y1 - y0, x1 - x0)) + 2;
  const [top, bottom] = [Math.max(0, y0 - margin), Math.min(height, y1 + 1 + margin)];
  const [left, right] = [Math.max(0, x0 - margin), Math.min(width, x1 + 1 + margin)];
  const [wide, high] = [right - left, bottom - top];
  const channels = data.length / (width * height);
  const alone = data.slice(0, wide * high * channels).fill(255) as T;
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const owned = whose(left + x, top + y);
      if (owned && owned !== number) continue;
      const from = ((top + y) * width + left + x) * channels;
      alone.set(data.subarray(from, from + channels), (y * wide + x) * channels);
    }
  }
  return { width: wide, height: high, data: alone };
}

/** Lines as the graph takes them, and where of its maps, half as large, they lie. */
function squared(lines: Plane) {
  const { width, height, data } = shrinkLines(lines, SIDE);
  const [top, left] = [(SIDE - height) >> 1, (SIDE - width) >> 1];
  const square = new Float32Array(SIDE * SIDE).fill(1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      square[(top + y) * SIDE + left + x] = data[y * width + x]! / 255;
    }
  }
  const halved = (first: number, length: number) =>
    [first >> 1, Math.max(1, ((first + length) >> 1) - (first >> 1))] as const;
  const [[row, down], [column, across]] = [halved(top, height), halved(left, width)];
  return { square, top: row, left: column, width: across, height: down };
}

/** How many point where, of those that are left, averaged with what lies around. */
function blurred(bins: readonly number[], left: Uint8Array): Float64Array {
  let heap = new Float64Array(BINS * BINS);
  bins.forEach((bin, n) => left[n] && (heap[bin]! += 1));
  for (let pass = 0; pass < 2 * BLUR; pass++) {
    const step = pass % 2 ? 1 : BINS;
    const place = (i: number) => (step === 1 ? i % BINS : Math.floor(i / BINS));
    heap = heap.map((value, i, all) => {
      const low = place(i) > 0 ? all[i - step]! : 0;
      const high = place(i) < BINS - 1 ? all[i + step]! : 0;
      return (low + 2 * value + high) / 4;
    });
  }
  return heap;
}
