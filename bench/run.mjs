// Seal and open in Chromium: Frond's two engines beside raw WebCrypto Fernet (1 MiB tokens, one
// after another: the reference) and its peers: libsodium's secretstream, age, OpenPGP. Every round
// runs each candidate once, with one Worker and with two; a ratio is to the reference of the same
// round, and the table has the medians. usage: node run.mjs [--rounds=7] [--mib=48]
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { extname, join } from "node:path";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";

const options = Object.fromEntries(process.argv.slice(2).map(a => a.replace(/^--/, "").split("=")));
const rounds = Number(options.rounds ?? 7);
const mib = Number(options.mib ?? 48);
// Slower ones get less to do.
const SLOW = { "age-encryption": 24 };
const REFERENCE = "WebCrypto Fernet, 1 MiB";
const candidates = [
  REFERENCE,
  "frond WebCrypto",
  "frond software",
  "libsodium secretstream",
  "age-encryption",
  "openpgp, GCM",
];

await esbuild.build({
  entryPoints: ["src/worker.js"],
  outdir: "output",
  bundle: true,
  format: "esm",
  platform: "browser",
  logLevel: "error",
  external: ["./frond/frond.js", "fs", "path", "crypto", "module", "node:*", "url"],
});

const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
const server = createServer((request, response) => {
  const path = new URL(request.url, "http://bench").pathname;
  const isolated = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  };
  if (path === "/")
    return response
      .writeHead(200, { ...isolated, "content-type": "text/html" })
      .end("<!doctype html>");
  try {
    const body = readFileSync(join("output", path.replaceAll("..", "")));
    response
      .writeHead(200, {
        ...isolated,
        "content-type": types[extname(path)] ?? "application/octet-stream",
      })
      .end(body);
  } catch {
    response.writeHead(404, isolated).end();
  }
});
await new Promise(ready => server.listen(0, "127.0.0.1", ready));

const profile = mkdtempSync(join(tmpdir(), "frond-bench-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--expose-gc",
  ],
});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.evaluate(() => {
  const start = () => {
    const worker = new Worker("/worker.js", { type: "module" });
    return job =>
      new Promise((yes, no) => {
        worker.onmessage = ({ data }) => (data.error ? no(new Error(data.error)) : yes(data.value));
        worker.postMessage(job);
      });
  };
  globalThis.pool = [start(), start()];
});

/** Milliseconds for all Workers to finish `phase`. */
const run = (workers, phase, name, mib) =>
  page.evaluate(
    async ([workers, job]) => {
      const begin = performance.now();
      await Promise.all(pool.slice(0, workers).map(work => work(job)));
      return performance.now() - begin;
    },
    [workers, { phase, name, mib }],
  );

// Of the page's own thread, where the catalog lives.
const catalog = await page.evaluate(async () => {
  const frond = await import("/frond/frond.js");
  await frond.default();
  return frond.catalog_table(() => performance.now());
});
console.log(`\nThe catalog's index in Chromium\n\n${catalog.join("\n")}`);
// In a Worker, where the program runs.
const search = await page.evaluate(() => pool[0]({ phase: "search" }));
console.log(`\nSearch in contents in Chromium\n\n${search.join("\n")}`);

const speeds = {};
for (let round = -1; round < rounds; round += 1) {
  for (const name of candidates) {
    for (const workers of [1, 2]) {
      for (const phase of ["seal", "open"]) {
        const size = Math.min(mib, SLOW[name] ?? mib);
        const ms = await run(workers, phase, name, size);
        if (round >= 0)
          ((speeds[name] ??= {})[`${phase}${workers}`] ??= []).push(
            (workers * size * 1.048576 * 1000) / ms,
          );
      }
    }
  }
}
await browser.close();
server.close();
rmSync(profile, { recursive: true, force: true });

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];
console.log(
  `\nIn Chromium (${rounds} rounds, load ${loadavg()[0].toFixed(1)}): MB/s and, in brackets, ratio to the reference with one Worker\n`,
);
console.log(
  "| candidate | seal, 1 Worker | seal, 2 | open, 1 Worker | open, 2 |\n|---|---|---|---|---|",
);
for (const name of candidates) {
  const cells = ["seal1", "seal2", "open1", "open2"].map(key => {
    const reference = speeds[REFERENCE][`${key.slice(0, 4)}1`];
    const ratios = speeds[name][key].map((speed, round) => speed / reference[round]);
    return `${median(speeds[name][key]).toFixed(0)} (${median(ratios).toFixed(2)})`;
  });
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}
