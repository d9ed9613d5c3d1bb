// Trunk's hook after the build: what Workers run gets hashes. Of each program the script (what wasm-bindgen made, and
// our few lines around it) becomes one file; it and the wasm get their hash into their name, and `index.html` names
// both with the hashes that www/start.js demands: <meta name="PROGRAM" content="SCRIPT HASH WASM HASH">.
import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PROGRAMS = { "frond-worker": "www/worker.js", "frond-strength": "www/strength.js" };

const folder = process.env.TRUNK_STAGING_DIR;
const hash = (bytes, name, form) => createHash(name).update(bytes).digest(form);
const short = (bytes) => hash(bytes, "sha256", "hex").slice(0, 16);
const integrity = (bytes) => `sha384-${hash(bytes, "sha384", "base64")}`;

const tags = Object.entries(PROGRAMS).map(([name, ours]) => {
  const [bindings, binary] = [`${name}.js`, `${name}_bg.wasm`].map((file) => join(folder, file));
  const script = Buffer.concat([readFileSync(bindings), readFileSync(ours)]);
  const wasm = readFileSync(binary);
  const files = [`${name}-${short(script)}.js`, `${name}-${short(wasm)}_bg.wasm`];
  writeFileSync(join(folder, files[0]), script);
  rmSync(bindings);
  renameSync(binary, join(folder, files[1]));
  return `<meta name="${name}" content="${files[0]} ${integrity(script)} ${files[1]} ${integrity(wasm)}">`;
});

const index = join(folder, "index.html");
const page = readFileSync(index, "utf8");
writeFileSync(index, page.replace("</head>", () => `${tags.join("\n")}\n</head>`));
