import { useRef, useState } from "preact/hooks";
import { LIGHTS, type Asset, type Layers, type Light, type Lock } from "../doc";
import type { Swatch } from "../engine";
import { Icon } from "../icons";
import { hexAt } from "../pictures";
import { useShared } from "./context";
import { Opener } from "./opener";

export function ReferencesPanel() {
  const { app, t } = useShared();
  const { references } = app.doc;
  const full = references.length >= (app.about?.maxReferences ?? 8);
  return (
    <section class="panel references" aria-labelledby="references-title">
      <header>
        <h2 id="references-title">{t("references")}</h2>
        {!full && (
          <Opener target="reference" class="tiny" label={t("addReference")}>
            <Icon name="plus" />
          </Opener>
        )}
      </header>
      <ul>
        {references.map((asset) => (
          <li key={asset.key}>
            <Reference asset={asset} />
          </li>
        ))}
      </ul>
      {references.length > 0 && <p class="hint">{t("pickFrom")}</p>}
    </section>
  );
}

/** A reference's picture; a click takes the colour under the pointer. */
function Reference({ asset }: { asset: Asset }) {
  const { app, t } = useShared();
  const [over, setOver] = useState<string | null>(null);
  const drawn = useRef<HTMLCanvasElement | null>(null);
  const scale = Math.min(1, 560 / Math.max(asset.width, asset.height));
  const width = Math.max(1, Math.round(asset.width * scale));
  const height = Math.max(1, Math.round(asset.height * scale));
  const at = (event: MouseEvent) => {
    const box = drawn.current!.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * asset.width;
    const y = ((event.clientY - box.top) / box.height) * asset.height;
    const clamp = (value: number, side: number) => Math.min(Math.max(value, 0), side - 1);
    return hexAt(asset.bitmap, clamp(x, asset.width), clamp(y, asset.height));
  };
  return (
    <figure class="reference">
      <canvas
        ref={(canvas) => {
          if (!canvas || canvas === drawn.current) return;
          drawn.current = canvas;
          const context = canvas.getContext("2d")!;
          context.imageSmoothingQuality = "high";
          context.drawImage(asset.bitmap, 0, 0, width, height);
        }}
        width={width}
        height={height}
        role="img"
        aria-label={`${t("reference")}: ${asset.name}`}
        onPointerMove={(event) => setOver(at(event))}
        onPointerLeave={() => setOver(null)}
        onClick={(event) => app.pick(at(event))}
      />
      {over && <span class="loupe" style={{ background: over }} aria-hidden="true" />}
      <button
        type="button"
        class="tiny remove"
        aria-label={t("removeReference", { name: asset.name })}
        title={t("removeReference", { name: asset.name })}
        onClick={() => app.removeReference(asset.key)}
      >
        <Icon name="close" />
      </button>
    </figure>
  );
}

