// A page without a debugger: while one is attached, Chromium notes the stack of every request and
// tells of each, which doubles the time that small requests take. So the page is prepared with
// Playwright attached, does its work alone, and is looked at afterwards.

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { App } from "../tests/browser/support/app.js";
import { eventually } from "../tests/browser/support/eventually.js";
import { FLAGS } from "../tests/browser/support/profile.js";

/** Title of a page that has done its work. */
const DONE = "done";
/** Longest wait for it, in milliseconds. */
const LIMIT = 600_000;

export class Undebugged {
  /** Starts a browser with a profile in this folder, and attaches to it. */
  static async open(folder) {
    const one = new Undebugged();
    const own = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${folder}`];
    one.process = spawn(process.env.CHROMIUM ?? "/usr/bin/chromium", [...FLAGS, ...own], {
      stdio: "ignore",
    });
    const port = await eventually("the browser listens", async () => {
      const file = await readFile(join(folder, "DevToolsActivePort"), "utf8").catch(() => "");
      return file.split("\n")[0];
    });
    one.origin = `http://127.0.0.1:${port}`;
    // Attaching to a browser without a tab does not return.
    await eventually("it has a tab", async () => (await one.#titles()).length > 0);
    await one.attach();
    return one;
  }

  async attach() {
    const browser = await chromium.connectOverCDP(this.origin);
    this.context = browser.contexts()[0];
    this.context.setDefaultTimeout(30_000);
  }

  /** Its only page, with the helpers of the stories. */
  async app() {
    return new App(this.context.pages()[0]);
  }

  /**
   * Calls `start` and detaches until `isDone`, a function that runs in the page whenever that has
   * changed; returns how long it took, in seconds.
   */
  async alone(start, isDone) {
    const app = await this.app();
    await app.page.evaluate(`window.isDone = ${isDone}`);
    await app.page.evaluate(title => {
      const began = performance.now();
      new MutationObserver((_, observer) => {
        if (!window.isDone()) return;
        observer.disconnect();
        window.took = performance.now() - began;
        document.title = title;
      }).observe(document.body, { subtree: true, childList: true });
    }, DONE);
    await start(app);
    await this.context.browser().close();
    const isDoneNow = async () => (await this.#titles()).includes(DONE);
    await eventually("the page is done", isDoneNow, undefined, LIMIT);
    await this.attach();
    return (await (await this.app()).page.evaluate(() => window.took)) / 1000;
  }

  /** Titles of its pages, without attaching to them. */
  async #titles() {
    const targets = await (await fetch(`${this.origin}/json/list`)).json();
    return targets.filter(({ type }) => type === "page").map(({ title }) => title);
  }

  async close() {
    await this.context.browser().close();
    this.process.kill("SIGKILL");
    await new Promise(ended => this.process.once("exit", ended));
  }
}
