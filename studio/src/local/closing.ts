/** Figures whose outline is open, parted from their ground: `style2color.closing`, which says why. */

import type { Plane } from "./arrays";
import { OPENING, besideInk, planted } from "./carving";
import { components, inside, measure, type Regions } from "./regions";
import { labelsAt } from "./voting";
import { BACKGROUND } from "./wardrobe";

const FIGURE_BELOW = 0.25;
const GROUND_ABOVE = 0.75;
const LEAST = 0.001;

/** The same regions, and every figure that is open to its ground a region of its own. `names`:
 * shares of the painter's classes. */
export function closeFigures(regions: Regions, names: Plane<Float32Array>): Regions {
  const { width, height } = names;
  const size = width * height;
  const ground = names.data.subarray(BACKGROUND * size, (BACKGROUND + 1) * size);
  const small = labelsAt(regions, width, height);
  const near = besideInk(regions, width, height);
  const held = [0, 0, 0].map(() => new Float64Array(regions.count + 1));
  const clear = Int32Array.from(ground, (share, at) => {
    const kind = near[at] ? 0 : share < FIGURE_BELOW ? 1 : share > GROUND_ABOVE ? 2 : 0;
    held[kind]![small[at]!]! += 1;
    return kind;
  });
  const [, figure, rest] = held as [Float64Array, Float64Array, Float64Array];
  const asked = figure.map((some, label) =>
    label && Math.min(some, rest[label]!) >= LEAST * size ? 1 : 0,
  );
  if (!asked.some((on) => on)) return regions;
  const wanted = Uint8Array.from(regions.labels, (label) => asked[label]!);
  const found = planted(clear, width, height, wanted, regions);
  const [pieces, count] = piecesOf(found, regions);
  const kept = apart(pieces, count, regions);
  if (!kept.some((on) => on)) return regions;
  const labels = regions.labels.map((label, at) =>
    kept[pieces[at]!] ? regions.count + pieces[at]! : label,
  );
  return measure(labels, regions.width, regions.height, regions.free).regions;
}

/** What is figure of every region, by connected pieces, from 1, and how many. */
function piecesOf(found: Int32Array, { labels, width, height }: Regions): [Int32Array, number] {
  const wide = width + 2;
  const framed = new Int32Array(wide * (height + 2));
  found.forEach((kind, at) => {
    const y = Math.floor(at / width);
    if (kind === 1) framed[(y + 1) * wide + (at % width) + 1] = labels[at]!;
  });
  const [pieces, count] = components(framed, wide);
  return [inside(pieces, wide, width, height), count];
}

/** Which pieces are large, and meet the rest of their region in openings that are narrow for the
 * smaller of both. */
function apart(pieces: Int32Array, count: number, regions: Regions): Uint8Array {
  const { labels, free, width } = regions;
  const [area, seam, ofPiece] = [0, 0, 0].map(() => new Float64Array(count + 1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const rest = new Float64Array(regions.count + 1);
  for (let at = 0; at < labels.length; at++) {
    const piece = pieces[at]!;
    ofPiece[piece] = labels[at]!;
    if (!free[at]) continue;
    if (piece) area[piece]! += 1;
    else rest[labels[at]!]! += 1;
    for (const next of [at - width, at % width ? at - 1 : -1]) {
      if (next < 0 || !free[next] || labels[next] !== labels[at] || pieces[next] === piece) continue;
      seam[piece]! += 1;
      seam[pieces[next]!]! += 1;
    }
  }
  return Uint8Array.from(area, (own, piece) => {
    const smaller = Math.min(own, rest[ofPiece[piece]!]!);
    return piece && smaller >= LEAST * labels.length && seam[piece]! <= OPENING * Math.sqrt(smaller)
      ? 1
      : 0;
  });
}
