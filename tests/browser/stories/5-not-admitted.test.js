// A bucket without a CORS rule for this page: it answers, and the browser lets the page read
// nothing of it.

import { lay, noise } from "../support/files.js";
import { join } from "node:path";

import { failed } from "../support/guard.js";
import { bare } from "../support/proxy.js";
import { behind } from "../support/setting.js";
import { story } from "../support/story.js";

story(
  "5d: the storage does not admit this page, until its owner mends that",
  async world => {
    const app = await world.member();
    const [file] = await lay(join(world.folder, "home"), { "diary.txt": noise("diary", 40_000) });
    app.profile.guard.expect(failed, /net::ERR_FAILED/);
    for (const method of ["OPTIONS", "GET", "PUT", "POST", "DELETE"])
      world.line.when(method, /./, bare(), { to: Infinity });
    await app.field("Add files").setInputFiles(file.path);
    await app
      .transfers()
      .getByText("does not let this page use it")
      .first()
      .waitFor({ timeout: 60_000 });
    await app.page.getByText("frond-endpoint doctor").first().waitFor();
    world.line.heal();
    await app.has([file.name]);
    await app.settled();
  },
  { setting: behind, seconds: 180 },
);
