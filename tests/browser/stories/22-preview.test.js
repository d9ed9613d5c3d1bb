// Previews: what each type shows, with mouse and keyboard, and that hostile files run and load
// nothing. The guard of every story fails it on a request to anybody else, and on any script or
// element that the page's policy refuses.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { image, lay } from "../support/files.js";
import { failed } from "../support/guard.js";
import { close, content, preview } from "../support/preview.js";
import { flip } from "../support/proxy.js";
import { shoot } from "../support/screens.js";
import { behind } from "../support/setting.js";
import { story } from "../support/story.js";

const LETTER = `# Dear Aunt Edda

Thank you for the **cuttings**. The *royal fern* has settled in, and the
\`Asplenium\` on the wall too. More at [the garden club](https://example.org/ferns).

## What I did

1. Soaked the roots
2. Planted them in the shade
   - not under the yew
   - but beside the well

> Ferns want to be left alone.

| Fern | Where | Light |
| --- | --- | --- |
| Royal | by the well | half shade |
| Hart's tongue | north wall | none |

    water(every: 2, unit: "days")

- [x] mulch
- [ ] label them
`;
const TABLE = `Date;Payee;Sum\n2026-03-01;Garden centre "Farn & Co";-48,50\n2026-03-04;Zoë;12,00\n`;
const CODE = `fn main() {\n    println!("Hello, 絵");\n}\n`;

story("22: images, text, Markdown and tables are shown", async world => {
  const app = await world.member();
  const files = await lay(join(world.folder, "home"), {
    "a picture.png": image("a picture"),
    "b letter.md": LETTER,
    "c table.csv": TABLE,
    "d code.rs": CODE,
    "e old.txt": Buffer.from("Gr\xfc\xdfe f\xfcr 10 \x80", "latin1"),
    "f wide.txt": Buffer.from("\ufeffZoë", "utf16le"),
    "g long.log": Buffer.from("a line of the log, ä\n".repeat(100_000)),
    "h empty": Buffer.alloc(0),
    "i box.zip": Buffer.from("PK\x03\x04\0\0", "latin1"),
  });
  await app.add(files);
  await app.button("Clear").click();

  const picture = await preview(app, "a picture.png");
  const shown = picture.getByRole("img", { name: "a picture.png" });
  await shown.waitFor();
  assert.equal(await shown.evaluate(one => one.naturalWidth), 1000);
  const url = await shown.getAttribute("src");
  assert.match(url, /^blob:/);
  await shoot(app, "preview-image");

  await app.button("Next").click();
  const letter = app.page.getByRole("dialog", { name: "b letter.md" });
  await letter.getByRole("heading", { name: "Dear Aunt Edda" }).waitFor();
  assert.equal(await letter.getByRole("listitem").count(), 6);
  await letter.getByRole("cell", { name: "half shade" }).waitFor();
  await letter.getByText("(https://example.org/ferns)").waitFor();
  const link = letter.getByRole("link", { name: "the garden club" });
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  assert.equal(await link.getAttribute("target"), "_blank");
  app.profile.guard.expect(/ERR_FILE_NOT_FOUND/);
  const gone = await app.page.evaluate(
    from =>
      new Promise(resolve => {
        const again = Object.assign(new Image(), { src: from });
        again.onload = () => resolve(false);
        again.onerror = () => resolve(true);
      }),
    url,
  );
  assert.ok(gone, "the image's bytes are released");
  await shoot(app, "preview-markdown");

  await app.button("Next").click();
  const table = app.page.getByRole("dialog", { name: "c table.csv" });
  await table.getByRole("columnheader", { name: "Payee" }).waitFor();
  await table.getByRole("cell", { name: 'Garden centre "Farn & Co"' }).waitFor();
  await shoot(app, "preview-table");

  await app.button("Next").click();
  await content(app).getByText('println!("Hello, 絵");').waitFor();
  await shoot(app, "preview-code");
  await app.button("Next").click();
  await content(app).getByText("Grüße für 10 €").waitFor();
  await app.button("Next").click();
  await content(app).getByText("Zoë").waitFor();
  assert.equal(await content(app).innerText(), "Zoë");

  await app.button("Next").click();
  const lines = async () =>
    (await content(app).locator("pre").textContent()).split("\n").length - 1;
  await app.page.getByRole("button", { name: /^Show more/ }).waitFor();
  assert.ok((await lines()) < 50_000, "the first MiB");
  for (let more = 0; more < 2; more++) {
    const before = await lines();
    await app.page.getByRole("button", { name: /^Show more/ }).click();
    await eventually("more is shown", async () => (await lines()) > before);
  }
  await eventually("all is shown", lines, 100_000);
  assert.ok(!(await content(app).textContent()).includes("\ufffd"), "no character is cut");

  await app.button("Next").click();
  await content(app).getByText("This file is empty.").waitFor();
  await app.button("Next").click();
  await content(app).getByText("There is no preview for this type of file yet.").waitFor();
  assert.equal(await app.button("Next").getAttribute("aria-disabled"), "true");
  await shoot(app, "preview-none");
  const download = app.page.waitForEvent("download");
  await app.button("Download", app.page.getByRole("dialog")).click();
  assert.equal((await download).suggestedFilename(), "i box.zip");
  await app.button("Close").click();
  await app.page.getByRole("dialog").waitFor({ state: "detached" });
});

