// PDF files: drawn page by page, and nothing of a hostile one does anything.

import assert from "node:assert/strict";
import { join } from "node:path";

import { eventually } from "../support/eventually.js";
import { lay, pdf, stream } from "../support/files.js";
import { close, content, preview } from "../support/preview.js";
import { shoot } from "../support/screens.js";
import { story } from "../support/story.js";

const COLOURS = { red: "1 0 0", green: "0 0.5 0", blue: "0 0 1" };
const FONT =
  "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";

/** A page of A4 for each colour, half of it in that colour, with a line of text. */
function coloured(entries = "", pageEntries = "") {
  const colours = Object.entries(COLOURS);
  return pdf([
    `<< /Type /Catalog /Pages 2 0 R ${entries} >>`,
    `<< /Type /Pages /Kids [3 0 R 5 0 R 7 0 R] /Count 3 /MediaBox [0 0 595 842] ${FONT} >>`,
    ...colours.flatMap(([name, rgb], i) => [
      `<< /Type /Page /Parent 2 0 R /Contents ${4 + 2 * i} 0 R ${pageEntries} >>`,
      stream(`${rgb} rg 0 0 595 421 re f 0 g BT /F 36 Tf 60 700 Td (A page in ${name}) Tj ET`),
    ]),
  ]);
}

story("22l: a PDF is shown page by page", async world => {
  const app = await world.member();
  const { keyboard } = app.page;
  const programs = [];
  app.page.on("request", request => {
    if (/frond-pdf/.test(request.url())) programs.push(request.url());
  });
  await app.readNothingByItself();
  const files = { "a note.txt": "a note", "b paper.pdf": coloured() };
  await app.add(await lay(join(world.folder, "home"), files));
  await app.button("Clear").click();
  await preview(app, "a note.txt");
  await content(app).getByText("a note").waitFor();
  assert.deepEqual(programs, [], "its program is fetched with the first PDF");
  await app.button("Next").click();

  await shows(app, "Page 1 of 3", [255, 0, 0]);
  assert.equal(programs.length, 2);
  await shoot(app, "preview-pdf");
  const disabled = name => app.button(name).getAttribute("aria-disabled");
  assert.equal(await disabled("Previous page"), "true");
  await app.button("Next page").click();
  await shows(app, "Page 2 of 3", [0, 128, 0]);
  await app.button("Next page").focus();
  await keyboard.press("Enter");
  await shows(app, "Page 3 of 3", [0, 0, 255]);
  assert.equal(await disabled("Next page"), "true");
  await app.button("Previous page").focus();
  await keyboard.press("Space");
  await keyboard.press("Space");
  await shows(app, "Page 1 of 3", [255, 0, 0]);
  const [width, shown] = await content(app)
    .getByRole("img")
    .evaluate(({ width, height, clientWidth }) => [width / height, clientWidth]);
  assert.ok(Math.abs(width - 595 / 842) < 0.01 && shown > 500, "as wide as there is room");
  await keyboard.press("Escape");
  await app.page.getByRole("dialog").waitFor({ state: "detached" });
});

story("22o: the text of a PDF can be selected, and its pages are enlarged", async world => {
  const app = await world.member();
  const { keyboard, mouse } = app.page;
  await app.add(await lay(join(world.folder, "home"), { "paper.pdf": coloured() }));
  await preview(app, "paper.pdf");
  await shows(app, "Page 1 of 3", [255, 0, 0]);
  const picture = content(app).getByRole("img", { name: "Page 1 of 3" });
  const line = content(app).getByText("A page in red", { exact: true });
  await line.waitFor({ state: "attached" });
  /** Where the line is on its page: of its width, in thousandths. */
  const place = async () => {
    const [page, text] = [await picture.boundingBox(), await line.boundingBox()];
    const part = length => Math.round((1_000 * length) / page.width);
    return { begin: part(text.x - page.x), end: part(text.y + text.height - page.y), box: text };
  };
  const { begin, end, box } = await place();
  assert.ok(Math.abs(begin - (1_000 * 60) / 595) < 5, `begins at ${begin}`);
  // Its baseline is at 142; letters go a little below.
  assert.ok(end > (1_000 * 142) / 595 - 5 && end < (1_000 * 160) / 595, `ends at ${end}`);
  await mouse.click(box.x + 20, box.y + box.height / 2, { clickCount: 3 });
  const selected = () => app.page.evaluate(() => getSelection().toString().trim());
  assert.equal(await selected(), "A page in red");
  await app.button("Next page").click();
  await shows(app, "Page 2 of 3", [0, 128, 0]);
  await content(app).getByText("A page in green").waitFor({ state: "attached" });
  assert.equal(await line.count(), 0);
  await app.button("Previous page").click();
  await shows(app, "Page 1 of 3", [255, 0, 0]);

  /** Width of the page on the screen and in pixels. */
  const widths = () => picture.evaluate(({ clientWidth, width }) => [clientWidth, width]);
  const [fit] = await widths();
  const enlarged = percent =>
    eventually(
      `it is drawn at ${percent} %`,
      async () => {
        const ratio = await app.page.evaluate(() => devicePixelRatio);
        const [shown, pixels] = await widths();
        return [Math.round((100 * shown) / fit), Math.round((100 * pixels) / fit / ratio)];
      },
      [percent, percent],
    );
  await keyboard.press("+");
  await enlarged(125);
  await app.button("Zoom in").click();
  await enlarged(150);
  assert.ok(Math.abs((await place()).begin - begin) < 3, "the text stays over its picture");
  await keyboard.press("-");
  await enlarged(125);
  await app.button("Fit width").click();
  await enlarged(100);
  assert.equal(await app.button("Zoom out").getAttribute("aria-disabled"), "true");
});

