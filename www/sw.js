// The service worker: after one visit the page opens offline, large files stream to disk, and
// players seek.
//
// It is built with the page (tools/finish.mjs), which prepends the hashes of its files:
//
//   VERSION   the hash of all that follows, of the page and of this script
//   FILES     every file of this version but the page itself and this script: { path: "sha384-…" }
//   FIRST     those that the page names itself and the modules of its program; the Workers'
//             programs are cached on first use
//
// Only files that match their hash are cached, and the cache of an older version stays until this
// one is complete: bad responses from the host during an update cost the update, never the page.
// The previous version's cache stays for open pages. The endpoint's responses (config.json, v1/)
// and other origins are not intercepted, nor are files of other versions. www/index.html requires a
// hash of every script that it names, so cached files are trusted no more than fetched ones.

const PAGE = new URL("./", location.href);
// Caches of this page, which need not be the only page of its origin.
const SETS = `frond ${PAGE.pathname} `;
const SET = SETS + VERSION;
// The endpoint's responses vary by origin; everything cached is the page's own, however it is
// requested.
const KEPT = { cacheName: SET, ignoreVary: true };
// After this many milliseconds without a response for the page, the cached one is used.
const TIMEOUT_MS = 3000;

// Fetches a file of this version and verifies its hash. A refused response may come from the
// browser's HTTP cache, so the retry bypasses it.
async function verified(path) {
  const ask = async cache => {
    const answer = await fetch(new URL(path, PAGE), { cache, integrity: FILES[path] });
    if (!answer.ok) throw new TypeError(`${path}: ${answer.status}`);
    return answer;
  };
  return ask("no-cache").catch(() => ask("reload"));
}

// Whether a page is complete and of this version: it names the files of this version. A hash of the
// page would not match, because the host fills in the origins of endpoint and store.
const isHashed = path => /-[0-9a-f]{12,16}(_bg)?\.\w+$/.test(path);
const isOurs = text =>
  Object.keys(FILES)
    .filter(isHashed)
    .every(path => text.includes(path)) && /<\/html>\s*$/.test(text);

// Caches the complete set or nothing; the browser retries at the next visit.
async function install() {
  try {
    const set = await caches.open(SET);
    const page = await fetch(PAGE, { cache: "reload" });
    if (!page.ok || !isOurs(await page.clone().text()))
      throw new TypeError("a page of another version");
    await Promise.all(FIRST.map(async path => set.put(new URL(path, PAGE), await verified(path))));
    await set.put(PAGE, page);
  } catch (error) {
    await caches.delete(SET);
    throw error;
  }
  await skipWaiting();
}

// Deletes all caches but this one and the one before it; keys() returns them in creation order.
async function forgetOlder() {
  const names = await caches.keys();
  const before = names.filter(name => name.startsWith(SETS) && name !== SET).slice(0, -1);
  // "frond" is the cache of versions that did not verify files.
  await Promise.all([...before, "frond"].map(name => caches.delete(name)));
}

// The page from the network, if it is complete and of this version; else the cached one. A page of
// another version is served once that version's service worker has its complete cache; the browser
// checks for it after each visit.
async function page(event) {
  const answer = fetch(event.request);
  const kept = await caches.match(PAGE, KEPT);
  if (!kept) return answer;
  const slow = new Promise((_, reject) => setTimeout(reject, TIMEOUT_MS));
  const current = async () => {
    const page = await answer;
    // The host has no page here, or redirects, for example to a login.
    if (!page.ok) return page.status < 500 ? page : kept;
    if (!isOurs(await page.clone().text())) return kept;
    const set = await caches.open(SET);
    event.waitUntil(set.put(PAGE, page.clone()).catch(() => {}));
    return page;
  };
  return Promise.race([current(), slow]).catch(() => kept);
}

async function file(path) {
  const kept = await caches.match(new URL(path, PAGE), KEPT);
  if (kept) return kept;
  const answer = await verified(path);
  // Without room in the cache it is fetched again next time.
  await (await caches.open(SET)).put(new URL(path, PAGE), answer.clone()).catch(() => {});
  return answer;
}

// A file of the previous version, whose page may be open, or loading while this version took over.
const older = async request =>
  (await caches.match(request, { ignoreVary: true })) ?? fetch(request);

// Downloads that the page offers, until the browser requests them.
const offered = new Map();

// Content must neither run nor display in this origin, whatever it is.
const HARMLESS = {
  "Content-Security-Policy": "default-src 'none'; sandbox",
  "X-Content-Type-Options": "nosniff",
};

