"""The examples of docs/FORMAT.md are those of the vectors."""
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Examples(unittest.TestCase):
    def test_every_hex_string_stands_in_the_vectors(self):
        text = (ROOT / "docs/FORMAT.md").read_text("utf-8")
        files = ["frond_v1.json", "passkey.json", "share.json", "thumbnail.json"]
        vectors = "".join((ROOT / "tests/vectors" / file).read_text("utf-8") for file in files)
        examples = re.findall(r"\b[0-9a-f]{16,}\b", text)
        self.assertGreater(len(examples), 20)
        for example in examples:
            self.assertIn(example, vectors)

    def test_tables_of_token_length_and_padme(self):
        text = (ROOT / "docs/FORMAT.md").read_text("utf-8")
        vectors = json.loads((ROOT / "tests/vectors/frond_v1.json").read_text("utf-8"))
        for name, known in [("token_length", vectors["token_length"]), ("padme", vectors["padme"])]:
            numbers, lengths = re.search(rf"^\| n \|(.*)\|\n\|[ -|]*\n\| `{name}\(n\)` \|(.*)\|$", text, re.M).groups()
            table = zip(*([int(cell.replace(" ", "")) for cell in row.split("|")] for row in (numbers, lengths)))
            for pair in table:
                self.assertIn(list(pair), known)

    def test_the_snippet_runs(self):
        text = (ROOT / "docs/FORMAT.md").read_text("utf-8")
        vector = json.loads((ROOT / "tests/vectors/frond_v1.json").read_text("utf-8"))["objects"][0]
        snippet = re.search(r"```python\n(.*?)```", text, re.S)[1]
        shown, last = snippet.rsplit("\n", 2)[0], snippet.rsplit("\n", 2)[1]
        self.assertIn(f'open("{vector["id"]}", "rb").read()', shown)
        shown = shown.replace(f'open("{vector["id"]}", "rb").read()', f'bytes.fromhex("{vector["stored"]}")')
        names = {}
        exec(shown, names)
        self.assertEqual(eval(last.split("#")[0], names), eval(last.split("#")[1]))
