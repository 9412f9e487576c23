import { render } from "preact";
import { App } from "./app";
import type { Engine } from "./engine";
import { ServerEngine } from "./server";
import "./style/base.css";
import "./style/frame.css";
import "./style/welcome.css";
import "./style/tools.css";
import "./style/help.css";
import "./style/panels.css";
import "./style/screens.css";
import { Studio } from "./ui/studio";

async function engine(): Promise<Engine> {
  const kind = document.querySelector<HTMLMetaElement>('meta[name="style2color-engine"]');
  if (kind?.content === "local") {
    const { LocalEngine } = await import("./local/engine");
    return new LocalEngine();
  }
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  return new ServerEngine(token);
}

const app = new App(await engine());
render(<Studio app={app} />, document.getElementById("app")!);
void app.start();
