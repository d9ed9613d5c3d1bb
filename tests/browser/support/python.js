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
    [
      projectFile("docs/frond_reader.py"),
      "--record",
      join(folder, "record.json"),
      "--user",
      username,
      "--deployment",
      deployment,
      object,
      output,
    ],
    { env: { ...process.env, FROND_PASSWORD: password } },
  );
  return { meta: JSON.parse(stdout), bytes: await readFile(output) };
}

const SECRETS = `
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from frond_reader import expand, read_vault_key
user, deployment, password, record = json.load(sys.stdin)
salt = hashlib.sha256(b"\\0".join([b"frond/1 salt", deployment.encode(), user.encode()])).digest()
root = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1_200_000)
keys = [root, expand(root, b"frond/1 login"), expand(root, b"frond/1 unlock"), read_vault_key(user, deployment, password, record)]
json.dump([key.hex() for key in keys], sys.stdout)
`;

/** Root, login seed, unlock key and vault key of an account. */
export async function secrets(record, { username, deployment, password }) {
  const asked = run(PYTHON, ["-c", SECRETS, projectFile("docs")]);
  asked.child.stdin.end(JSON.stringify([username, deployment, password, JSON.parse(record)]));
  return JSON.parse((await asked).stdout).map(hex => Buffer.from(hex, "hex"));
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
