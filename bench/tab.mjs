// What a tab costs: for how long its page's thread is busy at a time, and its memory.

import { execFileSync } from "node:child_process";

/**
 * In the page: notes tasks of more than 50 ms. Of a task in which the browser hands over files that
 * were chosen, which alone takes it 0.2 ms a file, only what comes after that counts.
 */
export function watch() {
  let handed = 0;
  window.tasks = [];
  addEventListener(
    "change",
    () => {
      handed = performance.now();
    },
    { capture: true },
  );
  new PerformanceObserver(list => {
    for (const { startTime, duration } of list.getEntries()) {
      const [begin, end] = [startTime, startTime + duration];
      const own = begin < handed && handed < end ? end - handed : duration;
      if (own > 50) window.tasks.push([begin, own]);
    }
  }).observe({ type: "longtask", buffered: true });
}

/** The longest task since the last look, in milliseconds; 0 if none was longer than 50. */
export const longest = page =>
  page.evaluate(() => Math.max(0, ...window.tasks.splice(0).map(([, duration]) => duration)));

/** Bytes of the tab's process that no other one shares. */
export async function memory(profile) {
  const session = await profile.context.browser().newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const tabs = processInfo.filter(({ type }) => type === "renderer");
  const sizes = tabs.map(({ id }) => {
    const rollup = execFileSync("cat", [`/proc/${id}/smaps_rollup`], { encoding: "utf8" });
    const kib = name => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)[1]);
    return (kib("Private_Clean") + kib("Private_Dirty")) * 1024;
  });
  return Math.max(...sizes);
}
