// End to end in Chromium: Frond's encrypted upload and download beside plain presigned ones of the
// same file, and beside those of a Worker that moves the same bytes without encryption
// (relay.js), from the same page, to the same store, in the same run: over loopback, where
// processors are the bound, and on a line as people have it. Ratios are to transfers of the same
// round; medians. usage: FROND_ENDPOINT_BIN=… FROND_DIST=… node transfer.mjs [--rounds=5] [--mb=200]
import { execFile } from "node:child_process";
import { copyFile, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Bucket } from "../tests/browser/support/bucket.js";
import { noise } from "../tests/browser/support/files.js";
import { Profile } from "../tests/browser/support/profile.js";
import { embedded, through } from "../tests/browser/support/setting.js";
import { cpu } from "./cpu.mjs";
import { rented } from "./line.mjs";

const options = Object.fromEntries(process.argv.slice(2).map(a => a.replace(/^--/, "").split("=")));
const rounds = Number(options.rounds ?? 5);
const size = Number(options.mb ?? 200) * 1_000_000;
const PART = 8 << 20;
const PARTS = Math.ceil(size / PART);
/** What CPU time is spent in (cpu.mjs). */
const KINDS = ["browser", "network", "renderer", "other", "server"];
const PLACES = [
  { where: "over loopback", setting: embedded },
  {
    where: "on a line of 200 Mbit/s and 20 ms there and back",
    setting: world => through(world, rented({ bitsPerSecond: 200e6, roundTripMs: 20 })),
  },
];

// Signs what a plain page would need, with the store's own credentials.
const SIGN = `
import boto3, json, sys
from botocore.config import Config
c = json.load(open(sys.argv[1])); endpoint = sys.argv[2]; parts = int(sys.argv[3]); keys = sys.argv[4:]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name=c["region"], aws_access_key_id=c["access_key"],
    aws_secret_access_key=c["secret_key"], config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
def urls(key):
    at = {"Bucket": c["bucket"], "Key": key}
    upload = s3.create_multipart_upload(**at)["UploadId"]
    sign = lambda call, **more: s3.generate_presigned_url(call, Params={**at, **more}, ExpiresIn=900)
    return {
        "parts": [sign("upload_part", UploadId=upload, PartNumber=i + 1) for i in range(parts)],
        "complete": sign("complete_multipart_upload", UploadId=upload),
        "get": sign("get_object", ResponseContentDisposition='attachment; filename="plain"'),
    }
print(json.dumps([urls(key) for key in keys]))`;

