// One Worker of the bench: seals `mib` MiB with a candidate and keeps the result, then opens it; or
// measures the search in contents.
import * as agelib from "age-encryption";
import sodium from "libsodium-wrappers";
import * as openpgp from "openpgp";
import init, { Bench, search_table } from "./frond/frond.js";

const MIB = 1 << 20;
const random = n => {
  const bytes = new Uint8Array(n);
  for (let at = 0; at < n; at += 65536)
    crypto.getRandomValues(bytes.subarray(at, Math.min(n, at + 65536)));
  return bytes;
};
const data = random(48 * MIB);
const pieces = mib => Array.from({ length: mib }, (_, i) => data.subarray(i * MIB, (i + 1) * MIB));

const webcrypto = async () => {
  const raw = random(32);
  const mac = await crypto.subtle.importKey(
    "raw",
    raw.slice(0, 16),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  const aes = await crypto.subtle.importKey("raw", raw.slice(16), "AES-CBC", false, [
    "encrypt",
    "decrypt",
  ]);
  return {
    async seal(mib) {
      const tokens = [];
      for (const piece of pieces(mib)) {
        const iv = random(16);
        const ciphertext = new Uint8Array(
          await crypto.subtle.encrypt({ name: "AES-CBC", iv }, aes, piece),
        );
        const token = new Uint8Array(25 + ciphertext.length + 32);
        token[0] = 0x80;
        token.set(iv, 9);
        token.set(ciphertext, 25);
        token.set(
          new Uint8Array(await crypto.subtle.sign("HMAC", mac, token.subarray(0, -32))),
          token.length - 32,
        );
        tokens.push(token);
      }
      return tokens;
    },
    async open(tokens) {
      let bytes = 0;
      for (const token of tokens) {
        const signed = token.subarray(0, -32);
        if (!(await crypto.subtle.verify("HMAC", mac, token.subarray(-32), signed)))
          throw new Error("not authentic");
        const plain = await crypto.subtle.decrypt(
          { name: "AES-CBC", iv: token.subarray(9, 25) },
          aes,
          signed.subarray(25),
        );
        bytes += plain.byteLength;
      }
      return bytes;
    },
  };
};

const secretstream = async () => {
  await sodium.ready;
  const key = random(32);
  return {
    async seal(mib) {
      const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
      return [
        header,
        ...pieces(mib).map(piece =>
          sodium.crypto_secretstream_xchacha20poly1305_push(state, piece, null, 0),
        ),
      ];
    },
    async open([header, ...boxes]) {
      const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, key);
      let bytes = 0;
      for (const box of boxes) {
        const opened = sodium.crypto_secretstream_xchacha20poly1305_pull(state, box, null);
        if (!opened) throw new Error("not authentic");
        bytes += opened.message.length;
      }
      return bytes;
    },
  };
};

// What streams: pieces of 1 MiB in, whatever comes out kept.
const stream = chunks =>
  new ReadableStream({
    pull(controller) {
      const { value, done } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
const collected = async readable => {
  const out = [];
  const reader = readable.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return out;
    out.push(value);
  }
};
const length = chunks => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

const age = async () => {
  const identity = await agelib.generateX25519Identity();
  const recipient = await agelib.identityToRecipient(identity);
  return {
    async seal(mib) {
      const encrypter = new agelib.Encrypter();
      encrypter.addRecipient(recipient);
      return collected(await encrypter.encrypt(stream(pieces(mib).values())));
    },
    async open(chunks) {
      const decrypter = new agelib.Decrypter();
      decrypter.addIdentity(identity);
      return length(await collected(await decrypter.decrypt(stream(chunks.values()))));
    },
  };
};

const pgp = async () => {
  const sessionKey = { data: random(16), algorithm: "aes128", aeadAlgorithm: "gcm" };
  const config = { aeadProtect: true, preferredCompressionAlgorithm: 0 };
  return {
    async seal(mib) {
      const message = await openpgp.createMessage({ binary: stream(pieces(mib).values()) });
      return collected(
        await openpgp.encrypt({ message, sessionKey, passwords: ["x"], format: "binary", config }),
      );
    },
    async open(chunks) {
      const message = await openpgp.readMessage({ binaryMessage: stream(chunks.values()) });
      const { data } = await openpgp.decrypt({
        message,
        sessionKeys: [sessionKey],
        format: "binary",
      });
      return data instanceof Uint8Array ? data.length : length(await collected(data));
    },
  };
};

const frond = engine => async () => {
  await init();
  const bench = await Bench.start(engine, data.slice());
  return {
    seal: mib => bench.seal(mib * MIB),
    open: sealed => bench.open(sealed),
  };
};

const makers = {
  "WebCrypto Fernet, 1 MiB": webcrypto,
  "frond WebCrypto": frond("webcrypto"),
  "frond software": frond("software"),
  "libsodium secretstream": secretstream,
  "age-encryption": age,
  "openpgp, GCM": pgp,
};
const ready = {};
let held;

onmessage = async ({ data: { phase, name, mib } }) => {
  try {
    if (phase === "search") {
      await init();
      return postMessage({ value: search_table(() => performance.now()) });
    }
    const candidate = await (ready[name] ??= makers[name]());
    if (phase === "open") {
      const bytes = await candidate.open(held);
      if (bytes !== mib * MIB) throw new Error(`${name}: ${bytes} bytes came back`);
      held = undefined;
      globalThis.gc?.();
    } else {
      held = await candidate.seal(mib);
    }
    postMessage({ value: true });
  } catch (error) {
    postMessage({ error: String(error?.message ?? error) });
  }
};
