import { describe, expect, it } from "vitest";
import { labelRegions } from "../src/local/regions";
import { laid, readMarks, shadingOf } from "../src/local/shading";

const SIDE = 256;

/** Bars of colours under stripes of shadow, RGB of 256 × 256. */
function reference(dark: number): Uint8Array {
  const colors = [
    [200, 60, 60],
    [60, 90, 200],
    [90, 170, 80],
    [230, 190, 160],
  ] as const;
  const out = new Uint8Array(3 * SIDE * SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    for (let c = 0; c < 3; c++) {
      out[3 * i + c] = Math.floor(colors[x >> 6]![c]! * (y % 32 < 16 ? dark : 1));
    }
  }
  return out;
}

describe("shading", () => {
  it("tells a shaded reference from a flat one", () => {
    expect(shadingOf(reference(1))).toBe(0);
    expect(shadingOf(reference(0.75))).toBeGreaterThan(0.5);
    expect(shadingOf(new Uint8Array(3 * SIDE * SIDE).fill(255))).toBe(0);
  });

  it("reads the mirror image for a light from the right", async () => {
    const lines = { width: 40, height: 20, data: new Uint8Array(800).fill(255) };
    const slope = (ink: Float32Array, width: number, height: number) =>
      Promise.resolve(Float32Array.from({ length: 2 * ink.length }, (_, i) => i % width + height));
    const [left, right] = await Promise.all(
      (["left", "right"] as const).map((light) => readMarks(slope, lines, light)),
    );
    expect(left!.width).toBe(160); // small sketches grow fourfold at most
    for (let x = 0; x < 160; x++) expect(right!.data[x]).toBe(left!.data[159 - x]);
  });

  it("keeps a shadow on its side of a line", () => {
    const lines = { width: 512, height: 512, data: new Uint8Array(512 * 512).fill(255) };
    // Three parts, so that none is the ground.
    lines.data.fill(0, 80 * 512, 84 * 512);
    for (let y = 0; y < 512; y++) lines.data.fill(0, y * 512 + 260, y * 512 + 264);
    const regions = labelRegions(lines, 4);
    const data = new Float32Array(2 * 64 * 64).fill(-4);
    for (let y = 0; y < 64; y++) data.fill(4, y * 64 + 33, (y + 1) * 64);
    const { shade, light } = laid({ width: 64, height: 64, data }, 1, regions, 512, 512);
    const row = 200 * 512;
    for (let x = 0; x < 512; x++) {
      if (x < 261) expect(shade.data[row + x]).toBe(1);
      if (x >= 265) expect(shade.data[row + x]).toBeCloseTo(0.75, 6);
      expect(light.data[row + x]).toBe(0);
    }
  });
});
