// Uploads that are cut by whatever: they go on, and nothing that was acknowledged is sent twice.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { failed, status, unreachable } from "../support/guard.js";
import { stall } from "../support/proxy.js";
import { behind } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const PART = /\/objects\/.*partNumber=/;
const OBJECT = /\/objects\//;
const JOURNAL = /\/uploads\/.*\/\d{5}/;
/** With its padding, 13 parts. */
const LARGE = 100_000_000;

const named = async (world, name, size) =>
  (await lay(join(world.folder, "home"), { [name]: noise(name, size) }))[0];

/** Another tab of the same browser: there is a session to come back to. */
async function nextTab(world, app) {
  const next = await app.profile.tab();
  await next.open(world.origin);
  await next.opened();
  return Object.assign(next, { profile: app.profile });
}

/** An upload whose first eight parts are acknowledged and journaled, and whose ninth hangs. */
async function halfSent(world, app, file) {
  app.profile.guard.expect(unreachable, failed, status("\\d+", OBJECT));
  world.line.when("PUT", PART, stall("request"), { from: 9, to: 99 });
  await app.field("Add files").setInputFiles(file.path);
  await eventually("the journal knows all eight", () => journaled(world), 8);
}

/**
 * Parts that the journal speaks of, by the length of its pages: 48 bytes for each of 16 slots, and
 * little else.
 */
async function journaled(world) {
  const pages = (await world.bucket.list("vaults/")).filter(({ key }) => JOURNAL.test(key));
  return pages.reduce((parts, { size }) => parts + Math.floor(size / 810), 0);
}

async function arrived(world, app, file) {
  await app.has([file.name]);
  await app.settled();
  await eventually(
    "the journal is gone",
    async () =>
      (await world.bucket.list("vaults/")).filter(({ key }) => /\/uploads\//.test(key)).length,
    0,
  );
  assert.equal((await world.bucket.objects()).length, 1, "one object");
  assert.equal(await world.bucket.unfinished(), 0, "no upload is left unfinished");
  assert.ok((await app.download(file.name)).bytes.equals(file.bytes), "the same bytes");
}

/**
 * The same file is added again: of its thirteen parts the eight that were journaled are not sent
 * again.
 */
async function goesOn(world, app, file) {
  await app
    .transfers()
    .getByText(/Add the same file again/)
    .waitFor();
  const before = world.line.count("PUT", PART);
  await app.field("Add files").setInputFiles(file.path);
  await arrived(world, app, file);
  assert.equal(world.line.count("PUT", PART) - before, 5, "what was journaled is not sent again");
}

/** Files that wait in the browser's own file system. */
const spooled = app =>
  app.page.evaluate(async () => {
    const count = async folder => {
      let files = 0;
      for await (const entry of folder.values())
        files += entry.kind === "file" ? 1 : await count(entry);
      return files;
    };
    return count(await navigator.storage.getDirectory());
  });

story(
  "14: the tab is killed in the middle; the same file, added again, goes on",
  async world => {
    const app = await world.member();
    const file = await named(world, "long-film.bin", LARGE);
    await halfSent(world, app, file);
    await app.page.close();
    world.line.heal();

    const again = await nextTab(world, app);
    await goesOn(world, again, file);
  },
  { setting: behind },
);

story(
  "14b: another device goes on with it",
  async world => {
    const app = await world.member();
    const file = await named(world, "long-film.bin", LARGE);
    await halfSent(world, app, file);
    await app.profile.context.close();
    world.line.heal();

    const other = await world.person();
    await other.signIn(USERNAME, PASSWORD);
    await goesOn(world, other, file);
  },
  { setting: behind },
);

story(
  "14c: given up, nothing of it stays in the bucket",
  async world => {
    const app = await world.member();
    const file = await named(world, "long-film.bin", LARGE);
    await halfSent(world, app, file);
    await app.page.close();
    world.line.heal();
    const again = await nextTab(world, app);
    await again.button(`Cancel ${file.name}`).click();
    await again.transfer(file.name).waitFor({ state: "detached" });
    await eventually(
      "nothing is left",
      async () =>
        (await world.bucket.unfinished()) +
        (await world.bucket.list("vaults/")).filter(({ key }) => /\/(uploads|objects)\//.test(key))
          .length,
      0,
    );
  },
  { setting: behind },
);

/** Whether the service worker has all of the Workers' program, which it caches on first use. */
const workerIsCached = app =>
  app.page.evaluate(async () => {
    const caught = await Promise.all(
      (await caches.keys()).map(async name => (await caches.open(name)).keys()),
    );
    const program = caught.flat().filter(({ url }) => /frond-worker-/.test(url));
    return program.some(({ url }) => url.endsWith(".wasm")) && program.length > 1;
  });

for (const [letter, size, what, blobs] of [
  ["d", 300_000, "a small file", 1],
  ["e", 30_000_000, "a file of several parts", 5],
]) {
  story(
    `14${letter}: ${what}, added offline, outlives the tab and goes up by itself`,
    async world => {
      const app = await world.member();
      const file = await named(world, "offline.bin", size);
      app.profile.guard.expect(unreachable, failed);
      await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
      await app.page.reload();
      await app.opened();
      await eventually("the Workers' program is here", () => workerIsCached(app));
      await app.profile.context.setOffline(true);
      await app.field("Add files").setInputFiles(file.path);
      await app.page.getByText("1 file only on this device").waitFor();
      await eventually("its ciphertext waits here", async () => (await spooled(app)) >= blobs);
      await app.page.close();

      const again = await app.profile.tab();
      await again.open(world.origin);
      // Without the server's share the keys stay closed: offline the password opens the vault.
      await again.trySignIn(USERNAME, PASSWORD);
      await again.heading("Files").waitFor();
      await again.transfers().getByText("Only on this device").waitFor();
      await app.profile.context.setOffline(false);
      await arrived(world, again, file);
      await eventually("nothing waits here any more", () => spooled(again), 0);
    },
    { setting: behind },
  );
}

story(
  "14f: two tabs, one sender; when that tab dies the other takes over",
  async world => {
    const app = await world.member();
    const file = await named(world, "shared.bin", 300_000);
    app.profile.guard.expect(unreachable, failed);
    world.line.when("PUT", OBJECT, stall("request"), { from: 1, to: 99 });
    await app.field("Add files").setInputFiles(file.path);
    await eventually("it is on its way", () => world.line.count("PUT", OBJECT) > 0);
    const other = await nextTab(world, app);
    await other
      .transfers()
      .getByText(/Another tab/)
      .waitFor();
    await eventually("its ciphertext waits here", () => spooled(app));
    world.line.heal();
    await app.page.close();
    await arrived(world, other, file);
  },
  { setting: behind },
);

story(
  "14g: paused, it stays so over a reload; resumed, it goes on",
  async world => {
    const app = await world.member();
    const file = await named(world, "pause.bin", 300_000);
    app.profile.guard.expect(unreachable, failed);
    world.line.when("PUT", OBJECT, stall("request"), { from: 1, to: 1 });
    await app.field("Add files").setInputFiles(file.path);
    await eventually("it is on its way", () => world.line.count("PUT", OBJECT) > 0);
    await app.button(`Pause ${file.name}`).click();
    await app.button(`Resume ${file.name}`).waitFor();
    await eventually("its ciphertext waits here", () => spooled(app));
    app.page.once("dialog", dialog => dialog.accept());
    await app.page.reload();
    await app.opened();
    await app
      .transfers()
      .getByText(/paused/)
      .waitFor();
    await app.button(`Resume ${file.name}`).click();
    await arrived(world, app, file);
  },
  { setting: behind },
);

story("14h: three hundred small files are few requests to the server", async world => {
  const app = await world.member();
  const files = await lay(
    join(world.folder, "many"),
    Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [
        `note-${String(n).padStart(3, "0")}.txt`,
        noise(`note-${n}`, 500),
      ]),
    ),
  );
  // What each request wants signed for single objects; how often the list is looked at is a question of
  // time.
  const asked = [];
  app.page.on("request", request => {
    if (!request.url().endsWith("/v1/presign")) return;
    const { operations } = request.postDataJSON();
    const ofObjects = operations
      .filter(({ object }) => object)
      .map(({ op, object }) => `${op} ${object}`);
    if (ofObjects.length > 0) asked.push(ofObjects);
  });
  await app.field("Add files").setInputFiles(files.map(({ path }) => path));
  await app.settled();
  // Only the rows near the window are drawn; the count is that of all, with the head.
  const table = app.page.getByRole("table", { name: "Files", exact: true });
  await eventually("all are listed", () => table.getAttribute("aria-rowcount"), "301");
  assert.equal((await world.bucket.objects()).length, 300);
  const signed = asked.flat();
  assert.equal(new Set(signed).size, signed.length, "nothing is signed twice");
  assert.equal(signed.length, 300, "of each file, PUT; a listing confirms it");
  // How many share a request is a question of time too. Each for itself would be 300.
  assert.ok(asked.length < 300, `${asked.length} requests for signatures`);
});

