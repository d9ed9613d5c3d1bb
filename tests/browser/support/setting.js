// Where a story takes place: which processes run, and which can fail alone.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Endpoint, freePorts } from "./endpoint.js";
import { Line } from "./line.js";
import { Proxy } from "./proxy.js";

/** The embedded default: page, endpoint and store in one process, which takes `env` from its environment as well. */
export async function embedded(world, env = {}) {
  const [listen, store] = await freePorts(2);
  world.origin = `http://localhost:${listen}`;
  world.endpoint = new Endpoint(world.origin, {
    FROND_LISTEN: `127.0.0.1:${listen}`, FROND_STORE_LISTEN: `127.0.0.1:${store}`, FROND_DATA: world.data, ...env,
  });
  world.processes = [world.endpoint];
  await world.endpoint.start();
}

/**
 * Endpoint and store in two processes, each of which can be killed alone. The store is that of an embedded default whose
 * own page waits, unused, at 127.0.0.2, and which therefore lets pages of http://localhost:<the same port> call it.
 */
export async function apart(world) {
  const [listen, store] = await freePorts(2);
  await between(world, listen, store, `http://127.0.0.1:${store}`);
}

/** As `apart`, with a line between page and store that can be stopped. */
export async function lined(world) {
  const [listen, store] = await freePorts(2);
  world.line = await Line.to(store);
  await between(world, listen, store, world.line.origin);
  world.processes.push(world.line);
}

/** As `apart`, with a proxy between page and store that misbehaves as `world.line` is told. */
export async function behind(world) {
  const [listen, store] = await freePorts(2);
  world.line = await Proxy.to(store);
  await between(world, listen, store, world.line.origin);
  world.processes.push(world.line);
}

async function between(world, listen, store, endpoint) {
  world.origin = `http://localhost:${listen}`;
  world.store = new Endpoint(`http://127.0.0.2:${listen}`, {
    FROND_LISTEN: `127.0.0.2:${listen}`, FROND_STORE_LISTEN: `127.0.0.1:${store}`, FROND_DATA: world.data,
  });
  world.processes = [world.store];
  await world.store.start();
  const deployment = (await readFile(join(world.data, "deployment"), "utf8")).trim();
  const file = join(world.folder, "frond.toml");
  await writeFile(file, `
deployment = "${deployment}"
public_origins = ["${world.origin}"]
listen = "127.0.0.1:${listen}"

[store]
endpoint = "${endpoint}"
region = "us-east-1"
bucket = "frond"
path_style = true
credentials_file = "${join(world.data, "store-credentials.json")}"

[accounts]
registration = "open"
`);
  world.endpoint = new Endpoint(world.origin, {}, ["--config", file]);
  world.processes = [world.endpoint, world.store];
  await world.endpoint.start();
}
