import { useEffect, useRef, useState } from "preact/hooks";
import type { Tool } from "../app";
import type { FileFormat } from "../engine";
import { Icon, type IconName } from "../icons";
import { LANGUAGES, type Language, type Word } from "../i18n";
import { whole } from "../pictures";
import type { BoardHandle } from "./canvas";
import { useShared } from "./context";
import { Opener } from "./opener";

export function TopBar({ working }: { working: boolean }) {
  const { app, t } = useShared();
  return (
    <header class="top">
      <span class="brand">
        <img src="icon.svg" alt="" width={26} height={26} />
        <b>style2color</b>
      </span>
      {working && (
        <div class="group">
          <Button icon="fresh" word="startAgain" onClick={() => app.startAgain()} wide />
          <Opener target="sketch" class="button wide" label={t("openSketch")}>
            <Icon name="folder" />
            <span>{t("openSketch")}</span>
          </Opener>
        </div>
      )}
      <div class="group">
        <Button
          icon="undo"
          word="undo"
          keys="Ctrl+Z"
          disabled={!app.canUndo}
          onClick={() => app.undo()}
        />
        <Button
          icon="redo"
          word="redo"
          keys="Ctrl+Shift+Z"
          disabled={!app.canRedo}
          onClick={() => app.redo()}
        />
      </div>
      <span class="spring" />
      <div class="group">
        <select
          class="language"
          aria-label={t("language")}
          value={app.settings.language}
          onChange={(event) => {
            app.settings.setLanguage(event.currentTarget.value as Language);
            app.changed();
          }}
        >
          {LANGUAGES.map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
        <Button
          icon={app.settings.theme === "dark" ? "sun" : "moon"}
          word="theme"
          onClick={() => {
            app.settings.toggleTheme();
            app.changed();
          }}
        />
        <button
          type="button"
          class="button"
          aria-label={t("shortcuts")}
          title={`${t("shortcuts")} (?)`}
          onClick={() => app.set({ helping: true })}
        >
          <b aria-hidden="true">?</b>
        </button>
      </div>
      {working && <DownloadMenu />}
    </header>
  );
}

function Button(props: {
  icon: IconName;
  word: Word;
  keys?: string;
  disabled?: boolean;
  wide?: boolean;
  onClick: () => void;
}) {
  const { t } = useShared();
  const name = t(props.word);
  return (
    <button
      type="button"
      class={props.wide ? "button wide" : "button"}
      aria-label={name}
      title={props.keys ? `${name} (${props.keys})` : name}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
      {props.wide && <span>{name}</span>}
    </button>
  );
}

function DownloadMenu() {
  const { app, t } = useShared();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const { layers, hints } = app.doc;
  const kinds: [FileFormat | "json", Word, Word][] = [
    ["psd", "downloadPsd", "downloadPsdHelp"],
    ["ora", "downloadOra", "downloadOraHelp"],
    ["png", "downloadPng", whole(app.painted, layers) ? "downloadPngHelp" : "downloadPngShown"],
  ];
  if (hints.length) kinds.push(["json", "downloadHints", "downloadHintsHelp"]);

  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const away = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away, true);
    return () => removeEventListener("pointerdown", away, true);
  }, [open]);

  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  return (
    <div
      class="menu"
      ref={root}
      onKeyDown={(event) => {
        if (!open) return;
        const items = [...root.current!.querySelectorAll<HTMLElement>("[role=menuitem]")];
        const at = items.indexOf(document.activeElement as HTMLElement);
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (event.key === "Escape") close();
        else if (event.key === "Tab") setOpen(false);
        else if (step) items[(at + step + items.length) % items.length]?.focus();
        else return;
        if (event.key !== "Tab") event.preventDefault();
        event.stopPropagation();
      }}
    >
      <button
        type="button"
        class="primary"
        aria-haspopup="menu"
        aria-expanded={open}
        disabled={app.saving}
        onClick={() => setOpen(!open)}
      >
        <Icon name="download" />
        <span>{app.saving ? t("saving") : t("download")}</span>
      </button>
      {open && (
        <div role="menu" aria-label={t("download")} class="sheet">
          {kinds.map(([format, name, help]) => (
            <button
              key={format}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-format={format}
              onClick={() => {
                close();
                void app.download(format);
              }}
            >
              <b>{t(name)}</b>
              <small>{t(help)}</small>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

const TOOLS: readonly [Tool, IconName, string][] = [
  ["brush", "brush", "B"],
  ["point", "point", "N"],
  ["eraser", "eraser", "E"],
  ["picker", "picker", "I"],
  ["hand", "hand", "H"],
];

export function ToolBar() {
  const { app, t } = useShared();
  const { sketch } = app.doc;
  const most = Math.max(8, Math.round(Math.max(sketch!.width, sketch!.height) / 20));
  return (
    <div class="tools" role="toolbar" aria-label={t("tools")} aria-orientation="vertical">
      {TOOLS.map(([tool, icon, key]) => (
        <button
          key={tool}
          type="button"
          class="tool"
          aria-label={t(tool)}
          aria-pressed={app.tool === tool}
          aria-keyshortcuts={key}
          title={`${t(tool)} (${key})`}
          onClick={() => app.set({ tool })}
        >
          <Icon name={icon} />
        </button>
      ))}
      <label class="color" title={t("color")}>
        <span class="chip" style={{ background: app.color }} />
        <input
          type="color"
          aria-label={t("color")}
          value={app.color}
          onInput={(event) => app.set({ color: event.currentTarget.value })}
        />
      </label>
      <label class="size" title={`${t("size")} ([ ])`}>
        <span>{app.radius}</span>
        <input
          type="range"
          aria-label={t("size")}
          min={1}
          max={most}
          value={app.radius}
          onInput={(event) => app.set({ radius: Number(event.currentTarget.value) })}
        />
      </label>
    </div>
  );
}

export function BottomBar({ board }: { board: BoardHandle | null }) {
  const { app, t } = useShared();
  const { status } = app;
  return (
    <footer class="bottom">
      <div class="status">
        <p role="status">{app.opening ? t("reading") : status && t(status.word, status.values)}</p>
        {app.busy && app.doc.sketch && (
          <button type="button" class="quiet" onClick={() => app.cancel()}>
            {t("cancel")}
          </button>
        )}
        {!app.busy && !app.finished && (
          <button type="button" class="quiet" onClick={() => app.paint()}>
            {t("paintAgain")}
          </button>
        )}
      </div>
      <div class="compare" role="group" aria-label={t("compare")}>
        <button type="button" class="quiet" onClick={() => app.set({ compare: 1 })}>
          {t("compareSketch")}
        </button>
        <input
          type="range"
          min={0}
          max={100}
          disabled={!app.picture}
          value={100 - Math.round(app.compare * 100)}
          aria-label={t("compare")}
          aria-valuetext={`${t("comparePainting")} ${100 - Math.round(app.compare * 100)} %`}
          onInput={(event) => app.set({ compare: 1 - Number(event.currentTarget.value) / 100 })}
        />
        <button type="button" class="quiet" onClick={() => app.set({ compare: 0 })}>
          {t("comparePainting")}
        </button>
      </div>
      <div class="group zoom">
        <Button icon="minus" word="zoomOut" keys="−" onClick={() => board?.zoom(1 / 1.25)} />
        <Button icon="plus" word="zoomIn" keys="+" onClick={() => board?.zoom(1.25)} />
        <Button icon="fit" word="zoomFit" keys="0" onClick={() => app.fit()} />
      </div>
    </footer>
  );
}
