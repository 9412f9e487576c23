/** The eyes of references, against what `style2color.reading.portrait` makes of the same arrays. */

import { describe, expect, it } from "vitest";
import { dilateDivide, mainColor } from "../src/local/portrait";
import { coverOf, withColor, type Palette } from "../src/local/palette";

const color = (i: number) => [90 + (i % 3), 140 + ((5 * i) % 23), 200 - ((i * i) % 40)] as const;
const paint = Array.from({ length: 30 }, (_, i) => color(i));

describe("irises of a reference", () => {
  it("are sought in the lines that Python takes from it", () => {
    const rgb = Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => (37 * i * i + 11 * i) % 256);
    const { data } = dilateDivide(rgb, 9, 7);
    expect(Array.from({ length: 7 }, (_, y) => Array.from(data.subarray(9 * y, 9 * y + 9)))).toEqual([
      [0, 91, 53, 0, 46, 0, 187, 116, 61],
      [130, 1, 116, 37, 126, 0, 23, 0, 0],
      [154, 0, 0, 55, 0, 0, 36, 0, 64],
      [17, 88, 0, 29, 0, 0, 149, 0, 37],
      [88, 81, 0, 112, 13, 160, 106, 0, 49],
      [0, 58, 91, 0, 0, 58, 0, 0, 28],
      [0, 0, 2, 0, 20, 149, 12, 0, 0],
    ]);
  });

  it("have their commonest colour, without catchlights and pupils", () => {
    const white = Array.from({ length: 9 }, () => [250, 251, 252] as const);
    const black = Array.from({ length: 40 }, () => [5, 6, 7] as const);
    expect(mainColor([...paint, ...white, ...black])).toEqual([91, 153, 185]);
    const tones = [14, 67, 125, 33, 119, 173, 90, 162, 201];
    const iris = [27, 21, 20].flatMap((many, n) =>
      Array.from({ length: many }, () => [tones[3 * n]!, tones[3 * n + 1]!, tones[3 * n + 2]!] as const),
    );
    expect(mainColor(iris)).toEqual([33, 119, 173]);
    expect(mainColor(white)).toBeNull();
    expect(mainColor(black)).toEqual([5, 6, 7]);
    expect(mainColor(paint.slice(0, 3))).toBeNull();
  });

  it("have an entry of their own, where the palette has none like it", () => {
    const mask = new Uint8Array(96 * 48);
    for (let y = 10; y < 14; y++) mask.fill(1, 96 * y + 20, 96 * y + 31);
    const cover = coverOf(mask, 96, 48);
    const covered = Array.from(cover.entries()).filter(([, share]) => share > 0);
    expect(covered.map(([cell]) => [cell >> 5, cell & 31])).toEqual(
      [11, 12].flatMap((row) => [6, 7, 8, 9, 10].map((column) => [row, column])),
    );
    const half = [0.22352941, 0.66666669, 0.66666669, 0.66666669, 0.22352941];
    covered.forEach(([, share], i) => expect(share).toBeCloseTo(half[i % 5]!, 6));
    const palette: Palette = {
      colors: [[200, 60, 60]],
      assignment: new Float32Array(1024).fill(1),
      moments: new Float32Array(5),
      entry: new Uint8Array(256 * 256),
    };
    expect(withColor(palette, [201, 61, 60], cover)).toEqual({ palette, entry: 0 });
    const { palette: more, entry } = withColor(palette, [30, 90, 160], cover);
    expect(entry).toBe(1);
    expect(more.colors).toEqual([[200, 60, 60], [30, 90, 160]]);
    expect(more.assignment[11 * 32 + 7]! + more.assignment[1024 + 11 * 32 + 7]!).toBeCloseTo(1, 6);
    const place = [0.0047794, 0.265625, 0.375, 0.0352951, 0.015625];
    place.forEach((value, i) => expect(more.moments[5 + i]).toBeCloseTo(value, 5));
  });
});
