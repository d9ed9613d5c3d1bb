import { eventually } from "./eventually.js";

/** The browser ends the service worker, as it does with one that it has no use for. */
export async function endServiceWorker(app) {
  const driver = await app.page.context().newCDPSession(app.page);
  const versions = [];
  driver.on("ServiceWorker.workerVersionUpdated", told => versions.push(...told.versions));
  await driver.send("ServiceWorker.enable");
  await eventually("it runs, or has ended", () => versions.length > 0);
  await driver.send("ServiceWorker.stopAllWorkers");
  await eventually("it has ended", () =>
    versions.some(({ runningStatus }) => runningStatus === "stopped"),
  );
  await driver.detach();
}
