/** Pictures as plain arrays, resampled as Pillow does it (the model was trained on that). */

export interface Plane<T extends Float32Array | Uint8Array | Int32Array = Uint8Array> {
  readonly width: number;
  readonly height: number;
  readonly data: T;
}

/** What a graph says: values of these dimensions. */
export interface Planes {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** The left upper corner, so large, of each of some planes (1, C, H, W). */
export function corner({ data, dims }: Planes, width: number, height: number): Plane<Float32Array> {
  const [channels, high, wide] = dims.slice(1) as [number, number, number];
  const kept = new Float32Array(channels * height * width);
  for (let row = 0; row < channels * height; row++) {
    const from = (Math.floor(row / height) * high + (row % height)) * wide;
    kept.set(data.subarray(from, from + width), row * width);
  }
  return { width, height, data: kept };
}

/** Round half to even, as Python and NumPy do. */
export function rint(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

const FIXED = 2 ** 22;

type Filter = "box" | "bilinear" | "bicubic";

const SUPPORT: Record<Filter, number> = { box: 0.5, bilinear: 1, bicubic: 2 };

function weight(filter: Filter, x: number): number {
  const away = Math.abs(x);
  if (filter === "box") return x > -0.5 && x <= 0.5 ? 1 : 0;
  if (filter === "bilinear") return Math.max(0, 1 - away);
  if (away < 1) return (1.5 * away - 2.5) * away * away + 1;
  return away < 2 ? ((-0.5 * away + 2.5) * away - 4) * away + 2 : 0;
}

interface Tap {
  first: number;
  weights: number[];
}

function taps(from: number, to: number, filter: Filter, whole: boolean): Tap[] {
  const kept = (value: number) =>
    whole ? Math.trunc(value * FIXED + 0.5 * Math.sign(value)) : value;
  const scale = from / to;
  const wide = Math.max(scale, 1);
  const support = SUPPORT[filter] * wide;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = [];
    for (let at = first; at < end; at++) weights.push(weight(filter, (at - centre + 0.5) / wide));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((value) => kept(value / sum)) };
  });
}

/** Resample `channels` interleaved values. As in Pillow, 8-bit pictures are rounded after each pass
 * and their weights are whole numbers of 1 / `FIXED`. */
export function resize<T extends Float32Array | Uint8Array>(
  source: T,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
  filter: Filter,
  channels = 1,
): T {
  const bytes = source instanceof Uint8Array;
  const make = (length: number) => (bytes ? new Uint8Array(length) : new Float32Array(length)) as T;
  const kept = (value: number) =>
    bytes ? Math.min(255, Math.max(0, Math.floor(value / FIXED + 0.5))) : value;
  const across = make(toWidth * height * channels);
  const columns = taps(width, toWidth, filter, bytes);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < toWidth; x++) {
      const { first, weights } = columns[x]!;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k]! * source[(y * width + first + k) * channels + c]!;
        }
        across[(y * toWidth + x) * channels + c] = kept(sum);
      }
    }
  }
  const out = make(toWidth * toHeight * channels);
  const rows = taps(height, toHeight, filter, bytes);
  const stride = toWidth * channels;
  for (let y = 0; y < toHeight; y++) {
    const { first, weights } = rows[y]!;
    for (let i = 0; i < stride; i++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * across[(first + k) * stride + i]!;
      out[y * stride + i] = kept(sum);
    }
  }
  return out;
}

/** RGBA → grey, BT.601, as Pillow's `convert("L")`. */
export function gray(rgba: Uint8ClampedArray, width: number, height: number): Plane {
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const at = 4 * i;
    const sum = rgba[at]! * 19595 + rgba[at + 1]! * 38470 + rgba[at + 2]! * 7471 + 0x8000;
    data[i] = sum >> 16;
  }
  return { width, height, data };
}

/** The first three of every four values. */
export function rgbOfRgba(rgba: Uint8ClampedArray, pixels: number): Uint8Array {
  const rgb = new Uint8Array(3 * pixels);
  for (let i = 0; i < pixels; i++) rgb.set(rgba.subarray(4 * i, 4 * i + 3), 3 * i);
  return rgb;
}

/** RGBA of any size → RGB of a square, whole and centred on white. */
export function letterbox(
  rgba: Uint8ClampedArray,
  width: number,
  height: number,
  side: number,
): Uint8Array {
  const rgb = rgbOfRgba(rgba, width * height);
  if (width === side && height === side) return rgb;
  const scale = side / Math.max(width, height);
  const [w, h] = [Math.max(1, rint(width * scale)), Math.max(1, rint(height * scale))];
  const small = resize(rgb, width, height, w, h, scale < 1 ? "box" : "bilinear", 3);
  const out = new Uint8Array(3 * side * side).fill(255);
  const [top, left] = [(side - h) >> 1, (side - w) >> 1];
  for (let y = 0; y < h; y++) {
    out.set(small.subarray(3 * y * w, 3 * (y + 1) * w), 3 * ((top + y) * side + left));
  }
  return out;
}

/** For each of `full` pixels, the one of `small` that lies under its centre. */
export function nearest(small: number, full: number): Int32Array {
  return Int32Array.from({ length: full }, (_, i) => Math.trunc((i + 0.5) * (small / full)));
}
