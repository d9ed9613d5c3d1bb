#!/usr/bin/env bash
# Packs the endpoint and the page as an image: deploy/container.sh → localhost/frond. Needs `make page`, podman or docker,
# musl-tools and
#   rustup target add x86_64-unknown-linux-musl       (or aarch64: the machine's own)
# To run it, with frond.toml readable by all and listen = "0.0.0.0:8080"; a proxy in front of it ends TLS:
#   podman run --read-only --cap-drop all -p 127.0.0.1:8080:8080 -v ./frond.toml:/frond.toml:ro \
#     -e FROND_ACCESS_KEY -e FROND_SECRET_KEY frond
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(uname -m)-unknown-linux-musl
builder=$(command -v podman || command -v docker)
cargo build --release --locked -p frond-endpoint --target "$target"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "${CARGO_TARGET_DIR:-target}/$target/release/frond-endpoint" deploy/Containerfile "$folder"
cp -r dist "$folder/dist"
chmod -R a+rX "$folder"
"$builder" build -t frond -f "$folder/Containerfile" "$folder"
