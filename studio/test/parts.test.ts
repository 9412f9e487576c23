/** What the page makes of parts, against what `style2color.reading.parts` makes of the same arrays. */

import { describe, expect, it } from "vitest";
import { shrinkLines } from "../src/local/ink";
import { carve } from "../src/local/carving";
import { HAIR, IRIS, SKIN, WHITE, believed, inform, knownParts, readParts, windows, withNames } from "../src/local/parts";
import type { Shown } from "../src/local/parts";
import { labelRegions } from "../src/local/regions";

function box(
  plane: Float32Array | Uint8Array,
  wide: number,
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
  value: number,
): void {
  for (let y = top; y < bottom; y++) plane.fill(value, y * wide + left, y * wide + right);
}

describe("eyes", () => {
  it("that may be there are looked at from near, the likeliest first, close ones together", () => {
    const eye = new Float32Array(160 * 60);
    box(eye, 160, [10, 14], [8, 28], 0.9);
    box(eye, 160, [15, 16], [30, 31], 0.4);
    box(eye, 160, [10, 12], [60, 63], 0.6);
    box(eye, 160, [3, 4], [20, 21], 0.25);
    box(eye, 160, [50, 59], [146, 158], 0.35);
    box(eye, 160, [50, 51], [30, 31], 0.4);
    box(eye, 160, [50, 51], [80, 81], 0.4);
    const found = windows({ width: 160, height: 60, data: eye }, 239, 91);
    expect(found.map(({ left, top, right, bottom }) => [left, top, right, bottom])).toEqual([
      [0, 0, 67, 58],
      [206, 61, 239, 91],
      [71, 0, 113, 38],
      [25, 55, 66, 91],
      [99, 55, 141, 91],
    ]);
  });

  it("are believed where an iris is sure, has a line around it and white beside it", () => {
    // An eye, an iris without white, one without a line, a speck, an unsure one, one in a large
    // white, a white alone.
    const seen = [
      "..#######...........................",
      ".#wwwwwww#..............#####.......",
      ".wwiiiiwww..............#iii#.......",
      ".wwiiiiww#..............#iii#..wiii.",
      ".#wiiii##...............#####..wiii.",
      "..#####........................wiii.",
      "....................................",
      "....................................",
      "....................................",
      "....................................",
      "..###....#####.....#####............",
      "..#ii....#uuuw....wwwiiiww.......ww.",
      "..#ww....#uuuw....wwwiiiww.......ww.",
      "..###....#####....wwwiiiww.......ww.",
      ".................wwwwwwwwwwwwwwww...",
      ".................wwwwwwwwwwwwwwww...",
      ".................wwwwwwwwwwwwwwww...",
    ];
    const [width, height] = [36, seen.length];
    const size = width * height;
    const data = new Float32Array(5 * size);
    Array.from(seen.join("")).forEach((sign, at) => {
      const part = sign === "w" ? WHITE : sign === "i" || sign === "u" ? IRIS : 0;
      data[part * size + at] = sign === "u" ? 0.375 : 0.75;
    });
    const row = data.subarray(IRIS * size + 2 * width, IRIS * size + 3 * width);
    row.forEach((share, x) => (row[x] = share + 0.125));
    const lines = Uint8Array.from(Array.from(seen.join("")), (sign) => (sign === "#" ? 90 : 255));
    const signs = new Map([[0, "."], [0.125, "+"], [0.375, "-"], [0.75, "#"], [0.875, "@"]]);
    const drawn = believed({ width, height, data }, { width, height, data: lines }).map((plane) =>
      Array.from({ length: height }, (_, y) =>
        Array.from(plane.subarray(y * width, (y + 1) * width), (share) => signs.get(share)).join(""),
      ),
    );
    expect(drawn).toEqual([
      [
        "....................................",
        "..#######...........................",
        ".##....###..........................",
        ".##....##...........................",
        "..#.................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
      ],
      [
        "....................................",
        "....................................",
        "+++@@@@+++..........................",
        "...####.............................",
        "...####.............................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
        "....................................",
      ],
    ]);
  });
});

