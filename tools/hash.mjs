// Names and hashes of the page's files, and how scripts and styles are made small.
import { createHash } from "node:crypto";

const hash = (bytes, name, form) => createHash(name).update(bytes).digest(form);

// The hash in a file's name: 16 hex digits.
export const short = bytes => hash(bytes, "sha256", "hex").slice(0, 16);

// The hash that the browser checks (https://www.w3.org/TR/SRI/).
export const integrity = bytes => `sha384-${hash(bytes, "sha384", "base64")}`;

export const MINIFY = { minify: true, target: "esnext", legalComments: "none" };
