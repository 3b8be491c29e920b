# `make demo` and `make test` set up what they need on a fresh Debian machine with Rust, Node and make.
# Everything else: `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# cargo and node use all cores themselves, and the steps of `test` follow each other.
.NOTPARALLEL:

# ---- limits of size, in bytes: `make size` fails past them, and so does `make test`

# /swarmfetch.js as it is: every visitor loads it with every page.
PAGE_RAW_MAX := 10240
# /swarmfetch-sw.js with brotli: every new visitor loads it once. 64 KiB when all is done; until then close to what is there.
SW_BROTLI_MAX := 63200

# ---- what is built

BINDGEN_VERSION := 0.2.130
BINDGEN := target/tools/bin/wasm-bindgen
# What publishing is measured beside.
B3SUM_VERSION := 1.8.7
B3SUM := target/tools/bin/b3sum
WASM := target/wasm32-unknown-unknown/worker/swarmfetch_worker.wasm
SW := target/worker/swarmfetch-sw.js
BINARY := target/release/swarmfetch
# What joins the hosts of the lab.
SWITCH := target/release/lab-switch
# The crates that the wasm is made of: what is left of the workspace without it and the shells.
WORKER_ROOMS := content manifest wire swarm worker
MANIFESTS := Cargo.toml Cargo.lock rust-toolchain.toml $(wildcard .cargo/* crates/*/Cargo.toml)
WORKER_RUST := $(MANIFESTS) $(shell find $(WORKER_ROOMS:%=crates/%/src) -type f)
RUST := $(MANIFESTS) $(shell find crates -type f -not -path '*/tests/*')
SHIM := $(shell find sw-shim -type f -not -path '*/node_modules/*')

FLOOR_1 := content manifest wire swarm rendezvous
NODE_TEST := node --test --test-reporter=spec
LOGS := target/test-logs

# The example that `make demo` shows: a folder of examples/.
EX := wiki

# What `make bench` measures: files of tests/bench/; `reading`, which takes 20 minutes, only when it is named.
BENCH := launch hostile-peers alone long one-to-one new-tab publish

# Options of `make lab`, for each of its measurements: lab.mjs, many.mjs, never-slower.mjs and at-once.mjs in tests/lab say which.
LAB :=
MANY :=
NEVER_SLOWER :=
AT_ONCE :=

# How often `make deaths` stops a worker, and kills a browser.
DEATHS := 200

# How many small worlds `make sim` lets run, how many `make test`, and the scenarios with a report for each.
WORLDS := 20000
WORLDS_TESTED := 600
SCENARIOS := flash-crowd shop wiki crowd

# ---- fuzzing: `make fuzz FUZZ_SECS=600`, `make fuzz FUZZ_TARGETS=head`

