/** No whiter than the reference, against what `style2color.painting.balance` makes of the same arrays. */

import { describe, expect, it } from "vitest";
import { lessWhite } from "../src/local/balance";
import { innerWhite, isWhite } from "../src/local/whites";

describe("white", () => {
  const pale = [1, 0, 0, 1];
  const even = Float64Array.of(1, 1, 1, 1);

  it("gives way where a figure has too much of it", () => {
    const votes = Float32Array.of(2, 2.2, 0, 2, 2, 0, 2.2, 2, 9, 0, 0, 9, 0, 9, 0, 0);
    expect(lessWhite(votes, even, pale, 0.2)).toBeCloseTo(-0.89268, 4);
    expect(lessWhite(votes, even, pale, 0.8)).toBe(0);
    expect(lessWhite(votes, new Float64Array(4), pale, 0)).toBe(0);
  });

  it("is bright and grey", () => {
    expect([[255, 255, 255], [240, 240, 238], [215, 215, 215], [255, 250, 220]].map((c) => isWhite(c as never)))
      .toEqual([true, true, false, false]);
  });

  it("is paint where no ground reaches it", () => {
    const entry = new Uint8Array(65536);
    const at = (y: number, x: number) => y > 63 && y < 192 && x > 63 && x < 192;
    entry.forEach((_, i) => (entry[i] = at(Math.trunc(i / 256), i % 256) ? 1 : 0));
    for (let y = 96; y < 160; y++) entry.fill(0, 256 * y + 96, 256 * y + 160);
    const colors = [[255, 255, 255], [200, 40, 40]] as never;
    expect(innerWhite({ colors, entry })).toBeCloseTo(1 / 16, 6);
    for (let y = 120; y < 136; y++) entry.fill(0, 256 * y + 64, 256 * y + 96);
    expect(innerWhite({ colors, entry })).toBe(0);
  });
});
