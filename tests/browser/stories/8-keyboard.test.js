// The main job without a mouse; and the vault that locks itself when nobody is here.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { failed, status, unreachable } from "../support/guard.js";
import { tabTo } from "../support/keyboard.js";
import { saved } from "../support/profile.js";
import { slow, stall } from "../support/proxy.js";
import { behind } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

story("8: with the keyboard alone", async world => {
  const app = await world.person();
  const { keyboard } = app.page;
  const [file] = await lay(join(world.folder, "home"), { "letter.txt": noise("letter", 5000) });

  await tabTo(app, "button", "Create account");
  await keyboard.press("Enter");
  await app.form("Create account").waitFor();
  await tabTo(app, "textbox", "Username");
  await keyboard.type(USERNAME);
  await tabTo(app, "textbox", "Password");
  await keyboard.type(PASSWORD);
  await tabTo(app, "textbox", "Repeat password");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await app.opened();

  const input = await tabTo(app, "button", "Add files", app.field("Add files"));
  await input.setInputFiles(file.path);
  await app.has([file.name]);

  const download = app.page.waitForEvent("download");
  await tabTo(app, "button", `Download ${file.name}`);
  await keyboard.press("Enter");
  assert.ok((await saved(await download)).bytes.equals(file.bytes));

  await tabTo(app, "button", `Delete ${file.name}`);
  await keyboard.press("Space");
  await app.has([]);
  await tabTo(app, "link", "Trash");
  await keyboard.press("Enter");
  await app.heading("Trash").waitFor();
  await tabTo(app, "button", `Delete ${file.name} forever`);
  await keyboard.press("Enter");
  await app.page.getByRole("dialog").waitFor();
  await keyboard.press("Escape");
  await app.page.getByRole("dialog").waitFor({ state: "detached" });
  await tabTo(app, "button", `Restore ${file.name}`);
  await keyboard.press("Enter");
  await tabTo(app, "link", "Files");
  await keyboard.press("Enter");
  await app.has([file.name]);

  await tabTo(app, "button", "Lock");
  await keyboard.press("Enter");
  await app.form("Sign in").waitFor();
  await tabTo(app, "textbox", "Username");
  await keyboard.type(USERNAME);
  await tabTo(app, "textbox", "Password");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await app.opened();
  await app.has([file.name]);
});

story("8b: nobody is here, and the vault locks itself", async world => {
  const profile = await world.profile();
  const app = Object.assign(await profile.tab(), { profile });
  const { clock } = app.page;
  await clock.install();
  await app.open(world.origin);
  await app.createAccount(USERNAME, PASSWORD);
  // The clock of this device is then ahead of the endpoint's. A request in that time is refused
  // once, and the page learns the difference from that.
  profile.guard.expect(status(401, /\/v1\//));
  await app.openSettings();
  await app.field("Lock after").selectOption({ label: "1 minute" });
  await clock.fastForward("00:45");
  await app.heading("Settings").waitFor();
  await clock.fastForward("00:30");
  await app.page.getByText("Locked after 1 minute of inactivity").waitFor();
  await app.form("Sign in").waitFor();

  await app.page.reload();
  await app.form("Sign in").waitFor();
  await clock.setSystemTime(Date.now());
  await app.signIn(USERNAME, PASSWORD);
});

story("8d: Lock in one tab locks the other", async world => {
  const app = await world.member();
  const [file] = await lay(join(world.folder, "home"), { "film.bin": noise("film", 3_000_000) });
  await app.add([file]);
  const other = await app.profile.tab();
  await other.open(world.origin);
  await other.opened();
  await other.has([file.name]);
  // Both tabs end the session, and only one of them is the first.
  app.profile.guard.expect(status(404, /\/v1\/sessions\//));
  await app.lock();
  await other.form("Sign in").waitFor();
  await other.page.getByText("another tab locked the vault").waitFor();
  await other.signIn(USERNAME, PASSWORD);
  await other.has([file.name]);
});

story(
  "8e: a download that runs is finished before the idle limit locks the vault",
  async world => {
    const profile = await world.profile();
    const app = Object.assign(await profile.tab(), { profile });
    const { clock } = app.page;
    await clock.install();
    await app.open(world.origin);
    await app.createAccount(USERNAME, PASSWORD);
    const [file] = await lay(join(world.folder, "home"), { "film.bin": noise("film", 3_000_000) });
    await app.add([file]);
    // The clock of this device is then twenty minutes ahead of the endpoint's, which the page
    // learns from a refusal.
    profile.guard.expect(status(401, /\/v1\//));
    world.line.when("GET", /\/objects\//, slow({ rate: 400_000 }), { to: 99 });
    const download = app.page.waitForEvent("download");
    await app.button(`Download ${file.name}`).click();
    await eventually("it is on its way", () => world.line.count("GET", /\/objects\//) > 0);
    await clock.fastForward("20:00");
    await app.heading("Files").waitFor();
    assert.ok((await saved(await download)).bytes.equals(file.bytes));
    await clock.fastForward("16:00");
    await app.page.getByText("Locked after 15 minutes of inactivity").waitFor();
  },
  { setting: behind },
);

story(
  "8c: a transfer is paused, resumed and cancelled with the keyboard alone",
  async world => {
    const app = await world.member();
    app.profile.guard.expect(unreachable, failed);
    const [file] = await lay(join(world.folder, "home"), { "film.bin": noise("film", 9_000_000) });
    world.line.when("PUT", /partNumber=/, stall("request"), { to: 99 });
    await app.field("Add files").setInputFiles(file.path);
    await eventually("it is on its way", () => world.line.count("PUT", /partNumber=/) > 0);

    const toggle = verb => app.button(`${verb} ${file.name}`);
    await tabTo(app, "button", `Pause ${file.name}`);
    await app.page.keyboard.press("Enter");
    await app
      .transfer(file.name)
      .getByText(/paused/)
      .waitFor();
    assert.ok(await has(toggle("Resume")), "the focus stays on the button");
    await app.page.keyboard.press("Space");
    await toggle("Pause").waitFor();
    assert.ok(await has(toggle("Pause")), "and stays again");
    await tabTo(app, "button", `Cancel ${file.name}`);
    await app.page.keyboard.press("Enter");
    await app.transfer(file.name).waitFor({ state: "detached" });
    world.line.heal();
    await eventually("nothing of it is left", () => world.bucket.unfinished(), 0);
    await tabTo(app, "button", "Settings");
  },
  { setting: behind },
);

const has = target => target.evaluate(element => element === document.activeElement);
