/** A painting as PNG, PSD or OpenRaster, written in the page. */

import { writePsdUint8Array, type Layer } from "ag-psd";
import { strToU8, zipSync } from "fflate";
import type { FileFormat } from "../engine";
import { png } from "../pictures";
import type { Composed } from "./compose";

const NAMES = [
  ["flat", "Flat", "normal", "svg:src-over"],
  ["shadow", "Shadow", "multiply", "svg:multiply"],
  ["highlight", "Highlight", "screen", "svg:screen"],
  ["line", "Line", "normal", "svg:src-over"],
] as const;

export async function file(
  format: FileFormat,
  made: Composed,
  width: number,
  height: number,
): Promise<Blob> {
  const layers = NAMES.flatMap(([key, name, blendMode, operation]) => {
    const data = made[key];
    return data ? [{ key, name, blendMode, operation, data }] : [];
  });
  const picture = (data: Uint8ClampedArray) => ({ width, height, data });
  if (format === "psd") {
    const children: Layer[] = layers.map(({ name, blendMode, data }) => ({
      name,
      blendMode,
      imageData: picture(data),
    }));
    const imageData = picture(made.painting);
    const psd = writePsdUint8Array({ width, height, imageData, children });
    return new Blob([psd as never], { type: "image/vnd.adobe.photoshop" });
  }
  const encoded = async (data: Uint8ClampedArray) => {
    const image = new ImageData(data as never, width, height);
    return png(await createImageBitmap(image, { premultiplyAlpha: "none" }));
  };
  if (format === "png") return encoded(made.painting);
  const bytes = async (data: Uint8ClampedArray) =>
    new Uint8Array(await (await encoded(data)).arrayBuffer());
  const merged = await bytes(made.painting);
  const parts: Record<string, Uint8Array> = { mimetype: strToU8("image/openraster") };
  let stack = "";
  for (const { key, name, operation, data } of layers) {
    parts[`data/${key}.png`] = await bytes(data);
    // The stack is told from the top.
    stack = `<layer name="${name}" src="data/${key}.png" composite-op="${operation}"/>${stack}`;
  }
  const image = `<image version="0.0.5" w="${width}" h="${height}"><stack>${stack}</stack></image>`;
  parts["stack.xml"] = strToU8(`<?xml version="1.0" encoding="UTF-8"?>${image}`);
  parts["mergedimage.png"] = merged;
  parts["Thumbnails/thumbnail.png"] = merged;
  // PNG is compressed already, and the standard wants `mimetype` first and stored.
  return new Blob([zipSync(parts, { level: 0 }) as never], { type: "image/openraster" });
}
