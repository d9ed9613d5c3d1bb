// Delete, restore, delete forever: then the object is gone from the bucket.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { story } from "../support/story.js";

story("3: delete, restore, delete forever", async world => {
  const app = await world.member();
  const [kept, doomed] = await lay(world.folder, {
    "kept.txt": noise("kept", 900),
    "doomed.txt": noise("doomed", 1200),
  });
  const keptKey = await world.newObject(() => app.add([kept]));
  const doomedKey = await world.newObject(() => app.add([doomed]));

  await app.delete(doomed.name);
  await app.has([kept.name]);
  await app.openTrash();
  await accessible(app.page, "trash");
  await app.button(`Restore ${doomed.name}`).click();
  await app.openFiles();
  await app.has([kept.name, doomed.name]);
  assert.ok((await app.download(doomed.name)).bytes.equals(doomed.bytes));

  await app.delete(doomed.name);
  assert.equal(await world.bucket.head(doomedKey), 200);
  await app.openTrash();
  await app.button(`Delete ${doomed.name} forever`).click();
  const question = app.page.getByRole("dialog");
  await question.waitFor();
  await accessible(app.page, "the question before deleting forever");
  await app.button("Delete forever", question).click();
  await eventually("the object is gone", () => world.bucket.head(doomedKey), 404);
  assert.equal(await world.bucket.head(keptKey), 200);

  await app.openFiles();
  await app.has([kept.name]);
  await app.page.reload();
  await app.opened();
  await app.has([kept.name]);
  await app.openTrash();
  await app.page.getByText("The trash is empty").waitFor();
});
