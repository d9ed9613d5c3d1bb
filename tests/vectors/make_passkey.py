"""Writes passkey.json: alice's passkey as one more login. No code is shared with the Rust side."""

import base64
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

HERE = pathlib.Path(__file__).parent
V1 = json.loads((HERE / "frond_v1.json").read_text())
CREATED = 1763886000


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def expand(key: bytes, info: bytes) -> bytes:
    return hmac.digest(key, info + b"\x01", "sha256")


def fernet(key: bytes, time: int, iv: bytes, plaintext: bytes) -> str:
    pad = padding.PKCS7(128).padder()
    cbc = Cipher(algorithms.AES(key[16:]), modes.CBC(iv)).encryptor()
    signed = b"\x80" + struct.pack(">Q", time) + iv
    signed += cbc.update(pad.update(plaintext) + pad.finalize()) + cbc.finalize()
    return base64.urlsafe_b64encode(signed + hmac.digest(key[:16], signed, "sha256")).decode()


def main() -> None:
    alice, keyring = V1["accounts"][0], V1["keyring"]
    salt = hashlib.sha256(b"frond/1 passkey\x00" + alice["deployment"].encode()).digest()
    # The authenticator's part, as WebAuthn and CTAP have it; any 32 bytes will do as its secret.
    secret = hashlib.sha256(b"alice's passkey").digest()
    root = hmac.digest(secret, hashlib.sha256(b"WebAuthn PRF\x00" + salt).digest(), "sha256")
    seed, unlock_key = expand(root, b"frond/1 login"), expand(root, b"frond/1 unlock")
    public_key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    digest = hashlib.sha256(public_key).digest()[:16]
    login = base64.b32encode(digest).rstrip(b"=").decode().lower()
    iv = hashlib.sha256(b"iv").digest()[:16]
    plain = {
        "login": login,
        "account": keyring["account"],
        "vault_key": b64url(bytes.fromhex(keyring["vault_key"])),
        "username": alice["username"],
    }
    text = json.dumps(plain, separators=(",", ":")).encode()
    vector = {
        "about": "A passkey's login (FORMAT.md, from words to keys): the authenticator computes root from salt.",
        "deployment": alice["deployment"],
        "username": alice["username"],
        "salt": salt.hex(),
        "secret": secret.hex(),
        "root": root.hex(),
        "login_seed": seed.hex(),
        "public_key": public_key.hex(),
        "login_id": login,
        "unlock_key": unlock_key.hex(),
        "vault_key": keyring["vault_key"],
        "iv": iv.hex(),
        "record": {
            "format": "frond/1 login",
            "login": login,
            "public_key": b64url(public_key),
            "account": keyring["account"],
            "kind": "passkey",
            "created": CREATED,
            "keyring": fernet(unlock_key, CREATED, iv, text),
        },
    }
    (HERE / "passkey.json").write_text(json.dumps(vector, indent=1) + "\n")


main()
