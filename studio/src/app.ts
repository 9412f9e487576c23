/** The one place that changes anything: work, painting, and what the page shows of them. */

import {
  EMPTY,
  History,
  paintable,
  samePainting,
  withReplacement,
  type Doc,
  type Hint,
  type Layers,
  type Lock,
} from "./doc";
import {
  EngineError,
  aborted,
  type About,
  type Engine,
  type Example,
  type FileFormat,
  type Painted,
  type Progress,
  type Swatch,
} from "./engine";
import { toFile } from "./hints";
import { asset, colourful, looksLikeLineArt, pixels, png, save, shown } from "./pictures";
import { settings } from "./settings";
import type { Word } from "./i18n";

export type Tool = "brush" | "point" | "eraser" | "picker" | "hand";
export type Target = "sketch" | "reference" | "auto";

export interface Said {
  readonly word: Word;
  readonly values?: Record<string, string | number>;
}

export interface Notice extends Said {
  readonly tone: "plain" | "error";
  readonly action?: { readonly word: Word; readonly run: () => void };
}

const FIRST_COLOR = "#e8756b";
const DEBOUNCE_MS = 90;
const NOTICE_MS = 12_000;

export class App {
  readonly settings = settings;
  tool: Tool = "brush";
  private own: string | null = null;
  /** Radius of brush and eraser, in pixels of the sketch. */
  radius = 6;
  /** Share of the picture, from the left, that shows the sketch. */
  compare = 0;
  chosen: string | null = null;
  status: Said | null = null;
  progress: Progress | null = null;
  notice: Notice | null = null;
  /** Said to screen readers only. */
  whisper: Said | null = null;
  painted: Painted | null = null;
  picture: ImageBitmap | null = null;
  palettes: ReadonlyMap<string, readonly Swatch[]> = new Map();
  about: About | null = null;
  examples: readonly Example[] = [];
  opening = 0;
  saving = false;
  helping = false;
  /** Grows when the view must show the whole page again. */
  fits = 0;

  private history = new History();
  private paintedDoc: Doc | null = null;
  private running: AbortController | null = null;
  private run: Promise<void> = Promise.resolve();
  private listeners = new Set<() => void>();
  private noticeTimer = 0;

  constructor(readonly engine: Engine) {
    engine.onTrouble = (trouble) => {
      if (trouble === "away" || trouble === "busy") this.say({ word: trouble, tone: "plain" }, true);
      else if (trouble === "well") {
        if (this.notice?.word === "away" || this.notice?.word === "busy") this.hush();
      } else {
        const kept = this.doc.sketch !== null || this.doc.references.length > 0;
        if (kept) this.say({ word: "restarted", tone: "plain" });
        // A run that goes on sends everything itself; else what was painted is gone.
        if (kept && !this.running) this.paint();
      }
    };
  }

  async start(): Promise<void> {
    try {
      this.about = await this.engine.about();
      this.examples = await this.engine.examples();
    } catch (error) {
      this.fail(error);
    }
    this.changed();
  }

  // What is looked at

  /** The brush's colour: at first one of the reference's. */
  get color(): string {
    return this.own ?? FIRST_COLOR;
  }

  set color(color: string) {
    this.own = color;
  }

