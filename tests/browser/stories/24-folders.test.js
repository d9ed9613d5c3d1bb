// Folders are things of their own, and a file keeps its older versions.

import assert from "node:assert/strict";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const dialog = (app, name) => app.page.getByRole("dialog", { name, exact: true });
const folder = (app, name) => app.page.getByRole("link", { name, exact: true });

/** Asks for a new folder by keyboard alone. */
async function askFolder(app, name) {
  await app.button("New folder").focus();
  await app.page.keyboard.press("Enter");
  const box = dialog(app, "New folder").getByRole("textbox", { name: "Folder name" });
  const focused = () => box.evaluate(element => element === document.activeElement);
  await eventually("the field has the focus", focused, true);
  await app.page.keyboard.type(name);
  await app.page.keyboard.press("Enter");
  return box;
}

async function newFolder(app, name) {
  const box = await askFolder(app, name);
  await box.waitFor({ state: "detached" });
  await folder(app, name).waitFor();
}

async function open(app, name) {
  await folder(app, name).click();
  await app.page
    .getByRole("navigation", { name: "Folder" })
    .getByText(name, { exact: true })
    .waitFor();
}

async function rename(app, from, to) {
  await app.button(`Rename ${from}`).click();
  await app.page.getByRole("textbox", { name: "New name" }).fill(to);
  await app.page.keyboard.press("Enter");
  await app.button(`Rename ${to}`).waitFor();
}