// A port with a closed peer: a buffer transferred to it is freed at once (src/browser/buffer.rs).
const { port1: nowhere, port2: end } = new MessageChannel();
end.close();

// A lock held while this service worker runs: browsers stop a service worker without notifying the
// other ends of its ports. A page that waits for the lock learns of it.
const life = crypto.randomUUID();
const alive = new Promise(held => {
  navigator.locks.request(life, () => {
    held();
    return new Promise(() => {});
  });
});

// A body whose bytes come through `data`: a piece for each "more", of which `ahead` are said ahead
// of the browser's reads, and null after the last. When the browser pulls a piece, it is done with
// the previous one, whose memory is freed at once rather than by garbage collection. "failed" means
// that no more pieces will come: the body fails, so it is complete or failed, never silently
// truncated. So does `fail`.
function received(data, ahead) {
  const pieces = [];
  let asked = 0;
  let last, came, fail;
  const body = new ReadableStream(
    {
      start(stream) {
        fail = () => stream.error(new Error("the transfer ended"));
        data.onmessage = ({ data: piece }) => {
          if (piece === "failed") return fail();
          pieces.push(piece);
          came?.();
        };
      },
      async pull(stream) {
        if (last) nowhere.postMessage(null, [last.buffer]);
        for (; asked < ahead; asked += 1) data.postMessage("more");
        while (!pieces.length)
          await new Promise(resolve => {
            came = resolve;
          });
        last = pieces.shift();
        asked -= 1;
        if (last) return stream.enqueue(last);
        stream.close();
        data.postMessage("done");
      },
      // A browser that has received Content-Length bytes does not pull the end.
      cancel: () => data.postMessage(pieces.some(piece => piece) ? "gone" : "done"),
    },
    { highWaterMark: 0 },
  );
  alive.then(() => data.postMessage(`while ${life}`));
  return { body, fail };
}

// Offers a file whose bytes come through `data`. The page receives the download's URL, then "taken"
// when the browser requests it. Any message on the `page` port, or its closing, ends it. Meanwhile
// the page sends empty messages to keep this service worker alive.
function offer({ name, size }, [page, data]) {
  const url = new URL(`download/${crypto.randomUUID()}`, PAGE).href;
  const { body, fail } = received(data, 4);
  page.onmessage = page.onclose = () => {
    offered.delete(url);
    fail();
  };
  offered.set(url, { name, size, body, page });
  page.postMessage(url);
}

// RFC 6266, with the name encoded as in RFC 8187.
function download(url) {
  const { name, size, body, page } = offered.get(url);
  offered.delete(url);
  page.postMessage("taken");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    c => `%${c.charCodeAt().toString(16)}`,
  );
  return new Response(body, {
    headers: {
      ...HARMLESS,
      "Content-Disposition": `attachment; filename*=UTF-8''${encoded}`,
      "Content-Length": size,
      "Content-Type": "application/octet-stream",
    },
  });
}

// A file that a page plays. The page that requests it answers (src/browser/media.rs): first with
// status and headers, then with the bytes. Nobody else has it: navigating there shows nothing.
async function media({ clientId, request }) {
  const page = request.mode === "navigate" ? null : await clients.get(clientId);
  if (!page) {
    const headers = { ...HARMLESS, "Content-Type": "text/plain" };
    return new Response("Not here.", { status: 404, headers });
  }
  const { port1: data, port2: theirs } = new MessageChannel();
  const answer = new Promise(resolve => {
    data.onmessage = ({ data: head }) => resolve(head);
  });
  page.postMessage({ url: request.url, range: request.headers.get("Range") }, [theirs]);
  const { status, headers } = await answer;
  const body = status < 300 ? received(data, 1).body : null;
  return new Response(body, {
    status,
    headers: { ...headers, ...HARMLESS, "Cache-Control": "no-store" },
  });
}

addEventListener("message", event => {
  const { data, ports } = event;
  if (data === "claim") event.waitUntil(clients.claim());
  else if (data) offer(data, ports);
});

addEventListener("install", event => event.waitUntil(install()));

addEventListener("activate", event => event.waitUntil(forgetOlder().then(() => clients.claim())));

addEventListener("fetch", event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(PAGE.href)) return;
  if (offered.has(url.href)) return event.respondWith(download(url.href));
  const path = url.pathname.slice(PAGE.pathname.length);
  if (path.startsWith("media/")) return event.respondWith(media(event));
  if (request.mode === "navigate") {
    if (path === "" || path === "index.html") event.respondWith(page(event));
  } else if (Object.hasOwn(FILES, path)) {
    event.respondWith(file(path));
  } else if (isHashed(path)) {
    event.respondWith(older(request));
  }
});
