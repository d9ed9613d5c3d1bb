// End to end in Chromium: Frond's encrypted upload and download beside the plain presigned ones of
// the same file, from the same page, to the same store, in the same run: over loopback, where
// processors are the bound, and on a line as people have it. A ratio is to the plain transfer of
// the same round; medians. usage: FROND_ENDPOINT_BIN=… FROND_DIST=… node transfer.mjs [--rounds=5]
// [--mb=200]
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Bucket } from "../tests/browser/support/bucket.js";
import { noise } from "../tests/browser/support/files.js";
import { Profile } from "../tests/browser/support/profile.js";
import { embedded, through } from "../tests/browser/support/setting.js";
import { rented } from "./line.mjs";

const options = Object.fromEntries(process.argv.slice(2).map(a => a.replace(/^--/, "").split("=")));
const rounds = Number(options.rounds ?? 5);
const size = Number(options.mb ?? 200) * 1_000_000;
const PART = 8 << 20;
const PARTS = Math.ceil(size / PART);
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
c = json.load(open(sys.argv[1])); endpoint = sys.argv[2]; parts = int(sys.argv[3]); key = sys.argv[4]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name=c["region"], aws_access_key_id=c["access_key"],
    aws_secret_access_key=c["secret_key"], config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
at = {"Bucket": c["bucket"], "Key": key}
upload = s3.create_multipart_upload(**at)["UploadId"]
sign = lambda call, **more: s3.generate_presigned_url(call, Params={**at, **more}, ExpiresIn=900)
print(json.dumps({
    "parts": [sign("upload_part", UploadId=upload, PartNumber=i + 1) for i in range(parts)],
    "complete": sign("complete_multipart_upload", UploadId=upload),
    "get": sign("get_object", ResponseContentDisposition='attachment; filename="plain"'),
}))`;

const seconds = async work => {
  const begin = performance.now();
  const result = await work();
  return { result, took: (performance.now() - begin) / 1000 };
};

async function plainUpload(page, input, urls) {
  await input.evaluate(
    async (input, { parts, complete, PART }) => {
      const [file] = input.files;
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
      const list = etags
        .map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
        .join("");
      const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`;
      const answer = await fetch(complete, { method: "POST", body });
      if (!answer.ok) throw new Error(`complete: ${answer.status}`);
    },
    { ...urls, PART },
  );
}

/** Clicks, and waits until the browser has the file on disk. */
async function download(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  await download.path();
  await download.delete();
}

async function measure({ where, setting }) {
  const world = { folder: await mkdtemp(join(tmpdir(), "frond-bench-")) };
  world.data = join(world.folder, "data");
  const speeds = {
    "upload, plain": [],
    "upload, Frond": [],
    "download, plain": [],
    "download, Frond": [],
  };
  let profile;
  try {
    await setting(world);
    const credentials = join(world.data, "store-credentials.json");
    const store = world.line?.origin ?? new Bucket(credentials).endpoint;
    profile = await Profile.open([world.origin, new URL(store).origin]);
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
      const signed = await promisify(execFile)(
        process.env.FROND_PYTHON ?? "python3",
        ["-c", SIGN, credentials, store, PARTS, `plain/${name}`],
        { maxBuffer: 1 << 26 },
      );
      const urls = JSON.parse(signed.stdout);
      await input.setInputFiles(path);
      const plainUp = await seconds(() => plainUpload(app.page, input, urls));
      const frondUp = await seconds(async () => {
        await app.field("Add files").setInputFiles(path);
        await app.button(`Download ${name}`).waitFor();
        await app.settled();
      });
      const plainDown = await seconds(() =>
        download(app.page, () =>
          app.page.evaluate(url => {
            location.href = url;
          }, urls.get),
        ),
      );
      const frondDown = await seconds(() =>
        download(app.page, () => app.button(`Download ${name}`).click()),
      );
      await rm(path);
      if (round < 0) continue; // Warm now.
      for (const [kind, { took }] of [
        ["upload, plain", plainUp],
        ["upload, Frond", frondUp],
        ["download, plain", plainDown],
        ["download, Frond", frondDown],
      ]) {
        speeds[kind].push(size / 1e6 / took);
      }
    }
  } finally {
    await profile?.close();
    for (const process of world.processes ?? []) await process.stop();
    await rm(world.folder, { recursive: true, force: true });
  }
  tell(where, speeds);
}

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

function tell(where, speeds) {
  console.log(
    `\nEnd to end in Chromium, ${size / 1e6} MB ${where} (${rounds} rounds, load ${loadavg()[0].toFixed(1)}): MB/s and ratio to plain\n`,
  );
  console.log("| transfer | plain | Frond | ratio |\n|---|---|---|---|");
  for (const way of ["upload", "download"]) {
    const [plain, frond] = [speeds[`${way}, plain`], speeds[`${way}, Frond`]];
    console.log(
      `| ${way} | ${median(plain).toFixed(1)} | ${median(frond).toFixed(1)} | ${median(frond.map((v, i) => v / plain[i])).toFixed(2)} |`,
    );
  }
}

for (const place of PLACES) await measure(place);
