import type { Asset } from "../doc";
import { Icon } from "../icons";
import { useEffect, useState } from "preact/hooks";
import { useShared } from "./context";
import { Opener } from "./opener";

/** A finger and no mouse: nothing can be dropped. */
const TOUCH = matchMedia("(hover: none) and (pointer: coarse)").matches;
/** Whether the studio runs on the computer that shows the page. */
const HERE = /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);

/** What is there before there is anything to paint: two places to fill, and examples. */
export function Welcome() {
  const { app, t } = useShared();
  const { sketch, references } = app.doc;
  const reference = references[0] ?? null;
  return (
    <div class="welcome">
      <h1>{sketch ? t("referenceNext") : reference ? t("sketchNext") : t("tagline")}</h1>
      <div class="places">
        <Place target="sketch" asset={sketch} />
        <span class="plus" aria-hidden="true">
          <Icon name="plus" />
        </span>
        <Place target="reference" asset={reference} />
      </div>
      {sketch && (
        <button type="button" class="quiet" onClick={() => app.paintWithoutReference()}>
          {t("noReference")}
        </button>
      )}
      {!sketch && !reference && app.examples.length > 0 && (
        <section class="examples" aria-labelledby="examples-title">
          <h2 id="examples-title">{t("examples")}</h2>
          <ul>
            {app.examples.map((example) => (
              <li key={example.id}>
                <button
                  type="button"
                  aria-label={t("exampleOpen", { name: example.name })}
                  title={example.name}
                  onClick={() => void app.openExample(example)}
                >
                  <ExamplePicture url={example.sketch} />
                  <ExamplePicture url={example.references[0]!} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p class="private">
        <Icon name="lock" />
        {t(app.engine.local ? "localNote" : HERE ? "private" : "privateElsewhere")}
      </p>
    </div>
  );
}

function Place({ target, asset }: { target: "sketch" | "reference"; asset: Asset | null }) {
  const { t } = useShared();
  if (asset) return <Filled asset={asset} label={t(target)} />;
  const sketch = target === "sketch";
  return (
    <Opener target={target} class={`place ${target}`} id={`open-${target}`}>
      <Icon name={sketch ? "pencil" : "picture"} />
      <strong>{t(target)}</strong>
      {TOUCH ? (
        <span>{t(sketch ? "sketchTap" : "referenceTap")}</span>
      ) : (
        <>
          <span>{t(sketch ? "sketchDrop" : "referenceDrop")}</span>
          <small>{t(sketch ? "sketchHelp" : "referenceHelp")}</small>
        </>
      )}
    </Opener>
  );
}

function Filled({ asset, label }: { asset: Asset; label: string }) {
  return (
    <figure class="place filled">
      <Thumb blob={asset.blob} alt={`${label}: ${asset.name}`} />
      <figcaption>
        <Icon name="check" />
        {label}
      </figcaption>
    </figure>
  );
}

function ExamplePicture({ url }: { url: string }) {
  const { app } = useShared();
  const [blob, setBlob] = useState<Blob | null>(null);
  useEffect(() => {
    // Fetched by the engine, because an <img> cannot send a token.
    app.engine.fetch(url).then(setBlob, () => {});
  }, [app, url]);
  return blob ? <Thumb blob={blob} alt="" /> : <span class="blank" />;
}

function Thumb({ blob, alt }: { blob: Blob; alt: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url ? <img src={url} alt={alt} draggable={false} /> : <span class="blank" />;
}
