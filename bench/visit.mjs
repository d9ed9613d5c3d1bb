// A cold first visit over a slow line in Chromium: when the username can be typed into, when
// somebody who types and presses Enter at once is in, and when the list is there. Chromium's own throttling; each round is a
// browser that was never there. usage: FROND_ENDPOINT_BIN=… FROND_DIST=… node visit.mjs
// [--rounds=5] [--timeline=1]
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";

import { Profile } from "../tests/browser/support/profile.js";
import { embedded } from "../tests/browser/support/setting.js";

const options = Object.fromEntries(process.argv.slice(2).map(a => a.replace(/^--/, "").split("=")));
const rounds = Number(options.rounds ?? 5);
const BITS_PER_SECOND = 1.6e6;
const ROUND_TRIP_MS = 150;
/** What a visit comes to, and within how many milliseconds it should. */
const STATES = {
  typed: ["the username can be typed into", 1000],
  open: ["the vault is open", 3500],
  listed: ["its list was read", Infinity],
};
const [USERNAME, PASSWORD] = ["bench", "kelp-lantern 7 orchard thimble"];

/** In the page: notes when it comes to each state, in milliseconds since the visit began. */
function watch() {
  const [visit, { promise, resolve }] = [{}, Promise.withResolvers()];
  window.visit = promise;
  const look = () => {
    if (document.querySelector("input[autocomplete=username]")?.checkVisibility())
      visit.typed ??= performance.now();
    if (document.querySelector("h1")?.textContent === "Files") visit.open ??= performance.now();
    if (visit.open && !/Reading/.test(document.querySelector("main").innerText))
      visit.listed ??= performance.now();
    if (visit.listed) resolve(visit);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function visit(origins, origin) {
  const profile = await Profile.open(origins);
  try {
    const { page } = await profile.tab();
    const driver = await page.context().newCDPSession(page);
    await driver.send("Network.enable");
    await driver.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: ROUND_TRIP_MS,
      downloadThroughput: BITS_PER_SECOND / 8,
      uploadThroughput: BITS_PER_SECOND / 8,
    });
    await page.addInitScript(watch);
    await page.goto(origin, { waitUntil: "commit" });
    const username = page.getByLabel("Username", { exact: true });
    await username.waitFor();
    await username.fill(USERNAME);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
    return await page.evaluate(async () => ({
      ...(await window.visit),
      files: [
        ...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource"),
      ].map(({ name, startTime, responseStart, responseEnd, transferSize }) => ({
        name,
        startTime,
        responseStart,
        responseEnd,
        transferSize,
      })),
    }));
  } finally {
    await profile.close();
  }
}

function timeline({ files }) {
  console.log("\n| from ms | first byte | to ms | bytes | file |\n|---|---|---|---|---|");
  for (const { name, startTime, responseStart, responseEnd, transferSize } of files.toSorted(
    (a, b) => a.startTime - b.startTime,
  )) {
    const path = new URL(name).pathname.replace(/[0-9a-f]{16,}/g, "…");
    console.log(
      `| ${[startTime, responseStart, responseEnd].map(Math.round).join(" | ")} | ${transferSize} | ${path} |`,
    );
  }
}

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

const world = { folder: await mkdtemp(join(tmpdir(), "frond-bench-")) };
world.data = join(world.folder, "data");
const seen = [];
try {
  await embedded(world);
  const origins = [world.origin];
  const owner = await Profile.open(origins);
  const app = await owner.tab();
  await app.open(world.origin);
  await app.createAccount(USERNAME, PASSWORD);
  await owner.close();
  for (let round = 0; round < rounds; round += 1) seen.push(await visit(origins, world.origin));
} finally {
  for (const process of world.processes ?? []) await process.stop();
  await rm(world.folder, { recursive: true, force: true });
}

console.log(
  `\nA cold first visit in Chromium over ${BITS_PER_SECOND / 1e6} Mbit/s with ${ROUND_TRIP_MS} ms there and back (${rounds} rounds, load ${loadavg()[0].toFixed(1)})\n`,
);
console.log("| until | median | slowest | bar |\n|---|---|---|---|");
for (const [state, [name, bar]] of Object.entries(STATES)) {
  const times = seen.map(visit => visit[state]);
  const cells = [median(times), Math.max(...times), bar];
  const shown = cells.map(ms => (Number.isFinite(ms) ? `${Math.round(ms)} ms` : "none"));
  console.log(`| ${[name, ...shown].join(" | ")} |`);
}
if (options.timeline) timeline(seen.at(-1));
