// A story: its own server, store, folder and browsers, and nothing left of them afterwards.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Bucket } from "./bucket.js";
import { status } from "./guard.js";
import { OUTPUT } from "./paths.js";
import { Profile } from "./profile.js";
import { embedded } from "./setting.js";

export const USERNAME = "maren.quillfeather";
export const PASSWORD = "kelp-lantern 7 orchard thimble";

class World {
  profiles = [];
  processes = [];

  static async open(setting) {
    const world = new World();
    world.folder = await mkdtemp(join(tmpdir(), "frond-story-"));
    world.data = join(world.folder, "data");
    try {
      await setting(world);
    } catch (failure) {
      await world.close();
      throw failure;
    }
    world.bucket = new Bucket(join(world.data, "store-credentials.json"));
    return world;
  }

  /** Somebody with a browser of their own. */
  async profile(options) {
    const profile = await Profile.open(
      [this.origin, this.line?.origin ?? new URL(this.bucket.endpoint).origin],
      options,
    );
    // A store of several nodes says at times that it is busy, and is asked again.
    if (this.elsewhere) profile.guard.expect(status(503, new RegExp(this.bucket.bucket)));
    this.profiles.push(profile);
    return profile;
  }

  /** Somebody with the page open before them. */
  async person(fragment, options) {
    const profile = await this.profile(options);
    const app = await profile.tab();
    await app.open(this.origin, fragment);
    return Object.assign(app, { profile });
  }

  /** Somebody with an account, signed in. */
  async member(username = USERNAME, password = PASSWORD) {
    const app = await this.person();
    await app.createAccount(username, password);
    return app;
  }

  /** The name of the deployment, which the public configuration tells. */
  async deployment() {
    return (await (await fetch(`${this.origin}/config.json`)).json()).deployment;
  }

  /** The one login record of the bucket. */
  async loginRecord() {
    const records = await this.bucket.list("logins/");
    assert.equal(records.length, 1, "one login");
    return this.bucket.get(records[0].key);
  }

  /** Does something, and tells which sealed file it left in the bucket. */
  async newObject(act) {
    const before = new Set((await this.bucket.objects()).map(({ key }) => key));
    await act();
    const fresh = (await this.bucket.objects())
      .map(({ key }) => key)
      .filter(key => !before.has(key));
    assert.equal(fresh.length, 1, "one new object");
    return fresh[0];
  }

  /** Nothing happened that must not. */
  check() {
    assert.deepEqual(
      this.profiles.flatMap(({ guard }) => guard.problems),
      [],
    );
  }

  /** What was there to see when a story failed. */
  async witness(name) {
    await mkdir(OUTPUT, { recursive: true });
    const base = join(OUTPUT, `failed-${name.replace(/\W+/g, "-").slice(0, 60)}`);
    const pages = this.profiles.flatMap(({ context }) => context.pages());
    await Promise.all(
      pages.map((page, i) => page.screenshot({ path: `${base}-${i + 1}.png` }).catch(() => {})),
    );
    const problems = this.profiles.flatMap(({ guard }) => guard.problems);
    const logs = this.processes.map(endpoint => endpoint.log());
    await writeFile(`${base}.log`, [...problems, ...logs].join("\n"));
  }

  async close() {
    await Promise.allSettled(this.profiles.map(profile => profile.close()));
    await Promise.allSettled(this.processes.map(endpoint => endpoint.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function story(name, tell, { setting = embedded, seconds = 120 } = {}) {
  test(name, { timeout: seconds * 1000 }, async () => {
    const world = await World.open(setting);
    try {
      await tell(world);
      world.check();
    } catch (failure) {
      await world.witness(name);
      throw failure;
    } finally {
      await world.close();
    }
  });
}
