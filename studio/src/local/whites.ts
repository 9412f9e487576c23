/** White that is paint: `style2color.reading.whites`. */

import { lab, type Rgb } from "./color";
import type { Palette } from "./palette";
import { connected } from "./regions";

const SIDE = 256;

/** Whether a colour may be paper's. */
export function isWhite(color: Rgb): boolean {
  const [light, a, b] = lab(color);
  return light > 92 && Math.hypot(a, b) < 6;
}

/** How much of a reference, 0..1 of its square, is white and not joined by white to the border. */
export function innerWhite({ colors, entry }: Pick<Palette, "colors" | "entry">): number {
  const pale = colors.map(isWhite);
  const [pieces, count] = connected(entry.map((k) => (pale[k] ? 1 : 0)), SIDE, SIDE);
  const outer = new Uint8Array(count + 1).fill(1, 0, 1);
  const last = SIDE * (SIDE - 1);
  for (let n = 0; n < SIDE; n++) {
    for (const at of [n, last + n, n * SIDE, n * SIDE + SIDE - 1]) outer[pieces[at]!] = 1;
  }
  return pieces.reduce((sum, piece) => sum + (outer[piece] ? 0 : 1), 0) / SIDE ** 2;
}
