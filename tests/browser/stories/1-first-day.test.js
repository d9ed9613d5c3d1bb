// Create an account, add files, see them listed; the bucket holds nothing of them; reload, lock,
// and come back in.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { household, lay } from "../support/files.js";
import { status } from "../support/guard.js";
import { Needles, readAll, spellings } from "../support/scan.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

story(
  "1: a first day with Frond",
  async world => {
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
    await app.page.reload();
    await app.form("Sign in").waitFor();
    app.profile.guard.expect(status(404, /\/v1\/login/));
    await app.trySignIn(USERNAME, "not the password");
    await app.alert().filter({ hasText: "Wrong username or password" }).waitFor();
    assert.equal(await app.field("Username").inputValue(), USERNAME);
    const password = app.field("Password");
    assert.ok(
      await password.evaluate(box => box === document.activeElement),
      "the password has the focus",
    );
    assert.ok(
      await password.evaluate(
        box => box.selectionStart === 0 && box.selectionEnd === box.value.length,
      ),
      "and is selected",
    );

    await app.signIn(undefined, PASSWORD);
    await app.has(names);
  },
  { seconds: 180 },
);

story(
  "1b: a password that can be guessed is refused, and a better one is on offer",
  async world => {
    const app = await world.person();
    await app.button("Create account").click();
    const form = app.form("Create account");
    const [password, repeat] = ["Password", "Repeat password"].map(name => app.field(name, form));
    await app.field("Username", form).fill(USERNAME);
    for (const [guessable, said] of [
      ["short 7!", "too easy to guess"],
      ["passwordpassword", "too easy to guess"],
      [`${USERNAME}1`, "too easy to guess"],
      ["password-1234x", "four or more unrelated words"],
      ["letmein-please", "four or more unrelated words"],
      ["happybirthday7", "four or more unrelated words"],
    ]) {
      await password.fill(guessable);
      await repeat.fill(guessable);
      await app.button("Create account", form).click();
      await app.alert().filter({ hasText: said }).waitFor();
      await accessible(app.page, "create account, refused");
    }
    await password.fill(PASSWORD);
    await repeat.fill(`${PASSWORD}.`);
    await app.button("Create account", form).click();
    await app.alert().filter({ hasText: "The passwords don't match" }).waitFor();
    assert.deepEqual(await world.bucket.list("logins/"), [], "nothing was made");

    await app.button("Suggest a passphrase", form).click();
    const phrase = await form.getByRole("status", { name: "Suggested passphrase" }).innerText();
    await accessible(app.page, "a passphrase is suggested");
    await app.button("Use this passphrase", form).click();
    assert.equal(await password.inputValue(), phrase);
    await app.button("Create account", form).click();
    await app.opened();
    await app.lock();
    await app.signIn(USERNAME, phrase);
  },
);

/** No byte sequence, no name: not in any file of the store, not in any object that S3 hands out. */
async function assertNothingOf(files, world) {
  const needles = new Needles();
  for (const { bytes } of files) needles.add(bytes);
  const words = [...files.map(({ name }) => name), USERNAME, PASSWORD].flatMap(spellings);

  const listed = await world.bucket.list();
  assert.equal((await world.bucket.objects()).length, files.length);
  const onDisk = await readAll(world.data);
  const overS3 = await Promise.all(
    listed.map(async ({ key }) => ({ path: key, bytes: await world.bucket.get(key) })),
  );
  const keys = {
    path: "the keys themselves",
    bytes: Buffer.from(listed.map(({ key }) => key).join("\n")),
  };
  const stored = overS3.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert.ok(stored > 28_000_000, "all that was added is there");
  for (const { path, bytes } of [...onDisk, ...overS3, keys]) {
    assert.equal(needles.find(bytes), -1, `plaintext in ${path}`);
    for (const word of words) assert.equal(bytes.indexOf(word), -1, `${word} in ${path}`);
  }

  // And the scan is not blind: it finds each file in itself, at an odd place, and in base64.
  for (const { bytes } of files.filter(({ bytes }) => bytes.length > 0)) {
    assert.notEqual(needles.find(bytes.subarray(3)), -1);
    assert.notEqual(
      needles.find(Buffer.from(`x${bytes.subarray(0, 5000).toString("base64")}`)),
      -1,
    );
  }
}
