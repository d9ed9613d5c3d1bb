// Thumbnails: made where a file is added, seen where its row comes into view.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { image, lay, pdf, stream } from "../support/files.js";
import { photo, recorded } from "../support/media.js";
import { close, preview } from "../support/preview.js";
import { shoot } from "../support/screens.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const SIZES = [8_265, 16_457, 32_841];

/** An A4 page, its lower half green. */
const paper = () =>
  pdf([
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
    "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
    stream("0 0.5 0 rg 0 0 595 421 re f"),
  ]);

async function thumbnails(world) {
  return (await world.bucket.list("vaults/")).filter(({ key }) => /\/thumbnails\//.test(key));
}

const thumbnail = (app, name) => app.entry(name).locator("img.thumbnail");

/** Width and height of a picture, and its colours near the middle of its top and its bottom. */
const looks = picture =>
  picture.evaluate(async picture => {
    await picture.decode();
    const { naturalWidth: width, naturalHeight: height } = picture;
    const brush = new OffscreenCanvas(width, height).getContext("2d");
    brush.drawImage(picture, 0, 0);
    const colour = y => {
      const [red, green, blue] = brush.getImageData(width / 2, y, 1, 1).data;
      return [red, green, blue].map(part => Math.round(part / 64)).join(" ");
    };
    return { width, height, top: colour(8), bottom: colour(height - 8) };
  });

story("30: pictures, papers and films have thumbnails, here and elsewhere", async world => {
  const app = await world.member();
  const files = await lay(join(world.folder, "home"), {
    "flat.jpg": await photo(app, false),
    "turned.jpg": await photo(app, true),
    "paper.pdf": paper(),
    "film.webm": await recorded(app),
    "notes.txt": "no picture",
  });
  await app.add(files);
  const expected = {
    "turned.jpg": { width: 128, height: 256, top: "4 0 0", bottom: "0 0 4" },
    "paper.pdf": { width: 181, height: 256, top: "4 4 4", bottom: "0 2 0" },
  };
  const seen = async app => {
    for (const [name, look] of Object.entries(expected)) {
      await thumbnail(app, name).waitFor();
      assert.deepEqual(await looks(thumbnail(app, name)), look, name);
    }
    const flat = await looks(thumbnail(app, "flat.jpg"));
    assert.deepEqual([flat.width, flat.height], [256, 128]);
    await thumbnail(app, "film.webm").waitFor();
    const film = await looks(thumbnail(app, "film.webm"));
    assert.deepEqual([film.width, film.height, film.top], [256, 192, "1 2 1"]);
    assert.equal(await thumbnail(app, "notes.txt").count(), 0);
  };
  await thumbnail(app, "flat.jpg").waitFor();
  await seen(app);
  await eventually("all are stored", async () => (await thumbnails(world)).length, 4);
  for (const { size } of await thumbnails(world)) assert.ok(SIZES.includes(size), `${size}`);

  const other = await world.person();
  const asked = [];
  other.page.on("request", request => asked.push(new URL(request.url()).pathname));
  await other.signIn(USERNAME, PASSWORD);
  await seen(other);
  assert.deepEqual(
    asked.filter(path => /\/objects\//.test(path)),
    [],
    "no file was fetched",
  );
  await shoot(other, "thumbnails");
});

story(
  "30b: an image that is a bomb or damaged has none, and is added all the same",
  async world => {
    const app = await world.member();
    const bomb = image("bomb");
    bomb.writeUInt32BE(30_000, 16);
    bomb.writeUInt32BE(30_000, 20);
    const files = {
      "bomb.png": bomb,
      "cut.png": image("cut").subarray(0, 5_000),
      "text.jpg": "no image",
      "whole.png": image("whole"),
    };
    await app.add(await lay(join(world.folder, "home"), files));
    await thumbnail(app, "whole.png").waitFor();
    await eventually("one is stored", async () => (await thumbnails(world)).length, 1);
    await app.page.reload();
    await app.opened();
    await thumbnail(app, "whole.png").waitFor();
    for (const name of ["bomb.png", "text.jpg"])
      assert.equal(await thumbnail(app, name).count(), 0, name);
  },
);

story("30c: a thumbnail that was changed in storage is an icon", async world => {
  const app = await world.member();
  await app.add(await lay(join(world.folder, "home"), { "one.png": image("one") }));
  await eventually("it is stored", async () => (await thumbnails(world)).length, 1);
  const [{ key }] = await thumbnails(world);
  const token = await world.bucket.get(key);
  token[1_000] ^= 1;
  await world.bucket.put(key, token);
  const asked = app.page.waitForResponse(response => response.url().includes("/thumbnails/"));
  await app.page.reload();
  await app.opened();
  await asked;
  await app.has(["one.png"]);
  assert.equal(await thumbnail(app, "one.png").count(), 0);
});

story("30d: a thumbnail goes with its file, and none is made once they are off", async world => {
  const app = await world.member();
  const home = join(world.folder, "home");
  await app.add(await lay(home, { "one.png": image("one") }));
  await eventually("it is stored", async () => (await thumbnails(world)).length, 1);
  await app.delete("one.png");
  await app.openTrash();
  await app.button("Delete one.png forever").click();
  await app.button("Delete forever", app.page.getByRole("dialog")).click();
  await eventually("it is gone", async () => (await thumbnails(world)).length, 0);

  await app.openSettings();
  const on = app.page.getByLabel("Make and show thumbnails in this browser");
  await on.uncheck();
  await accessible(app.page, "Settings with thumbnails off");
  await app.openFiles();
  await app.add(await lay(home, { "two.png": image("two") }));
  await app.openSettings();
  await on.check();
  await app.openFiles();
  // One after the other: once the third has its own, the second has been passed over.
  await app.add(await lay(home, { "three.png": image("three") }));
  await thumbnail(app, "three.png").waitFor();
  await eventually("only the third is stored", async () => (await thumbnails(world)).length, 1);
  assert.equal(await thumbnail(app, "two.png").count(), 0);
});

story("30f: files added without thumbnails get them by a preview or all at once", async world => {
  const app = await world.member();
  const on = app.page.getByLabel("Make and show thumbnails in this browser");
  await app.openSettings();
  await on.uncheck();
  await app.openFiles();
  const files = {
    "film.webm": await recorded(app),
    "notes.txt": "no picture",
    "one.png": image("one"),
    "paper.pdf": paper(),
    "shown.pdf": paper(),
    "text.jpg": "no image",
  };
  await app.add(await lay(join(world.folder, "home"), files));
  await app.settled();
  assert.equal((await thumbnails(world)).length, 0);
  await app.openSettings();
  await on.check();
  // Asked for, and not there.
  const asked = ["film", "one", "paper", "shown", "text"].map(() =>
    app.page.waitForEvent("requestfinished", request => request.url().includes("/thumbnails/")),
  );
  await app.openFiles();
  await Promise.all(asked);

  const read = [];
  app.page.on("request", request => {
    if (/\/objects\//.test(request.url())) read.push(request.url());
  });
  await preview(app, "shown.pdf");
  await thumbnail(app, "shown.pdf").waitFor({ state: "attached" });
  await eventually("it is stored", async () => (await thumbnails(world)).length, 1);
  assert.equal(read.length, 1, "what is shown is read once");
  await close(app);

  await app.openSettings();
  await app.button("Make thumbnails").click();
  const region = app.page.getByRole("region", { name: "Thumbnails" });
  await region.getByText("Made 3 thumbnails. Of 1 file none can be made.").waitFor();
  await eventually("all are stored", async () => (await thumbnails(world)).length, 4);
  await shoot(app, "settings-thumbnails", region);
  await app.button("Make thumbnails").click();
  await region.getByText("Made 0 thumbnails. Of 1 file none can be made.").waitFor();
  await app.openFiles();
  for (const name of ["film.webm", "one.png", "paper.pdf"]) await thumbnail(app, name).waitFor();
  const look = { width: 181, height: 256, top: "4 4 4", bottom: "0 2 0" };
  for (const name of ["paper.pdf", "shown.pdf"])
    assert.deepEqual(await looks(thumbnail(app, name)), look, name);
});

story("30g: making thumbnails is stopped, and goes on where it was", async world => {
  const app = await world.member();
  const on = app.page.getByLabel("Make and show thumbnails in this browser");
  await app.openSettings();
  await on.uncheck();
  await app.openFiles();
  const names = ["a.png", "b.png", "c.png"];
  await app.add(
    await lay(
      join(world.folder, "home"),
      Object.fromEntries(names.map(name => [name, image(name)])),
    ),
  );
  await app.settled();
  await app.openSettings();
  await on.check();
  // The second file does not come.
  let objects = 0;
  const held = [];
  await app.page.route(/\/objects\//, route => {
    objects += 1;
    if (objects === 2) held.push(route);
    else route.continue();
  });
  await app.button("Make thumbnails").click();
  await eventually("the second is asked for", () => held.length, 1);
  const bar = app.page.getByRole("progressbar", { name: "Making thumbnails" });
  await eventually("one is done", () => bar.getAttribute("aria-valuetext"), "1 of 3 files");
  await app.button("Stop").click();
  await app.page.getByText("Stopped. Made 1 thumbnail.").waitFor();
  await app.page.unroute(/\/objects\//);
  await eventually("one is stored", async () => (await thumbnails(world)).length, 1);
  await app.button("Make thumbnails").click();
  await app.page.getByText("Made 2 thumbnails.").waitFor();
  await eventually("all are stored", async () => (await thumbnails(world)).length, 3);
});

story("30e: the grid is used by keyboard, and this browser remembers it", async world => {
  const app = await world.member();
  const { keyboard } = app.page;
  const names = Array.from({ length: 60 }, (_, i) => `photo ${String(i).padStart(2, "0")}.png`);
  const picture = image("photo");
  const long = `${"a very long name that does not fit ".repeat(3)}end.png`;
  const files = Object.fromEntries([...names, long].map(name => [name, picture]));
  await app.drop((await lay(join(world.folder, "home"), files)).map(({ path }) => path));
  const table = app.page.getByRole("table", { name: "Files" });
  await eventually("all are there", () => table.getAttribute("aria-rowcount"), "62");
  await app.settled();
  await app.button("Show as grid").click();
  const grid = app.page.getByRole("grid", { name: "Files" });
  await grid.waitFor();
  const columns = Number(await grid.getAttribute("aria-colcount"));
  assert.ok(columns > 3, `${columns} columns`);
  assert.equal(Number(await grid.getAttribute("aria-rowcount")), Math.ceil(61 / columns));
  assert.ok((await grid.getByRole("gridcell").count()) < 61, "what is far away is not drawn");
  assert.match(await app.entry(long).innerText(), /…[^…]*end\.png/);

  const selected = () =>
    grid.locator("[aria-selected=true]").evaluateAll(all => all.map(one => one.innerText.trim()));
  const index = async () => {
    const [name] = await selected();
    return [long, ...names].findIndex(one => one === name || (one === long && /…/.test(name)));
  };
  await app.page.locator("h1").focus();
  await keyboard.press("ArrowDown");
  await eventually("the first is selected", index, 0);
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowDown");
  await eventually("one to the right, one down", index, columns + 1);
  await keyboard.press("ArrowLeft");
  await keyboard.press("ArrowUp");
  await eventually("back at the first", index, 0);
  await keyboard.press("Shift+ArrowDown");
  await app.page.getByText(`${columns + 1} selected`, { exact: true }).waitFor();
  await keyboard.press("End");
  await eventually("the last is drawn and selected", index, 60);
  const last = app.entry("photo 59.png");
  assert.equal(await last.getAttribute("aria-colindex"), String(((61 - 1) % columns) + 1));
  await thumbnail(app, "photo 59.png").waitFor();
  await keyboard.press("F2");
  const field = app.field("New name");
  await field.fill("renamed.png");
  await keyboard.press("Enter");
  await app.entry("renamed.png").waitFor();
  await accessible(app.page, "the grid");

  await app.page.reload();
  await grid.waitFor();
  // The place is kept as well.
  await thumbnail(app, "renamed.png").waitFor();
  await shoot(app, "grid");
  await app.page.setViewportSize({ width: 390, height: 844 });
  await eventually("two side by side", () => grid.getAttribute("aria-colcount"), "2");
  await app.button("Show as list").click();
  await table.waitFor();
});
