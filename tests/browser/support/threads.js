// How long the threads of a browser's pages really ran, as the kernel counts it. What lasts on a
// busy machine may have waited for a core nearly all the while.

import { readFile } from "node:fs/promises";

import { processes } from "./processes.js";

/** Milliseconds between two looks. */
const STEP = 10;

/**
 * Watches the main thread of each renderer of the browser with this profile folder. What it gives
 * ends the watch, and tells the milliseconds that one of them ran, at most, between two times of
 * `Date.now()`.
 */
export async function watchThreads(folder) {
  const looks = new Map((await processes(folder)).renderers.map(pid => [pid, []]));
  let ended = false;
  const watch = (async () => {
    while (!ended) {
      for (const [pid, seen] of looks)
        seen.push({ at: Date.now(), ran: await ran(pid), until: Date.now() });
      await new Promise(wake => setTimeout(wake, STEP));
    }
  })();
  return async () => {
    ended = true;
    await watch;
    return (from, to) =>
      Math.max(
        ...[...looks.values()].map(seen => {
          const before = seen.findLast(({ until }) => until <= from) ?? seen[0];
          const after = seen.find(({ at }) => at >= to) ?? seen.at(-1);
          return after.ran - before.ran;
        }),
      );
  };
}

/**
 * Milliseconds that a process' main thread ran so far (proc_pid_schedstat(5): nanoseconds, first of
 * three).
 */
async function ran(pid) {
  // One that ended meanwhile does not run.
  const [nanoseconds] = (
    await readFile(`/proc/${pid}/task/${pid}/schedstat`, "utf8").catch(() => "0")
  ).split(" ");
  return Number(nanoseconds) / 1e6;
}