describe("a page", () => {
  const lines = { width: 400, height: 301, data: new Uint8Array(400 * 301).fill(255) };

  /** What is read by a graph that sees an eye and embeds every place as its number, and what it was
   * asked for. */
  async function read(...outputs: string[]) {
    const asked: (readonly string[])[] = [];
    const run = async (_: Float32Array, wide: number, high: number, wanted: readonly string[]) => {
      asked.push(wanted);
      const shares = new Float32Array(5 * wide * high);
      box(shares.subarray(IRIS * wide * high), wide, [20, 26], [4, 12], 0.9);
      const embedding = Float32Array.from({ length: (2 * wide * high) / 16 }, (_, i) => i);
      return {
        shares: { data: shares, dims: [1, 5, high, wide] },
        embedding: { data: embedding, dims: [1, 2, high / 4, wide / 4] },
      };
    };
    return { ...(await readParts({ outputs, run }, lines)), asked };
  }

  it("is embedded, without what pads it, but what is seen of its eyes from near is not", async () => {
    const { shares, embedding, asked } = await read("shares", "embedding");
    expect(asked).toEqual([["shares", "embedding"], ["shares"]]);
    expect([shares.width, shares.height, shares.data.length]).toEqual([384, 289, 5 * 384 * 289]);
    const { width, height, data } = embedding!;
    expect([width, height, data.length]).toEqual([96, 73, 2 * 96 * 73]);
    expect([data[96], data[96 * 73 - 1], data[96 * 73]]).toEqual([96, 96 * 73 - 1, 96 * 80]);
  });

  it("is not embedded by models that read parts alone", async () => {
    const { embedding, asked } = await read("shares");
    expect(embedding).toBeNull();
    expect(asked).toEqual([["shares"], ["shares"]]);
  });
});

