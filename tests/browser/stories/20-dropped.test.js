// What is dropped comes with a handle, by which the browser reads it again. It does so by itself
// while any tab of the page has leave to; after that it asks, upon a click. Nobody can answer in a
// browser without a window: what asks is replaced by somebody who says no, and notes whether there
// was a click.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { failed, status, unreachable } from "../support/guard.js";
import { stall } from "../support/proxy.js";
import { behind } from "../support/setting.js";
import { story } from "../support/story.js";

const PART = /\/objects\/.*partNumber=/;

/** A file of two parts is dropped; the first is sent, the second hangs. */
async function halfSent(world, app) {
  const [file] = await lay(join(world.folder, "home"), { "film.bin": noise("film", 9_000_000) });
  await hangs(world, app, file.path);
  return file;
}

/** This is dropped; the second part of what is in it hangs. */
async function hangs(world, app, path) {
  app.profile.guard.expect(unreachable, failed, status("\\d+", /\/objects\//));
  world.line.when("PUT", PART, stall("request"), { from: 2, to: 99 });
  await app.drop([path]);
  await eventually("one part hangs", () => world.line.count("PUT", PART), 2);
}

async function arrived(world, app, file) {
  await app.has([file.name]);
  await app.settled();
  assert.equal((await world.bucket.objects()).length, 1, "one object");
  await eventually("no upload is left unfinished", () => world.bucket.unfinished(), 0);
  assert.ok((await app.download(file.name)).bytes.equals(file.bytes), "the same bytes");
}

story(
  "20: a dropped file goes on by itself in another tab",
  async world => {
    const app = await world.member();
    const other = await app.profile.tab();
    await other.open(world.origin);
    await other.opened();
    const file = await halfSent(world, app);
    await other
      .transfers()
      .getByText(/Another tab/)
      .waitFor();
    world.line.heal();
    await app.page.close();
    await arrived(world, other, file);
  },
  { setting: behind },
);

story(
  "20b: after a crash the browser asks before it reads a dropped file, and only upon a click",
  async world => {
    const app = await world.member();
    const file = await halfSent(world, app);
    const again = await app.profile.killTabs();
    world.line.heal();
    await again.page.addInitScript(saysNo);
    await again.open(world.origin);
    await again
      .transfer(file.name)
      .getByText(/may not read the file by itself/)
      .waitFor();
    assert.deepEqual(await again.page.evaluate(() => window.asked), []);
    await again.button(`Resume ${file.name}`).click();
    await eventually("it was asked upon a click", () => again.page.evaluate(() => window.asked), [
      { mode: "read", click: true },
    ]);
    await again
      .transfer(file.name)
      .getByText(/may not read the file by itself/)
      .waitFor();
    await again.field("Add files").setInputFiles(file.path);
    await arrived(world, again, file);
  },
  { setting: behind },
);

story(
  "20c: so does a file of a dropped folder",
  async world => {
    const app = await world.member();
    const other = await app.profile.tab();
    await other.open(world.origin);
    await other.opened();
    const [film] = await lay(join(world.folder, "home", "tapes"), {
      "film.bin": noise("film", 9_000_000),
    });
    // A name that not every system allows, of which Chromium hands out no handle.
    const [song] = await lay(join(world.folder, "home", "tapes", "B side"), {
      'Who? "live": 2.txt': noise("song", 5_000),
    });
    await hangs(world, app, join(world.folder, "home", "tapes"));
    await other
      .transfers()
      .getByText(/Another tab/)
      .waitFor();
    world.line.heal();
    await app.page.close();
    await other.settled();
    await other.page.getByRole("link", { name: "tapes" }).click();
    await other.has([film.name]);
    assert.ok((await other.download(film.name)).bytes.equals(film.bytes), "the same bytes");
    await other.page.getByRole("link", { name: "B side" }).click();
    await other.has([song.name]);
    assert.equal((await world.bucket.objects()).length, 2, "each once");
  },
  { setting: behind },
);

/** Runs in the page. */
function saysNo() {
  window.asked = [];
  FileSystemHandle.prototype.requestPermission = async ({ mode }) => {
    window.asked.push({ mode, click: navigator.userActivation.isActive });
    return "denied";
  };
}
