// What the page looks like: one picture for the README, and all main screens, wide and narrow,
// light and dark.

import { deepEqual } from "node:assert/strict";
import { join } from "node:path";

import { lay, noise } from "../support/files.js";
import { failed, status, unreachable } from "../support/guard.js";
import { OUTPUT } from "../support/paths.js";
import { flip, slow, stall } from "../support/proxy.js";
import { shoot } from "../support/screens.js";
import { behind } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

// docs/screenshot.png shows times of day: it is made anew when somebody asks, not by every run.
const PICTURE = process.env.FROND_SCREENSHOT ?? join(OUTPUT, "screenshot.png");

story(
  "10: the screens",
  async world => {
    const app = await world.member();
    await shoot(app, "empty");
    const files = await lay(
      join(world.folder, "home"),
      {
        "Passport Maren.pdf": noise("passport", 1_840_000),
        "Rent contract 2026.pdf": noise("rent", 412_000),
        "Holiday in the Harz.zip": noise("photos", 24_800_000),
        "Tax 2025.ods": noise("tax", 88_000),
        'Zoë\'s "photo".jpg': noise("zoe", 3_100_000),
        "keys to the shed.txt": noise("shed", 310),
      },
      {
        "Passport Maren.pdf": 9000,
        "Rent contract 2026.pdf": 2100,
        "Holiday in the Harz.zip": 400,
        "Tax 2025.ods": 30,
      },
    );
    const letters = join(world.folder, "Letters");
    const written = await lay(letters, {
      "Aunt Edda.odt": noise("edda", 31_000),
      "Bank.pdf": noise("bank", 74_000),
    });
    await app.field("Add folder").setInputFiles(letters);
    await app.add(files);
    await app.page.getByRole("link", { name: "Letters" }).click();
    await app.has(written.map(({ name }) => name));
    await app.page
      .getByRole("navigation", { name: "Folder" })
      .getByRole("link", { name: "Files" })
      .click();
    await app.has(files.map(({ name }) => name));
    await app.button("Clear").click();
    await app.page.mouse.move(0, 0);
    deepEqual(await app.page.getByRole("columnheader").allTextContents(), [
      "",
      "Name",
      "Size",
      "Modified",
      "Type",
      "State",
      "Actions",
    ]);
    await shoot(app, "files");
    await app.page.screenshot({ path: PICTURE });

    await app.openSettings();
    await shoot(app, "settings");
    await app.openFiles();

    app.profile.guard.expect(unreachable, failed);
    await transfers(world, app);
    await shoot(app, "transfers");
    world.line.heal();
    await app.button("Cancel all").click();
    await app.button("Clear").click();

    // The store holds back what is asked of it, so that transfers can be looked at.
    const store = `${world.line.origin}/**`;
    await app.page.route(store, route => route.abort("connectionrefused"));
    // What tells of the cancelled ones may be on its way just now; sent again, it is there already.
    app.profile.guard.expect(/net::ERR_/, status(412, /\/log\//));
    const [late] = await lay(join(world.folder, "late"), {
      "Choir recording.flac": noise("choir", 19_000_000),
    });
    await app.field("Add files").setInputFiles(late.path);
    await app.transfer(late.name).getByText("The storage did not answer").waitFor();
    await shoot(app, "waiting");
    await app.page.unroute(store);
    await app.has([...files, late, { name: "Recipe.txt" }].map(({ name }) => name));

    await app.lock();
    app.profile.guard.expect(status(404, /\/v1\/login/));
    await shoot(app, "entry");
    await app.trySignIn(USERNAME, PASSWORD + "?");
    await app.alert().waitFor();
    await shoot(app, "refused");
    await app.open(world.origin, "#/fernet");
    await app.button("Generate key").click();
    await app.field("Message").fill("The spare key is under the fern.");
    await app.button("Encrypt").click();
    await app.field("Result").waitFor();
    await shoot(app, "fernet");
  },
  { setting: behind, seconds: 180 },
);

/** Transfers that are done, fail, run, stand still, and are paused. */
async function transfers(world, app) {
  const [small, paused, still] = await lay(join(world.folder, "more"), {
    "Recipe.txt": noise("recipe", 900),
    "Garden film.mp4": noise("garden", 41_000_000),
    "Grandfather's letters.zip": noise("letters", 12_000_000),
  });
  await app.add([small]);
  const object = /\/objects\//;
  world.line.when("GET", object, flip(100_000));
  await app.button("Download Rent contract 2026.pdf").click();
  await app
    .transfers()
    .getByText(/changed in storage/)
    .waitFor();
  world.line.when("PUT", object, stall("request"), { to: 99 });
  await app.field("Add files").setInputFiles([paused.path, still.path]);
  await app.button(`Pause ${paused.name}`).click();
  await app
    .transfer(still.name)
    .getByText(/stalled/)
    .waitFor();
  world.line.when("GET", object, slow({ rate: 60_000 }), { to: 99 });
  await app.button("Download Holiday in the Harz.zip").click();
  await app
    .transfer("Holiday in the Harz.zip")
    .getByText(/ s left| min left/)
    .waitFor();
}
