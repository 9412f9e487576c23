/** Line art → closed regions, gaps closed: the algorithm of `style2color.reading.regions`, which says why. */

import { rint, type Plane } from "./arrays";
import { freeMask } from "./ink";

const WIDE_OPEN = 0.25;
const REACH = 8;

/** Largest first; row i of every array is label i + 1. `box`: x0, y0, x1, y1 (exclusive). */
export interface Regions {
  readonly width: number;
  readonly height: number;
  readonly labels: Int32Array;
  readonly count: number;
  readonly area: Float64Array;
  readonly centroid: Float32Array;
  readonly box: Int32Array;
  readonly free: Uint8Array;
}

/** Openings to close, in pixels of a map whose longest side this is: `splitting._gap`. */
export function gapAt(longest: number): number {
  return Math.min(8, Math.max(2, rint(longest / 256)));
}

export function labelRegions(lines: Plane, gap: number): Regions {
  const { width, height } = lines;
  const free = freeMask(lines);
  const least = Math.max(4, Math.floor(free.length / 50_000));
  const radii = [...new Set([gap, Math.floor(gap / 2), Math.min(1, gap), 0])].sort((a, b) => a - b);
  const masks = eroded(free, width, height, radii);
  const wide = width + 2;
  const own = (2 * gap + 1) ** 2;
  let labels = cores(masks, wide, gap, own);
  labels = joined(labels, wide, own);
  const area = sizes(labels);
  labels = labels.map((label) => (label && area[label]! < least ? 0 : label));
  const left: number[] = [];
  forInside(wide, height + 2, (at) => labels[at] === 0 && left.push(at));
  grow(labels, wide, Int32Array.from(left), REACH, false);
  leftovers(labels, wide, masks.at(-1)!);
  return measure(inside(labels, wide, width, height), width, height, free).regions;
}

/** Let seeds (0 = none) grow into what is wanted: where there is no ink around the lines, then under
 * the ink; 0 stays where none reaches. */
export function spread(seeds: Int32Array, wanted: Uint8Array, regions: Regions): Int32Array {
  const { width, height, free } = regions;
  const wide = width + 2;
  const labels = new Int32Array(wide * (height + 2));
  const [open, under]: [number[], number[]] = [[], []];
  for (let at = 0; at < seeds.length; at++) {
    const framed = (Math.floor(at / width) + 1) * wide + (at % width) + 1;
    labels[framed] = seeds[at]!;
    if (wanted[at] && !seeds[at]) (free[at] ? open : under).push(framed);
  }
  grow(labels, wide, Int32Array.from(open), wide + height + 2, true);
  grow(labels, wide, Int32Array.from(under), REACH, false);
  return inside(labels, wide, width, height);
}

function forInside(wide: number, high: number, work: (at: number) => void): void {
  for (let y = 1; y < high - 1; y++) for (let x = 1; x < wide - 1; x++) work(y * wide + x);
}

/** Masks in a frame of one pixel, the widest erosion first. */
function eroded(free: Uint8Array, width: number, height: number, radii: number[]): Uint8Array[] {
  const [wide, high] = [width + 2, height + 2];
  let area = new Uint8Array(wide * high).fill(1);
  for (let y = 0; y < height; y++) {
    area.set(free.subarray(y * width, (y + 1) * width), (y + 1) * wide + 1);
  }
  const masks: Uint8Array[] = [];
  for (let radius = 0; radius <= radii.at(-1)!; radius++) {
    if (radius) {
      const narrower = area.slice();
      for (let i = 0; i < area.length; i++) {
        if (i >= wide && !area[i - wide]) narrower[i] = 0;
        if (i + wide < area.length && !area[i + wide]) narrower[i] = 0;
      }
      const across = radius % 2 ? area : narrower.slice();
      for (let i = 0; i < area.length; i++) {
        const x = i % wide;
        if (x > 0 && !across[i - 1]) narrower[i] = 0;
        if (x < wide - 1 && !across[i + 1]) narrower[i] = 0;
      }
      area = narrower;
    }
    if (!radii.includes(radius)) continue;
    const framed = new Uint8Array(area.length);
    forInside(wide, high, (at) => (framed[at] = area[at]!));
    masks.push(framed);
  }
  return masks.reverse();
}

/** Connected pieces (by edges, or by corners too) of equal values that are not 0, in reading order;
 * the frame must be 0. */
