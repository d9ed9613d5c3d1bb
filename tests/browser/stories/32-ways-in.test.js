// Ways into an account: a new password, recovery words, the list of logins.

import assert from "node:assert/strict";
import { join } from "node:path";

import { accessible } from "../support/axe.js";
import { eventually } from "../support/eventually.js";
import { lay, noise } from "../support/files.js";
import { status } from "../support/guard.js";
import { tabTo } from "../support/keyboard.js";
import { stall } from "../support/proxy.js";
import { readAll, spellings } from "../support/scan.js";
import { shoot } from "../support/screens.js";
import { surrounded } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const NEW = "truck orbit 7 salad velvet inmate";
/** A wrong password, and what the removed login asks for. */
const REFUSED = [status(404, /\/v1\/(login|sessions)/), status(403, /\/v1\//)];

const one = async world => lay(join(world.folder, "home"), { "letter.txt": noise("letter", 5000) });

/** Fills the form "Change password" in and sends it; what comes of it is for the story to see. */
async function change(app, current, password, repeated = password) {
  const form = app.form("Change password");
  if (current !== undefined) await app.field("Current password", form).fill(current);
  await app.field("New password", form).fill(password);
  await app.field("Repeat new password", form).fill(repeated);
  await app.button("Change password", form).click();
}

const changed = app => app.page.getByText("Changed the password.").waitFor();
const said = (app, text) => app.alert().filter({ hasText: text }).waitFor();

story(
  "32: a new password takes the place of the old one, and other devices are signed out",
  async world => {
    const app = await world.member();
    const files = await one(world);
    await app.add(files);
    const other = await world.person();
    await other.signIn(USERNAME, PASSWORD);
    await other.has(["letter.txt"]);
    const stored = async () =>
      (await world.bucket.list())
        .map(({ key }) => key)
        .filter(key => /\/(objects|log)\//.test(key));
    const before = await stored();

    await app.openSettings();
    await change(app, `${PASSWORD}?`, NEW);
    await said(app, "not your current password");
    await change(app, PASSWORD, PASSWORD);
    await said(app, "your current password already");
    await change(app, PASSWORD, "password-1234x");
    await said(app, "four or more unrelated words");
    await accessible(app.page, "a new password, refused");
    await change(app, PASSWORD, NEW, `${NEW}.`);
    await said(app, "The passwords don't match");
    for (const { profile } of [app, other]) profile.guard.expect(...REFUSED);
    await change(app, PASSWORD, NEW);
    await changed(app);
    for (const name of ["Current password", "New password", "Repeat new password"])
      assert.equal(await app.field(name).inputValue(), "", `${name} is empty again`);

    const why = "Signed out because the password was changed on another device";
    await other.page.getByText(why).waitFor({ timeout: 60_000 });
    await shoot(other, "signed-out");
    await other.trySignIn(USERNAME, PASSWORD);
    await said(other, "Wrong username or password");
    await other.signIn(undefined, NEW);
    await other.has(["letter.txt"]);

    assert.deepEqual(await stored(), before, "no file was touched");
    await app.page.reload();
    await app.heading("Settings").waitFor();
    await app.openFiles();
    await app.has(["letter.txt"]);
    await assertNothingOf([PASSWORD, NEW], world);
  },
  { seconds: 180 },
);

/** What the store keeps and the endpoint said has none of these words. */
async function assertNothingOf(secrets, world) {
  const kept = await readAll(world.data);
  kept.push({ path: "the log", bytes: Buffer.from(world.endpoint.log()) });
  for (const { path, bytes } of kept)
    for (const word of secrets.flatMap(spellings))
      assert.equal(bytes.indexOf(word), -1, `a secret in ${path}`);
}

const dialog = app => app.page.getByRole("dialog", { name: "Make recovery words" });
const logins = app => app.page.getByRole("list", { name: "Logins" }).getByRole("listitem");

/** The words that the dialog shows. */
async function shown(app) {
  const list = dialog(app).getByRole("list", { name: "Recovery words" });
  await list.waitFor();
  return list.getByRole("listitem").allInnerTexts();
}

/** Types the words that are asked back. */
async function giveBack(app, words) {
  for (const box of await dialog(app).getByRole("textbox").all()) {
    const name = await box.evaluate(box => box.labels[0].textContent);
    await box.fill(words[Number(/^Word (\d+)$/.exec(name)[1]) - 1]);
  }
  await app.button("Confirm", dialog(app)).click();
}

story(
  "32b: recovery words are made, asked back, and lead to a new password",
  async world => {
    const app = await world.member();
    app.profile.guard.expect(...REFUSED);
    await app.add(await one(world));
    const reminder = app.page.getByRole("status").filter({ hasText: "only recovery words" });
    await shoot(app, "reminder");

    await app.button("Make recovery words", reminder).click();
    const words = await shown(app);
    assert.equal(words.length, 24);
    await shoot(app, "recovery-words");
    await app.button("I have written them down", dialog(app)).click();
    await dialog(app).getByRole("textbox").first().waitFor();
    const text = await app.page.evaluate(() => document.documentElement.outerHTML);
    for (const word of words)
      assert.ok(!text.includes(`>${word}<`), "the words have left the document");
    await giveBack(
      app,
      words.map(() => "frond"),
    );
    await said(app, "isn't right");
    await shoot(app, "recovery-words-asked");
    await giveBack(
      app,
      words.map(word => ` ${word.toUpperCase()} `),
    );
    await dialog(app).waitFor({ state: "detached" });
    await app.page.getByText("Your recovery words open your vault").waitFor();
    await reminder.waitFor({ state: "detached" });

    // They are shown once: whoever asks again gets others, which open nothing until they are kept.
    await app.openSettings();
    await app.button("Make recovery words").click();
    assert.notDeepEqual(await shown(app), words);
    await app.button("Cancel", dialog(app)).click();
    await logins(app).filter({ hasText: "Recovery words" }).waitFor();
    await app.openFiles();
    await app.lock();

    const lost = await world.person();
    lost.profile.guard.expect(...REFUSED);
    await lost.button("Use recovery words").click();
    const form = lost.form("Use recovery words");
    const give = async text => {
      await lost.field("Recovery words", form).fill(text);
      await lost.button("Use recovery words", form).click();
    };
    await give(words.slice(1).join(" "));
    await said(lost, "These are not 24 recovery words");
    await shoot(lost, "use-recovery-words");
    await give(words.join("\n ").toUpperCase());
    const chosen = lost.form("Change password");
    await lost.field("Username", chosen).fill(USERNAME);
    await shoot(lost, "recovered");
    await change(lost, undefined, NEW);
    await lost.opened();
    await changed(lost);
    await lost.has(["letter.txt"]);

    await app.trySignIn(USERNAME, PASSWORD);
    await said(app, "Wrong username or password");
    await app.signIn(undefined, NEW);

    await app.openSettings();
    await eventually("two logins", () => logins(app).count(), 2);
    const section = app.page.getByRole("region", { name: "Password and logins" });
    await shoot(app, "logins", section);
    const [password, paper] = ["Password", "Recovery words"].map(kind =>
      logins(app).filter({ hasText: kind }),
    );
    await password.getByText("this session").waitFor();
    await app.button("Remove", paper).click();
    const question = app.page.getByRole("dialog", { name: "Remove these recovery words?" });
    await accessible(app.page, "a login is about to be removed");
    await app.button("Remove", question).click();
    await paper.waitFor({ state: "detached" });
    assert.equal(await app.button("Remove").count(), 0, "never the last");
    await lost.lock();
    await lost.button("Use recovery words").click();
    await give(words.join(" "));
    await said(lost, "No account here has these recovery words");

    await app.openFiles();
    await app.button("Not now", reminder).click();
    await reminder.waitFor({ state: "detached" });
    await app.page.reload();
    await app.has(["letter.txt"]);
    // The logins, which a reminder depends on, are read again.
    await app.openSettings();
    await logins(app).first().waitFor();
    await app.openFiles();
    assert.equal(await reminder.count(), 0, "who declined is not asked again");
    await assertNothingOf([NEW, words.join(" "), words.join("")], world);
  },
  { seconds: 240 },
);

story("32c: with the keyboard alone", async world => {
  const app = await world.member();
  const { keyboard } = app.page;
  await tabTo(app, "button", "Make recovery words");
  await keyboard.press("Enter");
  const words = await shown(app);
  await tabTo(app, "button", "I have written them down");
  await keyboard.press("Enter");
  const first = dialog(app).getByRole("textbox").first();
  await eventually("the first box has the focus", () =>
    first.evaluate(box => box === document.activeElement),
  );
  for (const box of await dialog(app).getByRole("textbox").all()) {
    const name = await box.evaluate(box => box.labels[0].textContent);
    await tabTo(app, "textbox", name);
    await keyboard.type(words[Number(name.slice("Word ".length)) - 1]);
  }
  await keyboard.press("Enter");
  await dialog(app).waitFor({ state: "detached" });

  await tabTo(app, "button", "Settings");
  await keyboard.press("Enter");
  for (const [name, typed] of [
    ["Current password", PASSWORD],
    ["New password", NEW],
    ["Repeat new password", NEW],
  ]) {
    await tabTo(app, "textbox", name, app.field(name));
    await keyboard.type(typed);
  }
  await keyboard.press("Enter");
  await changed(app);
  await eventually("two logins", () => logins(app).count(), 2);
  await tabTo(app, "button", "Remove", app.button("Remove").last());
  await keyboard.press("Enter");
  await app.page.getByRole("dialog").waitFor();
  await keyboard.press("Escape");
  await app.page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await logins(app).count(), 2);

  await tabTo(app, "button", "Lock");
  await keyboard.press("Enter");
  await app.form("Sign in").waitFor();
  await tabTo(app, "button", "Use recovery words");
  await keyboard.press("Enter");
  await tabTo(app, "textbox", "Recovery words");
  await keyboard.type(words.join(" "));
  await tabTo(app, "button", "Use recovery words");
  await keyboard.press("Enter");
  await app.form("Change password").waitFor();
});

story(
  "32d: the tab is killed at each step of a new password, and the old one or the new one works",
  async world => {
    await world.member();
    const passwords = [PASSWORD];
    for (const [method, path] of [
      ["POST", /\/v1\/logins /],
      ["GET", /\/v1\/login /],
      ["POST", /\/v1\/sessions /],
      ["DELETE", /\/v1\/logins\//],
    ]) {
      const app = await world.person();
      app.profile.guard.expect(...REFUSED);
      await openWith(app, passwords);
      await app.openSettings();
      const next = `${NEW} ${passwords.length}`;
      const killed = new Promise(then => {
        world.front.when(method, path, stall("answer", then));
      });
      for (const current of passwords) {
        await change(app, current, next);
        const refused = app.alert().filter({ hasText: "not your current password" });
        const ended = await Promise.race([
          killed.then(() => true),
          refused.waitFor().then(() => false),
        ]);
        if (ended) break;
      }
      await killed;
      await app.profile.close();
      world.front.heal();
      passwords.unshift(next);
    }
    const app = await world.person();
    app.profile.guard.expect(...REFUSED);
    await openWith(app, passwords);
    await app.add(await one(world));
    // A whole change ends what those before it left.
    await app.openSettings();
    await change(app, passwords[0], NEW);
    await changed(app);
    await eventually("one login", () => logins(app).count(), 1);
  },
  { setting: surrounded, seconds: 240 },
);

/** Opens the vault with the first of these that works. */
async function openWith(app, passwords) {
  for (const password of passwords) {
    await app.trySignIn(USERNAME, password);
    const refused = app.alert().filter({ hasText: "Wrong username or password" });
    const opened = app.heading("Files");
    await opened.or(refused).waitFor();
    if (await opened.isVisible()) return app.opened();
    await app.page.reload();
    await app.form("Sign in").waitFor();
  }
  throw new Error("no password works");
}