story("22m: hostile PDF files do nothing", async world => {
  const app = await world.member();
  const script = "/S /JavaScript /JS (app.alert\\(1\\); app.launchURL\\('https://example.org'\\))";
  const link = action =>
    `<< /Subtype /Link /Rect [0 0 595 842] /Border [0 0 0] /A << ${action} >> >>`;
  const acting = coloured(
    `/OpenAction << ${script} >> /AA << /WC << ${script} >> >>
     /Names << /JavaScript << /Names [(a) << ${script} >>] >> >>`,
    `/AA << /O << ${script} >> >>
     /Annots [${link("/S /Launch /F (/bin/sh)")} ${link("/S /URI /URI (https://example.org)")}]`,
  );
  const page = entries =>
    pdf([
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      `<< /Type /Page /Parent 2 0 R /Contents 4 0 R ${entries} >>`,
      stream("1 0 0 rg 0 0 100000000 100000000 re f"),
    ]);
  const html = "%PDF-1.7\n<!doctype html><script>window.ran = true</script>";
  const locked = coloured()
    .toString("latin1")
    .replace(
      "/Root 1 0 R",
      `/Root 1 0 R /ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4
       /O <${"00".repeat(32)}> /U <${"00".repeat(32)}> >>`,
    );
  const files = {
    "acting.pdf": acting,
    "vast.pdf": page("/MediaBox [0 0 100000000 100000000]"),
    "thin.pdf": page("/MediaBox [0 0 1 100000]"),
    "page.html": html,
    "cut.pdf": coloured().subarray(0, 100),
    "locked.pdf": Buffer.from(locked, "latin1"),
  };
  await app.add(await lay(join(world.folder, "home"), files));

  await preview(app, "acting.pdf");
  await shows(app, "Page 1 of 3", [255, 0, 0]);
  await content(app).getByRole("img").click();
  assert.equal(await content(app).getByRole("link").count(), 0);
  await close(app);
  for (const name of ["vast.pdf", "thin.pdf"]) {
    await preview(app, name);
    await shows(app, "Page 1 of 1", [255, 0, 0]);
    const [width, height] = await content(app)
      .getByRole("img")
      .evaluate(({ width, height }) => [width, height]);
    assert.ok(width * height <= 16_000_000 && height <= 16_384, `${name}: ${width} × ${height}`);
    await close(app);
  }
  for (const name of ["page.html", "cut.pdf"]) {
    await preview(app, name);
    await content(app).getByText("This PDF can't be shown here.").waitFor();
    await close(app);
  }
  await preview(app, "locked.pdf");
  await content(app).getByText("This PDF is protected by a password.").waitFor();
  await close(app);
  assert.equal(await app.page.evaluate(() => window.ran), undefined);
  assert.equal(app.page.context().pages().length, 1, "no other tab was opened");
});

story("22n: a PDF that takes without end is ended", async world => {
  const app = await world.member();
  // Each form draws the next ten times.
  const forms = Array.from({ length: 20 }, (_, i) =>
    stream(
      "/X Do ".repeat(10),
      `/Type /XObject /Subtype /Form /BBox [0 0 600 900]
       /Resources << /XObject << /X ${5 + (i < 19 ? i + 1 : i - 19)} 0 R >> >>`,
    ),
  );
  forms[19] = stream("1 0 0 rg 0 0 1 1 re f", "/Type /XObject /Subtype /Form /BBox [0 0 600 900]");
  const file = pdf([
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
    "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
    stream("/X Do"),
    ...forms,
  ]);
  await app.readNothingByItself();
  await app.add(await lay(join(world.folder, "home"), { "endless.pdf": file }));
  const before = app.page.workers().length;
  await preview(app, "endless.pdf");
  await content(app).getByRole("img", { name: "Page 1 of 1" }).waitFor();
  assert.equal(app.page.workers().length, before + 1);
  await close(app);
  await eventually("closing ends its Worker", () => app.page.workers().length, before);
  await preview(app, "endless.pdf");
  await content(app).getByText("This PDF takes too long to draw.").waitFor();
  await eventually("its Worker is ended", () => app.page.workers().length, before);
});

/** Waits until this page is shown, with this colour at the bottom. */
async function shows(app, name, colour) {
  const picture = content(app).getByRole("img", { name, exact: true });
  await picture.waitFor();
  await eventually(
    `${name} is drawn`,
    () =>
      picture.evaluate(canvas => {
        const { width, height } = canvas;
        const [...pixel] = canvas.getContext("2d").getImageData(width / 2, height - 5, 1, 1).data;
        return pixel;
      }),
    [...colour, 255],
  );
}