/** In the page: plain uploads and downloads, and those by a Worker. */
function plain() {
  window.input = document.createElement("input");
  Object.assign(window.input, { type: "file", hidden: true, id: "plain" });
  document.body.append(window.input);
  const worker = new Worker("relay.js");
  const ask = (job, ports = []) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = reject;
      worker.postMessage(job, ports);
    });
  window.complete = async (url, etags) => {
    const list = etags
      .map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
      .join("");
    const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`;
    const answer = await fetch(url, { method: "POST", body });
    if (!answer.ok) throw new Error(`complete: ${answer.status}`);
  };
  window.plainUpload = async ({ parts, complete }, PART) => {
    const [file] = window.input.files;
    const etags = [];
    let next = 0;
    const send = async () => {
      while (next < parts.length) {
        const part = next++;
        const answer = await fetch(parts[part], {
          method: "PUT",
          body: file.slice(part * PART, (part + 1) * PART),
        });
        if (!answer.ok) throw new Error(`part ${part}: ${answer.status}`);
        etags[part] = answer.headers.get("etag");
      }
    };
    await Promise.all([send(), send(), send()]);
    await window.complete(complete, etags);
  };
  window.relayUpload = async ({ parts, complete }) =>
    window.complete(complete, await ask({ file: window.input.files[0], parts }));
  // As Frond does: the service worker answers the browser's request with what the Worker gives it.
  window.relayDownload = async ({ get }, size) => {
    const { active } = await navigator.serviceWorker.ready;
    const [page, data] = [new MessageChannel(), new MessageChannel()];
    const url = new Promise(resolve => (page.port1.onmessage = ({ data }) => resolve(data)));
    active.postMessage({ name: "relayed", size }, [page.port2, data.port2]);
    location.href = await url;
    await ask({ get, size }, [data.port1]);
  };
}

/** Clicks, and waits until the browser has the file on disk. */
async function download(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  await download.path();
  await download.delete();
}

async function measureIn({ where, setting }) {
  const world = { folder: await mkdtemp(join(tmpdir(), "frond-bench-")) };
  world.data = join(world.folder, "data");
  const dist = join(world.folder, "dist");
  await cp(process.env.FROND_DIST, dist, { recursive: true });
  await copyFile(new URL("relay.js", import.meta.url), join(dist, "relay.js"));
  world.env = { FROND_DIST: dist };
  const measured = new Map();
  let profile;
  try {
    await setting(world);
    const credentials = join(world.data, "store-credentials.json");
    const store = world.line?.origin ?? new Bucket(credentials).endpoint;
    // The page's own policy admits no script but its own.
    const options = { bypassCSP: true };
    profile = await Profile.open([world.origin, new URL(store).origin], options);
    const app = await profile.tab();
    await app.open(world.origin);
    await app.createAccount("bench", "kelp-lantern 7 orchard thimble");
    app.page.setDefaultTimeout(600_000);
    await app.page.evaluate(plain);
    const servers = world.processes.filter(({ pid }) => pid);
    const measure = async (what, round, work) => {
      const [before, begin] = [await cpu(profile, servers), performance.now()];
      await work();
      const took = (performance.now() - begin) / 1000;
      const after = await cpu(profile, servers);
      if (round < 0) return; // Warm now.
      const spent = Object.fromEntries(KINDS.map(kind => [kind, after[kind] - before[kind]]));
      measured.set(what, [...(measured.get(what) ?? []), { took, ...spent }]);
    };
    for (let round = -1; round < rounds; round += 1) {
      const name = `bench-${round}.bin`;
      const path = join(world.folder, name);
      await writeFile(path, noise(name, size));
      const signed = await promisify(execFile)(
        process.env.FROND_PYTHON ?? "python3",
        ["-c", SIGN, credentials, store, PARTS, `plain/${name}`, `relay/${name}`],
        { maxBuffer: 1 << 26 },
      );
      const urls = JSON.parse(signed.stdout);
      const { page } = app;
      await page.locator("#plain").setInputFiles(path);
      const [first, second] = urls;
      await measure("upload, plain", round, () =>
        page.evaluate(([urls, part]) => window.plainUpload(urls, part), [first, PART]),
      );
      await measure("upload, Worker", round, () =>
        page.evaluate(urls => window.relayUpload(urls), second),
      );
      await measure("upload, Frond", round, async () => {
        await app.field("Add files").setInputFiles(path);
        await app.button(`Download ${name}`).waitFor();
        await app.settled();
      });
      await measure("download, plain", round, () =>
        download(page, () => page.evaluate(url => void (location.href = url), first.get)),
      );
      await measure("download, Worker", round, () =>
        download(page, () =>
          page.evaluate(([urls, size]) => window.relayDownload(urls, size), [second, size]),
        ),
      );
      await measure("download, Frond", round, () =>
        download(page, () => app.button(`Download ${name}`).click()),
      );
      await rm(path);
    }
  } finally {
    await profile?.close();
    for (const process of world.processes ?? []) await process.stop();
    await rm(world.folder, { recursive: true, force: true });
  }
  tell(where, measured);
}

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

function tell(where, measured) {
  console.log(
    `\nEnd to end in Chromium, ${size / 1e6} MB ${where} (${rounds} rounds, load ${loadavg()[0].toFixed(1)}): MB/s, ratios, and seconds of CPU time\n`,
  );
  const kinds = KINDS.map(kind => `CPU ${kind}`);
  console.log(`| ${["", "MB/s", "of plain", "of Worker", ...kinds].join(" | ")} |`);
  console.log(`|${"---|".repeat(kinds.length + 4)}`);
  for (const [what, runs] of measured) {
    const [way] = what.split(", ");
    const of = other => {
      const others = measured.get(`${way}, ${other}`);
      return median(runs.map(({ took }, round) => others[round].took / took)).toFixed(2);
    };
    const speed = (size / 1e6 / median(runs.map(({ took }) => took))).toFixed(1);
    const spent = KINDS.map(kind => median(runs.map(run => run[kind])).toFixed(2));
    console.log(`| ${[what, speed, of("plain"), of("Worker"), ...spent].join(" | ")} |`);
  }
}

for (const place of PLACES) await measureIn(place);
