import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { defineConfig, type Plugin } from "vite";

const root = import.meta.dirname;
const page = join(root, "../src/style2color/studio/page");
// What the built page is made of; tests/test_studio_page.py hashes the same files.
const SOURCES = ["index.html", "package-lock.json", "public", "src", "tsconfig.json", "vite.config.ts"];

function files(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => files(join(path, name)));
}

/** What the page without a server needs of onnxruntime-web; too large to be part of the package. */
function runtime() {
  const folder = join(root, "node_modules/onnxruntime-web");
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf-8"));
  const sum = (name: string) =>
    createHash("sha256").update(readFileSync(join(folder, "dist", name))).digest("hex");
  const names = ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"];
  return { version, sha256: Object.fromEntries(names.map((name) => [name, sum(name)])) };
}

function stamp(): Plugin {
  return {
    name: "stamp",
    closeBundle() {
      const hash = createHash("sha256");
      const names = SOURCES.flatMap((name) => files(join(root, name)))
        .map((file) => relative(root, file).replaceAll("\\", "/"))
        .sort();
      for (const name of names) hash.update(`${name}\n`).update(readFileSync(join(root, name)));
      const said = JSON.stringify({ sources: hash.digest("hex"), runtime: runtime() });
      writeFileSync(join(page, "build.json"), `${said}\n`);
    },
  };
}

export default defineConfig({
  root,
  base: "./",
  plugins: [stamp()],
  worker: {
    format: "es",
    rolldownOptions: { output: { entryFileNames: "[name].js" } },
  },
  build: {
    outDir: page,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      output: {
        // Plain names: a build of the same source changes no file but those that differ.
        entryFileNames: "[name].js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
