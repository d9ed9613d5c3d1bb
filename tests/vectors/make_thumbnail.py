"""Writes thumbnail.json: a thumbnail, and others with one fault each. No code is shared with the Rust side."""

import base64
import hmac
import json
import pathlib
import struct
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = pathlib.Path(__file__).parent
VAULT_KEY = bytes(range(64, 96))
OBJECT = "019aafcc-6780-79b3-a699-92983e5d69ef"
IV = bytes.fromhex("00112233445566778899aabbccddeeff")
STAMP = int(OBJECT.replace("-", "")[:12], 16) // 1000
KIB = 1024


def expand(prk: bytes, info: bytes) -> bytes:
    return hmac.digest(prk, info + b"\x01", "sha256")


def content_key() -> bytes:
    salt = bytes.fromhex(OBJECT.replace("-", ""))
    file_key = expand(hmac.digest(salt, VAULT_KEY, "sha256"), b"frond/1 file")
    return expand(file_key, b"frond/1 content")


KEY = expand(content_key(), b"frond/1 thumbnail")


def seal(plaintext: bytes, key: bytes = KEY, stamp: int = STAMP) -> bytes:
    pad = 16 - len(plaintext) % 16
    encryptor = Cipher(algorithms.AES(key[16:]), modes.CBC(IV)).encryptor()
    ciphertext = encryptor.update(plaintext + bytes([pad]) * pad) + encryptor.finalize()
    signed = b"\x80" + struct.pack(">Q", stamp) + IV + ciphertext
    return signed + hmac.digest(key[:16], signed, "sha256")


def png() -> bytes:
    """Two pixels by two, fern green."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    rows = (b"\x00" + bytes.fromhex("1f6b45") * 2) * 2
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def plain(picture: bytes, size: int, form: int = 1, length: int | None = None) -> bytes:
    said = len(picture) if length is None else length
    start = bytes([form]) + struct.pack(">I", said) + picture
    return start + bytes(size - len(start))


def main() -> None:
    picture = png()
    good = plain(picture, 8 * KIB)
    flipped = bytearray(seal(good))
    flipped[100] ^= 1
    refused = {
        "another format": seal(plain(picture, 8 * KIB, form=2)),
        "longer than it needs to be": seal(plain(picture, 16 * KIB)),
        "shorter than any": seal(plain(picture, 4 * KIB)),
        "longer than any": seal(plain(picture, 33 * KIB)),
        "a length beyond the end": seal(plain(picture, 8 * KIB, length=8 * KIB)),
        "something behind the picture": seal(good[:-1] + b"\x01"),
        "a picture and nothing behind it": seal(plain(picture, len(picture) + 5)),
        "no plaintext": seal(b""),
        "another time": seal(good, stamp=STAMP + 1),
        "another key": seal(good, key=expand(content_key(), b"frond/1 commit")),
        "a byte changed": bytes(flipped),
        "cut": seal(good)[:-1],
    }
    text = lambda token: base64.urlsafe_b64encode(token).decode()  # noqa: E731
    vector = {
        "about": "The thumbnail of FORMAT.md's section on thumbnails; of the refused ones none may open.",
        "vault_key": VAULT_KEY.hex(),
        "object": OBJECT,
        "key": KEY.hex(),
        "iv": IV.hex(),
        "picture": picture.hex(),
        "token": text(seal(good)),
        "refused": [{"why": why, "token": text(token)} for why, token in refused.items()],
    }
    (HERE / "thumbnail.json").write_text(json.dumps(vector, indent=1) + "\n")


main()
