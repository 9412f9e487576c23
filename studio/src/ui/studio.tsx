import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import type { App, Target } from "../app";
import { paintable } from "../doc";
import { Icon } from "../icons";
import { translator } from "../i18n";
import { BottomBar, ToolBar, TopBar } from "./bars";
import { Canvas, type BoardHandle } from "./canvas";
import { Context, useShared } from "./context";
import { Help } from "./help";
import { useKeys } from "./keys";
import { LayersPanel, PalettePanel, ReferencesPanel } from "./panels";
import { Welcome } from "./welcome";

export function Studio({ app }: { app: App }) {
  const [, again] = useReducer((n: number) => n + 1, 0);
  const [board, setBoard] = useState<BoardHandle | null>(null);
  const dragging = useDropping(app);
  const { language } = app.settings;
  const shared = useMemo(() => ({ app, t: translator(language) }), [app, language]);
  const { t } = shared;
  const working = paintable(app.doc);
  useEffect(() => app.subscribe(() => again(0)), [app]);
  useKeys(app, board);
  useEffect(() => {
    const name = app.doc.sketch?.name;
    document.title = name ? `${name} – style2color` : "style2color";
  });
  return (
    <Context.Provider value={shared}>
      <div
        class={working ? "studio working" : "studio"}
        data-state={app.busy ? "painting" : app.finished ? "finished" : "waiting"}
      >
        <TopBar working={working} />
        {app.notice && <NoticeLine />}
        {working ? (
          <>
            <ToolBar />
            <main class="stage">
              <Canvas onBoard={setBoard} />
              <ProgressLine />
              <Tip />
            </main>
            <aside class="side">
              <ReferencesPanel />
              <PalettePanel />
              <LayersPanel />
            </aside>
            <BottomBar board={board} />
          </>
        ) : (
          <main class="stage">
            <Welcome />
          </main>
        )}
        {dragging && <DropOverlay />}
        {app.helping && <Help />}
        <p class="unseen" role="status">
          {app.whisper && t(app.whisper.word, app.whisper.values)}
        </p>
      </div>
    </Context.Provider>
  );
}

function ProgressLine() {
  const { app, t } = useShared();
  if (!app.busy) return null;
  const share = app.progress?.state === "running" ? app.progress.share : null;
  return (
    <progress
      class="progress"
      aria-label={t("painting")}
      {...(share === null ? {} : { value: share, max: 1 })}
    />
  );
}

/** What to do next, until it has been done once. */
function Tip() {
  const { app, t } = useShared();
  if (!app.finished || app.touched || app.tipped) return null;
  return (
    <div class="tip">
      <p>{t("dabTip")}</p>
      <button
        type="button"
        class="tiny"
        aria-label={t("dismiss")}
        onClick={() => app.set({ tipped: true })}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function NoticeLine() {
  const { app, t } = useShared();
  const notice = app.notice!;
  return (
    <div class={`notice ${notice.tone}`} role={notice.tone === "error" ? "alert" : "status"}>
      <p>{t(notice.word, notice.values)}</p>
      {notice.action && (
        <button type="button" class="quiet" onClick={notice.action.run}>
          {t(notice.action.word)}
        </button>
      )}
      <button type="button" class="tiny" aria-label={t("dismiss")} onClick={() => app.hush()}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function DropOverlay() {
  const { t } = useShared();
  return (
    <div class="overlay">
      <div class="place" data-drop="sketch">
        <Icon name="pencil" />
        <strong>{t("dropSketch")}</strong>
      </div>
      <div class="place" data-drop="reference">
        <Icon name="picture" />
        <strong>{t("dropReference")}</strong>
      </div>
    </div>
  );
}

const LEAVE_MS = 600; // browsers repeat dragover every 50 to 550 ms

/** Files dragged over the window; where they fall decides what they become. */
function useDropping(app: App): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let timer = 0;
    let lit: Element | null = null;
    const light = (place: Element | null) => {
      if (place === lit) return;
      lit?.classList.remove("over");
      place?.classList.add("over");
      lit = place;
    };
    const place = (event: DragEvent) => (event.target as Element).closest?.("[data-drop]") ?? null;
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes("Files");
    const drag = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      setOver(paintable(app.doc));
      light(place(event));
      // There is no reliable event for leaving the window: dragover just stops.
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        setOver(false);
        light(null);
      }, LEAVE_MS);
    };
    const drop = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      const target = (place(event)?.getAttribute("data-drop") ?? "auto") as Target;
      clearTimeout(timer);
      setOver(false);
      light(null);
      void app.open([...event.dataTransfer!.files], target);
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) void app.open(files, "auto");
    };
    addEventListener("dragover", drag);
    addEventListener("drop", drop);
    addEventListener("paste", paste);
    return () => {
      removeEventListener("dragover", drag);
      removeEventListener("drop", drop);
      removeEventListener("paste", paste);
    };
  }, [app]);
  return over;
}