  get doc(): Doc {
    return this.history.doc;
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  /** Whether what is shown is what the work now asks for, at full size. */
  get finished(): boolean {
    return this.painted?.size === "full" && this.paintedDoc === this.doc;
  }

  /** Whether the user has changed a colour yet. */
  get touched(): boolean {
    return this.doc.hints.length > 0 || this.doc.palette.replace.length > 0;
  }

  get busy(): boolean {
    return this.running !== null;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  set(values: Partial<Pick<App, "tool" | "color" | "radius" | "compare" | "chosen" | "helping">>) {
    Object.assign(this, values);
    this.changed();
  }

  fit(): void {
    this.fits += 1;
    this.changed();
  }

  // What is said

  say(notice: Notice, stays = false): void {
    clearTimeout(this.noticeTimer);
    this.notice = notice;
    if (!stays) this.noticeTimer = window.setTimeout(() => this.hush(), NOTICE_MS);
    this.changed();
  }

  hush(): void {
    this.notice = null;
    this.changed();
  }

  tell(whisper: Said): void {
    this.whisper = whisper;
    this.changed();
  }

  private fail(error: unknown): void {
    if (aborted(error)) return;
    const message = error instanceof Error ? error.message : String(error);
    const token = error instanceof EngineError && error.status === 401;
    this.say(
      token
        ? { word: "errorToken", tone: "error" }
        : { word: "errorFailed", values: { message }, tone: "error" },
      true,
    );
  }

  // What changes the work

  private change(next: Doc, merge: string | null = null): void {
    const before = this.doc;
    this.history.push(next, merge);
    this.moved(before);
  }

  private moved(before: Doc): void {
    if (!samePainting(before, this.doc)) this.paint();
    else {
      if (this.paintedDoc === before) this.paintedDoc = this.doc;
      void this.show();
    }
    if (before.sketch !== this.doc.sketch) this.fits += 1;
    this.changed();
  }

  undo(): void {
    const before = this.doc;
    if (this.history.undo()) this.moved(before);
  }

  redo(): void {
    const before = this.doc;
    if (this.history.redo()) this.moved(before);
  }

  settle(): void {
    this.history.settle();
  }

  startAgain(): void {
    this.change(EMPTY);
  }

  async open(files: readonly (Blob & { name?: string })[], target: Target): Promise<void> {
    this.opening += 1;
    this.changed();
    try {
      for (const file of files) await this.openOne(file, target, files.length > 1);
    } finally {
      this.opening -= 1;
      this.changed();
    }
  }

  private async openOne(
    file: Blob & { name?: string },
    target: Target,
    several: boolean,
  ): Promise<void> {
    const name = file.name ?? "picture";
    let made;
    try {
      made = await asset(file, name, this.engine);
    } catch (error) {
      if (error instanceof EngineError && error.message) this.fail(error);
      else this.say({ word: "errorPicture", values: { name }, tone: "error" }, true);
      return;
    }
    const most = this.about?.maxBytes ?? Infinity;
    if (made.blob.size > most) {
      const limit = Math.floor(most / 2 ** 20);
      this.say({ word: "errorTooLarge", values: { name, limit }, tone: "error" }, true);
      return;
    }
    let goal = target;
    if (goal === "auto") {
      const { sketch, references } = this.doc;
      const lines = looksLikeLineArt(pixels(made.bitmap, 192).data);
      goal = lines && (!sketch || references.length > 0) ? "sketch" : "reference";
    }
    if (goal === "sketch") {
      this.radius = Math.max(2, Math.round(Math.max(made.width, made.height) / 110));
      this.change({ ...this.doc, sketch: made, hints: [] });
    } else if (this.doc.references.length >= (this.about?.maxReferences ?? 8)) {
      const count = this.doc.references.length;
      this.say({ word: "errorTooMany", values: { count }, tone: "error" });
      return;
    } else {
      this.change({ ...this.doc, references: [...this.doc.references, made] });
    }
    if (target === "auto" && !several) {
      const other = goal === "sketch" ? "reference" : "sketch";
      this.say({
        word: goal === "sketch" ? "pastedSketch" : "pastedReference",
        tone: "plain",
        action: {
          word: goal === "sketch" ? "swapToReference" : "swapToSketch",
          run: () => {
            this.undo();
            this.hush();
            void this.open([file], other);
          },
        },
      });
    }
  }

  async openExample(example: Example): Promise<void> {
    this.opening += 1;
    this.changed();
    try {
      const get = async (url: string, name: string) =>
        asset(await this.engine.fetch(url), name, this.engine);
      const sketch = await get(example.sketch, example.id);
      const references = await Promise.all(
        example.references.map((url) => get(url, example.name)),
      );
      this.radius = Math.max(2, Math.round(Math.max(sketch.width, sketch.height) / 110));
      this.change({ ...EMPTY, sketch, references });
    } catch (error) {
      this.fail(error);
    } finally {
      this.opening -= 1;
      this.changed();
    }
  }

  removeReference(key: string): void {
    const references = this.doc.references.filter((one) => one.key !== key);
    this.change({ ...this.doc, references });
  }

  paintWithoutReference(): void {
    this.change({ ...this.doc, withoutReference: true });
  }

  setHints(hints: readonly Hint[], merge: string | null = null): void {
    if (hints !== this.doc.hints) this.change({ ...this.doc, hints }, merge);
  }

  setLayers(layers: Partial<Layers>): void {
    this.change({ ...this.doc, layers: { ...this.doc.layers, ...layers } });
  }

  setLock(lock: Lock): void {
    const { palette } = this.doc;
    const own = palette.colors.length ? palette.colors : this.entries().map(({ hex }) => hex);
    const colors = lock === "colors" && own.length ? own : palette.colors;
    this.change({ ...this.doc, palette: { ...palette, lock, colors } });
  }

  setColors(colors: readonly string[]): void {
    this.change({ ...this.doc, palette: { ...this.doc.palette, colors } });
  }

  replace(from: string, to: string): void {
    const palette = withReplacement(this.doc.palette, from, to);
    this.change({ ...this.doc, palette }, `replace ${from}`);
  }

  pick(color: string): void {
    this.color = color;
    if (this.tool === "eraser" || this.tool === "hand") this.tool = "brush";
    this.tell({ word: "colorPicked", values: { color } });
  }

  /** The references' colours, each once, those with the most area first. */
  entries(): Swatch[] {
    const found = new Map<string, number>();
    for (const { key } of this.doc.references) {
      for (const { hex, share } of this.palettes.get(key) ?? []) {
        found.set(hex, (found.get(hex) ?? 0) + share / this.doc.references.length);
      }
    }
    return [...found].map(([hex, share]) => ({ hex, share })).sort((a, b) => b.share - a.share);
  }

  /** Colours of the painting that are no reference's: blends, hints, paper. */
  blends(): Swatch[] {
    const { palette } = this.doc;
    const listed = new Set([
      ...this.entries().map(({ hex }) => hex),
      ...palette.colors,
      ...palette.replace.map(({ to }) => to),
    ]);
    const edited = palette.replace.filter(({ from }) => !listed.has(from));
    const found = (this.painted?.colors ?? []).filter(
      ({ hex, share }) => share >= 0.004 && !listed.has(hex),
    );
    return [...edited.map(({ from }) => ({ hex: from, share: 0 })), ...found.slice(0, 8)];
  }

  // Painting

  paint(): void {
    this.running?.abort();
    const control = new AbortController();
    this.running = control;
    this.progress = null;
    const before = this.run;
    this.run = before.then(async () => {
      try {
        await new Promise((resolve) => setTimeout(resolve, DEBOUNCE_MS));
        if (!control.signal.aborted) await this.work(control.signal);
      } catch (error) {
        if (!aborted(error)) {
          this.status = null;
          this.fail(error);
        }
      } finally {
        if (this.running === control) {
          this.running = null;
          this.progress = null;
          this.changed();
        }
      }
    });
    this.changed();
  }

  private async work(signal: AbortSignal): Promise<void> {
    const doc = this.doc;
    if (!doc.sketch || !paintable(doc)) {
      this.painted = this.paintedDoc = this.picture = this.status = null;
      this.changed();
      if (doc.references.length) this.palettes = await this.engine.sync(doc, signal);
      return;
    }
    this.status = { word: "painting" };
    this.changed();
    this.palettes = await this.engine.sync(doc, signal);
    this.own ??= this.entries().find(({ hex }) => colourful(hex))?.hex ?? null;
    this.changed();
    const small = Math.max(doc.sketch.width, doc.sketch.height) <= (this.about?.previewSide ?? 0);
    for (const size of small ? (["full"] as const) : (["preview", "full"] as const)) {
      const painted = await this.engine.paint(doc, size, signal, (progress) => {
        this.progress = progress;
        const preview = size === "full" && !small ? "refining" : "painting";
        this.status = { word: progress.state === "queued" ? "waiting" : preview };
        this.changed();
      });
      signal.throwIfAborted();
      this.painted = painted;
      // Layers may have been switched meanwhile: they are no part of what is painted.
      this.paintedDoc = this.doc;
      await this.show();
    }
    this.status = { word: "done", values: { seconds: this.painted!.seconds.toFixed(1) } };
  }

  private async show(): Promise<void> {
    const { painted } = this;
    if (!painted) return;
    const { layers } = this.doc;
    try {
      const picture = await shown(painted, layers);
      if (painted === this.painted && layers === this.doc.layers) this.picture = picture;
    } catch (error) {
      this.fail(error);
    }
    this.changed();
  }

  cancel(): void {
    if (!this.running) return;
    this.running.abort();
    this.running = null;
    this.progress = null;
    this.status = { word: "cancelled" };
    this.changed();
  }

  // Files

  async download(format: FileFormat | "json"): Promise<void> {
    const { sketch } = this.doc;
    if (!sketch || this.saving) return;
    const base = sketch.name.replace(/\.[^.]*$/, "") || "picture";
    this.saving = true;
    this.changed();
    try {
      const file = format === "json" ? this.hintsFile() : await this.paintedFile(format);
      const name = format === "json" ? `${base}-hints.json` : `${base}-painted.${format}`;
      save(file, name);
      this.say({ word: "saved", values: { name }, tone: "plain" });
    } catch (error) {
      this.fail(error);
    } finally {
      this.saving = false;
      this.changed();
    }
  }

  private hintsFile(): Blob {
    const { sketch, hints } = this.doc;
    const file = toFile(hints, sketch!.width, sketch!.height);
    return new Blob([JSON.stringify(file, null, 1), "\n"], { type: "application/json" });
  }

  private async paintedFile(format: FileFormat): Promise<Blob> {
    for (let tries = 0; ; tries++) {
      while (this.running) await this.run;
      if (!this.finished) {
        if (tries) throw new EngineError("failed", "the picture could not be painted");
        this.paint();
        continue;
      }
      try {
        if (format === "png" && this.picture !== this.painted!.bitmap) return await png(this.picture!);
        return await this.painted!.file(format);
      } catch (error) {
        const lost = error instanceof EngineError && error.code === "lost";
        if (!lost || tries >= 2) throw error;
        this.paint();
      }
    }
  }
}
