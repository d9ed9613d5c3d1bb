// Killed at any step of an upload, a sign-in or a download: what runs the tab, or the whole
// browser, ends by SIGKILL while one request is held, before the server hears of it or after it
// answered. The table is the list of steps. Each time the same profile is opened again, is given
// the file again if it asks for it, and comes to the same end: the file once, its bytes, and
// nothing else.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { failed, status, unreachable } from "../support/guard.js";
import { reset, stall } from "../support/proxy.js";
import { surrounded } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

/** One part, and two. */
const SMALL = 30_000;
const LARGE = 9_000_000;

const asked = (method, path) => ({ server: "front", method, path });
const stored = (method, path, nth = 1) => ({ server: "line", method, path, nth });
const signed = op => asked("POST", new RegExp(`/v1/presign .*"op":"${op}"`));

const CREATE = stored("POST", /\/objects\/.*uploads=/);
const PART = n => stored("PUT", new RegExp(`/objects/.*partNumber=${n}(?!\\d)`));
const PARTS = stored("GET", /\/objects\/.*uploadId=/);
const JOURNAL = method => stored(method, /\/uploads\/.*\/\d{5}/);
const COMPLETE = stored("POST", /\/objects\/.*uploadId=/);
const OBJECT = (method, nth) => stored(method, /\/objects\/[^?]*\? /, nth);
const EVENT = (method, nth) => stored(method, /\/log\/[^?]*\? /, nth);
const LIST = (what, nth) => stored("GET", new RegExp(`/\\?.*${what}`), nth);
const DEVICES = LIST("delimiter=.*log%2F&");
const EVENTS = LIST("log%2F[a-z2-7]{26}%2F");

const TAB = "killTabs";
const BROWSER = "killBrowser";

/** An upload of two parts: the begin is its first event, the entry in the list its second. */
const IN_PARTS = [
  ["a URL for the upload is asked for", signed("create-upload"), "request", TAB],
  ["the upload is created", CREATE, "request", TAB],
  ["the upload was created", CREATE, "answer", BROWSER],
  ["a URL for the begin is asked for", signed("put-event"), "request", TAB],
  ["the begin is written", EVENT("PUT"), "request", TAB],
  ["the begin was written", EVENT("PUT"), "answer", BROWSER],
  ["the begin is read back", EVENT("GET"), "request", TAB],
  ["URLs for parts are asked for", signed("upload-part"), "request", TAB],
  ["the first part is sent", PART(1), "request", TAB],
  ["the first part was sent", PART(1), "answer", BROWSER],
  ["the last part is sent", PART(2), "request", TAB],
  ["the last part was sent", PART(2), "answer", TAB],
  ["a page of the journal is written", JOURNAL("PUT"), "request", TAB],
  ["a page of the journal was written", JOURNAL("PUT"), "answer", BROWSER],
  ["a URL for the end is asked for", signed("complete-upload"), "request", TAB],
  ["the upload is completed", COMPLETE, "request", TAB],
  ["the upload was completed", COMPLETE, "answer", BROWSER],
  ["its table is looked at", OBJECT("GET"), "request", TAB],
  ["its table was looked at", OBJECT("GET"), "answer", TAB],
  ["its parts are looked at", OBJECT("GET", 2), "request", TAB],
  ["the entry is written", EVENT("PUT", 2), "request", TAB],
  ["the entry was written", EVENT("PUT", 2), "answer", BROWSER],
  ["the entry was read back", EVENT("GET", 2), "answer", TAB],
  ["what is left of it is looked for", LIST("uploads="), "request", TAB],
  ["its journal is deleted", JOURNAL("DELETE"), "request", TAB],
  ["its journal was deleted", JOURNAL("DELETE"), "answer", BROWSER],
];

const IN_ONE = [
  ["a URL for the object is asked for", signed("put-object"), "request", TAB],
  ["the object is sent", OBJECT("PUT"), "request", BROWSER],
  ["the object was sent", OBJECT("PUT"), "answer", BROWSER],
  ["a listing is to confirm it", LIST("objects%2F"), "request", TAB],
  ["a listing confirmed it", LIST("objects%2F"), "answer", BROWSER],
  ["the entry is written", EVENT("PUT"), "request", TAB],
  ["the entry was written", EVENT("PUT"), "answer", BROWSER],
  ["the entry is read back", EVENT("GET"), "request", TAB],
];

