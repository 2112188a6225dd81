# Commonbook: `make run` and `make test` need nothing before them but Python 3.11+ and Node 20.19+.

PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
FRONTEND_SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) $(wildcard frontend/*.html frontend/*.ts)
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
# The slowest first.
CHECKS := check-pages-lint check-python-types check-pages-types check-python-lint
.PHONY: help setup run dev test test-python test-frontend chromium test-services check $(CHECKS) \
	format types bench wheel clean

help: ## List what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(VENV)/.ready frontend/node_modules/.ready ## Install what the project needs, in .venv and frontend/node_modules.

$(VENV)/.ready: requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Commonbook needs Python 3.11 or newer. Name one with: make PYTHON=..."; exit 1; }
	@echo "Preparing the Python environment..."
	@if command -v uv >/dev/null; then \
		uv venv -q --allow-existing --python "$(PYTHON)" $(VENV) \
		&& uv pip install -q --python $(BIN)/python -r requirements.lock \
		&& uv pip install -q --python $(BIN)/python --no-deps -e . ; \
	else \
		"$(PYTHON)" -m venv $(VENV) \
		&& $(BIN)/pip install -q "$$(grep '^uv==' requirements.lock)" \
		&& $(BIN)/uv pip install -q --python $(BIN)/python -r requirements.lock \
		&& $(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e . ; \
	fi
	@touch $@

frontend/node_modules/.ready: frontend/package.json frontend/package-lock.json
	@command -v npm >/dev/null || { echo "Commonbook's pages are built with Node 20.19 or newer: install nodejs and npm."; exit 1; }
	@echo "Preparing the frontend's packages..."
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

server/static/index.html: frontend/node_modules/.ready $(FRONTEND_SOURCES)
	@echo "Building the pages..."
	@cd frontend && npm run --silent build

run: $(VENV)/.ready server/static/index.html ## Set everything up, start the server, open the browser.
	@exec $(BIN)/commonbook serve $(ARGS)

dev: setup ## The server and Vite, both reloading on a change.
	@$(BIN)/python deploy/dev.py $(ARGS)

test: test-frontend test-python ## The whole test suite, with coverage.

test-frontend: frontend/node_modules/.ready
	@cd frontend && npm run --silent test -- --coverage

test-python: $(VENV)/.ready server/static/index.html chromium test-services
	@# Kernels cannot write bytecode in their sandbox, so that each would compile ipykernel for itself.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -c "import ipykernel.kernelapp, IPython.core.pylabtools"
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term $(PYTEST_ARGS)

chromium:
	@sh deploy/chromium.sh

test-services:
	@sh deploy/test-services.sh

check: setup ## Lint, types, architecture and generated files.
	@$(MAKE) --no-print-directory -j 4 $(if $(filter output-sync,$(.FEATURES)),--output-sync) $(CHECKS)

check-pages-lint:
	@cd frontend && npm run --silent lint

check-python-types:
	@$(BIN)/mypy

check-pages-types:
	@cd frontend && npm run --silent types-fresh && npm run --silent types

check-python-lint:
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo || $(BIN)/lint-imports
	@$(BIN)/python -m server.schema | cmp -s - frontend/openapi.json \
		|| { echo "frontend/openapi.json is stale: run 'make types' and commit the result."; exit 1; }

format: setup ## Rewrite the code in the project's style.
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q . ; cd frontend && npm run --silent format

types: setup ## Generate frontend/openapi.json and the TypeScript types from the server.
	@$(BIN)/python -m server.schema > frontend/openapi.json
	@cd frontend && npm run --silent generate

bench: $(VENV)/.ready server/static/index.html chromium ## Measure speed and memory beside the peers; prints JSON.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m benchmarks $(ARGS)

wheel: $(VENV)/.ready server/static/index.html ## Build the wheel, with the pages inside.
	@$(BIN)/python -m hatchling build -t wheel

clean: ## Remove everything that was built or installed here.
	@rm -rf $(VENV) frontend/node_modules server/static dist coverage frontend/coverage .mypy_cache .ruff_cache .pytest_cache
