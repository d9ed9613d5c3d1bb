"""A second writer of format 1, for tests only: plain, whole in memory, and able to write what Frond never would."""
import base64
import hashlib
import hmac
import json
import struct
import uuid

from cryptography.fernet import Fernet

CHUNK = 524_288


def expand(prk: bytes, info: bytes) -> bytes:
    return hmac.digest(prk, info + b"\x01", "sha256")


def token(key: bytes, stamp: int, iv: bytes, plaintext: bytes) -> bytes:
    """A raw Fernet token, made by pyca with a time and an IV of our choice."""
    text = Fernet(base64.urlsafe_b64encode(key))._encrypt_from_parts(plaintext, stamp, iv)
    return base64.urlsafe_b64decode(text)


def vector_iv(j: int) -> bytes:
    """The IVs of the vectors, j = 0 for the meta token, i + 1 for chunk i; some count from elsewhere."""
    return hashlib.sha256(b"iv" + struct.pack(">Q", j)).digest()[:16]


def vector_content(size: int, first: int = 0) -> bytes:
    """The content of the vectors."""
    blocks = (hashlib.sha256(struct.pack(">Q", first + j)).digest() for j in range(-(-size // 32)))
    return b"".join(blocks)[:size]


def padme(n: int) -> int:
    """PURBs, PETS 2019: at most 12 % more, and few lengths to tell apart."""
    if n < 2:
        return n
    e = n.bit_length() - 1
    low = e - e.bit_length()
    return (n + (1 << low) - 1) >> low << low


def meta_plaintext(name: str, size, media_type: str, modified) -> bytes:
    meta = {"name": name, "size": size, "type": media_type, "modified": modified}
    text = json.dumps(meta, ensure_ascii=False, separators=(",", ":")).encode()
    k = next(k for k in range(1, 9) if len(text) <= 512 * k - 129)
    return text.ljust(512 * k - 129)


class Sealed:
    """An object in parts, so that a test can swap, drop or remake any of them."""

    def __init__(self, file_key: bytes, object_id: uuid.UUID, meta: bytes, content: bytes, iv=vector_iv, stamp=None):
        self.object_id = object_id
        self.stamp = (object_id.int >> 80) // 1000 if stamp is None else stamp
        self.content_key = expand(file_key, b"frond/1 content")
        self.commitment = expand(self.content_key, b"frond/1 commit")
        self.meta_token = token(expand(file_key, b"frond/1 meta"), self.stamp, iv(0), meta)
        header = 64 + len(self.meta_token) + 7
        padded = content.ljust(padme(len(content)), b"\0")
        chunks = [padded[:CHUNK - header]] + [padded[at:at + CHUNK] for at in range(CHUNK - header, len(padded), CHUNK)]
        self.tokens = [self.chunk(i, i == len(chunks) - 1, iv(i + 1), chunk) for i, chunk in enumerate(chunks)]

    def chunk(self, i: int, last: bool, iv: bytes, plaintext: bytes) -> bytes:
        key = expand(self.content_key, b"frond/1 chunk" + struct.pack(">QB", i, last))
        return token(key, self.stamp, iv, plaintext)

    def header(self) -> bytes:
        length = struct.pack(">I", len(self.meta_token))
        return b"frond/1\n" + self.object_id.bytes + self.commitment + length + bytes(4) + self.meta_token + bytes(7)

    def table(self) -> bytes:
        return b"".join(t[-32:] for t in self.tokens)

    def seal(self) -> bytes:
        return hashlib.sha256(b"frond/1 seal\0" + self.commitment + self.meta_token[-32:] + self.table()).digest()

    def stored(self) -> bytes:
        return self.header() + b"".join(self.tokens) + self.table()
