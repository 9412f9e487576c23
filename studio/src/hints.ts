/** Colour hints: drawing them, erasing them, and the hints.json they become. */

import type { Hint } from "./doc";

type Pair = readonly [number, number];

export interface HintsFile {
  version: 1;
  points: { x: number; y: number; radius: number; color: string }[];
  strokes: { points: [number, number][]; radius: number; color: string }[];
}

const hundredth = (value: number): number => Math.round(value * 100) / 100;

/** The file `hints.json` of the command line, all within a sketch of this size. */
export function toFile(hints: readonly Hint[], width: number, height: number): HintsFile {
  const inside = ([x, y]: Pair): [number, number] => [
    hundredth(Math.min(Math.max(x, 0), width - 1)),
    hundredth(Math.min(Math.max(y, 0), height - 1)),
  ];
  const file: HintsFile = { version: 1, points: [], strokes: [] };
  for (const hint of hints) {
    const look = { radius: hundredth(hint.radius), color: hint.color };
    if (hint.kind === "point") {
      const [x, y] = inside(hint.points[0]!);
      file.points.push({ x, y, ...look });
    } else {
      file.strokes.push({ points: hint.points.map(inside), ...look });
    }
  }
  return file;
}

/** How wide a pen of this pressure (0..1) draws; a mouse tells 0.5 and draws the full radius. */
export function pressed(radius: number, pressure: number, pen: boolean): number {
  return pen ? radius * (0.3 + 1.2 * Math.min(Math.max(pressure, 0), 1)) : radius;
}

/** A stroke while it is drawn. A radius that changes starts a new piece, as the file wants. */
export class StrokeDraft {
  private pieces: { points: Pair[]; radius: number }[] = [];

  constructor(
    private readonly color: string,
    private readonly group: number,
  ) {}

  add(x: number, y: number, radius: number): void {
    const piece = this.pieces.at(-1);
    if (!piece) {
      this.pieces.push({ points: [[x, y]], radius });
      return;
    }
    const [lastX, lastY] = piece.points.at(-1)!;
    if (Math.hypot(x - lastX, y - lastY) < Math.max(1, piece.radius / 4)) return;
    if (Math.abs(radius - piece.radius) > 0.2 * piece.radius) {
      this.pieces.push({ points: [[lastX, lastY], [x, y]], radius });
    } else {
      piece.points.push([x, y]);
    }
  }

  hints(): Hint[] {
    return this.pieces.map((piece) => ({
      kind: "stroke",
      points: straightened(piece.points, 0.6),
      radius: piece.radius,
      color: this.color,
      group: this.group,
    }));
  }
}

/** The line without points that lie within `tolerance` of it (Douglas and Peucker). */
export function straightened(points: readonly Pair[], tolerance: number): Pair[] {
  if (points.length < 3) return [...points];
  const first = points[0]!;
  const last = points.at(-1)!;
  let worst = 0;
  let index = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const away = fromSegment(points[i]!, first, last);
    if (away > worst) [worst, index] = [away, i];
  }
  if (worst <= tolerance) return [first, last];
  const before = straightened(points.slice(0, index + 1), tolerance);
  return [...before.slice(0, -1), ...straightened(points.slice(index), tolerance)];
}

function fromSegment([x, y]: Pair, [ax, ay]: Pair, [bx, by]: Pair): number {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const share = length ? ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length : 0;
  const at = Math.min(1, Math.max(0, share));
  return Math.hypot(x - ax - at * (bx - ax), y - ay - at * (by - ay));
}

/** What stays when a disc rubs over the hints; a pen stroke goes as a whole. */
export function erased(
  hints: readonly Hint[],
  x: number,
  y: number,
  radius: number,
): readonly Hint[] {
  const gone = new Set(
    hints
      .filter(({ points, radius: own }) =>
        points.some((point, i) => {
          const away = fromSegment([x, y], point, points[i + 1] ?? point);
          return away <= own + radius;
        }),
      )
      .map((hint) => hint.group),
  );
  return gone.size ? hints.filter((hint) => !gone.has(hint.group)) : hints;
}
