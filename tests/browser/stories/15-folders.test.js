import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { noise } from "../support/files.js";
import { story } from "../support/story.js";

/** A folder with folders in it: paths and what lies there. */
async function tree(folder) {
  const files = {
    "holiday/letter.txt": Buffer.from("Dear all"),
    "holiday/pictures/one.jpg": noise("one", 30_000),
    "holiday/pictures/two.jpg": noise("two", 40_000),
  };
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return files;
}

async function hasTheTree(app, files) {
  await app.page
    .getByRole("button", { name: /^holiday/ })
    .or(app.page.getByRole("link", { name: /^holiday/ }))
    .click();
  await app.has(["letter.txt"]);
  await app.page
    .getByRole("button", { name: /^pictures/ })
    .or(app.page.getByRole("link", { name: /^pictures/ }))
    .click();
  await app.has(["one.jpg", "two.jpg"]);
  const saved = await app.download("two.jpg");
  assert.equal(saved.name, "two.jpg");
  assert.deepEqual(saved.bytes, files["holiday/pictures/two.jpg"]);
}

story("15. A folder is dropped on the window, and keeps its structure", async world => {
  const files = await tree(world.folder);
  const app = await world.member();
  await app.drop([join(world.folder, "holiday")]);
  await app.settled();
  await hasTheTree(app, files);
});

story("15b. A folder is picked, and keeps its structure", async world => {
  const files = await tree(world.folder);
  const app = await world.member();
  await app.field("Add folder").setInputFiles(join(world.folder, "holiday"));
  await app.settled();
  await hasTheTree(app, files);
});
