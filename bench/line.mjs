// A line as one rents it: so many bits a second each way, for all connections together, and some time on the way.

import { once } from "node:events";
import { connect, createServer } from "node:net";

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

/** A setting's line (tests/browser/support/setting.js) of so many bits a second, with so long a round trip. */
export const rented = ({ bitsPerSecond, roundTripMs }) => class Rented {
  #sockets = new Set();

  /** A line to this port of 127.0.0.1, on a port of its own. */
  static async to(port) {
    const line = new Rented();
    const [up, down] = [0, 1].map(() => new Way(bitsPerSecond / 8, roundTripMs / 2));
    line.server = createServer((page) => {
      const store = connect(port, "127.0.0.1");
      line.#carry(page, store, up);
      line.#carry(store, page, down);
    }).listen(0, "127.0.0.1");
    await once(line.server, "listening");
    line.origin = `http://127.0.0.1:${line.server.address().port}`;
    return line;
  }

  #carry(from, to, way) {
    const queue = [];
    let held = 0;
    // Timers may change places; what is in the queue does not.
    const arrive = () => {
      const bytes = queue.shift();
      if (bytes === null) return to.end();
      held -= bytes.length;
      to.write(bytes);
      if (held < WINDOW) from.resume();
    };
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("data", (bytes) => {
      queue.push(bytes);
      held += bytes.length;
      if (held >= WINDOW) from.pause();
      setTimeout(arrive, way.takes(bytes.length));
    });
    from.on("end", () => {
      queue.push(null);
      setTimeout(arrive, way.takes(0));
    });
    from.on("error", () => to.destroy());
    from.on("close", () => this.#sockets.delete(from));
  }

  async stop() {
    const closed = once(this.server, "close");
    this.server.close();
    this.#sockets.forEach((socket) => socket.destroy());
    await closed;
  }

  log() {
    return "";
  }
};
