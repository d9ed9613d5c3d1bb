// The command line, `frond`, on a machine of its own.

import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { projectFile } from "./paths.js";

const FROND = process.env.FROND_BIN ?? projectFile("target/debug/frond");

export class Cli {
  constructor(folder) {
    this.work = join(folder, "work");
    this.state = join(folder, "state");
  }

  /** Somebody at a terminal, signed in. */
  static async signedIn(folder, origin, username, password) {
    const cli = new Cli(folder);
    await mkdir(cli.work, { recursive: true });
    await cli.run(["login", origin, "--user", username, "--password-stdin"], password);
    return cli;
  }

  /**
   * Runs a command to its end, and gives what it wrote; it throws where the exit code is another.
   */
  async run(args, input = "", code = 0) {
    const child = spawn(FROND, args, {
      cwd: this.work,
      env: { ...process.env, FROND_STATE: this.state },
    });
    const out = [],
      err = [];
    child.stdout.on("data", piece => out.push(piece));
    child.stderr.on("data", piece => err.push(piece));
    child.stdin.on("error", () => {}); // It may end without having read all.
    child.stdin.end(input);
    const ended = await new Promise((resolve, reject) =>
      child.on("error", reject).on("close", resolve),
    );
    if (ended !== code)
      throw new Error(`frond ${args.join(" ")}: exit code ${ended}\n${Buffer.concat(err)}`);
    return Buffer.concat(out);
  }

  /** Paths of all files in the vault. */
  async names() {
    return JSON.parse(await this.run(["ls", "--json"])).map(({ path }) => path);
  }
}
