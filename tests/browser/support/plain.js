// A Chromium that nobody listens in on: by its debugging pipe alone, no more of the protocol than
// is used here. Tools that watch the network keep 200 MB of answers in the renderer, which is just
// what is measured.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { eventually } from "./eventually.js";
import { FLAGS } from "./profile.js";

export class Plain {
  #process;
  #asked = new Map();
  #heard = [];
  #rest = "";

  static async open(url) {
    const plain = new Plain();
    plain.folder = await mkdtemp(join(tmpdir(), "frond-profile-"));
    plain.downloads = join(plain.folder, "downloads");
    const args = [
      "--headless",
      ...FLAGS,
      `--user-data-dir=${plain.folder}`,
      "--remote-debugging-pipe",
      "about:blank",
    ];
    plain.#process = spawn(process.env.CHROMIUM ?? "/usr/bin/chromium", args, {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    plain.#process.stdio[4].on("data", text => plain.#hear(text));
    await plain.#send("Browser.setDownloadBehavior", {
      behavior: "allow",
      downloadPath: plain.downloads,
      eventsEnabled: true,
    });
    const { targetInfos } = await plain.#send("Target.getTargets");
    const { targetId } = targetInfos.find(({ type }) => type === "page");
    plain.session = (
      await plain.#send("Target.attachToTarget", { targetId, flatten: true })
    ).sessionId;
    await plain.#page("Page.navigate", { url });
    return plain;
  }

  #hear(text) {
    const lines = (this.#rest + text).split("\0");
    this.#rest = lines.pop();
    for (const { id, error, result, method, params } of lines.map(line => JSON.parse(line))) {
      if (!id) this.#heard.forEach(hears => hears(method, params));
      else if (error) this.#asked.get(id).reject(new Error(error.message));
      else this.#asked.get(id).resolve(result);
    }
  }

  #send(method, params = {}, sessionId = undefined) {
    const id = this.#asked.size + 1;
    const answer = new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return answer;
  }

  #page(method, params) {
    return this.#send(method, params, this.session);
  }

  /** What an expression of the page gives, or its promise. */
  async ask(expression) {
    const asked = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.#page("Runtime.evaluate", asked);
    if (exceptionDetails)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits, however long it takes, for what has this name, and does something with it (`it`). */
  async with(name, expression) {
    await eventually(
      `${name} is there`,
      () => this.ask(`Boolean(${found(name)})`),
      true,
      3_600_000,
    );
    return this.ask(`(it => { ${expression} })(${found(name)})`);
  }

  fill(name, text) {
    return this.with(
      name,
      `it.value = ${JSON.stringify(text)}; it.dispatchEvent(new Event("input", { bubbles: true }));`,
    );
  }

  click(name) {
    return this.with(name, "it.click();");
  }

  async choose(name, path) {
    await this.with(name, "");
    const { result } = await this.#page("Runtime.evaluate", { expression: found(name) });
    await this.#page("DOM.setFileInputFiles", { files: [path], objectId: result.objectId });
  }

  /** Does what begins a download, waits for its end, and tells where the file is. */
  async download(act) {
    const ended = new Promise((resolve, reject) => {
      this.#heard.push((method, { state, filePath }) => {
        if (method !== "Browser.downloadProgress") return;
        if (state === "completed") resolve(filePath);
        if (state === "canceled") reject(new Error("the download failed"));
      });
    });
    await act();
    return ended;
  }

  async close() {
    const ended = once(this.#process, "exit");
    this.#send("Browser.close").catch(() => {});
    await ended;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What a name stands for: by its label, or its own text. */
const found = name => `(name => document.querySelector(\`[aria-label="\${name}"]\`)
  ?? [...document.querySelectorAll("label")].find(one => one.textContent.trim() === name)?.control
  ?? [...document.querySelectorAll("button, a")].find(one => one.textContent.trim() === name))(${JSON.stringify(name)})`;
