// A node of the store dies in the middle of an upload, and comes back: nothing lost, nothing
// doubled.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { failed, status, unreachable } from "../support/guard.js";
import { slow } from "../support/proxy.js";
import { behind } from "../support/setting.js";
import { story } from "../support/story.js";

const PART = /\/objects\/.*partNumber=/;
const OBJECT = /\/objects\//;

const [script, folder] = process.env.FROND_TEST_STORE_CLUSTER?.split(" ") ?? [];
const cluster = (act, node) => promisify(execFile)(script, [act, folder, String(node)]);
/** Addresses at which each node alone can be asked. */
const nodes = Object.entries(process.env)
  .filter(([name]) => /^FROND_TEST_STORE_NODE_\d$/.test(name))
  .map(([, url]) => url);

/** The first is the one that page and endpoint talk to, where nodes have addresses at all. */
const dying =
  nodes.length > 0
    ? [
        ["another node", 2, true],
        ["the node that is talked to", 1, false],
      ]
    : [["a node", 1, true]];

for (const [what, node, serves] of script ? dying : []) {
  story(
    `node: ${what} is killed in the middle of an upload, and comes back`,
    async world => {
      const app = await world.member();
      const [large, small] = await lay(join(world.folder, "home"), {
        "large.bin": noise("large", 100_000_000),
        "small.txt": noise("small", 900),
      });
      app.profile.guard.expect(unreachable, failed, status("\\d+", OBJECT), status(503, /\/v1\//));
      world.line.when("PUT", PART, slow({ ms: 500 }), { from: 1, to: 99 });
      await app.field("Add files").setInputFiles(large.path);
      await eventually("parts are on their way", () => world.line.count("PUT", PART) >= 3);
      await cluster("kill", node);
      await app.field("Add files").setInputFiles(small.path);
      if (serves) await app.has([large.name, small.name]);
      else
        await app
          .transfers()
          .getByText(/did not answer/)
          .first()
          .waitFor();
      await cluster("up", node);

      await eventually("both are listed", async () => (await app.names()).length, 2, 180_000);
      await app.settled();
      const objects = await world.bucket.objects();
      assert.equal(objects.length, 2, "two objects, none twice");
      // Where a begin was answered too late there is another one, which the page then clears away.
      await eventually("no upload is left unfinished", () => world.bucket.unfinished(), 0);
      for (const { name, bytes } of [large, small])
        assert.ok((await app.download(name)).bytes.equals(bytes), `the bytes of ${name}`);
      for (const { key } of objects) {
        const whole = await world.bucket.get(key);
        for (const url of nodes)
          assert.ok((await world.bucket.at(url).get(key)).equals(whole), `the same at ${url}`);
      }
    },
    { setting: behind, seconds: 400 },
  );
}

if (!script)
  test("node: not run, FROND_TEST_STORE_CLUSTER names no cluster (make test-stores)", {
    skip: true,
  });
