// End to end in Chromium: Frond's encrypted upload and download beside the plain presigned ones of the same file, from
// the same page, to the same store, in the same run. A ratio is to the plain transfer of the same round; medians.
// usage: FROND_ENDPOINT_BIN=… FROND_DIST=… node transfer.mjs [--rounds=5] [--mb=200]
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Bucket } from "../tests/browser/support/bucket.js";
import { noise } from "../tests/browser/support/files.js";
import { Profile } from "../tests/browser/support/profile.js";
import { embedded } from "../tests/browser/support/setting.js";

const options = Object.fromEntries(process.argv.slice(2).map((a) => a.replace(/^--/, "").split("=")));
const rounds = Number(options.rounds ?? 5);
const size = Number(options.mb ?? 200) * 1_000_000;
const PART = 8 << 20;
const PARTS = Math.ceil(size / PART);

// Signs what a plain page would need, with the store's own credentials.
const SIGN = `
import boto3, json, sys
from botocore.config import Config
c = json.load(open(sys.argv[1])); parts = int(sys.argv[2]); key = sys.argv[3]
s3 = boto3.client("s3", endpoint_url=c["endpoint"], region_name=c["region"], aws_access_key_id=c["access_key"],
    aws_secret_access_key=c["secret_key"], config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
at = {"Bucket": c["bucket"], "Key": key}
upload = s3.create_multipart_upload(**at)["UploadId"]
sign = lambda call, **more: s3.generate_presigned_url(call, Params={**at, **more}, ExpiresIn=900)
print(json.dumps({
    "parts": [sign("upload_part", UploadId=upload, PartNumber=i + 1) for i in range(parts)],
    "complete": sign("complete_multipart_upload", UploadId=upload),
    "get": sign("get_object", ResponseContentDisposition='attachment; filename="plain"'),
}))`;

const world = { folder: await mkdtemp(join(tmpdir(), "frond-bench-")) };
world.data = join(world.folder, "data");
await embedded(world);
const store = new Bucket(join(world.data, "store-credentials.json"));
const profile = await Profile.open([world.origin, new URL(store.endpoint).origin]);
const seconds = async (work) => {
  const begin = performance.now();
  const result = await work();
  return { result, took: (performance.now() - begin) / 1000 };
};

async function plainUpload(page, input, urls) {
  await input.evaluate(async (input, { parts, complete, PART }) => {
    const [file] = input.files;
    const etags = [];
    let next = 0;
    const send = async () => {
      while (next < parts.length) {
        const part = next++;
        const answer = await fetch(parts[part], { method: "PUT", body: file.slice(part * PART, (part + 1) * PART) });
        if (!answer.ok) throw new Error(`part ${part}: ${answer.status}`);
        etags[part] = answer.headers.get("etag");
      }
    };
    await Promise.all([send(), send(), send()]);
    const list = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
    const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`;
    const answer = await fetch(complete, { method: "POST", body });
    if (!answer.ok) throw new Error(`complete: ${answer.status}`);
  }, { ...urls, PART });
}

/** Clicks, and waits until the browser has the file on disk. */
async function download(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  await download.path();
  await download.delete();
}

const speeds = { "upload, plain": [], "upload, Frond": [], "download, plain": [], "download, Frond": [] };
try {
  const app = await profile.tab();
  await app.open(world.origin);
  await app.createAccount("bench", "kelp-lantern 7 orchard thimble");
  app.page.setDefaultTimeout(600_000);
  const input = await app.page.evaluateHandle(() => {
    const input = document.createElement("input");
    input.type = "file";
    input.hidden = true;
    return document.body.appendChild(input);
  });
  for (let round = -1; round < rounds; round += 1) {
    const name = `bench-${round}.bin`;
    const path = join(world.folder, name);
    await writeFile(path, noise(name, size));
    const signed = await promisify(execFile)(process.env.FROND_PYTHON ?? "python3",
      ["-c", SIGN, join(world.data, "store-credentials.json"), PARTS, `plain/${name}`], { maxBuffer: 1 << 26 });
    const urls = JSON.parse(signed.stdout);
    await input.setInputFiles(path);
    const plainUp = await seconds(() => plainUpload(app.page, input, urls));
    const frondUp = await seconds(async () => {
      await app.field("Add files").setInputFiles(path);
      await app.button(`Download ${name}`).waitFor();
      await app.settled();
    });
    const plainDown = await seconds(() => download(app.page, () => app.page.evaluate((url) => { location.href = url; }, urls.get)));
    const frondDown = await seconds(() => download(app.page, () => app.button(`Download ${name}`).click()));
    await rm(path);
    if (round < 0) continue; // Warm now.
    for (const [kind, { took }] of [["upload, plain", plainUp], ["upload, Frond", frondUp], ["download, plain", plainDown], ["download, Frond", frondDown]]) {
      speeds[kind].push(size / 1e6 / took);
    }
  }
} finally {
  await profile.close();
  await world.endpoint.stop();
  await rm(world.folder, { recursive: true, force: true });
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
console.log(`\nEnd to end in Chromium, ${size / 1e6} MB over loopback (${rounds} rounds, load ${loadavg()[0].toFixed(1)}): MB/s and ratio to plain\n`);
console.log("| transfer | plain | Frond | ratio |\n|---|---|---|---|");
for (const way of ["upload", "download"]) {
  const [plain, frond] = [speeds[`${way}, plain`], speeds[`${way}, Frond`]];
  console.log(`| ${way} | ${median(plain).toFixed(0)} | ${median(frond).toFixed(0)} | ${median(frond.map((v, i) => v / plain[i])).toFixed(2)} |`);
}
