// Words in files: found on another browser without the files, gone when they are deleted, and not
// written at all once that is switched off.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { lay } from "../support/files.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const FILES = join(import.meta.dirname, "../../../crates/search/tests/files");
const contents = app => app.page.getByRole("region", { name: "In contents" });
const search = (app, words) => app.page.getByRole("searchbox", { name: "Search" }).fill(words);
const section = app => app.page.getByRole("region", { name: "Search" });
const segments = async world =>
  (await world.bucket.list("vaults/"))
    .map(({ key }) => key)
    .filter(key => /\/segments\//.test(key));

/** Waits until the index covers all of so many files. */
async function indexed(app, count) {
  await app.openSettings();
  await section(app).getByText(`${count} of ${count} file`).waitFor();
  await app.openFiles();
}

/** Waits until exactly these files are found in contents. */
async function finds(app, words, names) {
  await search(app, words);
  await eventually(
    `"${words}" is found`,
    () =>
      contents(app)
        .getByRole("button", { name: /^Preview / })
        .evaluateAll(all => all.map(one => one.getAttribute("aria-label").slice(8)).sort()),
    names,
  );
}

story("27: words in files are found on another browser", async world => {
  const app = await world.member();
  const files = {
    "a note.txt": "first line\nThe lighthouse keeper\nlast line",
    "b letter.docx": await readFile(join(FILES, "a.docx")),
    "c paper.pdf": await readFile(join(FILES, "a.pdf")),
  };
  await app.add(await lay(join(world.folder, "home"), files));
  await indexed(app, 3);
  await finds(app, "lighthouse", ["a note.txt"]);
  // Its text is in this tab.
  await contents(app).getByText("The lighthouse keeper").waitFor();
  await finds(app, "zurich office", ["b letter.docx", "c paper.pdf"]);
  await accessible(app.page, "hits in contents");
  await app.lock();

  const other = await world.person();
  const read = [];
  other.page.on("request", request => {
    if (/\/objects\//.test(request.url())) read.push(request.url());
  });
  await other.signIn(USERNAME, PASSWORD);
  await indexed(other, 3);
  await finds(other, "strasse", ["b letter.docx", "c paper.pdf"]);
  await finds(other, "lightho", ["a note.txt"]);
  assert.deepEqual(read, [], "no file was read");
  await other.button("Show lines").click();
  await contents(other).getByText("The lighthouse keeper").waitFor();
  await search(other, "");

  // Deleted forever, it leaves the index.
  const before = await segments(world);
  await other.delete("a note.txt");
  await other.openTrash();
  await other.button("Delete a note.txt forever").click();
  await other.button("Delete forever", other.page.getByRole("dialog")).click();
  await eventually("the segment is another one", async () => {
    const after = await segments(world);
    return after.length > 0 && after.every(key => !before.includes(key));
  });
  await other.openFiles();
  await finds(other, "lighthouse", []);
  await search(other, "");

  // Switched off, nothing is written.
  await other.openSettings();
  await other.page.getByRole("switch", { name: /^Search in file contents/ }).click();
  await other.openFiles();
  const left = await segments(world);
  await other.add(await lay(join(world.folder, "more"), { "d note.txt": "harbour" }));
  await finds(other, "harbour", []);
  assert.deepEqual(await segments(world), left);
  // On again, what was added meanwhile is indexed when asked for.
  await search(other, "");
  await other.openSettings();
  await other.page.getByRole("switch", { name: /^Search in file contents/ }).click();
  await other.button("Build index").click();
  await section(other).getByText("3 of 3 files").waitFor();
  await other.openFiles();
  await finds(other, "harbour", ["d note.txt"]);
});
