/** Figures whose outline is open, parted from their ground: `style2color.reading.closing`, which says why. */

import type { Plane } from "./arrays";
import { besideInk, heldByOpenings, planted } from "./carving";
import { measure, type Regions } from "./regions";
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
  const figures = heldByOpenings(found, regions, LEAST);
  if (!figures.some((figure) => figure)) return regions;
  const labels = regions.labels.map((label, at) => (figures[at] ? regions.count + figures[at] : label));
  return measure(labels, regions.width, regions.height, regions.free).regions;
}
