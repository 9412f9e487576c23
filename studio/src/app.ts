/** The one place that changes anything: work, painting, and what the page shows of them. */

import { EMPTY, History, paintable, samePainting, withReplacement } from "./doc";
import type { Doc, Hint, Layers, Lock } from "./doc";
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
import { open, openExample, type Opened } from "./opening";
import { colourful, shown } from "./pictures";
import { download } from "./saving";
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

/** Errors that are told in the page's own words; of the others, the engine's sentence. */
const KNOWN: Readonly<Record<string, Word>> = {
  token_missing: "errorToken",
  time_out: "errorTime",
  picture_too_large: "errorPixels",
};
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
  /** Whether the first advice was read and closed. */
  tipped = false;
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

  set(values: Partial<Pick<App, "tool" | "color" | "radius" | "compare" | "chosen" | "helping" | "tipped">>) {
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

  fail(error: unknown): void {
    if (aborted(error)) return;
    const message = error instanceof Error ? error.message : String(error);
    const word = (error instanceof EngineError && KNOWN[error.code]) || "errorFailed";
    this.say({ word, values: { message }, tone: "error" }, true);
  }

  // What changes the work

  change(next: Doc, merge: string | null = null): void {
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

  /** Do something that reads pictures, and show that it goes on. */
  async reading(work: () => Promise<void>): Promise<void> {
    this.opening += 1;
    this.changed();
    try {
      await work();
    } finally {
      this.opening -= 1;
      this.changed();
    }
  }

  open(files: readonly Opened[], target: Target): Promise<void> {
    return open(this, files, target);
  }

  openExample(example: Example): Promise<void> {
    return openExample(this, example);
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
    this.color = to;
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
    const hurried = this.running !== null;
    this.running?.abort();
    const control = new AbortController();
    this.running = control;
    this.progress = null;
    const before = this.run;
    this.run = before.then(async () => {
      try {
        // The first change is painted at once; those that follow it fast, together.
        if (hurried) await new Promise((resolve) => setTimeout(resolve, DEBOUNCE_MS));
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

  /** Wait until nothing is being painted. */
  async settled(): Promise<void> {
    while (this.running) await this.run;
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

  download(format: FileFormat | "json"): Promise<void> {
    return download(this, format);
  }
}
