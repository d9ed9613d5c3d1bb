// Firefox as Debian has it, driven over WebDriver BiDi.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import puppeteer from "puppeteer-core";

import { eventually } from "./eventually.js";
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
      browser: "firefox",
      executablePath: EXECUTABLE,
      headless: true,
      userDataDir: this.folder,
      extraPrefsFirefox: {
        "datareporting.policy.dataSubmissionEnabled": false,
        "app.update.enabled": false,
      },
    });
    [this.page] = await this.browser.pages();
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

  /**
   * The first element of that selector whose name is this one. Asked for again and again:
   * Puppeteer's own waiting uses eval.
   */
  async #named(selector, name) {
    let found;
    await eventually(`${selector} ${name}`, async () => {
      const handle = await this.page.evaluateHandle(
        (selector, name) =>
          [...document.querySelectorAll(selector)].find(one =>
            [one.getAttribute("aria-label"), one.title, one.textContent.trim()].includes(name),
          ),
        selector,
        name,
      );
      found = handle.asElement();
      return found !== null;
    });
    return found;
  }

  async press(name) {
    await (await this.#named("button", name)).click();
  }

  form(name) {
    return this.#named("form", name);
  }

  /** A control of that name is there. */
  text(name) {
    return this.#named("button", name);
  }

  async createAccount(origin, username, password) {
    await this.page.goto(origin);
    await this.form("Sign in");
    await this.press("Create account");
    const form = await this.form("Create account");
    for (const [name, text] of [
      ["Username", username],
      ["Password", password],
      ["Repeat password", password],
    ]) {
      const box = await form.evaluateHandle(
        (form, name) =>
          [...form.querySelectorAll("label")].find(label => label.textContent.trim() === name)
            .control,
        name,
      );
      await box.asElement().type(text);
    }
    await (await form.$("button[type=submit]")).click();
    await this.#named("button", "Lock");
  }

  async add(file) {
    const input = await this.page.$("input[type=file]");
    await input.uploadFile(file.path);
    await this.text(`Download ${file.name}`);
  }
}
