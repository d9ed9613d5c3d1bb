// Starts the program. Trunk's preload tags hold its names and hashes; browsers ignore `integrity` on the preload of a
// wasm file, so it is fetched here, with it.
//
// What Workers run are programs of their own, fetched when they are needed. No browser checks the script of a Worker
// against a hash, so this does: it fetches the script with the hash that the page holds (tools/finish.mjs put it
// there), and the Worker runs those very bytes, as a blob. So all that ever runs is what the page was first loaded with,
// whatever its host serves later; after a new version is put in place a tab left open finds no program, and says so.
const at = (path) => new URL(path, document.baseURI).href;
const SERVICE_WORKER = at("sw.js");

// Trusted Types (https://w3c.github.io/trusted-types/): the one policy, which knows the scripts of this page.
const scripts = new Set([SERVICE_WORKER]);
const policy = globalThis.trustedTypes?.createPolicy("frond", {
  createScriptURL(url) {
    if (scripts.has(url)) return url;
    throw new TypeError("not a script of this page");
  },
});
const trusted = (url) => policy?.createScriptURL(url) ?? url;

// The URL of a program's script.
async function program(name) {
  const [script, hash, wasm, wasmHash] = document.querySelector(`meta[name=${name}]`).content.split(" ");
  // Asked for anew: what was refused once may lie in the browser's cache.
  const answer = await fetch(at(script), { integrity: hash, cache: "no-cache" });
  const wanted = `const WASM = ${JSON.stringify([at(wasm), wasmHash])};\n`;
  const url = URL.createObjectURL(new Blob([wanted, await answer.blob()], { type: "text/javascript" }));
  scripts.add(url);
  return url;
}

// What has come is kept; what has not is asked for again the next time.
const programs = new Map();
globalThis.frond = {
  // Starts a dedicated Worker.
  async start(name) {
    if (!programs.has(name)) programs.set(name, program(name));
    try {
      return new Worker(trusted(await programs.get(name)));
    } catch (error) {
      programs.delete(name);
      throw error;
    }
  },
  // Registers the service worker, where the browser has them: not on pages over plain http from another machine.
  register: () => navigator.serviceWorker?.register(trusted(SERVICE_WORKER)),
};

const page = document.querySelector("link[rel=modulepreload]");
const wasm = document.querySelector("link[rel=preload][as=fetch]");
const { default: init } = await import(page.href);
await init({ module_or_path: fetch(wasm.href, { integrity: wasm.integrity }) });
