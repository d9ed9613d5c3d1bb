// Before the program has come: the form is there and can be filled in, and nothing flashes.

import assert from "node:assert/strict";

import { eventually } from "../support/eventually.js";
import { status } from "../support/guard.js";
import { held, refuse } from "../support/proxy.js";
import { surrounded } from "../support/setting.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const PROGRAM = /\/frond-page-[0-9a-f]+_bg\.wasm /;
/** Without this answer no vault opens by itself. */
const SESSION = /\/v1\/sessions\//;

/** The host holds an answer back until the function that is given back is called. */
function hold({ front }, path) {
  let release;
  front.when(
    "GET",
    path,
    held(
      new Promise(done => {
        release = done;
      }),
    ),
    { to: Infinity },
  );
  return release;
}

/** Somebody at their first visit, whose program is held back; then it comes by `release`. */
async function visitor(world, fragment) {
  const release = hold(world, PROGRAM);
  const app = await world.person(fragment);
  await eventually("the program is asked for", () => world.front.count("GET", PROGRAM) > 0);
  return { app, release };
}

const loading = app => app.page.getByRole("status").getByText("Loading…");
const taken = app => eventually("the program has come", () => app.page.title(), "Sign in · Frond");

story(
  "21: the form can be filled in before the program has come, and Enter is kept",
  async world => {
    await world.member();
    world.front.seen.length = 0;
    const { app, release } = await visitor(world);
    const { keyboard } = app.page;
    await app.form("Sign in").waitFor();
    await keyboard.type(USERNAME);
    await keyboard.press("Tab");
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await loading(app).waitFor();
    release();
    await app.opened();
  },
  { setting: surrounded },
);

story(
  "21b: the program takes the form over as it is: text, focus and selection",
  async world => {
    await world.member();
    world.front.seen.length = 0;
    const { app, release } = await visitor(world);
    const username = app.field("Username", app.form("Sign in"));
    await username.fill(`x${USERNAME}`);
    await app.field("Password").fill(PASSWORD);
    await username.evaluate(box => {
      box.focus();
      box.setSelectionRange(0, 1);
      box.before = true;
    });
    release();
    await taken(app);
    assert.ok(
      await username.evaluate(box => box.before && box === document.activeElement),
      "the same box has the focus",
    );
    await app.page.keyboard.press("Delete");
    assert.equal(await username.inputValue(), USERNAME);
    await app.page.keyboard.press("Enter");
    await app.opened();
    await app.lock();
    for (const box of [username, app.field("Password")])
      assert.equal(await box.inputValue(), "", "what was typed is forgotten");
  },
  { setting: surrounded },
);

story(
  "21c: a button that was pressed before the program has come is pressed once it has",
  async world => {
    const { app, release } = await visitor(world);
    await app.button("Create account").click();
    await loading(app).waitFor();
    release();
    await app.form("Create account").waitFor();
    assert.equal(await app.form("Sign in").count(), 0);
    await app.button("Sign in instead").click();
    await app.form("Sign in").waitFor();
    assert.equal(await loading(app).count(), 0);
  },
  { setting: surrounded },
);

story(
  "21d: an open vault comes back after a reload, and the form is never seen",
  async world => {
    const app = await world.member();
    await app.page.addInitScript(() => {
      const look = () => {
        if (document.querySelector("form[aria-label='Sign in']")?.checkVisibility())
          window.formWasSeen = true;
      };
      new MutationObserver(look).observe(document, {
        subtree: true,
        childList: true,
        attributes: true,
      });
    });
    const release = hold(world, SESSION);
    await app.page.reload();
    await app.page.getByRole("status").getByText("Opening Frond…").waitFor();
    assert.equal(await app.form("Sign in").count(), 0);
    release();
    await app.opened();
    assert.equal(await app.page.evaluate(() => window.formWasSeen), undefined);
    world.front.heal();
    await app.lock();
    await app.page.reload();
    await app.form("Sign in").waitFor();
  },
  { setting: surrounded },
);

story(
  "21e: a program that does not come is said, and the page that needs none opens when it does",
  async world => {
    world.front.when("GET", PROGRAM, refuse(503), { to: Infinity });
    const profile = await world.profile();
    profile.guard.expect(status(503, /wasm/), /TypeError|WebAssembly|integrity|SRI/);
    const app = await profile.tab();
    await app.open(world.origin);
    await app.page.getByRole("status").getByText("could not be loaded").waitFor();
    await app.open(world.origin, "#/fernet");
    await app.page.reload();
    await app.page.getByRole("status").getByText("could not be loaded").waitFor();
    world.front.heal();
    await app.page.reload();
    await app.heading("Fernet tool").waitFor();
  },
  { setting: surrounded },
);

story(
  "21f: without JavaScript a sentence, and no form",
  async world => {
    const app = await world.person("", { javaScriptEnabled: false });
    await app.page.locator("noscript p").getByText("needs JavaScript").waitFor();
    assert.equal(await app.form("Sign in").count(), 0);
  },
  { setting: surrounded },
);

story(
  "21g: a vault that was left open for longer than the idle limit shows the form at once",
  async world => {
    const { page, profile } = await world.member();
    await page.close();
    const tab = async () => {
      const app = await profile.tab();
      await app.page.addInitScript(() => {
        const look = () => {
          if (document.querySelector("#opening")?.checkVisibility()) window.openingWasSeen = true;
        };
        new MutationObserver(look).observe(document, {
          subtree: true,
          childList: true,
          attributes: true,
        });
      });
      return app;
    };
    const openingWasSeen = app => app.page.evaluate(() => window.openingWasSeen);

    const soon = await tab();
    await soon.open(world.origin);
    await soon.opened();
    assert.ok(await openingWasSeen(soon));
    await soon.page.close();

    const late = await tab();
    await late.page.clock.setFixedTime(Date.now() + 16 * 60_000);
    await late.open(world.origin);
    await taken(late);
    await late.form("Sign in").waitFor();
    assert.equal(await openingWasSeen(late), undefined);
  },
  { setting: surrounded },
);
