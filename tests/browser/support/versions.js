// Versions of the built page: the next one has the same files with a word more, under other names
// and hashes.

import { createHash } from "node:crypto";
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";

const hash = (bytes, name, form) => createHash(name).update(bytes).digest(form);
const integrity = bytes => `sha384-${hash(bytes, "sha384", "base64")}`;

/**
 * What can be written at the end of a file of this kind without a meaning; of wasm a custom section
 * of two bytes.
 */
const MORE = {
  ".js": word => `\n//${word}`,
  ".css": word => `\n/*${word}*/`,
  ".svg": word => `<!--${word}-->`,
  ".webmanifest": () => " ",
  ".wasm": word => Buffer.from([0, 2, 1, word.charCodeAt(0)]),
};

/** Writes the version after the one in `from` into `to`. */
export async function successor(from, to, word = "2") {
  await cp(from, to, { recursive: true });
  const [index, worker] = ["index.html", "sw.js"].map(name => join(to, name));
  let [page, sw] = await Promise.all([index, worker].map(path => readFile(path, "utf8")));
  for (const name of await readdir(to)) {
    const more = MORE[extname(name)];
    if (!more || name === "sw.js") continue;
    const old = await readFile(join(to, name));
    const bytes = Buffer.concat([old, Buffer.from(more(word))]);
    const renamed = name.replace(
      /[0-9a-f]{12,16}(?=(_bg)?\.\w+$)/,
      hash(bytes, "sha256", "hex").slice(0, 16),
    );
    await rm(join(to, name));
    await writeFile(join(to, renamed), bytes);
    for (const [a, b] of [
      [name, renamed],
      [integrity(old), integrity(bytes)],
    ]) {
      [page, sw] = [page, sw].map(text => text.replaceAll(a, b));
    }
  }
  await writeFile(index, page);
  await writeFile(
    worker,
    sw.replace(/(?<=["'`])[0-9a-f]{16}(?=["'`])/, hash(page, "sha256", "hex").slice(0, 16)),
  );
}

/** Puts a version into the folder that a host serves, in the place of the one there. */
export async function put(version, folder) {
  await rm(folder, { recursive: true, force: true });
  await cp(version, folder, { recursive: true });
}
