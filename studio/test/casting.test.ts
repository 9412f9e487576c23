/** Figures of a page, each with a reference of its own, against what `style2color.painting.casting`
 * makes of the same arrays. */

import { describe, expect, it } from "vitest";
import { figures, merge, type Answer } from "../src/local/casting";
import { clipped, scaled } from "../src/local/marks";
import { measure } from "../src/local/regions";

const [WIDE, HIGH] = [60, 40];

/** Two figures of a head and a body who touch, somebody small, and specks; a blot of solid ink. */
function page() {
  const labels = new Int32Array(WIDE * HIGH).fill(1);
  const fill = (label: number, top: number, left: number, bottom: number, right: number) => {
    for (let y = top; y < bottom; y++) labels.fill(label, WIDE * y + left, WIDE * y + right);
  };
  fill(2, 6, 8, 20, 20);
  fill(3, 20, 6, 36, 24);
  fill(4, 24, 24, 34, 40);
  fill(5, 10, 28, 24, 38);
  fill(6, 28, 26, 31, 30);
  fill(7, 30, 50, 33, 53);
  fill(8, 2, 2, 3, 4);
  fill(9, 2, 54, 8, 59);
  fill(0, 12, 30, 15, 33);
  const at = (i: number) => [Math.floor(i / WIDE), i % WIDE] as const;
  const free = Uint8Array.from(labels, (label, i) => {
    const [y, x] = at(i);
    return label && (y * 3 + x) % 7 ? 1 : 0;
  });
  const { regions } = measure(labels, WIDE, HIGH, free);
  const ink = Uint8Array.from(labels, (_, i) => {
    const [y, x] = at(i);
    return (y * 31 + x * 17) % 256;
  });
  const owner = { width: 30, height: 20, data: new Uint8Array(600) };
  for (let y = 3; y < 18; y++) owner.data.fill(1, 30 * y + 3, 30 * y + 12);
  for (let y = 5; y < 17; y++) owner.data.fill(2, 30 * y + 12, 30 * y + 20);
  const lines = { width: WIDE, height: HIGH, data: ink };
  return { regions, cut: figures(lines, regions, { owner, count: 2 }) };
}

function waves(count: number, height: number, width: number, from: number) {
  const data = Float32Array.from({ length: count * height * width }, (_, i) => {
    const [c, y] = [Math.floor(i / (height * width)), Math.floor(i / width) % height];
    return Math.sin(from + c * 1.7 + y * 0.37 + (i % width) * 0.23);
  });
  return { width, height, data };
}

const look = (count: number, height: number, width: number, from: number) => ({
  logits: waves(count, height, width, from),
  shade: waves(1, height >> 1, width >> 1, from + 1),
  light: waves(1, height >> 1, width >> 1, from + 2),
});

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe("figures", () => {
  it("are what hangs together, or less where several are seen in that", () => {
    const { cut } = page();
    expect(cut.map(({ box }) => [box.top, box.left, box.bottom, box.right])).toEqual([
      [0, 0, 40, 28],
      [6, 20, 38, 57],
      [0, 52, 10, 60],
    ]);
    const labels = [[0, 2, 3, 9], [0, 4, 5, 7, 8], [0, 6]];
    expect(cut.map((one) => Array.from(one.labels))).toEqual(labels);
    expect(cut.map(({ regions }) => Array.from(regions.area))).toEqual([
      [662, 288, 168, 2],
      [884, 148, 131, 12, 9],
      [50, 30],
    ]);
  });

  it("are cut out with their outline, alone on white", () => {
    const { cut } = page();
    expect(cut.map(({ lines }) => [lines.height, lines.width])).toEqual([[40, 28], [32, 37], [10, 8]]);
    expect(cut.map(({ lines }) => sum(lines.data))).toEqual([196893, 234881, 10608]);
    expect(cut.map(({ lines }) => lines.data.filter((v) => v === 255).length)).toEqual([428, 661, 0]);
    expect(cut.map(({ regions }) => sum(regions.free))).toEqual([1020, 1101, 69]);
  });
});

