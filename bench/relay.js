// A Worker that moves a file as Frond's do, and changes nothing: what a page with a Worker costs
// without encryption. It reads or fetches pieces of 8 MiB, up to three at a time.
const PIECE = 8 << 20;
const AT_ONCE = 3;

/** PUTs the parts of a file, and returns their ETags. */
async function upload({ file, parts }) {
  const etags = [];
  let next = 0;
  const send = async () => {
    while (next < parts.length) {
      const part = next++;
      const bytes = await file.slice(part * PIECE, (part + 1) * PIECE).arrayBuffer();
      // Chromium copies a Blob's bytes once, an ArrayBuffer's several times.
      const body = new Blob([bytes]);
      const answer = await fetch(parts[part], { method: "PUT", body });
      if (!answer.ok) throw new Error(`part ${part}: ${answer.status}`);
      etags[part] = answer.headers.get("etag");
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
  return etags;
}

/** Gives an object to the service worker (www/sw.js), piece by piece, as it asks for them. */
async function download({ get, size }, data) {
  const fetched = new Map();
  const ahead = at => {
    if (at >= size || fetched.has(at)) return;
    const Range = `bytes=${at}-${Math.min(at + PIECE, size) - 1}`;
    fetched.set(
      at,
      fetch(get, { headers: { Range } }).then(async answer => {
        if (answer.status !== 206) throw new Error(`at ${at}: ${answer.status}`);
        return new Uint8Array(await answer.arrayBuffer());
      }),
    );
  };
  let wanted = 0;
  let more;
  const done = new Promise(resolve => {
    data.onmessage = ({ data: word }) => {
      if (word === "more") wanted += 1;
      if (word === "more") more?.();
      if (word === "done") resolve();
    };
  });
  for (let at = 0; at < size; at += PIECE) {
    for (let next = 0; next < AT_ONCE; next += 1) ahead(at + next * PIECE);
    const piece = await fetched.get(at);
    fetched.delete(at);
    while (!wanted) await new Promise(resolve => (more = resolve));
    wanted -= 1;
    data.postMessage(piece, [piece.buffer]);
  }
  data.postMessage(null);
  await done;
}

onmessage = async ({ data: job, ports }) => {
  const result = job.file ? await upload(job) : await download(job, ports[0]);
  postMessage(result ?? []);
};
