/** What every region of line art is like: `style2color.reading.describing`. */

import type { Plane } from "./arrays";
import { CLASSES } from "./parts";
import type { Regions } from "./regions";
import { geometry, labelsAt, pool } from "./voting";
import { named } from "./wardrobe";

/** What the painter makes of lines. */
export interface Sight {
  readonly features: Plane<Float32Array>;
  readonly channels: number;
  /** Shares of its classes; null from models before 0.11, which name nothing. */
  readonly names: Plane<Float32Array> | null;
}

/** Regions as the graphs see them: features (R, F), names (R, 17), geometry (R, 8). */
export interface Described {
  readonly features: Float32Array;
  readonly channels: number;
  /** How many pixels of the features each has; 0 is too small to have any. */
  readonly pixels: Int32Array;
  readonly names: Float32Array | null;
  readonly geometry: Float32Array;
}

export function describe(regions: Regions, { features, channels, names }: Sight): Described {
  const labels = labelsAt(regions, features.width, features.height);
  const { means, pixels } = pool(features.data, channels, labels, regions.count);
  return {
    ...{ features: means, channels, pixels },
    names: names && named(regions, names),
    geometry: geometry(regions),
  };
}

/** All of it in one, (R, F + 17 + 8). */
export function looksOf({ features, channels, names, geometry }: Described): Float32Array {
  const parts = [
    [features, channels],
    [names!, CLASSES],
    [geometry, 8],
  ] as const;
  const count = geometry.length / 8;
  const D = channels + CLASSES + 8;
  const out = new Float32Array(count * D);
  let from = 0;
  for (const [values, each] of parts) {
    for (let r = 0; r < count; r++) {
      out.set(values.subarray(r * each, (r + 1) * each), r * D + from);
    }
    from += each;
  }
  return out;
}
