// A browser profile of its own on disk: a person on a device.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { App } from "./app.js";
import { Guard } from "./guard.js";

// Headless as root in a container, and silent: no request but the page's own.
export const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export class Profile {
  static async open(origins, options = {}) {
    const folder = await mkdtemp(join(tmpdir(), "frond-profile-"));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: FLAGS,
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      ...options,
    });
    context.setDefaultTimeout(30_000);
    const profile = new Profile();
    Object.assign(profile, { folder, context, guard: new Guard(origins) });
    await profile.guard.watch(context);
    return profile;
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
