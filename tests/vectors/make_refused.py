#!/usr/bin/env python3
"""Makes frond_v1_refused.json: objects of format 1 with one fault each, what a reader says to each, and what it may
have released before. Written from docs/FORMAT.md alone, on `cryptography`; no code is shared with the Rust side.

    python3 tests/vectors/make_refused.py > tests/vectors/frond_v1_refused.json
"""

import hashlib
import hmac
import json
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

C = 524288
S = 524361
VAULT_KEY = hashlib.sha256(b"refused: vault key").digest()


# The format.


def expand(prk, info):
    return HKDFExpand(hashes.SHA256(), 32, info).derive(prk)


def file_key(object_id):
    return HKDF(hashes.SHA256(), 32, object_id, b"frond/1 file").derive(VAULT_KEY)


def content_key(object_id):
    return expand(file_key(object_id), b"frond/1 content")


def chunk_key(key, i, last):
    return expand(key, b"frond/1 chunk" + struct.pack(">QB", i, last))


def token_length(n):
    return 57 + 16 * (n // 16 + 1)


def padme(n):
    if n < 2:
        return n
    e = n.bit_length() - 1
    step = 1 << (e - e.bit_length())
    return -(-n // step) * step


def pkcs7(plaintext):
    n = 16 - len(plaintext) % 16
    return plaintext + bytes([n]) * n


def token(key, time, iv, plaintext, version=0x80, padded=None):
    cbc = Cipher(algorithms.AES(key[16:]), modes.CBC(iv)).encryptor()
    ciphertext = cbc.update(pkcs7(plaintext) if padded is None else padded) + cbc.finalize()
    signed = struct.pack(">BQ", version, time) + iv + ciphertext
    return signed + hmac.digest(key[:16], signed, "sha256")


def open_token(key, raw):
    if len(raw) < 73 or len(raw) % 16 != 9 or raw[0] != 0x80:
        raise Refused("invalid")
    if not hmac.compare_digest(hmac.digest(key[:16], raw[:-32], "sha256"), raw[-32:]):
        raise Refused("invalid")
    cbc = Cipher(algorithms.AES(key[16:]), modes.CBC(raw[9:25])).decryptor()
    padded = cbc.update(raw[25:-32]) + cbc.finalize()
    n = padded[-1]
    if not 1 <= n <= 16 or padded[-n:] != bytes([n]) * n:
        raise Refused("invalid")
    return struct.unpack(">Q", raw[1:9])[0], padded[:-n]


def encode(name, size, media_type, modified):
    text = json.dumps(
        {"name": name, "size": size, "type": media_type, "modified": modified},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return text.ljust(-(-(len(text) + 129) // 512) * 512 - 129)


def chunks(size, header):
    """(start, end) of each chunk in the padded plaintext."""
    end, bounds = padme(size), [(0, min(padme(size), C - header))]
    while bounds[-1][1] < end:
        bounds.append((bounds[-1][1], min(bounds[-1][1] + C, end)))
    return bounds


def sealed(object_id, header, table):
    return hashlib.sha256(b"frond/1 seal\0" + header[24:56] + header[-39:-7] + table).digest()


# Objects as the vectors describe them: everything follows from counters.


def content(first, n):
    blocks = (hashlib.sha256(struct.pack(">Q", i)).digest() for i in range(first, first + -(-n // 32)))
    return b"".join(blocks)[:n]


def iv(j):
    return hashlib.sha256(b"iv" + struct.pack(">Q", j)).digest()[:16]


class Base:
    """A good object. `first` moves content and IVs, so that two of one id are two versions of it."""

    def __init__(self, name, object_id, size, first=0):
        self.name, self.id, self.size, self.first = name, bytes.fromhex(object_id), size, first
        self.stamp = int.from_bytes(self.id[:6], "big") // 1000
        self.file_key, self.content_key = file_key(self.id), content_key(self.id)
        self.meta = encode(name, size, "", None)
        self.header = self.make_header(self.meta)
        self.bounds = chunks(size, len(self.header))
        self.plain = content(first, size).ljust(padme(size), b"\0")
        self.tokens = [self.make_token(i) for i in range(len(self.bounds))]
        self.stored = self.join(self.tokens)
        self.seal = sealed(self.id, self.header, self.table(self.tokens))

    def make_header(self, plaintext, key=None, time=None, length=None):
        key = expand(self.file_key, b"frond/1 meta") if key is None else key
        raw = token(key, self.stamp if time is None else time, iv(self.first), plaintext)
        commitment = expand(self.content_key, b"frond/1 commit")
        m = len(raw) if length is None else length
        return b"frond/1\n" + self.id + commitment + struct.pack(">II", m, 0) + raw + bytes(7)

    def make_token(self, i, key=None, last=None, time=None, plaintext=None, index=None, **more):
        last = i == len(self.bounds) - 1 if last is None else last
        key = chunk_key(self.content_key if key is None else key, i if index is None else index, last)
        plaintext = self.plain[slice(*self.bounds[i])] if plaintext is None else plaintext
        return token(key, self.stamp if time is None else time, iv(self.first + i + 1), plaintext, **more)

    def table(self, tokens):
        return b"".join(token[-32:] for token in tokens)

    def join(self, tokens, header=None):
        return (self.header if header is None else header) + b"".join(tokens) + self.table(tokens)


class Refused(Exception):
    pass


def read(case, stored):
    """Reads as FORMAT.md says, in its order; returns what was released and how it ended."""
    released = b""
    try:
        for released in steps(case, stored):
            pass
        return released, "accepted"
    except Refused as refused:
        return released, str(refused)


def need(condition, refusal):
    if not condition:
        raise Refused(refusal)


def steps(case, stored):
    object_id, key = case["id"], case["content_key"]
    need(len(stored) >= 8, "truncated")
    need(stored[:8] == b"frond/1\n", "format")
    need(len(stored) >= 24, "truncated")
    need(stored[8:24] == object_id, "invalid")
    need(len(stored) >= 56, "truncated")
    need(stored[24:56] == expand(key, b"frond/1 commit"), "invalid")
    need(len(stored) >= 60, "truncated")
    h = int.from_bytes(stored[56:60], "big") + 71
    need(h % 512 == 0 and h <= 4096, "format")
    need(len(stored) >= h, "truncated")
    need(stored[60:64] == bytes(4) and stored[h - 7 : h] == bytes(7), "format")
    stamp = int.from_bytes(object_id[:6], "big") // 1000
    size = case["size"]
    if case["file_key"]:
        time, plaintext = open_token(expand(case["file_key"], b"frond/1 meta"), stored[64 : h - 7])
        need(time == stamp, "invalid")
        size = meta_size(plaintext)
    bounds = chunks(size, h)
    last = bounds[-1][1] - bounds[-1][0]
    end = (len(bounds) - 1) * S + token_length(last) + (h if len(bounds) == 1 else 0)
    need(len(stored) >= end + 32 * len(bounds), "truncated")
    need(len(stored) <= end + 32 * len(bounds), "extended")
    table = stored[end:]
    if case["seal"]:
        need(case["seal"] == sealed(object_id, stored[:h], table), "invalid")
    released = b""
    for i, (start, stop) in enumerate(bounds):
        raw = stored[i * S if i else h : min((i + 1) * S, end)]
        need(raw[-32:] == table[32 * i : 32 * i + 32], "invalid")
        time, plaintext = open_token(chunk_key(key, i, i == len(bounds) - 1), raw)
        need(time == stamp and len(plaintext) == stop - start, "invalid")
        inside = max(0, min(stop, size) - start)
        need(not any(plaintext[inside:]), "invalid")
        released += plaintext[:inside]
        yield released


def meta_size(plaintext):
    def pairs(members):
        need([name for name, _ in members] == ["name", "size", "type", "modified"], "invalid")
        return dict(members)

    try:
        meta = json.loads(plaintext, object_pairs_hook=pairs)
        need(isinstance(meta, dict) and type(meta["name"]) is type(meta["type"]) is str, "invalid")
        need(type(meta["size"]) is int and 0 <= meta["size"] <= 1 << 40, "invalid")
        need(meta["modified"] is None or type(meta["modified"]) is int, "invalid")
        need(meta["modified"] is None or abs(meta["modified"]) < 1 << 53, "invalid")
        need(encode(*meta.values()) == plaintext, "invalid")
    except (ValueError, TypeError):
        raise Refused("invalid") from None
    return meta["size"]


# The faults.


BASES = [
    Base("five", "019aafcc678079b3a69992983e5d69ef", 5),
    Base("nine", "019aafcc6b69717db591d3fbbc93edea", 9),
    Base("empty", "019aafcc6f527b91af3e176e66826862", 0),
    Base("other", "019aafcc733b7bcb8c560c430ccf2b7e", 5),
    Base("four chunks", "019aafcc7724708c90e74d0f4bb8db5f", 1_600_000),
    Base("four chunks, earlier", "019aafcc7724708c90e74d0f4bb8db5f", 1_600_000, first=1_000_000),
    Base("four chunks, other", "019aafcc7b0d7fd3a053339dfe42a7f0", 1_600_000),
]
FIVE, NINE, EMPTY, OTHER, FOUR, EARLIER, ELSE = BASES
FAULTS = []


def fault(name, refusal, base, pieces, released=0, seal="own", share=False, ask=None, key=None, size=None):
    """One fault. `pieces` make the stored bytes: (base, from, to) or bytes. `seal`: "own", None or 32 bytes."""
    ask = ask or base
    case = {
        "id": ask.id,
        "content_key": key or ask.content_key,
        "file_key": None if share else file_key(ask.id),
        "size": ask.size if size is None else size,
        "seal": ask.seal if seal == "own" else seal,
    }
    stored = b"".join(p if isinstance(p, bytes) else p[0].stored[p[1] : p[2]] for p in pieces)
    out, how = read(case, stored)
    assert how == refusal, (name, how, refusal)
    assert out == base.plain[: len(out)] and len(out) == released, (name, len(out), released)
    FAULTS.append(
        {
            "name": name,
            "id": case["id"].hex(),
            "content_key": case["content_key"].hex(),
            "file_key": case["file_key"].hex() if case["file_key"] else None,
            "size": case["size"],
            "seal": case["seal"].hex() if case["seal"] else None,
            "pieces": [p.hex() if isinstance(p, bytes) else [p[0].name, p[1], p[2]] for p in pieces],
            "stored_length": len(stored),
            "stored_sha256": hashlib.sha256(stored).hexdigest(),
            "refusal": refusal,
            "released_length": len(out),
            "released_sha256": hashlib.sha256(out).hexdigest(),
        }
    )


def flip(base, at, mask=1):
    at %= len(base.stored)
    return [(base, 0, at), bytes([base.stored[at] ^ mask]), (base, at + 1, len(base.stored))]


def patch(base, at, new):
    return [(base, 0, at), new, (base, at + len(new), len(base.stored))]


def whole(base):
    return [(base, 0, len(base.stored))]


def cut(base, length):
    return [(base, 0, length)]


def header_faults():
    for length in (0, 1, 7):
        fault(f"cut to {length} bytes", "truncated", FIVE, cut(FIVE, length))
    for length, what in ((8, "magic"), (24, "object id"), (56, "commitment"), (60, "length"), (64, "fixed header")):
        fault(f"cut after the {what}", "truncated", FIVE, cut(FIVE, length))
    fault("half a header", "truncated", FIVE, cut(FIVE, 256))
    fault("a header without its last byte", "truncated", FIVE, cut(FIVE, 511))
    fault("a header alone", "truncated", FIVE, cut(FIVE, 512))
    for magic in (b"frond/2\n", b"Frond/1\n", b"frond/1\r", b"frond/1\0", b"\nfrond/1", bytes(8)):
        fault(f"magic {magic!r}", "format", FIVE, patch(FIVE, 0, magic))
    fault("a byte before the magic", "format", FIVE, [b"\xef", *whole(FIVE)])
    fault("first bit of the object id", "invalid", FIVE, flip(FIVE, 8, 0x80))
    fault("last bit of the object id", "invalid", FIVE, flip(FIVE, 23))
    fault("another valid object in its place", "invalid", FIVE, whole(OTHER), ask=FIVE)
    fault("another valid object in its place, id patched", "invalid", FIVE, patch(OTHER, 8, FIVE.id), ask=FIVE)
    fault("first bit of the commitment", "invalid", FIVE, flip(FIVE, 24, 0x80))
    fault("last bit of the commitment", "invalid", FIVE, flip(FIVE, 55))
    fault("another object's content key", "invalid", FIVE, whole(FIVE), key=OTHER.content_key, share=True)
    fault("the file key as content key", "invalid", FIVE, whole(FIVE), key=FIVE.file_key, share=True)
    for m, why in ((0, "none"), (1, "1"), (73, "73"), (440, "one less"), (442, "one more"), (2**32 - 1, "2^32 − 1")):
        fault(f"meta token length: {why}", "format", FIVE, patch(FIVE, 56, struct.pack(">I", m)))
    fault("meta token length: 512 more", "truncated", FIVE, patch(FIVE, 56, struct.pack(">I", 441 + 512)))
    fault("meta token length: a header of 4608", "format", FIVE, patch(FIVE, 56, struct.pack(">I", 4608 - 71)))
    for at in (60, 63, 505, 511):
        fault(f"reserved byte {at} is not zero", "format", FIVE, patch(FIVE, at, b"\1"))


def meta_faults():
    for at, what in ((64, "version"), (72, "timestamp"), (73, "IV"), (89, "ciphertext"), (472, "last block")):
        fault(f"flipped bit in the meta token: {what}", "invalid", FIVE, flip(FIVE, at))
        fault(f"flipped bit in the meta token, HMAC byte {at % 32}", "invalid", FIVE, flip(FIVE, 473 + at % 32))
    fault("flipped bit in the meta token's HMAC, seen by a share", "invalid", FIVE, flip(FIVE, 473), share=True)

    def meta(name, plaintext, **more):
        header = FIVE.make_header(plaintext, **more)
        pieces = [header, (FIVE, 512, len(FIVE.stored))]
        fault(f"signed meta: {name}", "invalid", FIVE, pieces, seal=None)

    meta("one second later", FIVE.meta, time=FIVE.stamp + 1)
    meta("no time", FIVE.meta, time=0)
    meta("under the content key", FIVE.meta, key=FIVE.content_key)
    meta("under the file key itself", FIVE.meta, key=FIVE.file_key)
    meta("under another file's key", FIVE.meta, key=expand(OTHER.file_key, b"frond/1 meta"))

    def text(what, json_text, fill=b" "):
        meta(what, json_text.ljust(383, fill))

    text("a space after a comma", b'{"name":"five", "size":5,"type":"","modified":null}')
    text("a space first", b' {"name":"five","size":5,"type":"","modified":null}')
    text("other order", b'{"size":5,"name":"five","type":"","modified":null}')
    text("no type", b'{"name":"five","size":5,"modified":null}')
    text("no modified", b'{"name":"five","size":5,"type":""}')
    text("one member more", b'{"name":"five","size":5,"type":"","modified":null,"x":1}')
    text("a member twice", b'{"name":"five","size":5,"size":5,"type":"","modified":null}')
    text("size as text", b'{"name":"five","size":"5","type":"","modified":null}')
    text("size as float", b'{"name":"five","size":5.0,"type":"","modified":null}')
    text("size with exponent", b'{"name":"five","size":5e0,"type":"","modified":null}')
    text("size with a leading zero", b'{"name":"five","size":05,"type":"","modified":null}')
    text("negative size", b'{"name":"five","size":-5,"type":"","modified":null}')
    text("size 2^40 + 1", b'{"name":"five","size":1099511627777,"type":"","modified":null}')
    text("size 2^64", b'{"name":"five","size":18446744073709551616,"type":"","modified":null}')
    text("modified 2^53", b'{"name":"five","size":5,"type":"","modified":9007199254740992}')
    text("modified -2^53", b'{"name":"five","size":5,"type":"","modified":-9007199254740992}')
    text("modified with a fraction", b'{"name":"five","size":5,"type":"","modified":1.5}')
    text("name is null", b'{"name":null,"size":5,"type":"","modified":null}')
    text("a needless escape", b'{"name":"\\u0066ive","size":5,"type":"","modified":null}')
    text("an escaped slash", b'{"name":"f\\/ve","size":5,"type":"","modified":null}')
    text("an escape in capitals", b'{"name":"\\u001F","size":5,"type":"","modified":null}')
    text("a lone surrogate", b'{"name":"\\ud800","size":5,"type":"","modified":null}')
    text("bytes that are not UTF-8", b'{"name":"f\xffve","size":5,"type":"","modified":null}')
    text("a raw control character", b'{"name":"f\tve","size":5,"type":"","modified":null}')
    text("filled with zeros", b'{"name":"five","size":5,"type":"","modified":null}', b"\0")
    text("filled with tabs", b'{"name":"five","size":5,"type":"","modified":null}', b"\t")
    text("something after it", FIVE.meta.rstrip() + b" 1")
    text("a list", b'["five",5,"",null]')
    text("no JSON", b"five")
    meta("nothing but spaces", b" " * 383)
    header = FIVE.make_header(FIVE.meta + b" " * 512)
    fault("signed meta: 512 spaces too many", "invalid", FIVE, [header, *FIVE.tokens, FIVE.table(FIVE.tokens)], seal=None)


def length_faults():
    end = len(FIVE.stored)
    fault("a byte less", "truncated", FIVE, cut(FIVE, end - 1))
    fault("no table", "truncated", FIVE, cut(FIVE, end - 32))
    fault("half a token", "truncated", FIVE, cut(FIVE, 540))
    for extra in (1, 32, 73, 16384):
        fault(f"{extra} bytes more", "extended", FIVE, [*whole(FIVE), (FOUR, 0, extra)])
    fault("a token after the last", "extended", FIVE, [(FIVE, 0, end - 32), FIVE.tokens[0], (FIVE, end - 32, end)])
    fault("the object twice", "extended", FIVE, whole(FIVE) * 2)
    table = len(FOUR.stored) - 128
    fault("last chunk missing", "truncated", FOUR, [(FOUR, 0, 3 * S), (FOUR, table, table + 96)])
    fault("cut at a token's end", "truncated", FOUR, cut(FOUR, 2 * S))
    fault("cut at the last token's end", "truncated", FOUR, cut(FOUR, table))
    fault("cut inside a token", "truncated", FOUR, cut(FOUR, 2 * S + 1000))
    fault("a size from elsewhere, too small", "extended", FOUR, whole(FOUR), share=True, size=1_000_000)
    fault("a size from elsewhere, too large", "truncated", FOUR, whole(FOUR), share=True, size=2_000_000)
    fault("a size one less, same padding", "invalid", NINE, whole(NINE), share=True, size=5, seal=None)


def table_faults():
    fault("flipped bit in the table, seal known", "invalid", FIVE, flip(FIVE, -1))
    fault("flipped bit in the table, no seal", "invalid", FIVE, flip(FIVE, -32), seal=None)
    fault("another object's seal", "invalid", FIVE, whole(FIVE), seal=OTHER.seal)
    fault("first bit of the seal", "invalid", FIVE, whole(FIVE), seal=bytes([FIVE.seal[0] ^ 0x80]) + FIVE.seal[1:])
    fault("last bit of the seal", "invalid", FIVE, whole(FIVE), seal=FIVE.seal[:31] + bytes([FIVE.seal[31] ^ 1]))
    table = len(FOUR.stored) - 128
    swapped = [(FOUR, 0, table), (FOUR, table, table + 32)]
    swapped += [(FOUR, table + 64, table + 96), (FOUR, table + 32, table + 64), (FOUR, table + 96, table + 128)]
    fault("two table entries swapped, seal known", "invalid", FOUR, swapped)
    fault("two table entries swapped, no seal", "invalid", FOUR, swapped, seal=None, released=C - 512)


def token_faults():
    for at, what in ((512, "version"), (520, "timestamp"), (521, "IV"), (537, "ciphertext"), (552, "ciphertext's end")):
        fault(f"flipped bit in the only token: {what}", "invalid", FIVE, flip(FIVE, at))
    for at in (553, 584):
        fault(f"flipped bit in the only token: HMAC byte {at - 553}", "invalid", FIVE, flip(FIVE, at))
        both = flip(FIVE, at)[:2] + [(FIVE, at + 1, 585)]
        new = bytearray(FIVE.tokens[0][-32:])
        new[at - 553] ^= 1
        fault(f"the same with the table's, no seal: byte {at - 553}", "invalid", FIVE, [*both, bytes(new)], seal=None)

    def signed(name, base, i=0, released=0, raw=None, **more):
        raw = base.make_token(i, **more) if raw is None else raw
        tokens = base.tokens[:i] + [raw] + base.tokens[i + 1 :]
        assert len(base.tokens) == 1
        pieces = [(base, 0, len(base.header)), *tokens, base.table(tokens)]
        fault(f"signed token: {name}", "invalid", base, pieces, released=released, seal=None)

    signed("one second later", FIVE, time=FIVE.stamp + 1)
    signed("one second earlier", FIVE, time=FIVE.stamp - 1)
    signed("timestamp 0", FIVE, time=0)
    signed("timestamp 2^64 − 1", FIVE, time=2**64 - 1)
    signed("version 0x81", FIVE, version=0x81)
    for padding in (0, 0x11, 0xFF):
        signed(f"padding {padding:#04x}", FIVE, padded=FIVE.plain + bytes([11] * 10 + [padding]))
    signed("wrong inner padding", FIVE, padded=FIVE.plain + bytes([12] + [11] * 10))
    signed("a byte less", FIVE, plaintext=FIVE.plain[:4])
    signed("a byte more", FIVE, plaintext=FIVE.plain + b"\0")
    signed("empty", FIVE, plaintext=b"")
    signed("not marked as last", FIVE, last=False)
    signed("marked as chunk 1", FIVE, index=1)
    signed("marked as chunk 2^32", FIVE, index=2**32)
    signed("under another file's content key", FIVE, key=OTHER.content_key)
    signed("under the commitment", FIVE, key=expand(FIVE.content_key, b"frond/1 commit"))
    signed("the meta key's", FIVE, raw=token(expand(FIVE.file_key, b"frond/1 meta"), FIVE.stamp, iv(1), FIVE.plain))
    signed("padding of the file is not zero", NINE, plaintext=NINE.plain[:9] + b"\1")
    signed("content where there is none", EMPTY, plaintext=b"\0")
    signed("chunk of another file", FIVE, raw=OTHER.tokens[0])


def splice_faults():
    end, table, first = len(FOUR.stored), len(FOUR.stored) - 128, C - 512

    def slots(order, **more):
        pieces = [(base, i * S, min((i + 1) * S, table)) for base, i in order]
        pieces += [(base, table + 32 * i, table + 32 * i + 32) for base, i in order]
        return pieces

    own = [(FOUR, i) for i in range(4)]
    swap = [own[0], own[2], own[1], own[3]]
    fault("two chunks swapped, table as well", "invalid", FOUR, slots(swap), seal=None, released=first)
    fault("two chunks swapped, table as well, seal known", "invalid", FOUR, slots(swap))
    fault("two chunks swapped, table not", "invalid", FOUR, slots(swap)[:4] + [(FOUR, table, end)], released=first)
    twice = [own[0], own[1], own[1], own[3]]
    fault("a chunk twice", "invalid", FOUR, slots(twice), seal=None, released=first + C)
    other = [own[0], (ELSE, 1), own[2], own[3]]
    fault("a chunk of another file in the same place", "invalid", FOUR, slots(other), seal=None, released=first)
    earlier = [own[0], (EARLIER, 1), own[2], own[3]]
    fault("a chunk of an earlier version, table as well", "invalid", FOUR, slots(earlier))
    fault("a chunk of an earlier version, table not", "invalid", FOUR, slots(earlier)[:4] + [(FOUR, table, end)], released=first)
    fault("all of an earlier version", "invalid", FOUR, whole(EARLIER), ask=FOUR)
    for i, at in ((0, 600), (1, S + 5), (2, 2 * S + 300_000), (3, 3 * S + 40)):
        released = first + C * (i - 1) if i else 0
        fault(f"flipped bit in chunk {i} of 4", "invalid", FOUR, flip(FOUR, at), released=released)
    fault("flipped bit in the last HMAC of 4", "invalid", FOUR, flip(FOUR, table - 1), released=first + 2 * C)
    moved = [(FOUR, 0, 2 * S), (FOUR, 3 * S, table), (FOUR, table - S, end)]
    fault("the last chunk in the middle as well", "invalid", FOUR, moved, released=first + C)


for make in (header_faults, meta_faults, length_faults, table_faults, token_faults, splice_faults):
    make()
for base in BASES:
    case = {"id": base.id, "content_key": base.content_key, "file_key": base.file_key, "size": 0, "seal": base.seal}
    assert read(case, base.stored) == (base.plain[: base.size], "accepted"), base.name

json.dump(
    {
        "about": "Objects of format 1 with one fault each, made by make_refused.py. Bases are good objects: content and "
        "IVs as in frond_v1.json, counted from `first`; type is empty, modified null. `pieces`, joined, are the stored "
        "bytes: [base, from, to] is a part of a base, text is hex. A reader that has the file key opens the meta token "
        "and takes the size from it; one that has not takes `size`. Keys under `content_key` are given in every case.",
        "vault_key": VAULT_KEY.hex(),
        "bases": [
            {
                "name": base.name,
                "id": base.id.hex(),
                "size": base.size,
                "first": base.first,
                "seal": base.seal.hex(),
                "stored_length": len(base.stored),
                "stored_sha256": hashlib.sha256(base.stored).hexdigest(),
            }
            for base in BASES
        ],
        "faults": FAULTS,
    },
    sys.stdout,
    indent=1,
    ensure_ascii=False,
)
print()
