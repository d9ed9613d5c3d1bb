// Memory of a browser's renderers, as the kernel counts it.

import { readFile } from "node:fs/promises";

import { processes } from "./processes.js";

/**
 * MiB that all renderers of the browser with this profile folder hold now (resident, shared pages
 * counted once each).
 */
export async function renderers(folder) {
  let total = 0;
  for (const pid of (await processes(folder)).renderers) {
    // One that ended meanwhile holds nothing.
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    total += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  }
  return total;
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
