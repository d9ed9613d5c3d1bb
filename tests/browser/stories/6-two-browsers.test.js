// Two browsers of one account, and two tabs of one browser, add and delete: all end with the same
// list.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const named = (folder, names) =>
  lay(folder, Object.fromEntries(names.map(name => [name, noise(folder + name, 3000)])));

story("6: two browsers of one account", async world => {
  const desk = await world.member();
  const common = await named(join(world.folder, "common"), ["a.txt", "b.txt", "c.txt", "d.txt"]);
  await desk.add(common);
  const phone = await world.person();
  await phone.signIn(USERNAME, PASSWORD);
  await phone.has(["a.txt", "b.txt", "c.txt", "d.txt"]);

  const onDesk = await named(join(world.folder, "desk"), ["desk-1.txt", "desk-2.txt", "twin.txt"]);
  const onPhone = await named(join(world.folder, "phone"), [
    "phone-1.txt",
    "phone-2.txt",
    "twin.txt",
  ]);
  await Promise.all([
    desk.field("Add files").setInputFiles(onDesk.map(({ path }) => path)),
    phone.field("Add files").setInputFiles(onPhone.map(({ path }) => path)),
    desk.delete("a.txt"),
    phone.delete("b.txt"),
  ]);
  await Promise.all([desk.delete("c.txt"), phone.delete("d.txt")]);

  const all = [
    "desk-1.txt",
    "desk-2.txt",
    "phone-1.txt",
    "phone-2.txt",
    "twin (2).txt",
    "twin.txt",
  ];
  await Promise.all([desk.has(all), phone.has(all)]);
  await Promise.all([desk, phone].map(app => app.openTrash()));
  for (const app of [desk, phone]) {
    for (const name of ["a.txt", "b.txt", "c.txt", "d.txt"])
      await app.button(`Restore ${name}`).waitFor();
  }
  await Promise.all([desk, phone].map(app => app.openSettings()));
  await eventually("both show one code", async () => {
    const [one, other] = await Promise.all([desk, phone].map(code));
    return one && one === other;
  });

  // Both twins are there, each with its own bytes, on both sides alike.
  await Promise.all([desk, phone].map(app => app.openFiles()));
  const twins = ["twin.txt", "twin (2).txt"];
  const [atDesk, atPhone] = await Promise.all(
    [desk, phone].map(async app => {
      const got = [];
      for (const name of twins) got.push((await app.download(name)).bytes);
      return got;
    }),
  );
  assert.ok(atDesk.every((bytes, i) => bytes.equals(atPhone[i])));
  const wanted = [onDesk, onPhone].map(
    files => files.find(({ name }) => name === "twin.txt").bytes,
  );
  assert.ok(wanted.every(bytes => atDesk.some(got => got.equals(bytes))));
});

story("6b: two tabs of one browser", async world => {
  const one = await world.member();
  const other = await one.profile.tab();
  await other.open(world.origin);
  await other.opened();
  const [first, second] = await named(world.folder, ["first.txt", "second.txt"]);
  await Promise.all(
    [
      [one, first],
      [other, second],
    ].map(([app, file]) => app.field("Add files").setInputFiles(file.path)),
  );
  await Promise.all([one, other].map(app => app.has(["first.txt", "second.txt"])));
  await Promise.all([one.delete("first.txt"), other.delete("second.txt")]);
  await Promise.all([one, other].map(app => app.has([])));
});

const code = async app => {
  const said = await app.page.getByRole("region", { name: "List fingerprint" }).innerText();
  return /^(?:[a-z2-7]{4} ){6}[a-z2-7]{2}$/m.exec(said)?.[0];
};
