// One vault, from the page and from the command line: each opens what the other put.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Cli } from "../support/cli.js";
import { household, lay, noise } from "../support/files.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

story(
  "18: the page and the command line",
  async world => {
    const page = await world.member();
    const files = await lay(join(world.folder, "home"), household());
    await page.add(files);

    const cli = await Cli.signedIn(
      join(world.folder, "terminal"),
      world.origin,
      USERNAME,
      PASSWORD,
    );
    assert.deepEqual((await cli.names()).sort(), files.map(({ name }) => name).sort());
    for (const { name, bytes } of files) {
      assert.ok((await cli.run(["get", name, "-"])).equals(bytes), `the bytes of ${name}`);
    }
    await cli.run(["get", files[0].name, "--to", "got"]);
    assert.ok((await readFile(join(cli.work, "got"))).equals(files[0].bytes));
    await cli.run(["verify"]);

    // Three parts, and a stream.
    const [large] = await lay(cli.work, { "large.bin": noise("large", 20_000_000) });
    await cli.run(["put", "large.bin"]);
    const stream = noise("stream", 700_000);
    await cli.run(["put", "-", "--name", "stream.tar"], stream);
    await page.has([...files.map(({ name }) => name), "large.bin", "stream.tar"]);
    assert.ok((await page.download("large.bin")).bytes.equals(large.bytes));
    assert.ok((await page.download("stream.tar")).bytes.equals(stream));

    // And what is done to files.
    await cli.run(["rm", "stream.tar"]);
    await page.has([...files.map(({ name }) => name), "large.bin"]);
    await page.delete("large.bin");
    await page.settled();
    assert.ok(!(await cli.names()).includes("large.bin"));
    await cli.run(["restore", "stream.tar", "large.bin"]);
    await page.has([...files.map(({ name }) => name), "large.bin", "stream.tar"]);
  },
  { seconds: 180 },
);
