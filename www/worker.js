// One Worker of the pool, around `frond-worker`. It tells the page when it listens.

// A failure inside a promise would end the program unheard; the page listens for errors.
addEventListener("unhandledrejection", ({ reason }) => reportError(reason));

const [url, integrity] = WASM;
wasm_bindgen({ module_or_path: fetch(url, { integrity, cache: "no-cache" }) });
