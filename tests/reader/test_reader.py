"""docs/frond_reader.py on the vectors, and on objects with one fault each.

    python -m unittest discover tests/reader
"""
import base64
import hashlib
import hmac
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import uuid

import sealer

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import frond_reader  # noqa: E402
from frond_reader import Refused  # noqa: E402

VECTORS = json.loads(
    pathlib.Path(os.environ.get("FROND_VECTORS", ROOT / "tests/vectors/frond_v1.json")).read_text("utf-8"))
FILE_KEY = bytes(range(32))
CONTENT = sealer.vector_content(2**21)
OBJECT_ID = uuid.UUID("019aafcc-6780-79b3-a699-92983e5d69ef")


def sealed_vector(vector: dict) -> sealer.Sealed:
    meta = sealer.meta_plaintext(vector["name"], vector["size"], vector["type"], vector["modified"])
    content = sealer.vector_content(vector["size"])
    return sealer.Sealed(bytes.fromhex(vector["file_key"]), uuid.UUID(vector["id"]), meta, content)


def sealed(size: int, **changes) -> sealer.Sealed:
    meta = sealer.meta_plaintext("a.bin", size, "", None)
    return sealer.Sealed(FILE_KEY, OBJECT_ID, meta, sealer.vector_content(size), **changes)


def read(stored: bytes, seal: bytes | None = None, file_key: bytes = FILE_KEY, object_id: uuid.UUID = OBJECT_ID):
    """What was released, and what was said of it; what it raises has `released`, all that was let out before."""
    released = io.BytesIO()
    try:
        meta = frond_reader.read_object(io.BytesIO(stored), object_id, file_key, seal, released.write)
    except Exception as refused:
        refused.released = released.getvalue()
        raise
    return released.getvalue(), meta


class Vectors(unittest.TestCase):
    """What is right opens."""

    def test_every_object(self):
        for vector in VECTORS["objects"]:
            with self.subTest(size=vector["size"], name=vector["name"][:20]):
                made = sealed_vector(vector)
                stored = made.stored()
                self.assertEqual(hashlib.sha256(stored).hexdigest(), vector["stored_sha256"])
                self.assertEqual(len(stored), vector["stored_length"])
                self.assertEqual(made.seal().hex(), vector["seal"])
                content, meta = read(
                    stored, bytes.fromhex(vector["seal"]), bytes.fromhex(vector["file_key"]), uuid.UUID(vector["id"]))
                self.assertEqual(content, sealer.vector_content(vector["size"]))
                self.assertEqual(meta, {key: vector[key] for key in ("name", "size", "type", "modified")})

    def test_padme_and_token_length(self):
        for n, padded in VECTORS["padme"]:
            self.assertEqual(frond_reader.padme(n), padded)
        for n, length in VECTORS["token_length"]:
            self.assertEqual(frond_reader.token_length(n), length)

    def test_every_account_unlocks_its_keyring(self):
        vault_key = bytes.fromhex(VECTORS["vault_key"])
        for account in VECTORS["accounts"]:
            with self.subTest(user=account["username"]):
                keyring = json.dumps({"login": account["login_id"], "account": "a" * 26, "vault_key": unpadded(vault_key)})
                text = sealer.token(bytes.fromhex(account["unlock_key"]), 0, bytes(16), keyring.encode())
                record = {"format": "frond/1 login", "login": account["login_id"], "account": "a" * 26,
                          "keyring": base64.urlsafe_b64encode(text).decode()}
                words = account["username"], account["deployment"], account["password"]
                self.assertEqual(frond_reader.read_vault_key(*words, record), vault_key)


