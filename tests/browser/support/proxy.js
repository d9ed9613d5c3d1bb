// A bad line: stands on loopback between the browser and one server, forwards, and misbehaves as
// the story tells it.
//
//   proxy.when("PUT", /objects\/.*partNumber=2/, reset("middle"));            the first such request
//   proxy.when("GET", /objects\//, flip(1000), { from: 2, to: 4 });           the second to the fourth
//
// What is signed covers the name of the host, so the server's configuration names the proxy as the
// store.

import { createServer, request as forward, Agent } from "node:http";
import { once } from "node:events";

/**
 * The connection ends: before the request is passed on, in the middle of its body, after its answer
 * was swallowed.
 */
export const reset = when => ({ reset: when });
/**
 * Neither bytes nor an end: of the request, which the server never hears of, or of the answer. Then
 * something is done.
 */
export const stall = (of, then = () => {}) => ({ stall: of, then });
/** An answer of the proxy's own; the server never hears of the request. */
export const refuse = (status, code = "", headers = {}) => ({
  refuse: answer(status, code, headers),
});
/** The server does it, and this is answered instead. */
export const pretend = (status, body = "", headers = {}) => ({
  pretend: { status, body, headers },
});
/** The answer ends after so many bytes of its body. */
export const cut = bytes => ({ cut: bytes });
/** The answer's body stands still after so many bytes. */
export const hang = bytes => ({ hang: bytes });
/** One bit of the answer's body, at this byte. */
export const flip = at => ({ flip: at });
/** The answer as a store sends it that has no CORS rule for this page. */
export const bare = () => ({ bare: true });
/** A range that begins so many bytes later than the one that was asked for. */
export const shift = bytes => ({ shift: bytes });
/** The answer waits, or its body comes at so many bytes a second. */
export const slow = ({ ms = 0, rate = Infinity }) => ({ ms, rate });

/** The answer waits for this promise. */
export const held = until => ({ until });

const answer = (status, code, headers) => ({
  status,
  body: code && `<Error><Code>${code}</Code></Error>`,
  headers,
});

export class Proxy {
  #rules = [];
  #target;
  #server = createServer((request, response) =>
    this.#serve(request, response).catch(() => request.socket.destroy()),
  );
  #agent = new Agent({ keepAlive: true });
  #sockets = new Set();
  /** Every request that came, `METHOD path?query`, and what was done to it. */
  seen = [];

  /** A proxy before this port of 127.0.0.1, on a port of its own, or on this one. */
  static async to(port, own = 0) {
    const proxy = new Proxy(port);
    proxy.#server.listen(own, "127.0.0.1");
    await once(proxy.#server, "listening");
    proxy.origin = `http://127.0.0.1:${proxy.#server.address().port}`;
    return proxy;
  }

  constructor(target) {
    this.#target = target;
    this.#server.requestTimeout = 0;
    this.#server.on("connection", socket => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
    });
  }

  /**
   * Does `act` to the requests of this method whose path and query match: the `from`th to the
   * `to`th of them. What is asked in JSON is matched as well, after a blank.
   */
  when(method, path, act, { from = 1, to = from } = {}) {
    const rule = { method, path, act, from, to, met: 0 };
    this.#rules.push(rule);
    return rule;
  }

  /** No more misbehaviour. */
  heal() {
    this.#rules = [];
  }

  async stop() {
    this.#sockets.forEach(socket => socket.destroy());
    this.#agent.destroy();
    await new Promise(closed => this.#server.close(closed));
  }

  /** What came, for a story that failed. */
  log() {
    return this.seen.join("\n");
  }

  /** How many requests of this kind came. */
  count(method, path) {
    return this.seen.filter(line => line.startsWith(`${method} `) && path.test(line)).length;
  }

  #act(request, asked) {
    const line = `${request.url.replace(/X-Amz-[^&]*&?/g, "")} ${asked}`;
    const acts = this.#rules
      .filter(rule => rule.method === request.method && rule.path.test(line))
      .filter(rule => ++rule.met >= rule.from && rule.met <= rule.to)
      .map(({ act }) => act);
    this.seen.push(`${request.method} ${line} ${acts.map(act => JSON.stringify(act))}`);
    return Object.assign({}, ...acts);
  }

  async #serve(request, response) {
    const body = [];
    if (/json/.test(request.headers["content-type"])) {
      for await (const piece of request) body.push(piece);
    }
    const act = this.#act(request, Buffer.concat(body).toString());
    if (act.reset === "before") return request.socket.resetAndDestroy();
    if (act.stall === "request") {
      request.pause();
      return act.then();
    }
    const half = Number(request.headers["content-length"] ?? 0) / 2;
    let length = 0;
    for await (const piece of request) {
      body.push(piece);
      length += piece.length;
      if (act.reset === "middle" && length >= half) return request.socket.resetAndDestroy();
    }
    if (act.refuse) return own(request, response, act.refuse);
    const reply = await this.#pass(request, Buffer.concat(body), act);
    if (act.reset === "after") return request.socket.resetAndDestroy();
    if (act.stall === "answer") return act.then();
    if (act.pretend) return own(request, response, act.pretend);
    await act.until;
    await new Promise(wake => setTimeout(wake, act.ms ?? 0));
    if (act.flip !== undefined && reply.body.length > 0)
      reply.body[act.flip % reply.body.length] ^= 1;
    if (act.bare)
      Object.keys(reply.headers)
        .filter(name => name.startsWith("access-control-"))
        .forEach(name => delete reply.headers[name]);
    response.writeHead(reply.status, reply.headers);
    if (act.cut !== undefined) {
      response.write(reply.body.subarray(0, act.cut), () => request.socket.destroy());
      return;
    }
    if (act.hang !== undefined) return response.write(reply.body.subarray(0, act.hang));
    const step = 64 * 1024;
    for (let at = 0; at < reply.body.length; at += step) {
      response.write(reply.body.subarray(at, at + step));
      if (act.rate && act.rate < Infinity)
        await new Promise(wake => setTimeout(wake, (1000 * step) / act.rate));
    }
    response.end();
  }

  /** What the server answers, whole. */
  async #pass(request, body, { shift }) {
    const headers = { ...request.headers };
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
    if (shift && first) headers.range = `bytes=${Number(first) + shift}-${Number(last) + shift}`;
    const options = {
      host: "127.0.0.1",
      port: this.#target,
      method: request.method,
      path: request.url,
      headers,
      agent: this.#agent,
    };
    const outward = forward(options).end(body);
    const [reply] = await once(outward, "response");
    const pieces = [];
    for await (const piece of reply) pieces.push(piece);
    return { status: reply.statusCode, headers: reply.headers, body: Buffer.concat(pieces) };
  }
}

/** An answer that the page may read, as the store's own. */
function own(request, response, { status, body, headers }) {
  const origin = {
    "access-control-allow-origin": request.headers.origin ?? "*",
    "access-control-expose-headers": "ETag, Retry-After, Date",
  };
  response.writeHead(status, { ...origin, "content-type": "application/xml", ...headers });
  response.end(body);
}
