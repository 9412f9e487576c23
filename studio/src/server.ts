/** The engine on this machine: the HTTP API of `style2color studio`. */

import { EMPTY, type Doc } from "./doc";
import {
  EngineError,
  type About,
  type Engine,
  type Example,
  type FileFormat,
  type LayerName,
  type Painted,
  type PaintSize,
  type Progress,
  type Swatch,
} from "./engine";
import { events } from "./events";
import { toFile } from "./hints";

const API = "api/v1";
const WATCH_MS = 5000;
const RETRY_MS = 700;
const BUSY_TRIES = 40;

interface Job {
  id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  error?: { error: string; message: string } | string | null;
  result?: {
    width: number;
    height: number;
    seconds: number;
    colors: Swatch[];
    layers: LayerName[];
    size: PaintSize;
  } | null;
}

/** What the server has been told, to send only what differs. */
interface Remote {
  session: string;
  sketch: string | null;
  references: { key: string; id: string; palette: Swatch[] }[];
  hints: string;
  palette: string;
}

/** The session or job is unknown: the server restarted, or let it expire. */
class Lost extends Error {}

export class ServerEngine implements Engine {
  readonly local = false;
  onTrouble: Engine["onTrouble"] = () => {};
  private remote: Remote | null = null;
  private boot: string | null = null;

  constructor(private readonly token: string | null) {
    setInterval(() => void this.watch(), WATCH_MS);
    // Who comes back to the page after a while is told at once.
    document.addEventListener("visibilitychange", () => void this.watch());
    addEventListener("pagehide", () => {
      if (!this.remote) return;
      const path = `${API}/sessions/${this.remote.session}`;
      void fetch(path, { method: "DELETE", headers: this.headers(), keepalive: true });
    });
  }

  async about(): Promise<About> {
    const told = await this.json<{
      version: string;
      boot: string;
      model: { name: string };
      limits: { max_references: number; preview_side: number; max_bytes: number };
    }>("/about");
    this.boot = told.boot;
    return {
      version: told.version,
      model: told.model.name,
      maxReferences: told.limits.max_references,
      previewSide: told.limits.preview_side,
      maxBytes: told.limits.max_bytes,
    };
  }

  async examples(): Promise<readonly Example[]> {
    return this.json("/examples");
  }

  async fetch(url: string): Promise<Blob> {
    const answer = await this.ask(url, {});
    return answer.blob();
  }

  async decoded(blob: Blob): Promise<Blob> {
    const { id } = await this.json<{ id: string }>("/sessions", { method: "POST" });
    try {
      await this.ask(`/sessions/${id}/sketch`, picture("PUT", blob));
      return await (await this.ask(`/sessions/${id}/sketch`, {})).blob();
    } finally {
      void this.ask(`/sessions/${id}`, { method: "DELETE" }).catch(() => {});
    }
  }

  async sync(doc: Doc, signal: AbortSignal): Promise<ReadonlyMap<string, readonly Swatch[]>> {
    return this.surviving(signal, async () => {
      const remote = await this.push(doc, signal);
      return new Map(remote.references.map(({ key, palette }) => [key, palette]));
    });
  }

