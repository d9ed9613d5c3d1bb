// Frond's server as a process: the embedded default, or one with a configuration file.

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { resolve } from "node:path";

import { eventually } from "./eventually.js";
import { projectFile } from "./paths.js";

const PROGRAM = resolve(
  process.env.FROND_ENDPOINT_BIN ?? projectFile("target/release/frond-endpoint"),
);
/** The built page. */
export const PAGE = resolve(process.env.FROND_DIST ?? projectFile("dist"));

/**
 * Ports of 127.0.0.1 that nobody listens on, and that no system gives to who asks for any: they are
 * listened on later.
 */
export async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const port = randomInt(10_000, 32_768);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port) {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  await new Promise(closed => server.close(closed));
  return true;
}

export class Endpoint {
  #process;
  #log = [];

  /** `origin` is where the page is; `env` and `args` are the process's own. */
  constructor(origin, env, args = []) {
    Object.assign(this, { origin, env, args });
  }

  /** Starts it, on the same ports as before, and waits until it says that it is well. */
  async start() {
    const env = { FROND_DIST: PAGE, ...this.env };
    this.#process = spawn(PROGRAM, this.args, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream.on("data", text => this.#log.push(text));
    await eventually(`${this.origin} is well`, async () => {
      if (this.#process.exitCode !== null) throw new Error(`frond-endpoint ended:\n${this.log()}`);
      return (await fetch(`${this.origin}/healthz`).catch(() => null))?.ok;
    });
  }

  /** Ends it, politely or (SIGKILL) not. */
  async stop(signal = "SIGTERM") {
    if (!this.#process || this.#process.exitCode !== null || this.#process.signalCode !== null)
      return;
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    await ended;
  }

  /** The id of the process. */
  get pid() {
    return this.#process.pid;
  }

  /** What it has printed so far. */
  log() {
    return Buffer.concat(this.#log).toString();
  }
}
