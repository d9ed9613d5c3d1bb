// Passkeys as ways in: added, used, refused, removed.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";

import { authenticator } from "../support/authenticator.js";
import { accessible } from "../support/axe.js";
import { Endpoint, freePorts } from "../support/endpoint.js";
import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { status } from "../support/guard.js";
import { tabTo } from "../support/keyboard.js";
import { readAll, spellings } from "../support/scan.js";
import { shoot } from "../support/screens.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

/** What is asked for a login that is gone, or never was. */
const REFUSED = [status(404, /\/v1\/(login|sessions)/), status(403, /\/v1\//)];

const said = (app, text) => app.alert().filter({ hasText: text }).waitFor();
const logins = app => app.page.getByRole("list", { name: "Logins" }).getByRole("listitem");
const passkey = app => logins(app).filter({ hasText: "Passkey" });

async function addPasskey(app) {
  await app.openSettings();
  await app.button("Add passkey").click();
  await app.page.getByText("Your passkey opens your vault from now on.").waitFor();
  await passkey(app).waitFor();
}

/** The same page at another host of this machine. */
async function elsewhere(world) {
  const server = createServer(async (request, response) => {
    const answer = await fetch(new URL(request.url, world.origin));
    const headers = ["content-type", "content-security-policy"].map(name => [
      name,
      answer.headers.get(name) ?? "",
    ]);
    response.writeHead(answer.status, Object.fromEntries(headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  world.processes.push({
    log: () => "",
    stop: () => server.closeAllConnections() ?? server.close(),
  });
  return `http://elsewhere.localhost:${server.address().port}`;
}

/** The tab becomes one of a browser that was never here; its authenticator stays. */
async function asNew(app, origin) {
  await app.page.goto("about:blank");
  const driver = await app.page.context().newCDPSession(app.page);
  await driver.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
  await app.open(origin);
  await app.form("Sign in").waitFor();
}

story(
  "35: a passkey is added, signed in with and removed",
  async world => {
    const app = await world.member();
    app.profile.guard.expect(...REFUSED);
    await app.add(await lay(join(world.folder, "home"), { "letter.txt": noise("letter", 5000) }));
    const device = await authenticator(app);
    await addPasskey(app);
    const [made, ...others] = await device.passkeys();
    assert.deepEqual(others, []);
    assert.equal(made.rpId, "localhost");
    assert.equal(made.isResidentCredential, true);
    const handle = Buffer.from(made.userHandle, "base64");
    assert.equal(handle.length, 16);

    await app.lock();
    await asNew(app, world.origin);
    await app.button("Use a passkey").click();
    await app.opened();
    await app.has(["letter.txt"]);
    await app.page.reload();
    await app.has(["letter.txt"]);
    await app.openSettings();
    await app.page.getByRole("definition").filter({ hasText: USERNAME }).waitFor();
    await passkey(app).getByText("this session").waitFor();

    await app.openFiles();
    await app.lock();
    await device.recognises(false);
    await app.button("Use a passkey").click();
    await said(app, "Your device gave no passkey");
    await app.button("Sign in instead").click();
    await app.signIn(USERNAME, PASSWORD);

    // From here on pictures: once axe has looked at a tab, Chromium asks no authenticator for it.
    await app.openSettings();
    const section = app.page.getByRole("region", { name: "Password and logins" });
    await passkey(app).waitFor();
    await shoot(app, "logins-passkey", section);
    await app.button("Remove", passkey(app)).click();
    const question = app.page.getByRole("dialog", { name: "Remove this passkey?" });
    await accessible(app.page, "a passkey is about to be removed");
    await app.button("Remove", question).click();
    await passkey(app).waitFor({ state: "detached" });
    assert.equal(await logins(app).count(), 1);
    await app.openFiles();
    await app.lock();
    await shoot(app, "entry-passkey");

    const kept = await readAll(world.data);
    kept.push({ path: "the log", bytes: Buffer.from(world.endpoint.log()) });
    for (const { path, bytes } of kept)
      for (const word of [USERNAME, PASSWORD].flatMap(spellings))
        assert.equal(bytes.indexOf(word), -1, `a secret in ${path}`);
  },
  { seconds: 180 },
);

story(
  "35b: a passkey of another host or another deployment opens nothing, nor one that was removed",
  async world => {
    const app = await world.member();
    app.profile.guard.expect(...REFUSED);
    await authenticator(app);
    await addPasskey(app);
    await app.openFiles();
    await app.lock();

    const host = await elsewhere(world);
    app.profile.guard.admit(host);
    await app.open(host);
    await app.button("Use a passkey").click();
    await said(app, "Your device gave no passkey");

    const [listen, store] = await freePorts(2);
    const other = `http://localhost:${listen}`;
    const endpoint = new Endpoint(other, {
      FROND_LISTEN: `127.0.0.1:${listen}`,
      FROND_STORE_LISTEN: `127.0.0.1:${store}`,
      FROND_DATA: join(world.folder, "other"),
    });
    world.processes.push(endpoint);
    await endpoint.start();
    app.profile.guard.admit(other);
    await app.open(other);
    await app.button("Use a passkey").click();
    await said(app, "No account here has this passkey");

    await app.open(world.origin);
    await app.button("Use a passkey").click();
    await app.opened();
    await app.openSettings();
    await app.button("Remove", passkey(app)).click();
    const question = app.page.getByRole("dialog", { name: "Remove this passkey?" });
    await app.button("Remove", question).click();
    await app.page.getByText("this login was removed").waitFor();
    await app.button("Use a passkey").click();
    await said(app, "No account here has this passkey");
    await shoot(app, "use-passkey");
  },
  { seconds: 180 },
);

story("35c: a passkey that makes no keys is refused, and nothing is stored", async world => {
  const app = await world.member();
  await authenticator(app, { hasPrf: false });
  const stored = async () => (await world.bucket.list("logins/")).map(({ key }) => key);
  const before = await stored();
  await app.openSettings();
  await app.button("Add passkey").click();
  await said(app, "This passkey can't make encryption keys");
  await shoot(
    app,
    "passkey-without-keys",
    app.page.getByRole("region", { name: "Password and logins" }),
  );
  assert.deepEqual(await stored(), before);
  await eventually("one login", () => logins(app).count(), 1);
});

story("35d: with the keyboard alone, until the account is deleted", async world => {
  const app = await world.member();
  app.profile.guard.expect(...REFUSED, status(404, /\/vaults\//));
  await authenticator(app);
  const { keyboard } = app.page;
  await app.openSettings();
  await tabTo(app, "button", "Add passkey");
  await keyboard.press("Enter");
  await passkey(app).waitFor();
  await app.openFiles();
  await app.settled();
  await tabTo(app, "button", "Lock");
  await keyboard.press("Enter");
  await app.form("Sign in").waitFor();
  await tabTo(app, "button", "Use a passkey");
  await keyboard.press("Enter");
  await app.opened();
  await app.openSettings();
  await app.button("Delete account").focus();
  await keyboard.press("Enter");
  await tabTo(app, "button", "Delete with a passkey");
  await keyboard.press("Enter");
  await app.page.getByText("The account was deleted.").waitFor();
  assert.deepEqual(
    (await world.bucket.list()).filter(({ key }) => key.includes("/")),
    [],
  );
});
