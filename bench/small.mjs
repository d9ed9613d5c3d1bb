// Many small files: `frond put` and `frond get` of a folder beside `rclone copy` through rclone's
// `crypt`, to and from the same store, over loopback and on a line with a long way; then the same
// folder added in the page, and one of ten times as many files. Every round moves files that were
// never moved before, each program once; a ratio is of times in the same round, below 1 where Frond
// is faster; medians.
// usage: FROND_BIN=… FROND_ENDPOINT_BIN=… FROND_DIST=… FROND_LOAD_BIN=… node small.mjs
// [--rounds=5] [--files=2000] [--commands=1] [--page=1] [--drop=1]
import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Bucket } from "../tests/browser/support/bucket.js";
import { Cli } from "../tests/browser/support/cli.js";
import { noise } from "../tests/browser/support/files.js";
import { embedded, through } from "../tests/browser/support/setting.js";
import { rented } from "./line.mjs";
import { longest, memory, watch } from "./tab.mjs";
import { Undebugged } from "./undebugged.mjs";

const options = Object.fromEntries(process.argv.slice(2).map(a => a.replace(/^--/, "").split("=")));
const rounds = Number(options.rounds ?? 5);
const files = Number(options.files ?? 2_000);
const SIZE = 10_000;
const [USERNAME, PASSWORD] = ["bench", "kelp-lantern 7 orchard thimble"];
const PLACES = [
  { where: "over loopback", setting: embedded, bars: ["1.0", "1.0"] },
  {
    where: "with 50 ms there and back",
    setting: world => through(world, rented({ bitsPerSecond: 1e9, roundTripMs: 50 })),
    bars: ["150 files/s", "150 files/s"],
  },
];

const run = promisify(execFile);
const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

