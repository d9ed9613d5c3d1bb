// The line between a page and its store: a TCP proxy on loopback that stops when told.

import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Line {
  #sockets = new Set();
  #left = Infinity;

  /** A line to this port of 127.0.0.1, on a port of its own. */
  static async to(port) {
    const line = new Line();
    line.server = createServer(socket => line.#join(socket, connect(port, "127.0.0.1"))).listen(0, "127.0.0.1");
    await once(line.server, "listening");
    line.origin = `http://127.0.0.1:${line.server.address().port}`;
    return line;
  }

  #join(page, store) {
    for (const [socket, other] of [[page, store], [store, page]]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => { this.#sockets.delete(socket); other.destroy(); });
    }
    page.pipe(store);
    store.on("data", bytes => {
      this.#left -= bytes.length;
      if (this.#left <= 0) this.#sockets.forEach(socket => socket.pause());
      if (!page.write(bytes)) {
        store.pause();
        page.once("drain", () => { if (this.#left > 0) store.resume(); });
      }
    });
  }

  /** Stops after so many more bytes to the page, without a word. */
  stopAfter(bytes) {
    this.#left = bytes;
  }

  /** Goes on. */
  resume() {
    this.#left = Infinity;
    this.#sockets.forEach(socket => socket.resume());
  }

  /** Breaks all connections. */
  break() {
    this.#sockets.forEach(socket => socket.destroy());
  }

  async stop() {
    this.break();
    this.server.close();
  }

  log() {
    return "";
  }
}
