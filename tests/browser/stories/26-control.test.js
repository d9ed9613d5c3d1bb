// A person looks after all files at once: verifies them, exports them, sees what they occupy.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { unreachable } from "../support/guard.js";
import { projectFile } from "../support/paths.js";
import { saved } from "../support/profile.js";
import { shoot } from "../support/screens.js";
import { apart, lined } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const run = promisify(execFile);
const PYTHON = process.env.FROND_PYTHON ?? "python3";

async function settings(app) {
  await app.button("Settings").click();
  await app.heading("Settings").waitFor();
}

async function download(app, act) {
  const [download] = await Promise.all([app.page.waitForEvent("download"), act()]);
  return saved(download);
}

story("26: everything is verified, and what was changed is named", async world => {
  const app = await world.member();
  const files = await lay(join(world.folder, "home"), {
    "fine.txt": noise("fine", 900),
    "large.jpg": noise("large", 3_000_000),
    "changed.txt": noise("changed", 40_000),
  });
  const keys = {};
  for (const file of files) keys[file.name] = await world.newObject(() => app.add([file]));
  await settings(app);
  await app.button("Verify everything").click();
  await app.page.getByText("Verified 3 files, 3 MB: all are intact.").waitFor();

  const object = await world.bucket.get(keys["changed.txt"]);
  object[object.length >> 1] ^= 1;
  await world.bucket.put(keys["changed.txt"], object);
  await app.button("Verify everything").click();
  await app.page.getByText("Verified 3 files. One is faulty; the others are intact.").waitFor();
  const faulty = app.page.getByRole("list", { name: "Faulty files" });
  await faulty.getByText("changed.txt").waitFor();
  await faulty.getByText("This file was changed in storage after you saved it").waitFor();
  await accessible(app.page, "a verification that found something");
  const report = (await download(app, () => app.button("Save report").click())).bytes.toString();
  assert.match(report, /Verification: {5}complete\nRead: {13}3 of 3 files, 3 of 3 MB\n/);
  assert.match(report, /\nchanged\.txt \([0-9a-f-]{36}\)\n {4}This file was changed/);
  await shoot(app, "control");
});

story(
  "26b: a verification pauses, goes on while another screen is shown, and stops",
  async world => {
    const app = await world.member();
    await app.add(await lay(join(world.folder, "home"), { "one.bin": noise("one", 9_000_000) }));
    await settings(app);
    world.line.stopAfter(2_000_000);
    await app.button("Verify everything").click();
    await app.button("Pause verification").click();
    await app.page.getByText(/Paused\.$/).waitFor();
    await app.page.getByRole("link", { name: "Files", exact: true }).click();
    await app.has(["one.bin"]);
    await settings(app);
    await app.page.getByText(/Paused\.$/).waitFor();
    world.line.resume();
    await app.button("Resume verification").click();
    await app.page.getByText("Verified 1 file, 9 MB: all are intact.").waitFor();

    world.line.stopAfter(2_000_000);
    await app.button("Verify everything").click();
    const bar = app.page.getByRole("progressbar", { name: "Verification", exact: true });
    await bar.waitFor();
    await app.button("Stop").click();
    await app.button("Verify everything").waitFor();
    await bar.waitFor({ state: "detached" });
    world.line.resume();
  },
  { setting: lined },
);

story(
  "26c: everything is exported, and the vault key opens the bucket without Frond",
  async world => {
    const app = await world.member();
    await settings(app);
    await app.button("As one zip file").click();
    await app.page.getByText("There are no files to export.").waitFor();
    await app.page.getByRole("link", { name: "Files", exact: true }).click();
    const [file] = await lay(join(world.folder, "home"), { "a.txt": noise("a", 5_000) });
    const key = await world.newObject(() => app.add([file]));
    await settings(app);
    await app.page.getByText("Your vault: 5 kB, 1 file.").waitFor();
    const list = app.page.getByRole("list", { name: "By type" });
    await list.getByText("Documents").waitFor();
    const archive = await download(app, () => app.button("As one zip file").click());
    assert.equal(archive.name, "Frond.zip");
    const zip = join(world.folder, "all.zip");
    await writeFile(zip, archive.bytes);
    const { stdout } = await run(PYTHON, ["-m", "zipfile", "-l", zip]);
    assert.match(stdout, /\na\.txt /);

    await app.button("Save vault key").click();
    const dialog = app.page.getByRole("dialog", { name: "Save the vault key in a file?" });
    const saves = () => app.button("Save vault key", dialog).click();
    const vaultKey = (await download(app, saves)).bytes.toString();
    const [stored, output] = [join(world.folder, basename(key)), join(world.folder, "opened")];
    await writeFile(stored, await world.bucket.get(key));
    const environment = { ...process.env, FROND_VAULT_KEY: vaultKey };
    const reader = projectFile("docs/frond_reader.py");
    await run(PYTHON, [reader, stored, output], { env: environment });
    assert.ok((await readFile(output)).equals(file.bytes));

    await app.button("Leftovers").click();
    await app.page.getByText("Storage holds no leftovers.").waitFor();
  },
);

