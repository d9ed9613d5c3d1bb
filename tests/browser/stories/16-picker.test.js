// Where no service worker is in charge of the page, a large file goes to a place that the person
// picks. Nobody can pick in a browser without a window: one in the picker's place asks for the same
// fresh click, and makes the same empty file.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { lined } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

/** Too large for a Blob. */
const LARGE = 70_000_000;

function picker() {
  window.showSaveFilePicker = async ({ suggestedName }) => {
    if (!navigator.userActivation.isActive)
      throw new DOMException("the click is too long ago", "SecurityError");
    return (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
  };
}

/** The browser's own, which has no window to be shown in, and is closed at once. */
function closed() {
  const own = window.showSaveFilePicker;
  window.showSaveFilePicker = options =>
    own.call(window, options).catch(error => {
      window.refusal = error.name;
      throw error;
    });
}

function none() {
  delete window.showSaveFilePicker;
}

/** Somebody without a service worker, and with a large file in the vault. */
async function member(world, script) {
  const profile = await world.profile({ serviceWorkers: "block" });
  await profile.context.addInitScript(script);
  const app = Object.assign(await profile.tab(), { profile });
  await app.open(world.origin);
  await app.createAccount(USERNAME, PASSWORD);
  const [file] = await lay(join(world.folder, "home"), { "large.bin": noise("large", LARGE) });
  await app.add([file]);
  return { app, file };
}

/**
 * Files where the picked one is, and their sizes; what Chromium writes until a file is whole is
 * among them.
 */
const picked = app =>
  app.page.evaluate(async () => {
    const sizes = {};
    for await (const entry of (await navigator.storage.getDirectory()).values()) {
      if (entry.kind !== "file") continue;
      // Between the listing and this it may have gone, which is what a story waits for.
      const file = await entry
        .getFile()
        .catch(gone => (gone.name === "NotFoundError" ? null : Promise.reject(gone)));
      if (file) sizes[entry.name] = file.size;
    }
    return sizes;
  });

const hash = (app, name) =>
  app.page.evaluate(async name => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle(name);
    const digest = await crypto.subtle.digest(
      "SHA-256",
      await (await handle.getFile()).arrayBuffer(),
    );
    return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, "0")).join("");
  }, name);

story("16. A large file goes to the place that was picked", async world => {
  const { app, file } = await member(world, picker);
  await app.button(`Download ${file.name}`).click();
  await eventually("the file is whole", () => picked(app), { [file.name]: LARGE });
  assert.equal(await hash(app, file.name), createHash("sha256").update(file.bytes).digest("hex"));
  await app.transfer(file.name).waitFor({ state: "detached" });
});

story(
  "16b. Cancelled on its way, nothing is left of it",
  async world => {
    const { app, file } = await member(world, picker);
    world.line.stopAfter(30_000_000);
    await app.button(`Download ${file.name}`).click();
    await eventually("some of it was written", async () => {
      const bar = app.page.getByRole("progressbar", { name: file.name, exact: true });
      return Number(await bar.getAttribute("aria-valuenow")) > 0;
    });
    await app
      .transfer(file.name)
      .getByText(/ of 70 MB · stalled$/)
      .waitFor();
    assert.equal((await picked(app))[file.name], 0, "nothing of it is there before all of it is");
    await app.button(`Cancel ${file.name}`).click();
    await eventually("nothing is left", () => picked(app), {});
    await app.transfer(file.name).waitFor({ state: "detached" });
    world.line.resume();
  },
  { setting: lined },
);

story("16c. A picker that is closed is no error", async world => {
  const { app, file } = await member(world, closed);
  await app.button(`Download ${file.name}`).click();
  await eventually("it was closed", () => app.page.evaluate(() => window.refusal), "AbortError");
  await app.transfer(file.name).waitFor({ state: "detached" });
  assert.equal(
    await app
      .transfers()
      .getByText(/No place was chosen/)
      .count(),
    0,
  );
});

story("16d. Without any picker the page says so", async world => {
  const { app, file } = await member(world, none);
  await app.button(`Download ${file.name}`).click();
  await app
    .transfer(file.name)
    .getByText("This browser cannot save a file of this size yet.")
    .waitFor();
});
