// The list as a file manager has it: sorted, selected from, moved about in, and of any length.

import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { unpacked } from "../support/archive.js";
import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { shoot } from "../support/screens.js";
import { story } from "../support/story.js";

const SIZES = {
  "apple.pdf": 500,
  "archive.zip": 9_000,
  "photo 10.jpg": 1_000,
  "photo 2.jpg": 3_000,
  "Zebra.txt": 20,
};
const BY_NAME = ["apple.pdf", "archive.zip", "photo 2.jpg", "photo 10.jpg", "Zebra.txt"];

/** A folder "Letters" with one letter, and some files. */
async function furnish(world, app) {
  const letters = join(world.folder, "Letters");
  await lay(letters, { "Aunt Edda.odt": noise("edda", 300) });
  const contents = Object.entries(SIZES).map(([name, size]) => [name, noise(name, size)]);
  const hours = { "apple.pdf": 50, "archive.zip": 40, "photo 10.jpg": 30, "photo 2.jpg": 20 };
  const files = await lay(join(world.folder, "home"), Object.fromEntries(contents), hours);
  await app.field("Add folder").setInputFiles(letters);
  await link(app, "Letters").waitFor();
  await app.add(files);
  return files;
}

const link = (app, name) => app.page.getByRole("link", { name, exact: true });
const checkbox = (app, name) => app.page.getByRole("checkbox", { name, exact: true });
const crumb = (app, name) =>
  app.page.getByRole("navigation", { name: "Folder" }).getByRole("link", { name, exact: true });

/** Waits until these rows are selected, and no others. */
async function hasSelected(app, names) {
  await eventually(
    "these are selected",
    () =>
      app.page
        .getByRole("checkbox", { name: /^Select /, checked: true })
        .evaluateAll(all =>
          all
            .map(one => one.getAttribute("aria-label").slice("Select ".length))
            .filter(name => name !== "all"),
        ),
    names,
  );
}

const hasOrder = (app, names) => eventually("the rows are in order", () => app.names(), names);

story("25: the list is sorted by each of its columns", async world => {
  const app = await world.member();
  await furnish(world, app);
  await hasOrder(app, BY_NAME);
  const head = column =>
    app.page.getByRole("columnheader").filter({ has: app.button(`Sort by ${column}`) });
  const sorted = async (column, direction, names) => {
    await app.button(`Sort by ${column}`).click();
    await hasOrder(app, names);
    assert.equal(await head(column).getAttribute("aria-sort"), direction);
  };
  const by = (name, value) => [...BY_NAME].sort((a, b) => value(b) - value(a));
  const bySize = by("size", name => SIZES[name]);
  await sorted("name", "descending", [...BY_NAME].reverse());
  await sorted("size", "descending", bySize);
  await sorted("size", "ascending", [...bySize].reverse());
  assert.equal(await head("name").getAttribute("aria-sort"), "none");
  await sorted("modified", "descending", [
    "Zebra.txt",
    "photo 2.jpg",
    "photo 10.jpg",
    "archive.zip",
    "apple.pdf",
  ]);
  await sorted("type", "ascending", [
    "photo 2.jpg",
    "photo 10.jpg",
    "apple.pdf",
    "Zebra.txt",
    "archive.zip",
  ]);
  // Folders come first, whatever the order.
  const first = app.page.getByRole("table", { name: "Files" }).getByRole("row").nth(1);
  await first.getByRole("link", { name: "Letters" }).waitFor();
});

story("25b: rows are selected with the mouse, downloaded, deleted and put back", async world => {
  const app = await world.member();
  const files = await furnish(world, app);
  const click = (name, modifiers = []) =>
    app.row(name).getByRole("cell").nth(2).click({ modifiers });
  await click("archive.zip");
  await hasSelected(app, ["archive.zip"]);
  await click("photo 10.jpg", ["Shift"]);
  await hasSelected(app, ["archive.zip", "photo 2.jpg", "photo 10.jpg"]);
  await click("photo 2.jpg", ["Control"]);
  await checkbox(app, "Select apple.pdf").click();
  await hasSelected(app, ["apple.pdf", "archive.zip", "photo 10.jpg"]);
  await app.page.getByText("3 selected").waitFor();
  await shoot(app, "selected");

  const [download] = await Promise.all([
    app.page.waitForEvent("download"),
    app.button("Download selected").click(),
  ]);
  assert.equal(download.suggestedFilename(), "Files.zip");
  assert.deepEqual(Object.keys(await unpacked(download)).sort(), [
    "apple.pdf",
    "archive.zip",
    "photo 10.jpg",
  ]);

  await app.button("Delete selected").click();
  await hasOrder(app, ["photo 2.jpg", "Zebra.txt"]);
  await app.page.getByText("Moved 3 files to trash.").waitFor();
  await app.button("Undo").click();
  await hasOrder(app, BY_NAME);

  await click("apple.pdf");
  await click("Zebra.txt", ["Control"]);
  await app.button("Move selected").click();
  const dialog = app.page.getByRole("dialog", { name: "Move to" });
  await dialog.getByRole("treeitem", { name: "Letters" }).click();
  await app.button("Move here", dialog).click();
  await hasOrder(app, ["archive.zip", "photo 2.jpg", "photo 10.jpg"]);
  await app.page.getByText("Moved 2 files to Letters.").waitFor();
  await app.button("Undo").click();
  await hasOrder(app, BY_NAME);

  await checkbox(app, "Select all").check();
  await hasSelected(app, ["Letters", ...BY_NAME]);
  await app.button("Clear selection").click();
  await hasSelected(app, []);
  await app.field("Add files").waitFor({ state: "attached" });
  await app.settled();
  assert.equal((await world.bucket.objects()).length, files.length + 1);
});

