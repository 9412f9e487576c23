/** Files and the clipboard → pictures; painted pictures → what the layers show. */

import type { Asset, Layers } from "./doc";
import type { Engine, Painted } from "./engine";

export const ACCEPTED = "image/png,image/jpeg,image/webp,image/bmp,image/tiff,image/gif";
export const SENT = new Set(ACCEPTED.split(","));

let count = 0;

/** Decode a picture. Throws where neither the browser nor the engine can. */
export async function asset(blob: Blob, name: string, engine: Engine): Promise<Asset> {
  let bitmap: ImageBitmap;
  let kept = blob;
  try {
    bitmap = await createImageBitmap(blob);
    // What the engine does not take (AVIF, SVG) the browser may know: it goes on as PNG.
    if (!SENT.has(blob.type)) kept = await png(bitmap);
  } catch (error) {
    if (!SENT.has(blob.type)) throw error;
    kept = await engine.decoded(blob);
    bitmap = await createImageBitmap(kept);
  }
  count += 1;
  const { width, height } = bitmap;
  return { key: `picture-${count}`, name, blob: kept, bitmap, width, height };
}

export function pixels(bitmap: ImageBitmap, side: number): ImageData {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/**
 * Whether this is line art rather than a painting: hardly any colour, and much more paper than
 * anything else. rgba: 8-bit pixels, four bytes each.
 */
export function looksLikeLineArt(rgba: Uint8ClampedArray): boolean {
  const total = rgba.length / 4;
  let colourful = 0;
  const bright = new Uint32Array(16);
  for (let i = 0; i < rgba.length; i += 4) {
    const high = Math.max(rgba[i]!, rgba[i + 1]!, rgba[i + 2]!);
    const low = Math.min(rgba[i]!, rgba[i + 1]!, rgba[i + 2]!);
    if (high - low > 48) colourful += 1;
    bright[high >> 4]! += 1;
  }
  const paper = Math.max(...bright.map((n, i) => n + (bright[i + 1] ?? 0)).slice(8));
  return colourful < 0.03 * total && paper > 0.55 * total;
}

/** Whether a colour is neither grey nor nearly black or white. */
export function colourful(color: string): boolean {
  const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return Math.max(...parts) - Math.min(...parts) > 60;
}

export function hexAt(bitmap: ImageBitmap, x: number, y: number): string {
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d")!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, 1, 1);
  context.drawImage(bitmap, Math.floor(x), Math.floor(y), 1, 1, 0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return hex(red!, green!, blue!);
}

export function hex(red: number, green: number, blue: number): string {
  return `#${((1 << 24) | (red << 16) | (green << 8) | blue).toString(16).slice(1)}`;
}

/** Whether all the layers a painting has are shown. */
export function whole(painted: Painted | null, layers: Layers): boolean {
  const lit = painted?.layers.includes("highlight") ?? false;
  return layers.line && layers.shadow && layers.flat && (layers.highlight || !lit);
}

/** What these layers show of a painting: the formula of docs/layers.md, drawn by the browser. */
export async function shown(painted: Painted, layers: Layers): Promise<ImageBitmap> {
  if (whole(painted, layers)) return painted.bitmap;
  const { width, height } = painted;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d")!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  if (layers.flat) context.drawImage(await painted.layer("flat"), 0, 0);
  if (layers.shadow) {
    const shadow = await painted.layer("shadow");
    context.globalCompositeOperation = "multiply";
    context.drawImage(shadow, 0, 0);
  }
  if (layers.highlight && painted.layers.includes("highlight")) {
    const highlight = await painted.layer("highlight");
    context.globalCompositeOperation = "screen";
    context.drawImage(highlight, 0, 0);
  }
  if (layers.line) {
    const line = await painted.layer("line");
    context.globalCompositeOperation = "source-over";
    context.drawImage(line, 0, 0);
  }
  return canvas.transferToImageBitmap();
}

export async function png(bitmap: ImageBitmap): Promise<Blob> {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
