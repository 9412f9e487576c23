import { useEffect } from "preact/hooks";
import type { App, Tool } from "../app";
import { paintable } from "../doc";
import type { BoardHandle } from "./canvas";

const TOOLS: Record<string, Tool> = {
  b: "brush",
  n: "point",
  e: "eraser",
  i: "picker",
  h: "hand",
};

function opens(target: "sketch" | "reference"): void {
  document.querySelector<HTMLInputElement>(`input[data-opens=${target}]`)?.click();
}

/** Shortcuts with Ctrl or ⌘: they work wherever the focus is. */
function command(app: App, key: string, shift: boolean): boolean {
  const working = paintable(app.doc);
  if (key === "z" && !shift) app.undo();
  else if ((key === "z" && shift) || key === "y") app.redo();
  else if (key === "o") opens(shift ? "reference" : "sketch");
  else if (key === "s" && working) void app.download("psd");
  else return false;
  return true;
}

function plain(app: App, board: BoardHandle | null, event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (event.key === "?") {
    app.set({ helping: true });
    return true;
  }
  if (event.key === "Escape") {
    if (app.busy) app.cancel();
    else app.hush();
    return true;
  }
  if (!paintable(app.doc)) return false;
  const tool = TOOLS[key];
  const step = Math.max(1, Math.round(app.radius * 0.15));
  if (tool) app.set({ tool });
  else if (event.key === "[") app.set({ radius: Math.max(1, app.radius - step) });
  else if (event.key === "]") app.set({ radius: app.radius + step });
  else if (event.key === "+" || event.key === "=") board?.zoom(1.25);
  else if (event.key === "-") board?.zoom(1 / 1.25);
  else if (event.key === "0") app.fit();
  else if (event.key === "1") board?.actual();
  else if (key === "c") app.set({ compare: app.compare > 0 ? 0 : 1 });
  else if (key === "l") app.setLock(app.doc.palette.lock === "none" ? "reference" : "none");
  else return false;
  return true;
}

/** Whether letters typed here are meant for the field and not as shortcuts. */
function typing(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) {
    return !["range", "checkbox", "radio", "color"].includes(target.type);
  }
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

export function useKeys(app: App, board: BoardHandle | null): void {
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (event.defaultPrevented || app.helping || event.isComposing) return;
      const onControl = (event.target as Element).closest?.("button, input, select, [role=menu]");
      if (event.key === " " && board && !onControl) {
        board.held = "hand";
        board.redraw();
        event.preventDefault();
        return;
      }
      const control = event.ctrlKey || event.metaKey;
      const done = control
        ? !event.altKey && command(app, event.key.toLowerCase(), event.shiftKey)
        : !event.altKey && !typing(event.target) && plain(app, board, event);
      if (done) event.preventDefault();
    };
    const release = () => {
      if (!board?.held) return;
      board.held = null;
      board.redraw();
    };
    const up = (event: KeyboardEvent) => {
      if (event.key === " ") release();
    };
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    addEventListener("blur", release);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
      removeEventListener("blur", release);
    };
  }, [app, board]);
}