describe("answers laid over the page", () => {
  const { regions, cut } = page();
  const [owns, shared] = [[2, 1, 3], 2];
  const answers: Answer[] = [2, 1, 0].map((reference, n) => {
    const [K, figure] = [owns[reference]! + shared, cut[n]!];
    const votes = waves(1, figure.labels.length, K, n + 9).data;
    return { figure, reference, look: look(K, 12 + n, 10 + n, n + 1), votes };
  });
  const opinion = waves(1, regions.count, 4, 5).data;
  const whole = look(4, 20, 30, 0);
  const merged = merge(whole, opinion, regions, owns, shared, answers);
  const { data } = merged.logits;
  const none = -10000;

  it("have each the pixels of its figure, where no other reference paints", () => {
    const at = (row: number, column: number) =>
      Array.from({ length: 8 }, (_, k) => Number(data[(k * 20 + row) * 30 + column]!.toFixed(4)));
    expect(at(2, 2)).toEqual([0.932, 0.2392, none, none, none, none, -0.9937, 0.0168]);
    expect(at(5, 6)).toEqual([none, none, none, 0.1114, -0.9998, 0.1463, 0.9621, -0.3942]);
    expect(at(13, 16)).toEqual([none, none, -0.5917, none, none, none, 0.8757, 0.3661]);
    expect(at(2, 28)).toEqual([0.7937, 0.501, none, none, none, none, -0.9228, -0.2632]);
    expect(data.filter((value) => value === none).length).toBe(2361);
    expect(sum(data.filter((value) => value !== none))).toBeCloseTo(-60.1218, 3);
  });

  it("shade and light it too", () => {
    expect(sum(merged.shade!.data)).toBeCloseTo(-40.7243, 3);
    expect(sum(merged.light!.data)).toBeCloseTo(-45.5801, 3);
    expect(merged.shade!.data[7 * 15 + 4]).toBeCloseTo(-0.8565, 4);
    expect(sum(whole.shade.data)).toBeCloseTo(-40.7656, 3);
  });

  it("count for its regions alone, those without a pixel too", () => {
    const rows = [
      [0, [-0.9589, -0.869, 0, 0, 0, 0, -0.7333, -0.559]],
      [2, [0, 0, 0, -0.172, 0.3151, -1.0528, -1.587, -0.3999]],
      [4, [0, 0, -0.2268, 0, 0, 0, -0.7633, -1.7808]],
      [5, [-1.2429, -1.391, 0, 0, 0, 0, -0.213, -0.035]],
      [8, [-10000.5645, -10000.7461, 0, 9999.3672, 9999.207, 9999.0889, -0.2241, -0.4487]],
    ] as const;
    for (const [row, said] of rows) {
      said.forEach((value, k) => expect(merged.opinion[row * 8 + k]).toBeCloseTo(value, 3));
    }
  });
});

describe("hints", () => {
  it("are taken along into a cut-out where they lie in it", () => {
    const points = [[3, 4], [9, 2]].map(([x, y]) => ({ x: x!, y: y!, radius: 2, color: "#102030" }));
    const strokes = [
      { points: [[2, 3], [9, 3], [4, 4]], radius: 1, color: "#405060" },
      { points: [[1, 1]], radius: 1, color: "#405060" },
    ] as { points: [number, number][]; radius: number; color: string }[];
    const box = { left: 4, top: 2, right: 10, bottom: 6 };
    expect(clipped(scaled({ version: 1, points, strokes }, 2, 1), box)).toEqual({
      version: 1,
      points: [{ x: 2, y: 2, radius: 2 * Math.SQRT2, color: "#102030" }],
      strokes: [{ points: [[0, 1], [4, 2]], radius: Math.SQRT2, color: "#405060" }],
    });
  });
});
