// The page on a bare host that sends no header, inside somebody else's page.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

import { PAGE } from "../support/endpoint.js";
import { App } from "../support/app.js";
import { status } from "../support/guard.js";
import { Profile } from "../support/profile.js";
import { embedded } from "../support/setting.js";
import { story } from "../support/story.js";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/** A host of files and nothing else; below /frame.html a page that shows Frond inside itself. */
async function bare(frond) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://host").pathname;
    asked.push(path);
    if (path === "/frame.html") {
      response.writeHead(200, { "content-type": "text/html" });
      return response.end(
        `<!doctype html><title>Prizes</title><iframe src="${frond ?? ""}/#/fernet" width=600 height=400></iframe>`,
      );
    }
    const name = path === "/" ? "index.html" : path.slice(1);
    const bytes = await readFile(join(PAGE, name)).catch(() => null);
    response.writeHead(bytes ? 200 : 404, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    });
    response.end(bytes);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.closeAllConnections();
    await new Promise(closed => server.close(closed));
  };
  return {
    origin: `http://localhost:${server.address().port}`,
    asked,
    stop,
    log: () => asked.join("\n"),
  };
}

async function setting(world) {
  await embedded(world);
  world.host = await bare();
  world.stranger = await bare(world.host.origin);
  world.processes.push(world.host, world.stranger);
}

story(
  "17e: inside another page nothing is started",
  async world => {
    const { host, stranger } = world;
    for (const { origin } of [stranger, host]) {
      const profile = await Profile.open([host.origin, stranger.origin]);
      world.profiles.push(profile);
      profile.guard.expect(status(404, /favicon/));
      const { page } = await profile.tab();
      host.asked.length = 0;
      await page.goto(`${origin}/frame.html`);
      const inside = page.frameLocator("iframe");
      await inside.getByText("does not open inside another page").waitFor();
      assert.equal(await inside.getByRole("textbox").count(), 0, "nothing asks for anything");
      assert.equal(await inside.getByRole("form").count(), 0);
      const frame = page
        .frames()
        .find(frame => frame.url().startsWith(host.origin) && !frame.url().includes("frame.html"));
      assert.equal(
        await frame.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length),
        0,
      );
      assert.ok(!host.asked.includes("/config.json"));

      const [tab] = await Promise.all([
        page.waitForEvent("popup"),
        inside.getByRole("link", { name: "Open Frond in its own tab" }).click(),
      ]);
      await new App(tab).heading("Fernet tool").waitFor();
      assert.equal(tab.url(), `${host.origin}/#/fernet`);
      assert.equal(await tab.evaluate(() => window.opener), null);
    }
  },
  { setting },
);
