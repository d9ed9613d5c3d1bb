// Where a story takes place: which processes run, and which can fail alone.
//
// The store is the embedded one, or the one that FROND_TEST_STORE_ENDPOINT and its companions name
// (tools/stores), in a part of its bucket that is the story's own. Pages are then at
// FROND_TEST_STORE_PAGE, which the bucket's CORS rules name.

import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Endpoint, freePorts } from "./endpoint.js";
import { Line } from "./line.js";
import { Proxy } from "./proxy.js";

/** What the environment says of a store: its address, region, bucket, … */
const named = Object.fromEntries(
  ["endpoint", "region", "bucket", "access_key", "secret_key", "page", "conditional"].map(name => [
    name,
    process.env[`FROND_TEST_STORE_${name.toUpperCase()}`],
  ]),
);

/**
 * The embedded default: page, endpoint and store in one process. `world.env` is what its
 * environment says besides.
 */
export async function embedded(world) {
  if (named.endpoint) return outside(world, named.endpoint);
  const [listen, store] = await freePorts(2);
  world.origin = `http://localhost:${listen}`;
  world.endpoint = new Endpoint(world.origin, {
    FROND_LISTEN: `127.0.0.1:${listen}`,
    FROND_STORE_LISTEN: `127.0.0.1:${store}`,
    FROND_DATA: world.data,
    ...world.env,
  });
  world.processes = [world.endpoint];
  await world.endpoint.start();
}

/**
 * Endpoint and store in two processes, each of which can be killed alone. A store that is named is
 * cut off instead.
 */
export async function apart(world) {
  if (!named.endpoint) {
    const store = await storeOfItsOwn(world);
    return serve(world, store);
  }
  world.store = await before(world, Line);
  await outside(world, world.line.origin);
}

/** As `apart`, with a line between page and store that can be stopped. */
export const lined = world => through(world, Line);

/** As `apart`, with a proxy between page and store that misbehaves as `world.line` is told. */
export const behind = world => through(world, Proxy);

/** As `behind`, with another such proxy between page and endpoint, `world.front`. */
export const surrounded = world => behind(Object.assign(world, { front: true }));

/** As `apart`, with such a line between page and store as `Kind.to` makes: `world.line`. */
export async function through(world, Kind) {
  if (named.endpoint) {
    await before(world, Kind);
    return outside(world, world.line.origin);
  }
  const store = await storeOfItsOwn(world);
  world.line = await Kind.to(Number(new URL(store.endpoint).port));
  world.processes.push(world.line);
  await serve(world, { ...store, endpoint: world.line.origin });
}

/** A line or a proxy before the store that is named. */
async function before(world, Kind) {
  world.line = await Kind.to(Number(new URL(named.endpoint).port));
  world.processes = [world.line];
  return world.line;
}

/** The endpoint on the store that is named, reached at this address. */
async function outside(world, endpoint) {
  const { region, bucket, access_key, secret_key, conditional } = named;
  const prefix = `story-${randomBytes(8).toString("hex")}/`;
  await mkdir(world.data);
  const known = { access_key, secret_key, bucket, region, endpoint: named.endpoint, prefix };
  await writeFile(join(world.data, "store-credentials.json"), JSON.stringify(known));
  await writeFile(join(world.data, "deployment"), "stories.test");
  world.origin = named.page;
  world.elsewhere = true;
  await serve(world, { endpoint, region, bucket, prefix, conditional: conditional ?? "true" });
}

/**
 * An embedded store in a process of its own: that of an embedded default whose own page waits,
 * unused, at 127.0.0.2, and which therefore lets pages of http://localhost:<the same port> call it.
 */
async function storeOfItsOwn(world) {
  const [listen, store] = await freePorts(2);
  world.origin = `http://localhost:${listen}`;
  world.store = new Endpoint(`http://127.0.0.2:${listen}`, {
    FROND_LISTEN: `127.0.0.2:${listen}`,
    FROND_STORE_LISTEN: `127.0.0.1:${store}`,
    FROND_DATA: world.data,
  });
  world.processes = [world.store];
  await world.store.start();
  return {
    endpoint: `http://127.0.0.1:${store}`,
    region: "us-east-1",
    bucket: "frond",
    prefix: "",
    conditional: "true",
  };
}

/** The endpoint, configured for a store; `world.limits` are its limits. */
async function serve(world, { endpoint, region, bucket, prefix, conditional }) {
  const deployment = (await readFile(join(world.data, "deployment"), "utf8")).trim();
  const file = join(world.folder, "frond.toml");
  let { port } = new URL(world.origin);
  if (world.front) {
    const [inner] = await freePorts(1);
    world.front = await Proxy.to(inner, Number(port));
    world.processes = [world.front, ...(world.processes ?? [])];
    port = inner;
  }
  await writeFile(
    file,
    `
deployment = "${deployment}"
public_origins = ["${world.origin}"]
listen = "127.0.0.1:${port}"

[store]
endpoint = "${endpoint}"
region = "${region}"
bucket = "${bucket}"
prefix = "${prefix}"
path_style = true
conditional = ${conditional}
credentials_file = "${join(world.data, "store-credentials.json")}"

[accounts]
registration = "open"

[limits]
${world.limits ?? ""}
`,
  );
  world.endpoint = new Endpoint(world.origin, { ...world.env }, ["--config", file]);
  world.processes = [world.endpoint, ...(world.processes ?? [])];
  await world.endpoint.start();
}