async function seconds(work) {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

/** A folder of small files, in subfolders of a hundred. */
async function folder(path, seed, files) {
  for (let at = 0; at < files; at += 1) {
    const below = join(path, String(Math.floor(at / 100)));
    if (at % 100 === 0) await mkdir(below, { recursive: true });
    await writeFile(join(below, `${at}.bin`), noise(`${seed}/${at}`, SIZE));
  }
}

/** rclone with a `crypt` remote, named `c`, in the bucket of these credentials. */
async function rclone(world, credentials, endpoint) {
  const { access_key, secret_key, region, bucket } = new Bucket(credentials);
  const config = join(world.folder, "rclone.conf");
  const password = execFileSync("rclone", ["obscure", PASSWORD], { encoding: "utf8" }).trim();
  await writeFile(
    config,
    `[s]
type = s3
provider = Other
endpoint = ${endpoint}
access_key_id = ${access_key}
secret_access_key = ${secret_key}
region = ${region}
list_version = 2

[c]
type = crypt
remote = s:${bucket}/rclone
password = ${password}
`,
  );
  const plain = ["--config", config, "--transfers", "16"];
  const env = { PATH: process.env.PATH, HOME: world.folder };
  return (from, to) => run("rclone", [...plain, "copy", from, to], { env });
}

/** Runs `measure` with a setting's world, and ends that. */
async function within(setting, measure) {
  const world = { folder: await mkdtemp(join(tmpdir(), "frond-bench-")) };
  world.data = join(world.folder, "data");
  try {
    await setting(world);
    // Not "sync": a line runs in this process.
    await run(process.env.FROND_LOAD_BIN, ["vault", world.origin, USERNAME, PASSWORD, "1"]);
    await measure(world);
  } finally {
    for (const process of world.processes ?? []) await process.stop();
    await rm(world.folder, { recursive: true, force: true });
  }
}

async function commands({ where, setting, bars }) {
  const times = { "put, rclone": [], "put, Frond": [], "get, rclone": [], "get, Frond": [] };
  await within(setting, async world => {
    const credentials = join(world.data, "store-credentials.json");
    const store = world.line?.origin ?? new Bucket(credentials).endpoint;
    const copy = await rclone(world, credentials, store);
    const cli = await Cli.signedIn(join(world.folder, "cli"), world.origin, USERNAME, PASSWORD);
    for (let round = -1; round < rounds; round += 1) {
      const name = `round${round}`;
      const [up, down, other] = [name, "down", "other"].map(name => join(world.folder, name));
      await folder(up, name, files);
      const took = {
        "put, rclone": await seconds(() => copy(up, `c:${name}`)),
        "put, Frond": await seconds(() => cli.run(["put", "--quiet", up])),
        "get, rclone": await seconds(() => copy(`c:${name}`, other)),
        "get, Frond": await seconds(() => cli.run(["get", "--quiet", name, "--to", `${down}/`])),
      };
      await run("diff", ["--recursive", up, join(down, name)]);
      for (const path of [up, down, other]) await rm(path, { recursive: true, force: true });
      if (options.verbose) console.log(where, round, took);
      if (round < 0) continue; // Warm now.
      for (const [what, time] of Object.entries(took)) times[what].push(time);
    }
  });
  console.log(
    `\n${files} files of ${SIZE / 1000} kB ${where} (${rounds} rounds, load ${loadavg()[0].toFixed(1)}): seconds, and ratio to rclone crypt\n`,
  );
  console.log("| | rclone | Frond | ratio | files/s | bar |\n|---|---|---|---|---|---|");
  for (const [at, way] of ["put", "get"].entries()) {
    const [plain, frond] = [times[`${way}, rclone`], times[`${way}, Frond`]];
    const ratio = median(frond.map((time, round) => time / plain[round]));
    const rate = Math.round(files / median(frond));
    const cells = [median(plain).toFixed(2), median(frond).toFixed(2), ratio.toFixed(2), rate];
    console.log(`| ${[way, ...cells, bars[at]].join(" | ")} |`);
  }
}

/** In the page: whether it has added the folder "dropped", and all is in the bucket. */
function isAdded() {
  return (
    !document.querySelector("[role=progressbar]") &&
    document.querySelector("[aria-label='Download dropped']") &&
    !document.querySelector("main").innerText.includes("only on this device")
  );
}

/**
 * The page adds a folder of so many files: how long it takes, and then another one: with how many
 * requests.
 */
async function page(files, bars) {
  await within(embedded, async world => {
    const [up, counted] = ["dropped", "counted"].map(name => join(world.folder, name));
    await folder(up, "page", files);
    const browser = await Undebugged.open(join(world.folder, "profile"));
    const app = await browser.app();
    await app.page.addInitScript(watch);
    await app.open(world.origin);
    await app.page.getByLabel("Username", { exact: true }).fill(USERNAME);
    await app.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await app.page.keyboard.press("Enter");
    await app.page.getByRole("heading", { name: "Files", exact: true }).waitFor();
    await longest(app.page);
    const took = await browser.alone(app => app.field("Add folder").setInputFiles(up), isAdded);
    const [{ page }, bytes] = [await browser.app(), await memory(browser)];
    const task = await longest(page);
    const load = loadavg()[0].toFixed(1);

    const requests = [];
    if (bars.requests) {
      await folder(counted, "counted", files);
      browser.context.on("request", request => requests.push(request.method()));
      const app = await browser.app();
      app.page.setDefaultTimeout(600_000);
      await app.field("Add folder").setInputFiles(counted);
      await app.button("Download counted").waitFor();
      await app.settled();
    }
    await browser.close();
    console.log(`\nThe page adds ${files} files of ${SIZE / 1000} kB (load ${load})\n`);
    console.log("| | measured | bar |\n|---|---|---|");
    console.log(`| time | ${took.toFixed(1)} s | ${bars.time} |`);
    if (bars.requests) console.log(`| requests | ${requests.length} | ${bars.requests} |`);
    console.log(`| longest task of the page's thread | ${Math.round(task)} ms | 50 ms |`);
    console.log(`| memory of the tab | ${Math.round(bytes / 2 ** 20)} MiB | 300 MiB |`);
  });
}

if (options.commands !== "0") for (const place of PLACES) await commands(place);
if (options.page !== "0") await page(files, { time: "12 s", requests: 2_300 });
if (options.drop !== "0") await page(10 * files, { time: "" });
