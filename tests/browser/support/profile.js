// A browser profile of its own on disk: a person on a device.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { App } from "./app.js";
import { eventually } from "./eventually.js";
import { Guard } from "./guard.js";
import { processes } from "./processes.js";

// Headless as root in a container, and silent: no request but the page's own.
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** After how many milliseconds a new tab will never live. */
const UNANSWERED = 15_000;

export class Profile {
  static async open(origins, options = {}) {
    const profile = new Profile();
    const folder = await mkdtemp(join(tmpdir(), "frond-profile-"));
    Object.assign(profile, { folder, options, guard: new Guard(origins) });
    await profile.start();
    return profile;
  }

  /**
   * Opens the browser, the first time or again. Chromium itself dies at times while it starts (seen
   * once in CI).
   */
  async start() {
    const died = error => /browser has been closed/.test(error.message);
    this.context = await this.#launch().catch(error =>
      died(error) ? this.#launch() : Promise.reject(error),
    );
    this.context.setDefaultTimeout(30_000);
    await this.guard.watch(this.context);
  }

  #launch() {
    return chromium.launchPersistentContext(this.folder, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: FLAGS,
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      ...this.options,
    });
  }

  /** Kills what runs the tabs, and closes what is left of them; the browser lives on. */
  async killTabs() {
    const pages = this.context.pages();
    let crashed = 0;
    pages.forEach(page =>
      page.once("crash", () => {
        crashed += 1;
      }),
    );
    (await processes(this.folder)).renderers.forEach(pid => process.kill(pid, "SIGKILL"));
    await eventually("all tabs crashed", () => crashed === pages.length);
    // The browser may still take a spare renderer for a new tab that was killed with the others:
    // then that crashes, or there is never an answer.
    const fresh = await eventually("a new tab lives", () =>
      Promise.race([
        this.context.newPage().catch(error => {
          if (/crashed/.test(error.message)) return null;
          throw error;
        }),
        new Promise(give => setTimeout(give, UNANSWERED, null)),
      ]),
    );
    await Promise.all(
      this.context
        .pages()
        .filter(page => page !== fresh)
        .map(page => page.close()),
    );
    return new App(fresh);
  }

  /** Kills the browser, and opens it again. */
  async killBrowser() {
    let closed = false;
    this.context.once("close", () => {
      closed = true;
    });
    (await processes(this.folder)).browser.forEach(pid => process.kill(pid, "SIGKILL"));
    await eventually("the browser is gone", () => closed);
    await this.start();
    return this.tab();
  }

  /** A tab of this profile. The first one is there already. */
  async tab() {
    const [first] = this.context.pages();
    const fresh = first && first.url() === "about:blank" ? first : await this.context.newPage();
    return new App(fresh);
  }

  async close() {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What a download left on this device: its name and bytes, or nothing where it failed. */
export async function saved(download) {
  if (await download.failure()) return null;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}
