// Whoever holds the bucket changes it: a named error for each file, nothing of it saved, the others
// fine.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { status } from "../support/guard.js";
import { saved } from "../support/profile.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const SLOT = 524_361;
const CHANGED = "This file was changed in storage after you saved it";
const CUT = "This file was cut short in storage after you saved it";
const MISSING = "This file is no longer in storage";

story("4: a bit flipped, an object cut, two swapped, one gone", async world => {
  const app = await world.member();
  const files = await lay(join(world.folder, "home"), {
    "flipped.bin": noise("flipped", 1_500_000),
    "cut.bin": noise("cut", 1_500_000),
    "left.bin": noise("left", 40_000),
    "right.bin": noise("right", 40_000),
    "gone.bin": noise("gone", 500),
    "fine.bin": noise("fine", 1_500_000),
  });
  const keys = {};
  for (const file of files) keys[file.name] = await world.newObject(() => app.add([file]));
  const { bucket } = world;

  const flipped = await bucket.get(keys["flipped.bin"]);
  flipped[(SLOT + SLOT / 2) | 0] ^= 0x04; // in the second of three chunks
  await bucket.put(keys["flipped.bin"], flipped);
  await bucket.put(keys["cut.bin"], (await bucket.get(keys["cut.bin"])).subarray(0, 2 * SLOT));
  const [left, right] = await Promise.all([
    bucket.get(keys["left.bin"]),
    bucket.get(keys["right.bin"]),
  ]);
  assert.equal(left.length, right.length);
  await Promise.all([bucket.put(keys["left.bin"], right), bucket.put(keys["right.bin"], left)]);
  await bucket.remove(keys["gone.bin"]);

  app.profile.guard.expect(status(404, /objects/), status(416, /objects/));
  for (const [name, sentence] of [
    ["flipped.bin", CHANGED],
    ["cut.bin", CUT],
    ["left.bin", CHANGED],
    ["right.bin", CHANGED],
    ["gone.bin", MISSING],
  ]) {
    assert.deepEqual(await refused(app, name, sentence), [], `nothing of ${name} is saved`);
  }
  await accessible(app.page, "transfers that failed");
  const fine = files.find(({ name }) => name === "fine.bin");
  assert.ok((await app.download(fine.name)).bytes.equals(fine.bytes), "the others are fine");

  // What was put back as it was opens again.
  await Promise.all([bucket.put(keys["left.bin"], left), bucket.put(keys["right.bin"], right)]);
  const again = files.find(({ name }) => name === "left.bin");
  assert.ok((await app.download(again.name)).bytes.equals(again.bytes));
});

story("4b: a change taken out of the history, and objects that nobody added", async world => {
  const app = await world.member();
  const files = await lay(join(world.folder, "home"), {
    "one.txt": noise("one", 700),
    "two.txt": noise("two", 800),
  });
  const { bucket } = world;
  const object = await world.newObject(() => app.add([files[0]]));
  await app.add([files[1]]);
  await bucket.put(
    object.replace(/.$/, last => (last === "0" ? "1" : "0")),
    await bucket.get(object),
  );
  await app.page.reload();
  await app.opened();
  await app.has(["one.txt", "two.txt"]);

  const events = (await bucket.list("vaults/"))
    .map(({ key }) => key)
    .filter(key => key.includes("/log/"))
    .sort();
  const newest = events.at(-1);
  const kept = await bucket.get(newest);
  await bucket.remove(newest);
  await app.page.reload();
  await app
    .alert()
    .filter({ hasText: "This vault is read-only" })
    .filter({ hasText: "gone from storage" })
    .waitFor();
  await accessible(app.page, "a vault in doubt");
  await app.has(["one.txt", "two.txt"]);
  await app.button("Delete one.txt").click();
  await app.alert().filter({ hasText: "Nothing was changed" }).waitFor();
  assert.ok((await app.download("one.txt")).bytes.equals(files[0].bytes));

  await bucket.put(newest, kept);
  await app.page.reload();
  await app.opened();
  await app.delete("one.txt");
  await app.has(["two.txt"]);
});

story("4c: a login that is hidden is not made anew", async world => {
  const app = await world.member();
  const [file] = await lay(join(world.folder, "home"), { "one.txt": noise("one", 700) });
  await app.add([file]);
  await app.lock();
  const { bucket } = world;
  const [{ key }] = await bucket.list("logins/");
  const record = await bucket.get(key);
  await bucket.remove(key);
  // Lock shows the form at once; the endpoint forgets the session a moment later.
  await eventually("the session is gone", async () =>
    (await bucket.list()).every(({ key }) => !key.includes("/sessions/")),
  );
  const before = await bucket.list();

  app.profile.guard.expect(status(404, /\/v1\/login/), status(403, /\/v1\/login/));
  await app.trySignIn(USERNAME, PASSWORD);
  await app.alert().filter({ hasText: "Wrong username or password" }).waitFor();
  assert.deepEqual(await bucket.list(), before);

  await bucket.put(key, record);
  await app.signIn(USERNAME, PASSWORD);
  await app.has([file.name]);
});

/**
 * Asks for a file, waits for the sentence beside its transfer, and gives the downloads that
 * nevertheless succeeded.
 */
async function refused(app, name, sentence) {
  const begun = [];
  const note = download => begun.push(download);
  app.page.on("download", note);
  await app.button(`Download ${name}`).click();
  await app.transfer(name).getByText(sentence).waitFor();
  app.page.off("download", note);
  const whole = await Promise.all(begun.map(saved));
  return whole.filter(Boolean);
}
