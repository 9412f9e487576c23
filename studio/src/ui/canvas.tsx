import { useEffect, useRef } from "preact/hooks";
import type { App, Tool } from "../app";
import type { Hint } from "../doc";
import { StrokeDraft, erased, pressed } from "../hints";
import { hexAt } from "../pictures";
import { GRIP, draw, visibleBitmap, type Cursor } from "../stage";
import { centred, fitted, moved, toPage, zoomed, type Size, type View } from "../view";
import { useShared } from "./context";

let groups = 0;

const TREMBLE = 4; // CSS pixels that a finger which only taps may move

/** What a tool needs of a pointer event; kept, because an event changes when it is over. */
type Touched = Pick<
  PointerEvent,
  "offsetX" | "offsetY" | "pointerId" | "pointerType" | "pressure" | "button" | "altKey"
>;

/** The picture and every gesture on it: mouse, pen, fingers, keys. */
class Board {
  view: View = { zoom: 1, x: 0, y: 0 };
  screen: Size = { width: 0, height: 0 };
  cursor: Cursor | null = null;
  held: Tool | null = null;
  private drafts: readonly Hint[] = [];
  private stroke: StrokeDraft | null = null;
  private action: "stroke" | "erase" | "pan" | "divide" | null = null;
  private fingers = new Map<number, { x: number; y: number }>();
  /** A first finger: only its next step tells whether it uses the tool or begins a pinch. */
  private waiting: Touched | null = null;
  private last = { x: 0, y: 0 };
  private penSeen = false;
  private erasing = 0;
  private frame = 0;
  private fits = -1;
  private fittedTo = true;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly app: App,
  ) {}

  get tool(): Tool {
    return this.held ?? this.app.tool;
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.canvas.width = Math.round(width * devicePixelRatio);
    this.canvas.height = Math.round(height * devicePixelRatio);
    this.screen = { width, height };
    if (this.fittedTo) this.fit();
    this.redraw();
  }

  redraw(): void {
    if (this.fits !== this.app.fits) {
      this.fits = this.app.fits;
      this.fit();
    }
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      draw(this.canvas, this.app, this.view, this.drafts, this.cursor);
      this.canvas.dataset.tool = this.tool;
    });
  }

  fit(): void {
    const { sketch } = this.app.doc;
    if (sketch) this.view = fitted(sketch, this.screen);
    this.fittedTo = true;
  }

  zoom(factor: number, x = this.screen.width / 2, y = this.screen.height / 2): void {
    this.view = zoomed(this.view, factor, x, y);
    this.fittedTo = false;
    this.redraw();
  }

  actual(): void {
    const { sketch } = this.app.doc;
    if (!sketch) return;
    this.view = centred(sketch, this.screen, 1 / devicePixelRatio);
    this.fittedTo = false;
    this.redraw();
  }

  private pan(dx: number, dy: number): void {
    const { sketch } = this.app.doc;
    if (!sketch) return;
    this.view = moved(this.view, dx, dy, sketch, this.screen);
    this.fittedTo = false;
  }

  private spot(event: { offsetX: number; offsetY: number }): [number, number] {
    return toPage(this.view, event.offsetX, event.offsetY);
  }

  private inside(x: number, y: number): boolean {
    const { sketch } = this.app.doc;
    return !!sketch && x >= 0 && y >= 0 && x < sketch.width && y < sketch.height;
  }

  down(event: PointerEvent): void {
    if (!this.app.doc.sketch) return;
    this.canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "pen") this.penSeen = true;
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      if (this.fingers.size > 1) {
        this.drop();
        this.action = "pan";
        return;
      }
    }
    this.last = { x: event.offsetX, y: event.offsetY };
    const palm = event.pointerType === "touch" && this.penSeen;
    if (event.button === 1 || palm || this.tool === "hand") this.action = "pan";
    else if (event.button === 0 && this.onDivider(event)) this.action = "divide";
    else if (event.pointerType === "touch") this.waiting = touched(event);
    else if (event.button === 0 || event.button === 5) this.use(event);
    this.redraw();
  }

  private use(event: Touched): void {
    this.waiting = null;
    const [x, y] = this.spot(event);
    const pen = event.pointerType === "pen";
    // Button 5 is the eraser end of a pen; Alt picks, as in paint programs.
    const tool = event.button === 5 ? "eraser" : event.altKey ? "picker" : this.tool;
    if (tool === "picker") this.pick(x, y);
    else if (tool === "eraser") {
      this.action = "erase";
      this.erasing += 1;
      this.rub(x, y);
    } else if (tool === "point") this.point(x, y);
    else {
      this.action = "stroke";
      groups += 1;
      this.stroke = new StrokeDraft(this.app.color, groups);
      this.stroke.add(x, y, pressed(this.app.radius, event.pressure, pen));
      this.drafts = this.stroke.hints();
    }
  }

  move(event: PointerEvent): void {
    const [x, y] = this.spot(event);
    this.cursor = event.pointerType === "touch" ? null : { x, y, cross: false };
    const finger = this.fingers.get(event.pointerId);
    if (this.waiting?.pointerId === event.pointerId) {
      const { offsetX: fromX, offsetY: fromY } = this.waiting;
      if (Math.hypot(event.offsetX - fromX, event.offsetY - fromY) <= TREMBLE) return;
      this.use(this.waiting);
    }
    if (finger && this.fingers.size === 2) {
      this.pinch(event, finger);
    } else if (finger && this.fingers.size > 2) {
      [finger.x, finger.y] = [event.offsetX, event.offsetY];
    } else if (this.action === "pan") {
      this.pan(event.offsetX - this.last.x, event.offsetY - this.last.y);
    } else if (this.action === "divide") {
      const { sketch } = this.app.doc;
      this.app.set({ compare: Math.min(1, Math.max(0, x / sketch!.width)) });
    } else if (this.action === "erase") this.rub(x, y);
    else if (this.action === "stroke" && this.stroke) {
      const pen = event.pointerType === "pen";
      for (const step of event.getCoalescedEvents?.() ?? [event]) {
        // Offsets of coalesced events are not told reliably; client positions are.
        const box = this.canvas.getBoundingClientRect();
        const at = toPage(this.view, step.clientX - box.left, step.clientY - box.top);
        this.stroke.add(...at, pressed(this.app.radius, step.pressure, pen));
      }
      this.drafts = this.stroke.hints();
    }
    this.last = { x: event.offsetX, y: event.offsetY };
    this.canvas.dataset.over = !this.action && this.onDivider(event) ? "divider" : "";
    this.redraw();
  }

  private pinch(event: PointerEvent, finger: { x: number; y: number }): void {
    const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    const { offsetX: x, offsetY: y } = event;
    const before = Math.hypot(finger.x - other!.x, finger.y - other!.y);
    const after = Math.hypot(x - other!.x, y - other!.y);
    this.pan((x - finger.x) / 2, (y - finger.y) / 2);
    if (before > 0 && after > 0) {
      const [midX, midY] = [(x + other!.x) / 2, (y + other!.y) / 2];
      this.view = zoomed(this.view, after / before, midX, midY);
    }
    finger.x = x;
    finger.y = y;
  }

  up(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    if (this.waiting?.pointerId === event.pointerId) this.use(this.waiting);
    if (this.action === "stroke" && this.stroke) this.place(this.stroke.hints());
    if (this.action === "erase") this.app.settle();
    this.drop();
    this.redraw();
  }

  /** Forget what was begun: a second finger came, or the system took the pointer. */
  drop(): void {
    this.action = null;
    this.waiting = null;
    this.stroke = null;
    this.drafts = [];
  }

  private place(drawn: readonly Hint[]): void {
    // Every piece begins inside, or a slip beside the page would colour its edge.
    const kept = drawn.filter(({ points }) => points.some(([x, y]) => this.inside(x, y)));
    if (!kept.length) return;
    this.app.setHints([...this.app.doc.hints, ...kept]);
    this.app.tell({ word: "hintPlaced" });
  }

  private point(x: number, y: number): void {
    groups += 1;
    const { color, radius } = this.app;
    this.place([{ kind: "point", points: [[x, y]], radius, color, group: groups }]);
  }

  private rub(x: number, y: number): void {
    const left = erased(this.app.doc.hints, x, y, this.app.radius);
    if (left === this.app.doc.hints) return;
    this.app.setHints(left, `erase ${this.erasing}`);
    this.app.tell({ word: "hintErased" });
  }

  private pick(x: number, y: number): void {
    if (!this.inside(x, y)) return;
    const [bitmap, scale] = visibleBitmap(this.app, x)!;
    this.app.pick(hexAt(bitmap, x * scale, y * scale));
  }

  private onDivider(event: { offsetX: number; offsetY: number }): boolean {
    const { sketch } = this.app.doc;
    const { compare, picture } = this.app;
    if (!sketch || !picture || compare <= 0 || compare >= 1) return false;
    const x = this.view.x + compare * sketch.width * this.view.zoom;
    const y = this.view.y + (sketch.height / 2) * this.view.zoom;
    const grip = Math.hypot(event.offsetX - x, event.offsetY - y) < GRIP + 6;
    return grip || Math.abs(event.offsetX - x) < 5;
  }

  wheel(event: WheelEvent): void {
    if (!this.app.doc.sketch) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
    if (event.shiftKey) this.pan(-unit * (event.deltaX || event.deltaY), 0);
    else {
      const steps = Math.max(-120, Math.min(120, unit * event.deltaY));
      const speed = event.ctrlKey ? 0.01 : 0.0022;
      this.view = zoomed(this.view, Math.exp(-steps * speed), event.offsetX, event.offsetY);
      this.fittedTo = false;
    }
    this.redraw();
  }

  /** Keys while the picture has the focus. Returns whether it took the key. */
  key(event: KeyboardEvent): boolean {
    const { sketch } = this.app.doc;
    if (!sketch || event.ctrlKey || event.metaKey) return false;
    const step = (event.shiftKey ? 40 : 8) / this.view.zoom;
    const at = this.cursor ?? { x: sketch.width / 2, y: sketch.height / 2 };
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const way = steps[event.key];
    if (way) {
      const x = Math.min(Math.max(at.x + way[0], 0), sketch.width - 1);
      const y = Math.min(Math.max(at.y + way[1], 0), sketch.height - 1);
      this.cursor = { x, y, cross: true };
      this.app.tell({ word: "position", values: { x: Math.round(x), y: Math.round(y) } });
    } else if (event.key === "Enter") {
      this.cursor = { ...at, cross: true };
      const { tool } = this;
      if (tool === "eraser") {
        this.erasing += 1;
        this.rub(at.x, at.y);
      } else if (tool === "picker") this.pick(at.x, at.y);
      else if (tool !== "hand") this.point(at.x, at.y);
    } else return false;
    this.redraw();
    return true;
  }
}

