/** Files that go out. */

import type { App } from "./app";
import { EngineError, type FileFormat } from "./engine";
import { toFile } from "./hints";
import { png, save } from "./pictures";

export async function download(app: App, format: FileFormat | "json"): Promise<void> {
  const { sketch } = app.doc;
  if (!sketch || app.saving) return;
  const base = sketch.name.replace(/\.[^.]*$/, "") || "picture";
  app.saving = true;
  app.changed();
  try {
    const file = format === "json" ? hintsFile(app) : await painted(app, format);
    const name = format === "json" ? `${base}-hints.json` : `${base}-painted.${format}`;
    save(file, name);
    app.say({ word: "saved", values: { name }, tone: "plain" });
  } catch (error) {
    app.fail(error);
  } finally {
    app.saving = false;
    app.changed();
  }
}

function hintsFile({ doc }: App): Blob {
  const file = toFile(doc.hints, doc.sketch!.width, doc.sketch!.height);
  return new Blob([JSON.stringify(file, null, 1), "\n"], { type: "application/json" });
}

/** The file of what the work now asks for: waits for the painting, paints again if it is lost. */
async function painted(app: App, format: FileFormat): Promise<Blob> {
  for (let tries = 0; ; tries++) {
    await app.settled();
    if (!app.finished) {
      if (tries) throw new EngineError("failed", "the picture could not be painted");
      app.paint();
      continue;
    }
    const { painted: made, picture } = app;
    try {
      // With a layer hidden, the picture is saved as it is shown.
      if (format === "png" && picture !== made!.bitmap) return await png(picture!);
      return await made!.file(format);
    } catch (error) {
      const lost = error instanceof EngineError && error.code === "lost";
      if (!lost || tries >= 2) throw error;
      app.paint();
    }
  }
}
