// One Worker of the pool: a program of its own, fetched when the first transfer begins. It tells the page when it listens.
import init from "./frond-worker.js";

// A failure inside a promise would end the program unheard; the page listens for errors.
addEventListener("unhandledrejection", ({ reason }) => reportError(reason));

await init();
