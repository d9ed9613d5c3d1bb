"""Every test that docs/THREATS.md names is there."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class NamedTests(unittest.TestCase):
    def test_every_named_test_exists(self):
        text = (ROOT / "docs/THREATS.md").read_text("utf-8")
        rust_or_python = re.findall(r"`([\w/.]+\.(?:rs|py))::(\w+)`", text)
        self.assertGreater(len(rust_or_python), 20)
        for path, name in rust_or_python:
            source = ROOT / path
            with self.subTest(path=path, name=name):
                self.assertTrue(source.is_file(), path)
                found = re.search(rf"\b(?:fn|def) {name}\(", source.read_text("utf-8"))
                self.assertTrue(found, name)

    def test_every_named_story_exists(self):
        text = (ROOT / "docs/THREATS.md").read_text("utf-8")
        stories = "".join(path.read_text("utf-8") for path in (ROOT / "tests/browser/stories").glob("*.test.js"))
        titles = re.findall(r"`(\d+\w?: [^`]+)`", text)
        self.assertGreater(len(titles), 4)
        for title in titles:
            self.assertIn(f'story("{title}"', stories)
