// Audio and video: played and sought without fetching all of it, through the service worker.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, sound } from "../support/files.js";
import { failed, status } from "../support/guard.js";
import { recorded } from "../support/media.js";
import { close, content, preview } from "../support/preview.js";
import { shoot } from "../support/screens.js";
import { endServiceWorker } from "../support/service-worker.js";
import { lined } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const SIZE = 60_000_000;
const SLOT = 524_361;

story(
  "22e: a long recording is played and sought, and most of it is never fetched",
  async world => {
    const app = await world.member();
    const { keyboard } = app.page;
    const files = { "a short.wav": sound("short", 400_000), "b long.wav": sound("long", SIZE) };
    await app.add(await lay(join(world.folder, "home"), files));
    const before = world.line.carried;
    await preview(app, "b long.wav");
    const player = content(app).getByLabel("b long.wav");
    await eventually(
      "its length is known",
      async () => Math.abs((await player.evaluate(one => one.duration)) - 340) < 1,
    );
    await shoot(app, "preview-audio");

    await player.focus();
    await keyboard.press("Space");
    await eventually("it plays", () => player.evaluate(one => one.currentTime > 0.5));
    await keyboard.press("ArrowRight");
    await keyboard.press("ArrowLeft");
    assert.equal(await player.count(), 1, "the arrow keys are the player's");
    await seek(player, -2);
    await eventually("it plays to its end", () => player.evaluate(one => one.ended));
    await seek(player, 100);
    await eventually("it is there again", () => player.evaluate(one => one.readyState >= 3));
    const fetched = world.line.carried - before;
    assert.ok(fetched < SIZE / 2, `${fetched} bytes were fetched`);

    // The other one after it, and then neither.
    const url = await player.getAttribute("src");
    assert.match(url, new RegExp(`^${world.origin}/media/[0-9a-f-]{36}$`));
    await app.button("Previous").click();
    const other = content(app).getByLabel("a short.wav");
    await other.evaluate(one => one.play());
    await eventually("the other one plays to its end", () => other.evaluate(one => one.ended));
    const second = await other.getAttribute("src");
    await close(app);
    app.profile.guard.expect(status(404, /media\//));
    for (const one of [url, second]) assert.equal(await get(app, one), 404);
  },
  { setting: lined },
);

story("22f: a video is shown, and locking the vault ends it", async world => {
  const app = await world.member();
  const film = await recorded(app);
  await app.add(await lay(join(world.folder, "home"), { "film.dat": film }));
  await app.button("Clear").click();
  await preview(app, "film.dat");
  const player = content(app).getByLabel("film.dat");
  await eventually("its size is known", () => player.evaluate(one => one.videoWidth), 320);
  assert.equal(await player.evaluate(one => one.tagName), "VIDEO", "the bytes decide");
  await player.evaluate(one => one.play());
  await eventually("it plays to its end", () => player.evaluate(one => one.ended));
  await shoot(app, "preview-video");
  const url = await player.getAttribute("src");
  assert.equal(await get(app, url), 200);
  await app.page.keyboard.press("Escape");
  await app.page.getByRole("dialog").waitFor({ state: "detached" });
  app.profile.guard.expect(status(404, /media\//));
  assert.equal(await get(app, url), 404, "closed");

  await preview(app, "film.dat");
  await player.waitFor();
  const again = await player.getAttribute("src");
  app.profile.guard.expect(status(404, /\/v1\/sessions\//));
  const other = await app.profile.tab();
  await other.open(world.origin);
  await other.opened();
  await other.lock();
  await app.form("Sign in").waitFor();
  assert.equal(await get(app, again), 404, "locked");
});

story(
  "22g: the service worker is ended while something plays",
  async world => {
    const app = await world.member();
    const [file] = await lay(join(world.folder, "home"), { "long.wav": sound("long", 30_000_000) });
    await app.add([file]);
    // A reload past the cache leaves the page to itself, until it asks.
    const driver = await app.page.context().newCDPSession(app.page);
    await driver.send("Page.reload", { ignoreCache: true });
    await app.opened();
    assert.equal(await app.page.evaluate(() => navigator.serviceWorker.controller), null);
    await endServiceWorker(app);
    await preview(app, file.name);
    const player = content(app).getByLabel(file.name);
    await player.evaluate(one => one.play());
    await eventually("it plays", () => player.evaluate(one => one.currentTime > 0.5));
    await endServiceWorker(app);
    await seek(player, -2);
    await eventually("it plays to its end", () => player.evaluate(one => one.ended));
    await endServiceWorker(app);
    await seek(player, 60);
    await player.evaluate(one => one.play());
    await eventually("it plays again", () => player.evaluate(one => one.currentTime > 60.5));
  },
  { setting: lined },
);

story("22h: ranges, as any player may ask for them", async world => {
  const app = await world.member();
  const bytes = sound("some", 3_000_000);
  const [file] = await lay(join(world.folder, "home"), { "some.wav": bytes });
  await app.add([file]);
  await preview(app, file.name);
  const url = await content(app).getByLabel(file.name).getAttribute("src");
  const ask = (...ranges) =>
    app.page.evaluate(
      async ([from, all]) => {
        const one = async range => {
          const answer = await fetch(from, range ? { headers: { Range: range } } : {});
          const body = new Uint8Array(await answer.arrayBuffer());
          const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
          return [answer.status, answer.headers.get("Content-Range"), hash.toHex(), body.length];
        };
        return Promise.all(all.map(one));
      },
      [url, ranges],
    );
  const part = (from, to) => createHash("sha256").update(bytes.subarray(from, to)).digest("hex");
  const size = bytes.length;
  // All at once.
  assert.deepEqual(
    await ask(
      "bytes=0-9",
      "bytes=1000000-2000000",
      "bytes=1500000-",
      "bytes=-5",
      null,
      "bytes=0-1,5-6",
    ),
    [
      [206, `bytes 0-9/${size}`, part(0, 10), 10],
      [206, `bytes 1000000-2000000/${size}`, part(1_000_000, 2_000_001), 1_000_001],
      [206, `bytes 1500000-2999999/${size}`, part(1_500_000, size), 1_500_000],
      [206, `bytes 2999995-2999999/${size}`, part(size - 5, size), 5],
      [200, null, part(0, size), size],
      [200, null, part(0, size), size],
    ],
  );
  app.profile.guard.expect(status(416, /media\//), failed);
  const [[code, range]] = await ask("bytes=3000000-");
  assert.deepEqual([code, range], [416, `bytes */${size}`]);

  // Cancelled, and then others.
  const cancelled = await app.page.evaluate(async from => {
    const stop = new AbortController();
    const { body } = await fetch(from, { signal: stop.signal });
    const reader = body.getReader();
    await reader.read();
    stop.abort();
    return reader.read().then(
      () => false,
      ({ name }) => name === "AbortError",
    );
  }, url);
  assert.ok(cancelled);
  const [[, , hash]] = await ask(null);
  assert.equal(hash, part(0, size));
});

story("22i: hostile recordings run nothing, and are not shown in a tab", async world => {
  const app = await world.member();
  const script = "window.ran = true; new Image().src = 'https://example.org/ran'";
  const html = `<!doctype html><body onload="${script}"><script>${script}</script>`;
  const box = Buffer.from("\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "latin1");
  const files = {
    "page.mp4": Buffer.from(html),
    "film.mp4": Buffer.concat([box, Buffer.from(html)]),
    "song.html": Buffer.concat([Buffer.from("ID3\x04\0\0"), Buffer.from(html)]),
    "cut.webm": (await recorded(app)).subarray(0, 200),
    "sound.wav": sound("sound", 600_000),
  };
  await app.add(await lay(join(world.folder, "home"), files));
  await preview(app, "page.mp4");
  assert.equal(await content(app).locator("pre").textContent(), html);
  await close(app);
  for (const name of ["film.mp4", "song.html", "cut.webm"]) {
    await preview(app, name);
    await content(app).getByText("Your browser can't play this file.").waitFor();
    await close(app);
  }

  await preview(app, "sound.wav");
  const player = content(app).getByLabel("sound.wav");
  await eventually("its length is known", () => player.evaluate(one => one.duration > 3));
  const url = await player.getAttribute("src");
  const headers = await app.page.evaluate(
    async from => Object.fromEntries((await fetch(from)).headers),
    url,
  );
  assert.equal(headers["content-security-policy"], "default-src 'none'; sandbox");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["content-type"], "audio/wav");
  assert.equal(headers["cache-control"], "no-store");
  const tab = await app.page.context().newPage();
  app.profile.guard.expect(status(404, /media\//));
  assert.equal((await tab.goto(url)).status(), 404, "another tab has nothing there");
  await tab.close();
  assert.equal(await app.page.evaluate(() => window.ran), undefined);
});

story("22j: a recording that was changed in storage plays up to there", async world => {
  const app = await world.member();
  app.profile.guard.expect(failed);
  const [file] = await lay(join(world.folder, "home"), { "long.wav": sound("long", 30_000_000) });
  const key = await world.newObject(() => app.add([file]));
  const object = await world.bucket.get(key);
  object[45 * SLOT + 1000] ^= 0x10;
  await world.bucket.put(key, object);
  await preview(app, file.name);
  const player = content(app).getByLabel(file.name);
  await player.evaluate(one => one.play());
  await eventually("it plays", () => player.evaluate(one => one.currentTime > 0.5));
  await player.evaluate(
    (one, share) => {
      one.currentTime = one.duration * share;
    },
    (44 * SLOT) / 30_000_000,
  );
  await content(app)
    .getByText(/changed in storage/)
    .waitFor();
  await close(app);
  await app.row(file.name).getByText("Changed in storage").waitFor();
});

story("22k: without a service worker a sentence says why nothing plays", async world => {
  const profile = await world.profile({ serviceWorkers: "block" });
  const app = Object.assign(await profile.tab(), { profile });
  await app.open(world.origin);
  await app.createAccount(USERNAME, PASSWORD);
  await app.add(await lay(join(world.folder, "home"), { "a.wav": sound("a", 600_000) }));
  await preview(app, "a.wav");
  await content(app).getByText("it offers no service worker").waitFor();
  const download = app.page.waitForEvent("download");
  await app.button("Download", app.page.getByRole("dialog")).click();
  assert.equal((await download).suggestedFilename(), "a.wav");
});

/** Seeks to a second, counted from the end where it is negative. */
function seek(player, second) {
  return player.evaluate((one, to) => {
    one.currentTime = to < 0 ? one.duration + to : to;
  }, second);
}

/** What a request of the page is answered with. */
function get(app, url) {
  return app.page.evaluate(async from => (await fetch(from)).status, url);
}
