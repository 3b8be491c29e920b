# `make demo` and `make test` set up what they need on a fresh Debian machine with Rust, Node and make.
# Everything else: `make help`.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BINDGEN_VERSION := 0.2.130
BINDGEN := target/tools/bin/wasm-bindgen
WASM := target/wasm32-unknown-unknown/worker/swarmfetch_worker.wasm
SW := target/worker/swarmfetch-sw.js
BINARY := target/release/swarmfetch
RUST := $(shell find crates .cargo Cargo.toml Cargo.lock -type f 2>/dev/null)
SHIM := $(shell find sw-shim -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: help build
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

build: $(BINARY) ## target/release/swarmfetch, with the scripts inside

$(BINARY): $(SW) $(RUST)
	cargo build --release -p swarmfetch
	@touch $@

$(SW): $(WASM) $(BINDGEN) $(SHIM) sw-shim/node_modules/.package-lock.json
	$(BINDGEN) --target web --remove-producers-section --out-dir target/worker/pkg $(WASM)
	cd sw-shim && node build.mjs

$(WASM): $(RUST)
	cargo build -p swarmfetch-worker --target wasm32-unknown-unknown --profile worker
	@touch $@

# The command line tool without its browser test runner, which would take most of the time.
$(BINDGEN):
	cargo install --root target/tools wasm-bindgen-cli --version $(BINDGEN_VERSION) --no-default-features

sw-shim/node_modules/.package-lock.json: sw-shim/package-lock.json
	cd sw-shim && npm ci --no-audit --no-fund
	@touch $@
