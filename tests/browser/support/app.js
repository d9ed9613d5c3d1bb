// The page as a person finds it: by roles and names, nothing else.

import { eventually } from "./eventually.js";
import { saved } from "./profile.js";

export class App {
  constructor(page) {
    this.page = page;
  }

  button(name, within = this.page) {
    return within.getByRole("button", { name, exact: true });
  }

  field(name, within = this.page) {
    return within.getByLabel(name, { exact: true });
  }

  form(name) {
    return this.page.getByRole("form", { name, exact: true });
  }

  heading(name) {
    return this.page.getByRole("heading", { name, exact: true });
  }

  alert() {
    return this.page.getByRole("alert");
  }

  async open(origin, fragment = "") {
    await this.page.goto(`${origin}/${fragment}`);
  }

  async createAccount(username, password) {
    await this.page
      .getByRole("button", { name: "Create account", exact: true })
      .or(this.page.getByRole("link", { name: "Create account", exact: true }))
      .click();
    const form = this.form("Create account");
    await this.field("Username", form).fill(username);
    await this.field("Password", form).fill(password);
    await this.field("Repeat password", form).fill(password);
    await this.button("Create account", form).click();
    await this.opened();
  }

  /** Fills the form in and sends it; what comes of it is for the story to see. */
  async trySignIn(username, password) {
    const form = this.form("Sign in");
    if (username !== undefined) await this.field("Username", form).fill(username);
    await this.field("Password", form).fill(password);
    await this.button("Sign in", form).click();
  }

  async signIn(username, password) {
    await this.trySignIn(username, password);
    await this.opened();
  }

  /** The vault is open and its list was read. */
  async opened() {
    await this.heading("Files").waitFor();
    await eventually(
      "the list was read",
      async () => !/Reading/.test(await this.page.getByRole("main").innerText()),
    );
  }

  /** Nothing is on its way, and nothing is on this device alone. */
  async settled() {
    await eventually("all is in the bucket", async () => {
      const moving = await this.transfers().getByRole("progressbar").count();
      return (
        moving === 0 && !/only on this device/.test(await this.page.getByRole("main").innerText())
      );
    });
  }

  async lock() {
    await this.settled();
    await this.button("Lock").click();
    await this.form("Sign in").waitFor();
  }

  /** Adds files, and waits until the list has them, and the bucket as well. */
  async add(files) {
    const before = await this.names();
    await this.field("Add files").setInputFiles(files.map(({ path }) => path));
    await this.has([...before, ...files.map(({ name }) => name)]);
    await this.settled();
  }

  /** Drops files and folders of the disk on the window, as the file manager does. */
  async drop(paths) {
    const driver = await this.page.context().newCDPSession(this.page);
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await driver.send("Input.dispatchDragEvent", { type, x: 400, y: 400, data });
    }
    await driver.detach();
  }

  /** Names of the files in the list, in its order. */
  async names() {
    // A folder's name is a link.
    const buttons = this.page
      .getByRole("table", { name: "Files" })
      .getByRole("row")
      .filter({ hasNot: this.page.getByRole("link") })
      .getByRole("button", { name: /^Download / });
    return buttons.evaluateAll(all =>
      all.map(one => one.getAttribute("aria-label").slice("Download ".length)),
    );
  }

  /** Waits until the list holds exactly these, in any order. */
  async has(names) {
    await eventually(
      "the list holds these files",
      async () => (await this.names()).sort(),
      [...names].sort(),
    );
  }

  row(name) {
    return this.page.getByRole("row").filter({ has: this.button(`Download ${name}`) });
  }

  /** The row or the tile of a file. */
  entry(name) {
    return this.page.locator("[data-id]").filter({ has: this.button(`Preview ${name}`) });
  }

  /** Downloads a file to the end. */
  async download(name) {
    const [download] = await Promise.all([
      this.page.waitForEvent("download"),
      this.button(`Download ${name}`).click(),
    ]);
    return saved(download);
  }

  async delete(name) {
    await this.button(`Delete ${name}`).click();
    await this.button(`Download ${name}`).waitFor({ state: "detached" });
  }

  async openTrash() {
    await this.page.getByRole("link", { name: "Trash", exact: true }).click();
    await this.heading("Trash").waitFor();
  }

  async openFiles() {
    await this.page
      .getByRole("navigation", { name: "Vault" })
      .getByRole("link", { name: "Files", exact: true })
      .click();
    await this.heading("Files").waitFor();
  }

  async openSettings() {
    await this.button("Settings").click();
    await this.heading("Settings").waitFor();
  }

  /** Nothing reads added files by itself from now on: no thumbnails are made, and no index. */
  async readNothingByItself() {
    await this.openSettings();
    await this.page.getByLabel("Make and show thumbnails in this browser").uncheck();
    await this.page.getByRole("switch", { name: /^Search in file contents/ }).uncheck();
    await this.openFiles();
  }

  /** The region of transfers, and one transfer in it. */
  transfers() {
    return this.page.getByRole("region", { name: "Transfers" });
  }

  transfer(name) {
    return this.transfers()
      .getByRole("listitem")
      .filter({ has: this.page.getByRole("progressbar", { name, exact: true }) });
  }
}
