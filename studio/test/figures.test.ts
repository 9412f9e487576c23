/** Who is on a page, against what `style2color.reading.figures` makes of the same arrays. */

import { describe, expect, it } from "vitest";
import { chosen, meant } from "../src/local/company";
import { framed, grouped, readPeople, type FiguresGraph, type People } from "../src/local/figures";

const SIDE = 96;
type Box = readonly [top: number, left: number, bottom: number, right: number];

/** Figures that fill boxes, of which every pixel points to the middle of its own, or to one place. */
function pointing(boxes: readonly Box[], at?: readonly [number, number]): People {
  const planes = [0, 1, 2].map(() => new Float32Array(SIDE * SIDE));
  for (const [top, left, bottom, right] of boxes) {
    const [y, x] = at ?? [(top + bottom) / 2 / SIDE, (left + right) / 2 / SIDE];
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const i = row * SIDE + column;
        planes[0]![i] = 0.9;
        planes[1]![i] = y - (row + 0.5) / SIDE;
        planes[2]![i] = x - (column + 0.5) / SIDE;
      }
    }
  }
  return grouped(planes[0]!, planes[1]!, planes[2]!, SIDE, SIDE, SIDE);
}

const ownerAt = ({ owner }: People, row: number, column: number) =>
  owner.data[row * owner.width + column];

describe("figures", () => {
  it("are what points to one place, the largest first", () => {
    const people = pointing([[10, 10, 80, 40], [20, 40, 80, 90]]);
    expect(people.count).toBe(2);
    expect(ownerAt(people, 20, 40)).toBe(1);
    expect(ownerAt(people, 79, 39)).toBe(2);
    expect(people.owner.data.filter((one) => one > 0).length).toBe(70 * 30 + 60 * 50);
    expect(pointing([[10, 10, 80, 40], [20, 60, 80, 90]], [0.5, 0.5]).count).toBe(1);
  });

  it("take what few pixels point to", () => {
    const people = pointing([[10, 10, 80, 50], [10, 80, 20, 90]]);
    expect(people.count).toBe(1);
    expect(ownerAt(people, 15, 85)).toBe(1);
  });

  it("are one where their middles lie near each other for their spread", () => {
    const size = SIDE * SIDE;
    for (const [spread, count] of [[0.02, 2], [0.08, 1]] as const) {
      const planes = [0, 1, 2].map(() => new Float32Array(size));
      for (let i = 0; i < size; i++) {
        const [row, column] = [Math.floor(i / SIDE), i % SIDE];
        const noise = (by: number) => spread * Math.sin(by * (row * 7 + column * 13));
        planes[0]![i] = 0.9;
        planes[1]![i] = 0.5 - (row + 0.5) / SIDE + noise(1);
        planes[2]![i] = (column < SIDE / 2 ? 0.3 : 0.7) - (column + 0.5) / SIDE + noise(1.7);
      }
      expect(grouped(planes[0]!, planes[1]!, planes[2]!, SIDE, SIDE, SIDE).count).toBe(count);
    }
  });

  it("are none on an empty page", () => {
    expect(pointing([]).count).toBe(0);
    expect(pointing([[0, 0, 3, 3]]).owner.data.some((one) => one > 0)).toBe(false);
  });

  it("are framed alone, with a margin", () => {
    const owner = { width: 30, height: 20, data: new Uint8Array(600) };
    for (let y = 4; y < 16; y++) owner.data.fill(1, 30 * y + 3, 30 * y + 12);
    for (let y = 6; y < 10; y++) owner.data.fill(2, 30 * y + 12, 30 * y + 20);
    const data = Uint8Array.from({ length: 60 * 90 * 3 }, (_, i) => i % 256);
    const picture = { width: 90, height: 60, data };
    const alone = framed(picture, { owner, count: 2 }, 1);
    expect([alone.height, alone.width]).toEqual([36 + 8, 27 + 8]);
    const from = (row: number, column: number) => 3 * (90 * row + column);
    expect(alone.data.slice(0, 3 * 35)).toEqual(data.slice(from(8, 5), from(8, 40)));
    expect(Array.from(alone.data.slice(3 * (35 * 12 + 31), 3 * 35 * 13))).toEqual(Array(12).fill(255));
    const other = framed(picture, { owner, count: 2 }, 2);
    expect([other.height, other.width]).toEqual([12 + 6, 24 + 6]);
  });
});

/** All ink is a figure's, one in the left half and one in the right; how dark it is tells who. */
const graph: FiguresGraph = (lines, side) => {
  const half = side / 2;
  const [figure, way] = [new Float32Array(half * half), new Float32Array(2 * half * half)];
  let [dark, drawn] = [0, 0];
  for (let i = 0; i < half * half; i++) {
    const [y, x] = [Math.floor(i / half), i % half];
    const at = 2 * y * side + 2 * x;
    const ink = 1 - (lines[at]! + lines[at + 1]! + lines[at + side]! + lines[at + side + 1]!) / 4;
    figure[i] = 20 * ink;
    way[i] = 0.5 - (y + 0.5) / half;
    way[half * half + i] = (x < half / 2 ? 0.25 : 0.75) - (x + 0.5) / half;
    if (ink > 0.02) [dark, drawn] = [dark + ink, drawn + 1];
  }
  const tone = (3 * dark) / drawn;
  const who = Float32Array.of(40 * Math.cos(tone), 40 * Math.sin(tone));
  return Promise.resolve({
    figure: { data: figure, dims: [1, half, half] },
    way: { data: way, dims: [1, 2, half, half] },
    who: { data: who, dims: [1, 2] },
  });
};

