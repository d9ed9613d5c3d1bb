// Downloads over a line that breaks, lies and damages: the same bytes, or none.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { failed, status, unreachable } from "../support/guard.js";
import { saved } from "../support/profile.js";
import { cut, flip, pretend, refuse, reset, shift, slow } from "../support/proxy.js";
import { behind } from "../support/setting.js";
import { story } from "../support/story.js";

const SIZE = 40_000_000;
const OBJECT = /\/objects\//;

/** Somebody whose one large file is in the bucket; what goes wrong from now on is expected. */
async function owner(world) {
  const app = await world.member();
  const [file] = await lay(join(world.folder, "home"), { "film.mp4": noise("film", SIZE) });
  await app.add([file]);
  app.profile.guard.expect(unreachable, failed, status("\\d+", OBJECT));
  return { app, file };
}

story(
  "13: answers end early, or do not come",
  async world => {
    const { app, file } = await owner(world);
    world.line.when("GET", OBJECT, cut(100), { from: 1 });
    world.line.when("GET", OBJECT, cut(3_000_000), { from: 3, to: 5 });
    world.line.when("GET", OBJECT, reset("before"), { from: 7 });
    world.line.when("GET", OBJECT, reset("after"), { from: 8 });
    world.line.when("GET", OBJECT, refuse(503, "SlowDown", { "retry-after": "1" }), {
      from: 9,
      to: 10,
    });
    world.line.when("GET", OBJECT, refuse(403, "AccessDenied"), { from: 11 });
    assert.ok((await app.download(file.name)).bytes.equals(file.bytes), "the same bytes");
  },
  { setting: behind },
);

story(
  "13b: other bytes than were asked for",
  async world => {
    const { app, file } = await owner(world);
    world.line.when("GET", OBJECT, shift(1), { from: 1 });
    world.line.when("GET", OBJECT, shift(524_361), { from: 3 });
    world.line.when("GET", OBJECT, pretend(200, "<html>Welcome to the hotel</html>"), {
      from: 5,
      to: 6,
    });
    world.line.when("GET", OBJECT, pretend(206, "<html>Welcome to the hotel</html>"), { from: 8 });
    assert.ok((await app.download(file.name)).bytes.equals(file.bytes), "the same bytes");
  },
  { setting: behind },
);

story(
  "13c: a bit turns on the way",
  async world => {
    const { app, file } = await owner(world);
    world.line.when("GET", OBJECT, flip(1_000_000), { from: 4 });
    const again = app.button(`Resume ${file.name}`);
    let came;
    app.page.on("download", download =>
      saved(download).then(file => {
        came = file ?? came;
      }),
    );
    await app.button(`Download ${file.name}`).click();
    // Whether it is asked for again by itself or by a person: what is saved is right.
    await eventually("the file was saved", async () => {
      if (await again.isVisible()) await again.click({ timeout: 1_000 }).catch(() => {});
      return came !== undefined;
    });
    assert.ok(came.bytes.equals(file.bytes), "the same bytes");
  },
  { setting: behind },
);

story(
  "13d: the line is cut in the middle of a download, and comes back",
  async world => {
    const { app, file } = await owner(world);
    world.line.when("GET", OBJECT, slow({ rate: 4_000_000 }), { from: 2, to: 4 });
    const before = world.line.count("GET", OBJECT);
    const whole = app.download(file.name);
    await eventually(
      "ranges are on their way",
      () => world.line.count("GET", OBJECT) >= before + 3,
    );
    await app.profile.context.setOffline(true);
    await app.page
      .getByText(/(did|does) not answer/)
      .first()
      .waitFor();
    await app.profile.context.setOffline(false);
    assert.ok((await whole).bytes.equals(file.bytes), "the same bytes");
  },
  { setting: behind },
);
