// Memory of a browser's renderers, as the kernel counts it.

import { readdir, readFile } from "node:fs/promises";

/** MiB that all renderers of the browser with this profile folder hold now (resident, shared pages counted once each). */
export async function renderers(folder) {
  let total = 0;
  for (const pid of (await readdir("/proc")).filter(name => /^\d+$/.test(name))) {
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
      if (!command.includes("--type=renderer") || !(await ours(pid, folder))) continue;
      const rollup = await readFile(`/proc/${pid}/status`, "utf8");
      total += Number(/^VmRSS:\s+(\d+) kB/m.exec(rollup)[1]) / 1024;
    } catch {
      // Ended meanwhile.
    }
  }
  return total;
}

/** Whether one of a process' ancestors was started with this folder. */
async function ours(pid, folder) {
  for (let at = pid; Number(at) > 1;) {
    if ((await readFile(`/proc/${at}/cmdline`, "utf8")).includes(folder)) return true;
    at = /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${at}/status`, "utf8"))[1];
  }
  return false;
}

/** Does something, and tells the most that the renderers held meanwhile. */
export async function most(folder, act) {
  let peak = 0;
  let ended = false;
  const watch = (async () => {
    while (!ended) {
      peak = Math.max(peak, await renderers(folder));
      await new Promise(wake => setTimeout(wake, 100));
    }
  })();
  try {
    return { result: await act(), peak: () => peak };
  } finally {
    ended = true;
    await watch;
  }
}
