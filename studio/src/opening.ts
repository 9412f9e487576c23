/** Pictures that come in: files opened, dropped or pasted, and the examples. */

import type { App, Target } from "./app";
import { EMPTY, type Asset } from "./doc";
import { EngineError, type Example } from "./engine";
import { asset, looksLikeLineArt, pixels } from "./pictures";

/** What the engine says of files that are no pictures, or damaged. */
const UNREADABLE = new Set(["unknown_format", "bad_picture"]);

export type Opened = Blob & { readonly name?: string };

export async function open(app: App, files: readonly Opened[], target: Target): Promise<void> {
  await app.reading(async () => {
    for (const file of files) await openOne(app, file, target, files.length > 1);
  });
}

async function openOne(app: App, file: Opened, target: Target, several: boolean): Promise<void> {
  const made = await decoded(app, file);
  if (!made) return;
  const goal = target === "auto" ? guessed(app, made) : target;
  if (goal === "sketch") {
    app.radius = brush(made);
    app.change({ ...app.doc, sketch: made, hints: [] });
  } else {
    const count = app.doc.references.length;
    if (count >= (app.about?.maxReferences ?? 8)) {
      app.say({ word: "errorTooMany", values: { count }, tone: "error" });
      return;
    }
    app.change({ ...app.doc, references: [...app.doc.references, made] });
  }
  if (target !== "auto" || several) return;
  const sketch = goal === "sketch";
  app.say({
    word: sketch ? "takenSketch" : "takenReference",
    tone: "plain",
    action: {
      word: sketch ? "swapToReference" : "swapToSketch",
      run: () => {
        app.undo();
        app.hush();
        void open(app, [file], sketch ? "reference" : "sketch");
      },
    },
  });
}

/** The picture, or null after saying why it cannot be used. */
async function decoded(app: App, file: Opened): Promise<Asset | null> {
  const name = file.name ?? "picture";
  try {
    const made = await asset(file, name, app.engine);
    const most = app.about?.maxBytes ?? Infinity;
    if (made.blob.size <= most) return made;
    const limit = Math.floor(most / 2 ** 20);
    app.say({ word: "errorTooLarge", values: { name, limit }, tone: "error" }, true);
  } catch (error) {
    const code = error instanceof EngineError && error.message ? error.code : "bad_picture";
    if (!UNREADABLE.has(code)) app.fail(error);
    else app.say({ word: "errorPicture", values: { name }, tone: "error" }, true);
  }
  return null;
}

/** What a picture is for, where nobody said it. */
function guessed(app: App, made: Asset): "sketch" | "reference" {
  const { sketch, references } = app.doc;
  const lines = looksLikeLineArt(pixels(made.bitmap, 192).data);
  return lines && (!sketch || references.length > 0) ? "sketch" : "reference";
}

/** The brush to begin with: about as wide as an eye of the figure. */
function brush({ width, height }: Asset): number {
  return Math.max(2, Math.round(Math.max(width, height) / 110));
}

export async function openExample(app: App, example: Example): Promise<void> {
  const get = async (url: string, name: string) =>
    asset(await app.engine.fetch(url), name, app.engine);
  await app.reading(async () => {
    try {
      const sketch = await get(example.sketch, example.id);
      const found = example.references.map((url) => get(url, example.name));
      const references = await Promise.all(found);
      app.radius = brush(sketch);
      app.change({ ...EMPTY, sketch, references });
    } catch (error) {
      app.fail(error);
    }
  });
}
