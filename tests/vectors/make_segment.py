"""Writes segment.json: an index segment and segments with one fault each. No code is shared with the Rust side."""

import hashlib
import hmac
import json
import pathlib
import struct
import uuid

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = pathlib.Path(__file__).parent
VAULT_KEY = bytes(range(64, 96))
NOW = 1_764_460_800_000
TEXTS = ["Straße, 7 trees", "the tree", "THE OLD TREE", "the old, the new", "über the tree", "", "東京都 the"]
# What the words of each text are, by the section's rules.
WORDS = [{"strasse", "7", "trees"}, {"the", "tree"}, {"the", "old", "tree"}, {"the", "old", "new"},
         {"uber", "the", "tree"}, set(), {"東京", "京都", "都", "the"}]


def uuid7(ms, n):
    free = int.from_bytes(hashlib.sha256(n.to_bytes(4, "big")).digest()[:10], "big")
    return uuid.UUID(int=ms << 80 | free & 0x0FFF3FFFFFFFFFFFFFFF | 0x70008000000000000000)


def seal(id, plaintext, label=b"frond/1 segment", ms=NOW):
    key = hmac.digest(hmac.digest(id.bytes, VAULT_KEY, "sha256"), label + b"\x01", "sha256")
    iv = hashlib.sha256(b"iv" + id.bytes).digest()[:16]
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key[16:]), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    signed = b"\x80" + struct.pack(">Q", ms // 1000) + iv + sealed
    return signed + hmac.digest(key[:16], signed, "sha256")


def number(n):
    out = bytearray()
    while n >= 128:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def rice(n, k):
    return "1" * (n >> k) + "0" + (format(n & (1 << k) - 1, f"0{k}b") if k else "")


def index(having, documents):
    out, bits, before = number(len(having)), "", b""
    for word in sorted(having, key=str.encode):
        spelt, has = word.encode(), having[word]
        shared = 0
        while shared < min(len(before), len(spelt)) and before[shared] == spelt[shared]:
            shared += 1
        out += number(shared) + number(len(spelt) - shared) + spelt[shared:] + number(len(has))
        before = spelt
        listed = sorted(has) if len(has) <= documents // 2 else [d for d in range(documents) if d not in has]
        if listed:
            k = max(1, 69 * documents // (100 * len(listed))).bit_length() - 1
            for last, document in zip([-1, *listed], listed):
                bits += rice(document - last - 1, k)
    bits += "0" * (-len(bits) % 8)
    return out + bytes(int(bits[at:at + 8], 2) for at in range(0, len(bits), 8))


def content(replaced, files, body):
    ids = [struct.pack(">I", len(some)) + b"".join(id.bytes for id in some) for some in (replaced, files)]
    return b"".join(ids) + body


def plaintext(inside, start=b"frond/1 segment", fill=b"\x00", more=0):
    out = start + struct.pack(">I", len(inside)) + inside
    return out + fill * (-len(out) % 4096 + more)


def main():
    files = [uuid7(NOW - 1_000 + n, n) for n in range(len(TEXTS))]
    replaced = [uuid7(NOW - 500 + n, 50 + n) for n in range(2)]
    id = uuid7(NOW, 100)
    having = {}
    for document, words in enumerate(WORDS):
        for word in words:
            having.setdefault(word, set()).add(document)
    body = index(having, len(files))
    good = content(replaced, files, body)
    other = uuid7(NOW, 101)
    vector = {
        "about": "The segment of FORMAT.md's section on index segments. Tokens and bytes are hex.",
        "vault_key": VAULT_KEY.hex(),
        "id": str(id),
        "texts": TEXTS,
        "files": [str(file) for file in files],
        "replaced": [str(one) for one in replaced],
        "words": {word: sorted(has) for word, has in sorted(having.items())},
        "index": body.hex(),
        "token": seal(id, plaintext(good)).hex(),
        "refused": {
            "another id": seal(other, plaintext(good)).hex(),
            "another label": seal(id, plaintext(good), b"frond/1 snapshot").hex(),
            "another time": seal(id, plaintext(good), ms=NOW + 1_000).hex(),
            "another format": seal(id, plaintext(good, b"frond/2 segment")).hex(),
            "not padded": seal(id, plaintext(good)[:-1]).hex(),
            "padded twice": seal(id, plaintext(good, more=4096)).hex(),
            "padded with ones": seal(id, plaintext(good, fill=b"\x01")).hex(),
            "files not ascending": seal(id, plaintext(content(replaced, files[::-1], body))).hex(),
            "a file twice": seal(id, plaintext(content(replaced, files + files[-1:], body))).hex(),
            "replaced not ascending": seal(id, plaintext(content(replaced[::-1], files, body))).hex(),
            "replaces itself": seal(id, plaintext(content([id], files, body))).hex(),
            "more files than bytes": seal(id, plaintext(struct.pack(">II", 0, 1 << 31) + body)).hex(),
            "no id": seal(id, plaintext(content([], [uuid.UUID(int=7)], body))).hex(),
        },
        # In a segment that opens, so that nothing is found.
        "refused_indexes": {
            "a byte too many": (body + b"\x00").hex(),
            "a byte too few": body[:-1].hex(),
            "a number in two bytes": (bytes([body[0] | 0x80, 0]) + body[1:]).hex(),
            "words not ascending": (b"\x02\x00\x01b\x01\x00\x01a\x01\x00").hex(),
            "shares less than it could": (b"\x02\x00\x02ab\x01\x00\x02ac\x01\x00").hex(),
            "more documents than there are": (b"\x01\x00\x01a\x08").hex(),
            "a word that nothing has": (b"\x01\x00\x01a\x00").hex(),
            "no UTF-8": (b"\x01\x00\x01\xff\x07").hex(),
            "a document beyond the last": (b"\x01\x00\x01a\x01\xff\xff\xff").hex(),
            "an empty word": (b"\x01\x00\x00\x07").hex(),
        },
    }
    (HERE / "segment.json").write_text(json.dumps(vector, indent=1, ensure_ascii=False) + "\n")


main()
