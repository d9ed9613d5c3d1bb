// The service worker: after one visit the page opens without a network, and large files stream to the disk.
//
// It keeps one set of files, those of the page as it was last fetched. The page comes from the network when that
// answers, and from the cache when not; what it names by hash comes from the cache first. What the endpoint says
// (config.json, v1/) and what another origin holds pass by untouched. www/index.html demands a hash of every script
// that it names, so nothing that is cached is trusted more than what is fetched.

const CACHE = "frond";
// The endpoint answers per origin; all that is kept is the page's own, whichever way it is asked for.
const KEPT = { cacheName: CACHE, ignoreVary: true };
const PAGE = new URL("./", location.href);
// A network that takes longer to bring the page counts as none, in milliseconds.
const PATIENCE = 3000;

// A file that never changes, for its name holds its hash.
const hashed = (url) => /-[0-9a-f]{12,16}(_bg)?\.\w+$/.test(url);

// Keeps a page, after all that it names: so the cache never holds a page without its files. What its Workers run is
// named as well, and is kept from when somebody first needs it.
async function keep(page) {
  const text = await page.clone().text();
  const named = [...text.matchAll(/(?:href|src)="([^"#:]+)"/g)].map(([, path]) => path);
  const cache = await caches.open(CACHE);
  const known = new Set((await cache.keys()).map((request) => request.url));
  const later = [...known].filter((url) => hashed(url) && text.includes(url.slice(PAGE.href.length)));
  const wanted = new Set([...named.map((path) => new URL(path, PAGE).href), ...later]);
  await cache.addAll([...wanted].filter((url) => !(hashed(url) && known.has(url))).map(fresh));
  await cache.put(PAGE, page);
  await Promise.all([...known].filter((url) => url !== PAGE.href && !wanted.has(url)).map((url) => cache.delete(url)));
}

const fresh = (url) => new Request(url, { cache: "no-cache" });

async function page(event) {
  const answer = fetch(event.request);
  const slow = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  try {
    const page = await Promise.race([answer, slow]);
    if (page.ok) event.waitUntil(keep(page.clone()).catch(() => {}));
    return page;
  } catch {
    return (await caches.match(PAGE, KEPT)) ?? answer;
  }
}

async function file(request) {
  const kept = await caches.match(request, KEPT);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && hashed(request.url)) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

// Files that the page offers, until the browser comes for them.
const offered = new Map();

// Pieces of a file that are asked for before the browser waits for them: what is on its way meanwhile.
const AHEAD = 4;
// A port whose other end is closed: what is sent there is freed at once (src/browser/buffer.rs).
const { port1: nowhere, port2: end } = new MessageChannel();
end.close();

// A lock that is held for as long as this runs: browsers end a service worker, and tell nobody at the other end of its
// ports. Who waits for the lock learns it.
const life = crypto.randomUUID();
const alive = new Promise((held) => {
  navigator.locks.request(life, () => {
    held();
    return new Promise(() => {});
  });
});

// A file whose bytes come through `data`: a piece for each "more", and null after the last. When the browser waits for a
// piece, it has done with the one before, whose memory is given back now and not when it is collected. The page hears where the
// file is, then that the browser came for it; whatever the page says, or its end, is that no more will come. Nothing is
// cut short unseen: a download is whole or failed. While it lasts the page sends messages that say nothing, to keep this alive.
function offer({ name, size }, [page, data]) {
  const url = new URL(`download/${crypto.randomUUID()}`, PAGE).href;
  const pieces = [];
  let asked = 0;
  let last, came;
  const body = new ReadableStream({
    start(stream) {
      data.onmessage = ({ data: piece }) => {
        pieces.push(piece);
        came?.();
      };
      page.onmessage = page.onclose = () => {
        offered.delete(url);
        stream.error(new Error("the transfer ended"));
      };
    },
    async pull(stream) {
      if (last) nowhere.postMessage(null, [last.buffer]);
      for (; asked < AHEAD; asked += 1) data.postMessage("more");
      while (!pieces.length) await new Promise((resolve) => { came = resolve; });
      last = pieces.shift();
      asked -= 1;
      if (last) return stream.enqueue(last);
      stream.close();
      data.postMessage("done");
    },
    // A browser that has as many bytes as it was told to expect does not ask for the end.
    cancel: () => data.postMessage(pieces.some((piece) => piece) ? "gone" : "done"),
  }, { highWaterMark: 0 });
  offered.set(url, { name, size, body, page });
  alive.then(() => data.postMessage(`while ${life}`));
  page.postMessage(url);
}

// RFC 6266, the name as RFC 8187 writes it. Nothing of it may run or be shown in this origin.
function download(url) {
  const { name, size, body, page } = offered.get(url);
  offered.delete(url);
  page.postMessage("taken");
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt().toString(16)}`);
  return new Response(body, { headers: {
    "Content-Disposition": `attachment; filename*=UTF-8''${encoded}`,
    "Content-Length": size,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
  } });
}

addEventListener("message", ({ data, ports }) => {
  if (data) offer(data, ports);
});

addEventListener("install", (event) => {
  event.waitUntil(fetch(fresh(PAGE)).then(keep).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(PAGE.href)) return;
  if (offered.has(url.href)) return event.respondWith(download(url.href));
  const path = url.pathname.slice(PAGE.pathname.length);
  if (path === "config.json" || path === "healthz" || path.startsWith("v1/")) return;
  if (request.mode !== "navigate") event.respondWith(file(request));
  else if (path === "" || path === "index.html") event.respondWith(page(event));
});