/** What an upload that was cut after its first page of the journal asks for before it goes on. */
const GOING_ON = [
  ["its journal is listed", LIST("uploads%2F"), "request", TAB],
  ["its journal is read", JOURNAL("GET"), "answer", TAB],
  ["its parts were listed", PARTS, "answer", BROWSER],
];

/** Writing a blob into this device's own storage, counted from 1: before it, and after it. */
const KEPT = [
  [SMALL, "a small file is kept here", 1, "before", TAB],
  [SMALL, "a small file was kept here", 1, "after", BROWSER],
  [LARGE, "the second of its parts is kept here", 2, "before", TAB],
  [LARGE, "both of its parts were kept here", 2, "after", TAB],
  [LARGE, "the page that says how is kept here", 3, "before", BROWSER],
  [LARGE, "all of it was kept here", 3, "after", BROWSER],
];

/** Signing in on a device that knows nothing yet. */
const SIGN_IN = [
  ["the login is asked for", asked("GET", /\/v1\/login/), "request", TAB],
  ["a URL for the list is asked for", signed("list-events"), "request", TAB],
  ["the devices were listed", DEVICES, "answer", TAB],
  ["the events of a device are listed", EVENTS, "request", BROWSER],
  ["an event is read", EVENT("GET"), "answer", TAB],
];

const DOWN = [
  ["a URL for the file is asked for", signed("get-object"), "request", TAB],
  ["its first range is asked for", OBJECT("GET"), "request", TAB],
  ["its third range was answered", OBJECT("GET", 3), "answer", TAB],
  ["its sixth range is asked for", OBJECT("GET", 6), "request", BROWSER],
  ["its last range was answered", OBJECT("GET", 10), "answer", TAB],
];

/** Somebody, and the files that came to their end so far. */
async function member(world) {
  const app = await world.member();
  app.profile.guard.expect(unreachable, failed, status("\\d+", /./));
  return { world, app, files: [] };
}

async function fresh({ world, files }, name, size) {
  const [file] = await lay(join(world.folder, "home"), { [name]: noise(name, size) });
  files.push(file);
  return file;
}

/**
 * What runs the page is killed at this request; what is returned waits until it was, and the page
 * is open again.
 */
function killed(who, { server, method, path, nth = 1 }, when, how) {
  let killing;
  who.world[server].when(
    method,
    path,
    stall(when, () => {
      killing = again(who, how);
    }),
    { from: nth },
  );
  return async () => {
    await eventually("it came to this request", () => killing !== undefined);
    await killing;
  };
}

/**
 * As `killed`, while a Worker is about to write its `nth` blob, or has written it: it stands still
 * there.
 */
async function killedKeeping(who, nth, when, how) {
  const { page } = who.app;
  await eventually("a Worker is there", () => page.workers().length > 0);
  const kept = page.waitForEvent("console", message => message.text() === "kept");
  await Promise.all(page.workers().map(worker => worker.evaluate(standStill, { nth, when })));
  return async () => {
    await kept;
    await again(who, how);
  };
}

/** Runs in a Worker: the `nth` blob is the last that it writes. */
function standStill({ nth, when }) {
  const { flush } = FileSystemSyncAccessHandle.prototype;
  let met = 0;
  FileSystemSyncAccessHandle.prototype.flush = function () {
    met += 1;
    if (met !== nth) return flush.call(this);
    if (when === "after") flush.call(this);
    console.log("kept");
    for (;;);
  };
}

/** Kills what runs the page, and opens it again on a line that is whole. */
async function again(who, how) {
  const {
    world,
    app: { profile },
  } = who;
  const app = Object.assign(await profile[how](), { profile });
  world.line.heal();
  world.front.heal();
  await app.open(world.origin);
  const [files, form] = [app.heading("Files"), app.form("Sign in")];
  await files.or(form).first().waitFor();
  // A browser that was killed may have lost the note that the vault was open, but not the session:
  // then the form is shown until the program has restored that.
  if (await form.isVisible()) {
    await Promise.any([files.waitFor(), app.trySignIn(USERNAME, PASSWORD)]);
  }
  await app.opened();
  who.app = app;
}

