/** The graphs and what goes between them: `network.py` and `drafts.py` in the page. */

import type { InferenceSession, Tensor } from "onnxruntime-web";
import type { Light, PaletteEdits } from "../doc";
import type { HintsFile } from "../hints";
import { gray, letterbox, type Plane } from "./arrays";
import { carve } from "./carving";
import { closest, rgbOf, type Rgb } from "./color";
import { compose, withoutInk, type Composed, type Fill } from "./compose";
import { cleanPaper, shrinkLines } from "./ink";
import { claim, drawn } from "./marks";
import { extractPalette, type Palette } from "./palette";
import { inform, knownParts, readParts, withNames, type PartsGraph, type Shown } from "./parts";
import { readReference, traced } from "./portrait";
import { labelRegions, type Regions } from "./regions";
import { laid, readMarks, shadingOf } from "./shading";
import { balance, geometry, highlights, labelsAt, place, pool, vote } from "./voting";
import { dress, named, readWorn, type Worn } from "./wardrobe";

const STRIDE = 32;
const MAX_LABEL_SIDE = 2048;
const MAX_VOTERS = 256;
const MAX_HINT_COLORS = 32;
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
}
type Planes = { data: Float32Array; dims: readonly number[] };

interface Seen {
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
}

export class Painter {
  constructor(
    private readonly runtime: Runtime,
    private readonly graphs: Graphs,
    private readonly model: Model,
  ) {}

  palette(reference: Pixels): Palette {
    const { data, width, height } = reference;
    return extractPalette(letterbox(data, width, height, 256), this.model.palette_entries);
  }

  async paint(
    sketch: Pixels,
    reference: Pixels | null,
    hints: HintsFile,
    edits: PaletteEdits,
    light: Light,
    progress: (share: number) => void,
  ): Promise<Composed> {
    const lines = cleanPaper(gray(sketch.data, sketch.width, sketch.height));
    const seen = reference ? await this.see(reference) : await this.plain();
    progress(0.15);
    const swatches =
      edits.lock === "none" ? null : edits.lock === "reference" ? seen.colors : edits.colors.map(rgbOf);
    const within = (color: Rgb) => (swatches ? closest(color, swatches) : color);
    const asked = recoloured(hints, within);
    const hintColors = [...new Set([...asked.points, ...asked.strokes].map((one) => one.color))];
    const wanted = hintColors.slice(0, MAX_HINT_COLORS).map(rgbOf);
    const colors = [...seen.colors, ...wanted, [255, 255, 255] as const].map(within);
    const look = await this.look(lines, asked, seen, colors, wanted.length);
    progress(0.5);
    const longest = Math.max(lines.width, lines.height);
    const small = shrinkLines(lines, Math.min(MAX_LABEL_SIDE, longest));
    const gap = Math.min(8, Math.max(2, Math.round(Math.min(longest, MAX_LABEL_SIDE) / 256)));
    const closed = labelRegions(small, gap);
    progress(0.65);
    const { regions, parts } = await this.parts(closed, small);
    progress(0.75);
    const opinion = await this.opinion(regions, look, seen, colors.length);
    const names = look.names && named(regions, look.names);
    const known = parts && names ? withNames(parts, names) : parts;
    if (known) inform(opinion, known, look.tokens, colors, seen.colors.length, seen.shown);
    if (names) dress(opinion, names, seen.worn, seen.colors.length);
    if (seen.assignment) balance(look.logits, regions, opinion, seen.colors, seen.assignment);
    const { width, height, data } = look.logits;
    const decided = vote(data, width, height, regions, opinion, colors);
    // A flat reference has no mixtures.
    const chosen = swatches || !seen.shading ? Array.from(decided.entry, (k) => colors[k]!) : decided.colors;
    const claims = claim(asked, regions, decided.soft, lines);
    const changed = replacing(edits);
    const top = Math.max(regions.count, ...claims.colors.keys());
    const fill: Fill = {
      width: regions.width,
      height: regions.height,
      labels: claims.labels,
      colors: Array.from({ length: top + 1 }, (_, label) =>
        changed(claims.colors.get(label) ?? chosen[label - 1] ?? [0, 0, 0]),
      ),
      soft: Array.from(
        { length: top + 1 },
        (_, label) => !label || (!!decided.soft[label - 1] && claims.touched.has(label)),
      ),
    };
    progress(0.8);
    const marks = drawn(recoloured(asked, changed), lines.width, lines.height, 1, 1);
    const palette = colors.map(changed);
    const lit = await this.lit(lines, light, seen, look, regions);
    return compose(lines, look.logits, lit.shade, lit.light, palette, fill, marks, swatches !== null);
  }

  /** Shade and light of the page: those the lines call for, or of an older model the painter's. */
  private async lit(
    lines: Plane,
    light: Light,
    seen: Seen,
    look: Awaited<ReturnType<Painter["look"]>>,
    regions: Regions,
  ): Promise<{ shade: Plane<Float32Array>; light: Plane<Float32Array> | null }> {
    if (light === "none") {
      return { shade: { width: 1, height: 1, data: new Float32Array([1]) }, light: null };
    }
    if (!this.graphs.shading) {
      const shade = withoutInk(look.shade!, lines);
      return { shade, light: look.light && highlights(look.light, regions) };
    }
    const marks = await readMarks(
      async (ink, width, height) => {
        const out = await this.run("shading", { lines: [ink, [1, 1, height, width]] });
        return out.marks!.data;
      },
      lines,
      light,
    );
    const strength = light === "auto" ? seen.shading : 1;
    return laid(marks, strength, regions, lines.width, lines.height);
  }

