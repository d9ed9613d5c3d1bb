// What a device keeps while somebody is signed in, and what a thief gets out of a copy of it: with
// all that lies there, deleted records too, and all that the endpoint answers.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { Firefox } from "../support/firefox.js";
import { secrets } from "../support/python.js";
import { Needles, readAll, spellings } from "../support/scan.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";
import { copied, stolen } from "../support/thief.js";

/** Nothing of any session is left at the endpoint. */
const ended = world =>
  eventually("the session is ended at the endpoint", async () =>
    (await world.bucket.list("vaults/")).every(({ key }) => !key.endsWith("/share")),
  );

/** None of these copies opens anything, whatever a thief tries. */
async function worthless(copies, world) {
  for (const [what, copy] of Object.entries(copies)) {
    const got = await stolen(copy, world.origin);
    assert.ok(got.values > 0, `${what}: there is something to read`);
    assert.equal(got.signed_in, false, `${what}: nobody signs in with it`);
    assert.equal(got.opened, 0, `${what}: nothing of it opens`);
  }
}

story(
  "9: a profile that is copied opens nothing once the session is ended",
  async world => {
    const app = await world.member();
    const { profile } = app;
    const [file] = await lay(join(world.folder, "home"), {
      "letter to the notary.txt": noise("notary", 60_000),
    });
    await app.add([file]);
    await app.page.reload();
    await app.opened();
    await app.has([file.name]);
    await profile.context.close();
    const before = await copied(profile.folder, world.folder);
    // The thief is a good one: while the session lives, the copy opens the vault, together with the
    // endpoint.
    const got = await stolen(before, world.origin);
    assert.ok(got.signed_in && got.decrypted, "while the session lives the copy opens");

    await profile.start();
    const again = await profile.tab();
    await again.open(world.origin);
    await again.opened();
    await again.lock();
    await ended(world);
    await profile.context.close();
    const after = await copied(profile.folder, world.folder);
    await worthless({ "after Lock": after, "before Lock": before }, world);
  },
  { seconds: 300 },
);

story(
  "9b: after the idle limit a copied profile opens nothing",
  async world => {
    const profile = await world.profile();
    const app = await profile.tab();
    const { clock } = app.page;
    await clock.install();
    await app.open(world.origin);
    await app.createAccount(USERNAME, PASSWORD);
    const [file] = await lay(join(world.folder, "home"), { "letter.txt": noise("letter", 6_000) });
    await app.add([file]);
    const before = await copied(profile.folder, world.folder);
    await clock.fastForward("15:30");
    await app.page.getByText("Locked after 15 minutes of inactivity").waitFor();
    await ended(world);
    await profile.context.close();
    const after = await copied(profile.folder, world.folder);
    await worthless({ "after the limit": after, "before it": before }, world);
  },
  { seconds: 300 },
);

story(
  "9c: the same in Firefox",
  async world => {
    const firefox = await Firefox.open(world.folder);
    try {
      const [file] = await lay(join(world.folder, "home"), {
        "letter.txt": noise("letter", 6_000),
      });
      await firefox.createAccount(world.origin, USERNAME, PASSWORD);
      await firefox.add(file);
      await firefox.restart(world.origin);
      await firefox.text("Download letter.txt");
      const before = await firefox.copied();
      const got = await stolen(before, world.origin);
      assert.ok(got.signed_in && got.decrypted, "while the session lives the copy opens");

      await firefox.press("Lock");
      await firefox.form("Sign in");
      await ended(world);
      const running = await firefox.copied();
      await firefox.close();
      const after = await firefox.copied();
      await worthless(
        { "after Lock": running, "after Lock and closing": after, "before Lock": before },
        world,
      );
    } finally {
      await firefox.close();
    }
  },
  { seconds: 300 },
);

story("9d: no secret lies on a disk in clear", async world => {
  const app = await world.member();
  const [file] = await lay(join(world.folder, "home"), {
    "letter to the notary.txt": noise("notary", 60_000),
  });
  await app.add([file]);
  await app.page.reload();
  await app.opened();
  await app.has([file.name]);

  const record = await world.loginRecord();
  const known = { username: USERNAME, deployment: await world.deployment(), password: PASSWORD };
  const opening = await secrets(record, known);
  const needles = opening.reduce(
    (all, secret) => all.add(secret, 1),
    new Needles().add(file.bytes),
  );
  const words = [file.name, PASSWORD, ...opening.map(secret => secret.toString("hex"))].flatMap(
    spellings,
  );
  await app.profile.context.close();
  const onDisk = await readAll(app.profile.folder);
  const pinned = spellings(known.deployment);
  assert.ok(
    onDisk.some(({ bytes }) => pinned.some(word => bytes.includes(word))),
    "what the page keeps is on this disk",
  );
  for (const { path, bytes } of onDisk) {
    assert.equal(needles.find(bytes), -1, `a secret in ${path}`);
    for (const word of words) assert.equal(bytes.indexOf(word), -1, `${word} in ${path}`);
  }
});
