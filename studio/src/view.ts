/** Where the page lies on the screen: zoom and pan, in CSS pixels. */

export interface View {
  readonly zoom: number;
  /** Screen position of the page's upper left corner. */
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MIN_ZOOM = 0.02;
const MAX_ZOOM = 32;

/** The whole page, centred, with a margin; small pages are enlarged at most fourfold. */
export function fitted(page: Size, screen: Size, margin = 28): View {
  const room = Math.min(
    Math.max(screen.width - 2 * margin, 40) / page.width,
    Math.max(screen.height - 2 * margin, 40) / page.height,
  );
  return centred(page, screen, clamped(Math.min(room, 4)));
}

export function centred(page: Size, screen: Size, zoom: number): View {
  return {
    zoom,
    x: (screen.width - page.width * zoom) / 2,
    y: (screen.height - page.height * zoom) / 2,
  };
}

/** Zoom by a factor and keep the point under (x, y) where it is. */
export function zoomed(view: View, factor: number, x: number, y: number): View {
  const zoom = clamped(view.zoom * factor);
  const grow = zoom / view.zoom;
  return { zoom, x: x - (x - view.x) * grow, y: y - (y - view.y) * grow };
}

/** Move, but keep a corner of the page in sight. */
export function moved(view: View, dx: number, dy: number, page: Size, screen: Size): View {
  const keep = 48;
  const within = (value: number, side: number, room: number) =>
    Math.min(Math.max(value, keep - side * view.zoom), room - keep);
  return {
    zoom: view.zoom,
    x: within(view.x + dx, page.width, screen.width),
    y: within(view.y + dy, page.height, screen.height),
  };
}

export function toPage(view: View, x: number, y: number): [number, number] {
  return [(x - view.x) / view.zoom, (y - view.y) / view.zoom];
}

function clamped(zoom: number): number {
  return Math.min(Math.max(zoom, MIN_ZOOM), MAX_ZOOM);
}
