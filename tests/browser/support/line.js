// The line between a page and its store: a TCP proxy on loopback that stops when told.

import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Line {
  #sockets = new Set();
  #left = Infinity;
  #port;
  /** Bytes that came from the store. */
  carried = 0;

  /** A line to this port of 127.0.0.1, on a port of its own. */
  static async to(port) {
    const line = new this();
    line.#port = port;
    await line.start();
    return line;
  }

  /** Listens; after a stop, where it did before. */
  async start() {
    const before = this.origin ? Number(new URL(this.origin).port) : 0;
    this.server = createServer(socket =>
      this.#connect(socket, connect(this.#port, "127.0.0.1")),
    ).listen(before, "127.0.0.1");
    await once(this.server, "listening");
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
  }

  #connect(page, store) {
    for (const [socket, other] of [
      [page, store],
      [store, page],
    ]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    this.join(page, store);
  }

  /** Carries what each end of a connection says to the other. */
  join(page, store) {
    page.pipe(store);
    store.on("data", bytes => {
      this.carried += bytes.length;
      this.#left -= bytes.length;
      if (this.#left <= 0) this.#sockets.forEach(socket => socket.pause());
      if (!page.write(bytes)) {
        store.pause();
        page.once("drain", () => {
          if (this.#left > 0) store.resume();
        });
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
    const closed = once(this.server, "close");
    this.server.close();
    this.break();
    await closed;
  }

  log() {
    return "";
  }
}
