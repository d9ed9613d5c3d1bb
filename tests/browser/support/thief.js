// Somebody who copies a browser's profile, and all that they try with it (thief/thief.py).

import { execFile } from "node:child_process";
import { cp, lstat, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { eventually } from "./eventually.js";
import { projectFile } from "./paths.js";

const PYTHON = process.env.FROND_PYTHON ?? "python3";
const run = promisify(execFile);

/**
 * A copy of a profile: its files, as they lie there; made again where a running browser removed one
 * meanwhile.
 */
export async function copied(profile, into) {
  const plain = async path => {
    const found = await lstat(path);
    return found.isFile() || found.isDirectory();
  };
  return eventually("the profile is copied", async () => {
    const copy = await mkdtemp(join(into, "copy-"));
    return cp(profile, copy, { recursive: true, filter: plain }).then(
      () => copy,
      error => {
        if (error.code !== "ENOENT") throw error;
      },
    );
  });
}

/** What can be got out of a copy: `signed_in`, `decrypted`, and how much was found and tried. */
export async function stolen(copy, origin) {
  const { stdout } = await run(
    PYTHON,
    [projectFile("tests/browser/thief/thief.py"), copy, origin],
    { timeout: 120_000 },
  );
  const told = JSON.parse(stdout);
  console.log(`thief: ${stdout.trim()}`);
  return told;
}
