#!/usr/bin/env bash
# Packs the endpoint for AWS Lambda: deploy/lambda.sh frond.toml → frond-lambda.zip. Needs `make page`, musl-tools, zip and
#   rustup target add x86_64-unknown-linux-musl
# The function: runtime provided.al2023, architecture x86_64, handler any, environment FROND_CONFIG=frond.toml,
# reserved concurrency as you like, a function URL without AWS's own authorisation: each request carries its own.
# In frond.toml: public_origins is that URL (or the domain before it), forwarded = true.
set -euo pipefail
config=$(realpath "${1:?the configuration}")
cd "$(dirname "$0")/.."
target=x86_64-unknown-linux-musl
cargo build --release --locked -p frond-endpoint --features lambda --target $target
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "${CARGO_TARGET_DIR:-target}/$target/release/frond-endpoint" "$folder/bootstrap"
cp "$config" "$folder/frond.toml"
cp -r dist "$folder/dist"
rm -f frond-lambda.zip
(cd "$folder" && zip -qr - .) > frond-lambda.zip