function components(
  values: Uint8Array | Int32Array,
  wide: number,
  corners = false,
): [Int32Array, number] {
  const straight = [-wide, -1, 1, wide];
  const offsets = corners ? [...straight, -wide - 1, -wide + 1, wide - 1, wide + 1] : straight;
  const labels = new Int32Array(values.length);
  const stack = new Int32Array(values.length);
  let count = 0;
  for (let start = 0; start < values.length; start++) {
    if (!values[start] || labels[start]) continue;
    count += 1;
    let top = 0;
    stack[top++] = start;
    labels[start] = count;
    while (top) {
      const at = stack[--top]!;
      for (const offset of offsets) {
        const next = at + offset;
        if (values[next] === values[start] && !labels[next]) {
          labels[next] = count;
          stack[top++] = next;
        }
      }
    }
  }
  return [labels, count];
}

/** `components` of a map that has no frame. */
export function connected(
  values: Uint8Array | Int32Array,
  width: number,
  height: number,
  corners = false,
): [Int32Array, number] {
  const wide = width + 2;
  const framed = new Int32Array(wide * (height + 2));
  for (let y = 0; y < height; y++) {
    framed.set(values.subarray(y * width, (y + 1) * width), (y + 1) * wide + 1);
  }
  const [labels, count] = components(framed, wide, corners);
  return [inside(labels, wide, width, height), count];
}

function cores(masks: Uint8Array[], wide: number, gap: number, own: number): Int32Array {
  const [labels, first] = components(masks[0]!, wide);
  let count = first;
  const somePixel: number[] = [];
  labels.forEach((label, at) => (somePixel[label] = at));
  for (let step = 1; step < masks.length; step++) {
    const [wider, mask] = [masks[step - 1]!, masks[step]!];
    const [parts, partCount] = components(mask, wide);
    const held = new Int32Array(partCount + 1);
    const table = new Int32Array(partCount + 1);
    for (let label = 1; label <= count; label++) {
      const part = parts[somePixel[label]!]!;
      held[part]! += 1;
      table[part] = held[part]! > 1 ? 0 : label;
    }
    for (let part = 1; part <= partCount; part++) if (!held[part]) table[part] = ++count;
    const added: number[] = [];
    mask.forEach((on, at) => on && !wider[at] && added.push(at));
    for (const at of added) labels[at] = table[parts[at]!]!;
    const todo = Int32Array.from(added.filter((at) => labels[at] === 0));
    count = settle(labels, wide, grow(labels, wide, todo, gap + 2, true), count, own);
    for (const at of added) somePixel[labels[at]!] = at;
  }
  return labels;
}

function settle(
  labels: Int32Array,
  wide: number,
  todo: Int32Array,
  labelCount: number,
  own: number,
): number {
  if (!todo.length) return labelCount;
  const left = new Uint8Array(labels.length);
  for (const at of todo) left[at] = 1;
  const [pieces, pieceCount] = components(left, wide);
  const contacts = Array.from({ length: pieceCount + 1 }, () => new Map<number, number>());
  const size = new Int32Array(pieceCount + 1);
  for (const at of todo) {
    const piece = pieces[at]!;
    size[piece]! += 1;
    for (const next of [at - wide, at - 1, at + 1, at + wide]) {
      const label = labels[next]!;
      if (label) contacts[piece]!.set(label, (contacts[piece]!.get(label) ?? 0) + 1);
    }
  }
  let count = labelCount;
  const table = contacts.map((beside, piece) => {
    if (beside.size > 1 && size[piece]! >= own) return ++count;
    return longest(beside);
  });
  for (const at of todo) labels[at] = table[pieces[at]!]!;
  return count;
}

/** The label with the longest contact; of equals the highest. */
function longest(contacts: ReadonlyMap<number, number>): number {
  let [best, most] = [0, 0];
  for (const [label, length] of contacts) {
    if (length > most || (length === most && label > best)) [best, most] = [label, length];
  }
  return best;
}

/** Let labels grow into `todo`; returns what is left of it. */
function grow(
  labels: Int32Array,
  wide: number,
  todo: Int32Array,
  steps: number,
  geodesic: boolean,
): Int32Array {
  const straight = [-wide, -1, 1, wide];
  const all = [...straight, -wide - 1, -wide + 1, wide - 1, wide + 1];
  let left = todo;
  for (let step = 0; step < steps && left.length; step++) {
    const offsets = geodesic || step % 2 === 0 ? straight : all;
    const best = left.map((at) => {
      let most = 0;
      for (const offset of offsets) most = Math.max(most, labels[at + offset]!);
      return most;
    });
    left.forEach((at, i) => best[i] && (labels[at] = best[i]!));
    const rest = left.filter((_, i) => best[i] === 0);
    // What is left lies in pockets that nothing reaches.
    if (geodesic && rest.length === left.length) break;
    left = rest;
  }
  return left;
}

