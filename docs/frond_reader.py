#!/usr/bin/env python3
"""Opens one stored object of Frond, format 1 (FORMAT.md), without Frond. Needs only `pip install cryptography`.

  frond_reader.py --record FILE --user NAME --deployment NAME OBJECT OUTPUT      with the password
  frond_reader.py OBJECT OUTPUT                                                  with the file key or the vault key

OBJECT is a file from vaults/<account>/objects/, still named by its id (or say --id ID); the record is the account's
file from logins/. --seal, in base64url, refuses all but the object that was sealed. The password, or the file key in
hex or base64url, comes from FROND_PASSWORD or FROND_FILE_KEY, else from the terminal, else from standard input; the
vault key, as Settings saves it, from FROND_VAULT_KEY.
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

def read_file_key(vault_key: bytes, object_id: uuid.UUID) -> bytes:
    """One key for each object (FORMAT.md, "File keys")."""
    check(len(vault_key) == 32, "This is not a vault key.")
    return expand(hmac.digest(object_id.bytes, vault_key, "sha256"), b"frond/1 file")

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

def secret(name: str) -> str:
    ask = getpass.getpass if sys.stdin.isatty() else lambda _: sys.stdin.readline().rstrip("\r\n")
    return os.environ.get(name) or ask(name + ": ")

def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for argument in ("--record", "--user", "--deployment", "--id", "--seal", "object", "output"):
        parser.add_argument(argument)
    options = parser.parse_args()
    object_id = uuid.UUID(options.id or os.path.basename(options.object))
    if options.record is not None:
        check(options.user and options.deployment, "--record goes with --user and --deployment.")
        record = json.loads(pathlib.Path(options.record).read_bytes())
        vault_key = read_vault_key(options.user, options.deployment, secret("FROND_PASSWORD"), record)
        file_key = read_file_key(vault_key, object_id)
    elif "FROND_VAULT_KEY" in os.environ:
        file_key = read_file_key(unbase64(os.environ["FROND_VAULT_KEY"].strip()), object_id)
    else:
        text = secret("FROND_FILE_KEY")
        file_key = bytes.fromhex(text) if len(text) == 64 else unbase64(text.rstrip("="))
    seal = unbase64(options.seal) if options.seal is not None else None
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(options.output))) as folder:
        with open(options.object, "rb") as stored, open(os.path.join(folder, "unfinished"), "wb") as file:
            meta = read_object(stored, object_id, file_key, seal, file.write)
        os.replace(file.name, options.output)
    print(json.dumps(meta))

if __name__ == "__main__":
    try:
        main()
    except (Refused, OSError) as error:
        sys.exit(f"frond_reader: {error}")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        sys.exit("frond_reader: An id, a key, the record or the header has not the form that FORMAT.md gives it.")
