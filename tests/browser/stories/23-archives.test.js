// A folder is downloaded as one zip archive: whole, or failed, never one that only looks whole.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { unpacked } from "../support/archive.js";
import { eventually } from "../support/eventually.js";
import { noise } from "../support/files.js";
import { lined } from "../support/setting.js";
import { story } from "../support/story.js";

const SLOT = 524_361;

/** Writes the files of a folder, by their paths. */
async function lay(folder, files) {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

const hashes = files =>
  Object.fromEntries(
    Object.entries(files).map(([path, bytes]) => [
      path,
      createHash("sha256").update(bytes).digest("hex"),
    ]),
  );

async function begun(app, name) {
  const [download] = await Promise.all([
    app.page.waitForEvent("download"),
    app.button(name).click(),
  ]);
  return download;
}

story(
  "23: two hundred files and a large one come as one archive, or as none",
  async world => {
    const files = { "album/large.bin": noise("large", 30_000_000) };
    for (let n = 0; n < 200; n++) files[`album/${n % 7}/絵 ${n}.txt`] = noise(`${n}`, n * 37);
    await lay(world.folder, files);
    const app = await world.member();
    await app.field("Add folder").setInputFiles(join(world.folder, "album"));
    await app.button("Download album").waitFor();
    await app.settled();

    const download = await begun(app, "Download album");
    assert.equal(download.suggestedFilename(), "album.zip");
    assert.deepEqual(await unpacked(download), hashes(files));
    await app.transfer("album.zip").waitFor({ state: "detached" });

    world.line.stopAfter(15_000_000);
    const cut = await begun(app, "Download album");
    const bar = app.page.getByRole("progressbar", { name: "album.zip", exact: true });
    await eventually(
      "it is under way",
      async () => Number(await bar.getAttribute("aria-valuenow")) > 0,
    );
    await app.button("Cancel album.zip").click();
    assert.ok(await cut.failure(), "no archive that looks whole");
    world.line.resume();
  },
  { setting: lined },
);

story("23b: a file of the folder was changed in storage", async world => {
  const files = { "album/a.txt": noise("a", 500), "album/z.txt": noise("z", 500) };
  await lay(world.folder, files);
  const app = await world.member();
  await app.field("Add folder").setInputFiles(join(world.folder, "album"));
  await app.button("Download album").waitFor();
  await app.settled();
  await app.page.getByRole("link", { name: "album", exact: true }).click();
  await app.has(["a.txt", "z.txt"]);
  const large = { name: "m.bin", path: join(world.folder, "m.bin") };
  await writeFile(large.path, noise("m", 9_000_000));
  const key = await world.newObject(() => app.add([large]));
  const object = await world.bucket.get(key);
  object[15 * SLOT + 1000] ^= 0x10;
  await world.bucket.put(key, object);

  await app.page
    .getByRole("navigation", { name: "Folder" })
    .getByRole("link", { name: "Files" })
    .click();
  const download = await begun(app, "Download album");
  assert.ok(await download.failure(), "the browser shows a failed download");
  await app
    .transfer("album.zip")
    .getByText("album/m.bin: This file was changed in storage after you saved it")
    .waitFor();
});
