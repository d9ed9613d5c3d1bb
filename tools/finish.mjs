// Trunk's post-build hook: divides the page's program (split.mjs), minifies scripts and styles,
// bundles the styles into one file, and adds hashes to the Workers' programs.
//
// Every changed file is renamed after its hash, and `index.html` gets the new name and hash. Each
// Worker program's script (wasm-bindgen's output and our few lines) becomes one file; the page
// names it and its wasm with the hashes that www/start.js requires:
// <meta name="PROGRAM" content="SCRIPT HASH WASM HASH">, and the modules of its own program in the
// same way: <meta name="frond-page-MODULE" content="WASM HASH">. The service worker gets the hashes of
// all files. Next to each file but the page, into which the deployment's name is filled, a
// brotli-compressed copy at the highest level is written for the endpoint and other hosts to serve.
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { buildSync, transformSync } from "esbuild";

import { MINIFY, integrity, short } from "./hash.mjs";
import { split } from "./split.mjs";

const PAGE = "frond-page";
const PROGRAMS = {
  "frond-worker": "www/worker.js",
  "frond-strength": "www/strength.js",
  "frond-preview": "www/preview.js",
  "frond-pdf": "www/pdf.js",
  "frond-search": "www/search.js",
};

// The pattern by which www/sw.js recognises a version.
const HASHED = /-[0-9a-f]{12,16}(_bg)?\.\w+$/;
const folder = process.env.TRUNK_STAGING_DIR;
const read = (...files) => Buffer.concat(files.map(file => readFileSync(file)));
const small = (bytes, options) =>
  Buffer.from(transformSync(bytes.toString(), { ...MINIFY, ...options }).code);
// Including its imports.
const style = file =>
  Buffer.from(
    buildSync({ entryPoints: [file], bundle: true, write: false, ...MINIFY }).outputFiles[0]
      .contents,
  );

const index = join(folder, "index.html");
let page = readFileSync(index, "utf8");

const program = split(PAGE);

// What becomes of a file that the page names.
const finished = (file, old) => {
  if (file.endsWith(".css")) return style("www/style.css");
  if (file.endsWith(".wasm")) return program.wasm;
  return file.startsWith(PAGE) ? program.script : small(old, { format: "esm" });
};

// Files named in the page: modules, their wasm and styles. Trunk's hashes have no leading zeros.
const NAMED = /-[0-9a-f]{1,16}(\.js|\.css|_bg\.wasm)$/;
for (const file of readdirSync(folder).filter(file => NAMED.test(file))) {
  const old = read(join(folder, file));
  const bytes = finished(file, old);
  const name = file.replace(/[0-9a-f]{1,16}(?=(_bg)?\.)/, short(bytes));
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
const modules = Object.entries(program.modules).map(([module, bytes]) => {
  const file = `${PAGE}-${module}-${short(bytes)}_bg.wasm`;
  writeFileSync(join(folder, file), bytes);
  tags.push(`<meta name="${PAGE}-${module}" content="${file} ${integrity(bytes)}">`);
  return file;
});
page = page.replace("</head>", () => `${tags.join("")}</head>`);
page = page.replace(/<!--.*?-->/gs, "").replace(/>\s+</g, "><");
writeFileSync(index, page);

// The service worker identifies this version by the hashes of its files (www/sw.js).
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
const first = [...new Set([...named, ...modules])].filter(path => path in hashes);
const known = `const FILES = ${JSON.stringify(hashes)};\nconst FIRST = ${JSON.stringify(first)};\n`;
const version = short(Buffer.concat([Buffer.from(known + page), read(worker)]));
const code = Buffer.concat([Buffer.from(`const VERSION = "${version}";\n${known}`), read(worker)]);
writeFileSync(worker, small(code, { format: "iife" }));

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
for (const file of [...others, "sw.js"])
  writeFileSync(join(folder, `${file}.br`), brotliCompressSync(read(join(folder, file)), BROTLI));
