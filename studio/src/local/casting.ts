/** Several figures on a page, each painted from a reference of its own: the part of
 * `style2color.painting.casting`, which says why, that needs no boxes. */

import { nearest, rint, type Plane } from "./arrays";
import type { People } from "./figures";
import type { Look } from "./network";
import { cropped, grown, type Window } from "./parts";
import { measure, type Regions } from "./regions";
import { labelsAt, onBorder, votesOf } from "./voting";

const ABSENT = -1e4;
const GROUND = 0.2;
const LEAST = 0.004;
const MOST = 12;
const MARGIN = 0.06;

/** A figure alone on white. */
export interface CutOut {
  readonly lines: Plane;
  /** Its own and, as one of them, all around it. */
  readonly regions: Regions;
  /** The page's label of each of its regions, 0 for what is around. */
  readonly labels: Int32Array;
  /** In pixels of the label map. */
  readonly box: Window;
}

/** What voting and composing go by. */
export type Layers = Pick<Look, "logits" | "shade" | "light">;

/** What the network said of a figure with one reference, from 0. */
export interface Answer {
  readonly figure: CutOut;
  readonly reference: number;
  readonly look: Layers;
  /** (N, K), of the cut-out's regions, pixels and opinion together. */
  readonly votes: Float32Array;
}

/** The figures of a page, the largest first. `lines`: of the label map's size. */
export function figures(lines: Plane, regions: Regions, people: People): CutOut[] {
  const ground = onBorder(regions).map((share) => share >= GROUND);
  const groups = parted(regions, grouped(regions, ground), people);
  return byArea(regions, attached(regions, groups)).map((own) => cutOut(lines, regions, own));
}

/** These regions of a page alone, with a little white around. */
function cutOut(page: Plane, regions: Regions, labels: readonly number[]): CutOut {
  const { width, height } = regions;
  const { left: x0, top: y0, right: x1, bottom: y1 } = corners(regions, labels);
  const margin = rint(MARGIN * Math.max(x1 - x0, y1 - y0)) + 2;
  const [left, top] = [Math.max(0, x0 - margin), Math.max(0, y0 - margin)];
  const [right, bottom] = [Math.min(width, x1 + margin), Math.min(height, y1 + margin)];
  const box = { left, top, right, bottom };
  const [wide, high] = [right - left, bottom - top];
  const own = among(regions, labels);
  const around = regions.count + 1;
  const whole = cropped({ width, height, data: regions.labels }, box).data;
  const parts = whole.map((label) => (own[label] ? label : around));
  // The outer half of an outline belongs to the ground's label, and to the figure's look.
  const reach = 2 + Math.floor(Math.max(height, width) / 400);
  const near = grown(Uint8Array.from(whole, (label) => own[label]!), wide, high, reach);
  const lines = cropped(page, box);
  const free = cropped({ width, height, data: regions.free }, box).data;
  const { regions: found, had } = measure(
    parts,
    wide,
    high,
    free.map((on, at) => (near[at] ? on : 1)),
  );
  return {
    lines: { ...lines, data: lines.data.map((value, at) => (near[at] ? value : 255)) },
    regions: found,
    labels: Int32Array.from(had, (label) => (label === around ? 0 : label)),
    box,
  };
}

/** Lay the answers of the figures over that of the whole page with the first reference, `opinion` of
 * its regions (R, K) among it. `owns`: how many entries each reference has; `shared`: how many
 * hints and paper are. One look over the entries of all references and then the shared ones. */
