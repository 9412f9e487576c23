/** What paints: a server on this machine, or the model in this page. */

import type { Doc } from "./doc";

export interface Swatch {
  readonly hex: string;
  /** Share of the picture's area, 0..1. */
  readonly share: number;
}

export interface About {
  readonly version: string;
  readonly model: string;
  readonly maxReferences: number;
  /** A sketch of up to this side needs no preview. */
  readonly previewSide: number;
  readonly maxBytes: number;
}

export interface Example {
  readonly id: string;
  readonly name: string;
  readonly sketch: string;
  readonly references: readonly string[];
}

export type PaintSize = "preview" | "full";
export type LayerName = "painting" | "line" | "flat" | "shadow" | "highlight";
export type FileFormat = "png" | "psd" | "ora";

export interface Painted {
  readonly width: number;
  readonly height: number;
  readonly size: PaintSize;
  readonly seconds: number;
  readonly colors: readonly Swatch[];
  readonly bitmap: ImageBitmap;
  /** Those it has: not every painting has light. */
  readonly layers: readonly LayerName[];
  /** One layer of it, for looking at. */
  layer(name: LayerName): Promise<ImageBitmap>;
  file(format: FileFormat): Promise<Blob>;
}

export interface Progress {
  readonly state: "queued" | "running";
  /** 0..1 */
  readonly share: number;
}

export interface Engine {
  readonly local: boolean;
  about(): Promise<About>;
  examples(): Promise<readonly Example[]>;
  /** A picture of the examples. */
  fetch(url: string): Promise<Blob>;
  /** A picture the browser cannot decode, as one it can. */
  decoded(blob: Blob): Promise<Blob>;
  /** Bring the engine to this document; tells each reference's palette by the asset's key. */
  sync(doc: Doc, signal: AbortSignal): Promise<ReadonlyMap<string, readonly Swatch[]>>;
  /** Sync, then paint. */
  paint(
    doc: Doc,
    size: PaintSize,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Painted>;
  /** Called when the engine was away and what it knew is lost, or when it is back. */
  onTrouble: (trouble: "away" | "restarted" | "busy" | "well") => void;
}

export class EngineError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
  ) {
    super(message);
  }
}

export function aborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
