import { describe, expect, it } from "vitest";
import { EMPTY, History, samePainting, withReplacement } from "../src/doc";
import { events } from "../src/events";
import { StrokeDraft, erased, pressed, straightened, toFile } from "../src/hints";
import { chosenLanguage, translator } from "../src/i18n";
import { colourful, looksLikeLineArt } from "../src/pictures";
import { fitted, moved, toPage, zoomed } from "../src/view";

const dab = (x: number, y: number, group: number) =>
  ({ kind: "point", points: [[x, y]], radius: 3, color: "#112233", group }) as const;

describe("history", () => {
  it("goes back and forth, and forgets what was undone at the next change", () => {
    const history = new History();
    const one = { ...EMPTY, hints: [dab(1, 1, 1)] };
    const two = { ...EMPTY, hints: [dab(2, 2, 2)] };
    history.push(one);
    history.push(two);
    expect(history.undo()).toBe(true);
    expect(history.doc).toBe(one);
    expect(history.redo()).toBe(true);
    history.undo();
    history.push(EMPTY);
    expect(history.canRedo).toBe(false);
  });

  it("takes steps of one gesture as one, until it is settled", () => {
    const history = new History();
    for (const hints of [[dab(1, 1, 1)], [dab(2, 1, 1)]]) history.push({ ...EMPTY, hints }, "drag");
    history.settle();
    history.push({ ...EMPTY, hints: [dab(3, 1, 1)] }, "drag");
    history.undo();
    expect(history.doc.hints[0]!.points[0]).toEqual([2, 1]);
    history.undo();
    expect(history.doc).toBe(EMPTY);
  });

  it("knows layers from paint", () => {
    const layers = { ...EMPTY.layers, line: false };
    expect(samePainting(EMPTY, { ...EMPTY, layers })).toBe(true);
    expect(samePainting(EMPTY, { ...EMPTY, hints: [] })).toBe(false);
    expect(samePainting(EMPTY, { ...EMPTY, coloredLines: true })).toBe(false);
  });

  it("drops a replacement by the same colour", () => {
    const changed = withReplacement(EMPTY.palette, "#000000", "#ff0000");
    expect(withReplacement(changed, "#000000", "#000000").replace).toEqual([]);
  });
});

describe("hints", () => {
  it("stay within the sketch in the file", () => {
    const stroke = { ...dab(-5, 3, 1), kind: "stroke", points: [[-5, 3], [90, 99]] } as const;
    const file = toFile([stroke, dab(4.123456, 2, 2)], 64, 32);
    expect(file.strokes[0]!.points).toEqual([[0, 3], [63, 31]]);
    expect(file.points[0]).toEqual({ x: 4.12, y: 2, radius: 3, color: "#112233" });
  });

  it("of a pen change their piece with the pressure, and go together", () => {
    const draft = new StrokeDraft("#000000", 7);
    for (let i = 0; i <= 10; i++) draft.add(10 * i, 0, pressed(10, i / 10, true));
    const drawn = draft.hints();
    expect(drawn.length).toBeGreaterThan(2);
    expect(drawn.at(-1)!.radius).toBeGreaterThan(2 * drawn[0]!.radius);
    expect(erased(drawn, 50, 0, 1)).toEqual([]);
    expect(erased(drawn, 50, 900, 1)).toBe(drawn);
  });

  it("lose the points that lie on a line and no corner", () => {
    expect(straightened([[0, 0], [5, 0.1], [10, 0], [10, 10]], 0.6)).toEqual([
      [0, 0],
      [10, 0],
      [10, 10],
    ]);
  });
});

describe("view", () => {
  const page = { width: 400, height: 200 };
  const screen = { width: 1000, height: 800 };

  it("keeps the point under the pointer while zooming", () => {
    const view = fitted(page, screen);
    const before = toPage(view, 300, 410);
    const after = toPage(zoomed(view, 3, 300, 410), 300, 410);
    expect(after[0]).toBeCloseTo(before[0]);
    expect(after[1]).toBeCloseTo(before[1]);
  });

  it("never loses the page", () => {
    const away = moved(fitted(page, screen), 1e6, -1e6, page, screen);
    expect(away.x).toBeLessThan(screen.width);
    expect(away.y + page.height * away.zoom).toBeGreaterThan(0);
  });
});

describe("events", () => {
  it("are read however the network cuts them", async () => {
    const text = 'event: update\r\ndata: {"é": 1}\r\n\r\n: ping\n\ndata: a\ndata: b\n\n';
    const bytes = new TextEncoder().encode(text);
    for (const size of [1, 2, 7, 100]) {
      const stream = new ReadableStream<Uint8Array>({
        start(control) {
          for (let i = 0; i < bytes.length; i += size) control.enqueue(bytes.slice(i, i + size));
          control.close();
        },
      });
      const found = [];
      for await (const data of events(stream)) found.push(data);
      expect(found).toEqual(['{"é": 1}', "a\nb"]);
    }
  });
});

describe("words", () => {
  it("are found by the browser's wishes", () => {
    expect(chosenLanguage(["fr-FR", "zh-TW", "en"])).toBe("zh-CN");
    expect(chosenLanguage(["xx"])).toBe("en");
    expect(translator("ja")("exampleOpen", { name: "A" })).toContain("A");
  });

  it("fill the same gaps in every language", async () => {
    const { en } = await import("../src/strings/en");
    const gaps = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort().join();
    for (const language of ["zh-CN", "ja"] as const) {
      const t = translator(language);
      for (const [word, text] of Object.entries(en)) {
        expect(gaps(t(word as keyof typeof en)), word).toBe(gaps(text));
      }
    }
  });
});

describe("pictures", () => {
  const filled = (parts: readonly (readonly [number, readonly number[]])[]) =>
    Uint8ClampedArray.from(parts.flatMap(([n, color]) => Array(n).fill([...color, 255]).flat()));

  it("are told apart: line art and paintings", () => {
    const [paper, ink, sky, red] = [[250, 250, 245], [20, 20, 20], [120, 180, 250], [200, 30, 40]];
    expect(looksLikeLineArt(filled([[900, paper], [100, ink]]))).toBe(true);
    expect(looksLikeLineArt(filled([[700, paper], [100, ink], [200, red]]))).toBe(false);
    expect(looksLikeLineArt(filled([[1000, sky]]))).toBe(false);
  });

  it("have colours worth a brush", () => {
    expect(colourful("#f06080")).toBe(true);
    expect(colourful("#808488")).toBe(false);
  });
});
