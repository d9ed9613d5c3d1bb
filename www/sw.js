// The service worker: after one visit the page opens without a network.
//
// It keeps one set of files, those of the page as it was last fetched. The page comes from the network when that
// answers, and from the cache when not; what it names by hash comes from the cache first. What the endpoint says
// (config.json, v1/) and what another origin holds pass by untouched. www/index.html demands a hash of every script
// that it names, so nothing that is cached is trusted more than what is fetched.

const CACHE = "frond";
const PAGE = new URL("./", location.href);
// What the page starts later, by name. The strength meter is not among it: without a network no account is made.
const LATER = ["worker.js"];
// A network that takes longer to bring the page counts as none, in milliseconds.
const PATIENCE = 3000;

// Keeps a page, after all that it names: so the cache never holds a page without its files.
async function keep(page) {
  const text = await page.clone().text();
  const named = [...text.matchAll(/(?:href|src)="([^"#:]+)"/g)].map(([, path]) => path);
  const wanted = new Set([...named, ...LATER].map((path) => new URL(path, PAGE).href));
  const cache = await caches.open(CACHE);
  const known = new Set((await cache.keys()).map((request) => request.url));
  const hashed = (url) => /-[0-9a-f]{12,16}(_bg)?\.\w+$/.test(url);
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
    return (await caches.match(PAGE, { cacheName: CACHE })) ?? answer;
  }
}

async function file(request) {
  return (await caches.match(request, { cacheName: CACHE })) ?? fetch(request);
}

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
  const path = url.pathname.slice(PAGE.pathname.length);
  if (path === "config.json" || path === "healthz" || path.startsWith("v1/")) return;
  if (request.mode !== "navigate") event.respondWith(file(request));
  else if (path === "" || path === "index.html") event.respondWith(page(event));
});