story("22b: previews with the keyboard alone", async world => {
  const app = await world.member();
  const { keyboard } = app.page;
  await app.add(
    await lay(join(world.folder, "home"), { "one.txt": "1", "two.txt": "2", "three.txt": "3" }),
  );
  const focused = () => app.page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  await app.button("Preview one.txt").focus();
  await keyboard.press("Enter");
  await app.page.getByRole("dialog", { name: "one.txt" }).waitFor();
  await eventually("the content has the focus", focused, "Content");
  await keyboard.press("ArrowLeft");
  await app.page.getByRole("dialog", { name: "one.txt" }).waitFor();
  await keyboard.press("ArrowRight");
  await app.page.getByRole("dialog", { name: "three.txt" }).waitFor();
  await content(app).getByText("3").waitFor();
  await keyboard.press("ArrowRight");
  await app.page.getByRole("dialog", { name: "two.txt" }).waitFor();
  await keyboard.press("ArrowLeft");
  await app.page.getByRole("dialog", { name: "three.txt" }).waitFor();
  await keyboard.press("Escape");
  await app.page.getByRole("dialog").waitFor({ state: "detached" });
  await eventually("the focus is back in the list", focused, "Preview three.txt");
});

story("22c: hostile files run nothing and load nothing", async world => {
  const app = await world.member();
  // Any of this script would leave a mark.
  const script = "window.ran = true; new Image().src = 'https://example.org/ran'";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
    onload="${script}"><script>${script}</script><image xlink:href="https://example.org/x.png"/>
    <foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://example.org"/></foreignObject></svg>`;
  const html = `<!doctype html><body onload="${script}"><script>${script}</script>
    <img src=https://example.org/x.png onerror="${script}"><link rel=stylesheet href=https://example.org/x.css>`;
  const xml = `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="https://example.org/x.xsl"?><a/>`;
  const gif = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
  const polyglot = Buffer.concat([gif, Buffer.from(`/*";*/=1;${script}`)]);
  const bomb = image("bomb");
  bomb.writeUInt32BE(30_000, 16);
  bomb.writeUInt32BE(30_000, 20);
  // Its header is that of an image; its content is of another size.
  const liar = image("liar").subarray(0, 2_000);
  const markdown = `<script>${script}</script>

<img src="https://example.org/x.png" onerror="${script}">

[press](javascript:${encodeURI(script)}) [data](data:text/html,x) [tab](java\tscript:x)
![picture](https://example.org/x.png) <iframe src="https://example.org"></iframe>

[reference]

[reference]: javascript:x
`;
  const formula = `=HYPERLINK("https://example.org","press"),=cmd|' /C calc'!A0\n<img src=x onerror=x>,@SUM(A1)\n`;
  const files = {
    "drawing.svg": svg,
    "drawing.png": svg,
    "page.html": html,
    "page.xhtml": html,
    "page.jpg": html,
    "feed.xml": xml,
    "script.js.html": polyglot,
    "bomb.png": bomb,
    "cut.png": liar,
    "notes.md": markdown,
    "sums.csv": formula,
    "mail.mhtml": `MIME-Version: 1.0\nContent-Type: text/html\n\n${html}`,
    '<img src=x onerror="x">.txt': "a name",
  };
  await app.add(await lay(join(world.folder, "home"), files));

  const texts = { "drawing.svg": svg, "drawing.png": svg, "page.html": html, "page.xhtml": html };
  Object.assign(texts, { "page.jpg": html, "feed.xml": xml, "mail.mhtml": files["mail.mhtml"] });
  for (const [name, text] of Object.entries(texts)) {
    await preview(app, name);
    const shown = content(app).locator("pre");
    await shown.waitFor();
    assert.equal(await shown.textContent(), text, name);
    assert.equal(await shown.locator("*").count(), 0, `${name} is text`);
    await close(app);
  }

  await preview(app, "script.js.html");
  await content(app).getByRole("img", { name: "script.js.html" }).waitFor();
  await close(app);
  await preview(app, "bomb.png");
  await content(app).getByText("30000 × 30000 pixels, too many").waitFor();
  await close(app);
  await preview(app, "cut.png");
  await content(app).getByRole("img").or(content(app).getByText("can't show this image")).waitFor();
  await close(app);

  await preview(app, "notes.md");
  await content(app).getByText("(javascript:").first().waitFor();
  await content(app).getByText("Image: picture (https://example.org/x.png)").waitFor();
  assert.equal(await content(app).getByRole("link").count(), 0);
  assert.equal(await content(app).locator("img, script, iframe, link, style, svg").count(), 0);
  assert.match(await content(app).innerText(), /<img src="https:\/\/example.org\/x.png" onerror=/);
  await close(app);
  await preview(app, "sums.csv");
  await content(app).getByText('=HYPERLINK("https://example.org"').waitFor();
  assert.equal(await content(app).getByRole("link").count(), 0);
  await content(app).getByRole("cell", { name: "<img src=x onerror=x>" }).waitFor();
  await close(app);
  await preview(app, '<img src=x onerror="x">.txt');
  await content(app).getByText("a name").waitFor();
  await close(app);

  assert.equal(await app.page.evaluate(() => window.ran), undefined);
  assert.equal(app.page.context().pages().length, 1, "no other tab was opened");
});

story(
  "22d: a file that was changed in storage shows nothing",
  async world => {
    const app = await world.member();
    app.profile.guard.expect(failed);
    const [file] = await lay(join(world.folder, "home"), { "a.png": image("a") });
    await app.add([file]);
    world.line.when("GET", /\/objects\//, flip(100_000), { to: 99 });
    await preview(app, file.name);
    await content(app)
      .getByText(/changed in storage/)
      .waitFor();
    assert.equal(await content(app).getByRole("img").count(), 0);
    await close(app);
    await app.row(file.name).getByText("Changed in storage").waitFor();
    world.line.heal();
    await preview(app, file.name);
    await content(app).getByRole("img", { name: file.name }).waitFor();
  },
  { setting: behind },
);
