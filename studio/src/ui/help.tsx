import { useEffect, useRef } from "preact/hooks";
import type { Word } from "../i18n";
import { Icon } from "../icons";
import { useShared } from "./context";

const mac = /Mac|iP(hone|ad)/.test(navigator.userAgent);
const CONTROL = mac ? "⌘" : "Ctrl";

const GROUPS: readonly [Word, readonly (readonly [Word, readonly string[]])[]][] = [
  [
    "keyPaint",
    [
      ["keyBrush", ["B"]],
      ["keyPoint", ["N"]],
      ["keyEraser", ["E"]],
      ["keyPicker", ["I"]],
      ["keyHand", ["H"]],
      ["keySize", ["[", "]"]],
      ["keyLock", ["L"]],
    ],
  ],
  [
    "keyView",
    [
      ["keyZoom", ["−", "+"]],
      ["keyFit", ["0"]],
      ["keyActual", ["1"]],
      ["keyCompare", ["C"]],
      ["keyHelp", ["?"]],
      ["keyEscape", ["Esc"]],
    ],
  ],
  [
    "keyWork",
    [
      ["keyUndo", [`${CONTROL} Z`, `${CONTROL} Y`]],
      ["keyOpen", [`${CONTROL} O`]],
      ["keyOpenReference", [`${CONTROL} Shift O`]],
      ["keyPaste", [`${CONTROL} V`]],
      ["keySave", [`${CONTROL} S`]],
    ],
  ],
];

export function Help() {
  const { app, t } = useShared();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  const close = () => app.set({ helping: false });
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <header>
        <h2 id="help-title">{t("shortcuts")}</h2>
        <button type="button" class="tiny" aria-label={t("close")} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="columns">
        {GROUPS.map(([title, rows]) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            <dl>
              {rows.map(([word, keys]) => (
                <div key={word}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{t(word)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="hint touch">{t("touchNote")}</p>
      <p class="hint">
        style2color {app.about?.version} · {app.about?.model}
      </p>
    </dialog>
  );
}
