/** A sketch and a reference → a painted page: `colorizer.py` and `drafts.py` in the page. */

import type { Light, PaletteEdits } from "../doc";
import type { HintsFile } from "../hints";
import { gray, letterbox, type Plane } from "./arrays";
import { balance } from "./balance";
import { carve } from "./carving";
import { figures, merge, type Answer, type Layers } from "./casting";
import { closeFigures } from "./closing";
import { closest, rgbOf, type Rgb } from "./color";
import type { Company } from "./company";
import { compose, withoutInk, type Composed, type Fill } from "./compose";
import { amounts, likened, vectorsOf } from "./correspondence";
import { describe, type Described } from "./describing";
import { cleanPaper, shrinkLines } from "./ink";
import { claim, clipped, drawn, scaled } from "./marks";
import { Network, type Graphs, type Look, type Model, type Pixels, type Runtime, type Seen } from "./network";
import { extractPalette, type Palette } from "./palette";
import { CLASSES, inform, knownParts, withNames } from "./parts";
import { inputsOf, refine } from "./refining";
import { gapAt, labelRegions, type Regions } from "./regions";
import { laid, readMarks } from "./shading";
import { highlights, vote, votesOf } from "./voting";
import { behind, dress } from "./wardrobe";

const MAX_LABEL_SIDE = 2048;
const MAX_HINT_COLORS = 32;

/** What was read of regions in their lines; null where the model reads or embeds none. */
interface Known {
  /** (R, 5), of every part in each. */
  readonly shares: Float32Array | null;
  /** (R, E), see `correspondence`. */
  readonly vectors: Float32Array | null;
}

/** Lines, at the size of the label map, and what is known of them; hints in pixels of it. */
interface Page {
  readonly lines: Plane;
  readonly regions: Regions;
  readonly known: Known;
  readonly hints: HintsFile;
}

export class Painter {
  private readonly network: Network;

