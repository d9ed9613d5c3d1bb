# The commands of the project. `make serve` and `make test` prepare what is missing by themselves.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := serve

TARGET := $(or $(CARGO_TARGET_DIR),target)
ENDPOINT := $(TARGET)/release/frond-endpoint
FROND := $(TARGET)/debug/frond
LOAD := $(TARGET)/debug/frond-load
WASM := --target wasm32-unknown-unknown
ENV := . tools/env.sh
PAGE_SOURCES := $(shell find src www crates/fernet crates/pdf crates/preview crates/search crates/strength crates/vectors crates/view crates/wire -type f -not -path '*/node_modules/*') Cargo.toml Cargo.lock Trunk.toml build.rs tools/finish.mjs tools/hash.mjs tools/split.mjs tools/trunk.sh
ENDPOINT_SOURCES := $(shell find crates/config crates/doctor crates/endpoint crates/store crates/wire -name '*.rs' -o -name Cargo.toml) Cargo.lock

.PHONY: serve test test-stores lint unit soak wasm stories screens large size page endpoint cli load bench constant-time deny fuzz lambda container clean setup-page setup-test
.NOTPARALLEL:

## make serve: build what is missing and start the embedded default on http://localhost:8080
serve: page endpoint
	exec $(ENDPOINT)

## make test: everything that a submission must pass
test: lint unit wasm page size stories

## make test-stores: suite, sessions and stories on Garage (three nodes) and on Ceph, a node killed and brought back
test-stores: setup-test page endpoint
	tools/setup.sh stores
	failed=0
	for store in $(or $(STORES),garage ceph); do
		FROND_ENDPOINT_BIN=$(abspath $(ENDPOINT)) FROND_DIST=$(abspath dist) tools/stores/run.sh $$store || failed=1
	done
	exit $$failed

setup-page:
	tools/setup.sh page

setup-test:
	tools/setup.sh test

page: setup-page dist/index.html

dist/index.html: $(PAGE_SOURCES)
	$(ENV)
	echo "· building the page (about 6 minutes the first time)" >&2
	tools/trunk.sh build --release --offline
	touch $@

endpoint: $(ENDPOINT)

$(ENDPOINT): $(ENDPOINT_SOURCES)
	echo "· building the endpoint (about 4 minutes the first time)" >&2
	cargo build --release --locked -p frond-endpoint
	touch $@

## cli: the command line as the tests have it, so that nothing is built twice
cli:
	cargo test --locked --workspace --no-run --test cli

## load: the program that makes large vaults, for stories
load:
	cargo build --locked -p frond-load

## make lint: format, lints on both targets, documentation
lint: setup-page
	cargo fmt --all --check
	git ls-files '*.js' '*.mjs' | xargs tools/node_modules/.bin/prettier --config tools/prettier.json --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked -p frond -p frond-bench -p frond-fernet -p frond-pdf -p frond-preview -p frond-search -p frond-strength -p frond-testing -p frond-vectors -p frond-view $(WASM) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet

## unit: native tests, the reader in Python
unit: setup-test
	$(ENV)
	cargo test --locked --workspace
	$$FROND_PYTHON -m unittest discover -s tests/reader -t tests/reader

## make soak N=1000000 FIRST=20000: as many schedules of the simulation as asked, from any seed on
soak:
	FROND_SCHEDULES=$(or $(N),1000000) FROND_FIRST=$(or $(FIRST),20000) \
		cargo test --locked -p frond --test simulation many -- --nocapture

## wasm: the same suites in a headless browser
wasm: setup-test
	$(ENV)
	cargo test --locked -p frond -p frond-fernet -p frond-vectors -p frond-view $(WASM) --tests

## stories: the page, the endpoint and the store in a real headless browser
stories: setup-test page endpoint cli load
	$(ENV)
	cd tests/browser
	FROND_ENDPOINT_BIN=$(abspath $(ENDPOINT)) FROND_BIN=$(abspath $(FROND)) FROND_LOAD_BIN=$(abspath $(LOAD)) FROND_DIST=$(abspath dist) node --test --test-concurrency=1 stories/*.test.js

## make screens: the pictures of docs/screens, taken by the stories that show each screen
screens: setup-test page endpoint cli
	$(ENV)
	cd tests/browser
	FROND_SCREENS=$(abspath docs/screens) FROND_ENDPOINT_BIN=$(abspath $(ENDPOINT)) FROND_BIN=$(abspath $(FROND)) FROND_DIST=$(abspath dist) node --test --test-concurrency=1 $$(grep -l 'shoot(' stories/*.test.js)

## make large: 4 GiB up and down, its memory and speed (about 12 GiB of disk)
large: setup-test page endpoint
	$(ENV)
	cd tests/browser
	FROND_ENDPOINT_BIN=$(abspath $(ENDPOINT)) FROND_DIST=$(abspath dist) node --test large/*.test.js

## size: until the list is shown, the page fetches at most 400,000 bytes of brotli
size: page
	node tools/size.mjs dist

## make bench: speeds as ratios, measured side by side in one run
bench: page endpoint
	tools/setup.sh bench
	$(ENV)
	FROND_ENDPOINT_BIN=$(abspath $(ENDPOINT)) FROND_DIST=$(abspath dist) bench/run.sh

## make constant-time: the ciphers of pages without WebCrypto, as compiled and by their times (on a quiet machine)
constant-time: setup-page
	$(ENV)
	cargo build --profile page --locked --quiet -p frond-bench --lib $(WASM)
	node tools/constant-time.mjs $(TARGET)/wasm32-unknown-unknown/page/frond_bench.wasm
	cargo run --release --locked --quiet -p frond-vectors --example dudect

## make deny: licences, bans, sources and advisories of every dependency; OFFLINE=1 leaves out advisories, which are fetched
deny:
	$(ENV)
	command -v cargo-deny >/dev/null || cargo install --quiet --locked cargo-deny --version 0.20.2 --root "$$FROND_TOOLS"
	cargo deny --workspace --all-features check bans licenses sources $(if $(OFFLINE),,advisories)
	$(if $(OFFLINE),echo "advisories were NOT checked" >&2)

## make fuzz T=jwt SECONDS=60: searches one target of fuzz/src/lib.rs; what it finds goes to fuzz/found and fuzz/artifacts
fuzz:
	$(ENV)
	command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz --version 0.13.2 --root "$$FROND_TOOLS"
	mkdir -p fuzz/found/$(T) fuzz/artifacts/$(T)
	FROND_FUZZ=$(T) RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none --features libfuzzer --target-dir $(TARGET)/fuzz frond \
		fuzz/found/$(T) fuzz/corpus/$(T) -- \
		-max_total_time=$(or $(SECONDS),60) -timeout=1 -rss_limit_mb=512 -artifact_prefix=fuzz/artifacts/$(T)/ -print_final_stats=1

## make lambda: the endpoint as an AWS Lambda function, against a runtime interface on this machine
lambda:
	cargo clippy --locked -p frond-endpoint --features lambda --all-targets -- -D warnings
	cargo test --locked -p frond-endpoint --features lambda --test endpoint lambda::

## container: the endpoint and the page as an image that holds nothing else
container: setup-page page
	tools/setup.sh container
	deploy/container.sh

clean:
	rm -rf dist
	cargo clean
