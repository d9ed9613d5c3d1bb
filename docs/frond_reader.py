#!/usr/bin/env python3
"""Opens one stored object of Frond, format 1 (FORMAT.md), without Frond; or lists the files of a snapshot.
Needs only `pip install cryptography`.

  frond_reader.py --record FILE --user NAME --deployment NAME OBJECT OUTPUT      with the password
  frond_reader.py OBJECT OUTPUT                                                  with the file key or the vault key

OBJECT is a file from vaults/<account>/objects/, still named by its id (or say --id ID); the record is the account's
file from logins/. --seal, in base64url, refuses all but the object that was sealed. The password, or the file key in
hex or base64url, comes from FROND_PASSWORD or FROND_FILE_KEY, else from the terminal, else from standard input; the
vault key, as Settings saves it, from FROND_VAULT_KEY. With the password or the vault key, OBJECT may be a snapshot's
manifest from vaults/<account>/snapshots/, its pages beside it: OUTPUT is then the list of files, as JSON. Changes
after the snapshot are in the log alone.
OUTPUT appears only once every byte was verified; what is known of the file is printed as JSON."""
import argparse, base64, getpass, hashlib, hmac, json, os, pathlib, re, sys, tempfile, unicodedata, uuid

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAGIC, ITERATIONS, CHUNK, MAX_SIZE, TAG = b"frond/1\n", 1_200_000, 524_288, 2**40, 32
NOT_OURS = "This object was changed, or the key is not its own."
BAD_HEADER = "This header is not what Frond writes."

class Refused(Exception):
    """The object is not opened; the sentence says why."""

def check(holds: bool, sentence: str) -> None:
    if not holds:
        raise Refused(sentence)

def expand(prk: bytes, info: bytes) -> bytes:
    """HKDF-Expand of RFC 5869 to 32 bytes, which is one block."""
    return hmac.digest(prk, info + b"\x01", "sha256")

