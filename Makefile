# Martlet's front door. Every target can be run again: what is done is not done twice.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

HOST ?= 127.0.0.1
PORT ?= 5000
DATA_DIR ?= martlet-data
RELEASE_FLAGS ?= -c release --static-swift-stdlib

house_flags := --explicit-target-dependency-import-check error
venv := .build/venv
binary := .build/release/martlet
release_stamp := .build/release.stamp
web_stamp := .build/web.stamp
python_files = $(wildcard Python Tests Benchmarks Scripts Examples)

# Folders count too: their times change when a file in them goes.
swift_sources := $(shell find Package.swift Sources 2>/dev/null)
web_sources := $(wildcard Sources/Server/OpenAPI/*.json) $(shell find Web -path Web/dist -prune -o -path '*/.build' -prune -o -type f -print 2>/dev/null)
# What a stamp stands for may have been removed by hand.
ifeq ($(wildcard Web/dist),)
$(shell rm -f $(web_stamp))
endif
ifeq ($(wildcard $(binary)),)
$(shell rm -f $(release_stamp))
endif

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install everything that is missing to build, run and test, and the pre-commit hook
	@Scripts/setup build demo test
	@Scripts/install-hook

.PHONY: build
build: setup-build $(release_stamp) ## Build the release binary, .build/release/martlet

.PHONY: run
run: setup-build setup-demo $(release_stamp) ## Start the server on 127.0.0.1:5000 and run the demo against it
	@exec Scripts/run --binary $(binary) --host $(HOST) --port $(PORT) --data-dir $(DATA_DIR)

.PHONY: test
test: setup-build setup-test $(web_stamp) ## Check, then run every test with the services that they need
	@exec Scripts/with-postgres Scripts/test

.PHONY: test-fast
test-fast: setup-build setup-test $(web_stamp) ## Run the Swift tests alone
	@exec Scripts/with-postgres Scripts/test --fast

.PHONY: fmt
fmt: setup-test ## Format the Swift and Python sources in place
	@swift format --in-place --recursive --parallel Package.swift Sources Tests
	@$(venv)/bin/ruff check --quiet --fix $(python_files)
	@$(venv)/bin/ruff format --quiet $(python_files)

.PHONY: check
check: setup-build setup-test ## Check format, house rules, types, scripts and links
	@exec Scripts/check

.PHONY: bench
bench: setup-build setup-demo setup-bench $(release_stamp) ## Measure the release binary beside its peers
	@Benchmarks/serving.sh
	@Benchmarks/tracking.sh

.PHONY: docs
docs: ## Check that the links of the documents resolve
	@python3 Scripts/house_check.py --links

.PHONY: web
web: setup-build $(web_stamp) ## Build the page's files into Web/dist

.PHONY: clean
clean: ## Remove what was built (the data and the shared caches stay)
	@rm -rf .build .artifacts Web/dist

.PHONY: setup-build setup-demo setup-test setup-bench
setup-build setup-demo setup-test setup-bench: setup-%:
	@Scripts/setup $*

$(web_stamp): $(web_sources) | setup-build
	@mkdir -p $(@D)
	@Web/build
	@touch $@

$(release_stamp): $(swift_sources) $(web_stamp) | setup-build
	@swift build $(RELEASE_FLAGS) --product martlet $(house_flags)
	@touch $@