describe("parts", () => {
  const lines = new Uint8Array(32 * 24).fill(255);
  for (const rows of [[2, 3], [21, 22]] as const) box(lines, 32, rows, [2, 30], 0);
  for (const columns of [[2, 3], [29, 30]] as const) box(lines, 32, [2, 22], columns, 0);
  box(lines, 32, [6, 18], [15, 16], 0);
  const eyes = new Uint8Array(lines.length);
  box(eyes, 32, [5, 19], [8, 24], WHITE);
  box(eyes, 32, [7, 17], [11, 20], IRIS);
  box(eyes, 32, [21, 22], [29, 30], IRIS);
  const closed = labelRegions({ width: 32, height: 24, data: lines }, 2);
  /** What is read where nothing is skin or hair. */
  const reading = (found: Uint8Array) => {
    const data = new Float32Array(5 * 8 * 6);
    data.fill(1, 0, 48);
    return { shares: { width: 8, height: 6, data }, eyes: found };
  };
  const { regions, parts } = carve(closed, reading(eyes));

  it("of eyes are regions of their own, whatever lines are drawn into them", () => {
    expect(Array.from(closed.area)).toEqual([468, 300]);
    expect(Array.from(regions.area)).toEqual([300, 244, 134, 90]);
    expect(Array.from(parts)).toEqual([0, 0, WHITE, IRIS]);
    expect(Array.from(regions.labels.subarray(10 * 32, 11 * 32)).join("")).toBe(
      "11122222333444444444333322222111",
    );
    expect(regions.centroid[4]).toBeCloseTo(15.835821, 5);
    expect(carve(closed, reading(new Uint8Array(lines.length))).regions).toBe(closed);
  });

  it("that are eyes to their closed lines take all within them", () => {
    const most = new Uint8Array(lines.length);
    box(most, 32, [4, 20], [4, 29], WHITE);
    const carved = carve(closed, reading(most));
    expect(Array.from(carved.regions.area)).toEqual([468, 300]);
    expect(Array.from(carved.parts)).toEqual([WHITE, 0]);
  });

  it("of a face and its hair are parted where no line is between them", () => {
    const data = new Float32Array(5 * 16 * 12);
    for (let at = 0; at < 192; at++) {
      const skin = [0.02, 0.02, 0.1, 0.55, 0.9, 0.97][Math.floor(at / 32)]!;
      data[SKIN * 192 + at] = skin;
      data[HAIR * 192 + at] = 1 - skin;
    }
    const shares = { width: 16, height: 12, data };
    const carved = carve(closed, { shares, eyes: new Uint8Array(lines.length) });
    expect(Array.from(carved.regions.area)).toEqual([286, 250, 182, 50]);
    expect(Array.from(carved.parts)).toEqual([0, 0, 0, 0]);
    expect(Array.from(carved.regions.labels.filter((_, at) => at % 32 === 10)).join("")).toBe(
      "224111111111113333333222",
    );
    const known = knownParts(carved.regions, carved.parts, shares);
    expect(known[5 * (carved.regions.labels[16 * 32 + 10]! - 1) + SKIN]).toBeCloseTo(0.78333324, 5);
  });

  it("of a hand and its sleeve are parted where the hand is open in less than half of its rim", () => {
    const [width, height] = [64, 40];
    const page = new Uint8Array(width * height).fill(255);
    for (const rows of [[4, 5], [35, 36]] as const) box(page, width, rows, [4, 60], 0);
    for (const columns of [[4, 5], [59, 60]] as const) box(page, width, [4, 36], columns, 0);
    box(page, width, [4, 36], [40, 41], 0);
    const areas = (top: number, bottom: number, end = 60) => {
      box(page, width, [top, bottom], [40, 41], 255);
      const open = labelRegions({ width, height, data: page }, 2);
      const data = new Float32Array(5 * width * height).fill(1, 0, width * height);
      box(data, width, [4, 36], [39, end], 0);
      box(data.subarray(SKIN * width * height), width, [4, 36], [39, end], 1);
      const eyes = new Uint8Array(width * height);
      const carved = carve(open, { shares: { width, height, data }, eyes });
      return [Array.from(open.area), Array.from(carved.regions.area)];
    };
    expect(areas(17, 23)).toEqual([[1786, 774], [1170, 774, 616]]);
    expect(areas(5, 35)).toEqual([[1788, 772], [1118, 772, 670]]);
    expect(areas(5, 35, 52)).toEqual([[1788, 772], [1788, 772]]);
  });

  it("hear what the reference has for them", () => {
    const shares = new Float32Array(5 * 48);
    const plane = (part: number) => shares.subarray(part * 48, (part + 1) * 48);
    plane(4).fill(0.75);
    plane(2).fill(0.5);
    box(plane(4), 8, [1, 5], [1, 7], 0);
    box(plane(3), 8, [1, 5], [1, 7], 1);
    const known = knownParts(regions, parts, { width: 8, height: 6, data: shares });
    expect(Array.from(known)).toEqual(
      [[0, 0, 0, 0, 0.75], [0, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]].flat(),
    );
    const tokens = new Float32Array(4 * 20);
    tokens.set([0, 0, 2, 1.5], 3);
    tokens.set([0, 0, 0, 0.5, 1], 23);
    const colors = [[40, 30, 30], [90, 20, 30], [0, 0, 0], [255, 255, 255]] as const;
    const told = (shares: Float32Array, shown: Shown) => {
      const opinion = new Float32Array(16);
      inform(opinion, shares, { data: tokens, dims: [1, 4, 20] }, colors, 2, shown);
      return opinion;
    };
    const close = (found: Float32Array, wanted: number[][]) =>
      wanted.flat().forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
    close(told(known, new Map()), [
      [-0.0981, -0.4911, -0.0981, -1.467],
      [0.0197, -3.912, 0.0197, -3.912],
      [0, 0, 0, 1000],
      [-7.824, 0.039, 0.039, -7.824],
    ]);
    // Without an eye, skin and hair are believed no more.
    const faceless = known.slice();
    faceless.set([0, 0, 0, 0.55, 0], 15);
    close(told(faceless, new Map()), [
      [-0.0654, -0.3274, -0.0654, -0.978],
      [0.0098, -1.956, 0.0098, -1.956],
      [0, 0, 0, 1000],
      [0.001, -0.1956, 0.001, -0.1956],
    ]);
    // What was read in the reference counts as far as it is what the network sees there.
    const unsure = known.slice();
    unsure.set([0, 0, 0, 0.6, 0.4], 5);
    for (const [skin, row] of [
      [[0.2, 0.8], [0, 0, 0, 0]],
      [[0.45, 0.55], [-0.7553, -0.5624, -0.5624, -3.912]],
    ] as const) {
      const shown = [[2, [1, 0]], [3, skin]] as const;
      close(told(unsure, new Map(shown.map(([part, of]) => [part, Float32Array.from(of)]))), [
        [-0.0981, -0.4911, -0.0981, -1.467],
        [...row],
        [0, 0, 0, 1000],
        [0.039, -7.824, 0.039, -7.824],
      ]);
    }
  });

  it("are skin and hair where the painter says so too, but for eyes", () => {
    const shares = Float32Array.from([0.5, 0, 0, 0.25, 0.25, 0, 0, 1, 0, 0]);
    const names = new Float32Array(34);
    for (const r of [0, 1]) names.set([0.25, 0.125, 0.5], 17 * r + 2);
    expect(Array.from(withNames(shares, names))).toEqual([0.5, 0, 0, 0.25, 0.25, 0, 0, 1, 0, 0]);
    names.set([0.75, 0.5], 2);
    names.set([0.75, 0.5], 19);
    expect(Array.from(withNames(shares, names))).toEqual([0.5, 0, 0, 0.75, 0.5, 0, 0, 1, 0, 0]);
  });

  it("that are irises are never white", () => {
    const known = Float32Array.from([0, 0, 1, 0, 0]);
    const tokens = new Float32Array(3 * 20);
    tokens[7] = 4; // a little of much white is taken for iris
    tokens[27] = 1;
    const opinion = new Float32Array(3);
    const colors = [[250, 245, 240], [90, 20, 30], [255, 255, 255]] as const;
    inform(opinion, known, { data: tokens, dims: [1, 3, 20] }, colors, 2, new Map());
    expect(opinion[1]! - opinion[0]!).toBeGreaterThan(5);
  });
});

