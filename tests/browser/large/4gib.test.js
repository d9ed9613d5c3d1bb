// 4 GiB up and down: the same bytes, flat memory, a page that never hangs. Printed; `make large` runs it.
// FROND_LARGE_MIB says otherwise how many MiB.

import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { most, renderers } from "../support/memory.js";
import { story } from "../support/story.js";

const MIB = 1024 * 1024;
const SIZE = Number(process.env.FROND_LARGE_MIB ?? 4096);
/** Renderer memory above idle, in MiB. */
const GROWTH = 150;
/** The page's thread is never blocked longer, in milliseconds. */
const BLOCKED = 50;

story(`large: ${SIZE} MiB up and down`, async world => {
  const app = await world.member();
  app.page.setDefaultTimeout(1_800_000);
  const path = join(world.folder, "large.bin");
  const sent = await noiseFile(path, SIZE);
  await app.page.evaluate(() => {
    globalThis.blocked = [];
    new PerformanceObserver(list => globalThis.blocked.push(...list.getEntries().map(({ duration }) => duration)))
      .observe({ type: "longtask", buffered: false });
  });
  const { folder } = app.profile;
  const idle = await renderers(folder);

  const up = await timed(folder, async () => {
    await app.field("Add files").setInputFiles(path);
    await app.button("Download large.bin").waitFor();
    await app.settled();
  });
  await rm(path);
  const down = await timed(folder, async () => {
    const [download] = await Promise.all([app.page.waitForEvent("download"), app.button("Download large.bin").click()]);
    assert.equal(await download.failure(), null);
    return download;
  });
  const came = await hash(await down.result.path());
  const blocked = await app.page.evaluate(() => globalThis.blocked);
  const longest = Math.round(Math.max(0, ...blocked));
  for (const [way, { peak, seconds }] of [["up", up], ["down", down]]) {
    console.log(`${way}: ${seconds.toFixed(1)} s, ${(SIZE / seconds).toFixed(0)} MiB/s, renderers +${(peak - idle).toFixed(0)} MiB over ${idle.toFixed(0)} idle`);
  }
  console.log(`page's thread: ${blocked.length} tasks over 50 ms, the longest ${longest} ms; hash ${came === sent ? "equal" : "DIFFERS"}`);
  assert.equal(came, sent);
  for (const { peak } of [up, down]) assert.ok(peak - idle <= GROWTH, `${(peak - idle).toFixed(0)} MiB over idle`);
  assert.ok(longest <= BLOCKED, `blocked for ${longest} ms`);
}, { seconds: 3_600 });

async function timed(folder, act) {
  const begin = performance.now();
  const { result, peak } = await most(folder, act);
  return { result, peak: peak(), seconds: (performance.now() - begin) / 1000 };
}

/** A file of so many MiB of noise; its hash. */
async function noiseFile(path, mib) {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  const sha256 = createHash("sha256");
  const zeros = Buffer.alloc(MIB);
  const pieces = function* () {
    for (let i = 0; i < mib; i++) {
      const piece = cipher.update(zeros);
      sha256.update(piece);
      yield piece;
    }
  };
  await pipeline(Readable.from(pieces()), createWriteStream(path));
  return sha256.digest("hex");
}

async function hash(path) {
  const sha256 = createHash("sha256");
  for await (const bytes of createReadStream(path, { highWaterMark: MIB })) sha256.update(bytes);
  return sha256.digest("hex");
}
