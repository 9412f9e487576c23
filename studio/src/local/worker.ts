/** Runs the model beside the page, so that the page stays quick. */

import type { Light, PaletteEdits } from "../doc";
import type { HintsFile } from "../hints";
import type { Composed } from "./compose";
import { type Model, type Pixels, type Runtime } from "./network";
import { Painter } from "./painter";
import { colorLines } from "./tint";

export type Request =
  | { kind: "load" }
  | { kind: "palette"; reference: Pixels }
  | {
      kind: "paint";
      sketch: Pixels;
      reference: Pixels | null;
      hints: HintsFile;
      palette: PaletteEdits;
      light: Light;
    }
  | { kind: "tint"; made: Composed; width: number; height: number };

export type Reply =
  | { id: number; progress: number }
  | { id: number; error: string }
  | { id: number; value: unknown };

export type PaletteReply = { hex: string; share: number }[];
export type PaintReply = Composed;

let painter: Promise<Painter> | null = null;

async function load(): Promise<Painter> {
  const beside = (path: string) => new URL(path, self.location.href).href;
  const fetched = async (path: string) => {
    const answer = await fetch(beside(path));
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.statusText}`);
    return answer;
  };
  const ort = (await import(/* @vite-ignore */ beside("runtime/ort.wasm.bundle.min.mjs"))) as
    Runtime & { env: { wasm: { wasmPaths: { wasm: string }; numThreads: number } } };
  ort.env.wasm.wasmPaths = { wasm: beside("runtime/ort-wasm-simd-threaded.wasm") };
  // More threads need headers that plain file hosts do not send.
  ort.env.wasm.numThreads = 1;
  const model = (await (await fetched("model/model.json")).json()) as Model;
  const open = async (name: string) => {
    const graph = await (await fetched(`model/${name}.onnx`)).arrayBuffer();
    return ort.InferenceSession.create(new Uint8Array(graph), { executionProviders: ["wasm"] });
  };
  const graphs = {
    reference: await open("reference"),
    painter: await open("painter"),
    regions: await open("regions"),
    parts: "parts.onnx" in model.sha256 ? await open("parts") : null,
    shading: "shading.onnx" in model.sha256 ? await open("shading") : null,
    refiner: "refiner.onnx" in model.sha256 ? await open("refiner") : null,
    figures: "figures.onnx" in model.sha256 ? await open("figures") : null,
  };
  return new Painter(ort, graphs, model);
}

async function answer(request: Request, id: number): Promise<unknown> {
  if (request.kind === "tint") return colorLines(request.made, request.width, request.height);
  painter ??= load();
  const ready = await painter;
  if (request.kind === "load") return null;
  if (request.kind === "palette") {
    const { colors, moments } = ready.palette(request.reference);
    return colors.map(([r, g, b], k) => ({
      hex: `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`,
      share: moments[5 * k]!,
    })) satisfies PaletteReply;
  }
  const { sketch, reference, hints, palette, light } = request;
  return ready.paint(sketch, reference, hints, palette, light, (progress) =>
    postMessage({ id, progress } satisfies Reply),
  );
}

// One at a time, in the order they come.
let last: Promise<void> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<{ id: number; request: Request }>) => {
  const { id, request } = data;
  last = last.then(async () => {
    try {
      postMessage({ id, value: await answer(request, id) } satisfies Reply);
    } catch (error) {
      if (request.kind === "load") painter = null;
      postMessage({ id, error: String(error) } satisfies Reply);
    }
  });
});
