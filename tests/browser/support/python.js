// Python: pyca/cryptography, and the reader of docs/frond_reader.py.

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { projectFile } from "./paths.js";

const PYTHON = process.env.FROND_PYTHON ?? "python3";
const run = promisify(execFile);

/** Opens stored objects with the password, and gives what each says of itself and holds. */
export async function readObject(folder, stored, id, { record, username, deployment, password }) {
  const object = join(folder, id);
  const output = join(folder, `${id}.opened`);
  await Promise.all([writeFile(object, stored), writeFile(join(folder, "record.json"), record)]);
  const { stdout } = await run(
    PYTHON,
    [projectFile("docs/frond_reader.py"), "--record", join(folder, "record.json"), "--user", username, "--deployment", deployment, object, output],
    { env: { ...process.env, FROND_PASSWORD: password } },
  );
  return { meta: JSON.parse(stdout), bytes: await readFile(output) };
}

const FERNET = `
import json, sys
from cryptography.fernet import Fernet, InvalidToken
key, act, text, time = json.load(sys.stdin)
fernet = Fernet(key)
done = fernet.decrypt(text) if act == "decrypt" else fernet.encrypt_at_time(text.encode(), time) if time else fernet.encrypt(text.encode())
json.dump(done.decode(), sys.stdout)
`;

async function fernet(...question) {
  const asked = run(PYTHON, ["-c", FERNET]);
  asked.child.stdin.end(JSON.stringify(question));
  return JSON.parse((await asked).stdout);
}

/** pyca's Fernet. */
export const pyca = {
  encrypt: (key, message, time = null) => fernet(key, "encrypt", message, time),
  decrypt: (key, token) => fernet(key, "decrypt", token, null),
};
