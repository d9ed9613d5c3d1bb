// Divides a program of the page into its main module and the modules that it fetches when it first
// needs them (src/ui/page/module.rs), and makes all of them small.
//
// wasm-split-cli reads the linker's relocations, so it needs the program as cargo leaves it
// (build.rs asks for them); wasm-bindgen and wasm-opt come after it. The loader that it writes
// fetches modules by file name; instead it is to ask www/start.js, which knows their hashes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

import { MINIFY } from "./hash.mjs";

const OPTIMIZE = [
  "--enable-bulk-memory",
  "--enable-multivalue",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-sign-ext",
  "--enable-simd",
  "--strip-debug",
  "--strip-producers",
  "-Oz",
  // With these passes the modules are smaller, but larger once they are compressed: by 1 %.
  "--skip-pass=dae-optimizing",
  "--skip-pass=inlining-optimizing",
  "--skip-pass=local-cse",
  "--skip-pass=merge-similar-functions",
  "--skip-pass=simplify-locals",
];
const LOADER = "__wasm_split.js";

const run = (command, ...args) =>
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });

// The program that cargo built as `name`: { script, wasm, modules: { name: bytes } }.
export function split(name) {
  const metadata = execFileSync(
    "cargo",
    ["metadata", "--offline", "--no-deps", "--format-version=1"],
    {
      maxBuffer: 2 ** 28,
    },
  );
  const { target_directory: target } = JSON.parse(metadata);
  const built = join(target, "wasm32-unknown-unknown", "page", `${name}.wasm`);
  const folder = mkdtempSync(join(tmpdir(), "frond-split-"));
  const at = file => join(folder, file);
  try {
    run("wasm-split-cli", built, folder, "--out-name", name);
    const modules = readdirSync(folder).filter(
      file => file.endsWith(".wasm") && file !== `${name}.wasm`,
    );
    run(
      "wasm-bindgen",
      "--target=web",
      "--no-typescript",
      "--keep-lld-exports",
      `--out-dir=${folder}`,
      at(`${name}.wasm`),
    );
    const small = file => {
      run("wasm-opt", ...OPTIMIZE, at(file), "-o", at(file));
      return readFileSync(at(file));
    };
    const wasm = small(`${name}_bg.wasm`);
    const packed = {};
    let loader = readFileSync(at(LOADER), "utf8");
    for (const file of modules) {
      const module = file.replace(/^split_|\.wasm$/g, "").replaceAll("_", "-");
      const plain = `fetch(new URL("./${file}", import.meta.url))`;
      if (!loader.includes(plain)) throw new Error(`${LOADER} does not fetch ${file}`);
      loader = loader.replace(plain, `frond.module("${module}")`);
      packed[module] = small(file);
    }
    writeFileSync(at(LOADER), loader);
    const { outputFiles } = buildSync({
      entryPoints: [at(`${name}.js`)],
      bundle: true,
      write: false,
      format: "esm",
      // wasm-bindgen imports the loader once for each module.
      logOverride: { "duplicate-object-key": "silent" },
      ...MINIFY,
    });
    return { script: Buffer.from(outputFiles[0].contents), wasm, modules: packed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
