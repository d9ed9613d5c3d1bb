// The processes of a browser, as the kernel lists them.

import { readdir, readFile } from "node:fs/promises";

/** Ids of all processes of the browser with this profile folder: its renderers, and itself. */
export async function processes(folder) {
  const found = { renderers: [], browser: [] };
  for (const pid of (await readdir("/proc")).filter(name => /^\d+$/.test(name))) {
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
      if (command.includes("--type=renderer") && (await ours(pid, folder)))
        found.renderers.push(Number(pid));
      if (command.includes(folder) && !command.includes("--type=")) found.browser.push(Number(pid));
    } catch {
      // Ended meanwhile.
    }
  }
  return found;
}

/** Whether one of a process' ancestors was started with this folder. */
async function ours(pid, folder) {
  for (let at = pid; Number(at) > 1;) {
    if ((await readFile(`/proc/${at}/cmdline`, "utf8")).includes(folder)) return true;
    at = /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${at}/status`, "utf8"))[1];
  }
  return false;
}
