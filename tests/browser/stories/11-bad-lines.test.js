// Uploads over a line that breaks in every way: one object, its bytes, no duplicate.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { failed, status, unreachable } from "../support/guard.js";
import { hang, pretend, refuse, reset, slow, stall } from "../support/proxy.js";
import { behind } from "../support/setting.js";
import { story } from "../support/story.js";

const SIZE = 40_000_000;
const PART = /\/objects\/.*partNumber=/;
const COMPLETE = /\/objects\/.*uploadId=/;
const OBJECT = /\/objects\//;

/** Adds one large file over the line as it is, and looks at what came of it. */
async function comesThrough(world, app, name = "crossing.bin") {
  const [file] = await lay(join(world.folder, "home"), { [name]: noise(name, SIZE) });
  app.profile.guard.expect(unreachable, failed, status("\\d+", OBJECT));
  await app.field("Add files").setInputFiles(file.path);
  await arrived(world, app, file);
}

/** The file is there once, whole, and nothing else is in the bucket. */
async function arrived(world, app, file) {
  await app.has([file.name]);
  await app.settled();
  world.line.heal();
  assert.equal((await world.bucket.objects()).length, 1, "one object");
  assert.equal(await world.bucket.unfinished(), 0, "no upload is left unfinished");
  assert.ok((await app.download(file.name)).bytes.equals(file.bytes), "the same bytes");
}

story(
  "11: connections end before, in and after a part",
  async world => {
    const app = await world.member();
    world.line.when("PUT", PART, reset("before"), { from: 1 });
    world.line.when("PUT", PART, reset("middle"), { from: 2, to: 4 });
    world.line.when("PUT", PART, reset("after"), { from: 5, to: 6 });
    await comesThrough(world, app);
  },
  { setting: behind },
);

story(
  "11b: the store is slow, busy, or does what it says it did not",
  async world => {
    const app = await world.member();
    world.line.when("POST", /uploads=/, refuse(503, "SlowDown", { "retry-after": "1" }));
    world.line.when("PUT", PART, refuse(503, "SlowDown"), { from: 1, to: 3 });
    world.line.when("PUT", PART, pretend(500, "<Error><Code>InternalError</Code></Error>"), {
      from: 4,
      to: 5,
    });
    world.line.when("PUT", PART, refuse(400, "RequestTimeout"), { from: 6 });
    world.line.when("PUT", PART, refuse(400, "BadDigest"), { from: 7 });
    world.line.when("PUT", PART, slow({ ms: 2_000 }), { from: 8, to: 9 });
    world.line.when("GET", OBJECT, refuse(503), { from: 1, to: 2 });
    world.line.when("GET", OBJECT, reset("after"), { from: 3 });
    await comesThrough(world, app);
  },
  { setting: behind },
);

story(
  "11c: URLs expire",
  async world => {
    const app = await world.member();
    const expired = refuse(403, "AccessDenied");
    // Of two parts, each once: who is refused right after it was signed anew is refused for good.
    world.line.when("PUT", /partNumber=1&/, expired);
    world.line.when("PUT", /partNumber=4&/, expired);
    world.line.when("POST", COMPLETE, expired, { from: 1 });
    world.line.when("GET", OBJECT, expired);
    await comesThrough(world, app);
  },
  { setting: behind },
);

for (const [letter, what, act] of [
  ["d", "an error under 200", pretend(200, "  \n<Error><Code>InternalError</Code></Error>")],
  ["e", "half an answer", pretend(200, "<CompleteMultipartUploadRes")],
  ["f", "no answer", reset("after")],
  ["g", "an error under 200, before anything was done", refuse(200, "InternalError")],
]) {
  story(
    `11${letter}: the end of an upload is answered with ${what}`,
    async world => {
      const app = await world.member();
      world.line.when("POST", COMPLETE, act, { from: 1 });
      await comesThrough(world, app);
    },
    { setting: behind },
  );
}

story(
  "11i: what does not move for half a minute is asked for again",
  async world => {
    const app = await world.member();
    const [here, there] = await lay(join(world.folder, "home"), {
      "here.bin": noise("here", SIZE),
      "there.bin": noise("there", SIZE),
    });
    app.profile.guard.expect(unreachable, failed);
    await app.add([here]);
    const [piece, part] = [
      world.line.when("GET", OBJECT, stall("answer"), { from: 3 }),
      world.line.when("PUT", PART, stall("request")),
    ];
    const download = app.download(here.name);
    await app.field("Add files").setInputFiles(there.path);
    await Promise.all([here, there].map(({ name }) => standsStill(app, name)));
    assert.ok((await download).bytes.equals(here.bytes), "the same bytes");
    await app.has([here.name, there.name]);
    await app.settled();
    assert.ok((await app.download(there.name)).bytes.equals(there.bytes), "the same bytes");
    for (const rule of [piece, part]) assert.ok(rule.met > rule.to, "it was asked for again");
    assert.equal(await world.bucket.unfinished(), 0, "no upload is left unfinished");
  },
  { setting: behind },
);

/** The row of a transfer says so, and neither a speed nor a time left. */
async function standsStill(app, name) {
  const row = app.transfer(name);
  await row.getByText(/ of \d+ MB · stalled$/).waitFor();
  await row
    .getByText("No progress at the moment. Nothing is lost, and this will continue automatically.")
    .waitFor();
}

story(
  "11j: a download tells what came as it comes, before a piece of it is whole",
  async world => {
    const app = await world.member();
    const [file] = await lay(join(world.folder, "home"), { "film.bin": noise("film", SIZE) });
    app.profile.guard.expect(unreachable, failed);
    await app.add([file]);
    world.line.when("GET", OBJECT, hang(300_000), { from: 2, to: 99 });
    await app.button(`Download ${file.name}`).click();
    await standsStill(app, file.name);
    const done = Number(
      await app.transfer(file.name).getByRole("progressbar").getAttribute("aria-valuenow"),
    );
    assert.ok(done > 0, `${done} %`);
    await app.button(`Cancel ${file.name}`).click();
    await app.transfer(file.name).waitFor({ state: "detached" });
  },
  { setting: behind },
);

story(
  "11h: the line is cut in the middle of an upload, and comes back",
  async world => {
    const app = await world.member();
    const [file] = await lay(join(world.folder, "home"), { "tunnel.bin": noise("tunnel", SIZE) });
    app.profile.guard.expect(unreachable, failed, status("\\d+", OBJECT));
    world.line.when("PUT", PART, slow({ ms: 1_000 }), { from: 1, to: 5 });
    await app.field("Add files").setInputFiles(file.path);
    await eventually("parts are on their way", () => world.line.count("PUT", PART) >= 2);
    await app.profile.context.setOffline(true);
    await app.page
      .getByText(/(did|does) not answer/)
      .first()
      .waitFor();
    await app.profile.context.setOffline(false);
    await arrived(world, app, file);
  },
  { setting: behind },
);
