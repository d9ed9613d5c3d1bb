// Shows the page and starts the program. Trunk's preload tags hold its names and hashes; browsers
// ignore `integrity` on the preload of a wasm file, so this script fetches it with its hash.
//
// Until the program is loaded, which takes seconds over a slow line, the entry form of
// www/index.html can be filled in; a click on a button waits for the program.
//
// The program is in modules, fetched when they are first needed (tools/split.mjs). Workers run
// programs of their own, fetched on demand. Browsers cannot check a Worker's script
// against a hash, so this script fetches it with the hash that the page holds (inserted by
// tools/finish.mjs), and the Worker runs those exact bytes, as a blob. So only programs of the
// version that the page was loaded with ever run, whatever its host serves later; after an update a
// tab left open finds no program, and says so.
const at = path => new URL(path, document.baseURI).href;
const SERVICE_WORKER = at("sw.js");

// Trusted Types (https://w3c.github.io/trusted-types/): the only policy; it allows the scripts of
// this page.
const scripts = new Set([SERVICE_WORKER]);
const policy = globalThis.trustedTypes?.createPolicy("frond", {
  createScriptURL(url) {
    if (scripts.has(url)) return url;
    throw new TypeError("not a script of this page");
  },
});
const trusted = url => policy?.createScriptURL(url) ?? url;

// The secret of a link leaves the address, and with it the history, before anything is requested.
// The program fetches it from here, once.
let link;
function hideLink() {
  if (!location.hash.startsWith("#/s/")) return;
  link = location.hash.slice("#/s/".length);
  history.replaceState(history.state, "", "#/shared");
}

// The names and hashes of a program's files.
const files = name => document.querySelector(`meta[name=${name}]`).content.split(" ");

// Revalidated: a response that was refused earlier may be in the browser's HTTP cache.
const checked = (path, integrity) => fetch(at(path), { integrity, cache: "no-cache" });

// The blob URL of a program's script.
async function program(name) {
  const [script, hash, wasm, wasmHash] = files(name);
  const answer = await checked(script, hash);
  const wanted = `const WASM = ${JSON.stringify([at(wasm), wasmHash])};\n`;
  const url = URL.createObjectURL(
    new Blob([wanted, await answer.blob()], { type: "text/javascript" }),
  );
  scripts.add(url);
  return url;
}

// Loaded programs are kept; a failed load is retried next time.
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
  // Fetches a module of the program.
  module: name => checked(...files(`frond-page-${name}`)),
  // The program has taken over the page: repeats the click that waited for it.
  ready() {
    early.abort();
    pressed?.removeAttribute("aria-busy");
    pressed?.click();
  },
  takeLink() {
    const taken = link;
    link = undefined;
    return taken;
  },
  // Registers the service worker, if the browser supports it: not over plain http from another
  // machine.
  register: () => navigator.serviceWorker?.register(trusted(SERVICE_WORKER)),
};

// A bad response may be in the browser's HTTP cache, and a file with its hash in its name is never
// revalidated: fetch it past the cache, which replaces the cached response.
const anew = ({ href, integrity }) => fetch(href, { integrity, cache: "reload" });

async function start() {
  for (const style of document.querySelectorAll("link[rel=stylesheet]")) {
    if (!style.sheet) anew(style).then(() => style.replaceWith(style.cloneNode()));
  }
  const page = document.querySelector("link[rel=modulepreload]");
  const wasm = document.querySelector("link[rel=preload][as=fetch]");
  const { default: init } = await import(page.href).catch(async error => {
    await anew(page);
    // A failed module import fails for as long as the page is open, so reload once; a second
    // failure has another cause.
    if (!history.state?.anew) {
      history.replaceState({ anew: true }, "", link === undefined ? location.href : `#/s/${link}`);
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
// Aborted once the program takes over: then clicks are no longer recorded.
const early = new AbortController();

// Whether the vault may open without the form: it was open on the last visit and was in use since
// then within the idle limit (src/session/tabs.rs and idle.rs write the notes).
function mayOpen() {
  try {
    const note = name => localStorage.getItem(`frond/${name}`);
    const away = Date.now() - note("active");
    return note("open") !== null && away < note("idle-minutes") * 60_000;
  } catch {
    return false; // The person forbids it.
  }
}

// Shows the entry form at once, unless the vault may open without it or the address names a page
// that needs no login.
function show() {
  if (mayOpen() || /^#\/(fernet|server|shared)$/.test(location.hash)) {
    status = element("opening-status");
    element("opening").hidden = false;
    return;
  }
  element("entry").hidden = false;
  element("username").focus();
  // Forms are never submitted; Enter clicks the button.
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

// A page that frames this one can cover it with its own elements. Hosts that send no header against
// framing (docs/DEPLOY.md) allow that, so in a frame nothing is started and no password is
// requested.
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
  hideLink();
  addEventListener("hashchange", hideLink);
  show();
  await start().catch(fail);
} else {
  refuseFrame();
}
