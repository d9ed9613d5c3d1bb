// A person says what the vault deletes by itself, and sees what that is before it happens.

import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { lay } from "../support/files.js";
import { shoot } from "../support/screens.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

/** Puts four versions of `a.txt`. */
async function versions(world, app) {
  for (const n of [1, 2, 3, 4]) {
    const [file] = await lay(join(world.folder, "home"), { "a.txt": Buffer.from(`version ${n}`) });
    await utimes(file.path, n, n);
    await app.field("Add files").setInputFiles([file.path]);
    if (n > 1) {
      await app.button("Continue").click();
      await eventually("it is a new version", () => objects(world), n);
    } else {
      await app.has(["a.txt"]);
    }
    await app.settled();
  }
}

const objects = async world => (await world.bucket.objects()).length;

const section = app => app.page.getByRole("region", { name: "Versions and trash" });

story("28. Older versions beyond a limit are deleted, after a question", async world => {
  const app = await world.member();
  await versions(world, app);
  assert.equal(await objects(world), 4);
  await app.openSettings();
  await accessible(app.page, "settings with limits");
  await app.field("Keep older versions", section(app)).selectOption("1");
  await app.button("Save limits").click();
  const question = app.page.getByRole("dialog", { name: "Delete 2 older versions forever?" });
  await app.button("Cancel", question).click();
  assert.equal(await objects(world), 4, "nothing was deleted without an answer");
  await app.button("Save limits").click();
  await app.button("Save and delete", question).click();
  await app.page.getByText("Saved the limits.").waitFor();
  await eventually("two versions left the bucket", () => objects(world), 2);
  await app.openFiles();
  assert.equal((await app.download("a.txt")).bytes.toString(), "version 4");

  // Another browser has the same limits, and may lift them without a question.
  const other = await world.person();
  await other.signIn(USERNAME, PASSWORD);
  await other.openSettings();
  const field = other.field("Keep older versions", section(other));
  await eventually("it has the limit", () => field.inputValue(), "1");
  await field.selectOption("");
  await other.button("Save limits").click();
  await other.page.getByText("Saved the limits.").waitFor();
  await app.openSettings();
  await eventually(
    "the first browser follows",
    () => app.field("Keep older versions", section(app)).inputValue(),
    "",
  );
});

story("28b. What is new in the trash stays there when a limit is set", async world => {
  const app = await world.member();
  await app.add(await lay(join(world.folder, "home"), { "a.txt": Buffer.from("content") }));
  await app.delete("a.txt");
  await app.settled();
  await app.openSettings();
  await app.field("Empty trash automatically", section(app)).selectOption("30");
  await app.button("Save limits").click();
  await app.page.getByText("Saved the limits.").waitFor();
  await app.openTrash();
  await app.button("Restore a.txt").click();
  await app.openFiles();
  await app.has(["a.txt"]);
});

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** What is said of something that goes after so many days. */
function after(days) {
  const [now, then] = [new Date(), new Date(Date.now() + days * 86_400_000)];
  const year = then.getFullYear() === now.getFullYear() ? "" : ` ${then.getFullYear()}`;
  return `deleted after ${then.getDate()} ${MONTHS[then.getMonth()]}${year}`;
}

story("28c. The trash and the versions say when each entry goes", async world => {
  const app = await world.member();
  await versions(world, app);
  const home = join(world.folder, "home");
  await app.add(await lay(home, { "b.txt": Buffer.from("another"), "c.txt": Buffer.from("one") }));
  await app.delete("b.txt");
  await app.settled();
  await app.openTrash();
  await app.button("Restore b.txt").waitFor();
  assert.equal(
    await app.page.getByText(/deleted after/).count(),
    0,
    "without a limit nothing goes",
  );

  await app.openSettings();
  await app.field("Keep older versions", section(app)).selectOption("5");
  await app.field("Keep them for", section(app)).selectOption("90");
  await app.field("Empty trash automatically", section(app)).selectOption("30");
  await app.button("Save limits").click();
  await app.page.getByText("Saved the limits.").waitFor();
  await shoot(app, "settings-retention", section(app));
  await shoot(app, "settings-search", app.page.getByRole("region", { name: "Search" }));
  await app.openTrash();
  await app.page.getByText(after(30), { exact: true }).waitFor();
  await shoot(app, "trash");
  await app.openFiles();
  await app.button("Versions of a.txt").click();
  const dialog = app.page.getByRole("dialog", { name: "Versions of a.txt" });
  await dialog.getByText("Current").waitFor();
  await eventually("each older version says so", () => dialog.getByText(after(90)).count(), 3);
  await shoot(app, "versions");
});