export function merge(
  page: Layers,
  opinion: Float32Array,
  regions: Regions,
  owns: readonly number[],
  shared: number,
  answers: readonly Answer[],
): Layers & { opinion: Float32Array } {
  const { width, height } = page.logits;
  const size = width * height;
  const every = owns.reduce((sum, own) => sum + own, 0);
  const total = every + shared;
  const columns = (number: number) => {
    const first = owns.slice(0, number).reduce((sum, own) => sum + own, 0);
    const own = Array.from({ length: owns[number]! }, (_, k) => first + k);
    return [...own, ...Array.from({ length: shared }, (_, k) => every + k)];
  };
  const logits = new Float32Array(total * size).fill(ABSENT);
  const pages = columns(0);
  pages.forEach((column, k) => {
    logits.set(page.logits.data.subarray(k * size, (k + 1) * size), column * size);
  });
  const copied = (plane: Plane<Float32Array> | null) =>
    plane && { ...plane, data: plane.data.slice() };
  const drawn = { shade: copied(page.shade), light: copied(page.light) };
  for (const { figure, reference, look } of answers) {
    const theirs = columns(reference);
    const each = look.logits.width * look.logits.height;
    under(figure, regions, page.logits, look.logits, (at, from) => {
      for (let k = 0; k < total; k++) logits[k * size + at] = ABSENT;
      theirs.forEach((column, k) => {
        logits[column * size + at] = look.logits.data[k * each + from]!;
      });
    });
    for (const name of ["shade", "light"] as const) {
      const [onto, of] = [drawn[name], look[name]];
      if (!onto || !of) continue;
      under(figure, regions, onto, of, (at, from) => (onto.data[at] = of.data[from]!));
    }
  }
  const said = new Float32Array(regions.count * total);
  const base = votesOf(logits, width, height, regions, said, total);
  for (let r = 0; r < regions.count; r++) {
    pages.forEach((column, k) => (said[r * total + column] = opinion[r * pages.length + k]!));
  }
  for (const { figure, reference, votes } of answers) {
    const theirs = columns(reference);
    figure.labels.forEach((label, n) => {
      if (!label) return;
      const wanted = new Float32Array(total).fill(ABSENT);
      theirs.forEach((column, k) => (wanted[column] = votes[n * theirs.length + k]!));
      // What the page's coarser pixels say is taken back: the figure's own look counts.
      const row = (label - 1) * total;
      wanted.forEach((value, k) => (said[row + k] = value - base[row + k]!));
    });
  }
  return { logits: { width, height, data: logits }, ...drawn, opinion: said };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Every pixel of a page of this size that shows the figure, and which pixel of its cut-out, of a
 * size of its own, lies there. */
function under(
  { labels, box }: CutOut,
  regions: Regions,
  page: Size,
  cut: Size,
  lay: (at: number, from: number) => void,
): void {
  const own = among(regions, labels);
  const along = (full: number, to: number, first: number, end: number, side: number) =>
    Int32Array.from({ length: to }, (_, i) => {
      const share = ((i + 0.5) * (full / to) - first) / (end - first);
      return Math.min(Math.max(Math.trunc(share * side), 0), side - 1);
    });
  const rows = along(regions.height, page.height, box.top, box.bottom, cut.height);
  const across = along(regions.width, page.width, box.left, box.right, cut.width);
  labelsAt(regions, page.width, page.height).forEach((label, at) => {
    if (!own[label]) return;
    lay(at, rows[Math.floor(at / page.width)]! * cut.width + across[at % page.width]!);
  });
}

/** By label, 1 where it is one of these; 0 is none of them. */
function among(regions: Regions, labels: Iterable<number>): Uint8Array {
  const own = new Uint8Array(regions.count + 1);
  for (const label of labels) own[label] = 1;
  own[0] = 0;
  return own;
}

/** By region the first of those it hangs together with; -1 for the ground. */
function grouped({ width, count, labels }: Regions, ground: readonly boolean[]): number[] {
  const group = Array.from({ length: count }, (_, r) => r);
  const root = (region: number) => {
    let at = region;
    while (group[at] !== at) at = group[at] = group[group[at]!]!;
    return at;
  };
  const touch = (one: number, other: number) => {
    if (!one || !other || one === other || ground[one - 1] || ground[other - 1]) return;
    const [a, b] = [root(one - 1), root(other - 1)];
    group[Math.max(a, b)] = Math.min(a, b);
  };
  labels.forEach((label, at) => {
    if ((at + 1) % width) touch(label, labels[at + 1]!);
    if (at + width < labels.length) touch(label, labels[at + width]!);
  });
  return group.map((_, r) => (ground[r] ? -1 : root(r)));
}

/** Labels that hang together, by whose they are; what is nobody's is his who has most of them. */
function parted(regions: Regions, group: readonly number[], people: People): number[][] {
  const { width, height, count, labels } = regions;
  const { owner } = people;
  const [rows, columns] = [nearest(owner.height, height), nearest(owner.width, width)];
  const nobody = () => Array<number>(people.count).fill(0);
  const held = Array.from({ length: count }, nobody);
  labels.forEach((label, at) => {
    const one = owner.data[rows[Math.floor(at / width)]! * owner.width + columns[at % width]!]!;
    if (label && one) held[label - 1]![one - 1]! += 1;
  });
  const most = Array.from({ length: count }, nobody);
  group.forEach((one, r) => {
    if (one >= 0) held[r]!.forEach((pixels, n) => (most[one]![n]! += pixels));
  });
  const groups = new Map<number, number[]>();
  group.forEach((one, r) => {
    if (one < 0) return;
    const has = held[r]!.some((pixels) => pixels) ? held[r]! : most[one]!;
    const key = one * people.count + has.indexOf(Math.max(...has));
    groups.set(key, [...(groups.get(key) ?? []), r + 1]);
  });
  return [...groups].sort(([a], [b]) => a - b).map(([, own]) => own);
}

/** Groups of labels, those not worth a look of their own joined to the nearest that are. */
function attached(regions: Regions, groups: readonly number[][]): number[][] {
  const sorted = byArea(regions, groups);
  const least = LEAST * regions.labels.length;
  const worth = sorted.slice(0, MOST).filter((own) => areaOf(regions, own) >= least);
  const large = worth.length ? worth : sorted.slice(0, 1);
  const boxes = large.map((own) => corners(regions, own));
  const joined = large.map((own) => [...own]);
  for (const own of sorted.slice(large.length)) {
    const { left, top, right, bottom } = corners(regions, own);
    const away = boxes.map((box) => {
      const across = Math.max(0, box.left - right, left - box.right);
      return Math.hypot(across, Math.max(0, box.top - bottom, top - box.bottom));
    });
    joined[away.indexOf(Math.min(...away))]!.push(...own);
  }
  return joined;
}

function areaOf({ area }: Regions, labels: readonly number[]): number {
  return labels.reduce((sum, label) => sum + area[label - 1]!, 0);
}

/** The largest first, ties as they were. */
function byArea(regions: Regions, groups: readonly number[][]): number[][] {
  return [...groups].sort((a, b) => areaOf(regions, b) - areaOf(regions, a));
}

function corners({ box }: Regions, labels: readonly number[]): Window {
  const ends = (corner: number) => labels.map((label) => box[4 * (label - 1) + corner]!);
  return {
    left: Math.min(...ends(0)),
    top: Math.min(...ends(1)),
    right: Math.max(...ends(2)),
    bottom: Math.max(...ends(3)),
  };
}