export function PalettePanel() {
  const { app, t } = useShared();
  const { palette } = app.doc;
  const entries = app.entries();
  const own = palette.lock === "colors";
  const listed: Swatch[] = own ? palette.colors.map((hex) => ({ hex, share: 0 })) : entries;
  const blends = palette.lock === "none" ? app.blends() : [];
  const locks: [Lock, string, string][] = [
    ["none", t("lockNone"), t("lockNoneHelp")],
    ["reference", t("lockReference"), t("lockReferenceHelp")],
    ["colors", t("lockColors"), t("lockColorsHelp")],
  ];
  return (
    <section class="panel palette" aria-labelledby="palette-title">
      <header>
        <h2 id="palette-title">{t("palette")}</h2>
        {palette.lock !== "none" && (
          <span class="locked">
            <Icon name="lock" />
          </span>
        )}
      </header>
      <p class="hint">{listed.length ? t("paletteHelp") : t("paletteEmpty")}</p>
      <div class="swatches">
        {listed.map((swatch) => (
          <SwatchButton key={swatch.hex} swatch={swatch} share={!own} />
        ))}
        {own && (
          <button
            type="button"
            class="swatch add"
            title={t("addColor")}
            aria-label={t("addColor")}
            onClick={() => app.setColors([...new Set([...palette.colors, app.color])])}
          >
            <Icon name="plus" />
          </button>
        )}
      </div>
      {blends.length > 0 && (
        <div class="swatches blends" role="group" aria-label={t("blends")} title={t("blends")}>
          {blends.map((swatch) => (
            <SwatchButton key={swatch.hex} swatch={swatch} share />
          ))}
        </div>
      )}
      <Chosen own={own} />
      <fieldset class="segments">
        <legend>{t("lockTitle")}</legend>
        <div>
          {locks.map(([lock, name, help]) => (
            <label key={lock} title={help}>
              <input
                type="radio"
                name="lock"
                checked={palette.lock === lock}
                disabled={lock === "reference" && !entries.length}
                onChange={() => app.setLock(lock)}
              />
              <span>
                {lock === "reference" && <Icon name="lock" />}
                {name}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <p class="hint">{locks.find(([lock]) => lock === palette.lock)![2]}</p>
    </section>
  );
}

function SwatchButton(props: { swatch: Swatch; share: boolean }) {
  const { app, t } = useShared();
  const { hex, share } = props.swatch;
  const other = app.doc.palette.replace.find(({ from }) => from === hex)?.to;
  const percent = `${Math.max(1, Math.round(share * 100))} %`;
  const name = other
    ? t("swatchReplaced", { color: hex, other })
    : props.share && share
      ? t("swatch", { color: hex, share: percent })
      : hex;
  return (
    <button
      type="button"
      class="swatch"
      title={name}
      aria-label={name}
      aria-pressed={app.chosen === hex}
      onClick={() => {
        app.set({ chosen: hex });
        app.pick(other ?? hex);
      }}
    >
      <span class="fill" style={{ background: other ?? hex }} />
      {other && <span class="was" style={{ background: hex }} />}
    </button>
  );
}

/** What can be done with the selected swatch. */
function Chosen({ own }: { own: boolean }) {
  const { app, t } = useShared();
  const { chosen } = app;
  const { palette } = app.doc;
  const there =
    chosen !== null &&
    (own
      ? palette.colors.includes(chosen)
      : [...app.entries(), ...app.blends()].some(({ hex }) => hex === chosen));
  if (!there) return null;
  const other = palette.replace.find(({ from }) => from === chosen)?.to;
  return (
    <div class="chosen" role="group" aria-label={t("swatchChosen")}>
      <span class="chip" style={{ background: chosen }} aria-hidden="true" />
      <label>
        <span>{t("replaceWith")}</span>
        <input
          type="color"
          value={other ?? chosen}
          onInput={(event) => app.replace(chosen, event.currentTarget.value)}
          onChange={() => app.settle()}
        />
      </label>
      {other && (
        <button type="button" class="quiet" onClick={() => app.replace(chosen, chosen)}>
          {t("replaceReset")}
        </button>
      )}
      {own && palette.colors.length > 1 && (
        <button
          type="button"
          class="tiny"
          aria-label={t("removeColor", { color: chosen })}
          title={t("removeColor", { color: chosen })}
          onClick={() => app.setColors(palette.colors.filter((hex) => hex !== chosen))}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

const LIGHT_WORDS = {
  auto: "lightAuto",
  left: "lightLeft",
  right: "lightRight",
  none: "lightNone",
} as const satisfies Record<Light, string>;

export function LayersPanel() {
  const { app, t } = useShared();
  const { layers, hints, coloredLines, light } = app.doc;
  const lit = app.painted?.layers.includes("highlight");
  const rows = [
    ...(lit ? ([["highlight", t("layerHighlight")]] as const) : []),
    ["shadow", t("layerShadow")],
    ["flat", t("layerFlat")],
    ["hints", t("layerHints")],
  ] as const;
  const row = (layer: keyof Layers, name: string) => (
    <li key={layer}>
      <label>
        <input
          type="checkbox"
          checked={layers[layer]}
          onChange={(event) => app.setLayers({ [layer]: event.currentTarget.checked })}
        />
        <span>{name}</span>
      </label>
    </li>
  );
  return (
    <section class="panel layers" aria-labelledby="layers-title">
      <header>
        <h2 id="layers-title">{t("layers")}</h2>
        <select
          aria-label={t("light")}
          title={t("lightHelp")}
          value={light}
          onChange={(event) =>
            app.change({ ...app.doc, light: event.currentTarget.value as Light })
          }
        >
          {LIGHTS.map((one) => (
            <option key={one} value={one}>
              {t(LIGHT_WORDS[one])}
            </option>
          ))}
        </select>
        {hints.length > 0 && (
          <button type="button" class="quiet" onClick={() => app.setHints([])}>
            {t("clearHints")}
          </button>
        )}
      </header>
      <ul>
        {row("line", t("layerLine"))}
        <li>
          <label title={t("coloredLinesHelp")}>
            <input
              type="checkbox"
              title={t("coloredLinesHelp")}
              checked={coloredLines}
              onChange={(event) =>
                app.change({ ...app.doc, coloredLines: event.currentTarget.checked })
              }
            />
            <span>{t("coloredLines")}</span>
          </label>
        </li>
        {rows.map(([layer, name]) => row(layer, name))}
      </ul>
    </section>
  );
}