class RefusedVectors(unittest.TestCase):
    """Every object of tests/vectors/frond_v1_refused.json, which the Rust side reads as well."""

    def test_every_fault(self):
        vectors = json.loads((ROOT / "tests/vectors/frond_v1_refused.json").read_text("utf-8"))
        bases = {}
        for base in vectors["bases"]:
            object_id, first = uuid.UUID(base["id"]), base["first"]
            vault_key = bytes.fromhex(vectors["vault_key"])
            file_key = sealer.expand(hmac.digest(object_id.bytes, vault_key, "sha256"), b"frond/1 file")
            meta = sealer.meta_plaintext(base["name"], base["size"], "", None)
            content = sealer.vector_content(base["size"], first)
            made = sealer.Sealed(file_key, object_id, meta, content, iv=lambda j: sealer.vector_iv(first + j))
            bases[base["name"]] = made.stored()
            self.assertEqual(hashlib.sha256(bases[base["name"]]).hexdigest(), base["stored_sha256"])
        tried = 0
        for fault in vectors["faults"]:
            if fault["file_key"] is None:
                continue  # seen by somebody with a content key alone, which this reader is not for
            with self.subTest(fault["name"]):
                pieces = (bases[p[0]][p[1]:p[2]] if isinstance(p, list) else bytes.fromhex(p) for p in fault["pieces"])
                stored = b"".join(pieces)
                self.assertEqual(hashlib.sha256(stored).hexdigest(), fault["stored_sha256"])
                seal = fault["seal"] and bytes.fromhex(fault["seal"])
                with self.assertRaises((Refused, ValueError, LookupError, TypeError, AttributeError)) as caught:
                    read(stored, seal, bytes.fromhex(fault["file_key"]), uuid.UUID(fault["id"]))
                released = caught.exception.released
                self.assertEqual(hashlib.sha256(released).hexdigest(), fault["released_sha256"])
                tried += 1
        self.assertGreater(tried, 120)


