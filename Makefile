# Everything a person does with this repository. `make` alone says what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OURS := -e . -e src/kombu_sqlite -e src/uvicorn_engineio -e src/hounsfield_engine
PROJECTS := pyproject.toml $(wildcard src/*/pyproject.toml)

# tests that start whole installations and watch clocks: one at a time in each of two queues (tests/conftest.py)
ALONE := tests/acceptance tests/faults tests/large tests/production

.DEFAULT_GOAL := help
.PHONY: help up test lint e2e bench clean lock openapi migration format page services

help: ## Say what there is
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

up: $(VENV)/.runtime page ## Start Hounsfield on this machine: API, page, worker and one engine
	@exec $(BIN)/hounsfield up $(ARGS)

test: $(VENV)/.dev page services lint ## Run every check and every test
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	$(BIN)/python -m pytest -n auto --dist worksteal $(addprefix --ignore=,$(ALONE))
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=30 $(ALONE)
	$(BIN)/python scripts/page.py run test
endif

lint: $(VENV)/.dev ## Check style, types and the one-way imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/page.py run lint
	$(BIN)/python scripts/page.py run typecheck

e2e: $(VENV)/.dev page services ## Do the main job in a real browser, keeping screenshots in test-results/
	$(BIN)/python -m pytest -m browser $(ARGS)

bench: $(VENV)/.dev ## Measure against the peers, as ratios
	$(BIN)/python -m bench $(ARGS)

clean: ## Remove what was built (never data/)
	rm -rf $(VENV) web/node_modules web/dist test-results .mypy_cache .ruff_cache .pytest_cache .hypothesis

format: $(VENV)/.dev ## Format Python and TypeScript
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	$(BIN)/python scripts/page.py run format

lock: $(VENV)/.dev ## Renew the hashed lock files from the pyproject files
	$(BIN)/python scripts/lock.py

openapi: $(VENV)/.dev ## Write the API's description and the page's types of it
	$(BIN)/hounsfield openapi > web/openapi.json
	$(BIN)/python scripts/page.py run generate

migration: $(VENV)/.dev ## Draft a migration: make migration m="what it does"
	$(BIN)/python scripts/migration.py "$(m)"
	$(BIN)/ruff format -q src/hounsfield/migrations

page:
	@$(BIN)/python scripts/page.py

services:
	@$(BIN)/python scripts/services.py

$(BIN)/uv: lock/installer.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r lock/installer.txt
	@touch $@

$(VENV)/.runtime: $(BIN)/uv lock/runtime.txt $(PROJECTS)
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r lock/runtime.txt
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation $(OURS)
	$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime lock/dev.txt
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r lock/dev.txt
	@touch $@
