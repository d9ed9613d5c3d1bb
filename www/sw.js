// The service worker: after one visit the page opens without a network, and large files stream to
// the disk.
//
// It is built with the page (tools/finish.mjs), and knows its files by their hashes:
//
//   VERSION   the hash of all that follows, of the page and of this
//   FILES     every file of this version but the page itself and this: { path: "sha384-…" }
//   FIRST     those that the page names itself; what its Workers run is kept from when somebody first needs it
//
// Nothing is kept that has not its hash, and the set of an older version stays until this one is
// whole: a host that answers badly while it is updated costs an update, never the page. The set
// before this one stays, for pages that are open. What the endpoint says (config.json, v1/) and
// what another origin holds pass by untouched, as do files of other versions. www/index.html
// demands a hash of every script that it names, so nothing that is kept is trusted more than what
// is fetched.

const PAGE = new URL("./", location.href);
// The sets of this page, which need not be the only one of its origin.
const SETS = `frond ${PAGE.pathname} `;
const SET = SETS + VERSION;
// The endpoint answers per origin; all that is kept is the page's own, whichever way it is asked
// for.
const KEPT = { cacheName: SET, ignoreVary: true };
// A network that takes longer to bring the page counts as none, in milliseconds.
const PATIENCE = 3000;

// A file of this version, as its host has it. What was refused may lie in the browser's own cache,
// which is passed by then.
async function verified(path) {
  const ask = async cache => {
    const answer = await fetch(new URL(path, PAGE), { cache, integrity: FILES[path] });
    if (!answer.ok) throw new TypeError(`${path}: ${answer.status}`);
    return answer;
  };
  return ask("no-cache").catch(() => ask("reload"));
}

// Whether a page is this version's, to its end: it names what this version consists of. The hash of
// the page itself would not do, for whoever serves it puts the origins of endpoint and store there.
const isHashed = path => /-[0-9a-f]{12,16}(_bg)?\.\w+$/.test(path);
const isOurs = text =>
  Object.keys(FILES)
    .filter(isHashed)
    .every(path => text.includes(path)) && /<\/html>\s*$/.test(text);

// The whole set, or none of it; the browser tries again at the next visit.
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

// All sets but this and the one before it, in the order in which they were made.
async function forgetOlder() {
  const names = await caches.keys();
  const before = names.filter(name => name.startsWith(SETS) && name !== SET).slice(0, -1);
  // The set of versions that did not check what they kept.
  await Promise.all([...before, "frond"].map(name => caches.delete(name)));
}

// The page as its host has it now, where that is whole and of this version. Of another version it
// is the page once that one's service worker has its whole set, which the browser looks for after
// each visit.
async function page(event) {
  const answer = fetch(event.request);
  const kept = await caches.match(PAGE, KEPT);
  if (!kept) return answer;
  const slow = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  const current = async () => {
    const page = await answer;
    // The host has no page here, or wants somebody to go elsewhere first.
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
  // Without room it is fetched again the next time.
  await (await caches.open(SET)).put(new URL(path, PAGE), answer.clone()).catch(() => {});
  return answer;
}

// A file of the version before, whose page may be open, or on its way while this one took over.
const older = async request =>
  (await caches.match(request, { ignoreVary: true })) ?? fetch(request);

// Files that the page offers, until the browser comes for them.
const offered = new Map();

// Pieces of a file that are asked for before the browser waits for them: what is on its way
// meanwhile.
const AHEAD = 4;
// A port whose other end is closed: what is sent there is freed at once (src/browser/buffer.rs).
const { port1: nowhere, port2: end } = new MessageChannel();
end.close();

// A lock that is held for as long as this runs: browsers end a service worker, and tell nobody at
// the other end of its ports. Who waits for the lock learns it.
const life = crypto.randomUUID();
const alive = new Promise(held => {
  navigator.locks.request(life, () => {
    held();
    return new Promise(() => {});
  });
});

// A file whose bytes come through `data`: a piece for each "more", and null after the last. When
// the browser waits for a piece, it has done with the one before, whose memory is given back now
// and not when it is collected. The page hears where the file is, then that the browser came for
// it; whatever the page says, or its end, is that no more will come. Nothing is cut short unseen: a
// download is whole or failed. While it lasts the page sends messages that say nothing, to keep
// this alive.
function offer({ name, size }, [page, data]) {
  const url = new URL(`download/${crypto.randomUUID()}`, PAGE).href;
  const pieces = [];
  let asked = 0;
  let last, came;
  const body = new ReadableStream(
    {
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
      // A browser that has as many bytes as it was told to expect does not ask for the end.
      cancel: () => data.postMessage(pieces.some(piece => piece) ? "gone" : "done"),
    },
    { highWaterMark: 0 },
  );
  offered.set(url, { name, size, body, page });
  alive.then(() => data.postMessage(`while ${life}`));
  page.postMessage(url);
}

// RFC 6266, the name as RFC 8187 writes it. Nothing of it may run or be shown in this origin.
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
      "Content-Disposition": `attachment; filename*=UTF-8''${encoded}`,
      "Content-Length": size,
      "Content-Security-Policy": "default-src 'none'; sandbox",
      "Content-Type": "application/octet-stream",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

addEventListener("message", ({ data, ports }) => {
  if (data) offer(data, ports);
});

addEventListener("install", event => event.waitUntil(install()));

addEventListener("activate", event => event.waitUntil(forgetOlder().then(() => clients.claim())));

addEventListener("fetch", event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(PAGE.href)) return;
  if (offered.has(url.href)) return event.respondWith(download(url.href));
  const path = url.pathname.slice(PAGE.pathname.length);
  if (request.mode === "navigate") {
    if (path === "" || path === "index.html") event.respondWith(page(event));
  } else if (Object.hasOwn(FILES, path)) {
    event.respondWith(file(path));
  } else if (isHashed(path)) {
    event.respondWith(older(request));
  }
});
