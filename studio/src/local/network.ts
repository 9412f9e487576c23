/** The graphs, what each is asked and what it answers: `network.py` in the page. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { HintsFile } from "../hints";
import { corner, letterbox, type Plane, type Planes } from "./arrays";
import { type Rgb } from "./color";
import { chosen, meant, type Company, type Meant } from "./company";
import { keysOf, type Keys } from "./correspondence";
import type { Described } from "./describing";
import type { FiguresGraph } from "./figures";
import { shrinkLines } from "./ink";
import { drawn } from "./marks";
import { extractPalette } from "./palette";
import { readParts, type PartsGraph, type Reading, type Shown } from "./parts";
import { readReference, traced } from "./portrait";
import { counterparts, type Counterparts, type Inputs } from "./refining";
import { type Regions } from "./regions";
import { shadingOf } from "./shading";
import { place } from "./voting";
import { readWorn, type Worn } from "./wardrobe";
import { innerWhite } from "./whites";

const STRIDE = 32;
const MAX_VOTERS = 256;
const NO_HINTS: HintsFile = { version: 1, points: [], strokes: [] };
const [REFERENCE, HINT, PAPER, DEFAULT] = [0, 1, 2, 3];

export interface Runtime {
  readonly Tensor: typeof Tensor;
  readonly InferenceSession: typeof InferenceSession;
}

export interface Model {
  readonly size: number;
  readonly palette_entries: number;
  readonly default_palette: number[][];
  readonly sha256: Readonly<Record<string, string>>;
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export interface Graphs {
  readonly reference: InferenceSession;
  readonly painter: InferenceSession;
  readonly regions: InferenceSession;
  /** Models before 0.8 read no parts. */
  readonly parts: InferenceSession | null;
  /** Nor do models before 0.9 read shadows and highlights. */
  readonly shading: InferenceSession | null;
  /** Models before 0.13 do not look at their votes again. */
  readonly refiner: InferenceSession | null;
  /** Models before 0.17 do not tell figures apart. */
  readonly figures: InferenceSession | null;
}

export interface Seen {
  readonly colors: Rgb[];
  readonly kind: number;
  readonly moments: Float32Array;
  readonly pooled: Float32Array;
  readonly style: Float32Array;
  readonly memory: Planes;
  readonly assignment: Float32Array | null;
  /** How much of it the reference has, 0..1. */
  readonly shading: number;
  readonly shown: Shown;
  readonly worn: Worn;
  readonly regions: Counterparts | null;
  /** Null from models before 0.15. */
  readonly keys: Keys | null;
  /** How much of its square is white that no ground reaches. */
  readonly white: number;
}

export type Look = Awaited<ReturnType<Network["look"]>>;

export class Network {
  constructor(
    private readonly runtime: Runtime,
    readonly graphs: Graphs,
    private readonly model: Model,
  ) {}

  async see(reference: Pixels): Promise<Seen> {
    const { data, width, height } = reference;
    const square = letterbox(data, width, height, 256);
    const main = extractPalette(square, this.model.palette_entries);
    const lined = traced(data, width, height, square);
    const reading = lined && (await this.read(lined.lines));
    const { palette, shown } =
      reading && lined
        ? readReference(reading, lined, main)
        : { palette: main, shown: new Map<number, Float32Array>() };
    const pixels = new Float32Array(3 * 256 * 256);
    for (let i = 0; i < 256 * 256; i++) {
      for (let c = 0; c < 3; c++) pixels[c * 256 * 256 + i] = square[3 * i + c]! / 255;
    }
    const K = palette.colors.length;
    const out = await this.run("reference", {
      reference: [pixels, [1, 3, 256, 256]],
      assignment: [palette.assignment, [1, K, 32, 32]],
    });
    const seen: Seen = {
      ...palette,
      kind: REFERENCE!,
      pooled: out.pooled!.data,
      style: out.style!.data,
      memory: out.memory!,
      shading: shadingOf(square),
      shown,
      worn: new Map(),
      regions: null,
      keys: lined && reading?.embedding ? keysOf(reading.embedding, lined, main) : null,
      white: innerWhite(main),
    };
    // Models before 0.11 name nothing.
    if (!lined || !this.graphs.painter.outputNames.includes("names")) return seen;
    const colors = [...palette.colors, [255, 255, 255] as const];
    const lines = shrinkLines(lined.lines, 256);
    const look = await this.look(lines, NO_HINTS, seen, colors, 0);
    const regions = counterparts(lines, look, lined, main);
    return { ...seen, worn: readWorn(look.names!, lined, main), regions };
  }

