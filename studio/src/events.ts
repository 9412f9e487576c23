/** Server-sent events read with `fetch`, because EventSource cannot send a token. */

/** The data of every event, as it arrives. */
export async function* events(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.pipeThrough(new TextDecoderStream() as never).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = (await reader.read()) as { done: boolean; value?: string };
      if (done) return;
      // A line break may be torn in two by the network, so only a whole one is replaced.
      rest = (rest + value).replace(/\r\n/g, "\n");
      for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
        const lines = rest.slice(0, end).split("\n");
        rest = rest.slice(end + 2);
        const data = lines.filter((line) => line.startsWith("data:"));
        if (data.length) yield data.map((line) => line.slice(5).trimStart()).join("\n");
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
