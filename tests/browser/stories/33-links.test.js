// Links: somebody without an account opens what a member shared.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { Cli } from "../support/cli.js";
import { lay, noise } from "../support/files.js";
import { status } from "../support/guard.js";
import { tabTo } from "../support/keyboard.js";
import { saved } from "../support/profile.js";
import { shoot } from "../support/screens.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const LETTER = Buffer.from("Dear Bo,\nthe keys are under the third pot.\n");
/** What the endpoint answers for a link that has ended. */
const ENDED = status(410, /\/v1\/shares\//);

/** A member with a folder, and a terminal of theirs. */
async function member(world) {
  const app = await world.member();
  const trip = join(world.folder, "Trip");
  const files = await lay(trip, { "letter.txt": LETTER, "photos.bin": noise("photos", 3_000_000) });
  await app.field("Add folder").setInputFiles(trip);
  await app.page.getByRole("link", { name: "Trip", exact: true }).waitFor();
  await app.settled();
  return { app, files };
}

/** Somebody without an account, who opens a link; what the page asks for meanwhile. */
async function receiver(world, link) {
  const profile = await world.profile();
  const app = await profile.tab();
  const asked = [];
  profile.context.on("request", request =>
    asked.push(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ""}`),
  );
  await app.page.goto(link);
  await app.heading("Shared files").waitFor();
  return Object.assign(app, { profile, asked });
}

const listed = app => app.page.getByRole("list", { name: "Shared files" }).getByRole("listitem");
const secretOf = link => link.split("#/s/")[1];

async function downloads(app, name) {
  const [download] = await Promise.all([
    app.page.waitForEvent("download"),
    app.button(name).click(),
  ]);
  return (await saved(download)).bytes;
}

story(
  "33: a link opens its files without an account, and leaves the address at once",
  async world => {
    const { app, files } = await member(world);
    const terminal = join(world.folder, "terminal");
    const cli = await Cli.signedIn(terminal, world.origin, USERNAME, PASSWORD);
    const link = `${await cli.run(["share", "Trip"])}`.trim();

    const bo = await receiver(world, link);
    await listed(bo).nth(1).waitFor();
    assert.equal(await listed(bo).count(), 2);
    assert.equal(new URL(bo.page.url()).hash, "#/shared");
    await shoot(bo, "shared-files");
    for (const { name, bytes } of files) {
      assert.ok((await downloads(bo, `Download ${name}`)).equals(bytes), `the bytes of ${name}`);
    }
    const zip = await downloads(bo, "Download all");
    assert.ok(zip.includes("Trip/letter.txt") && zip.includes("third pot"));
    await bo.button("Preview letter.txt").click();
    const preview = bo.page.getByRole("dialog", { name: "letter.txt" });
    await preview.getByText("the third pot").waitFor();
    await accessible(bo.page, "preview of a shared file");
    await preview.getByRole("button", { name: "Next" }).click();
    await bo.page.getByRole("dialog", { name: "photos.bin" }).getByText("no preview").waitFor();
    await bo.page.keyboard.press("Escape");
    assert.deepEqual(
      bo.asked.filter(request => request.includes(secretOf(link))),
      [],
      "the secret is in no request",
    );
    // Nor does going back lead to it; a reload says what to do.
    await bo.page.reload();
    await bo.alert().filter({ hasText: "Open the link again" }).waitFor();

    // A tab that is open already, and a vault that is.
    await app.page.goto(link);
    await listed(app).nth(1).waitFor();
    assert.equal(new URL(app.page.url()).hash, "#/shared");

    await cli.run(["unshare", "Trip"]);
    bo.profile.guard.expect(ENDED);
    await bo.page.goto(link);
    await bo.alert().filter({ hasText: "This link has ended" }).waitFor();
    await bo.page.goto(`${link}A`);
    await bo.alert().filter({ hasText: "not a whole link" }).waitFor();
    assert.equal(new URL(bo.page.url()).hash, "#/shared");
  },
  { seconds: 240 },
);

story("33b: a link password is asked for, and a wrong one uses nothing up", async world => {
  await member(world);
  const terminal = join(world.folder, "terminal");
  const cli = await Cli.signedIn(terminal, world.origin, USERNAME, PASSWORD);
  await lay(cli.work, { pw: Buffer.from("open sesame\n") });
  const share = ["share", "Trip/letter.txt", "--password-file", "pw"];
  const link = `${await cli.run(share)}`.trim();
  const bo = await receiver(world, link);
  const form = bo.form("Link password");
  await bo.field("Link password", form).waitFor();
  await shoot(bo, "link-password");
  for (const wrong of ["Open sesame", ""]) {
    await bo.field("Link password", form).fill(wrong);
    await bo.page.keyboard.press("Enter");
    await bo.alert().filter({ hasText: "This is not the link password" }).waitFor();
  }
  await bo.field("Link password", form).fill("open sesame");
  await bo.page.keyboard.press("Enter");
  await listed(bo).first().waitFor();
  assert.ok((await downloads(bo, "Download letter.txt")).equals(LETTER));
  await bo.button("Preview letter.txt").click();
  await bo.page.getByText("the third pot").waitFor();
});

story(
  "33c: a link is made in the page, listed, brought up to date and revoked",
  async world => {
    const { app } = await member(world);
    await app.button("Share Trip").click();
    const dialog = app.page.getByRole("dialog", { name: "Share Trip" });
    await app.field("Label", dialog).fill("For Bo");
    const expires = dialog.getByRole("combobox", { name: "Expires" });
    assert.equal(await expires.locator("option:checked").innerText(), "In 30 days");
    await expires.selectOption("In 7 days");
    await shoot(app, "share");
    await app.button("Create link", dialog).click();
    const box = dialog.getByRole("textbox", { name: "Link", exact: true });
    await box.waitFor();
    const link = await box.inputValue();
    assert.match(link, /^http:\/\/localhost:\d+\/#\/s\/[\w-]{43}$/);
    await dialog.getByText("Show QR code").click();
    await dialog.getByRole("img", { name: "QR code of the link" }).waitFor();
    await shoot(app, "share-link");
    await app.button("Close", dialog).click();

    const bo = await receiver(world, link);
    await listed(bo).nth(1).waitFor();

    // The owner sees it on another device too, and what was added comes with an update.
    await app.page.getByRole("link", { name: "Trip", exact: true }).click();
    const [map] = await lay(join(world.folder, "home"), { "map.txt": Buffer.from("a map") });
    await app.add([map]);
    const other = await world.person();
    await other.signIn(USERNAME, PASSWORD);
    await other.openSettings();
    const links = other.page.getByRole("region", { name: "Shared links" });
    await links.getByText("2 files").waitFor();
    await links.scrollIntoViewIfNeeded();
    await shoot(other, "shared-links", links);
    await other.button("Update For Bo", links).click();
    await links.getByText("3 files").waitFor();
    await bo.page.goto(link);
    await listed(bo).nth(2).waitFor();
    assert.ok((await downloads(bo, "Download map.txt")).equals(map.bytes));

    await other.button("Revoke For Bo", links).click();
    const question = other.page.getByRole("dialog", { name: "Revoke For Bo?" });
    await question.getByText("may have been saved").waitFor();
    await other.button("Revoke", question).click();
    await links.getByText("You have no links").waitFor();
    bo.profile.guard.expect(ENDED);
    await bo.page.goto(link);
    await bo.alert().filter({ hasText: "This link has ended" }).waitFor();
  },
  { seconds: 240 },
);

story("33d: several files are shared with the keyboard", async world => {
  const app = await world.member();
  const files = await lay(join(world.folder, "home"), {
    "a.txt": Buffer.from("a"),
    "b.txt": Buffer.from("b"),
    "c.txt": Buffer.from("c"),
  });
  await app.add(files);
  for (const name of ["a.txt", "c.txt"]) await app.page.getByLabel(`Select ${name}`).check();
  await (await tabTo(app, "button", "Share selected")).first().press("Enter");
  const dialog = app.page.getByRole("dialog", { name: "Share 2 files" });
  await dialog.waitFor();
  await (await tabTo(app, "textbox", "Link password")).first().fill("open sesame");
  await app.page.keyboard.press("Enter");
  const link = await dialog.getByRole("textbox", { name: "Link", exact: true }).inputValue();
  const bo = await receiver(world, link);
  await bo.field("Link password", bo.form("Link password")).fill("open sesame");
  await bo.page.keyboard.press("Enter");
  await listed(bo).nth(1).waitFor();
  assert.deepEqual(
    await listed(bo)
      .getByRole("button", { name: /^Preview / })
      .allInnerTexts(),
    ["a.txt", "c.txt"],
  );
});