story("25c: rows are dragged onto a folder and onto a breadcrumb", async world => {
  const app = await world.member();
  await furnish(world, app);
  // The sheet of transfers closes by itself after a while, and rows move aside.
  await app.button("Clear").click();
  await app.transfers().waitFor({ state: "detached" });
  await checkbox(app, "Select apple.pdf").click();
  await checkbox(app, "Select Zebra.txt").click();
  const letters = app.page.getByRole("row").filter({ has: link(app, "Letters") });
  await app.row("apple.pdf").getByRole("cell").nth(2).dragTo(letters.getByRole("cell").nth(2));
  await hasOrder(app, ["archive.zip", "photo 2.jpg", "photo 10.jpg"]);
  await app.page.getByText("Moved 2 files to Letters.").waitFor();
  await link(app, "Letters").click();
  await hasOrder(app, ["apple.pdf", "Aunt Edda.odt", "Zebra.txt"]);
  // A row that is not selected is dragged alone. The move before is saved by now, so nothing changes
  // under the pointer.
  await app.settled();
  await app.row("Zebra.txt").getByRole("cell").nth(2).dragTo(crumb(app, "Files"));
  await hasOrder(app, ["apple.pdf", "Aunt Edda.odt"]);
  await app.button("Undo").click();
  await hasOrder(app, ["apple.pdf", "Aunt Edda.odt", "Zebra.txt"]);
});

story("25d: with the keyboard alone", async world => {
  const app = await world.member();
  await furnish(world, app);
  const { keyboard } = app.page;
  const press = async (...keys) => {
    for (const key of keys) await keyboard.press(key);
  };
  const focused = name =>
    eventually(
      `the focus is on ${name}`,
      () => checkbox(app, `Select ${name}`).evaluate(box => box === document.activeElement),
      true,
    );
  // Nothing is selected or has the focus: nothing happens.
  await press("Delete", "F2");
  await press("ArrowDown");
  await focused("Letters");
  await press("ArrowDown", "ArrowDown");
  await focused("archive.zip");
  await hasSelected(app, ["archive.zip"]);
  await press("Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowUp");
  await hasSelected(app, ["archive.zip", "photo 2.jpg"]);
  await press("Control+End", "Space");
  await hasSelected(app, ["archive.zip", "photo 2.jpg", "Zebra.txt"]);
  await press("Home");
  await focused("Letters");
  await press("Control+a");
  await hasSelected(app, ["Letters", ...BY_NAME]);
  await press("Escape");
  await hasSelected(app, []);
  // What is typed leads to a name.
  await press("p", "h", "o");
  await focused("photo 2.jpg");
  await press("PageUp");
  await focused("Letters");
  await press("PageDown");
  await focused("Zebra.txt");

  await press("F2");
  await app.field("New name").fill("Zoo.txt");
  await press("Enter");
  await hasOrder(app, [...BY_NAME.slice(0, 4), "Zoo.txt"]);
  await focused("Zoo.txt");
  await press("Enter");
  await app.page.getByRole("dialog").getByRole("heading", { name: "Zoo.txt" }).waitFor();
  await press("Escape");
  await app.page.getByRole("dialog").waitFor({ state: "detached" });
  const opener = app.button("Preview Zoo.txt");
  await eventually(
    "the focus is back",
    () => opener.evaluate(button => button === document.activeElement),
    true,
  );

  await press("Home", "ArrowDown", "Shift+ArrowDown", "Control+x");
  await app.page.getByText("Cut 2 files").waitFor();
  await press("Home", "Enter");
  await crumb(app, "Files").waitFor();
  await press("Control+v");
  await hasOrder(app, ["apple.pdf", "archive.zip", "Aunt Edda.odt"]);
  await press("ArrowDown", "ArrowDown", "Delete");
  await hasOrder(app, ["apple.pdf", "Aunt Edda.odt"]);
  await focused("Aunt Edda.odt");
  await press("Backspace");
  await crumb(app, "Files").waitFor({ state: "detached" });
  await hasOrder(app, ["photo 2.jpg", "photo 10.jpg", "Zoo.txt"]);
  await focused("Letters");
});

