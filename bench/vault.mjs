// A vault of many files in Chromium, on this machine: how long until its list is shown in a browser
// that was never there and after a reload, with how many requests and bytes of snapshot; how long a
// search takes; for how long the page's thread was busy at a time; and the memory of the tab.
// usage: FROND_ENDPOINT_BIN=… FROND_DIST=… FROND_LOAD_BIN=… node vault.mjs [--files=100000]
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";

import { Profile } from "../tests/browser/support/profile.js";
import { embedded } from "../tests/browser/support/setting.js";
import { longest, memory, watch } from "./tab.mjs";

const options = Object.fromEntries(process.argv.slice(2).map(a => a.replace(/^--/, "").split("=")));
const files = Number(options.files ?? 100_000);
const [USERNAME, PASSWORD] = ["bench", "kelp-lantern 7 orchard thimble"];
const FOLDERS = Math.ceil(files / 1_000);
/** What is searched for, and how much is found. */
const SEARCHES = [
  ["img_0054321", files > 54_321 ? 1 : 0],
  ["type:image photos", files],
  ["no such file", 0],
];

const listed = page =>
  page.waitForFunction(
    folders => document.querySelector("[aria-rowcount]")?.getAttribute("aria-rowcount") >= folders,
    FOLDERS,
    { polling: "raf", timeout: 300_000 },
  );

const lines = [];
const note = (what, measured, bar) => lines.push(`| ${[what, measured, bar].join(" | ")} |`);
const ms = time => `${Math.round(time)} ms`;

const world = { folder: await mkdtemp(join(tmpdir(), "frond-bench-")) };
world.data = join(world.folder, "data");
try {
  await embedded(world);
  execFileSync(
    process.env.FROND_LOAD_BIN,
    ["vault", world.origin, USERNAME, PASSWORD, String(files)],
    { stdio: "inherit" },
  );
  const profile = await Profile.open([world.origin]);
  const { page } = await profile.tab();
  await page.addInitScript(watch);
  await page.goto(world.origin);
  await page.getByLabel("Username", { exact: true }).fill(USERNAME);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  const requests = [];
  page.on("request", request => requests.push(request.url()));
  let snapshot = 0;
  page.on("response", response => {
    if (!new URL(response.url()).pathname.includes("/snapshots/")) return;
    snapshot += Number(response.headers()["content-length"] ?? 0);
  });
  let begin = performance.now();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Files", exact: true }).waitFor();
  note("vault open, cold", ms(performance.now() - begin), "");
  await listed(page);
  note("list ready, cold", ms(performance.now() - begin), files > 100_000 ? "20 s" : "2 s");
  note("requests, cold", requests.filter(url => url.startsWith("http")).length, "");
  note("snapshot, bytes a file", Math.ceil(snapshot / files), "160");
  note("longest task, cold", ms(await longest(page)), "50 ms");

  begin = performance.now();
  await page.reload({ waitUntil: "commit" });
  await listed(page);
  note("list ready, after a reload", ms(performance.now() - begin), "1 s");
  note("longest task, after a reload", ms(await longest(page)), "50 ms");

  for (const [query, found] of SEARCHES) {
    const took = await page.evaluate(
      async ([query, found]) => {
        const box = document.querySelector("input[type=search]");
        const wanted = found === 0 ? "No matching files." : `${found} file`;
        const begin = performance.now();
        box.value = query;
        box.dispatchEvent(new InputEvent("input", { bubbles: true }));
        for (;;) {
          await new Promise(requestAnimationFrame);
          const said = document.querySelector("main [role=status].state")?.textContent ?? "";
          if (said.startsWith(wanted)) return performance.now() - begin;
          if (performance.now() - begin > 60_000) throw new Error(`${query}: “${said}”`);
        }
      },
      [query, found],
    );
    note(`search “${query}”, ${found} found`, ms(took), files > 100_000 ? "300 ms" : "50 ms");
    note(`longest task, search “${query}”`, ms(await longest(page)), "50 ms");
  }
  note("memory of the tab", `${Math.round((await memory(profile)) / 2 ** 20)} MiB`, "600 MiB");
  await profile.close();
} finally {
  for (const process of world.processes ?? []) await process.stop();
  await rm(world.folder, { recursive: true, force: true });
}

console.log(
  `\nA vault of ${files} files in Chromium, on this machine (load ${loadavg()[0].toFixed(1)})\n`,
);
console.log("| | measured | bar |\n|---|---|---|");
for (const line of lines) console.log(line);
