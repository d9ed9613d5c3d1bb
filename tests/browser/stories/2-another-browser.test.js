// A fresh browser profile signs in and gets the same bytes; so does Python, from the bucket alone.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";

import { household, lay } from "../support/files.js";
import { readObject } from "../support/python.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

story(
  "2: the same bytes in another browser, and by Python",
  async world => {
    const first = await world.member();
    const files = await lay(join(world.folder, "home"), household());
    await first.add(files);
    await first.profile.close();

    const second = await world.person();
    await second.signIn(USERNAME, PASSWORD);
    await second.has(files.map(({ name }) => name));
    for (const { name, bytes } of files) {
      const got = await second.download(name);
      assert.ok(got?.bytes.equals(bytes), `the bytes of ${name}`);
      assert.equal(got.name, savedAs(name));
    }

    const folder = join(world.folder, "bucket");
    await mkdir(folder);
    const record = await world.loginRecord();
    const known = {
      record,
      deployment: await world.deployment(),
      username: USERNAME,
      password: PASSWORD,
    };
    const objects = await world.bucket.objects();
    assert.equal(objects.length, files.length);
    const opened = new Map();
    for (const { key } of objects) {
      const { meta, bytes } = await readObject(
        folder,
        await world.bucket.get(key),
        basename(key),
        known,
      );
      assert.equal(meta.size, bytes.length);
      opened.set(meta.name, bytes);
    }
    for (const { name, bytes } of files)
      assert.ok(opened.get(name)?.equals(bytes), `Python reads ${name}`);
  },
  { seconds: 180 },
);

/** Chromium replaces what no file system of Windows takes, also here. */
const savedAs = name => name.replaceAll('"', "_");
