// What a page must not do, whatever the story: break its policy, fail unseen, or talk to anybody
// else.

// A file without a thumbnail is an ordinary thing.
const ABSENT = /status of 404 .*\/thumbnails\//;
const POLICY = "content security policy violated:";

export class Guard {
  #expected = [];
  #origins;
  problems = [];

  constructor(origins) {
    this.#origins = new Set(origins);
  }

  /**
   * From now on the console, or an error that nobody caught, may say this: a failed request leaves
   * a line there that nobody can prevent.
   */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** From now on requests may go there as well. */
  admit(origin) {
    this.#origins.add(origin);
  }

  #foreseen(line) {
    return [ABSENT, ...this.#expected].some(pattern => pattern.test(line));
  }

  async watch(context) {
    await context.addInitScript(prefix => {
      addEventListener("securitypolicyviolation", violation => {
        const { effectiveDirective, blockedURI, sourceFile, lineNumber, sample } = violation;
        console.error(prefix, effectiveDirective, blockedURI, sourceFile, lineNumber, sample);
      });
    }, POLICY);
    context.on("console", message => {
      const text = message.text();
      const line = `${text} (${message.location().url})`;
      const violation =
        text.startsWith(POLICY) || /Content Security Policy|Trusted ?Type/i.test(text);
      if (violation || (message.type() === "error" && !this.#foreseen(line)))
        this.problems.push(`console: ${line}`);
    });
    context.on("weberror", error => {
      const line = `${error.error().stack ?? error.error()}`;
      if (!this.#foreseen(line)) this.problems.push(`page: ${line}`);
    });
    context.on("request", request => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && !this.#origins.has(url.origin))
        this.problems.push(`request to ${url.origin}`);
    });
  }
}

/** Lines for requests that failed, as Chromium writes them. */
export const status = (code, url) => new RegExp(`status of ${code} .*\\(.*${url.source}`);
export const unreachable =
  /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|CONNECTION_CLOSED|EMPTY_RESPONSE|INTERNET_DISCONNECTED|FAILED)/;
/** A request that ended without an answer, or with one that CORS hides. */
export const failed =
  /blocked by CORS policy|net::ERR_(CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED_ENCODING|ABORTED|NETWORK_CHANGED)/;