story(
  "25e: back and forward lead to the same folder and place, and so does a reload",
  async world => {
    const app = await world.member();
    await many(world, app, 300);
    await link(app, "many").click();
    await crumb(app, "Files").waitFor();
    assert.match(await app.page.evaluate(() => location.hash), /^#\/folder\/[0-9a-f]{32}$/);
    await app.page.keyboard.press("ArrowDown");
    await checkbox(app, "Select 1").waitFor();
    await link(app, "1").waitFor();
    for (let press = 0; press < 8; press++) await app.page.keyboard.press("PageDown");
    const here = await app.page.evaluate(() => ({
      row: document.activeElement.getAttribute("aria-label"),
      top: scrollY,
    }));
    assert.ok(here.top > 1_000, "scrolled");
    // Browsers store what they keep of a page: its title and two numbers.
    await eventually(
      "the place is kept",
      () => app.page.evaluate(() => /^[\d.]+ \d+$/.test(history.state)),
      true,
    );
    assert.equal(await app.page.title(), "Files · Frond");
    const name = here.row.slice("Select ".length);
    await app.page.keyboard.press("Enter");
    await app.page.getByText("This folder is empty.").waitFor();

    const isBack = () =>
      eventually(
        "it is where it was",
        () =>
          app.page.evaluate(() => ({
            row: document.activeElement.getAttribute("aria-label"),
            top: scrollY,
          })),
        here,
      );
    await app.page.goBack();
    await isBack();
    await app.page.goForward();
    await app.page.getByText("This folder is empty.").waitFor();
    await app.page.goBack();
    await isBack();
    await app.page.reload();
    await isBack();
    await link(app, name).waitFor();
    await app.page.goBack();
    await link(app, "many").waitFor();
  },
);

story(
  "25f: of five thousand rows only those are drawn that are near",
  async world => {
    const app = await world.member();
    await many(world, app, 5_000);
    await link(app, "many").click();
    const table = app.page.getByRole("table", { name: "Files" });
    await eventually("all are there", () => table.getAttribute("aria-rowcount"), "5001");
    const drawn = () => table.getByRole("row").count();
    assert.ok((await drawn()) < 200, "few are drawn");
    await app.page.keyboard.press("ArrowDown");
    await app.page.keyboard.press("End");
    const last = app.page.getByRole("row").filter({ has: link(app, "5000") });
    await eventually("the last has its number", () => last.getAttribute("aria-rowindex"), "5001");
    assert.ok(await checkbox(app, "Select 5000").evaluate(box => box === document.activeElement));
    assert.ok((await drawn()) < 200, "still few");
    const box = await last.boundingBox();
    assert.ok(box.y > 0 && box.y + box.height <= 800, "and it is in view");
    await app.page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
    await eventually("the middle is drawn", () => link(app, "2500").count(), 1);
    // The row with the focus stays, wherever the page is scrolled to.
    assert.ok(await checkbox(app, "Select 5000").evaluate(box => box === document.activeElement));
    await app.button("Sort by name").click();
    await app.page.evaluate(() => scrollTo(0, 0));
    const second = table.getByRole("row").nth(1);
    await second.getByRole("link", { name: "5000", exact: true }).waitFor();
    await shoot(app, "many");
  },
  { seconds: 300 },
);

story("25g: what is added to a list that is shown is drawn", async world => {
  const app = await world.member();
  await many(world, app, 5);
  await link(app, "many").click();
  await link(app, "5").waitFor();
  const more = [...Array(20).keys()].map(n => join(world.folder, `more ${n}`));
  for (const folder of more) await mkdir(folder);
  await app.drop(more);
  await link(app, "more 19").waitFor();
});

/** Drops a folder "many" with empty folders 1 to `count` in it, a thousand at a time. */
async function many(world, app, count) {
  const folder = join(world.folder, "many");
  for (let first = 1; first <= count; first += 1_000) {
    for (let n = first; n < first + 1_000 && n <= count; n++) {
      await mkdir(join(folder, `${n}`), { recursive: true });
    }
    await app.drop([folder]);
    await link(app, "many").waitFor();
    await app.settled();
    await rm(folder, { recursive: true });
  }
}
