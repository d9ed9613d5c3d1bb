"""Writes snapshot.json: a log of two devices and a snapshot of it. No code is shared with the Rust side."""

import base64
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
A, B = bytes(range(1, 17)), bytes(range(200, 216))
TYPES = [""] + [t.split(" ", 1)[1] for t in (HERE.parent.parent / "docs/FORMAT.md").read_text().split("1 (empty)")[1]
                .split("```")[0].replace("\n", "   ").split("   ") if t]
TAGS = {"begin": 1, "add": 2, "move": 3, "merge": 4, "trash": 5, "restore": 6, "abandon": 7, "free": 8, "purge": 9,
        "place": 11, "supersede": 12, "mkdir": 13, "move-folder": 14, "trash-folder": 15, "restore-folder": 16,
        "purge-folder": 17, "retention": 19}


LIMITS = ("versions", "version_days", "trash_days")


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def uuid7(ms: int, n: int) -> uuid.UUID:
    free = int.from_bytes(hashlib.sha256(n.to_bytes(4, "big")).digest()[:10], "big")
    free = free & 0x0FFF3FFFFFFFFFFFFFFF | 0x70008000000000000000
    return uuid.UUID(int=ms << 80 | free)


def seal(id: uuid.UUID, label: bytes, ms: int, plaintext: bytes) -> bytes:
    prk = hmac.digest(id.bytes, VAULT_KEY, "sha256")
    key = hmac.digest(prk, label + b"\x01", "sha256")
    iv = hashlib.sha256(b"iv" + id.bytes).digest()[:16]
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(key[16:]), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()
    signed = b"\x80" + struct.pack(">Q", ms // 1000) + iv + sealed
    return signed + hmac.digest(key[:16], signed, "sha256")


def padded(text: bytes, unit: int, fill: bytes) -> bytes:
    return text + fill * (-len(text) % unit)


def number(n: int) -> bytes:
    out = bytearray()
    while n >= 128:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def signed(n: int) -> bytes:
    return number(2 * n if n >= 0 else -2 * n - 1)


def text(value: str) -> bytes:
    return number(len(value.encode())) + value.encode()


def time(value: int | None) -> bytes:
    return b"\x00" if value is None else b"\x01" + signed(value)


def optional(value: str | int | None, written) -> bytes:
    return b"\x00" if value is None else b"\x01" + written(value)


def folder_id(path: str) -> str:
    folder = bytes(16)
    for name in path.split("/"):
        folder = hashlib.sha256(b"frond/1 folder\0" + folder + name.encode()).digest()[:16]
    return str(uuid.UUID(bytes=folder))


def folders_of(op: dict) -> list:
    """The paths of the folders that the path of an operation names, the innermost first."""
    names = op.get("path", "").split("/")[:-1]
    return ["/".join(names[:count]) for count in range(len(names), 0, -1)]


def unbase64(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


class Log:
    """Events, each with its hash and its key in the order."""

    def __init__(self):
        self.events, self.keys = [], {}

    def add(self, device: bytes, n: int, parents: list, *ops: dict, back: int = 0) -> str:
        seq = sum(event["device"] == base32(device) for event, _ in self.events) - back
        id = uuid7(NOW + n, n)
        event = {"format": "frond/1 event", "event": str(id), "device": base32(device), "seq": seq,
                 "parents": sorted(parents, key=unbase64), "ops": list(ops)}
        plaintext = padded(json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode(), 256, b" ")
        token = seal(id, b"frond/1 event", NOW + n, plaintext)
        hash = hashlib.sha256(token).digest()
        largest = max((self.keys[parent] for parent in parents), default=[])
        self.keys[b64url(hash)] = [above for above in largest if above > hash] + [hash]
        self.events.append((event, token))
        return b64url(hash)


def operation(event: dict, op: dict, former: bool) -> bytes:
    if op["op"] == "merge":
        return b"\x04" + number(len(op["events"])) + b"".join(map(unbase64, op["events"]))

    def object_id(value: str) -> bytes:
        id = uuid.UUID(value)
        return signed((id.int >> 80) - (uuid.UUID(event["event"]).int >> 80)) + id.bytes[6:]

    def folder(value: str) -> bytes:
        return uuid.UUID(value).bytes

    if op["op"] == "retention":
        return b"\x13" + b"".join(optional(op[name], number) for name in LIMITS)
    out = bytes([10 if former else TAGS[op["op"]]])
    if op["op"] in ("mkdir", "move-folder"):
        return out + folder(op["folder"]) + optional(op["parent"], folder) + text(op["name"])
    if op["op"].endswith("-folder"):
        return out + folder(op["folder"])
    out += object_id(op["object"])
    if op["op"] == "begin":
        header, source = unbase64(op["header"]), op["source"]
        out += text(op["upload"]) + number(len(header)) + header
        out += text(source["name"]) + number(source["size"]) + time(source["modified"])
    elif op["op"] == "add":
        kind = op["type"]
        out += text(op["path"]) + number(op["size"]) + number(op["stored"]) + number(op["header"])
        out += bytes([TYPES.index(kind) + 1]) if kind in TYPES else b"\x00" + text(kind)
        out += time(op["modified"]) + unbase64(op["seal"])
    elif op["op"] == "move":
        out += text(op["path"])
    elif op["op"] == "place":
        out += optional(op["folder"], folder) + text(op["name"])
    elif op["op"] == "supersede":
        out += optional(op["by"], object_id)
    return out


def ordered(log: Log) -> list:
    return [event for event, _ in
            sorted(log.events, key=lambda event: log.keys[b64url(hashlib.sha256(event[1]).digest())])]


def kept(log: Log) -> dict:
    """Of each event the places of the operations that can still matter, and whether they purge what was a file."""
    named, keep = {}, {}
    for event in ordered(log):
        for at, op in enumerate(event["ops"]):
            if op["op"] == "merge":
                keep[event["event"], at] = False
            else:
                about = op["object"] if "object" in op else "folder " + op["folder"] if "folder" in op else op["op"]
                named.setdefault(about, []).append((event, at, op))
    for steps in named.values():
        def of(*names):
            return [step for step in steps if step[2]["op"] in names]
        chosen, adds = of("free")[:1], of("add")
        if of("purge"):
            event, at, _ = of("purge")[0]
            keep[event["event"], at] = bool(adds)
        else:
            contents = {}
            for step in adds:
                contents.setdefault(tuple(step[2][name] for name in ("size", "stored", "header", "seal")), step)
            chosen += list(contents.values()) + of("move", "place", "mkdir", "move-folder")[-1:]
            chosen += of("trash", "restore")[-1:] + of("trash-folder")[-1:] + of("restore-folder")[-1:]
            chosen += of("supersede")[-1:] + of("purge-folder")[:1] + of("retention")[-1:]
            if not adds:
                for device in {step[0]["device"] for step in of("begin")}:
                    begins = [step for step in of("begin") if step[0]["device"] == device]
                    chosen += begins[:1] + begins[1:][-1:]
                chosen += of("abandon")[:1]
        keep |= {(event["event"], at): False for event, at, _ in chosen}
    return keep


def implicit(log: Log, keep: dict) -> dict:
    """Of each event the folders that it is the first to name, and that nothing kept of it names."""
    seen, out = set(), {}
    for event in ordered(log):
        first = {path for op in event["ops"] for path in folders_of(op)} - seen
        seen |= first
        for at, op in enumerate(event["ops"]):
            first -= set(folders_of(op)) if (event["event"], at) in keep else set()
        outer = {path for inner in first for path in folders_of({"path": inner})}
        out[event["event"]] = sorted(first - outer, key=str.encode)
    return out


def replayed(log: Log) -> tuple[dict, dict]:
    """Files and folders by all operations of all events."""
    files, folders, purged = {}, {}, set()
    new = {"parent": None, "name": None, "kept": False, "trashed": False, "purged": False}
    for path in (path for event in ordered(log) for op in event["ops"] for path in folders_of(op)):
        outer, _, name = path.rpartition("/")
        folders[folder_id(path)] = new | {"parent": folder_id(outer) if outer else None, "name": name}
    for op in (op for event in ordered(log) for op in event["ops"] if op["op"] not in ("merge", "retention")):
        name = op["op"]
        if "object" not in op:
            folder = folders.setdefault(op["folder"], dict(new))
            if name in ("mkdir", "move-folder"):
                folder |= {"parent": op["parent"], "name": op["name"], "kept": True}
            elif name == "restore-folder":
                folder |= {"trashed": False, "kept": True}
            else:
                folder["trashed" if name == "trash-folder" else "purged"] = True
            continue
        file = files.get(op["object"])
        if name == "purge":
            purged.add(op["object"])
        elif name == "add" and file is None:
            files[op["object"]] = file = {"trashed": False, "superseded": None}
        elif name == "add":
            continue
        if file is not None and "path" in op:
            outer, _, last = op["path"].rpartition("/")
            file |= {"folder": folder_id(outer) if outer else None, "name": last}
        elif file is not None and name == "place":
            file |= {"folder": op["folder"], "name": op["name"]}
        elif file is not None and name == "supersede":
            file["superseded"] = op["by"]
        elif file is not None and name in ("trash", "restore"):
            file["trashed"] = name == "trash"
    return {name: file for name, file in sorted(files.items()) if name not in purged}, dict(sorted(folders.items()))


def records(log: Log) -> list:
    """The records in order, each with the position of its event."""
    keep = kept(log)
    named = implicit(log, keep)
    by_number = sorted(log.events, key=lambda e: (base64.b32decode(e[0]["device"].upper() + "======"), e[0]["seq"],
                                                  hashlib.sha256(e[1]).digest()))
    out, before = [], None
    for event, token in by_number:
        hash = hashlib.sha256(token).digest()
        key = log.keys[b64url(hash)]
        child = key[:-1] == []
        if before is not None and before[0]["device"] == event["device"]:
            last = log.keys[b64url(hashlib.sha256(before[1]).digest())]
            child = last < key and [above for above in last if above > hash] == key[:-1]
        form = b"\x02" if child else b"\x03" if key[:-1] == [] else b"\x04" + key[-2][:8]
        ops = [operation(event, op, keep[event["event"], at])
               for at, op in enumerate(event["ops"]) if (event["event"], at) in keep]
        ops += [b"\x12" + text(path) for path in named[event["event"]]]
        record = form + hash + uuid.UUID(event["event"]).bytes + number(len(ops)) + b"".join(ops)
        out.append((base64.b32decode(event["device"].upper() + "======"), event["seq"], record))
        before = event, token
    return out


def joined(rows: list) -> bytes:
    out, after = b"", None
    for device, seq, record in rows:
        out += (b"\x01" + device + number(seq) if (device, seq) != after else b"") + record
        after = device, seq + 1
    return out


def add(object_id: uuid.UUID, path: str, kind: str, seal_byte: int) -> dict:
    return {"op": "add", "object": str(object_id), "path": path, "size": 70_000, "stored": 73_000, "header": 512,
            "type": kind, "modified": None if kind else -1, "seal": b64url(bytes([seal_byte] * 32))}


def manifest_of(id: uuid.UUID, bodies: list, pages: list, canonical: bytes, devices: list, heads: list) -> dict:
    state = hashlib.sha256(b"frond/1 state\x00" + canonical + b"\x00" + b"".join(map(unbase64, heads))).digest()
    listed = [page | {"records": b64url(hashlib.sha256(body).digest())} for page, body in zip(pages, bodies)]
    return {"format": "frond/1 snapshot", "snapshot": str(id), "devices": devices, "heads": heads, "pages": listed,
            "state": b64url(state)}


def refused(rows: list, log: Log, id: uuid.UUID, page: dict, devices: list, heads: list) -> list:
    """Snapshots with one fault each; all their hashes are right."""
    def fault(name: str, body: bytes, heads: list = heads) -> dict:
        return {"fault": name, "manifest": manifest_of(id, [body], [page], body, devices, heads), "records": body.hex()}

    def changed(at: int, change) -> bytes:
        return joined([(device, seq, change(record) if n == at else record) for n, (device, seq, record) in enumerate(rows)])

    def find(holds) -> int:
        return next(n for n, row in enumerate(rows) if holds(*row))

    whole = joined(rows)
    empty = find(lambda device, seq, record: record[0] != 4 and len(record) == 50)
    typed = find(lambda device, seq, record: number(512) + bytes([TYPES.index("text/plain") + 1]) in record)
    alt = uuid.UUID(folder_id("Fotos/Alt")).bytes
    placed = find(lambda device, seq, record: alt + text("old.txt") in record)
    tops = [log.keys[b64url(record[1:33])] for _, _, record in rows if record[0] == 2]
    child = next(key for key in tops if len(key) > 1)
    below = find(lambda device, seq, record: record[1:33] == child[-1])
    second = joined(rows[:1]), joined([(rows[1][0], rows[1][1], b"")]), joined(rows[1:])
    text_type = number(512) + bytes([TYPES.index("text/plain") + 1])
    return [
        fault("a number in more bytes than it needs", changed(empty, lambda record: record[:-1] + b"\x80\x00")),
        fault("a position where none is needed", second[0] + second[2]),
        fault("two positions", whole[:18] + whole),
        fault("a position without an event", whole + second[1]),
        fault("no position at the start", whole[18:]),
        fault("form 3 where form 2 is true", changed(0, lambda record: b"\x03" + record[1:])),
        fault("form 4 where form 2 is true", changed(below, lambda record: b"\x04" + child[-2][:8] + record[1:])),
        fault("an event above that is not there", changed(below, lambda record: b"\x04" + bytes(8) + record[1:])),
        fault("another form", changed(0, lambda record: b"\x05" + record[1:])),
        fault("a listed media type in full",
              changed(typed, lambda record: record.replace(text_type, number(512) + b"\x00" + text("text/plain"), 1))),
        fault("an operation of a newer Frond", changed(empty, lambda record: record[:-1] + b"\x01\x13")),
        fault("a flag that is neither 0 nor 1", changed(placed, lambda record: record.replace(b"\x01" + alt, b"\x02" + alt))),
        fault("a name without letters", changed(placed, lambda record: record.replace(alt + text("old.txt"), alt + text("")))),
        fault("events in another order", joined([rows[-1]] + rows[:-1])),
        fault("an event twice", joined(rows[:1] + rows)),
        fault("records that end within an event", whole[:-1]),
        fault("a head that is not there", whole, sorted([*heads, b64url(bytes(32))], key=unbase64)),
        fault("no events", b""),
    ]


def written(log: Log, cut: int) -> tuple[dict, list, list, list, list]:
    """The log, its manifest and its pages, of which the first has the first `cut` records; and what these are made of."""
    named = {parent for event, _ in log.events for parent in event["parents"]}
    heads = sorted({b64url(hashlib.sha256(token).digest()) for _, token in log.events} - named, key=unbase64)
    rows = records(log)
    pages, tokens = [], []
    for n, part in enumerate((rows[:cut], rows[cut:])):
        body, id = joined(part), uuid7(NOW + 100 + n, 100 + n)
        plaintext = padded(b"frond/1 page" + struct.pack(">I", len(body)) + body, 4096, b"\x00")
        token = seal(id, b"frond/1 snapshot", NOW + 100 + n, plaintext)
        pages.append({"page": str(id), "length": len(token), "device": base32(part[0][0]), "seq": part[0][1],
                      "records": b64url(hashlib.sha256(body).digest())})
        tokens.append({"id": str(id), "records": body.hex(), "token": token.hex()})
    devices = []
    for device in sorted((A, B)):
        own = [e for e in log.events if e[0]["device"] == base32(device)]
        event, token = max(own, key=lambda e: (e[0]["seq"], hashlib.sha256(e[1]).digest()))
        devices.append({"device": base32(device), "seq": event["seq"], "hash": b64url(hashlib.sha256(token).digest())})
    id = uuid7(2**48 - 1 - (NOW + 200), 200)
    bodies = [bytes.fromhex(token["records"]) for token in tokens]
    manifest = manifest_of(id, bodies, pages, joined(rows), devices, heads)
    plaintext = padded(json.dumps(manifest, separators=(",", ":")).encode(), 4096, b" ")
    token = seal(id, b"frond/1 snapshot", NOW + 200, plaintext)
    stored = {
        "vault_key": VAULT_KEY.hex(),
        "log": [{"key": f"{e['device']}/{e['seq']:016x}/{e['event']}", "token": token.hex()} for e, token in log.events],
        "manifest": {"id": str(id), "json": manifest, "token": token.hex()},
        "pages": tokens,
    }
    return stored, rows, pages, devices, heads


def main() -> None:
    files = [uuid7(NOW - 5_000 + n, 1_000 + n) for n in range(9)]
    box, inner = (str(uuid.UUID(bytes=bytes([byte] * 16))) for byte in (7, 255))

    def mark(name: str, n: int) -> dict:
        return {"op": name, "object": str(files[n])}

    def move(n: int, path: str) -> dict:
        return mark("move", n) | {"path": path}

    def placing(n: int, folder: str | None, name: str) -> dict:
        return mark("place", n) | {"folder": folder, "name": name}

    def folder(op: str, folder: str, parent: str | None, name: str) -> dict:
        return {"op": op, "folder": folder, "parent": parent, "name": name}

    def begin(n: int, upload: str) -> dict:
        return mark("begin", n) | {"upload": upload, "header": b64url(b"header"),
                                   "source": {"name": "film.mkv", "size": 9 * 2**30, "modified": 1_700_000_000_123}}

    log = Log()
    a = log.add(A, 1, [], add(files[0], "Fotos/Möwe.jpg", "image/jpeg", 1), add(files[1], "notes.txt", "text/plain", 2))
    a = log.add(A, 2, [a], move(0, "Fotos/Seagull.jpg"), begin(2, "upload-1"))
    a = log.add(A, 10, [a], move(0, "Fotos/Bird.jpg"))
    b = log.add(B, 3, [a], mark("trash", 1), add(files[3], "model.xyz", "chemical/x-xyz", 3))
    a = log.add(A, 4, [a], move(0, "Fotos/Gull.jpg"), begin(2, "upload-2"), mark("restore", 1))
    b = log.add(B, 5, [b], begin(2, "upload-3"), mark("purge", 3), mark("free", 4))
    a = log.add(A, 6, [a, b], add(files[5], "twice", "", 5), begin(2, "upload-4"), mark("abandon", 2))
    b = log.add(B, 7, [b], add(files[5], "zwei", "", 6), mark("purge", 6), mark("trash", 5))
    a = log.add(A, 8, [a], mark("trash", 5), mark("restore", 5))
    b = log.add(B, 9, [b], move(1, "Notes/notes.txt"), mark("purge", 3))
    a = log.add(A, 11, [a], add(files[7], "Fotos/Alt/2019/x.jpg", "image/jpeg", 7), mark("purge", 7),
                add(files[8], "old.txt", "text/plain", 8), placing(8, folder_id("Fotos/Alt"), "old.txt"))
    b = log.add(B, 12, [a, b], folder("mkdir", box, None, "Kiste"), folder("move-folder", folder_id("Fotos"), box, "Bilder"),
                folder("mkdir", inner, box, "innen"), mark("supersede", 8) | {"by": str(files[1])})
    a = log.add(A, 13, [a], folder("mkdir", folder_id("Fotos"), None, "Fotos"), {"op": "trash-folder", "folder": box},
                move(5, "Spur/zwei"), mark("supersede", 0) | {"by": str(files[5])})
    b = log.add(B, 14, [b], {"op": "restore-folder", "folder": box}, {"op": "trash-folder", "folder": inner},
                mark("supersede", 0) | {"by": None}, {"op": "restore-folder", "folder": folder_id("Spur")})
    a = log.add(A, 15, [a, b], {"op": "purge-folder", "folder": inner}, {"op": "trash-folder", "folder": box}, move(5, "zwei"))
    one = log.add(B, 16, [b], {"op": "purge-folder", "folder": inner}, {"op": "restore-folder", "folder": inner})
    two = log.add(B, 17, [b], mark("restore", 1), back=1)
    log.add(A, 18, [a, one, two], {"op": "merge", "events": sorted([one, two], key=unbase64)})
    stored, rows, pages, devices, heads = written(log, 3)
    files_then, folders_then = replayed(log)
    vector = {
        "about": "The snapshot of FORMAT.md's section on snapshots. Tokens and records are hex.",
        **stored,
        "files": files_then,
        "folders": folders_then,
        "purged": sorted([str(files[3]), str(files[6]), str(files[7])]),
        "former": sorted([str(files[3]), str(files[7])]),
        "freeing": [str(files[4])],
        "abandoned": [str(files[2])],
        "refused": refused(rows, log, uuid.UUID(stored["manifest"]["id"]), pages[0], devices, heads),
    }
    (HERE / "snapshot.json").write_text(json.dumps(vector, indent=1) + "\n")


if __name__ == "__main__":
    main()