def unbase64(text: str) -> bytes:
    """base64url without padding, one spelling only."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    check(base64.urlsafe_b64encode(raw).decode().rstrip("=") == text, "This is not base64url.")
    return raw

def open_token(key: bytes, token: bytes) -> bytes:
    """Opens a raw token with a plain Fernet library: HMAC first, and one error whatever is wrong."""
    try:
        return Fernet(base64.urlsafe_b64encode(key)).decrypt(base64.urlsafe_b64encode(token))
    except InvalidToken:
        raise Refused(NOT_OURS) from None

def token_length(n: int) -> int:
    return 57 + 16 * (n // 16 + 1)

def padme(n: int) -> int:
    e = max(n.bit_length() - 1, 1)
    unit = 1 << (e - e.bit_length())
    return -(-n // unit) * unit

def read_vault_key(user: str, deployment: str, password: str, record: dict) -> bytes:
    """Words to keys, then the keyring of the login record (FORMAT.md, "Account keys")."""
    user = user.strip(" \t\n\f\r")
    check(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", user) is not None, "This is not a user name of Frond.")
    salt = hashlib.sha256(b"\0".join([b"frond/1 salt", deployment.encode(), user.lower().encode()])).digest()
    root = hashlib.pbkdf2_hmac("sha256", unicodedata.normalize("NFKC", password).encode(), salt, ITERATIONS)
    public = Ed25519PrivateKey.from_private_bytes(expand(root, b"frond/1 login")).public_key().public_bytes_raw()
    login = base64.b32encode(hashlib.sha256(public).digest()[:16]).decode().rstrip("=").lower()
    check((record["format"], record["login"]) == ("frond/1 login", login),
          "Wrong user name, password or deployment, or the record of another login.")
    keyring = json.loads(open_token(expand(root, b"frond/1 unlock"), unbase64(record["keyring"].rstrip("="))))
    check((keyring["login"], keyring["account"]) == (login, record["account"]), "This login record was changed.")
    return unbase64(keyring["vault_key"])

def encode_meta(meta: dict) -> bytes:
    """The one encoding of what a header says of its file, padded to 512 k - 129 bytes with the smallest k."""
    text = json.dumps(meta, ensure_ascii=False, separators=(",", ":")).encode()
    return text.ljust((len(text) + 640) // 512 * 512 - 129)

def read_meta(plaintext: bytes) -> dict:
    meta = json.loads(plaintext)
    kinds = [type(value) for value in meta.values()]
    check(list(meta) == ["name", "size", "type", "modified"] and encode_meta(meta) == plaintext, BAD_HEADER)
    check(kinds in ([str, int, str, int], [str, int, str, type(None)]), BAD_HEADER)
    check(0 <= meta["size"] <= MAX_SIZE and abs(meta["modified"] or 0) < 2**53, BAD_HEADER)
    return meta

def read_object(stored, object_id: uuid.UUID, file_key: bytes, seal: bytes | None, write) -> dict:
    """Verifies `stored` in the order of FORMAT.md and hands its content to `write`, chunk by verified chunk."""
    content_key = expand(file_key, b"frond/1 content")
    commitment = expand(content_key, b"frond/1 commit")
    head = stored.read(64)
    check(len(head) == 64 and head[:8] == MAGIC, "This is not an object of Frond, format 1.")
    check(head[8:24] == object_id.bytes, "This is another object than the one asked for.")
    check(hmac.compare_digest(head[24:56], commitment), NOT_OURS)
    header = int.from_bytes(head[56:60], "big") + 71
    check(header in range(512, 4097, 512) and not any(head[60:]), BAD_HEADER)
    rest = stored.read(header - 64)
    check(len(rest) == header - 64 and not any(rest[-7:]), BAD_HEADER)
    meta_token, stamp = rest[:-7], ((object_id.int >> 80) // 1000).to_bytes(8, "big")
    meta = read_meta(open_token(expand(file_key, b"frond/1 meta"), meta_token))
    check(meta_token[1:9] == stamp, NOT_OURS)

    # All lengths follow from the size. A last chunk is never full, and an empty file has one empty chunk.
    size, padded = meta["size"], padme(meta["size"])
    count = (padded + header) // CHUNK + 1
    last = padded - max((count - 1) * CHUNK - header, 0)
    table_at = ((count - 1) * token_length(CHUNK) or header) + token_length(last)
    missing = table_at + count * TAG - stored.seek(0, os.SEEK_END)
    check(missing == 0, "This object was cut." if missing > 0 else "Something was added to this object.")
    stored.seek(table_at)
    table = stored.read(count * TAG)
    found = hashlib.sha256(b"frond/1 seal\0" + commitment + meta_token[-TAG:] + table).digest()
    check(seal is None or hmac.compare_digest(found, seal), "This is not the object that was sealed.")

    stored.seek(header)
    for i in range(count):
        start, end = max(i * CHUNK - header, 0), min((i + 1) * CHUNK - header, padded)
        token = stored.read(token_length(end - start))
        check(hmac.compare_digest(token[-TAG:], table[i * TAG:(i + 1) * TAG]), NOT_OURS)
        key = expand(content_key, b"frond/1 chunk" + i.to_bytes(8, "big") + bytes([i == count - 1]))
        plain = open_token(key, token)
        content, padding = plain[:max(size - start, 0)], plain[max(size - start, 0):]
        check(token[1:9] == stamp and len(plain) == end - start and not any(padding), NOT_OURS)
        write(content)
    return meta

BAD_SNAPSHOT = "This is not a snapshot of Frond, format 1."
OPERATIONS = """begin add move merge trash restore abandon free purge purge place supersede
    mkdir move-folder trash-folder restore-folder purge-folder implicit retention""".split()
TYPES = ["", *"""
    application/octet-stream text/plain text/csv text/html text/markdown application/json application/pdf
    application/zip application/gzip image/jpeg image/png image/gif image/webp image/heic image/svg+xml
    image/tiff image/bmp audio/mpeg audio/mp4 audio/wav audio/flac audio/ogg video/mp4 video/quicktime
    video/webm video/x-matroska application/msword
    application/vnd.openxmlformats-officedocument.wordprocessingml.document
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
    application/vnd.openxmlformats-officedocument.presentationml.presentation application/epub+zip""".split()]

class Records:
    """What the records of a snapshot are made of (FORMAT.md, "Snapshots")."""
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def bytes(self, count: int) -> bytes:
        self.at += count
        check(self.at <= len(self.data), BAD_SNAPSHOT)
        return self.data[self.at - count:self.at]

    def number(self) -> int:
        value, shift, byte = 0, 0, 128
        while byte >= 128:
            byte = self.bytes(1)[0]
            value |= (byte & 127) << shift
            shift += 7
        check(value < 2**64 and (byte > 0 or shift == 7), BAD_SNAPSHOT)
        return value

    def signed(self) -> int:
        value = self.number()
        return value >> 1 if value % 2 == 0 else -(value + 1 >> 1)

    def text(self) -> str:
        return self.bytes(self.number()).decode()

    def optional(self, read):
        known = self.bytes(1)[0]
        check(known < 2, BAD_SNAPSHOT)
        return read() if known else None

    def time(self) -> int | None:
        return self.optional(self.signed)

    def folder(self) -> uuid.UUID:
        return uuid.UUID(bytes=self.bytes(16))

    def operation(self, event_ms: int) -> tuple:
        """The name of an operation, the file or folder that it is about, if any, and what else it says."""
        def object_id() -> uuid.UUID:
            return uuid.UUID(bytes=(event_ms + self.signed()).to_bytes(6, "big") + self.bytes(10))

        tag = self.bytes(1)[0]
        check(1 <= tag <= len(OPERATIONS), BAD_SNAPSHOT)
        name = OPERATIONS[tag - 1]
        if name == "merge":
            return name, None, {"events": self.bytes(32 * self.number())}
        if name == "implicit":
            return name, None, {"path": self.text()}
        if name == "retention":
            return name, None, {"limits": [self.optional(self.number) for _ in range(3)]}
        about, said = self.folder() if tag > 12 else object_id(), {}
        if name == "begin":
            said = {"upload": self.text(), "header": self.bytes(self.number()),
                    "source": (self.text(), self.number(), self.time())}
        elif name == "add":
            said = {"path": self.text(), "size": self.number(), "stored": self.number(), "header": self.number()}
            kind = self.bytes(1)[0]
            check(kind <= len(TYPES), BAD_SNAPSHOT)
            said["type"] = TYPES[kind - 1] if kind else self.text()
            said |= {"modified": self.time(), "seal": self.bytes(32)}
        elif name == "move":
            said = {"path": self.text()}
        elif name in ("place", "mkdir", "move-folder"):
            said = {"folder" if name == "place" else "parent": self.optional(self.folder), "name": self.text()}
        elif name == "supersede":
            said = {"by": self.optional(object_id)}
        return name, about, said

def snapshot_token(read, snapshot_id: uuid.UUID, vault_key: bytes) -> bytes:
    key = expand(hmac.digest(snapshot_id.bytes, vault_key, "sha256"), b"frond/1 snapshot")
    token, ms = read(snapshot_id), snapshot_id.int >> 80
    made = 2**48 - 1 - ms if ms >> 47 else ms
    check(token[1:9] == (made // 1000).to_bytes(8, "big"), BAD_SNAPSHOT)
    return open_token(key, token)

def read_snapshot(read, snapshot_id: uuid.UUID, vault_key: bytes) -> list:
    """The files of a snapshot; `read` gives the stored bytes of a manifest or a page by its id."""
    manifest = json.loads(snapshot_token(read, snapshot_id, vault_key))
    check((manifest["format"], manifest["snapshot"]) == ("frond/1 snapshot", str(snapshot_id)), BAD_SNAPSHOT)
    whole, events, number, before = b"", [], None, None
    for page in manifest["pages"]:
        plain = snapshot_token(read, uuid.UUID(page["page"]), vault_key)
        end = 16 + int.from_bytes(plain[12:16], "big")
        body = plain[16:end]
        check(plain[:12] == b"frond/1 page" and len(body) == end - 16 and not any(plain[end:]), BAD_SNAPSHOT)
        check(hashlib.sha256(body).digest() == unbase64(page["records"]), BAD_SNAPSHOT)
        records, start = Records(body), 0
        while records.at < len(body):
            first, form = records.at == 0, records.bytes(1)[0]
            if form == 1:
                position = records.bytes(16), records.number()
                # In `state` stands no position that is there only because a page begins.
                start = records.at if events and first and position == number else start
                if number is None or position[0] != number[0]:
                    before = None
                number = position
                form = records.bytes(1)[0]
            check(form in (2, 3, 4) and number is not None, BAD_SNAPSHOT)
            above = records.bytes(8) if form == 4 else None
            hash, event_id = records.bytes(32), uuid.UUID(bytes=records.bytes(16))
            ms = event_id.int >> 80
            ops = [records.operation(ms) for _ in range(records.number())]
            events.append((hash, (before if form == 2 else above, form), ms, ops))
            number, before = (number[0], number[1] + 1), hash
        whole += body[start:]
    heads = b"".join(unbase64(head) for head in manifest["heads"])
    state = hashlib.sha256(b"frond/1 state\0" + whole + b"\0" + heads).digest()
    check(state == unbase64(manifest["state"]), BAD_SNAPSHOT)
    return files_of(events)

def files_of(events: list) -> list:
    """Puts events in their order and replays what is kept of their operations."""
    by_start, keys = {hash[:8]: (hash, base) for hash, base, _, _ in events}, {}
    for hash, _, _, _ in events:
        path = [hash]
        while (base := by_start[path[-1][:8]][1][0]) is not None and by_start[base[:8]][0] not in keys:
            path.append(by_start[base[:8]][0])
            check(len(path) <= len(events), BAD_SNAPSHOT)
        for one in reversed(path):
            base, form = by_start[one[:8]][1]
            key = keys[by_start[base[:8]][0]] if base is not None else []
            keys[one] = [above for above in key if form == 4 or above > one] + [one]
    ordered = sorted(events, key=lambda event: keys[event[0]])
    return shown([(*op, ms) for _, _, ms, ops in ordered for op in ops])

def folder_id(parent: uuid.UUID | None, name: str) -> uuid.UUID:
    parent = parent.bytes if parent else bytes(16)
    return uuid.UUID(bytes=hashlib.sha256(b"frond/1 folder\0" + parent + name.encode()).digest()[:16])

def target(links: dict, when: dict, one: uuid.UUID) -> uuid.UUID | None:
    """What one points to. Of pointers that form a cycle, the one that was set last leads nowhere."""
    path, to = [one], links[one]
    while to in links and to not in path:
        path.append(to)
        to = links[to]
    return None if to == one == max(path, key=lambda one: when.get(one, -1)) else links[one]

def shown(ops: list) -> list:
    """The files after these operations, and where the folders and the trash show them. Paths are as they were given:
    neither made safe nor told apart."""
    files, folders, when, purged = {}, {}, {}, set()

    def folder(names: list) -> uuid.UUID | None:
        parent = None
        for name in names:
            one = folder_id(parent, name)
            folders.setdefault(one, {"parent": parent, "name": name, "trashed": False, "purged": False})
            parent = one
        return parent

    for name, _, said, _ in ops:
        if name in ("add", "move", "implicit"):
            folder(said["path"].split("/") if name == "implicit" else said["path"].split("/")[:-1])
    for at, (name, about, said, ms) in enumerate(ops):
        file = files.get(about)
        if name.endswith("-folder") or name == "mkdir":
            one = folders.setdefault(about, {"parent": None, "name": None, "trashed": False, "purged": False})
            one |= said
            one["trashed"] = name == "trash-folder" if name in ("trash-folder", "restore-folder") else one["trashed"]
            one["purged"] |= name == "purge-folder"
            when |= {about: at} if said else {}
        elif name == "purge":
            purged.add(about)
        elif name == "add" and file is None:
            *names, last = said["path"].split("/")
            file = said | {"folder": folder(names), "name": last, "added": ms, "trashed": False, "superseded": None}
            files[about] = file
        elif file is not None and name == "move":
            *names, last = said["path"].split("/")
            file |= {"folder": folder(names), "name": last}
        elif file is not None and name in ("trash", "restore"):
            file["trashed"] = name == "trash"
        elif file is not None and name == "place":
            file |= said
        elif file is not None and name == "supersede":
            file["superseded"], when[about] = said["by"], at
    files = {one: file for one, file in sorted(files.items()) if one not in purged}
    parents = {one: folder["parent"] for one, folder in folders.items()}
    newer = {one: file["superseded"] if file["superseded"] in files else None for one, file in files.items()}
    rows = []
    for one, file in files.items():
        names, trashed, place = [file["name"]], file["trashed"], file["folder"]
        while place in folders:
            if folders[place]["name"] is not None and not folders[place]["purged"]:
                names.insert(0, folders[place]["name"])
                trashed |= folders[place]["trashed"]
            place = target(parents, when, place)
        by = target(newer, when, one)
        rows.append(file | {
            "id": str(one), "path": "/".join(name.replace("/", "_") for name in names), "trashed": trashed,
            "folder": str(file["folder"]) if file["folder"] else None, "superseded": str(by) if by else None,
            "seal": base64.urlsafe_b64encode(file["seal"]).decode().rstrip("=")})
    return rows

def secret(name: str) -> str:
    ask = getpass.getpass if sys.stdin.isatty() else lambda _: sys.stdin.readline().rstrip("\r\n")
    return os.environ.get(name) or ask(name + ": ")

def save(output: str, write):
    """Writes a file that appears only once it is whole."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(output))) as folder:
        with open(os.path.join(folder, "unfinished"), "wb") as file:
            written = write(file)
        os.replace(file.name, output)
    return written

