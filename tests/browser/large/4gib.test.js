// 4 GiB up and down: the same bytes, flat memory, a page that never hangs. Printed; `make large`
// runs it. FROND_LARGE_MIB says otherwise how many MiB.

import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { most, renderers } from "../support/memory.js";
import { Plain } from "../support/plain.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";
import { watchThreads } from "../support/threads.js";

const MIB = 1024 * 1024;
const SIZE = Number(process.env.FROND_LARGE_MIB ?? 4096);
/** Renderer memory above idle, in MiB. */
const GROWTH = 150;
/**
 * No task of the page's thread runs longer, in milliseconds. How long it waits for a core is the
 * machine's affair.
 */
const BLOCKED = 50;

story(
  `large: ${SIZE} MiB up and down`,
  async world => {
    const path = join(world.folder, "large.bin");
    const sent = await noiseFile(path, SIZE);
    const tab = await Plain.open(world.origin);
    world.processes.unshift({ stop: () => tab.close(), log: () => "" });
    await tab.click("Create account");
    for (const field of ["Repeat password", "Password"]) await tab.fill(field, PASSWORD);
    await tab.fill("Username", USERNAME);
    await tab.with("Create account", "it.requestSubmit();");
    await tab.with(
      "Add files",
      `
    globalThis.blocked = [];
    new PerformanceObserver(list => globalThis.blocked.push(...list.getEntries().map(({ startTime, duration }) => [performance.timeOrigin + startTime, duration]))).observe({ type: "longtask" });
  `,
    );
    const idle = await renderers(tab.folder);
    const threads = await watchThreads(tab.folder);

    const up = await timed(tab.folder, async () => {
      await tab.choose("Add files", path);
      await tab.with("Download large.bin", "");
    });
    await rm(path);
    const down = await timed(tab.folder, () => tab.download(() => tab.click("Download large.bin")));
    const came = await hash(down.result);
    const blocked = await tab.ask("globalThis.blocked");
    const ranIn = await threads();
    const longest = Math.round(Math.max(0, ...blocked.map(([, lasted]) => lasted)));
    const ran = Math.round(
      Math.max(0, ...blocked.map(([start, lasted]) => ranIn(start, start + lasted))),
    );
    for (const [way, { peak, seconds }] of [
      ["up", up],
      ["down", down],
    ]) {
      console.log(
        `${way}: ${seconds.toFixed(1)} s, ${(SIZE / seconds).toFixed(0)} MiB/s, renderers +${(peak - idle).toFixed(0)} MiB over ${idle.toFixed(0)} idle`,
      );
    }
    console.log(
      `page's thread: ${blocked.length} tasks over 50 ms, the longest ${longest} ms, of which one ran at most ${ran} ms; hash ${came === sent ? "equal" : "DIFFERS"}`,
    );
    assert.equal(came, sent);
    for (const { peak } of [up, down])
      assert.ok(peak - idle <= GROWTH, `${(peak - idle).toFixed(0)} MiB over idle`);
    assert.ok(ran <= BLOCKED, `a task ran for ${ran} ms`);
  },
  { seconds: 3_600 },
);

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
