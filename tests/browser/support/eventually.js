// Waiting for states, never for times.

import { isDeepStrictEqual } from "node:util";

const LIMIT = 60_000;
const PAUSE = 50;

/**
 * Asks until the answer is true (or equals `wanted`), and says what was last seen where it never
 * is.
 */
export async function eventually(what, ask, wanted, limit = LIMIT) {
  const end = Date.now() + limit;
  for (;;) {
    const seen = await ask();
    if (wanted === undefined ? seen : isDeepStrictEqual(seen, wanted)) return seen;
    if (Date.now() > end) {
      const last = JSON.stringify(seen, null, 1);
      throw new Error(
        `it never came true that ${what}; last seen: ${last}` +
          (wanted === undefined ? "" : `, wanted: ${JSON.stringify(wanted, null, 1)}`),
      );
    }
    await new Promise(wake => setTimeout(wake, PAUSE));
  }
}
