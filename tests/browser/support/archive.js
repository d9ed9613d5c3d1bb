// What an archive holds, as another program finds it.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const PYTHON = process.env.FROND_PYTHON ?? "python3";

const UNPACK = `
import hashlib, json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
names = archive.namelist()
json.dump([[name, hashlib.sha256(archive.read(name)).hexdigest()] for name in names], sys.stdout)
`;

/** What Python finds in an archive: the hash of each file, by its path. */
export async function unpacked(download) {
  const options = { maxBuffer: 1 << 24 };
  const path = await download.path();
  const { stdout } = await promisify(execFile)(PYTHON, ["-c", UNPACK, path], options);
  return Object.fromEntries(JSON.parse(stdout));
}
