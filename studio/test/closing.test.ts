/** What the page makes of open figures, against what `style2color.reading.closing` makes of the same. */

import { describe, expect, it } from "vitest";
import { closeFigures } from "../src/local/closing";
import { labelRegions } from "../src/local/regions";

const SIZE = 80;
const SMALL = 40;

/** A box on a page with openings in its left wall. */
function figure(openings: readonly (readonly [number, number])[]) {
  const data = new Uint8Array(SIZE * SIZE).fill(255);
  const fill = (from: number, to: number, left: number, right: number, value: number) => {
    for (let y = from; y < to; y++) data.fill(value, y * SIZE + left, y * SIZE + right);
  };
  fill(20, 60, 20, 60, 0);
  fill(22, 58, 22, 58, 255);
  for (const [top, bottom] of openings) fill(top, bottom, 20, 22, 255);
  return labelRegions({ width: SIZE, height: SIZE, data }, 2);
}

/** Shares of the ground as a painter sees it: undecided beside the walls. */
function names() {
  const data = new Float32Array(17 * SMALL * SMALL);
  const ground = data.subarray(SMALL * SMALL, 2 * SMALL * SMALL);
  ground.forEach((_, at) => {
    const [y, x] = [Math.floor(at / SMALL), at % SMALL];
    const within = (edge: number) => Math.min(y, x) >= edge && Math.max(y, x) < SMALL - edge;
    ground[at] = within(12) ? 0.02 : within(8) ? 0.5 : 1;
  });
  return { width: SMALL, height: SMALL, data };
}

describe("a figure", () => {
  it.each([
    [[[34, 46]], [4948, 1452]],
    [[[24, 32], [48, 56]], [4944, 1456]],
    [[[22, 40]], [4943, 1457]],
  ] as const)("that is open at %j is parted from its ground there", (openings, areas) => {
    const open = figure(openings);
    const closed = closeFigures(open, names());
    expect(open.count).toBe(1);
    expect(Array.from(closed.area)).toEqual(areas);
    expect(closed.labels[40 * SIZE + 40]).toBe(2);
    expect(closed.labels[5 * SIZE + 5]).toBe(1);
  });

  it.each([[[]], [[[16, 64]]]] as const)("that is closed, or has no wall, stays: %j", (openings) => {
    const regions = figure(openings);
    expect(closeFigures(regions, names())).toBe(regions);
  });
});
