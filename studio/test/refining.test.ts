/** The second look at all votes, against what `style2color.painting.refining` makes of the same arrays. */

import { describe, expect, it } from "vitest";
import { describe as describedBy } from "../src/local/describing";
import { counterparts, inputsOf, refine, type Case } from "../src/local/refining";
import { labelRegions } from "../src/local/regions";
import type { Palette } from "../src/local/palette";
import type { Traced } from "../src/local/portrait";

/** A page of 256 × 256 with a line down the middle. */
function page() {
  const data = new Uint8Array(256 * 256).fill(255);
  for (let y = 0; y < 256; y++) data.fill(0, 256 * y + 127, 256 * y + 129);
  return { width: 256, height: 256, data };
}

const sight = {
  features: { width: 4, height: 4, data: Float32Array.from({ length: 32 }, (_, i) => i / 32) },
  channels: 2,
  names: { width: 4, height: 4, data: new Float32Array(17 * 16).fill(1 / 17) },
};

describe("the second look", () => {
  it("counts what regions of the reference are made of, ink left out", () => {
    const lines = page();
    const reference: Traced = {
      rgb: new Uint8Array(),
      lines,
      ink: Uint8Array.from(lines.data, (value) => (value ? 0 : 1)),
      width: 256,
      height: 256,
    };
    const palette: Palette = {
      colors: [[9, 9, 9], [90, 90, 200], [255, 255, 255]],
      assignment: new Float32Array(3 * 1024),
      moments: new Float32Array(15),
      // The left half is of the first, the right of the second above and of the third below.
      entry: Uint8Array.from({ length: 65536 }, (_, i) => (i % 256 < 128 ? 0 : i < 32768 ? 1 : 2)),
    };
    const found = counterparts(lines, sight, reference, palette);
    expect(Array.from(found.area)).toEqual([127 * 256, 127 * 256]);
    const rows = [0, 1].map((t) => Array.from(found.entries.subarray(3 * t, 3 * t + 3)));
    expect(rows.sort()).toEqual([[0, 0.5, 0.5], [1, 0, 0]]);
    expect(found.looks.length).toBe(2 * (2 + 17 + 8));
  });

  it("tells the graph of the reference's entries and paper, without the hints", () => {
    const regions = labelRegions(page(), 2);
    const votes = Float32Array.from({ length: 8 }, (_, i) => 10 * i - 35);
    const one: Case = {
      ...{ regions, described: describedBy(regions, sight), shares: null },
      ...{ pixels: votes, voted: votes, parts: votes, worn: votes, like: null },
      placed: Float32Array.from({ length: 16 }, (_, i) => i / 16),
      colors: [[200, 40, 40], [30, 60, 200], [1, 2, 3], [255, 255, 255]],
      own: 2,
      covered: (k) => new Float32Array(17).fill(k),
      assignment: new Float32Array(2048).fill(0.5),
      moments: Float32Array.from({ length: 10 }, (_, i) => i),
      shading: 0.5,
      others: null,
    };
    const inputs = inputsOf(one);
    expect(inputs.votes![1]).toEqual([1, 2, 3, 4]);
    const pixels = Array.from(inputs.votes![0]).filter((_, i) => i % 4 === 0);
    expect(pixels).toEqual([-30, -25, -5, 5, 15, 30]);
    // Models since 0.15 say what a region is like, too.
    const like = votes.map((vote) => vote / 10);
    const [five, sizes] = inputsOf({ ...one, like }).votes!;
    expect(sizes).toEqual([1, 2, 3, 5]);
    expect(Array.from(five).filter((_, i) => i % 5 < 4)).toEqual(Array.from(inputs.votes![0]));
    expect(Array.from(five).filter((_, i) => i % 5 === 4)).toEqual([-3.5, -2.5, -0.5, 0.5, 1.5, 3.5]);
    expect(Array.from(inputs.placed![0])).toEqual([0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15].map((v) => v / 16));
    expect(inputs.looks![1]).toEqual([1, 2, 2 + 17 + 8 + 6]);
    const shared = inputs.touching![0];
    expect(Array.from(shared)).toEqual([0, 256, 256, 0]);
    const [described, size] = inputs.entries!;
    expect(size).toEqual([1, 3, 28]);
    const paper = Array.from(described.subarray(56, 84));
    expect(paper[0]).toBeCloseTo(1, 4);
    expect(paper.slice(3)).toEqual([0, 0, 0.5, 0, 0, 0, 0, 0, ...Array(17).fill(3)]);
    expect(Array.from(described.subarray(28 + 6, 28 + 11))).toEqual([5, 6, 7, 8, 9]);
    expect([inputs.twins![1], inputs.twin_area![0][0]]).toEqual([[1, 1, 27], 0]);
  });

  it("lets hints gain as the best entry does, and leaves what is certain", () => {
    const opinion = new Float32Array([0, 0, 0, 0, 1, 1, 1, 1000, 2, 2, 2, 2]);
    refine(opinion, Float32Array.from([1, 3, -1, 5, 5, 5]), 4, 2);
    expect(Array.from(opinion)).toEqual([1, 3, 3, -1, 1, 1, 1, 1000, 2, 2, 2, 2]);
  });
});
