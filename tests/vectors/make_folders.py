"""Writes folders.json: the ids of the folders that paths name. No code is shared with the Rust side."""

import hashlib
import json
import pathlib
import uuid

HERE = pathlib.Path(__file__).parent
PATHS = ["photos", "photos/2026", "Photos", "photos/2026/Ägäis", "photos/2026/A\u0308ga\u0308is", "..", "a//b", "/a", " "]


def folder_id(path: str) -> uuid.UUID:
    folder = bytes(16)
    for name in path.split("/"):
        folder = hashlib.sha256(b"frond/1 folder\0" + folder + name.encode()).digest()[:16]
    return uuid.UUID(bytes=folder)


def main() -> None:
    vector = {
        "about": "The folder_id that FORMAT.md derives for the folder at a path.",
        "folders": [{"path": path, "id": str(folder_id(path))} for path in PATHS],
    }
    (HERE / "folders.json").write_text(json.dumps(vector, indent=1) + "\n")


if __name__ == "__main__":
    main()
