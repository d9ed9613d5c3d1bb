"""Writes added_login.json: alice adds the login of her recovery words. No code is shared with the Rust side."""

import base64
import hmac
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

HERE = pathlib.Path(__file__).parent
V1 = json.loads((HERE / "frond_v1.json").read_text())


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def main() -> None:
    alice, recovery, keyring = V1["accounts"][0], V1["recovery"], V1["keyring"]
    seed = hmac.digest(bytes.fromhex(recovery["entropy"]), b"frond/1 login" + b"\x01", "sha256")
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert key.public_key().public_bytes_raw().hex() == recovery["public_key"]
    record = {
        "format": "frond/1 login",
        "login": recovery["login_id"],
        "public_key": b64url(key.public_key().public_bytes_raw()),
        "account": keyring["account"],
        "kind": "recovery",
        "created": 1763886000,
        "keyring": keyring["token"],
    }
    text = json.dumps(record, separators=(",", ":")).encode()
    parts = [b"frond/1 new login", alice["deployment"].encode(), alice["login_id"].encode(), text]
    vector = {
        "about": "The proof of FORMAT.md's section on requests: alice's login adds the one of her recovery words.",
        "deployment": alice["deployment"],
        "by": alice["login_id"],
        "seed": seed.hex(),
        "record": record,
        "proof": b64url(key.sign(b"\x00".join(parts))),
    }
    (HERE / "added_login.json").write_text(json.dumps(vector, indent=1) + "\n")


main()