/** A folder in place of one that is picked: nobody can pick in a browser without a window. */
function picker() {
  window.showDirectoryPicker = async ({ mode }) => {
    if (!navigator.userActivation.isActive || mode !== "readwrite")
      throw new DOMException("the click is too long ago", "SecurityError");
    const root = await navigator.storage.getDirectory();
    return root.getDirectoryHandle("export", { create: true });
  };
}

/** The files in that folder, by path, with their content. */
const exported = app =>
  app.page.evaluate(async () => {
    const files = {};
    async function walk(folder, above) {
      for await (const entry of folder.values()) {
        if (entry.kind === "directory") await walk(entry, `${above}${entry.name}/`);
        // What Chromium writes to until a file is whole.
        else if (!entry.name.endsWith(".crswap"))
          files[above + entry.name] = await (await entry.getFile()).text();
      }
    }
    const root = await navigator.storage.getDirectory();
    await walk(await root.getDirectoryHandle("export", { create: true }), "");
    return files;
  });

story("26d: everything is exported into a folder, and what is there is skipped", async world => {
  const profile = await world.profile();
  await profile.context.addInitScript(picker);
  const app = Object.assign(await profile.tab(), { profile });
  await app.open(world.origin);
  await app.createAccount(USERNAME, PASSWORD);
  const [two, changed] = await lay(join(world.folder, "home"), {
    "two.txt": Buffer.from("two"),
    "changed.txt": noise("changed", 50_000),
  });
  await app.add([two]);
  const key = await world.newObject(() => app.add([changed]));
  const folder = join(world.folder, "home", "folder");
  await lay(folder, { "one.txt": Buffer.from("one") });
  await app.drop([folder]);
  await app.page.getByRole("link", { name: "folder", exact: true }).waitFor();
  await app.settled();
  const object = await world.bucket.get(key);
  object[object.length >> 1] ^= 1;
  await world.bucket.put(key, object);

  await settings(app);
  await app.button("Into a folder").click();
  await app.page.getByText("Exported 2 files. 1 file could not be exported.").waitFor();
  const failed = app.page.getByRole("list", { name: "Files that were not exported" });
  await failed.getByText("changed.txt").waitFor();
  const whole = { "folder/one.txt": "one", "two.txt": "two" };
  await eventually("only what is right is there", () => exported(app), whole);
  await accessible(app.page, "an export with a failure");

  await app.button("Into a folder").click();
  await app.page
    .getByText("Exported 0 files. Skipped 2 files already there. 1 file could not be exported.")
    .waitFor();
  await eventually("nothing else is there", () => exported(app), whole);
});

const quota = world => apart(Object.assign(world, { limits: "quota_bytes = 1000000" }));

story(
  "26e: the storage chart shows how much of a quota is used",
  async world => {
    const app = await world.member();
    await settings(app);
    const list = app.page.getByRole("list", { name: "Quota" });
    await list.getByText(/ of 1 MB$/).waitFor();
    assert.equal(await list.getByText("nearly used up").count(), 0);
    await app.openFiles();
    await app.add(await lay(join(world.folder, "home"), { "large.bin": noise("large", 900_000) }));
    // The endpoint counts once a minute; another one has counted nothing yet.
    app.profile.guard.expect(unreachable);
    await world.endpoint.stop();
    await world.endpoint.start();
    await settings(app);
    await list.getByText("The quota is nearly used up.").waitFor();
  },
  { setting: quota },
);
