// The strength meter, in a Worker of its own. It is asked with [password, [words]] and answers with
// a number, the decimal logarithm of the guesses that it takes.
const [url, integrity] = WASM;
const ready = wasm_bindgen({ module_or_path: fetch(url, { integrity, cache: "no-cache" }) });

addEventListener("message", async ({ data: [password, words] }) => {
  await ready;
  postMessage(wasm_bindgen.guesses_log10(password, words));
});

// A failure inside a promise would end the meter unheard; the page listens for errors.
addEventListener("unhandledrejection", ({ reason }) => reportError(reason));
