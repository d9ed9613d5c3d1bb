// Create an account, add files, see them listed; the bucket holds nothing of them; reload, lock, and come back in.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { household, lay } from "../support/files.js";
import { status } from "../support/guard.js";
import { Needles, readAll, spellings } from "../support/scan.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

story("1: a first day with Frond", async world => {
  const app = await world.person();
  await accessible(app.page, "entry");
  await app.createAccount(USERNAME, PASSWORD);
  await accessible(app.page, "files, none yet");

  const files = await lay(join(world.folder, "home"), household());
  const names = files.map(({ name }) => name);
  await app.add(files);
  await accessible(app.page, "files");
  await assertNothingOf(files, world);

  await app.page.reload();
  await app.opened();
  await app.has(names);

  await app.lock();
  await accessible(app.page, "locked");
  app.profile.guard.expect(status(404, /\/v1\/login/));
  await app.trySignIn(USERNAME, "not the password");
  await app.alert().filter({ hasText: "Wrong username or password" }).waitFor();
  assert.equal(await app.field("Username").inputValue(), USERNAME);
  const password = app.field("Password");
  assert.ok(await password.evaluate(box => box === document.activeElement), "the password has the focus");
  assert.ok(await password.evaluate(box => box.selectionStart === 0 && box.selectionEnd === box.value.length), "and is selected");

  await app.signIn(undefined, PASSWORD);
  await app.has(names);
}, { seconds: 180 });

/** No byte sequence, no name: not in any file of the store, not in any object that S3 hands out. */
async function assertNothingOf(files, world) {
  const needles = new Needles();
  for (const { bytes } of files) needles.add(bytes);
  const words = [...files.map(({ name }) => name), USERNAME, PASSWORD].flatMap(spellings);

  const listed = await world.bucket.list();
  assert.equal((await world.bucket.objects()).length, files.length);
  const onDisk = await readAll(world.data);
  const overS3 = await Promise.all(listed.map(async ({ key }) => ({ path: key, bytes: await world.bucket.get(key) })));
  const keys = { path: "the keys themselves", bytes: Buffer.from(listed.map(({ key }) => key).join("\n")) };
  const stored = overS3.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert.ok(stored > 28_000_000, "all that was added is there");
  for (const { path, bytes } of [...onDisk, ...overS3, keys]) {
    assert.equal(needles.find(bytes), -1, `plaintext in ${path}`);
    for (const word of words) assert.equal(bytes.indexOf(word), -1, `${word} in ${path}`);
  }

  // And the scan is not blind: it finds each file in itself, at an odd place, and in base64.
  for (const { bytes } of files.filter(({ bytes }) => bytes.length > 0)) {
    assert.notEqual(needles.find(bytes.subarray(3)), -1);
    assert.notEqual(needles.find(Buffer.from(`x${bytes.subarray(0, 5000).toString("base64")}`)), -1);
  }
}
