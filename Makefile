# One target, one job; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
UV_PIN := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)
SETUP := .venv/.installed
VERSIONS := $(shell sed -n 's/^SUPPORTED = (\(.*\))/\1/p' tests/versions.py | tr -d '",')
OLDEST := $(firstword $(VERSIONS))
NEWEST := $(lastword $(VERSIONS))
LIVE := OWUI_TEST_VERSIONS
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo check test matrix setup lock format clean browser screenshots reference bench

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: $(SETUP) ## a real local server, one real chat, the answer
	@$(BIN)/owui demo

check: $(SETUP) ## format, lint, layers, types, unit and wire tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy
	@$(BIN)/pyright
	@$(BIN)/pytest -q tests/unit tests/wire

test: check browser ## everything that CI runs
	@$(LIVE)=$(NEWEST) $(BIN)/pytest $(SIDE_BY_SIDE) tests/contract tests/live
	@$(LIVE)=$(OLDEST) $(BIN)/pytest $(SIDE_BY_SIDE) tests/live

matrix: $(SETUP) browser ## the live tests on one server of each era, and the README's table of what works where
	@rm -rf artefacts/matrix
	@for version in $(VERSIONS); do \
	  $(LIVE)=$$version $(BIN)/pytest $(SIDE_BY_SIDE) tests/live --matrix artefacts/matrix || exit 1; \
	done
	@$(BIN)/python docs/make_versions.py artefacts/matrix/*.json

browser: ## Chromium for the browser tests, where it may be installed
	@./tests/install-chromium

screenshots: $(SETUP) browser ## the pictures of the README, taken anew
	@$(BIN)/python tests/live/take_pictures.py

reference: $(SETUP) ## docs/reference.md, made anew from the code
	@$(BIN)/python docs/make_reference.py

bench: $(SETUP) ## what a turn costs: requests, polls, bytes
	@$(BIN)/python benchmarks/turn_requests.py

format: $(SETUP) ## write the format and the fixes that are safe
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(SETUP) ## renew the locked versions
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --upgrade --generate-hashes --no-header -o requirements.lock

setup: $(SETUP) ## .venv with the locked versions

$(SETUP): requirements.lock pyproject.toml
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target .tools --upgrade uv==$(UV_PIN)
	@.tools/bin/uv venv --quiet --clear --python $(PYTHON) .venv
	@.tools/bin/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@.tools/bin/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

clean: ## remove what the targets made here (the cache of server installations stays)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis artefacts dist
