/** What is worn, against what `style2color.reading.wardrobe` makes of the same arrays. */

import { describe, expect, it } from "vitest";
import type { Palette } from "../src/local/palette";
import type { Traced } from "../src/local/portrait";
import { labelRegions } from "../src/local/regions";
import { dress, named, readWorn } from "../src/local/wardrobe";

describe("what is worn", () => {
  it("is counted in the reference where it is clear, without ink", () => {
    const names = { width: 4, height: 4, data: new Float32Array(17 * 16) };
    names.data.fill(0.9, 7 * 16 + 8, 8 * 16); // the lower half is a garment
    names.data.fill(0.45, 12 * 16, 13 * 16); // in doubt: shoes
    names.data[13 * 16] = 0.95; // one cell of headwear
    const reference: Traced = {
      rgb: new Uint8Array(),
      lines: { width: 0, height: 0, data: new Uint8Array() },
      ink: Uint8Array.from({ length: 65536 }, (_, i) => (i % 256 < 100 ? 1 : 0)),
      width: 256,
      height: 128,
    };
    const palette: Palette = {
      colors: [[9, 9, 9], [90, 90, 200]],
      assignment: new Float32Array(2048),
      moments: new Float32Array(10),
      entry: Uint8Array.from({ length: 65536 }, (_, i) => (i % 256 < 140 ? 0 : 1)),
    };
    const worn = readWorn(names, reference, palette);
    expect([...worn.keys()]).toEqual([7]);
    const [one, other] = worn.get(7)!;
    expect(one).toBeCloseTo(40 / 156, 5);
    expect(other).toBeCloseTo(116 / 156, 5);
  });

  it("gets the colours that it has there", () => {
    const page = new Uint8Array(64).fill(255);
    for (let y = 0; y < 8; y++) page[8 * y + 3] = 0;
    const regions = labelRegions({ width: 8, height: 8, data: page }, 1);
    const names = { width: 8, height: 8, data: new Float32Array(17 * 64) };
    for (let i = 0; i < 64; i++) names.data[10 * 64 + i] = i % 8 > 3 ? 0.75 : 0.25;
    const opinion = new Float32Array(4 * regions.count);
    const shares = named(regions, names);
    dress(opinion, shares, new Map([[10, Float32Array.from([0.1, 0.9])]]), 2);
    const wanted = [
      [-0.9648336, -0.0380722, -0.0380722, -1.7799704],
      [-0.3710899, -0.0146431, -0.0146431, -0.684604],
    ];
    wanted.flat().forEach((value, i) => expect(opinion[i]).toBeCloseTo(value, 5));
    const before = Array.from(opinion);
    dress(opinion, shares, new Map(), 2);
    expect(Array.from(opinion)).toEqual(before);
  });
});
