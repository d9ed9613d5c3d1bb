#!/usr/bin/env bash
# Prepares what building and testing need, once, in a folder of the user's cache; quick when all is there.
#   tools/setup.sh page    what `make serve` needs: wasm target, trunk, wasm-bindgen, wasm-split, wasm-opt, all crates
#   tools/setup.sh test    besides: Chromium and its driver, Firefox, Python packages, the stories' npm packages
#   tools/setup.sh stores  Garage, built once (about 30 minutes on two cores), and Debian's Ceph, for `make test-stores`
#   tools/setup.sh container  the musl target of Rust and of C, and podman where there is no docker, for `make container`
# Prints, as its last line, nothing: `. tools/env.sh` puts the tools on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/env.sh

trunk_version=0.21.14
wasm_split_version=0.2.4
garage_version=2.5.0
wasm_bindgen_version=$(grep -A1 '^name = "wasm-bindgen"$' Cargo.lock | sed -n 's/^version = "\(.*\)"$/\1/p')

say() { printf '\033[1m· %s\033[0m\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

apt_install() {
  has apt-get || { echo "Please install: $* (there is no apt-get here)" >&2; exit 1; }
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  say "installing $* with apt-get"
  "${root[@]}" apt-get install -y -q "$@" >"$FROND_CACHE/apt.log" 2>&1 || {
    "${root[@]}" apt-get update -q >>"$FROND_CACHE/apt.log" 2>&1
    "${root[@]}" apt-get install -y -q "$@" >>"$FROND_CACHE/apt.log" 2>&1 || { tail -n 20 "$FROND_CACHE/apt.log" >&2; exit 1; }
  }
}

rust() {
  local missing
  has rustup || return 0
  rustup target list --installed | grep -qx wasm32-unknown-unknown || {
    say "adding Rust's wasm32-unknown-unknown target"
    rustup target add wasm32-unknown-unknown
  }
  missing=$(for c in rustfmt clippy rust-src; do rustup component list --installed | grep -q "^$c" || echo "$c"; done)
  [ -z "$missing" ] || rustup component add $missing
}

# prebuilt NAME VERSION URL: unpacks a released binary; false where none can be had or it is another version.
prebuilt() {
  local name=$1 version=$2 url=$3 unpacked
  [ "$(uname -m)" = x86_64 ] && has curl || return 1
  unpacked=$(mktemp -d)
  if curl --proto '=https' -fsSL --connect-timeout 5 --max-time 120 "$url" 2>/dev/null | tar -xz -C "$unpacked" 2>/dev/null; then
    find "$unpacked" -type f -name "$name*" -perm -u+x -exec cp {} "$FROND_TOOLS/bin/" \;
  fi
  rm -rf "$unpacked"
  is_version "$name" "$version"
}

is_version() { [ -x "$FROND_TOOLS/bin/$1" ] && "$FROND_TOOLS/bin/$1" --version 2>/dev/null | grep -qF " $2"; }

# tool NAME VERSION URL CARGO-ARGUMENTS…
tool() {
  local name=$1 version=$2 url=$3
  shift 3
  is_version "$name" "$version" && return
  say "fetching $name $version"
  prebuilt "$name" "$version" "$url" && return
  say "no prebuilt $name to be had: building it, once (about 10 minutes on two cores)"
  cargo install --quiet --force "$@" --version "$version" --root "$FROND_TOOLS" --target-dir "$FROND_CACHE/tools-build"
  rm -rf "$FROND_CACHE/tools-build"
}

# It has no --version: cargo's own list of what it installed says which one is there.
wasm_split() {
  grep -qsF "\"wasm_split_cli_support $wasm_split_version " "$FROND_TOOLS/.crates.toml" && return
  say "building wasm-split $wasm_split_version, once (about a minute on two cores)"
  cargo install --quiet --force --locked wasm_split_cli_support --features build-binary \
    --version "$wasm_split_version" --root "$FROND_TOOLS" --target-dir "$FROND_CACHE/tools-build"
  rm -rf "$FROND_CACHE/tools-build"
}

# npm_packages FOLDER: `npm ci` in FOLDER unless its lockfile is what was installed last.
npm_packages() {
  has npm || apt_install nodejs npm
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock" && return
  say "installing npm packages of $1"
  (cd "$1" && npm ci --silent --no-audit --no-fund --ignore-scripts && cp package-lock.json node_modules/.installed-lock)
}

page() {
  mkdir -p "$FROND_TOOLS/bin"
  has cc || apt_install gcc libc6-dev
  rust
  tool trunk "$trunk_version" \
    "https://github.com/trunk-rs/trunk/releases/download/v$trunk_version/trunk-x86_64-unknown-linux-gnu.tar.gz" trunk --locked
  tool wasm-bindgen "$wasm_bindgen_version" \
    "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/$wasm_bindgen_version/wasm-bindgen-$wasm_bindgen_version-x86_64-unknown-linux-musl.tar.gz" \
    wasm-bindgen-cli
  wasm_split
  npm_packages tools
  # The page is built offline, the standard library with it (tools/trunk.sh).
  RUSTC_BOOTSTRAP=1 cargo fetch --locked --quiet -Z build-std=std,panic_abort --target wasm32-unknown-unknown
}

tests() {
  has chromium || apt_install chromium
  has chromedriver || apt_install chromium-driver
  has firefox-esr || apt_install firefox-esr
  has curl || apt_install curl
  # Clients that the embedded store must serve as they come.
  has rclone || apt_install rclone
  has s3cmd || apt_install s3cmd
  python3 -c 'import venv, ensurepip' 2>/dev/null || apt_install python3 python3-venv
  cmp -s tests/requirements.txt "$FROND_CACHE/venv/requirements.txt" || {
    say "installing Python packages"
    python3 -m venv --clear "$FROND_CACHE/venv"
    "$FROND_CACHE/venv/bin/pip" install --quiet -r tests/requirements.txt
    cp tests/requirements.txt "$FROND_CACHE/venv/requirements.txt"
  }
  npm_packages tests/browser
}

stores() {
  mkdir -p "$FROND_TOOLS/bin"
  has garage && garage --version | grep -qF "$garage_version" || {
    has pkg-config || apt_install pkg-config
    has make || apt_install make
    say "building garage $garage_version, once (about 30 minutes on two cores)"
    cargo install --quiet --force garage --locked --version "$garage_version" --root "$FROND_TOOLS" --target-dir "$FROND_CACHE/tools-build"
    rm -rf "$FROND_CACHE/tools-build"
  }
  has radosgw && has ceph-mon && has ceph-osd || apt_install --no-install-recommends radosgw ceph-mon ceph-osd
}

container() {
  ! has rustup || rustup target add "$(uname -m)-unknown-linux-musl"
  has musl-gcc || apt_install musl-tools
  has podman || has docker || apt_install podman
}

mkdir -p "$FROND_CACHE"
case ${1:-} in
  page) page ;;
  test) page && tests ;;
  stores) stores ;;
  container) container ;;
  bench) page && tests && npm_packages bench ;;
  *) echo "usage: tools/setup.sh page|test|stores|container|bench" >&2; exit 2 ;;
esac
