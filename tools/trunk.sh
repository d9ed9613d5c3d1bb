#!/usr/bin/env bash
# trunk for the page that is delivered: with a standard library of its own, compiled like the rest of it.
#   tools/trunk.sh build --release --offline
# The standard library that comes with Rust is compiled for speed, knows the place of every panic, and formats what
# nobody reads. Built from rust-src for this page (small, panics end the program at once, no Debug texts) it saves about
# a tenth of the first load. That is unstable, hence RUSTC_BOOTSTRAP, and so it is for the page alone: tests and lints
# use the ordinary one, and a plain `trunk build` works as well, to a larger page.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/env.sh
export RUSTC_BOOTSTRAP=1
export CARGO_UNSTABLE_BUILD_STD=std,panic_abort
export CARGO_UNSTABLE_BUILD_STD_FEATURES=optimize_for_size
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none'
exec trunk "$@"
