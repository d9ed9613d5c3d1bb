// The Fernet page, with nothing to talk to after its first load, against pyca/cryptography both
// ways.

import assert from "node:assert/strict";

import { accessible } from "../support/axe.js";
import { unreachable } from "../support/guard.js";
import { pyca } from "../support/python.js";
import { story } from "../support/story.js";

const MESSAGES = ["hello", "", "Grüße, 絵文字 🔑\nand a second line", "x".repeat(100_000)];

story("7: the Fernet page, offline, against pyca", async world => {
  const app = await world.person("#/fernet");
  await app.heading("Fernet tool").waitFor();
  await accessible(app.page, "Fernet page");
  await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => null));

  app.profile.guard.expect(unreachable);
  await world.endpoint.stop();
  await app.profile.context.setOffline(true);
  await app.page.reload();
  await app.button("Generate key").click();
  const key = await app.field("Key").inputValue();
  assert.match(key, /^[A-Za-z0-9_-]{43}=$/);

  for (const message of MESSAGES) {
    await app.field("Message").fill(message);
    await app.button("Encrypt").click();
    const token = await app.field("Result").inputValue();
    assert.equal(await pyca.decrypt(key, token), message);
    assert.equal(await decrypted(app, await pyca.encrypt(key, message)), message);
  }

  const now = Math.floor(Date.now() / 1000);
  await app.field("Maximum age in seconds").fill("60");
  assert.equal(await decrypted(app, await pyca.encrypt(key, "young", now - 30)), "young");
  const broken = (await pyca.encrypt(key, "broken")).replace(/.(?=.{10}$)/, c =>
    c === "A" ? "B" : "A",
  );
  const another = "This token does not open with this key";
  for (const [token, said] of [
    [await pyca.encrypt(key, "old", now - 100), another],
    [broken, another],
    ["gAAAAA", "This is not a Fernet token"],
  ]) {
    await app.field("Token").fill(token);
    await app.button("Decrypt").click();
    await app.alert().filter({ hasText: said }).waitFor();
    assert.equal(await app.field("Result").count(), 0);
  }
  const wrapped = (await pyca.encrypt(key, "x".repeat(200))).replace(/.{76}/g, "$&\n  ");
  assert.equal(await decrypted(app, ` ${wrapped}\n`), "x".repeat(200));
});

async function decrypted(app, token) {
  await app.field("Token").fill(token);
  await app.button("Decrypt").click();
  return app.field("Result").inputValue();
}
