/** White that is paint: `style2color.reading.whites`. */

import { lab, type Rgb } from "./color";
import type { Palette } from "./palette";
import { components } from "./regions";

const SIDE = 256;
const WIDE = SIDE + 2;

/** Whether a colour may be paper's. */
export function isWhite(color: Rgb): boolean {
  const [light, a, b] = lab(color);
  return light > 92 && Math.hypot(a, b) < 6;
}

/** How much of a reference, 0..1 of its square, is white and not joined by white to the border. */
export function innerWhite({ colors, entry }: Pick<Palette, "colors" | "entry">): number {
  const pale = colors.map(isWhite);
  const framed = new Uint8Array(WIDE * WIDE);
  const inside = (i: number) => (Math.trunc(i / SIDE) + 1) * WIDE + (i % SIDE) + 1;
  entry.forEach((k, i) => (framed[inside(i)] = pale[k] ? 1 : 0));
  const [pieces, count] = components(framed, WIDE);
  const outer = new Uint8Array(count + 1).fill(1, 0, 1);
  for (let n = 1; n <= SIDE; n++) {
    for (const at of [WIDE + n, SIDE * WIDE + n, n * WIDE + 1, n * WIDE + SIDE]) outer[pieces[at]!] = 1;
  }
  return pieces.reduce((sum, piece) => sum + (outer[piece] ? 0 : 1), 0) / SIDE ** 2;
}
