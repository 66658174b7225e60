# Every command of the project. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := $(shell command -v uv || echo .tools/uv/bin/uv)
BIN := .venv/bin
PACKAGES := $(wildcard services/* tools/*)
EXTRAS := --extra export
PROTOS := $(shell find proto -name '*.proto')
GENERATED := services/contracts/src

help: ## List the commands
	@awk -F ':.*## ' '/^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z0-9-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## Set up
.venv/.ready: requirements.lock $(PACKAGES:%=%/pyproject.toml) | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --require-hashes requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation $(PACKAGES:%=-e %)
	touch $@

.tools/uv/bin/uv:
	$(PYTHON) -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet uv==$(UV_VERSION)

setup: .venv/.ready ## Make the virtual environment from the lock

lock: | $(UV) ## Resolve requirements.lock anew (UPGRADE=1 takes newer versions)
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev $(EXTRAS) \
	  $(if $(UPGRADE),--upgrade) $(PACKAGES:%=%/pyproject.toml) \
	  $(foreach p,$(PACKAGES),--no-emit-package atlas-$(notdir $(p))) \
	  --custom-compile-command "make lock" -o requirements.lock

## Check
check: format-check lint types imports proto-check test-unit ## Everything that needs no running part

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --quiet --fix --exit-zero .

format-check: setup
	$(BIN)/ruff format --check --quiet .

lint: setup ## Lint
	$(BIN)/ruff check --quiet .

types: setup ## Type-check, strictly
	$(BIN)/mypy $(wildcard services/*/src/atlas_* tools/*/src/atlas_*)

imports: setup ## Prove that services never import one another
	$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports

proto: setup ## Generate services/contracts from proto/
	rm -rf $(GENERATED)/atlas
	mkdir -p $(GENERATED)
	$(BIN)/python -m grpc_tools.protoc -Iproto --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
	  --python_out=$(GENERATED) --grpc_python_out=$(GENERATED) --mypy_out=quiet:$(GENERATED) --mypy_grpc_out=quiet:$(GENERATED) $(PROTOS)

proto-check: setup ## Prove that the generated code is current
	@rm -rf build/proto && mkdir -p build/proto
	@$(MAKE) --no-print-directory proto GENERATED=build/proto
	@diff -r build/proto/atlas services/contracts/src/atlas >/dev/null || { echo "services/contracts is out of date: run make proto"; exit 1; }

## Run
minio: setup ## Find MinIO, or build it once for every clone on this machine
	$(BIN)/python -m atlas_laptop minio

up: setup ## Run every part, with its data in ./data, until Ctrl-C
	$(BIN)/python -m atlas_laptop up

## Test
test-unit: setup ## Unit tests: no sockets, no parts
	$(BIN)/pytest -q --disable-socket --allow-unix-socket -m "not (contract or model or e2e or faults or browser)"

test: check ## Every test, with real parts
	$(BIN)/pytest -m "contract or model or e2e or faults or browser"

clean: ## Remove what was built (not the data)
	rm -rf build .venv .tools

.PHONY: help setup minio up lock check format format-check lint types imports proto proto-check test-unit test clean
