// The bucket as its owner sees it: a small S3 client of our own (AWS Signature Version 4, path
// style, no SDK).

import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

const sha256 = bytes => createHash("sha256").update(bytes).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const encoded = text =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export class Bucket {
  /** `file` is data/store-credentials.json. All keys are meant below `prefix`. */
  constructor(file, changed = {}) {
    Object.assign(this, { file, prefix: "" }, JSON.parse(readFileSync(file, "utf8")), changed);
  }

  /** The same bucket at another address. */
  at(endpoint) {
    return new Bucket(this.file, { endpoint });
  }

  async #send(method, key, { query = {}, body = Buffer.alloc(0) } = {}) {
    const path = key && `/${(this.prefix + key).split("/").map(encoded).join("/")}`;
    const url = new URL(`${this.endpoint.replace(/\/$/, "")}/${this.bucket}${path}`);
    const search = Object.entries(query)
      .map(([k, v]) => `${encoded(k)}=${encoded(String(v))}`)
      .sort()
      .join("&");
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    const scope = `${time.slice(0, 8)}/${this.region}/s3/aws4_request`;
    const headers = { host: url.host, "x-amz-content-sha256": sha256(body), "x-amz-date": time };
    const signed = Object.keys(headers).join(";");
    const canonical = [
      method,
      url.pathname,
      search,
      ...Object.entries(headers).map(([k, v]) => `${k}:${v}`),
      "",
      signed,
      headers["x-amz-content-sha256"],
    ];
    const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical.join("\n"))].join("\n");
    const key4 = scope.split("/").reduce(hmac, `AWS4${this.secret_key}`);
    const signature = hmac(key4, toSign).toString("hex");
    delete headers.host;
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${this.access_key}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return fetch(`${url}${search && `?${search}`}`, {
      method,
      headers,
      body: method === "PUT" ? body : undefined,
    });
  }

  async #right(method, key, rest) {
    const response = await this.#send(method, key, rest);
    if (!response.ok)
      throw new Error(`${method} ${key}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** All keys below `prefix`, with their sizes. */
  async list(prefix = "") {
    const found = [];
    let token;
    do {
      const query = {
        "list-type": 2,
        prefix: this.prefix + prefix,
        ...(token && { "continuation-token": token }),
      };
      const xml = await (await this.#right("GET", "", { query })).text();
      for (const [, one] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        found.push({
          key: /<Key>(.*?)<\/Key>/s.exec(one)[1].slice(this.prefix.length),
          size: Number(/<Size>(\d+)<\/Size>/.exec(one)[1]),
        });
      }
      token = /<NextContinuationToken>(.*?)<\/NextContinuationToken>/s.exec(xml)?.[1];
    } while (token);
    // A list of the embedded store is never behind. Garage's names what was deleted until every
    // node has heard of it.
    if (!process.env.FROND_TEST_STORE_ENDPOINT) return found;
    const there = await Promise.all(found.map(async ({ key }) => (await this.head(key)) === 200));
    return found.filter((_, n) => there[n]);
  }

  /** The sealed files. */
  async objects() {
    return (await this.list("vaults/")).filter(({ key }) => /^vaults\/[^/]+\/objects\//.test(key));
  }

  /** How many uploads in parts were begun and neither completed nor aborted. */
  async unfinished() {
    const xml = await (
      await this.#right("GET", "", { query: { uploads: "", prefix: this.prefix } })
    ).text();
    const listed = [...xml.matchAll(/<Upload>(.*?)<\/Upload>/gs)].map(([, one]) =>
      ["Key", "UploadId"].map(name => new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(one)[1]),
    );
    // Garage's list is behind for minutes after a node was away, so each upload is asked for.
    const there = await Promise.all(
      listed.map(
        async ([key, uploadId]) =>
          (await this.#send("GET", key.slice(this.prefix.length), { query: { uploadId } })).ok,
      ),
    );
    return there.filter(Boolean).length;
  }

  async get(key) {
    return Buffer.from(await (await this.#right("GET", key)).arrayBuffer());
  }

  async put(key, body) {
    await this.#right("PUT", key, { body });
  }

  async remove(key) {
    await this.#right("DELETE", key);
  }

  /** The status of a HEAD: 200, or 404 where there is nothing. */
  async head(key) {
    return (await this.#send("HEAD", key)).status;
  }
}
