// A person looks at what the operator of the bucket can see of their vault.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { shoot } from "../support/screens.js";
import { story } from "../support/story.js";

/** The pixels of a square of bytes: one grey dot each. */
const greys = canvas =>
  canvas.evaluate(canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
  });

story("29: what the bucket sees, from the bucket itself", async world => {
  const app = await world.member();
  const text = Buffer.from("All work and no play. ".repeat(400));
  const files = await lay(join(world.folder, "home"), {
    "diary.txt": text,
    "photo.jpg": noise("photo", 70_000),
  });
  const [key] = [await world.newObject(() => app.add([files[0]]))];
  await app.add([files[1]]);
  const below = async pattern => {
    const keys = await world.bucket.list(key.slice(0, key.indexOf("objects/")));
    return keys.filter(({ key }) => pattern.test(key));
  };
  await eventually("the index is stored", async () => (await below(/\/segments\//)).length, 1);
  await app.openSettings();
  await app.page.getByRole("link", { name: "What the bucket sees" }).click();
  await app.heading("What the bucket sees").waitFor();

  const kinds = app.page.getByRole("list", { name: "Kinds" });
  await kinds.getByText(/^2 files, /).waitFor();
  const stored = app.page.getByRole("list", { name: "Stored" });
  await stored.getByText(key.slice(key.indexOf("objects/"))).waitFor();
  const listed = await below(/\/(objects|log|snapshots|uploads|segments)\//);
  assert.equal(await stored.getByRole("listitem").count(), listed.length);
  await app.field("Show").selectOption("Files");
  await app.page.getByText("1 to 2 of 2", { exact: true }).waitFor();
  await app.page.getByText(/% more: .* of zeros that hide/).waitFor();

  await app.button("Show its bytes: diary.txt").click();
  await app.heading("Before and after: diary.txt").waitFor();
  const square = name => app.page.getByRole("img", { name: `${name}: the bytes as grey dots` });
  await square("As the bucket has it").waitFor();
  const before4096 = [...text.subarray(0, 4096)];
  await eventually("it is drawn", () => greys(square("As you added it")), before4096);
  const object = await world.bucket.get(key);
  const after4096 = [...object.subarray(0, 4096)];
  await eventually("it is drawn", () => greys(square("As the bucket has it")), after4096);
  const before = app.page.getByRole("region", { name: "As you added it: the first 256 bytes" });
  assert.match(await before.innerText(), /^41 6c 6c 20 77 6f 72 6b {2}All work\n/);
  const after = app.page.getByRole("region", { name: "As the bucket has it: the first 256 bytes" });
  assert.match(await after.innerText(), /^66 72 6f 6e 64 2f 31 0a {2}frond\/1·\n/);
  await shoot(app, "bucket");

  await app.page.getByText(/^\d+ requests$/).click();
  const requests = app.page.getByRole("list", { name: "Requests" });
  await requests.getByText(new RegExp(`^PUT .*${key}$`)).waitFor();
  assert.doesNotMatch(await requests.innerText(), /\?|signature/i);
  await accessible(app.page, "the requests of a session");
});

story("29b: the way there from the page that needs no account, and back", async world => {
  const app = await world.member();
  await app.page.goto(`${world.origin}/#/server`);
  await app.heading("What the server sees").waitFor();
  await app.page.getByRole("link", { name: "What the bucket sees" }).click();
  await app.heading("What the bucket sees").waitFor();
  await app.page.getByText("You have no files yet.").waitFor();
  await app.openFiles();

  const other = await world.person("#/bucket");
  await other.form("Sign in").waitFor();
});
