// A host that serves something else after the page was loaded.

import assert from "node:assert/strict";
import { appendFile, cp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { PAGE } from "../support/endpoint.js";
import { lay, noise } from "../support/files.js";
import { unreachable } from "../support/guard.js";
import { embedded } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const REFUSED =
  /Failed to find a valid digest in the 'integrity' attribute|SRI's integrity checks failed/;
const BETRAYAL = "\nfetch('/betrayed', { method: 'POST' });\n";

/** The embedded default, with a page of its own that the story may change. */
async function hosted(world) {
  world.page = join(world.folder, "page");
  await cp(PAGE, world.page, { recursive: true });
  world.env = { FROND_DIST: world.page };
  await embedded(world);
}

/** The files of a program, or of a module of the page's: its script, if it has one, and its wasm. */
async function program(world, name) {
  const files = (await readdir(world.page)).filter(file => file.startsWith(name));
  return [".js", ".wasm"].flatMap(end =>
    files.filter(file => file.endsWith(end)).map(file => join(world.page, file)),
  );
}

story(
  "17: a Worker's script that changed after the page was loaded never runs",
  world => betrayed(world, 0),
  { setting: hosted },
);
story(
  "17: a Worker's wasm that changed after the page was loaded never runs",
  world => betrayed(world, 1),
  { setting: hosted },
);

/** The host serves another file `at` this place of the program, until it is honest again. */
async function betrayed(world, at) {
  const owner = await world.member();
  const [first, second] = await lay(join(world.folder, "home"), {
    "diary.txt": noise("diary", 40_000),
    "letters.txt": noise("letters", 30_000),
  });
  await owner.add([first]);

  const app = await world.person();
  await app.form("Sign in").waitFor();
  const heard = [];
  app.page
    .context()
    .on("request", request => heard.push(...(request.url().match(/betrayed/) ?? [])));
  app.profile.guard.expect(REFUSED, unreachable, /TypeError: Failed to fetch/);
  const changed = (await program(world, "frond-worker"))[at];
  const honest = await readFile(changed);
  await appendFile(changed, BETRAYAL);
  await app.signIn(USERNAME, PASSWORD);
  await app.has([first.name]);
  await app.field("Add files").setInputFiles(second.path);
  await app.transfers().getByText("Reload the page").first().waitFor();
  assert.deepEqual(heard, []);
  assert.ok(!(await owner.names()).includes(second.name), "nothing was sent");

  await writeFile(changed, honest);
  await app.page.reload();
  await app.opened();
  await app.transfer(second.name).getByText("unfinished").waitFor();
  await app.add([second]);
  assert.deepEqual((await app.download(first.name)).bytes, first.bytes);
}

story(
  "17b: a new version was put in place while a tab was open",
  async world => {
    const app = await world.member();
    const [file] = await lay(join(world.folder, "home"), { "diary.txt": noise("diary", 40_000) });
    await app.add([file]);
    await app.lock();

    const other = await world.person();
    await other.form("Sign in").waitFor();
    other.profile.guard.expect(unreachable);
    for (const path of await program(world, "frond-worker")) await rename(path, `${path}.old`);
    await other.signIn(USERNAME, PASSWORD);
    await other.button(`Download ${file.name}`).click();
    await other.page.getByText("Reload the page").first().waitFor();

    // The tab that had the program goes on.
    await app.signIn(USERNAME, PASSWORD);
    assert.deepEqual((await app.download(file.name)).bytes, file.bytes);
  },
  { setting: hosted },
);

story(
  "17f: a changed module of the program never runs, and is asked for again",
  async world => {
    const [changed] = await program(world, "frond-page-screens");
    const honest = await readFile(changed);
    await appendFile(changed, BETRAYAL);
    const profile = await world.profile();
    profile.guard.expect(REFUSED, unreachable, /TypeError: Failed to fetch/);
    const app = await profile.tab();
    await app.open(world.origin);
    await app.button("Create account").click();
    await app.alert().filter({ hasText: "This part of Frond could not be loaded" }).waitFor();

    await writeFile(changed, honest);
    await app.button("Try again").click();
    await app.form("Create account").waitFor();
  },
  { setting: hosted },
);

story("17h: a vault that is locked while a module is on its way is left alone", async world => {
  const first = await world.member();
  await first.add(await lay(join(world.folder, "home"), { "a.txt": "one line" }));

  const profile = await world.profile();
  let release;
  const held = new Promise(resolve => {
    release = resolve;
  });
  await profile.context.route(/frond-page-screens.*wasm/, async route => {
    await held;
    await route.continue();
  });
  const app = await profile.tab();
  await app.open(world.origin);
  await app.signIn(USERNAME, PASSWORD);
  await app.has(["a.txt"]);
  await app.button("Delete a.txt").click();
  await app.button("Lock").click();
  await app.form("Sign in").waitFor();
  const arrived = app.page.waitForEvent("requestfinished", request =>
    request.url().includes("frond-page-screens"),
  );
  release();
  await arrived;
  await app.signIn(USERNAME, PASSWORD);
  await app.has(["a.txt"]);
});
