/** Paper and ink of a sketch, as `style2color.reading.ink`. */

import { resize, rint, type Plane } from "./arrays";

const BLOCK = 16;

/** How bright the paper is: one number, or one per pixel. */
function paperTone({ width, height, data }: Plane): Float32Array | number {
  const histogram = new Uint32Array(256);
  for (const value of data) histogram[value]! += 1;
  const bright = histogram.subarray(128);
  const sum = bright.reduce((a, b) => a + b, 0);
  const paper = sum * 20 > data.length ? 128 + bright.indexOf(Math.max(...bright)) : 255;
  const light = histogram.subarray(paper).reduce((a, b) => a + b, 0);
  if (light * 10 > data.length * 9) return paper;
  const [rows, columns] = [Math.ceil(height / BLOCK), Math.ceil(width / BLOCK)];
  const tone = new Float32Array(rows * columns);
  for (let by = 0; by < 4 * rows; by++) {
    for (let bx = 0; bx < 4 * columns; bx++) {
      let cell = 0;
      for (let dy = 0; dy < 4; dy++) {
        const y = Math.min(4 * by + dy, height - 1);
        for (let dx = 0; dx < 4; dx++) cell += data[y * width + Math.min(4 * bx + dx, width - 1)]!;
      }
      const at = (by >> 2) * columns + (bx >> 2);
      tone[at] = Math.max(tone[at]!, cell / 16);
    }
  }
  const low = Math.max(paper - 72, 128);
  const kept = tone.map((value) => Math.min(Math.max(value, low), paper));
  const [wide, high] = [columns * BLOCK, rows * BLOCK];
  const smooth = resize(kept, columns, rows, wide, high, "bilinear");
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) out.set(smooth.subarray(y * wide, y * wide + width), y * width);
  return out;
}

/** Paper lifted to white; a page that is mostly pure white stays as it is. */
export function cleanPaper(lines: Plane): Plane {
  const white = lines.data.reduce((sum, value) => sum + (value === 255 ? 1 : 0), 0);
  if (2 * white >= lines.data.length) return lines;
  const tone = paperTone(lines);
  if (tone === 255) return lines;
  const data = lines.data.map((value, i) => {
    const paper = typeof tone === "number" ? tone : tone[i]!;
    return Math.min(255, value * (255 / paper) + 0.5);
  });
  return { ...lines, data };
}

/** 1 where there is no ink. */
export function freeMask(lines: Plane): Uint8Array {
  const tone = paperTone(lines);
  const contrast = lines.data.map((value, i) =>
    Math.max((typeof tone === "number" ? tone : tone[i]!) - value, 0),
  );
  const histogram = new Uint32Array(256);
  for (const value of contrast) histogram[value]! += 1;
  const enough = Math.max(1, Math.floor(lines.data.length / 1000));
  let strongest = 255;
  for (let seen = histogram[255]!; seen < enough && strongest > 0; ) {
    strongest -= 1;
    seen += histogram[strongest]!;
  }
  const threshold = Math.max(16, 0.25 * strongest);
  return contrast.map((value) => (value >= threshold ? 0 : 1));
}

/** Line art at the network's size, thin lines kept dark. */
export function shrinkLines(lines: Plane, side: number): Plane {
  const scale = Math.min(side / Math.max(lines.width, lines.height), 4);
  const width = Math.max(1, rint(lines.width * scale));
  const height = Math.max(1, rint(lines.height * scale));
  if (width === lines.width && height === lines.height) return lines;
  const filter = scale < 1 ? "box" : "bicubic";
  const small = resize(lines.data, lines.width, lines.height, width, height, filter);
  if (scale >= 1) return { width, height, data: small };
  // In single precision, as NumPy: what falls on a whole number is not cut to the one below.
  const darker = Math.fround(Math.min(1 / scale, 3));
  const data = small.map((value) =>
    Math.fround(255 - Math.min(Math.fround((255 - value) * darker), 255)),
  );
  return { width, height, data };
}
