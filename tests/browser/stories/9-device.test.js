// What a device keeps while somebody is signed in: nothing that opens anything.

import assert from "node:assert/strict";
import { join } from "node:path";

import { lay, noise } from "../support/files.js";
import { secrets } from "../support/python.js";
import { Needles, readAll, spellings } from "../support/scan.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

story("9: nothing on the disk of a device opens the vault", async world => {
  const app = await world.member();
  const [file] = await lay(join(world.folder, "home"), { "letter to the notary.txt": noise("notary", 60_000) });
  await app.add([file]);
  await app.page.reload();
  await app.opened();
  await app.has([file.name]);

  const keys = await app.page.evaluate(wrappingKeys);
  assert.ok(keys.length > 0, "the session is kept");
  assert.ok(keys.every(key => !key.extractable), "by a key that no script can read out");

  const record = await world.loginRecord();
  const known = { username: USERNAME, deployment: await world.deployment(), password: PASSWORD };
  const opening = await secrets(record, known);
  const needles = opening.reduce((all, secret) => all.add(secret, 1), new Needles().add(file.bytes));
  const words = [file.name, PASSWORD, ...opening.map(secret => secret.toString("hex"))].flatMap(spellings);
  await app.profile.context.close();
  const onDisk = await readAll(app.profile.folder);
  const pinned = spellings(known.deployment);
  assert.ok(onDisk.some(({ bytes }) => pinned.some(word => bytes.includes(word))), "what the page keeps is on this disk");
  for (const { path, bytes } of onDisk) {
    assert.equal(needles.find(bytes), -1, `a secret in ${path}`);
    for (const word of words) assert.equal(bytes.indexOf(word), -1, `${word} in ${path}`);
  }
});

/** All keys that the page's databases hold. Runs in the page. */
async function wrappingKeys() {
  const done = request => new Promise((right, wrong) => {
    request.onsuccess = () => right(request.result);
    request.onerror = () => wrong(request.error);
  });
  const found = [];
  const look = value => {
    if (value instanceof CryptoKey) found.push({ extractable: value.extractable });
    else if (value && typeof value === "object" && !ArrayBuffer.isView(value)) Object.values(value).forEach(look);
  };
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) look(await done(database.transaction(store).objectStore(store).getAll()));
    database.close();
  }
  return found;
}
