// Trunk's hook after the build: scripts and style are made small, the style of one file, and what
// Workers run gets hashes.
//
// Whatever changes here is named anew after its hash, and `index.html` learns name and hash. Of
// each program of the Workers the script (what wasm-bindgen made, and our few lines around it)
// becomes one file, and the page names it and its wasm with the hashes that www/start.js demands:
// <meta name="PROGRAM" content="SCRIPT HASH WASM HASH">. The service worker learns the hashes of
// all. Beside each file but the page, which is sent with the deployment's name in it, lies the
// smallest form that brotli makes of it, for the endpoint and other hosts to send.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { buildSync, transformSync } from "esbuild";

const PROGRAMS = { "frond-worker": "www/worker.js", "frond-strength": "www/strength.js" };

// What www/sw.js tells a version by.
const HASHED = /-[0-9a-f]{12,16}(_bg)?\.\w+$/;
const folder = process.env.TRUNK_STAGING_DIR;
const hash = (bytes, name, form) => createHash(name).update(bytes).digest(form);
const short = bytes => hash(bytes, "sha256", "hex").slice(0, 16);
const integrity = bytes => `sha384-${hash(bytes, "sha384", "base64")}`;
const read = (...files) => Buffer.concat(files.map(file => readFileSync(file)));
const MINIFY = { minify: true, target: "esnext", legalComments: "none" };
const small = (bytes, options) =>
  Buffer.from(transformSync(bytes.toString(), { ...MINIFY, ...options }).code);
// With what it imports.
const style = file =>
  Buffer.from(
    buildSync({ entryPoints: [file], bundle: true, write: false, ...MINIFY }).outputFiles[0]
      .contents,
  );

const index = join(folder, "index.html");
let page = readFileSync(index, "utf8");

// What the page names: modules and style. Trunk's hashes have no leading zeros.
for (const file of readdirSync(folder).filter(file => /-[0-9a-f]{1,16}\.(js|css)$/.test(file))) {
  const old = read(join(folder, file));
  const bytes = file.endsWith(".css") ? style("www/style.css") : small(old, { format: "esm" });
  const name = file.replace(/[0-9a-f]{1,16}(?=\.)/, short(bytes));
  rmSync(join(folder, file));
  writeFileSync(join(folder, name), bytes);
  page = page.replaceAll(file, name).replaceAll(integrity(old), integrity(bytes));
}

const tags = Object.entries(PROGRAMS).map(([name, ours]) => {
  const [bindings, binary] = [`${name}.js`, `${name}_bg.wasm`].map(file => join(folder, file));
  const script = small(read(bindings, ours), { format: "iife" });
  const wasm = read(binary);
  const files = [`${name}-${short(script)}.js`, `${name}-${short(wasm)}_bg.wasm`];
  writeFileSync(join(folder, files[0]), script);
  rmSync(bindings);
  renameSync(binary, join(folder, files[1]));
  return `<meta name="${name}" content="${files[0]} ${integrity(script)} ${files[1]} ${integrity(wasm)}">`;
});
page = page.replace("</head>", () => `${tags.join("")}</head>`);
page = page.replace(/<!--.*?-->/gs, "").replace(/>\s+</g, "><");
writeFileSync(index, page);

// The service worker knows this version by the hashes of its files (www/sw.js).
const worker = join(folder, "sw.js");
const others = readdirSync(folder)
  .filter(file => !/^(index\.html|sw\.js)$|\.(br|gz)$/.test(file))
  .sort();
const stray = others.filter(file => HASHED.test(file) && !page.includes(file));
if (stray.length) throw new Error(`the page does not name ${stray}`);
const hashes = Object.fromEntries(others.map(file => [file, integrity(read(join(folder, file)))]));
const named = [...page.matchAll(/(?:href|src)="([^"#:]+)"/g)].map(([, path]) =>
  path.replace(/^\.\//, ""),
);
const first = [...new Set(named)].filter(path => path in hashes);
const known = `const FILES = ${JSON.stringify(hashes)};\nconst FIRST = ${JSON.stringify(first)};\n`;
const version = short(Buffer.concat([Buffer.from(known + page), read(worker)]));
const code = Buffer.concat([Buffer.from(`const VERSION = "${version}";\n${known}`), read(worker)]);
writeFileSync(worker, small(code, { format: "iife" }));

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
for (const file of [...others, "sw.js"])
  writeFileSync(join(folder, `${file}.br`), brotliCompressSync(read(join(folder, file)), BROTLI));
