"""Writes share.json: the record and the note of a share, and records and notes with one fault each. No code is shared with the Rust side."""

import base64
import copy
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = pathlib.Path(__file__).parent
V1 = json.loads((HERE / "frond_v1.json").read_text())
SECRET = bytes.fromhex(V1["shares"][1]["secret"])
SHARE = V1["shares"][1]["share_id"]
KEY = bytes.fromhex(V1["shares"][1]["share_key"])
VAULT_KEY = bytes.fromhex(V1["vault_key"])
NOW = 1_763_886_000


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(key, plaintext, iv):
    iv = hashlib.sha256(iv).digest()[:16]
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key[16:]), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    signed = b"\x80" + struct.pack(">Q", NOW) + iv + sealed
    return base64.urlsafe_b64encode(signed + hmac.digest(key[:16], signed, "sha256")).decode()


def text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def file(vector, path):
    return {
        "id": vector["id"],
        "content_key": b64url(bytes.fromhex(vector["content_key"])),
        "path": path,
        "size": vector["size"],
        "type": vector["type"],
        "modified": vector["modified"],
        "header": vector["header_length"],
        "seal": b64url(bytes.fromhex(vector["seal"])),
    }


def record(inside, **outside):
    return {
        "format": "frond/1 share",
        "account": V1["keyring"]["account"],
        "objects": sorted(file["id"] for file in inside["files"]),
        "created": NOW,
        "expires": inside["expires"],
        "password": inside["password"],
        "sealed": token(outside.pop("key", KEY), text(inside), b"share"),
    } | outside


def note(inside, share=SHARE, padded=512):
    digits = share.upper() + "=" * (-len(share) % 8)
    prk = hmac.digest(base64.b32decode(digits), VAULT_KEY, "sha256")
    plaintext = text(inside)
    plaintext += b" " * (-len(plaintext) % padded)
    return token(hmac.digest(prk, b"frond/1 share note" + b"\x01", "sha256"), plaintext, b"note")


def main():
    files = [file(V1["objects"][0], "letters/ärger & “Küsse”.txt"), file(V1["objects"][1], "b/../c")]
    inside = {"share": SHARE, "expires": NOW + 2_592_000, "password": True, "files": files}
    own = {
        "share": SHARE,
        "label": "Für Bo",
        "secret": b64url(SECRET),
        "key": b64url(KEY),
        "password": True,
        "created": NOW,
        "expires": inside["expires"],
        "files": len(files),
        "paths": ["a/letters", "a/b"],
    }

    def with_file(**changed):
        return inside | {"files": [files[0] | changed, files[1]]}

    other = [V1["objects"][0]["id"]]
    refused = {
        "another share's": record(inside | {"share": "a" * 26}),
        "another time to end": record(inside, expires=NOW),
        "no end outside": record(inside, expires=None),
        "no password outside": record(inside, password=False),
        "another format": record(inside, format="frond/2 share"),
        "an object less": record(inside, objects=other),
        "an object more": record(inside | {"files": files[:1]}, objects=sorted(f["id"] for f in files)),
        "an object twice": record(inside | {"files": [files[0], files[0]]}, objects=other),
        "a member more": record(inside | {"more": 1}),
        "a key cut": record(with_file(content_key=files[0]["content_key"][:42])),
        "a key with padding": record(with_file(content_key=files[0]["content_key"] + "=")),
        "a seal less": record(inside | {"files": [{k: v for k, v in f.items() if k != "seal"} for f in files]}),
        "no such header": record(with_file(header=513)),
        "no such size": record(with_file(size=2**40 + 1)),
        "a path too long": record(with_file(path="a/" * 2048 + "b")),
        "another key": record(inside, key=bytes(32)),
    }
    damaged = copy.deepcopy(record(inside))
    damaged["sealed"] = damaged["sealed"][:-8] + "AAAAAAA="
    refused["a damaged token"] = damaged
    vector = {
        "about": "A share of FORMAT.md: its record opens with share_key, its note with the vault key.",
        "vault_key": VAULT_KEY.hex(),
        "secret": SECRET.hex(),
        "password": V1["shares"][1]["password"],
        "share": SHARE,
        "record": record(inside),
        "files": files,
        "note": note(own),
        "own": own,
        "refused": refused,
        "refused_notes": {
            "another share's": note(own | {"share": "a" * 26}),
            "another secret": note(own | {"secret": b64url(bytes(32))}),
            "a member more": note(own | {"more": 1}),
            "sealed for another": note(own, share="a" * 26),
        },
    }
    (HERE / "share.json").write_text(json.dumps(vector, indent=1, ensure_ascii=False) + "\n")


main()