def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for argument in ("--record", "--user", "--deployment", "--id", "--seal", "object", "output"):
        parser.add_argument(argument)
    options = parser.parse_args()
    object_id = uuid.UUID(options.id or os.path.basename(options.object))
    vault_key = None
    if options.record is not None:
        check(options.user and options.deployment, "--record goes with --user and --deployment.")
        record = json.loads(pathlib.Path(options.record).read_bytes())
        vault_key = read_vault_key(options.user, options.deployment, secret("FROND_PASSWORD"), record)
    elif "FROND_VAULT_KEY" in os.environ:
        vault_key = unbase64(os.environ["FROND_VAULT_KEY"].strip())
        check(len(vault_key) == 32, "This is not a vault key.")
    if vault_key is not None:
        if object_id.int >> 127:
            folder = pathlib.Path(options.object).parent
            files = read_snapshot(lambda name: (folder / str(name)).read_bytes(), object_id, vault_key)
            return save(options.output, lambda file: file.write(json.dumps(files, indent=1).encode()))
        file_key = expand(hmac.digest(object_id.bytes, vault_key, "sha256"), b"frond/1 file")
    else:
        text = secret("FROND_FILE_KEY")
        file_key = bytes.fromhex(text) if len(text) == 64 else unbase64(text.rstrip("="))
    seal = unbase64(options.seal) if options.seal is not None else None
    with open(options.object, "rb") as stored:
        meta = save(options.output, lambda file: read_object(stored, object_id, file_key, seal, file.write))
    print(json.dumps(meta))

if __name__ == "__main__":
    try:
        main()
    except (Refused, OSError) as error:
        sys.exit(f"frond_reader: {error}")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        sys.exit("frond_reader: An id, a key, the record or the header has not the form that FORMAT.md gives it.")
