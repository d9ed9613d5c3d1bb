// Draws the pages of one PDF file, in a Worker of its own. First it is sent the file's bytes and
// answers with the number of pages, or with a word why there are none; then, for each [number,
// page, width], with [number, width, pixels], and for each [number, page], with [number, texts,
// places] (crates/pdf/src/main.rs).
const [url, integrity] = WASM;
const ready = wasm_bindgen({ module_or_path: fetch(url, { integrity, cache: "no-cache" }) });
let file;

async function open(bytes) {
  await ready;
  try {
    file = wasm_bindgen.File.open(bytes);
    postMessage(file.pages());
  } catch (why) {
    if (typeof why !== "string") throw why;
    postMessage(why);
  }
}

function draw([number, page, wanted]) {
  const drawn = file.draw(page, wanted);
  const width = drawn.width();
  const pixels = drawn.pixels();
  postMessage([number, width, pixels], [pixels.buffer]);
}

function read([number, page]) {
  const written = file.read(page);
  postMessage([number, written.texts(), written.places()]);
  written.free();
}

function answer(question) {
  if (question.length > 2) draw(question);
  else read(question);
}

addEventListener("message", ({ data }) => (file ? answer(data) : open(data)));

// A failure inside a promise would end the program unheard; the page listens for errors.
addEventListener("unhandledrejection", ({ reason }) => reportError(reason));