  /** What stands in for a reference: the model's own colours and no style. */
  async plain(): Promise<Seen> {
    const white = new Uint8ClampedArray(4).fill(255);
    const seen = await this.see({ width: 1, height: 1, data: white });
    const colors = this.model.default_palette as unknown as Rgb[];
    const features = seen.pooled.length / seen.colors.length;
    return {
      colors,
      kind: DEFAULT!,
      moments: new Float32Array(5 * colors.length),
      pooled: new Float32Array(features * colors.length),
      style: seen.style.map(() => 0),
      memory: { ...seen.memory, data: seen.memory.data.map(() => 0) },
      assignment: null,
      shading: 1,
      shown: new Map(),
      worn: new Map(),
      regions: null,
      keys: null,
      white: 1,
    };
  }

  async look(
    lines: Plane,
    hints: HintsFile,
    seen: Seen,
    colors: readonly Rgb[],
    hintColors: number,
  ) {
    const small = shrinkLines(lines, this.model.size);
    const { width, height } = small;
    const [wide, high] = [width, height].map((side) => Math.ceil(side / STRIDE) * STRIDE);
    const [K, own] = [colors.length, seen.colors.length];
    // A hair less than the exact factor: a hint on the last pixel must stay inside.
    const inside = 1 - 1e-9;
    const factor = [(width / lines.width) * inside, (height / lines.height) * inside] as const;
    const marks = drawn(hints, width, height, ...factor);
    const maps = new Float32Array(4 * width * height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) maps[c * width * height + i] = marks.rgb[3 * i + c]! / 255;
      maps[3 * width * height + i] = marks.mask[i]!;
    }
    const kinds = colors.map((_, k) =>
      k < own ? seen.kind : k < own + hintColors ? HINT! : PAPER!,
    );
    const kind = new Float32Array(4 * K);
    kinds.forEach((one, k) => (kind[4 * k + one] = 1));
    const features = seen.pooled.length / own;
    const grown = (values: Float32Array, each: number) => {
      const out = new Float32Array(each * K);
      out.set(values);
      return out;
    };
    const ink = Float32Array.from(small.data, (value) => value / 255);
    const out = await this.run("painter", {
      lines: [padded(ink, 1, width, height, wide!, high!), [1, 1, high!, wide!]],
      hints: [padded(maps, 4, width, height, wide!, high!), [1, 4, high!, wide!]],
      palette: [Float32Array.from(colors.flat(), (value) => value / 255), [1, K, 3]],
      kind: [kind, [1, K, 4]],
      moments: [grown(seen.moments, 5), [1, K, 5]],
      present: [new Float32Array(K).fill(1), [1, K]],
      pooled: [grown(seen.pooled, features), [1, K, features]],
      style: [seen.style, [1, seen.style.length]],
      memory: [seen.memory.data, seen.memory.dims],
    });
    // Whatever share of the padded size a map comes in, the sketch fills the same share.
    const cropped = (planes: Planes): Plane<Float32Array> => {
      const [h, w] = planes.dims.slice(2) as [number, number];
      return corner(planes, Math.ceil((width * w) / wide!), Math.ceil((height * h) / high!));
    };
    return {
      logits: cropped(out.logits!),
      // Models that read shadows and highlights in the lines have none of the painter's, and those of
      // 0.2 and before know shade only.
      shade: out.shade ? cropped(out.shade) : null,
      light: out.light ? cropped(out.light) : null,
      features: cropped(out.features!),
      channels: out.features!.dims[1]!,
      tokens: out.tokens!,
      names: out.names ? cropped(out.names) : null,
    };
  }

  /** What of a reference a sketch shows. */
  async meant(reference: Pixels, lines: Plane): Promise<Meant> {
    if (!this.graphs.figures) return { pictures: [reference], company: null };
    return meant(this.figures, reference, lines);
  }

  /** The picture of every figure, each alone in its lines. */
  async chosen(company: Company, figures: readonly Plane[]): Promise<number[]> {
    return chosen(this.figures, company, figures);
  }

  /** What of figures is read in lines; null from models that read no parts. */
  async read(lines: Plane): Promise<Reading | null> {
    if (!this.graphs.parts) return null;
    const graph: PartsGraph = {
      outputs: this.graphs.parts.outputNames,
      run: (ink, width, height, wanted) =>
        this.run("parts", { lines: [ink, [1, 1, height, width]] }, wanted),
    };
    return readParts(graph, lines);
  }

  async opinion(
    regions: Regions,
    { features, channels, pixels, geometry }: Described,
    { tokens }: Look,
    seen: Seen,
    K: number,
  ): Promise<{ logits: Float32Array; placed: Float32Array }> {
    const { count } = regions;
    const logits = new Float32Array(count * K);
    const placed = seen.assignment
      ? place(regions, seen.assignment, seen.colors.length, K)
      : new Float32Array(count * 2 * K).fill(0.1);
    const asked = Array.from(pixels.keys()).filter((r) => pixels[r]).slice(0, MAX_VOTERS);
    if (!asked.length) return { logits, placed };
    const some = (values: Float32Array, each: number) => {
      const out = new Float32Array(asked.length * each);
      asked.forEach((r, i) => out.set(values.subarray(r * each, (r + 1) * each), i * each));
      return out;
    };
    const R = asked.length;
    const out = await this.run("regions", {
      pooled_regions: [some(features, channels), [1, R, channels]],
      geometry: [some(geometry, 8), [1, R, 8]],
      region_present: [new Float32Array(R).fill(1), [1, R]],
      placed: [some(placed, 2 * K), [1, R, 2, K]],
      tokens: [tokens.data, tokens.dims],
      present: [new Float32Array(K).fill(1), [1, K]],
    });
    const said = out.region_logits!.data;
    asked.forEach((r, i) => logits.set(said.subarray(i * K, (i + 1) * K), r * K));
    return { logits, placed };
  }

  private readonly figures: FiguresGraph = (ink, side) =>
    this.run("figures", { lines: [ink, [1, 1, side, side]] });

  /** wanted: outputs; all of the graph's where none are named. */
  async run(
    graph: keyof Graphs,
    inputs: Inputs,
    wanted?: readonly string[],
  ): Promise<Record<string, Planes>> {
    const session = this.graphs[graph]!;
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, [data, dims]]) => [
        name,
        new this.runtime.Tensor("float32", data, dims),
      ]),
    );
    const found = await session.run(feeds, wanted ?? session.outputNames);
    return found as unknown as Record<string, Planes>;
  }
}

/** Pad planes (C, h, w) on the right and below by reflection. */
function padded(
  planes: Float32Array,
  channels: number,
  width: number,
  height: number,
  wide: number,
  high: number,
): Float32Array {
  const out = new Float32Array(channels * wide * high);
  const back = (at: number, side: number): number => {
    const period = Math.max(1, 2 * (side - 1));
    const rest = at % period;
    return side === 1 ? 0 : rest < side ? rest : period - rest;
  };
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < high; y++) {
      const row = (c * height + back(y, height)) * width;
      for (let x = 0; x < wide; x++) out[(c * high + y) * wide + x] = planes[row + back(x, width)]!;
    }
  }
  return out;
}
