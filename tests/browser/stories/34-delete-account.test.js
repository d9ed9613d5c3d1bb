// Deleting an account: for all devices, and without a trace in this browser.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { status } from "../support/guard.js";
import { tabTo } from "../support/keyboard.js";
import { stall } from "../support/proxy.js";
import { shoot } from "../support/screens.js";
import { surrounded } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

/** What is asked for an account that is gone. */
const REFUSED = [
  status(404, /\/v1\/(login|sessions)/),
  status(403, /\/v1\//),
  status(404, /\/vaults\//),
];

const dialog = app => app.page.getByRole("dialog", { name: "Delete this account?" });
const said = (app, text) => app.alert().filter({ hasText: text }).waitFor();

async function fill(world) {
  const files = { "letter.txt": noise("letter", 5000), "photo.jpg": noise("photo", 90_000) };
  return lay(join(world.folder, "home"), files);
}

/** Asks to delete the account, and enters this password. */
async function ask(app, password) {
  if (!(await dialog(app).isVisible())) {
    await app.openSettings();
    await app.button("Delete account").click();
  }
  await app.field("Current password", dialog(app)).fill(password);
  await app.button("Delete account", dialog(app)).click();
}

/** The names of all records of this browser, and of the files in its private file system. */
const kept = app =>
  app.page.evaluate(async () => {
    const done = request =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const names = [];
    const database = await done(indexedDB.open("frond"));
    for (const store of database.objectStoreNames)
      names.push(...(await done(database.transaction(store).objectStore(store).getAllKeys())));
    database.close();
    const walk = async folder => {
      for await (const entry of folder.values()) {
        if (entry.kind === "directory") await walk(entry);
        else names.push(entry.name);
      }
    };
    await walk(await navigator.storage.getDirectory());
    return names.map(String);
  });

story(
  "34: an account is deleted for all devices, and its browser keeps nothing of it",
  async world => {
    const app = await world.member();
    app.profile.guard.expect(...REFUSED);
    await app.add(await fill(world));
    const other = await world.person();
    other.profile.guard.expect(...REFUSED);
    await other.signIn(USERNAME, PASSWORD);
    await other.has(["letter.txt", "photo.jpg"]);
    const beside = await app.profile.tab();
    await beside.open(world.origin);
    await beside.opened();
    const stored = async () => (await world.bucket.list()).map(({ key }) => key);
    const before = await stored();
    const account = /vaults\/([^/]+)\//.exec(before.find(key => /vaults\//.test(key)))[1];

    await ask(app, `${PASSWORD}?`);
    await said(app, "not your current password");
    await dialog(app).getByText("This deletes 2 files (95 kB)").waitFor();
    await shoot(app, "delete-account");
    await app.button("Cancel", dialog(app)).click();
    await dialog(app).waitFor({ state: "detached" });
    await shoot(
      app,
      "settings-delete-account",
      app.page.getByRole("region", { name: "Delete account" }),
    );
    const left = await stored();
    assert.deepEqual(
      before.filter(key => !left.includes(key)),
      [],
      "nothing was deleted",
    );
    await ask(app, PASSWORD);

    await app.form("Sign in").waitFor();
    await app.page.getByText("The account was deleted. Nothing of it is left").waitFor();
    await shoot(app, "account-deleted");
    await beside.page.getByText("or deleted the account").waitFor();
    await other.page.getByText("or the account was deleted").waitFor({ timeout: 60_000 });
    await eventually(
      "the bucket has nothing of it",
      async () => (await stored()).filter(key => key.includes("/")),
      [],
    );
    const names = await kept(app);
    assert.deepEqual(
      names.filter(name => name.includes(account) || /^(login|deployment|config)\//.test(name)),
      [],
    );
    await app.trySignIn(USERNAME, PASSWORD);
    await said(app, "Wrong username or password");
    await accessible(app.page, "the account is gone");
    await app.createAccount(USERNAME, PASSWORD);
    await app.has([]);
  },
  { seconds: 180 },
);

story("34b: with the keyboard alone", async world => {
  const app = await world.member();
  app.profile.guard.expect(...REFUSED);
  const { keyboard } = app.page;
  await app.openSettings();
  await app.button("Delete account").focus();
  await keyboard.press("Enter");
  const box = app.field("Current password", dialog(app));
  await eventually("the box has the focus", () =>
    box.evaluate(box => box === document.activeElement),
  );
  await keyboard.press("Escape");
  await dialog(app).waitFor({ state: "detached" });
  await tabTo(app, "button", "Delete account");
  await keyboard.press("Enter");
  await box.waitFor();
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await app.page.getByText("The account was deleted.").waitFor();
});

story(
  "34c: the tab is killed while it deletes the account, which then is gone or goes on being deleted",
  async world => {
    for (const when of ["request", "answer"]) {
      const app = await world.member();
      app.profile.guard.expect(...REFUSED);
      const killed = new Promise(then => {
        world.front.when("DELETE", /\/v1\/account /, stall(when, then));
      });
      await ask(app, PASSWORD);
      await killed;
      await app.profile.close();
      world.front.heal();
      const next = await world.person();
      next.profile.guard.expect(...REFUSED);
      await next.trySignIn(USERNAME, PASSWORD);
      const opened = next.heading("Files");
      await opened.or(next.alert().filter({ hasText: "Wrong username or password" })).waitFor();
      if (await opened.isVisible()) {
        await ask(next, PASSWORD);
        await next.page.getByText("The account was deleted.").waitFor();
      }
      const left = (await world.bucket.list()).filter(({ key }) => key.includes("/"));
      assert.deepEqual(left, []);
    }
  },
  { setting: surrounded, seconds: 180 },
);
