/** What figures wear, in the reference and in the sketch: `style2color.reading.wardrobe`, which says why. */

import type { Plane } from "./arrays";
import type { Palette } from "./palette";
import { CLASSES, logPrior } from "./parts";
import { covered, type Traced } from "./portrait";
import type { Regions } from "./regions";
import { labelsAt, pool } from "./voting";

/** The ground, among the painter's classes. */
export const BACKGROUND = 1;
/** Of these: the first that is worn, and the first after these. */
const [FIRST, END] = [7, 14];
const CLEAR = 0.5;
const LEAST = 40;
const CLEARLY_BEHIND = 0.75;
const WEIGHT = Math.fround(0.7);

/** A class of what is worn → how much of it every entry of a palette is. */
export type Worn = ReadonlyMap<number, Float32Array>;

/** What is worn in a reference whose lines the painter named so: (17, h, w) shares. */
export function readWorn(names: Plane<Float32Array>, reference: Traced, palette: Palette): Worn {
  const worn = new Map<number, Float32Array>();
  for (let number = FIRST; number < END; number++) {
    const area = covered(names, number, CLEAR, reference, palette);
    const sum = area.reduce((a, b) => a + b, 0);
    if (sum >= LEAST) worn.set(number, Float32Array.from(area, (pixels) => pixels / sum));
  }
  return worn;
}

/** The share of every class in each region, (R, 17), of those on the page. */
export function named(
  regions: Regions,
  { width, height, data }: Plane<Float32Array>,
): Float32Array {
  const classes = data.length / (width * height);
  return pool(data, classes, labelsAt(regions, width, height), regions.count).means;
}

/** The regions that the painter takes for background, by the shares of its classes, (R, 17). */
export function behind(names: Float32Array): boolean[] {
  return Array.from(
    { length: names.length / CLASSES },
    (_, r) => names[CLASSES * r + BACKGROUND]! > CLEARLY_BEHIND,
  );
}

/** Add to the opinion (R, K) what the reference has for what is worn in every region, (R, 17). */
export function dress(opinion: Float32Array, names: Float32Array, worn: Worn, own: number): void {
  const count = names.length / CLASSES;
  const K = opinion.length / Math.max(count, 1);
  for (const [number, amounts] of worn) {
    const prior = logPrior(Array.from({ length: K }, (_, k) => amounts[k] ?? 0), own);
    for (let r = 0; r < count; r++) {
      const share = WEIGHT * names[CLASSES * r + number]!;
      for (let k = 0; k < K; k++) opinion[r * K + k]! += share * prior[k]!;
    }
  }
}