const add = ({ app }, file) => app.field("Add files").setInputFiles(file.path);

/** Goes on with a file: by itself, or where it is asked for, by adding it again. */
async function goOn(who, file) {
  const wanted = who.app.transfer(file.name).getByText(/Add the same file again/);
  await wanted
    .or(who.app.button(`Download ${file.name}`))
    .first()
    .waitFor();
  if (await wanted.isVisible()) await add(who, file);
}

/** The one end: each file once, the bytes of this one, and nothing beside. */
async function ended({ world, app, files }, file) {
  await app.has(files.map(({ name }) => name));
  await app.settled();
  await eventually(
    "nothing is left beside the files",
    async () => {
      const all = await world.bucket.list("vaults/");
      const below = folder => all.filter(({ key }) => key.split("/")[2] === folder).length;
      return {
        objects: below("objects"),
        journals: below("uploads"),
        unfinished: await world.bucket.unfinished(),
      };
    },
    { objects: files.length, journals: 0, unfinished: 0 },
  );
  assert.deepEqual(
    await app.names(),
    files.map(({ name }) => name),
    "no file is listed twice",
  );
  assert.ok((await app.download(file.name)).bytes.equals(file.bytes), "the same bytes");
}

/** Tells each step of a table, one after the other, with one profile and one vault. */
const table = (steps, tell) => async world => {
  const who = await member(world);
  for (const [at, step] of steps.entries()) {
    const what = step.find(cell => typeof cell === "string");
    try {
      await tell(who, step, `${String(at + 1).padStart(2, "0")} ${what}`);
    } catch (failure) {
      throw new Error(`killed when ${what}: ${failure.message}`, { cause: failure });
    }
  }
};

const options = { setting: surrounded, seconds: 300 };

story(
  "19: killed at each step of an upload in parts",
  table(IN_PARTS, async (who, [, ...at], name) => {
    const file = await fresh(who, name, LARGE);
    const killing = killed(who, ...at);
    await add(who, file);
    await killing();
    await goOn(who, file);
    await ended(who, file);
  }),
  options,
);

story(
  "19b: killed at each step of an upload in one",
  table(IN_ONE, async (who, [, ...at], name) => {
    const file = await fresh(who, name, SMALL);
    const killing = killed(who, ...at);
    await add(who, file);
    await killing();
    await goOn(who, file);
    await ended(who, file);
  }),
  options,
);

story(
  "19c: killed again while an upload goes on",
  table(GOING_ON, async (who, [, ...at], name) => {
    const file = await fresh(who, name, LARGE);
    const first = killed(who, COMPLETE, "request", TAB);
    await add(who, file);
    await first();
    const second = killed(who, ...at);
    await goOn(who, file);
    await second();
    await goOn(who, file);
    await ended(who, file);
  }),
  options,
);

story(
  "19d: killed while a device keeps what the store does not take",
  table(KEPT, async (who, [size, , nth, when, how], name) => {
    const file = await fresh(who, name, size);
    who.world.line.when("PUT", /\/objects\//, reset("before"), { to: Infinity });
    const killing = await killedKeeping(who, nth, when, how);
    await add(who, file);
    await killing();
    await goOn(who, file);
    await ended(who, file);
  }),
  options,
);

story(
  "19e: killed at each step of signing in",
  table(SIGN_IN, async (who, [, ...at], name) => {
    if (who.files.length === 0) await who.app.add([await fresh(who, name, SMALL)]);
    const [file] = who.files;
    await who.app.profile.close();
    who.app = await who.world.person();
    who.app.profile.guard.expect(unreachable, failed);
    const killing = killed(who, ...at);
    await who.app.trySignIn(USERNAME, PASSWORD);
    await killing();
    await ended(who, file);
  }),
  options,
);

story(
  "19f: killed at each step of a download",
  table(DOWN, async (who, [, ...at], name) => {
    const file = await fresh(who, name, LARGE);
    await who.app.add([file]);
    const ends = [];
    who.app.page.on("download", download => download.failure().then(end => ends.push(end)));
    const killing = killed(who, ...at);
    await who.app.button(`Download ${file.name}`).click();
    await killing();
    await ended(who, file);
    assert.ok(
      ends.every(end => end !== null),
      "no file that looks whole",
    );
  }),
  options,
);
