// Reads the text of files, makes indexes of it and searches in them, in a Worker. It is sent
// [number, what, ...arguments] and answers with [number, result]; a result of undefined is a failure
// (crates/search/src/main.rs).
const [url, integrity] = WASM;
const ready = wasm_bindgen({ module_or_path: fetch(url, { integrity, cache: "no-cache" }) });
const opened = new Map();

const DO = {
  text: (name, bytes) => wasm_bindgen.text(name, bytes) ?? null,
  index: texts => wasm_bindgen.index(texts),
  line: (text, required, other) => wasm_bindgen.line(text, required, other),
  open(number, documents, bytes) {
    const index = wasm_bindgen.Opened.read(documents, bytes);
    if (index) opened.set(number, index);
    return index && true;
  },
  find(number, terms) {
    const index = opened.get(number);
    return index && terms.map(term => index.find(term));
  },
  close(number) {
    opened.get(number)?.free();
    return opened.delete(number);
  },
  merge(documents, indexes) {
    const merger = new wasm_bindgen.Merger();
    const all = indexes.every(([bytes, numbers]) => merger.add(bytes, numbers));
    return all ? merger.finish(documents) : undefined;
  },
};

addEventListener("message", async ({ data: [number, what, ...given] }) => {
  await ready;
  postMessage([number, DO[what](...given)]);
});

// A failure inside a promise would end the program unheard; the page listens for errors.
addEventListener("unhandledrejection", ({ reason }) => reportError(reason));
