// Whether the ciphers of crates/vectors are constant-time in a compiled program: no branch, no
// select and no address of theirs depends on what may be a secret. Where a value comes from is
// followed through locals: what was taken out of a vector, or loaded as anything but 32 bits
// (addresses and lengths have 32), may be one. usage: node tools/constant-time.mjs PROGRAM.wasm
import { execFileSync } from "node:child_process";

const OURS = /frond_vectors/;
// The entrances of the crate; each must be found, so that an empty scan is no success.
const ENTRANCES = ["encrypt_four", "encrypt", "decrypt", "hmac_four"];
const SECRET =
  /^(v128\.|[if]\d+x\d+\.)|^i64\.load|^i32\.load(8|16)|extract_lane|bitmask|any_true|all_true/;
const CONDITION = { if: 0, br_if: -1, br_table: -1, select: -1 };

// With every local set once, so that one that is used again is another.
const text = execFileSync(
  "wasm-opt",
  [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
    "--debuginfo",
    "--ssa",
    "--emit-text",
    process.argv[2],
    "--output=-",
  ],
  { encoding: "utf8", maxBuffer: 2 ** 30, stdio: ["ignore", "pipe", "ignore"] },
);

// One S-expression as nested arrays of words.
function parse(source) {
  const stack = [[]];
  for (const [token] of source.matchAll(/"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/g)) {
    if (token === "(") stack.push([]);
    else if (token === ")") {
      const done = stack.pop();
      stack.at(-1).push(done);
    } else stack.at(-1).push(token);
  }
  return stack[0][0];
}

const operands = node => node.filter(Array.isArray);

// The places where secrets may decide, of one function.
function judge(body) {
  const tainted = new Set(
    operands(body)
      .filter(([kind, , type]) => /^(param|local)$/.test(kind) && type === "v128")
      .map(([, name]) => name),
  );
  const secret = node =>
    Array.isArray(node) &&
    (SECRET.test(node[0]) ||
      (/^local\.(get|tee)$/.test(node[0]) && tainted.has(node[1])) ||
      operands(node).some(secret));
  const walk = (node, see) => {
    see(node);
    operands(node).forEach(inner => walk(inner, see));
  };
  for (let before = -1; before !== tainted.size;) {
    before = tainted.size;
    walk(body, node => {
      if (/^local\.(set|tee)$/.test(node[0]) && operands(node).some(secret)) tainted.add(node[1]);
    });
  }
  const found = [];
  walk(body, node => {
    const inner = operands(node);
    if (node[0] in CONDITION) {
      // A branch that carries no value has its condition as the last operand.
      const condition = inner.at(CONDITION[node[0]]);
      if (secret(condition)) found.push(node[0]);
    } else if (/\.(load|store)/.test(node[0]) && secret(inner[0])) {
      found.push(node[0]);
    } else if (/^memory\.(copy|fill)$/.test(node[0])) {
      if (secret(inner[0]) || secret(inner.at(-1))) found.push(node[0]);
    } else if (/^(call_indirect|i\d+\.(div|rem))/.test(node[0])) {
      found.push(node[0]);
    }
  });
  return found;
}

let scanned = 0;
const missing = new Set(ENTRANCES);
for (const source of text.split(/\n(?= \(func )/).slice(1)) {
  const name = source.match(/^ \(func (\S+)/)[1];
  if (!OURS.test(name)) continue;
  scanned += 1;
  // As rustc mangles names, and as wasm-bindgen leaves them.
  const here = entrance =>
    name.includes(`${entrance.length}${entrance}17h`) || name.includes(`::${entrance}::`);
  ENTRANCES.filter(here).forEach(entrance => missing.delete(entrance));
  const found = judge(parse(source));
  if (found.length > 0) {
    console.error(`${name}: ${found.join(", ")}`);
    process.exitCode = 1;
  }
}
if (missing.size > 0) {
  console.error(`not found: ${[...missing].join(", ")}`);
  process.exitCode = 1;
}
console.log(`${scanned} functions of the ciphers: ${process.exitCode ? "NOT " : ""}constant-time`);
