// Starts the program. Trunk's preload tags hold its names and hashes; browsers ignore `integrity` on the preload of a
// wasm file, so it is fetched here, with it.
const script = document.querySelector("link[rel=modulepreload]");
const wasm = document.querySelector("link[rel=preload][as=fetch]");
const { default: init } = await import(script.href);
await init({ module_or_path: fetch(wasm.href, { integrity: wasm.integrity }) });
