/** Closed regions, against what `style2color.reading.regions` makes of the same lines. */

import { describe, expect, it } from "vitest";
import { gapAt, labelRegions, spread } from "../src/local/regions";

describe("regions", () => {
  it("have the openings closed that Python closes, which rounds half to even", () => {
    expect([100, 640, 768, 896, 1152, 2048].map(gapAt)).toEqual([2, 2, 3, 4, 4, 8]);
  });

  it("grow around lines into all that is open to them, and into no pocket", () => {
    const data = new Uint8Array(12 * 8).fill(255);
    for (let y = 0; y < 7; y++) data[12 * y + 4] = 0;
    for (let y = 0; y < 8; y++) data[12 * y + 8] = 0;
    const regions = labelRegions({ width: 12, height: 8, data }, 0);
    const seeds = new Int32Array(96);
    seeds[0] = 7;
    const wanted = Uint8Array.from(regions.free);
    const rows = (found: Int32Array) =>
      Array.from({ length: 8 }, (_, y) => Array.from(found.subarray(12 * y, 12 * y + 12)).join(""));
    expect(rows(spread(seeds, wanted, regions))).toEqual([
      ...Array(7).fill("777707770000"),
      "777777770000",
    ]);
  });
});
