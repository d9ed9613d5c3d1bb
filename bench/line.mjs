// A line as one rents it: so many bits a second each way, for all connections together, and some
// time on the way.

import { Line } from "../tests/browser/support/line.js";

/** Bytes of a connection that are on their way at most, as a kernel's buffers hold them. */
const WINDOW = 1 << 20;

/** One way of the line. */
class Way {
  #free = 0;

  constructor(bytesPerSecond, ms) {
    Object.assign(this, { bytesPerSecond, ms });
  }

  /** Milliseconds until the last of so many bytes has come: what was sent before goes first. */
  takes(bytes) {
    const now = performance.now();
    this.#free = Math.max(this.#free, now) + (bytes / this.bytesPerSecond) * 1000;
    return this.#free - now + this.ms;
  }
}

/**
 * A setting's line (tests/browser/support/setting.js) of so many bits a second, with so long a
 * round trip.
 */
export const rented = ({ bitsPerSecond, roundTripMs }) =>
  class extends Line {
    #up = new Way(bitsPerSecond / 8, roundTripMs / 2);
    #down = new Way(bitsPerSecond / 8, roundTripMs / 2);

    join(page, store) {
      carry(page, store, this.#up);
      carry(store, page, this.#down);
    }
  };

function carry(from, to, way) {
  const queue = [];
  let held = 0;
  // Timers may change places; what is in the queue does not.
  const arrive = () => {
    const bytes = queue.shift();
    held -= bytes.length;
    to.write(bytes);
    if (held < WINDOW) from.resume();
  };
  from.on("data", bytes => {
    queue.push(bytes);
    held += bytes.length;
    if (held >= WINDOW) from.pause();
    setTimeout(arrive, way.takes(bytes.length));
  });
}
