// Where things are.

import { resolve } from "node:path";

/** A path of the project. */
export const projectFile = path => resolve(import.meta.dirname, "../../..", path);

/**
 * What the stories leave behind: pictures, and what was seen when one failed. Not kept in the
 * repository.
 */
export const OUTPUT = projectFile("tests/browser/output");
