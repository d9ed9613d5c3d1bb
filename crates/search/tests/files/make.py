"""Makes the files of this folder, each with the same three lines: `python3 make.py CHROMIUM`.

The PDF is printed by Chromium, the mail written by Python's `email`, the office documents are the
least that their formats ask for.
"""

import pathlib
import subprocess
import sys
import tempfile
import zipfile
from email.message import EmailMessage

LINES = ["Quarterly report & outlook", "The Zürich office moved to Straße 7.", "Total 4711"]
HERE = pathlib.Path(__file__).parent
ESCAPED = [line.replace("&", "&amp;") for line in LINES]


def archive(name, files):
    with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED) as to:
        for path, text in files.items():
            to.writestr(zipfile.ZipInfo(path), text, zipfile.ZIP_DEFLATED)


def element(name, inside):
    return f"<{name}>{inside}</{name}>"


head = '<?xml version="1.0" encoding="UTF-8"?>'
w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
# Word splits a paragraph into runs wherever it likes.
runs = [
    element("w:p", "".join(f'<w:r><w:t xml:space="preserve">{half}</w:t></w:r>' for half in (line[:8], line[8:])))
    for line in ESCAPED
]
archive("a.docx", {
    "[Content_Types].xml": head + "<Types/>",
    "word/document.xml": f'{head}<w:document xmlns:w="{w}"><w:body>{"".join(runs)}</w:body></w:document>',
})
s = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
shared = "".join(element("si", element("t", line)) for line in [*ESCAPED[:2], "Total"])
archive("a.xlsx", {
    "xl/sharedStrings.xml": f'{head}<sst xmlns="{s}">{shared}</sst>',
    "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{s}"><sheetData>'
    '<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>'
    '<row><c t="s"><v>2</v></c><c><v>4711</v></c></row></sheetData></worksheet>',
})
a = "http://schemas.openxmlformats.org/drawingml/2006/main"
slide = "".join(element("a:p", element("a:r", element("a:t", line))) for line in ESCAPED)
archive("a.pptx", {"ppt/slides/slide1.xml": f'{head}<p:sld xmlns:p="p" xmlns:a="{a}">{slide}</p:sld>'})
for name in ["a.odt", "a.ods"]:
    text = "".join(element("text:p", line) for line in ESCAPED)
    archive(name, {
        "mimetype": "application/vnd.oasis.opendocument",
        "content.xml": f'{head}<office:document-content xmlns:office="o" xmlns:text="t">{text}</office:document-content>',
    })

page = "<!doctype html><meta charset=utf-8><title>Report</title>" \
    "<style>p { color: hidden }</style><script>var hidden = '<p>hidden</p>';</script>" \
    + "".join(f"<p>{line.replace('Zürich', '<b>Zür</b>ich')}</p>\n" for line in ESCAPED)
(HERE / "a.html").write_text(page, encoding="utf-8")

mail = EmailMessage()
mail["Subject"], mail["From"], mail["To"] = LINES[0], "Zoë <zoe@example.org>", "ann@example.org"
mail.set_content("\n".join(LINES))
mail.add_attachment((HERE / "a.docx").read_bytes(), maintype="application", subtype="octet-stream", filename="attached.docx")
mail.set_boundary("boundary")
(HERE / "a.eml").write_bytes(bytes(mail))

with tempfile.TemporaryDirectory() as folder:
    source = pathlib.Path(folder) / "a.html"
    source.write_text(page, encoding="utf-8")
    subprocess.run([sys.argv[1], "--headless", "--no-sandbox", "--no-pdf-header-footer", f"--print-to-pdf={HERE / 'a.pdf'}", source.as_uri()], check=True)
