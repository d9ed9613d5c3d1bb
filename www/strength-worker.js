// The strength meter, in a Worker of its own. It is asked with [password, [words]] and answers with a score.
import init, { score } from "./frond-strength.js";

const ready = init();

addEventListener("message", async ({ data: [password, words] }) => {
  await ready;
  postMessage(score(password, words));
});

// A failure inside a promise would end the meter unheard; the page listens for errors.
addEventListener("unhandledrejection", ({ reason }) => reportError(reason));