# For each target, in seconds.
FUZZ_SECS := 60
# A folder for each.
FUZZ_TARGETS := $(notdir $(wildcard tests/fuzz/corpus/*))
FUZZ_HOST = $(shell rustc -vV | sed -n 's/^host: //p')
FUZZ = target/$(FUZZ_HOST)/fuzz/fuzz
# As long as the longest frame and message; an input that takes longer than 10 s fails, one that takes longer than 1 s is named.
FUZZ_LIMITS := -max_len=65536 -timeout=10 -report_slow_units=1 -rss_limit_mb=1024 -print_final_stats=1

.PHONY: fuzz fuzz-build fuzz-keep help setup setup-rust setup-node setup-browser setup-lab setup-bench build demo bench deaths lab sim test lint test-rust test-sim test-shim test-interop test-browser test-lab size fmt clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: setup build ## a site, its visitors and where their bytes come from, then an address to open; EX=game: a launch
	node examples/demo.mjs $(EX)

test: setup build lint test-rust test-sim test-shim test-interop test-browser test-lab size ## everything that CI runs
	@awk '/^test result:/ { rust += $$4; skipped += $$8 } \
	  /^ℹ pass / { node += $$3 } /^ℹ skipped / { skipped += $$3 } \
	  END { printf "all passed: %d tests, %d in Rust and %d in Node; %d skipped\n", rust + node, rust, node, skipped }' $(LOGS)/*.log

build: setup-rust $(BINARY) ## target/release/swarmfetch, with the scripts inside

fuzz: fuzz-build ## looks for inputs that break what reads strangers' bytes, FUZZ_SECS=60 for each of FUZZ_TARGETS
	@mkdir -p target/fuzz/found
	@# A bug that chance does not find: is the fuzzer guided by what its inputs reach?
	@! SWARMFETCH_FUZZ=planted $(FUZZ) -max_total_time=60 -artifact_prefix=target/fuzz/planted- > target/fuzz/planted.log 2>&1 \
	  && grep -q 'the planted bug' target/fuzz/planted.log || { echo 'the planted bug was not found: target/fuzz/planted.log' >&2; exit 1; }
	@for target in $(FUZZ_TARGETS); do \
	  mkdir -p target/fuzz/found/$$target; \
	  SWARMFETCH_FUZZ=$$target $(FUZZ) $(FUZZ_LIMITS) -max_total_time=$(FUZZ_SECS) -artifact_prefix=target/fuzz/$$target- \
	    target/fuzz/found/$$target tests/fuzz/corpus/$$target > target/fuzz/$$target.log 2>&1 \
	    || { tail -40 target/fuzz/$$target.log; echo "$$target failed: target/fuzz/$$target.log" >&2; exit 1; }; \
	  grep 'Slowest unit' target/fuzz/$$target.log || true; \
	  awk -v target=$$target '/cov:/ { reached = $$4 } /number_of_executed_units/ { runs = $$2 } /average_exec_per_sec/ { speed = $$2 } \
	    END { printf "%-12s %10d runs, %7d a second, %5d edges reached\n", target, runs, speed, reached }' target/fuzz/$$target.log; \
	done

# Adds to the corpus what `make fuzz` found to reach more: the fewest files.
fuzz-keep: fuzz-build
	@for target in $(FUZZ_TARGETS); do \
	  SWARMFETCH_FUZZ=$$target $(FUZZ) -set_cover_merge=1 -use_counters=0 -max_len=2048 \
	    tests/fuzz/corpus/$$target target/fuzz/found/$$target > target/fuzz/keep.log 2>&1 || { tail target/fuzz/keep.log; exit 1; }; \
	done

# Stable Rust: .cargo/fuzz.toml says how. libFuzzer is compiled along.
fuzz-build: setup-rust
	@command -v c++ > /dev/null || { echo 'libFuzzer takes a C++ compiler: install g++' >&2; exit 1; }
	cargo --config .cargo/fuzz.toml build --quiet -p swarmfetch-fuzz --features libfuzzer --profile fuzz --target $(FUZZ_HOST)

bench: setup build $(if $(filter publish,$(BENCH)),$(B3SUM)) ## measures a launch on a thin line, a swarm of liars, a worker that nobody helps, long files from the store and from one visitor to another, a new tab that has no link yet, and publishing; BENCH=launch: only that; results in target/bench
	@for one in $(BENCH); do node tests/bench/$$one.mjs; done

sim: build ## lets 20,000 small worlds with faults run, plants defects that must be found, then plays the large scenarios: reports in target/sim
	$(BINARY) simulate --worlds $(WORLDS)
	node tests/sim/planted.mjs
	@mkdir -p target/sim
	@for name in $(SCENARIOS); do $(BINARY) simulate $$name --html target/sim/$$name.html; echo "target/sim/$$name.html"; echo; done

deaths: setup build ## stops workers and kills browsers at random while they store, DEATHS=200 times each, in half an hour
	@# In three sites the one, in two the other.
	cd tests/browser && SWARMFETCH_STOPS=$$((($(DEATHS) + 2) / 3)) SWARMFETCH_KILLS=$$((($(DEATHS) + 1) / 2)) \
	  $(NODE_TEST) --test-concurrency=1 worker-death.test.mjs power-cut.test.mjs 2>&1 | tee ../../target/deaths.log

lab: setup setup-lab build $(SWITCH) ## real browsers behind NATs, 40 ms apart: what links, how long it takes, what pages take, how much of their lines several fill, whether a visitor is ever slower than the origin alone, eight at once; needs root; LAB='--rounds 2', the same in MANY, NEVER_SLOWER and AT_ONCE
	node tests/lab/lab.mjs $(LAB)
	node tests/lab/many.mjs $(MANY)
	node tests/lab/never-slower.mjs $(NEVER_SLOWER)
	node tests/lab/at-once.mjs $(AT_ONCE)

size: $(BINARY) ## what the scripts weigh, and whether they may
	@node tests/shim/size.mjs $(PAGE_RAW_MAX) $(SW_BROTLI_MAX)

fmt: ## formats the Rust code
	cargo fmt --all

clean: ## removes all that was built or installed in this folder
	rm -rf target sw-shim/node_modules tests/*/node_modules examples/{wiki,game}/{site,site.stamp}

# ---- the steps of `test`

lint: setup-rust setup-node $(SW) ## formatting, clippy, documentation, and the types of the JavaScript
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy $(FLOOR_1:%=-p swarmfetch-%) -p swarmfetch-worker --target wasm32-unknown-unknown -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc --workspace --no-deps --document-private-items
	cd sw-shim && npm run --silent check

# After the scripts: the debug binary under test carries them.
test-rust: setup-rust $(SW)
	@mkdir -p $(LOGS)
	cargo test --workspace --no-fail-fast 2>&1 | tee $(LOGS)/rust.log

# Simulated worlds, and some of the defects that they must find.
test-sim: $(BINARY)
	@mkdir -p $(LOGS)
	$(BINARY) simulate --worlds $(WORLDS_TESTED) 2>&1 | tee $(LOGS)/sim.log
	node tests/sim/planted.mjs 100 'check of a group' 'older version' deadline 'nobody asked' 'delivers twice' 'a ban' 2>&1 | tee -a $(LOGS)/sim.log

# The shim and the worker's wasm without a browser, and the arithmetic of `make bench`.
test-shim: $(SW)
	@mkdir -p $(LOGS)
	cd tests/shim && $(NODE_TEST) *.test.mjs ../bench/*.test.mjs 2>&1 | tee ../../$(LOGS)/shim.log

# Foreign WebTorrent software against the binary, and our machines against it.
test-interop: setup-node $(BINARY)
	@mkdir -p $(LOGS)
	cd tests/interop && $(NODE_TEST) --test-timeout=60000 --test-force-exit 2>&1 | tee ../../$(LOGS)/interop.log
	cargo test -p swarmfetch-tracker --test foreign -- --ignored 2>&1 | tee $(LOGS)/rust-foreign.log

# Real browsers against the binary, one file after the other: they measure bytes and waits.
test-browser: setup-node setup-browser $(BINARY)
	@mkdir -p $(LOGS)
	cd tests/browser && $(NODE_TEST) --test-concurrency=1 2>&1 | tee ../../$(LOGS)/browser.log

# Real browsers behind NATs. Skipped, with the reason, where there is no root, no TUN or no namespaces.
test-lab: setup-node setup-browser setup-lab $(BINARY) $(SWITCH)
	@mkdir -p $(LOGS)
	cd tests/lab && $(NODE_TEST) --test-concurrency=1 2>&1 | tee ../../$(LOGS)/lab.log

# ---- set-up: each step does nothing where there is nothing to do

setup: setup-rust setup-node setup-browser ## what `build`, `test` and `demo` need beyond Rust, Node and make

# rust-toolchain.toml names toolchain, target and components; rustup fetches them by itself, some releases of it only when told.
setup-rust:
	@if command -v rustup > /dev/null; then \
	  cargo --version > /dev/null || rustup toolchain install; \
	  { rustup target list --installed | grep -q wasm32-unknown-unknown && rustup component list --installed | grep -q rust-src \
	    && cargo clippy --version && cargo fmt --version; } > /dev/null 2>&1 \
	    || { rustup target add wasm32-unknown-unknown && rustup component add clippy rustfmt rust-src; }; \
	fi

setup-node: sw-shim/node_modules/.package-lock.json tests/browser/node_modules/.package-lock.json tests/interop/node_modules/.package-lock.json

# Chromium, or what SWARMFETCH_CHROMIUM names; Firefox, or what SWARMFETCH_FIREFOX names, for tests alone; and a real site to test with, which only Debian 12 has: elsewhere its tests are skipped.
# Slim images tell dpkg to leave documentation out.
APT := $(shell test "$$(id -u)" = 0 || echo sudo) env DEBIAN_FRONTEND=noninteractive apt-get
PYTHON_DOC := /usr/share/doc/python3.11/html/index.html
setup-browser:
	@want=(); \
	test -n "$${SWARMFETCH_CHROMIUM:-}" || test -x /usr/bin/chromium || want+=(chromium); \
	test -n "$${SWARMFETCH_FIREFOX:-}" || test -x /usr/bin/firefox-esr || want+=(firefox-esr); \
	test -e $(PYTHON_DOC) || want+=(python3.11-doc); \
	if [ "$${#want[@]}" -gt 0 ] && command -v apt-get > /dev/null; then \
	  $(APT) update -q; \
	  for package in "$${want[@]}"; do \
	    $(APT) install -qy --no-install-recommends --reinstall -o Dpkg::Options::="--path-include=/usr/share/doc/python3.11/*" "$$package" \
	      || test "$$package" != chromium; \
	  done; \
	fi; \
	if [ -z "$${SWARMFETCH_CHROMIUM:-}" ] && [ ! -x /usr/bin/chromium ]; then \
	  echo 'no /usr/bin/chromium: install it, or name a Chromium in SWARMFETCH_CHROMIUM' >&2; exit 1; fi; \
	test -n "$${SWARMFETCH_FIREFOX:-}" || test -x /usr/bin/firefox-esr || echo 'no /usr/bin/firefox-esr: the tests in Firefox are skipped'; \
	test -e $(PYTHON_DOC) || echo 'python3.11-doc is not to be had here: the tests that visit it are skipped'

# Foreign software to measure beside. Of the measurements one-to-one and new-tab need it, and call this themselves; no test does.
setup-bench: tests/bench/node_modules/.package-lock.json

# Namespaces and their NATs, and a TURN server, which Debian starts by itself only where there is an init system. Without root there is no lab, and nothing to install.
setup-lab:
	@want=(); \
	command -v ip > /dev/null || want+=(iproute2); \
	test -x /usr/sbin/nft || want+=(nftables); \
	command -v turnserver > /dev/null || want+=(coturn); \
	if [ "$${#want[@]}" -gt 0 ] && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  { $(APT) update -q && $(APT) install -qy --no-install-recommends "$${want[@]}"; } || echo 'no lab: its tests are skipped'; \
	fi

# ---- files

$(BINARY): $(SW) $(RUST)
	cargo build --release -p swarmfetch
	@touch $@

$(SWITCH): $(MANIFESTS) $(wildcard tests/lab/Cargo.toml tests/lab/src/*)
	cargo build --release -p swarmfetch-lab
	@touch $@

$(SW): $(WASM) $(BINDGEN) $(SHIM) sw-shim/node_modules/.package-lock.json
	$(BINDGEN) --target web --remove-producers-section --out-dir target/worker/pkg $(WASM)
	cd sw-shim && node build.mjs

# Unstable options of a pinned compiler: .cargo/worker.toml says which and why.
$(WASM): $(WORKER_RUST)
	RUSTC_BOOTSTRAP=1 cargo --config .cargo/worker.toml build -p swarmfetch-worker --target wasm32-unknown-unknown --profile worker
	@touch $@

# The command line tool without its browser test runner, which would take most of the time.
$(BINDGEN):
	cargo install --root target/tools wasm-bindgen-cli --version $(BINDGEN_VERSION) --no-default-features

$(B3SUM):
	cargo install --root target/tools b3sum --version $(B3SUM_VERSION) --locked

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	@touch $@