function touched(event: PointerEvent): Touched {
  const { offsetX, offsetY, pointerId, pointerType, pressure, button, altKey } = event;
  return { offsetX, offsetY, pointerId, pointerType, pressure, button, altKey };
}

export type BoardHandle = Board;

export function Canvas({ onBoard }: { onBoard: (board: Board) => void }) {
  const { app, t } = useShared();
  const element = useRef<HTMLCanvasElement>(null);
  const board = useRef<Board | null>(null);

  useEffect(() => {
    const canvas = element.current!;
    const made = new Board(canvas, app);
    board.current = made;
    onBoard(made);
    const sizes = new ResizeObserver(() => made.resize());
    sizes.observe(canvas);
    const wheel = (event: WheelEvent) => made.wheel(event);
    canvas.addEventListener("wheel", wheel, { passive: false });
    return () => {
      sizes.disconnect();
      canvas.removeEventListener("wheel", wheel);
    };
  }, [app, onBoard]);

  useEffect(() => board.current?.redraw());

  const to = (work: (made: Board, event: PointerEvent) => void) => (event: PointerEvent) =>
    board.current && work(board.current, event);
  return (
    <canvas
      ref={element}
      class="canvas"
      tabIndex={0}
      role="application"
      aria-label={t("canvas")}
      onPointerDown={to((made, event) => made.down(event))}
      onPointerMove={to((made, event) => made.move(event))}
      onPointerUp={to((made, event) => made.up(event))}
      onPointerCancel={to((made, event) => {
        made.drop();
        made.up(event);
      })}
      onPointerLeave={to((made) => {
        if (!made.cursor?.cross) made.cursor = null;
        made.redraw();
      })}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (board.current?.key(event)) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    />
  );
}
