#!/usr/bin/env bash
# `make bench`: native, then in Chromium, then end to end. Everything is measured in one run, side by side; compare the ratios.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/env.sh
target=${CARGO_TARGET_DIR:-target}

cargo run --release --locked --quiet -p frond-bench
cargo run --release --locked --quiet -p frond-load
cargo build --release --locked --quiet -p frond-cli
load=$(realpath "$target/release/frond-load") frond=$(realpath "$target/release/frond")
cargo build --profile page --locked --quiet -p frond-bench --lib --target wasm32-unknown-unknown
wasm-bindgen --target web --out-dir bench/output/frond --out-name frond \
  "$target/wasm32-unknown-unknown/page/frond_bench.wasm"
cd bench
node run.mjs "$@"
node visit.mjs --timeline=1
FROND_LOAD_BIN=$load node vault.mjs
FROND_LOAD_BIN=$load FROND_BIN=$frond node small.mjs
exec node transfer.mjs