/** A file on the disk, last changed on a day of May. */
async function file(world, name, text, day) {
  const path = join(world.folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  const time = new Date(2020, 4, day);
  await utimes(path, time, time);
  return { name, path };
}

story(
  "24. Folders are made, moved, put into the trash and restored",
  async world => {
    const app = await world.member();
    await newFolder(app, "Letters");
    await newFolder(app, "Drafts");
    await askFolder(app, "Letters");
    await app.alert().getByText("There is already a folder of this name").waitFor();
    await app.page.keyboard.press("Escape");

    await open(app, "Letters");
    await app.page.getByText("This folder is empty.").waitFor();
    await newFolder(app, "2026");
    await app.add([await file(world, "a.txt", "one", 1)]);
    await app.page
      .getByRole("navigation", { name: "Folder" })
      .getByRole("link", { name: "Files" })
      .click();
    await rename(app, "Letters", "Post");

    // Into the folder below it, by the arrow keys.
    await app.button("Move Drafts").click();
    const tree = dialog(app, "Move to").getByRole("tree", { name: "Folders" });
    const item = name => tree.getByRole("treeitem", { name, exact: true });
    await item("Files").waitFor();
    assert.equal(await item("Drafts").count(), 0, "no folder goes into itself");
    for (const key of ["ArrowDown", "ArrowRight", "ArrowRight"]) {
      await app.page.keyboard.press(key);
    }
    assert.equal(await item("2026").getAttribute("aria-selected"), "true");
    assert.equal(await item("2026").getAttribute("aria-level"), "3");
    for (const key of ["ArrowLeft", "ArrowLeft"]) await app.page.keyboard.press(key);
    assert.equal(await item("Post").getAttribute("aria-expanded"), "false");
    for (const key of ["Home", "End", "p"]) await app.page.keyboard.press(key);
    assert.equal(await item("Post").getAttribute("aria-selected"), "true");
    await app.button("Move here").click();
    await app.page.getByText("Moved Drafts to Post.").waitFor();
    await folder(app, "Drafts").waitFor({ state: "detached" });
    await app.button("Undo").click();
    await folder(app, "Drafts").waitFor();

    await app.button("Delete Post").click();
    await folder(app, "Post").waitFor({ state: "detached" });
    await app.button("Undo").click();
    await folder(app, "Post").waitFor();
    await app.settled();

    const other = await world.person();
    await other.signIn(USERNAME, PASSWORD);
    await open(other, "Post");
    await folder(other, "2026").waitFor();
    await other.has(["a.txt"]);
    await other.openFiles();
    await other.button("Delete Post").click();
    await folder(other, "Post").waitFor({ state: "detached" });
    await other.openTrash();
    await other.button("Restore Post").click();
    await other.button("Restore Post").waitFor({ state: "detached" });
    await other.openFiles();
    await rename(other, "Drafts", "Plans");
    await other.settled();

    await app.page.reload();
    await app.opened();
    await folder(app, "Plans").waitFor();
    await open(app, "Post");
    await app.has(["a.txt"]);
  },
  { seconds: 300 },
);

story(
  "24b. A changed file becomes a new version, an unchanged one is skipped",
  async world => {
    const app = await world.member();
    const first = await file(world, "a.txt", "one", 1);
    await app.add([first]);
    const add = files => app.field("Add files").setInputFiles(files.map(({ path }) => path));
    await add([first]);
    await app.page.getByText("Skipped 1 unchanged file.").waitFor();

    await file(world, "a.txt", "two", 2);
    await add([first]);
    const asked = dialog(app, "Already there");
    const choice = name => asked.getByRole("radio", { name, exact: true });
    await asked.waitFor();
    assert.ok(await choice("New version").isChecked());
    await app.page.keyboard.press("Enter");
    await asked.waitFor({ state: "detached" });
    await app.button("Versions of a.txt").waitFor();
    await app.has(["a.txt"]);
    assert.equal((await app.download("a.txt")).bytes.toString(), "two");

    // Two at once: each is asked about, or both at a time.
    const second = await file(world, "b.txt", "b", 1);
    await app.add([second]);
    const changed = [
      await file(world, "a.txt", "three", 3),
      await file(world, "b.txt", "b, changed", 3),
    ];
    await add(changed);
    await asked.getByText("a.txt").waitFor();
    await choice("Keep both").check();
    await asked.getByRole("checkbox", { name: "Do this for all" }).check();
    await app.button("Continue").click();
    await asked.waitFor({ state: "detached" });
    await app.has(["a.txt", "a (2).txt", "b.txt", "b (2).txt"]);
    await add(changed);
    await choice("Skip").check();
    await app.button("Continue").click();
    await asked.getByText("b.txt").waitFor();
    await app.page.keyboard.press("Escape");
    await app.page.getByText("Skipped 1 file.").waitFor();
    await app.settled();

    await app.button("Versions of a.txt").click();
    const versions = app.page.getByRole("list", { name: "Versions of a.txt" });
    assert.equal(await versions.getByRole("listitem").count(), 2);
    await app.button("Restore version 1").click();
    await app.page.getByText("Restored version 1 of a.txt.").waitFor();
    // The row follows the change a moment later.
    const content = async () => (await app.download("a.txt")).bytes.toString();
    await eventually("the older one is there", content, "one");
    await app.button("Undo").click();
    await eventually("the newer one is back", content, "two");
    await app.settled();
    const before = (await world.bucket.objects()).length;
    await app.button("Versions of a.txt").click();
    await app.button("Delete version 1 forever").click();
    await app.button("Delete forever").click();
    await app.page.getByText("There are no older versions of this file.").waitFor();
    await app.button("Close", dialog(app, "Versions of a.txt")).click();
    await app.button("Versions of a.txt").waitFor({ state: "detached" });
    await eventually(
      "its object is gone",
      async () => (await world.bucket.objects()).length,
      before - 1,
    );
  },
  { seconds: 300 },
);

story("24c. A dropped folder keeps empty folders, and leaves system files out", async world => {
  await file(world, "trip/photos/one.txt", "1", 1);
  await file(world, "trip/.DS_Store", "x", 1);
  await file(world, "trip/photos/Thumbs.db", "x", 1);
  await mkdir(join(world.folder, "trip/empty"));
  const app = await world.member();
  await app.drop([join(world.folder, "trip")]);
  await app.page.getByText("Skipped 2 system files.").waitFor();
  await app.settled();
  await open(app, "trip");
  await folder(app, "empty").waitFor();
  await app.has([]);
  await open(app, "photos");
  await app.has(["one.txt"]);
});