  constructor(
    runtime: Runtime,
    private readonly graphs: Graphs,
    private readonly model: Model,
  ) {
    this.network = new Network(runtime, graphs, model);
  }

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
    const { references, company } = await this.seen(reference, lines);
    const seen = references[0]!;
    progress(0.15);
    const every = references.flatMap((one) => one.colors);
    const swatches =
      edits.lock === "none" ? null : edits.lock === "reference" ? every : edits.colors.map(rgbOf);
    const within = (color: Rgb) => (swatches ? closest(color, swatches) : color);
    const asked = recoloured(hints, within);
    const hintColors = [...new Set([...asked.points, ...asked.strokes].map((one) => one.color))];
    const wanted = hintColors.slice(0, MAX_HINT_COLORS).map(rgbOf);
    const entries = (own: readonly Rgb[]) =>
      [...own, ...wanted, [255, 255, 255] as const].map(within);
    const ofSeen = entries(seen.colors);
    const look = await this.network.look(lines, asked, seen, ofSeen, wanted.length);
    progress(0.5);
    const longest = Math.min(Math.max(lines.width, lines.height), MAX_LABEL_SIDE);
    const small = shrinkLines(lines, longest);
    const open = labelRegions(small, gapAt(longest));
    const closed = look.names ? closeFigures(open, look.names) : open;
    progress(0.65);
    const { regions, known } = await this.parted(closed, small);
    progress(0.75);
    const described = describe(regions, look);
    const opinion = await this.judged(regions, known, described, look, seen, ofSeen);
    const backdrop = described.names && behind(described.names);
    const owns = references.map((one) => one.colors.length);
    const onMap = scaled(asked, small.width / lines.width, small.height / lines.height);
    const page = { lines: small, regions, known, hints: onMap };
    const answers = company && (await this.cast(company, page, references, entries));
    const painted = answers
      ? merge(look, opinion, regions, owns, wanted.length + 1, answers)
      : { ...look, opinion };
    const colors = entries(every);
    const { width, height, data } = painted.logits;
    const decided = vote(data, width, height, regions, painted.opinion, colors, backdrop);
    // A flat reference has no mixtures.
    const flat = references.every((one) => !one.shading);
    const chosen = swatches || flat ? Array.from(decided.entry, (k) => colors[k]!) : decided.colors;
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
    const lit = await this.lit(lines, light, seen, painted, regions);
    return compose(lines, painted.logits, lit.shade, lit.light, palette, fill, marks, swatches !== null);
  }

  /** What a sketch is painted from; its company, if any, is to be cast with that. */
  private async seen(
    reference: Pixels | null,
    lines: Plane,
  ): Promise<{ references: Seen[]; company: Company | null }> {
    if (!reference) return { references: [await this.network.plain()], company: null };
    const { pictures, company } = await this.network.meant(reference, lines);
    const references: Seen[] = [];
    for (const picture of pictures) references.push(await this.network.see(picture));
    return { references, company };
  }

  /** Look at every figure of a page with the reference it resembles. */
  private async cast(
    company: Company,
    page: Page,
    references: readonly Seen[],
    entries: (own: readonly Rgb[]) => Rgb[],
  ): Promise<Answer[]> {
    const cut = figures(page.lines, page.regions, company.drawn);
    const chosen = await this.network.chosen(company, cut.map(({ lines }) => lines));
    const answers: Answer[] = [];
    for (const [n, figure] of cut.entries()) {
      const reference = chosen[n]!;
      const seen = references[reference]!;
      const colors = entries(seen.colors);
      const near = clipped(page.hints, figure.box);
      const hintColors = colors.length - seen.colors.length - 1;
      const look = await this.network.look(figure.lines, near, seen, colors, hintColors);
      // What is around the figure is a part of nothing.
      const known = knownOf(page.known, page.regions.count, figure.labels);
      const described = describe(figure.regions, look);
      const opinion = await this.judged(figure.regions, known, described, look, seen, colors);
      const { width, height, data } = look.logits;
      const votes = votesOf(data, width, height, figure.regions, opinion, colors.length);
      answers.push({ figure, reference, look, votes });
    }
    return answers;
  }

  /** Shade and light of the page: those the lines call for, or of an older model the painter's. */
  private async lit(
    lines: Plane,
    light: Light,
    seen: Seen,
    look: Layers,
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
        const out = await this.network.run("shading", { lines: [ink, [1, 1, height, width]] });
        return out.marks!.data;
      },
      lines,
      light,
    );
    const strength = light === "auto" ? seen.shading : 1;
    return laid(marks, strength, regions, lines.width, lines.height);
  }
  /** The regions with what was read carved out, and what was read of them. */
  private async parted(
    closed: Regions,
    lines: Plane,
  ): Promise<{ regions: Regions; known: Known }> {
    const reading = await this.network.read(lines);
    if (!reading) return { regions: closed, known: { shares: null, vectors: null } };
    const { regions, parts } = carve(closed, reading);
    const shares = knownParts(regions, parts, reading.shares);
    const vectors = reading.embedding && vectorsOf(reading.embedding, regions);
    return { regions, known: { shares, vectors } };
  }
  /** What the regions want, (R, K), with what they are parts of, what is worn in them, what they are
   * like in the reference, the amounts of its colours, and after a second look, half and half. */
  private async judged(
    regions: Regions,
    known: Known,
    described: Described,
    look: Look,
    seen: Seen,
    colors: readonly Rgb[],
  ): Promise<Float32Array> {
    const own = seen.colors.length;
    const { names } = described;
    const shares = known.shares && names ? withNames(known.shares, names) : known.shares;
    const { logits: opinion, placed } = await this.network.opinion(
      regions,
      described,
      look,
      seen,
      colors.length,
    );
    const voted = opinion.slice();
    if (shares) inform(opinion, shares, look.tokens, colors, own, seen.shown);
    const informed = opinion.slice();
    if (names) dress(opinion, names, seen.worn, own);
    const worn = opinion.map((value, i) => value - informed[i]!);
    // Nothing is like a reference that is all ink, or none.
    const like = !known.vectors
      ? null
      : seen.keys
        ? likened(known.vectors, seen.keys, colors, own)
        : new Float32Array(opinion.length);
    like?.forEach((value, i) => (opinion[i]! += value));
    const { assignment } = seen;
    if (!assignment || !regions.count) return opinion;
    const weighed = opinion.slice();
    const amount = like && amounts(like, regions.area, own);
    balance(look.logits, regions, weighed, { ...seen, assignment }, amount);
    if (!this.graphs.refiner || !names) return weighed;
    const { data, width, height } = look.logits;
    const words = look.tokens.dims[2]!;
    const inputs = inputsOf({
      ...seen,
      ...{ regions, described, shares, voted, worn, like, placed, colors, own },
      pixels: votesOf(data, width, height, regions, new Float32Array(opinion.length), colors.length),
      parts: informed.map((value, i) => value - voted[i]!),
      covered: (k) => look.tokens.data.subarray((k + 1) * words - CLASSES, (k + 1) * words),
      assignment,
      others: seen.regions,
    });
    const out = await this.network.run("refiner", inputs);
    refine(opinion, out.change!.data, colors.length, own);
    return opinion.map((value, i) => (value + weighed[i]!) / 2);
  }
}

/** What was read of these labels of a page with so many regions; of a label 0 nothing is known. */
function knownOf({ shares, vectors }: Known, count: number, labels: Int32Array): Known {
  const of = (values: Float32Array | null) => {
    if (!values) return null;
    const each = values.length / count;
    const own = new Float32Array(labels.length * each);
    labels.forEach((label, n) => {
      if (label) own.set(values.subarray((label - 1) * each, label * each), n * each);
    });
    return own;
  };
  return { shares: of(shares), vectors: of(vectors) };
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
