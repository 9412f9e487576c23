/** Drawing the page on the canvas: sketch, painting, the line between them, hints and cursor. */

import type { App } from "./app";
import type { Hint } from "./doc";
import type { View } from "./view";

export interface Cursor {
  readonly x: number;
  readonly y: number;
  readonly cross: boolean;
}

export function draw(
  canvas: HTMLCanvasElement,
  app: App,
  view: View,
  drafts: readonly Hint[],
  cursor: Cursor | null,
): void {
  const { sketch, hints, layers } = app.doc;
  const context = canvas.getContext("2d")!;
  const ratio = devicePixelRatio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!sketch) return;
  const { width, height } = sketch;
  context.translate(view.x, view.y);
  context.scale(view.zoom, view.zoom);
  // Enlarged far, single pixels are what one wants to see.
  context.imageSmoothingEnabled = view.zoom * ratio < 4;
  context.imageSmoothingQuality = "high";

  context.save();
  context.shadowColor = "rgb(0 0 0 / 0.28)";
  context.shadowBlur = 24 * ratio;
  context.shadowOffsetY = 6 * ratio;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.restore();

  const split = app.picture ? app.compare * width : width;
  if (split > 0) clipped(context, 0, split, height, () => context.drawImage(sketch.bitmap, 0, 0));
  if (app.picture && split < width) {
    const { picture } = app;
    clipped(context, split, width, height, () => {
      context.drawImage(picture, 0, 0, width, height);
    });
  }
  if (layers.hints) for (const hint of hints) mark(context, hint, view.zoom, true);
  for (const hint of drafts) mark(context, hint, view.zoom, false);

  if (app.picture && app.compare > 0 && app.compare < 1) divider(context, split, height, view);
  if (cursor) pointer(context, app, cursor, view);
}

function clipped(
  context: CanvasRenderingContext2D,
  left: number,
  right: number,
  height: number,
  paint: () => void,
): void {
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  paint();
  context.restore();
}

/** A hint, with a rim that shows on light and dark. */
function mark(
  context: CanvasRenderingContext2D,
  hint: Hint,
  zoom: number,
  settled: boolean,
): void {
  const [first, ...rest] = hint.points;
  if (!first) return;
  context.save();
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...(first as [number, number]));
  if (!rest.length) context.lineTo(first[0] + 1e-3, first[1]);
  for (const point of rest) context.lineTo(...(point as [number, number]));
  const width = Math.max(2 * hint.radius, 3 / zoom);
  if (settled) {
    context.lineWidth = width + 3 / zoom;
    context.strokeStyle = "rgb(0 0 0 / 0.55)";
    context.stroke();
    context.lineWidth = width + 1.6 / zoom;
    context.strokeStyle = "#fff";
    context.stroke();
  }
  context.lineWidth = width;
  context.strokeStyle = hint.color;
  context.stroke();
  context.restore();
}

export const GRIP = 17;

function divider(
  context: CanvasRenderingContext2D,
  x: number,
  height: number,
  view: View,
): void {
  const one = 1 / view.zoom;
  context.save();
  context.shadowColor = "rgb(0 0 0 / 0.45)";
  context.shadowBlur = 6;
  context.fillStyle = "#fff";
  context.fillRect(x - one, 0, 2 * one, height);
  context.beginPath();
  context.arc(x, height / 2, GRIP * one, 0, 2 * Math.PI);
  context.fill();
  context.restore();
  context.save();
  context.strokeStyle = "#333";
  context.lineWidth = 1.8 * one;
  context.lineCap = context.lineJoin = "round";
  for (const side of [-1, 1]) {
    context.beginPath();
    context.moveTo(x + side * 4 * one, height / 2 - 5 * one);
    context.lineTo(x + side * 9 * one, height / 2);
    context.lineTo(x + side * 4 * one, height / 2 + 5 * one);
    context.stroke();
  }
  context.restore();
}

function pointer(context: CanvasRenderingContext2D, app: App, cursor: Cursor, view: View): void {
  const one = 1 / view.zoom;
  const { x, y } = cursor;
  const ring = (radius: number, color: string, width: number) => {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = color;
    context.lineWidth = width * one;
    context.stroke();
  };
  if (app.tool === "brush" || app.tool === "point" || app.tool === "eraser") {
    const radius = Math.max(app.radius, 2 * one);
    ring(radius, "rgb(0 0 0 / 0.7)", 2.6);
    ring(radius, app.tool === "eraser" ? "#fff" : app.color, 1.6);
  }
  if (!cursor.cross) return;
  for (const [color, width] of [
    ["#000", 3],
    ["#fff", 1.2],
  ] as const) {
    context.beginPath();
    context.moveTo(x - 12 * one, y);
    context.lineTo(x + 12 * one, y);
    context.moveTo(x, y - 12 * one);
    context.lineTo(x, y + 12 * one);
    context.strokeStyle = color;
    context.lineWidth = width * one;
    context.stroke();
  }
}

/** What one sees at a pixel of the page, as #rrggbb. */
export function visibleBitmap(app: App, x: number): [ImageBitmap, number] | null {
  const { sketch } = app.doc;
  if (!sketch) return null;
  if (app.picture && x >= app.compare * sketch.width) {
    return [app.picture, app.picture.width / sketch.width];
  }
  return [sketch.bitmap, 1];
}
