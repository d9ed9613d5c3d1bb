// A vault of many files: another browser reads its snapshot instead of its history.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { eventually } from "../support/eventually.js";
import { projectFile } from "../support/paths.js";
import { PASSWORD, USERNAME, story } from "../support/story.js";

const LOAD = process.env.FROND_LOAD_BIN ?? projectFile("target/debug/frond-load");
/** In folders of a thousand, named by the first seven digits of their number. */
const FILES = 30_000;
/** A hundred files each. */
const EVENTS = FILES / 100;

story(
  "31: a vault with a long history opens from its snapshot, and again after a reload",
  async world => {
    const made = ["vault", world.origin, USERNAME, PASSWORD, `${FILES}`];
    await promisify(execFile)(LOAD, made);
    const app = await world.person();
    const requests = [];
    app.page.on("request", request => requests.push(new URL(request.url()).pathname));
    const asked = part => requests.splice(0).filter(path => path.includes(part)).length;
    await app.signIn(USERNAME, PASSWORD);
    const first = app.page.getByRole("link", { name: "Photos 0", exact: true });
    const table = app.page.getByRole("table", { name: "Files" });
    const opens = async () => {
      await first.waitFor();
      const rows = `${FILES / 1_000 + 1}`;
      await eventually("all folders", () => table.getAttribute("aria-rowcount"), rows);
    };
    await opens();
    assert.ok(asked("/log/") < EVENTS / 10, "few events were read");

    await app.page.reload();
    await opens();
    assert.equal(asked("/snapshots/"), 0, "the snapshot is on this device");

    await first.click();
    await app.button("Download IMG_0000000.JPG").waitFor();
    await app.page.getByRole("searchbox", { name: "Search" }).fill("img_0029999");
    await app.button("Download IMG_0029999.JPG").waitFor();
    await app.page.getByText("1 file found.", { exact: true }).waitFor();
  },
  { seconds: 300 },
);