describe("line art", () => {
  const data = Uint8Array.from({ length: 77 }, (_, i) => (37 * i) % 256);
  const rows = ({ width, data }: { width: number; data: Uint8Array }) =>
    Array.from({ length: data.length / width }, (_, y) =>
      Array.from(data.subarray(y * width, (y + 1) * width)),
    );

  it("is shrunk and grown to the very bytes of Pillow and NumPy", () => {
    expect(rows(shrinkLines({ width: 11, height: 7, data }, 6))).toEqual([
      [0, 0, 0, 66, 0, 0],
      [46, 0, 47, 33, 51, 0],
      [0, 126, 227, 0, 0, 132],
      [55, 73, 0, 42, 60, 79],
    ]);
    const corner = Uint8Array.from([0, 1, 2, 11, 12, 13, 22, 23, 24], (i) => data[i]!);
    expect(rows(shrinkLines({ width: 3, height: 3, data: corner }, 7))).toEqual([
      [0, 0, 3, 22, 41, 56, 63],
      [15, 18, 33, 52, 71, 86, 93],
      [89, 94, 109, 128, 147, 162, 169],
      [147, 154, 169, 188, 207, 222, 229],
      [111, 118, 133, 152, 171, 186, 193],
      [53, 60, 75, 94, 113, 128, 135],
      [32, 39, 54, 73, 92, 107, 114],
    ]);
  });
});
