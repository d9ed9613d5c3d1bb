// CPU time, in seconds, of the browser's processes and the server's, by what they do.
import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;

/** CPU time of a process since it started, in seconds. */
function spent(pid) {
  // The name, in parentheses, may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** CPU time so far: `browser`, `network`, `renderer` (pages and Workers), `other` and `server`. */
export async function cpu(profile, servers) {
  const session = await profile.context.browser().newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const total = { browser: 0, network: 0, renderer: 0, other: 0, server: 0 };
  for (const { type, id } of processInfo) {
    const command = readFileSync(`/proc/${id}/cmdline`, "utf8");
    const network = command.includes("--utility-sub-type=network");
    const kind = network ? "network" : type in total ? type : "other";
    total[kind] += spent(id);
  }
  for (const { pid } of servers) total.server += spent(pid);
  return total;
}
