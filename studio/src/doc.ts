/** The work on the table: what undo and redo move through. Every value is immutable. */

export interface Asset {
  /** Identity within this page; a picture opened twice is two assets. */
  readonly key: string;
  readonly name: string;
  readonly blob: Blob;
  readonly bitmap: ImageBitmap;
  readonly width: number;
  readonly height: number;
}

export interface Hint {
  readonly kind: "point" | "stroke";
  /** x, y in pixels of the sketch; a point has one pair. */
  readonly points: readonly (readonly [number, number])[];
  readonly radius: number;
  readonly color: string;
  /** Pieces of one stroke of a pen share a group: they are erased together. */
  readonly group: number;
}

export type Lock = "none" | "reference" | "colors";

/** Where the light comes from; auto is from the left, as strong as in the references. */
export type Light = "auto" | "left" | "right" | "none";

export const LIGHTS: readonly Light[] = ["auto", "left", "right", "none"];

export interface PaletteEdits {
  readonly lock: Lock;
  /** The colours of the lock "colors", as #rrggbb. */
  readonly colors: readonly string[];
  readonly replace: readonly { readonly from: string; readonly to: string }[];
}

export interface Layers {
  readonly line: boolean;
  readonly shadow: boolean;
  readonly highlight: boolean;
  readonly flat: boolean;
  /** The dabs themselves, drawn over the picture. */
  readonly hints: boolean;
}

export interface Doc {
  readonly sketch: Asset | null;
  readonly references: readonly Asset[];
  /** Paint with the model's own colours when there is no reference. */
  readonly withoutReference: boolean;
  readonly hints: readonly Hint[];
  readonly palette: PaletteEdits;
  /** Lines in a darker tone of the paint beside them instead of black. */
  readonly coloredLines: boolean;
  readonly light: Light;
  readonly layers: Layers;
}

export const EMPTY: Doc = {
  sketch: null,
  references: [],
  withoutReference: false,
  hints: [],
  palette: { lock: "none", colors: [], replace: [] },
  coloredLines: false,
  light: "auto",
  layers: { line: true, shadow: true, highlight: true, flat: true, hints: true },
};

/** Whether there is enough to paint. */
export function paintable(doc: Doc): boolean {
  return doc.sketch !== null && (doc.references.length > 0 || doc.withoutReference);
}

/** Whether two documents are painted alike: layers are only shown or not. */
export function samePainting(a: Doc, b: Doc): boolean {
  return (
    a.sketch === b.sketch &&
    a.references === b.references &&
    a.withoutReference === b.withoutReference &&
    a.hints === b.hints &&
    a.palette === b.palette &&
    a.coloredLines === b.coloredLines &&
    a.light === b.light
  );
}

/** Set what an entry of the palette becomes; its own colour again takes the entry out. */
export function withReplacement(edits: PaletteEdits, from: string, to: string): PaletteEdits {
  const others = edits.replace.filter((pair) => pair.from !== from);
  return { ...edits, replace: from === to ? others : [...others, { from, to }] };
}

const STEPS = 200;

/** Undo and redo as a list of documents and a place in it. */
export class History {
  private steps: Doc[] = [EMPTY];
  private at = 0;
  private merging: string | null = null;

  get doc(): Doc {
    return this.steps[this.at]!;
  }

  get canUndo(): boolean {
    return this.at > 0;
  }

  get canRedo(): boolean {
    return this.at < this.steps.length - 1;
  }

  /**
   * Go on with a new document. Steps in a row with the same `merge` (dragging in a colour
   * chooser) are one step to undo.
   */
  push(doc: Doc, merge: string | null = null): void {
    if (doc === this.doc) return;
    const joined = merge !== null && merge === this.merging && this.at === this.steps.length - 1;
    const kept = this.steps.slice(0, joined ? this.at : this.at + 1);
    this.steps = [...kept, doc].slice(-STEPS);
    this.at = this.steps.length - 1;
    this.merging = merge;
  }

  /** What follows is a step of its own, whatever its `merge`. */
  settle(): void {
    this.merging = null;
  }

  undo(): boolean {
    if (!this.canUndo) return false;
    this.at -= 1;
    this.merging = null;
    return true;
  }

  redo(): boolean {
    if (!this.canRedo) return false;
    this.at += 1;
    this.merging = null;
    return true;
  }
}
