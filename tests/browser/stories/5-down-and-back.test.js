// The endpoint is down at sign-in, the store at upload: a sentence, nothing lost, and it goes on
// without a reload.

import assert from "node:assert/strict";
import { join } from "node:path";

import { lay, noise } from "../support/files.js";
import { status, unreachable } from "../support/guard.js";
import { apart } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

story(
  "5: the endpoint is down at sign-in",
  async world => {
    const app = await world.member();
    const [file] = await lay(join(world.folder, "home"), { "small.txt": noise("small", 900) });
    await app.add([file]);
    await app.lock();
    const other = await world.person();
    await other.form("Sign in").waitFor();
    await other.page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
    for (const { profile } of [app, other]) profile.guard.expect(unreachable);

    await world.endpoint.stop("SIGKILL");
    // A device that was never here has nothing that the password would open.
    await other.trySignIn(USERNAME, PASSWORD);
    await other.alert().filter({ hasText: "The server did not answer" }).waitFor();
    assert.equal(await other.field("Username").inputValue(), USERNAME);
    assert.equal(await other.field("Password").inputValue(), PASSWORD);
    // One that was here shows the list as it knows it.
    await app.signIn(USERNAME, PASSWORD);
    await app.has([file.name]);
    await app.page.getByText("The server does not answer").first().waitFor();

    await world.endpoint.start();
    await other.button("Sign in").click();
    await other.opened();
    await app.page.getByText("The server does not answer").first().waitFor({ state: "detached" });
    assert.ok((await app.download(file.name)).bytes.equals(file.bytes));
  },
  { setting: apart },
);

story(
  "5b: the store is down at upload",
  async world => {
    const app = await world.member();
    const files = await lay(join(world.folder, "home"), {
      "small.txt": noise("small", 900),
      "large.bin": noise("large", 20_000_000),
    });
    // Once what the endpoint knows of this login is old, it asks the store again, and says what it
    // hears.
    app.profile.guard.expect(unreachable, status(503, /\/v1\/presign/));

    await world.store.stop("SIGKILL");
    await app.field("Add files").setInputFiles(files.map(({ path }) => path));
    for (const { name } of files)
      await app.transfer(name).getByText("The storage did not answer").waitFor();
    assert.deepEqual(await app.names(), []);

    await world.store.start();
    await app.has(files.map(({ name }) => name));
    for (const { name, bytes } of files)
      assert.ok((await app.download(name)).bytes.equals(bytes), `the bytes of ${name}`);
  },
  { setting: apart },
);

story("5c: a list that cannot be read is changed only by who works offline", async world => {
  const app = await world.member();
  const files = await lay(join(world.folder, "home"), {
    "one.txt": noise("one", 700),
    "two.txt": noise("two", 800),
  });
  await app.add(files);
  await app.settled();
  // What does not answer is asked without CORS whether it is there at all.
  app.profile.guard.expect(unreachable, status(403, /\/frond\/\)$/));

  // Whoever answers lists nothing, and takes everything.
  const lists = /[?&]list-type=2/;
  await app.page.route(lists, route => route.abort());
  await app.page.reload();
  await app.has(["one.txt", "two.txt"]);
  await app.button("Work offline").waitFor();
  await app.button("Delete one.txt").click();
  await app.alert().filter({ hasText: "hasn't been read" }).waitFor();
  await app.has(["one.txt", "two.txt"]);

  await app.button("Work offline").click();
  await app.delete("one.txt");
  await app.has(["two.txt"]);
  const events = async () =>
    (await world.bucket.list("vaults/")).filter(({ key }) => key.includes("/log/")).length;
  const before = await events();
  await app.page.getByText("only on this device").waitFor();
  assert.equal(await events(), before);

  await app.page.unroute(lists);
  await app.settled();
  await app.has(["two.txt"]);
  assert.equal(await events(), before + 1);
});
