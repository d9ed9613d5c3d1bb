"""Writes retention.json: a log of two devices that set what is deleted by itself, and a snapshot of it. No code is
shared with the Rust side."""

import json
import uuid

from make_snapshot import A, B, HERE, LIMITS, NOW, Log, add, joined, manifest_of, operation, ordered, uuid7, written


def retention(versions: int | None, version_days: int | None, trash_days: int | None) -> dict:
    return {"op": "retention"} | dict(zip(LIMITS, (versions, version_days, trash_days)))


def main() -> None:
    file = uuid7(NOW - 5_000, 2_000)
    log = Log()
    a = log.add(A, 21, [], add(file, "a.txt", "text/plain", 1), retention(5, 90, 30))
    b = log.add(B, 22, [a], retention(None, None, None), retention(1, None, 1_000_000))
    a = log.add(A, 23, [a], retention(100, 365, None), {"op": "trash", "object": str(file)})
    log.add(B, 24, [b])
    stored, rows, pages, devices, heads = written(log, 2)
    last = [op for event in ordered(log) for op in event["ops"] if op["op"] == "retention"][-1]
    id = uuid.UUID(stored["manifest"]["id"])

    kept = operation({}, last, False)

    def fault(name: str, changed: bytes) -> dict:
        """All hashes are right, but for what is written of the limits."""
        body = joined([(device, seq, record.replace(kept, changed)) for device, seq, record in rows])
        return {"fault": name, "manifest": manifest_of(id, [body], pages[:1], body, devices, heads), "records": body.hex()}

    vector = {
        "about": "An operation that FORMAT.md added after snapshot.json. Tokens and records are hex.",
        **stored,
        "retention": {name: last[name] for name in LIMITS},
        "refused": [
            fault("a limit of 0", b"\x13\x01\x00\x00\x00"),
            fault("a limit above a million", b"\x13\x01\xc1\x84\x3d\x00\x00"),
            fault("a flag that is neither 0 nor 1", b"\x13\x02\x05\x00\x00"),
            fault("an operation of a newer Frond", b"\x14\x00\x00\x00"),
        ],
    }
    (HERE / "retention.json").write_text(json.dumps(vector, indent=1) + "\n")


if __name__ == "__main__":
    main()