class Faults(unittest.TestCase):
    """One fault each: refused, and not a byte released that was not verified before."""

    def refuse(self, stored: bytes, sentence: str = "", released: int = 0, **known):
        with self.assertRaisesRegex(Refused, sentence) as caught:
            read(stored, **known)
        self.assertEqual(caught.exception.released, CONTENT[:released])

    def test_every_bit_of_a_small_object(self):
        stored = sealed(1).stored()
        for bit in range(8 * len(stored)):
            broken = bytearray(stored)
            broken[bit // 8] ^= 1 << bit % 8
            self.refuse(bytes(broken))

    def test_every_cut_of_a_small_object(self):
        stored = sealed(1).stored()
        for length in range(len(stored)):
            self.refuse(stored[:length])

    def test_cut_at_a_tokens_end(self):
        made = sealed(1_100_000)
        self.assertEqual(len(made.tokens), 3)
        for tokens in range(3):
            self.refuse(made.header() + b"".join(made.tokens[:tokens]), "was cut")
        made.tokens.pop()
        self.refuse(made.stored(), "was cut")

    def test_anything_added(self):
        stored = sealed(700_000).stored()
        for more in (b"\0", bytes(73), stored[-73:], bytes(16384)):
            self.refuse(stored + more, "added")

    def test_another_object_or_key(self):
        stored = sealed(100).stored()
        self.refuse(stored, "another object", object_id=uuid.UUID(int=OBJECT_ID.int + 1))
        self.refuse(stored, frond_reader.NOT_OURS, file_key=bytes(32))

    def test_chunks_moved_repeated_or_replaced(self):
        first = sealer.CHUNK - 512
        made = sealed(2_000_000)
        a, b, c, d = made.tokens
        for tokens, released in [([a, c, b, d], first), ([a, b, b, d], first + sealer.CHUNK), ([b, b, c, d], 0)]:
            made.tokens = tokens
            self.refuse(made.stored(), released=released)
        made.tokens = [a, b, c, made.chunk(3, False, bytes(16), bytes(len(d) - 73))]
        self.refuse(made.stored(), frond_reader.NOT_OURS, released=first + 2 * sealer.CHUNK)

    def test_splice_of_two_encryptions(self):
        """A chunk of another encryption under the same key opens by itself; only table and seal tell (T11)."""
        made, again = sealed(700_000), sealed(700_000, iv=lambda j: sealer.vector_iv(j + 100))
        seal = made.seal()
        spliced = made.header() + made.tokens[0] + again.tokens[1]
        self.refuse(spliced + made.table(), frond_reader.NOT_OURS, released=sealer.CHUNK - 512)
        self.refuse(spliced + made.table()[:32] + again.table()[32:], "sealed", seal=seal)
        self.refuse(again.stored(), "sealed", seal=seal)

    def test_padding_that_is_not_zero(self):
        made = sealed(1000)
        made.tokens = [made.chunk(0, True, bytes(16), CONTENT[:1000] + bytes(23) + b"\1")]
        self.refuse(made.stored(), frond_reader.NOT_OURS)

    def test_chunk_of_another_length(self):
        made = sealed(1000)
        made.tokens = [made.chunk(0, True, bytes(16), CONTENT[:1000] + bytes(25))]
        self.refuse(made.stored(), frond_reader.NOT_OURS)

    def test_another_timestamp(self):
        made = sealed(1000)
        made.stamp += 1
        made.tokens = [made.chunk(0, True, bytes(16), CONTENT[:1000] + bytes(24))]
        self.refuse(made.stored(), frond_reader.NOT_OURS)
        self.refuse(sealed(1000, stamp=0).stored(), frond_reader.NOT_OURS)

    def test_meta_in_another_encoding(self):
        right = sealer.meta_plaintext("a", 1, "", None)
        self.assertEqual(right.rstrip(), b'{"name":"a","size":1,"type":"","modified":null}')
        wrong = [
            b'{"name":"a","size":1,"type":"", "modified":null}', b'{"size":1,"name":"a","type":"","modified":null}',
            b'{"name":"a","size":1,"type":"","modified":null,"x":1}', b'{"name":"\\u0061","size":1,"type":"","modified":null}',
            b'{"name":"a","size":1.0,"type":"","modified":null}', b'{"name":"a","size":true,"type":"","modified":null}',
            b'{"name":"a","size":-1,"type":"","modified":null}', b'{"name":"a","size":1099511627777,"type":"","modified":null}',
            b'{"name":"a","size":1,"type":"","modified":9007199254740992}', b'{"name":"a","size":1,"size":1,"type":"","modified":null}',
            b'{"name":"a","size":1,"type":null,"modified":null}', b'{"name":"\\ud800","size":1,"type":"","modified":null}',
            b'{"name":"\xff","size":1,"type":"","modified":null}', b"[]", b"[" * 383, b"",
        ]
        for text in wrong:
            with self.subTest(text=text):
                stored = sealer.Sealed(FILE_KEY, OBJECT_ID, text.ljust(383), b"\0").stored()
                with self.assertRaises((Refused, ValueError, AttributeError, RecursionError)):
                    read(stored)
        self.refuse(sealer.Sealed(FILE_KEY, OBJECT_ID, right.ljust(895), b"\0").stored(), frond_reader.BAD_HEADER)

    def test_wrong_words(self):
        account = VECTORS["accounts"][0]
        record = {"format": "frond/1 login", "login": account["login_id"], "account": VECTORS["keyring"]["account"],
                  "keyring": VECTORS["keyring"]["token"]}
        for words in [("bob", "frond.example.com", account["password"]), ("alice", "localhost", account["password"]),
                      ("alice", "frond.example.com", account["password"] + " ")]:
            with self.assertRaisesRegex(Refused, "Wrong"):
                frond_reader.read_vault_key(*words, record)
        with self.assertRaisesRegex(Refused, "not a user name"):
            frond_reader.read_vault_key("älice", "localhost", "", record)
        with self.assertRaisesRegex(Refused, "was changed"):
            words = "alice", "frond.example.com", account["password"]
            frond_reader.read_vault_key(*words, {**record, "account": "a" * 26})


class Snapshots(unittest.TestCase):
    """A snapshot lists the files that its log has."""

    def setUp(self):
        self.read("snapshot.json")

    def read(self, vector):
        self.vector = json.loads((ROOT / "tests/vectors" / vector).read_text("utf-8"))
        manifest = self.vector["manifest"]
        self.stored = {page["id"]: bytes.fromhex(page["token"]) for page in [manifest, *self.vector["pages"]]}
        self.snapshot_id, self.key = uuid.UUID(manifest["id"]), bytes.fromhex(self.vector["vault_key"])

    def files(self, **changed):
        stored = self.stored | changed
        return frond_reader.read_snapshot(lambda name: stored[str(name)], self.snapshot_id, self.key)

    def test_the_vector(self):
        files = {file.pop("id"): file for file in self.files()}
        self.assertEqual(list(files), sorted(self.vector["files"]))
        for name, said in self.vector["files"].items():
            for member in ("folder", "name", "superseded"):
                self.assertEqual(said[member], files[name][member])
        self.assertEqual([(file["path"], file["trashed"]) for file in files.values()], [
            ("Kiste/Bilder/Gull.jpg", True), ("Notes/notes.txt", False), ("zwei", False),
            ("Kiste/Bilder/Alt/old.txt", True)])

    def test_a_vault_that_deletes_by_itself(self):
        self.read("retention.json")
        self.assertEqual([(file["path"], file["trashed"]) for file in self.files()], [("a.txt", True)])

    def test_cycles_and_folders_that_are_gone(self):
        one, two, gone = (uuid.UUID(int=n) for n in (1, 2, 3))
        file, other = (uuid.UUID(int=n) for n in (4, 5))
        added = {"path": "x", "seal": b""}

        def rows(*ops):
            return [(row["path"], row["superseded"]) for row in frond_reader.shown([(*op, 0) for op in ops])]

        self.assertEqual(rows(
            ("mkdir", one, {"parent": None, "name": "a"}), ("mkdir", two, {"parent": one, "name": "b"}),
            ("add", file, added), ("place", file, {"folder": two, "name": "c/d"}),
            ("move-folder", one, {"parent": two, "name": "a"})), [("a/b/c_d", None)])
        self.assertEqual(rows(
            ("mkdir", one, {"parent": None, "name": "a"}), ("mkdir", gone, {"parent": one, "name": "b"}),
            ("add", file, added), ("place", file, {"folder": gone, "name": "x"}),
            ("purge-folder", gone, {}), ("implicit", None, {"path": "p/q"})), [("a/x", None)])
        self.assertEqual(rows(
            ("add", file, added), ("add", other, added | {"path": "p/y"}), ("supersede", file, {"by": other}),
            ("supersede", other, {"by": file})), [("x", str(other)), ("p/y", None)])

    def test_what_is_changed_or_another_is_refused(self):
        pages = [page["id"] for page in self.vector["pages"]]
        for name, token in self.stored.items():
            changed = bytearray(token)
            changed[100] ^= 1
            for other in (bytes(changed), token[:-1], self.stored[pages[0]] if name != pages[0] else b""):
                with self.assertRaises(Refused):
                    self.files(**{name: other})
        with self.assertRaises(Refused):
            self.key = bytes(32)
            self.files()


class CommandLine(unittest.TestCase):
    """The program as a person runs it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.vector = VECTORS["objects"][1]
        self.object = self.folder / self.vector["id"]
        self.object.write_bytes(bytes.fromhex(self.vector["stored"]))
        self.output = self.folder / "out"

    def run_reader(self, *arguments, typed="", **environment):
        return subprocess.run(
            [sys.executable, ROOT / "docs/frond_reader.py", *arguments, self.object, self.output],
            input=typed, env={**os.environ, **environment}, capture_output=True, text=True, encoding="utf-8")

    def test_with_the_password(self):
        account, keyring = VECTORS["accounts"][0], VECTORS["keyring"]
        record = self.folder / "record"
        record.write_text(json.dumps({
            "format": "frond/1 login", "login": account["login_id"], "kind": "password", "created": 0,
            "public_key": unpadded(bytes.fromhex(account["public_key"])),
            "account": keyring["account"], "keyring": keyring["token"]}))
        words = "--record", record, "--user", "alice", "--deployment", "frond.example.com"
        done = self.run_reader(*words, typed=account["password"] + "\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(json.loads(done.stdout)["name"], self.vector["name"])
        self.assertEqual(self.output.read_bytes(), sealer.vector_content(1))

    def test_with_the_file_key(self):
        for key in (self.vector["file_key"], unpadded(bytes.fromhex(self.vector["file_key"]))):
            seal = unpadded(bytes.fromhex(self.vector["seal"]))
            done = self.run_reader("--seal", seal, FROND_FILE_KEY=key)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(self.output.read_bytes(), sealer.vector_content(1))
            self.output.unlink()

    def test_with_the_vault_key(self):
        key = unpadded(bytes.fromhex(VECTORS["vault_key"]))
        done = self.run_reader(FROND_VAULT_KEY=key + "\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.output.read_bytes(), sealer.vector_content(1))
        self.output.unlink()
        for wrong in (key[:-4], key.swapcase(), "?"):
            self.assertEqual(self.run_reader(FROND_VAULT_KEY=wrong).returncode, 1)
            self.assertFalse(self.output.exists())

    def test_a_refusal_leaves_nothing_behind(self):
        broken = bytearray(self.object.read_bytes())
        broken[-40] ^= 1
        self.object.write_bytes(broken)
        for environment in ({"FROND_FILE_KEY": self.vector["file_key"]}, {"FROND_FILE_KEY": "short"}):
            done = self.run_reader(**environment)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"\Afrond_reader: [^\n]+\.\n\Z")
            self.assertEqual([self.object], list(self.folder.iterdir()))


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


if __name__ == "__main__":
    unittest.main()
