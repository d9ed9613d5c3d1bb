// Shows the page and starts the program. Trunk's preload tags hold its names and hashes; browsers
// ignore `integrity` on the preload of a wasm file, so it is fetched here, with it.
//
// Until the program has come, which takes seconds over a slow line, the entry of www/index.html can
// be filled in; what is pressed there waits for the program.
//
// What Workers run are programs of their own, fetched when they are needed. No browser checks the
// script of a Worker against a hash, so this does: it fetches the script with the hash that the
// page holds (tools/finish.mjs put it there), and the Worker runs those very bytes, as a blob. So
// all that ever runs is what the page was first loaded with, whatever its host serves later; after
// a new version is put in place a tab left open finds no program, and says so.
const at = path => new URL(path, document.baseURI).href;
const SERVICE_WORKER = at("sw.js");

// Trusted Types (https://w3c.github.io/trusted-types/): the one policy, which knows the scripts of
// this page.
const scripts = new Set([SERVICE_WORKER]);
const policy = globalThis.trustedTypes?.createPolicy("frond", {
  createScriptURL(url) {
    if (scripts.has(url)) return url;
    throw new TypeError("not a script of this page");
  },
});
const trusted = url => policy?.createScriptURL(url) ?? url;

// The URL of a program's script.
async function program(name) {
  const [script, hash, wasm, wasmHash] = document
    .querySelector(`meta[name=${name}]`)
    .content.split(" ");
  // Asked for anew: what was refused once may lie in the browser's cache.
  const answer = await fetch(at(script), { integrity: hash, cache: "no-cache" });
  const wanted = `const WASM = ${JSON.stringify([at(wasm), wasmHash])};\n`;
  const url = URL.createObjectURL(
    new Blob([wanted, await answer.blob()], { type: "text/javascript" }),
  );
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
  // The program has taken over the page: what was pressed before is pressed again.
  ready() {
    early.abort();
    pressed?.removeAttribute("aria-busy");
    pressed?.click();
  },
  // Registers the service worker, where the browser has them: not on pages over plain http from
  // another machine.
  register: () => navigator.serviceWorker?.register(trusted(SERVICE_WORKER)),
};

// A bad answer may lie in the browser's own cache, where nobody asks again for a file whose name
// holds its hash: it is fetched past it, and kept there instead.
const anew = ({ href, integrity }) => fetch(href, { integrity, cache: "reload" });

async function start() {
  for (const style of document.querySelectorAll("link[rel=stylesheet]")) {
    if (!style.sheet) anew(style).then(() => style.replaceWith(style.cloneNode()));
  }
  const page = document.querySelector("link[rel=modulepreload]");
  const wasm = document.querySelector("link[rel=preload][as=fetch]");
  const { default: init } = await import(page.href).catch(async error => {
    await anew(page);
    // A module that failed has failed for as long as this page is open; a second time it is
    // something else.
    if (!history.state?.anew) {
      history.replaceState({ anew: true }, "");
      location.reload();
    }
    throw error;
  });
  const program = fetch(wasm.href, { integrity: wasm.integrity }).catch(() => anew(wasm));
  await init({ module_or_path: program });
}

const element = id => document.getElementById(id);
let status = element("sign-in-status");
let pressed;
// Aborted, nothing is kept for the program any more.
const early = new AbortController();

// Whether the vault was open when this page was last here (src/session/lifetime.rs writes the
// note).
function wasOpen() {
  try {
    return localStorage.getItem("frond/open") !== null;
  } catch {
    return false; // The person forbids it.
  }
}

// Shows the entry at once; not where the vault may open without it, or the address names a page
// that needs none.
function show() {
  if (wasOpen() || /^#\/(fernet|server)$/.test(location.hash)) {
    status = element("opening-status");
    element("opening").hidden = false;
    return;
  }
  element("entry").hidden = false;
  element("username").focus();
  // Nothing is ever sent by a form itself; Enter presses its button.
  addEventListener("submit", event => event.preventDefault());
  element("entry").addEventListener(
    "click",
    ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      pressed?.removeAttribute("aria-busy");
      pressed = button;
      pressed.setAttribute("aria-busy", "true");
      status.textContent = "Loading…";
    },
    { signal: early.signal },
  );
}

function fail(error) {
  early.abort();
  pressed?.removeAttribute("aria-busy");
  status.textContent = "Frond could not be loaded. Check your connection, then reload the page.";
  throw error;
}

// A page that shows this one inside itself can lay its own things over it. Hosts that send no
// header against that (docs/DEPLOY.md) let it, so nothing is started there and no password is asked
// for.
function refuseFrame() {
  const sentence = document.createElement("p");
  sentence.textContent =
    "Frond does not open inside another page, because that page could hide what you click on.";
  const link = document.createElement("a");
  const address = { href: location.href, target: "_blank", rel: "noopener" };
  Object.assign(link, address, { textContent: "Open Frond in its own tab" });
  const main = document.createElement("main");
  main.className = "entry";
  main.append(sentence, link);
  document.body.replaceChildren(main);
}

if (window.top === window.self) {
  show();
  await start().catch(fail);
} else {
  refuseFrame();
}
