// axe-core on what is shown now. It works in a world of its own, so the page's policy neither stops
// nor hears it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN = `(async () => {
  ${SOURCE};
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(({ html, failureSummary }) => html + " " + failureSummary) }));
})()`;

/** Nothing serious or critical; the rest is told. */
export async function accessible(page, screen) {
  const devtools = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await devtools.send("Page.getFrameTree");
    const { executionContextId } = await devtools.send("Page.createIsolatedWorld", {
      frameId: frameTree.frame.id,
      worldName: "axe",
    });
    const { result, exceptionDetails } = await devtools.send("Runtime.evaluate", {
      expression: RUN,
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
    });
    assert.equal(
      exceptionDetails,
      undefined,
      `axe failed on ${screen}: ${JSON.stringify(exceptionDetails)}`,
    );
    const grave = result.value.filter(({ impact }) => ["serious", "critical"].includes(impact));
    assert.deepEqual(grave, [], `axe finds something on: ${screen}`);
  } finally {
    await devtools.detach();
  }
}
