/** What regions are like in a reference, against what `style2color.reading.correspondence` makes of the same
 * arrays. */

import { describe, expect, it } from "vitest";
import { amounts, keysOf, likened, vectorsOf } from "../src/local/correspondence";
import type { Palette } from "../src/local/palette";
import type { Traced } from "../src/local/portrait";
import { labelRegions } from "../src/local/regions";

const counted = (length: number) => Float32Array.from({ length }, (_, i) => i);

describe("the keys of a reference", () => {
  const embedding = { width: 4, height: 3, data: counted(24) };
  const reference = (ink: (i: number) => boolean): Traced => ({
    rgb: new Uint8Array(),
    lines: { width: 0, height: 0, data: new Uint8Array() },
    ink: Uint8Array.from({ length: 65536 }, (_, i) => (ink(i) ? 1 : 0)),
    width: 256,
    height: 128,
  });
  const palette: Palette = {
    colors: [],
    assignment: new Float32Array(),
    moments: new Float32Array(),
    // Three columns, above and below the middle.
    entry: Uint8Array.from({ length: 65536 }, (_, i) => Math.floor((i % 256) / 100) + (i < 32768 ? 0 : 3)),
  };

  it("are the vectors and entries of its pixels, without ink", () => {
    const found = keysOf(embedding, reference((i) => i % 256 < 64 && i < 32768), palette)!;
    expect(Array.from(found.vectors)).toEqual(
      Array.from({ length: 11 }, (_, p) => [p + 1, p + 13]).flat(),
    );
    expect(Array.from(found.entry)).toEqual([0, 1, 2, 3, 3, 4, 5, 3, 3, 4, 5]);
  });

  it("are none where all of it is ink", () => {
    expect(keysOf(embedding, reference(() => true), palette)).toBeNull();
  });
});

describe("amounts", () => {
  it("are what regions see, by the roots of their areas", () => {
    const said = (share: number) => 0.8 * Math.log(share + 0.02);
    const rows = [[said(0.75), said(0.25), 1], [said(0), said(1), 1], [0, 0, 0]];
    const found = amounts(Float32Array.from(rows.flat()), [400, 100, 900], 2)!;
    expect(found[0]).toBeCloseTo(0.5, 5);
    expect(found[1]).toBeCloseTo(0.5, 5);
    expect(amounts(new Float32Array(9), [400, 100, 900], 2)).toBeNull();
  });
});

describe("a region", () => {
  it("has the mean of its pixels, and nothing where it is too small to have any", () => {
    const page = new Uint8Array(256).fill(255);
    for (let y = 6; y < 12; y++) page.fill(0, 16 * y + 6, 16 * y + 12);
    for (let y = 7; y < 11; y++) page.fill(255, 16 * y + 7, 16 * y + 11);
    const regions = labelRegions({ width: 16, height: 16, data: page }, 1);
    const vectors = vectorsOf({ width: 2, height: 2, data: counted(12) }, regions);
    expect(Array.from(vectors)).toEqual([1.5, 5.5, 9.5, 0, 0, 0]);
  });

  const keys = {
    vectors: Float32Array.from(
      [[1.5, -1, 0.5], [-0.5, 1.5, 1], [0, 0, -Math.sqrt(3.5)], [1, 1.5, 0.5], [-1.5, 0.5, 1]].flat(),
    ),
    entry: Uint8Array.from([2, 0, 1, 2, 4]),
  };
  // Of the reference five, two of them white, the last never seen; two of hints; paper.
  const colors = [
    [200, 40, 40], [250, 240, 225], [30, 60, 200], [255, 255, 224], [240, 230, 226],
    [1, 2, 3], [9, 9, 9], [255, 255, 255],
  ] as const;

  it("votes for what it is like, whatever its length, for paper as for white, for hints as for the best", () => {
    const vectors = Float32Array.from(
      [[1, 0.5, -0.25], [0, 0, 0], [-2, 3, 1], [0.5, 0.5, 0.5]].flat(),
    );
    const said = likened(vectors, keys, colors, 5);
    const wanted = [
      [-2.1712, -1.7008, -0.11101, -3.12963, -2.98392, -0.11101, -0.11101, -1.67445],
      [0, 0, 0, 0, 0, 0, 0, 0],
      [-0.44107, -2.84733, -1.70947, -3.12963, -0.82325, -0.44107, -0.44107, -0.80453],
      [-1.12035, -3.00192, -0.21541, -3.12963, -2.46131, -0.21541, -0.21541, -2.40341],
    ];
    wanted.flat().forEach((value, i) => expect(said[i]).toBeCloseTo(value, 4));
    const longer = likened(vectors.map((value) => 7 * value), keys, colors, 5);
    said.forEach((value, i) => expect(longer[i]).toBeCloseTo(value, 5));
  });
});