  async paint(
    doc: Doc,
    size: PaintSize,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Painted> {
    return this.surviving(signal, async () => {
      const { session } = await this.push(doc, signal);
      const started = await this.json<Job>(`/sessions/${session}/jobs`, {
        ...body("POST", JSON.stringify({ size })),
        signal,
      });
      const cancel = () => {
        void this.ask(`/jobs/${started.id}`, { method: "DELETE" }).catch(() => {});
      };
      signal.addEventListener("abort", cancel, { once: true });
      try {
        const done = await this.follow(started, signal, onProgress);
        return await this.painted(done, signal);
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    });
  }

  private async follow(
    started: Job,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Job> {
    let job = started;
    const stream = await this.ask(`/jobs/${job.id}/events`, { signal });
    for await (const data of events(stream.body!)) {
      job = JSON.parse(data) as Job;
      if (job.state === "queued" || job.state === "running") {
        onProgress({ state: job.state, share: job.progress });
      } else break;
    }
    // A stream that breaks off (a proxy, a sleeping laptop) says nothing of the job.
    while (job.state === "queued" || job.state === "running") {
      await pause(RETRY_MS, signal);
      job = await this.json<Job>(`/jobs/${job.id}`, { signal });
    }
    if (job.state === "done") return job;
    if (job.state === "cancelled") throw new DOMException("cancelled", "AbortError");
    const error = job.error;
    if (error && typeof error === "object") throw new EngineError(error.error, error.message);
    throw new EngineError("failed", error ?? "");
  }

  private async painted(job: Job, signal: AbortSignal): Promise<Painted> {
    const result = job.result!;
    const get = async (query: string, wanted?: AbortSignal) => {
      const answer = await this.ask(`/jobs/${job.id}/result?${query}`, { signal: wanted });
      return answer.blob();
    };
    const known = new Map<LayerName, Promise<ImageBitmap>>();
    return {
      ...result,
      bitmap: await createImageBitmap(await get("format=png", signal)),
      layer: (name) => {
        let made = known.get(name);
        if (!made) {
          made = get(`format=png&layer=${name}`).then(createImageBitmap);
          known.set(name, made);
          made.catch(() => known.delete(name));
        }
        return made;
      },
      file: (format: FileFormat) =>
        get(`format=${format}`).catch((error: unknown) => {
          throw error instanceof Lost || broken(error) ? new EngineError("lost", "") : error;
        }),
    };
  }

  /** Tell the server what it does not know yet. */
  private async push(doc: Doc, signal: AbortSignal): Promise<Remote> {
    if (!this.remote) {
      const { id } = await this.json<{ id: string }>("/sessions", { method: "POST", signal });
      const hints = JSON.stringify(toFile([], 1, 1));
      const palette = paletteOf(EMPTY);
      this.remote = { session: id, sketch: null, references: [], hints, palette };
    }
    const remote = this.remote;
    const path = `/sessions/${remote.session}`;
    await Promise.all([
      this.pushSketch(doc, remote, path, signal),
      this.pushReferences(doc, remote, path, signal),
    ]);
    if (doc.sketch) {
      const hints = JSON.stringify(toFile(doc.hints, doc.sketch.width, doc.sketch.height));
      if (hints !== remote.hints) {
        await this.ask(`${path}/hints`, { ...body("PUT", hints), signal });
        remote.hints = hints;
      }
    }
    const palette = paletteOf(doc);
    if (palette !== remote.palette) {
      await this.ask(`${path}/palette`, { ...body("PUT", palette), signal });
      remote.palette = palette;
    }
    return remote;
  }

  private async pushSketch(doc: Doc, remote: Remote, path: string, signal: AbortSignal) {
    if (!doc.sketch || remote.sketch === doc.sketch.key) return;
    await this.ask(`${path}/sketch`, { ...picture("PUT", doc.sketch.blob), signal });
    remote.sketch = doc.sketch.key;
  }

  private async pushReferences(doc: Doc, remote: Remote, path: string, signal: AbortSignal) {
    // Their order counts: from the first that differs, all are sent again.
    const same = doc.references.findIndex(
      (asset, i) => remote.references[i]?.key !== asset.key,
    );
    const kept = same < 0 ? doc.references.length : same;
    while (remote.references.length > kept) {
      const { id } = remote.references.at(-1)!;
      await this.ask(`${path}/references/${id}`, { method: "DELETE", signal });
      remote.references.pop();
    }
    for (const asset of doc.references.slice(kept)) {
      const { id, palette } = await this.json<{ id: string; palette: Swatch[] }>(
        `${path}/references`,
        { ...picture("POST", asset.blob), signal },
      );
      remote.references.push({ key: asset.key, id, palette });
    }
  }

  /** Do the work; where the server forgot everything, tell it again and do it anew. */
  private async surviving<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if (tries >= 3 || !(error instanceof Lost || broken(error))) throw error;
        if (error instanceof Lost) this.forget();
      }
    }
  }

  private forget(): void {
    if (!this.remote) return;
    this.remote = null;
    this.onTrouble("restarted");
  }

  /** Notice a restart while nobody asks for anything. */
  private async watch(): Promise<void> {
    if (document.hidden || !this.boot) return;
    try {
      const answer = await fetch(`${API}/about`, { headers: this.headers() });
      const told = (await answer.json()) as { boot: string };
      if (told.boot === this.boot) return;
      this.boot = told.boot;
      this.forget();
    } catch {
      this.onTrouble("away");
      void this.ask("/about", {}).then(() => this.watch());
    }
  }

  private async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await this.ask(path, init)).json() as Promise<T>;
  }

  private async ask(path: string, init: RequestInit): Promise<Response> {
    const url = path.includes(API) ? path : API + path;
    let troubled = false;
    for (let tries = 0; ; tries++) {
      let answer: Response | null = null;
      try {
        answer = await fetch(url, {
          ...init,
          headers: { ...this.headers(), ...(init.headers as Record<string, string>) },
        });
      } catch (error) {
        if (init.signal?.aborted) throw error;
      }
      if (answer?.ok) {
        if (troubled) this.onTrouble("well");
        return answer;
      }
      const busy = answer?.status === 503 || answer?.status === 429;
      if (answer && (!busy || tries >= BUSY_TRIES)) {
        throw await refusal(answer);
      }
      troubled = true;
      this.onTrouble(answer ? "busy" : "away");
      const after = Number(answer?.headers.get("Retry-After"));
      await pause(after > 0 ? after * 1000 : RETRY_MS, init.signal ?? null);
    }
  }

  private headers(): Record<string, string> {
    return {
      "X-Style2color": "1",
      ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
    };
  }
}

/** What the API calls a palette: all that changes the painting without the network. */
function paletteOf({ palette, coloredLines, light }: Doc): string {
  return JSON.stringify({ ...palette, colored_lines: coloredLines, light });
}

async function refusal(answer: Response): Promise<Error> {
  if (answer.status === 404) return new Lost();
  if (answer.status === 410) return new EngineError("lost", "", 410);
  const told = (await answer.json().catch(() => ({}))) as { error?: string; message?: string };
  return new EngineError(told.error ?? "failed", told.message ?? "", answer.status);
}

/** Whether an answer broke off: the server was killed, the laptop slept, a proxy gave up. */
function broken(error: unknown): boolean {
  return error instanceof TypeError;
}

function picture(method: string, blob: Blob): RequestInit {
  return { method, body: blob, headers: { "Content-Type": blob.type || "image/png" } };
}

function body(method: string, text: string): RequestInit {
  return { method, body: text, headers: { "Content-Type": "application/json" } };
}

function pause(milliseconds: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
