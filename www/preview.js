// Makes a preview, in a Worker of its own. It is asked once, with [name, encoding, bytes, whole]
// (crates/preview/src/main.rs), answers with strings, and is then ended by the page.
const [url, integrity] = WASM;
const ready = wasm_bindgen({ module_or_path: fetch(url, { integrity, cache: "no-cache" }) });

addEventListener("message", async ({ data: [name, encoding, bytes, whole] }) => {
  await ready;
  postMessage(wasm_bindgen.preview(name, encoding, bytes, whole));
});

// A failure inside a promise would end the program unheard; the page listens for errors.
addEventListener("unhandledrejection", ({ reason }) => reportError(reason));
