// A host that answers badly for a while: during an update of the page, and at the first visit.

import assert from "node:assert/strict";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { PAGE } from "../support/endpoint.js";
import { eventually } from "../support/eventually.js";
import { pretend, refuse, reset } from "../support/proxy.js";
import { surrounded } from "../support/setting.js";
import { story } from "../support/story.js";
import { put, successor } from "../support/versions.js";

/** Each kind of file: how its name begins, and ends. */
const KINDS = {
  "the page": /^index\.html$/,
  "the service worker": /^sw\.js$/,
  "the style": /^style-.*\.css$/,
  "the start script": /^start-.*\.js$/,
  "the program's script": /^frond-page-[0-9a-f]+\.js$/,
  "the program": /^frond-page-[0-9a-f]+_bg\.wasm$/,
  "a module of the program": /^frond-page-screens-[0-9a-f]+_bg\.wasm$/,
  "the icon": /^icon\.svg$/,
  "the manifest": /^manifest\.webmanifest$/,
};

/** What is answered in the place of a file. */
const FAULTS = {
  "an error page under 200": () =>
    pretend(200, "<!doctype html><title>Sorry</title><p>Back soon.</p></html>\n", {
      "content-type": "text/html",
    }),
  "half of it": ({ bytes, type }) =>
    pretend(200, bytes.subarray(0, bytes.length / 2), { "content-type": type }),
  "other bytes": ({ bytes, type }) =>
    pretend(
      200,
      bytes.map((byte, at) => (at === bytes.length - 2 ? byte ^ 1 : byte)),
      { "content-type": type },
    ),
  503: () => refuse(503),
};

const TYPES = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  wasm: "application/wasm",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
};

/** A host behind a proxy that answers badly, with two versions of the page. */
async function host(world) {
  Object.assign(world, {
    page: join(world.folder, "page"),
    first: PAGE,
    second: join(world.folder, "second"),
  });
  await successor(world.first, world.second);
  await cp(world.first, world.page, { recursive: true });
  world.env = { FROND_DIST: world.page };
  await surrounded(world);
}

/** The file of this kind that the host serves now. */
async function file(world, kind) {
  const name = (await readdir(world.page)).find(name => KINDS[kind].test(name));
  return {
    name,
    bytes: await readFile(join(world.page, name)),
    type: TYPES[name.split(".").at(-1)],
  };
}

/** From now on the host answers so for a file. */
function answers(world, { name }, act) {
  const path =
    name === "index.html" ? /^\/(index\.html)? / : new RegExp(`^/${name.replaceAll(".", "\\.")} `);
  world.front.when("GET", path, act, { to: Infinity });
}

/** Somebody whose console says what it likes of files that did not come. */
async function visitor(world) {
  const profile = await world.profile();
  profile.guard.expect(/^/);
  return Object.assign(await profile.tab(), { profile });
}

/**
 * The script that the page shown names; its service worker's whole set is there. Not while the page
 * reloads itself, as it does once after a script that did not come whole.
 */
async function whole(app) {
  await app.form("Sign in").waitFor();
  const look = app.page.evaluate(async () => {
    const named = document.querySelector("link[rel=modulepreload]").href;
    const registered = await navigator.serviceWorker.ready;
    // The newest set; the one before it may be there as well.
    const set = (await caches.keys()).at(-1);
    const kept = set && (await caches.match(new URL("./", document.baseURI), { cacheName: set }));
    return registered.active &&
      !registered.installing &&
      (await kept?.text())?.includes(named.split("/").at(-1))
      ? named
      : null;
  });
  return look.catch(error => {
    if (!/Execution context was destroyed/.test(error.message)) throw error;
    return null;
  });
}

/**
 * Another visit. The browser looks for an update some time after each, here at once. The visit ends
 * when no service worker is on its way: Chromium 156 never answers a navigation that it hands to a
 * service worker at the very moment another one takes over (the old one is left "redundant,
 * running", and another tab opens at once).
 */
async function visit(app) {
  await app.page.reload();
  await app.form("Sign in").waitFor();
  await app.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update().catch(() => {});
    const settled = worker =>
      new Promise(done => {
        const look = () => /activated|redundant/.test(worker.state) && done();
        worker.addEventListener("statechange", look);
        look();
      });
    for (;;) {
      const { installing, waiting, active } = registration;
      const moving = [installing, waiting, active].find(
        worker => worker && !/activated|redundant/.test(worker.state),
      );
      if (!moving) return;
      await settled(moving);
    }
  });
}

for (const [what, fault] of Object.entries(FAULTS)) {
  story(
    `17c: ${what} for a file while the page is updated`,
    async world => {
      for (const kind of Object.keys(KINDS)) {
        await put(world.first, world.page);
        const app = await visitor(world);
        await app.open(world.origin);
        const old = await eventually("the first version is kept", () => whole(app));
        await put(world.second, world.page);
        answers(world, await file(world, kind), fault(await file(world, kind)));
        for (let times = 0; times < 2; times += 1) await visit(app);
        world.front.heal();
        const seen = await eventually(`${kind} is updated`, async () => {
          await visit(app);
          const seen = await whole(app);
          return seen !== old && seen;
        });
        assert.notEqual(seen, old);
        world.front.when("GET", /./, reset("before"), { to: Infinity });
        await app.page.reload();
        assert.equal(
          await whole(app),
          seen,
          `${kind}: the whole new version is there without the host`,
        );
        world.front.heal();
        await app.profile.close();
      }
    },
    { setting: host, seconds: 400 },
  );

  story(
    `17d: ${what} for a file at the first visit`,
    async world => {
      for (const kind of Object.keys(KINDS)) {
        const app = await visitor(world);
        answers(world, await file(world, kind), fault(await file(world, kind)));
        await app.open(world.origin).catch(() => {});
        world.front.heal();
        // The browser may still be on its way to its own page for what did not come.
        await eventually("the page opens", () =>
          app.open(world.origin).then(
            () => true,
            () => false,
          ),
        );
        await eventually(`${kind} is there, and all is kept`, () => whole(app));
        await styled(app);
        await app.profile.close();
      }
    },
    { setting: host, seconds: 300 },
  );
}

story(
  "17d: other bytes that the browser keeps for a year, at the first visit",
  async world => {
    for (const kind of ["the style", "the program's script", "the program"]) {
      const app = await visitor(world);
      const { pretend: answer } = FAULTS["other bytes"](await file(world, kind));
      answer.headers["cache-control"] = "public, max-age=31536000, immutable";
      answers(world, await file(world, kind), { pretend: answer });
      await app.open(world.origin);
      world.front.heal();
      await app.page.reload();
      await eventually(`${kind} is there, and all is kept`, () => whole(app));
      await styled(app);
      await app.profile.close();
    }
  },
  { setting: host, seconds: 120 },
);

/** The page's style is there. */
const styled = app =>
  eventually("it is styled", () =>
    app.page.evaluate(() => [...document.styleSheets].some(sheet => sheet.cssRules.length > 50)),
  );