/** The numbers of the parts that went through. */
const partsSent = seen =>
  seen
    .filter(line => line.startsWith("PUT ") && PART.test(line) && !line.includes("stall"))
    .map(line => Number(/partNumber=(\d+)/.exec(line)[1]));

/** Whatever ends a Worker for good: a lack of memory, a fault of the program. */
async function killWorkers(app) {
  app.profile.guard.expect(/killed by the story/);
  await Promise.all(
    app.page.workers().map(worker =>
      worker.evaluate(() => {
        setTimeout(() => {
          throw new Error("killed by the story");
        });
      }),
    ),
  );
}

story(
  "14i: a Worker dies in the middle: the upload goes on in another, a download fails with a word and comes whole after it",
  async world => {
    const app = await world.member();
    const file = await named(world, "long-film.bin", LARGE);
    await halfSent(world, app, file);
    const acknowledged = partsSent(world.line.seen);
    assert.equal(acknowledged.length, 8);
    const before = world.line.seen.length;
    world.line.heal();
    await killWorkers(app);
    await app.has([file.name]);
    await app.settled();
    // The Worker that dies may have sent one more, once the line was whole.
    const again = new Set(partsSent(world.line.seen.slice(before)));
    assert.deepEqual(
      acknowledged.filter(part => again.has(part)),
      [],
      "what was journaled is not sent again",
    );
    assert.equal(again.size, 5, "what was not is");
    assert.equal((await world.bucket.objects()).length, 1, "one object");

    // Thirteen are the table and what is asked for before anything was verified: after more of
    // them, something was saved.
    world.line.when("GET", OBJECT, stall("answer"), { from: 16, to: 99 });
    const [download] = await Promise.all([
      app.page.waitForEvent("download"),
      app.button(`Download ${file.name}`).click(),
    ]);
    await eventually("it is under way", () =>
      world.line.seen.some(line => line.startsWith("GET ") && line.includes("stall")),
    );
    await killWorkers(app);
    assert.ok(await download.failure(), "no file that looks whole");
    await app
      .transfers()
      .getByText(/Nothing is lost/)
      .waitFor();
    world.line.heal();
    assert.ok((await app.download(file.name)).bytes.equals(file.bytes), "the same bytes");
  },
  { setting: behind },
);
