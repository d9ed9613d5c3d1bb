// Looks for plaintext where only ciphertext may be.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const WINDOW = 16;

/**
 * 16 bytes as they are, and as they would look in base64 at each of the three alignments, in both
 * alphabets.
 */
function forms(bytes) {
  const found = [bytes.subarray(0, WINDOW)];
  for (let shift = 0; shift < 3; shift++) {
    const part = bytes.subarray(shift, shift + 12);
    found.push(Buffer.from(part.toString("base64")), Buffer.from(part.toString("base64url")));
  }
  return found;
}

/** Windows of the plaintext, every `stride` bytes and at its end, in all forms. */
function* windows(plaintext, stride) {
  for (let at = 0; at + WINDOW <= plaintext.length; at += stride)
    yield* forms(plaintext.subarray(at, at + WINDOW));
  if (plaintext.length >= WINDOW) yield* forms(plaintext.subarray(plaintext.length - WINDOW));
}

/**
 * A set of 16-byte strings that is asked about every offset of many megabytes: a filter first, then
 * the set.
 */
export class Needles {
  #filter = new Uint8Array(1 << 24);
  #all = new Set();

  add(plaintext, stride = plaintext.length > 1e6 ? 1024 : 64) {
    for (const needle of windows(plaintext, stride)) {
      this.#filter[needle.readUIntBE(0, 3)] = 1;
      this.#all.add(needle.toString("latin1"));
    }
    return this;
  }

  get size() {
    return this.#all.size;
  }

  /** The first offset at which `haystack` holds one of them, or -1. */
  find(haystack) {
    for (let at = 0; at + WINDOW <= haystack.length; at++) {
      const first = (haystack[at] << 16) | (haystack[at + 1] << 8) | haystack[at + 2];
      if (this.#filter[first] && this.#all.has(haystack.toString("latin1", at, at + WINDOW)))
        return at;
    }
    return -1;
  }
}

/** A name in the ways in which it could have been written down. */
export function spellings(name) {
  const json = JSON.stringify(name).slice(1, -1);
  const escaped = json.replace(
    /[^\x20-\x7e]/g,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const texts = [name, name.normalize("NFD"), json, escaped, encodeURIComponent(name)];
  const plain = texts.flatMap(text => [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")]);
  const base64 = plain.flatMap(bytes =>
    [0, 1, 2].map(shift => {
      const inner = bytes.subarray(shift, shift + 3 * Math.floor((bytes.length - shift) / 3));
      return Buffer.from(inner.toString("base64"));
    }),
  );
  return [...plain, ...base64].filter(bytes => bytes.length >= 6);
}

/** All files below a folder, read. */
export async function readAll(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name));
  return Promise.all(files.map(async path => ({ path, bytes: await readFile(path) })));
}
