/** Line icons on a grid of 24, drawn for this page. */

const PATHS = {
  undo: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "m15 14 5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
  brush: "M14 4.5 19.5 10 11 18.5c-2 2-5.5 2-7.5 1.5 1.5-1 1-3.5 2.5-5.5zM9 12l4.5 4.5",
  point: "M12 5v2M12 17v2M5 12h2M17 12h2M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
  eraser: "m8 20-4.5-4.5a1.5 1.5 0 0 1 0-2L13 4a1.5 1.5 0 0 1 2 0l5 5a1.5 1.5 0 0 1 0 2l-9 9zM8.5 8.5l7 7M11 20h10",
  picker: "m14 6 4 4M12.5 7.5 5 15c-1 1-1 3-1.5 5 2-.5 4-.5 5-1.5l7.5-7.5M14.5 5.5l2-2a2.1 2.1 0 0 1 3 0l1 1a2.1 2.1 0 0 1 0 3l-2 2z",
  hand: "M12 3v18M3 12h18M12 3 9.5 5.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  close: "m6 6 12 12M18 6 6 18",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  fresh: "M6 3h8l4 4v14H6zM14 3v4h4",
  folder: "M3 7V5h6l2 2.5h10V19H3z",
  pencil: "M4 20l1-4L16 5l3 3L8 19z",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15 8.5h.01",
  check: "m5 13 4 4L19 7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