const WIDE = 192;

/** Boxes of black rows in an RGBA page: where each begins, how many of eight rows, in what colour. */
function hatched(...boxes: readonly (readonly [number, number, readonly number[]])[]) {
  const data = new Uint8ClampedArray(4 * WIDE * WIDE).fill(255);
  for (const [left, ink, color] of boxes) {
    for (let y = 30; y < 170; y++) {
      for (let x = left; x < left + 60; x++) {
        data.set((y - 30) % 8 < ink ? [0, 0, 0] : color, 4 * (y * WIDE + x));
      }
    }
  }
  return { width: WIDE, height: WIDE, data };
}

const [RED, BLUE, WHITE] = [[200, 40, 40], [40, 60, 200], [255, 255, 255]];

const sketch = (...boxes: readonly (readonly [number, number])[]) => {
  const { data, ...size } = hatched(...boxes.map(([left, ink]) => [left, ink, WHITE!] as const));
  return { ...size, data: Uint8Array.from({ length: WIDE * WIDE }, (_, i) => data[4 * i]!) };
};

describe("a reference of two people", () => {
  const reference = hatched([20, 3, RED!], [110, 1, BLUE!]);
  const colored = ({ data }: { data: Uint8ClampedArray }, channel: number) =>
    data.filter((value, i) => i % 4 === channel && value === 200).length;

  const shown = async (by: FiguresGraph, of: typeof reference, lines: ReturnType<typeof sketch>) => {
    const { pictures, company } = await meant(by, of, lines);
    expect([pictures.length, company]).toEqual([1, null]);
    return pictures[0]!;
  };

  it("is the one that is shown", async () => {
    const dense = await shown(graph, reference, sketch([20, 3]));
    const sparse = await shown(graph, reference, sketch([20, 1]));
    expect([colored(dense, 0) > 0, colored(dense, 2)]).toEqual([true, 0]);
    expect([colored(sparse, 0), colored(sparse, 2) > 0]).toEqual([0, true]);
  });

  it("is all of it where it is clearly neither", async () => {
    const alike = hatched([20, 3, RED!], [110, 3, BLUE!]);
    expect(await shown(graph, alike, sketch([20, 3]))).toBe(alike);
  });

  const saying = (share: number): FiguresGraph => async (lines, side) => {
    const found = await graph(lines, side);
    return { ...found, who: { ...found.who!, data: found.who!.data.map((v) => share * v) } };
  };

  it("is all of it for a stranger, who is more like the one and like neither", async () => {
    expect(await shown(saying(0.11), reference, sketch([20, 1]))).not.toBe(reference);
    expect(await shown(saying(0.09), reference, sketch([20, 1]))).toBe(reference);
  });

  it("is every one of them beside the whole where several are shown", async () => {
    const { pictures, company } = await meant(graph, reference, sketch([20, 3], [110, 1]));
    expect(pictures[0]).toBe(reference);
    const tones = pictures.map((one) => [0, 2].map((channel) => colored(one, channel) > 0));
    expect(tones).toEqual([[true, true], [true, false], [false, true]]);
    expect([company?.drawn.count, company?.people.length]).toEqual([2, 2]);
    const alone = [sketch([20, 3]), sketch([20, 1])];
    expect(await chosen(graph, company!, alone)).toEqual([1, 2]);
    expect(await chosen(saying(0.01), company!, alone)).toEqual([0, 0]);
  });

  it("has half of what one has in common with all figures of a page not count", async () => {
    const people = [[1, 0], [0, 1]].map((name) => Float32Array.from(name));
    const company = { drawn: { owner: sketch(), count: 2 }, people };
    const found = (...alike: number[][]) => {
      const said = alike.map((data) => ({ who: { data: Float32Array.from(data), dims: [1, 2] } }));
      return chosen(() => Promise.resolve(said.shift()!), company, [sketch(), sketch()]);
    };
    expect(await found([40, 20], [30, 28.5])).toEqual([1, 2]);
    expect(await found([40, 20], [30, 29.5])).toEqual([1, 0]);
    expect(await found([40, 20], [14, 15.5])).toEqual([1, 0]);
  });
});

describe("a wide page", () => {
  it("is read where it lies on the square", async () => {
    const page = { width: 400, height: 200, data: new Uint8Array(80000).fill(255) };
    for (let y = 40; y < 160; y++) page.data.fill(0, 400 * y + 40, 400 * y + 160);
    for (let y = 80; y < 160; y++) page.data.fill(128, 400 * y + 260, 400 * y + 340);
    const people = await readPeople(graph, page);
    expect([people.owner.width, people.owner.height, people.count]).toEqual([96, 48, 2]);
    expect([ownerAt(people, 10, 10), ownerAt(people, 20, 63), ownerAt(people, 24, 50)]).toEqual([1, 2, 0]);
  });
});
