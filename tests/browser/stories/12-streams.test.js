// Large downloads stream through the service worker to the disk: whole, or failed, never something
// between.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { unreachable } from "../support/guard.js";
import { endServiceWorker } from "../support/service-worker.js";
import { lined } from "../support/setting.js";
import { story } from "../support/story.js";

const SLOT = 524_361;

story("12: 100 MB, and names of every kind, byte for byte", async world => {
  const app = await world.member();
  const names = { "large.bin": 100_000_000, "Zoë's (50%) 絵 & more.tar.gz": 9_000_000 };
  const content = Object.fromEntries(
    Object.entries(names).map(([name, size]) => [name, noise(name, size)]),
  );
  for (const file of await lay(join(world.folder, "home"), content)) {
    await app.add([file]);
    const download = await begun(app, file.name);
    assert.match(
      download.url(),
      new RegExp(`^${world.origin}/download/[0-9a-f-]{36}$`),
      "through the service worker",
    );
    assert.equal(download.suggestedFilename(), file.name);
    assert.equal(await hash(download), hashOf(file.bytes));
    await app.transfer(file.name).waitFor({ state: "detached" });
  }
});

story("12b: several at once, and nobody is asked whether to leave the page", async world => {
  const app = await world.member();
  const names = ["one.bin", "two.bin", "three.bin", "four.bin"];
  const files = await lay(
    join(world.folder, "home"),
    Object.fromEntries(names.map(name => [name, noise(name, 12_000_000)])),
  );
  await app.add(files);
  // As while something is on its way up.
  await app.page.evaluate(() => addEventListener("beforeunload", event => event.preventDefault()));
  const dialogs = [];
  app.page.on("dialog", dialog => dialogs.push(dialog.dismiss()));
  const begun = [];
  app.page.on("download", download => begun.push(download));
  for (const name of names) await app.button(`Download ${name}`).click();
  await eventually("all have begun", () => begun.length, names.length);
  for (const download of begun) {
    const file = files.find(({ name }) => name === download.suggestedFilename());
    assert.equal(await hash(download), hashOf(file.bytes));
  }
  assert.equal(dialogs.length, 0);
});

story(
  "12c: cancelled in the page, cancelled in the browser, a line that breaks",
  async world => {
    const app = await world.member();
    const [file] = await lay(join(world.folder, "home"), {
      "large.bin": noise("large", 60_000_000),
    });
    await app.add([file]);

    world.line.stopAfter(30_000_000);
    const inPage = await begun(app, file.name);
    await app.button(`Cancel ${file.name}`).click();
    assert.ok(await inPage.failure(), "no file that looks whole");
    await app.transfer(file.name).waitFor({ state: "detached" });
    world.line.resume();

    world.line.stopAfter(30_000_000);
    const inBrowser = await begun(app, file.name);
    await inBrowser.cancel();
    world.line.resume();
    await app.transfer(file.name).getByText("The file could not be written").waitFor();
    await app.button(`Cancel ${file.name}`).click();

    world.line.stopAfter(30_000_000);
    const broken = await begun(app, file.name);
    app.profile.guard.expect(unreachable);
    world.line.break();
    world.line.resume();
    assert.equal(await hash(broken), hashOf(file.bytes), "the same download goes on");
  },
  { setting: lined },
);

story(
  "12e: the service worker is ended: before a download, and in the middle of one",
  async world => {
    const app = await world.member();
    const [file] = await lay(join(world.folder, "home"), {
      "large.bin": noise("large", 60_000_000),
    });
    await app.add([file]);
    await endServiceWorker(app);
    assert.equal(
      await hash(await begun(app, file.name)),
      hashOf(file.bytes),
      "it is started again",
    );

    world.line.stopAfter(30_000_000);
    const cut = await begun(app, file.name);
    await eventually(
      "it is under way",
      async () =>
        Number(
          await app.page
            .getByRole("progressbar", { name: file.name, exact: true })
            .getAttribute("aria-valuenow"),
        ) > 0,
    );
    await endServiceWorker(app);
    assert.ok(await cut.failure(), "no file that looks whole");
    world.line.resume();
    await app.transfer(file.name).getByText("The file could not be written").waitFor();
    const [again] = await Promise.all([
      app.page.waitForEvent("download"),
      app.button(`Resume ${file.name}`).click(),
    ]);
    assert.equal(await hash(again), hashOf(file.bytes), "it comes whole after it");
    assert.equal(await hash(await begun(app, file.name)), hashOf(file.bytes), "and again");
  },
  { setting: lined },
);

story("12d: a bit flipped in the last third", async world => {
  const app = await world.member();
  const [file] = await lay(join(world.folder, "home"), { "large.bin": noise("large", 30_000_000) });
  const key = await world.newObject(() => app.add([file]));
  const object = await world.bucket.get(key);
  object[45 * SLOT + 1000] ^= 0x10;
  await world.bucket.put(key, object);
  const download = await begun(app, file.name);
  assert.ok(await download.failure(), "the browser shows a failed download");
  await app
    .transfer(file.name)
    .getByText("This file was changed in storage after you saved it")
    .waitFor();
});

async function begun(app, name) {
  const [download] = await Promise.all([
    app.page.waitForEvent("download"),
    app.button(`Download ${name}`).click(),
  ]);
  return download;
}

async function hash(download) {
  const sha256 = createHash("sha256");
  for await (const bytes of createReadStream(await download.path())) sha256.update(bytes);
  return sha256.digest("hex");
}

const hashOf = bytes => createHash("sha256").update(bytes).digest("hex");