  private async see(reference: Pixels): Promise<Seen> {
    const { data, width, height } = reference;
    const square = letterbox(data, width, height, 256);
    const main = extractPalette(square, this.model.palette_entries);
    const lined = traced(data, width, height, square);
    const { palette, shown } =
      this.graphs.parts && lined
        ? await readReference(this.readsParts, lined, main)
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
    };
    // Models before 0.11 name nothing.
    if (!lined || !this.graphs.painter.outputNames.includes("names")) return seen;
    const colors = [...palette.colors, [255, 255, 255] as const];
    const { names } = await this.look(shrinkLines(lined.lines, 256), NO_HINTS, seen, colors, 0);
    return { ...seen, worn: readWorn(names!, lined, main) };
  }

  /** What stands in for a reference: the model's own colours and no style. */
  private async plain(): Promise<Seen> {
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
    };
  }

  private async look(
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
    const cropped = ({ data, dims }: Planes): Plane<Float32Array> => {
      const [channels, h, w] = dims.slice(1) as [number, number, number];
      const rows = Math.ceil((height * h) / high!);
      const columns = Math.ceil((width * w) / wide!);
      const kept = new Float32Array(channels * rows * columns);
      for (let c = 0; c < channels; c++) {
        for (let y = 0; y < rows; y++) {
          const from = (c * h + y) * w;
          kept.set(data.subarray(from, from + columns), (c * rows + y) * columns);
        }
      }
      return { width: columns, height: rows, data: kept };
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

  /** Eyes as regions of their own, and the shares of parts in all of them. */
  private async parts(
    closed: Regions,
    lines: Plane,
  ): Promise<{ regions: Regions; parts: Float32Array | null }> {
    if (!this.graphs.parts) return { regions: closed, parts: null };
    const reading = await readParts(this.readsParts, lines);
    const { regions, parts } = carve(closed, reading);
    return { regions, parts: knownParts(regions, parts, reading.shares) };
  }

  private readonly readsParts: PartsGraph = async (ink, width, height) => {
    const out = await this.run("parts", { lines: [ink, [1, 1, height, width]] });
    return out.shares!.data;
  };

  private async opinion(
    regions: Regions,
    look: Awaited<ReturnType<Painter["look"]>>,
    seen: Seen,
    K: number,
  ): Promise<Float32Array> {
    const { count } = regions;
    const logits = new Float32Array(count * K);
    const { features, channels } = look;
    const labels = labelsAt(regions, features.width, features.height);
    const { means, pixels } = pool(features.data, channels, labels, count);
    const asked = Array.from(pixels.keys()).filter((r) => pixels[r]).slice(0, MAX_VOTERS);
    if (!asked.length) return logits;
    const placed = seen.assignment
      ? place(regions, seen.assignment, seen.colors.length, K)
      : new Float32Array(count * 2 * K).fill(0.1);
    const some = (values: Float32Array, each: number) => {
      const out = new Float32Array(asked.length * each);
      asked.forEach((r, i) => out.set(values.subarray(r * each, (r + 1) * each), i * each));
      return out;
    };
    const R = asked.length;
    const out = await this.run("regions", {
      pooled_regions: [some(means, channels), [1, R, channels]],
      geometry: [some(geometry(regions), 8), [1, R, 8]],
      region_present: [new Float32Array(R).fill(1), [1, R]],
      placed: [some(placed, 2 * K), [1, R, 2, K]],
      tokens: [look.tokens.data, look.tokens.dims],
      present: [new Float32Array(K).fill(1), [1, K]],
    });
    const said = out.region_logits!.data;
    asked.forEach((r, i) => logits.set(said.subarray(i * K, (i + 1) * K), r * K));
    return logits;
  }

  private async run(
    graph: keyof Graphs,
    inputs: Record<string, readonly [Float32Array, readonly number[]]>,
  ): Promise<Record<string, Planes>> {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, [data, dims]]) => [
        name,
        new this.runtime.Tensor("float32", data, dims),
      ]),
    );
    return (await this.graphs[graph]!.run(feeds)) as unknown as Record<string, Planes>;
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

function hexOf(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function recoloured(hints: HintsFile, change: (color: Rgb) => Rgb): HintsFile {
  const again = <T extends { color: string }>(one: T): T => ({
    ...one,
    color: hexOf(change(rgbOf(one.color))),
  });
  return { version: 1, points: hints.points.map(again), strokes: hints.strokes.map(again) };
}

function replacing(edits: PaletteEdits): (color: Rgb) => Rgb {
  const table = new Map(edits.replace.map(({ from, to }) => [from, rgbOf(to)]));
  return (color) => table.get(hexOf(color)) ?? color;
}
