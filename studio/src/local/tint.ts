/** Coloured lines: ink in a darker tone of the paint beside it, as `style2color.painting.tint`. */

import { resize, rint } from "./arrays";
import { taps, type Composed } from "./compose";

const TONE = [0.12, 0.3] as const;
const VIVID = 1.5;
const SIDE = 1024;
const COARSEST = 64;
const LEVELS = 3;
const BARE = 200;
const PAPER = 250;
const PAPER_WEIGHT = 100;
const LEAST = 1e-4;
const ENOUGH = 0.6;

/** Pixels of `channels` values each, one after the other. */
interface Grid {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

export type Tinted = Pick<Composed, "painting" | "line">;

/** The painting and its line layer, RGBA of the page's size, with coloured lines. */
export function colorLines(made: Composed, width: number, height: number): Tinted {
  const { flat, shadow, highlight } = made;
  const painting = made.painting.slice();
  const line = made.line.slice();
  enlarge(spread(made, width, height), width, height, (y, colors) => {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      const ink = line[at + 3]! / 255;
      const bright = highlight ? highlight[at]! / 255 : 0;
      for (let c = 0; c < 3; c++) {
        const color = colors[3 * x + c]!;
        line[at + c] = Math.floor(color + 0.5);
        if (!ink) continue;
        const shaded = (flat[at + c]! * shadow[at + c]!) / 255;
        const paint = shaded + (255 - shaded) * bright;
        painting[at + c] = Math.floor(paint + (color - paint) * ink + 0.5);
      }
    }
  });
  return { painting, line };
}

/** The colour of lines everywhere: RGB in whole numbers, 0..255. */
function spread(made: Composed, width: number, height: number): Grid {
  const { data, ...size } = filled(bare(made, width, height));
  const pixels = size.width * size.height;
  const out = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    const at = 4 * i;
    const gray = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
    const luma = gray / Math.max(data[at + 3]!, LEAST);
    const tone = Math.min(1, TONE[0] / Math.max(luma, LEAST) + TONE[1]);
    for (let c = 0; c < 3; c++) {
      const vivid = gray + (data[at + c]! - gray) * VIVID;
      out[3 * i + c] = Math.floor(Math.min(Math.max(vivid * tone * 255 + 0.5, 0), 255));
    }
  }
  return { ...size, channels: 3, data: out };
}

/** Shaded and lit paint where there is no ink, times its weight, and the weight: 0..1. */
function bare(made: Composed, width: number, height: number): Grid {
  const { flat, highlight, line } = made;
  const pixels = width * height;
  const paint = new Uint8Array(4 * pixels);
  const shade = new Uint8Array(pixels);
  const light = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const at = 4 * i;
    const paper = flat[at]! >= PAPER && flat[at + 1]! >= PAPER && flat[at + 2]! >= PAPER;
    const weight = 255 - line[at + 3]! < BARE ? 0 : paper ? PAPER_WEIGHT : 255;
    for (let c = 0; c < 3; c++) paint[at + c] = product(flat[at + c]!, weight);
    paint[at + 3] = weight;
    shade[i] = made.shade[i]!;
    if (highlight) light[i] = highlight[at]!;
  }
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const w = Math.max(1, rint(width * scale));
  const h = Math.max(1, rint(height * scale));
  const small = (of: Uint8Array, channels: number) =>
    scale < 1 ? resize(of, width, height, w, h, "box", channels) : of;
  const [paints, shades, lights] = [small(paint, 4), small(shade, 1), small(light, 1)];
  const data = new Float32Array(4 * w * h);
  for (let i = 0; i < w * h; i++) {
    const weight = paints[4 * i + 3]! / 255;
    const dark = shades[i]! / 255;
    const bright = lights[i]! / 255;
    for (let c = 0; c < 3; c++) {
      const shaded = (paints[4 * i + c]! / 255) * dark;
      data[4 * i + c] = shaded + (weight - shaded) * bright;
    }
    data[4 * i + 3] = weight;
  }
  return { width: w, height: h, channels: 4, data };
}

/** The product of shares of 255, as Pillow rounds it. */
function product(one: number, other: number): number {
  const sum = one * other + 128;
  return ((sum >> 8) + sum) >> 8;
}

/** The same with weight 1 wherever paint is near: what is missing comes from coarser grids. */
function filled(paint: Grid): Grid {
  const levels = [paint];
  for (let last = paint; Math.max(last.width, last.height) > COARSEST || levels.length < LEVELS; ) {
    last = halved(last);
    levels.push(last);
  }
  const top = levels.at(-1)!;
  let below: Grid = { ...top, data: new Float32Array(top.data.length) };
  for (const { width, height, channels, data } of levels.reverse()) {
    const next = new Float32Array(data.length);
    enlarge(below, width, height, (y, coarse) => {
      for (let x = 0; x < width; x++) {
        const at = channels * (y * width + x);
        const weight = data[at + 3]!;
        const sure = Math.min(weight / ENOUGH, 1);
        const own = sure / Math.max(weight, LEAST);
        for (let c = 0; c < channels; c++) {
          next[at + c] = data[at + c]! * own + (1 - sure) * coarse[channels * x + c]!;
        }
      }
    });
    below = { width, height, channels, data: next };
  }
  return below;
}

/** Half the size; an odd last row or column counts twice. */
function halved({ width, height, channels, data }: Grid): Grid {
  const [w, h] = [(width + 1) >> 1, (height + 1) >> 1];
  const out = new Float32Array(channels * w * h);
  for (let y = 0; y < h; y++) {
    const [above, under] = [2 * y * width, Math.min(2 * y + 1, height - 1) * width];
    for (let x = 0; x < w; x++) {
      const [left, right] = [2 * x, Math.min(2 * x + 1, width - 1)];
      for (let c = 0; c < channels; c++) {
        const at = (pixel: number) => data[channels * pixel + c]!;
        const sum = at(above + left) + at(above + right) + at(under + left) + at(under + right);
        out[channels * (y * w + x) + c] = sum / 4;
      }
    }
  }
  return { width: w, height: h, channels, data: out };
}

/** Bilinear enlargement, row by row; the row is the same array every time. */
function enlarge(
  { width: w, height: h, channels, data }: Grid,
  width: number,
  height: number,
  use: (y: number, row: Float32Array) => void,
): void {
  const rows = taps(h, height);
  const columns = taps(w, width);
  const stride = channels * w;
  const narrow = new Float32Array(stride);
  const wide = new Float32Array(channels * width);
  for (let y = 0; y < height; y++) {
    const row = rows[y]!;
    for (let i = 0; i < stride; i++) {
      const above = data[row[0] * stride + i]!;
      narrow[i] = above + (data[row[1] * stride + i]! - above) * row[2];
    }
    for (let x = 0; x < width; x++) {
      const column = columns[x]!;
      for (let c = 0; c < channels; c++) {
        const start = narrow[channels * column[0] + c]!;
        wide[channels * x + c] = start + (narrow[channels * column[1] + c]! - start) * column[2];
      }
    }
    use(y, wide);
  }
}