function sizes(labels: Int32Array): Float64Array {
  let top = 0;
  for (const label of labels) top = Math.max(top, label);
  const area = new Float64Array(top + 1);
  for (const label of labels) area[label]! += 1;
  return area;
}

/** Join regions that no line parts and that lie wide open to each other. */
function joined(labels: Int32Array, wide: number, sliver: number): Int32Array {
  let area = sizes(labels);
  const count = area.length;
  let edges = new Map<number, number>();
  const touch = (into: Map<number, number>, a: number, b: number, length: number) => {
    const swap = area[a]! > area[b]! || (area[a] === area[b] && a < b);
    const key = swap ? b * count + a : a * count + b;
    into.set(key, (into.get(key) ?? 0) + length);
  };
  for (let at = wide; at < labels.length; at++) {
    const label = labels[at]!;
    if (!label) continue;
    for (const next of [at - wide, at - 1]) {
      const other = labels[next]!;
      if (other && other !== label) touch(edges, label, other, 1);
    }
  }
  let table = Int32Array.from({ length: count }, (_, i) => i);
  while (edges.size) {
    const steps = [...edges]
      .map(([key, length]) => [Math.floor(key / count), key % count, length] as const)
      .filter(([from, , length]) => length >= WIDE_OPEN * Math.sqrt(area[from]!) || area[from]! < sliver)
      .sort((a, b) => a[2] - b[2] || a[0] - b[0] || a[1] - b[1]);
    if (!steps.length) break;
    const step = Int32Array.from({ length: count }, (_, i) => i);
    for (const [from, to] of steps) step[from] = to;
    for (let i = 0; i < count; i++) {
      let end = i;
      while (step[end] !== end) end = step[end]!;
      step[i] = end;
    }
    const together = new Float64Array(count);
    area.forEach((value, i) => (together[step[i]!]! += value));
    area = together;
    table = table.map((label) => step[label]!);
    const before = edges;
    edges = new Map();
    for (const [key, length] of before) {
      const [a, b] = [step[Math.floor(key / count)]!, step[key % count]!];
      if (a !== b) touch(edges, a, b, length);
    }
  }
  return labels.map((label) => table[label]!);
}

function leftovers(labels: Int32Array, wide: number, free: Uint8Array): void {
  const left = free.map((on, at) => (on && labels[at] === 0 ? 1 : 0));
  const top = sizes(labels).length - 1;
  const [pieces] = components(left, wide);
  pieces.forEach((piece, at) => piece && (labels[at] = piece + top));
}

/** What lies within the frame of one pixel. */
function inside(
  framed: Int32Array,
  wide: number,
  width: number,
  height: number,
): Int32Array {
  const out = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (y + 1) * wide + 1;
    out.set(framed.subarray(start, start + width), y * width);
  }
  return out;
}

/** Renumber `labels`, in place, by falling area (ties: as they were), and measure the regions.
 * `had`: the label that each of them had. */
export function measure(
  labels: Int32Array,
  width: number,
  height: number,
  free: Uint8Array,
): { regions: Regions; had: number[] } {
  const area = sizes(labels);
  const order = Array.from(area.keys())
    .filter((label) => label && area[label])
    .sort((a, b) => area[b]! - area[a]! || a - b);
  const table = new Int32Array(area.length);
  order.forEach((label, i) => (table[label] = i + 1));
  const count = order.length;
  const sum = new Float64Array(2 * count);
  const box = new Int32Array(4 * count);
  for (let i = 0; i < count; i++) box.set([width, height, 0, 0], 4 * i);
  for (let at = 0; at < labels.length; at++) {
    const label = (labels[at] = table[labels[at]!]!);
    if (!label) continue;
    const [i, x, y] = [label - 1, at % width, Math.floor(at / width)];
    sum[2 * i]! += x;
    sum[2 * i + 1]! += y;
    box[4 * i] = Math.min(box[4 * i]!, x);
    box[4 * i + 1] = Math.min(box[4 * i + 1]!, y);
    box[4 * i + 2] = Math.max(box[4 * i + 2]!, x + 1);
    box[4 * i + 3] = Math.max(box[4 * i + 3]!, y + 1);
  }
  const areas = Float64Array.from(order, (label) => area[label]!);
  const centroid = Float32Array.from(sum, (value, i) => value / areas[i >> 1]!);
  const regions = { width, height, labels, count, area: areas, centroid, box, free };
  return { regions, had: order };
}
