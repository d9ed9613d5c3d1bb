// Firefox as Debian has it, driven over WebDriver BiDi.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import puppeteer from "puppeteer-core";

import { copied } from "./thief.js";

const EXECUTABLE = process.env.FIREFOX ?? "/usr/bin/firefox-esr";

export class Firefox {
  static async open(world) {
    const firefox = Object.assign(new Firefox(), { world, folder: join(world, "firefox") });
    await mkdir(firefox.folder);
    await firefox.start();
    return firefox;
  }

  async start() {
    this.browser = await puppeteer.launch({
      browser: "firefox", executablePath: EXECUTABLE, headless: true, userDataDir: this.folder,
      extraPrefsFirefox: { "datareporting.policy.dataSubmissionEnabled": false, "app.update.enabled": false },
    });
    [this.page] = await this.browser.pages();
    this.page.setDefaultTimeout(60_000);
  }

  async restart(origin) {
    await this.close();
    await this.start();
    await this.page.goto(origin);
  }

  /** Closes it, as a person does. */
  async close() {
    const { browser } = this;
    this.browser = null;
    await browser?.close();
  }

  copied() {
    return copied(this.folder, this.world);
  }

  press(name) {
    return this.page.locator(`::-p-aria([name="${name}"][role="button"])`).click();
  }

  form(name) {
    return this.page.waitForSelector(`form[aria-label="${name}"]`);
  }

  /** A control of that name is there. */
  text(name) {
    return this.page.waitForSelector(`[aria-label="${name}"]`);
  }

  async createAccount(origin, username, password) {
    await this.page.goto(origin);
    await this.form("Sign in");
    await this.press("Create account");
    await this.form("Create account");
    for (const [id, text] of [["username", username], ["password", password], ["repeat", password]]) {
      await this.page.locator(`#${id}`).fill(text);
    }
    await this.page.locator("form button[type=submit]").click();
    await this.page.waitForSelector("input[type=file]");
  }

  async add(file) {
    const input = await this.page.waitForSelector("input[type=file]");
    await input.uploadFile(file.path);
    await this.text(`Download ${file.name}`);
  }
}
