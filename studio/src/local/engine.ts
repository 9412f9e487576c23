/** The engine of the static page: the model runs here, nothing leaves the browser. */

import { samePainting, type Asset, type Doc } from "../doc";
import {
  EngineError,
  type About,
  type Engine,
  type Example,
  type LayerName,
  type Painted,
  type PaintSize,
  type Progress,
  type Swatch,
} from "../engine";
import { toFile } from "../hints";
import { hex } from "../pictures";
import type { Composed } from "./compose";
import type { Tinted } from "./tint";
import type { PaletteReply, Reply, Request } from "./worker";

interface Waiting {
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
  progress?: (share: number) => void;
}

export class LocalEngine implements Engine {
  readonly local = true;
  onTrouble: Engine["onTrouble"] = () => {};
  private worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  private waiting = new Map<number, Waiting>();
  private count = 0;
  /** The last painting with black lines: to colour them takes no more than this. */
  private last: { readonly doc: Doc; readonly made: Composed } | null = null;
  private palettes = new WeakMap<Asset, Promise<PaletteReply>>();

  constructor() {
    this.worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      const waiting = this.waiting.get(data.id);
      if (!waiting) return;
      if ("progress" in data) {
        waiting.progress?.(data.progress);
        return;
      }
      this.waiting.delete(data.id);
      if ("error" in data) waiting.reject(new EngineError("failed", data.error));
      else waiting.resolve(data.value as never);
    });
  }

  async about(): Promise<About> {
    const told = (await (await fetch("model/model.json")).json()) as {
      name: string;
      version: string;
    };
    void this.ask({ kind: "load" }).catch(() => {});
    // Several references are told apart by figures, which only the server does.
    const about = { version: told.version, model: told.name, maxReferences: 1 };
    return { ...about, previewSide: Infinity, maxBytes: Infinity };
  }

  async examples(): Promise<readonly Example[]> {
    const answer = await fetch("examples/examples.json");
    const names = (await answer.json()) as Record<string, string>;
    return Object.entries(names).map(([id, name]) => ({
      id,
      name,
      sketch: `examples/${id}-sketch.webp`,
      references: [`examples/${id}-reference.webp`],
    }));
  }

  async fetch(url: string): Promise<Blob> {
    return (await fetch(url)).blob();
  }

  decoded(): Promise<Blob> {
    return Promise.reject(new Error("the browser cannot decode this picture"));
  }

  async sync(doc: Doc): Promise<ReadonlyMap<string, readonly Swatch[]>> {
    const found = doc.references.map(async (asset) => {
      let palette = this.palettes.get(asset);
      if (!palette) {
        palette = this.ask<PaletteReply>({ kind: "palette", reference: pixels(asset) });
        this.palettes.set(asset, palette);
      }
      return [asset.key, await palette] as const;
    });
    return new Map(await Promise.all(found));
  }

  async paint(
    doc: Doc,
    size: PaintSize,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Painted> {
    const start = performance.now();
    const { width, height } = doc.sketch!;
    const black = { ...doc, coloredLines: false };
    if (!this.last || !samePainting(this.last.doc, black)) {
      this.last = { doc: black, made: await this.black(doc, signal, onProgress) };
    }
    let { made } = this.last;
    if (doc.coloredLines) {
      const request: Request = { kind: "tint", made, width, height };
      made = { ...made, ...(await this.ask<Tinted>(request, signal)) };
    }
    const bitmap = (data: Uint8ClampedArray) =>
      createImageBitmap(new ImageData(data as never, width, height));
    const { shade: _, ...rest } = made;
    const layers: Record<LayerName, Uint8ClampedArray | null> = rest;
    const names = (Object.keys(layers) as LayerName[]).filter((name) => layers[name]);
    const seconds = (performance.now() - start) / 1000;
    return {
      ...{ width, height, size, seconds },
      colors: counted(made.flat),
      bitmap: await bitmap(made.painting),
      layers: names,
      layer: (name) => bitmap(layers[name]!),
      file: async (format) => {
        // Loaded when the first file is wanted: painting does not need the writers.
        const { file } = await import("./files");
        return file(format, made, width, height);
      },
    };
  }

  /** The painting with black lines. */
  private black(
    doc: Doc,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Composed> {
    const sketch = doc.sketch!;
    const reference = doc.references[0];
    const request: Request = {
      kind: "paint",
      sketch: pixels(sketch),
      reference: reference ? pixels(reference) : null,
      hints: toFile(doc.hints, sketch.width, sketch.height),
      palette: doc.palette,
      light: doc.light,
    };
    const tell = (share: number) => onProgress({ state: "running", share });
    return this.ask<Composed>(request, signal, tell);
  }

  private ask<T>(
    request: Request,
    signal?: AbortSignal,
    progress?: (share: number) => void,
  ): Promise<T> {
    this.count += 1;
    const id = this.count;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, ...(progress ? { progress } : {}) });
      // A graph cannot be stopped midway: it runs to its end and nobody listens.
      signal?.addEventListener("abort", () => {
        this.waiting.delete(id);
        reject(signal.reason as Error);
      });
      this.worker.postMessage({ id, request });
    });
  }
}

/** A picture's pixels on white, in full. */
function pixels({ bitmap, width, height }: Asset) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/** The flat colours with the largest areas. */
function counted(flat: Uint8ClampedArray): Swatch[] {
  const found = new Map<number, number>();
  for (let i = 0; i < flat.length; i += 4) {
    const color = (flat[i]! << 16) | (flat[i + 1]! << 8) | flat[i + 2]!;
    found.set(color, (found.get(color) ?? 0) + 1);
  }
  return [...found]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 64)
    .map(([color, count]) => ({
      hex: hex(color >> 16, (color >> 8) & 255, color & 255),
      share: (4 * count) / flat.length,
    }));
}
