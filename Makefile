# SPDX-License-Identifier: Apache-2.0

BIN := .venv/bin

# Every tool keeps its cache in .cache; those of ruff, mypy and pytest are named in pyproject.toml.
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.cache/hypothesis
# Compiling the SDKs anew takes every run of the engine four more seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up test kill-matrix bench lint types layers requirements clean

help: ## Shows this list.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## Installs what is missing: uv, the virtual environment, the Pulumi CLI.
	@tools/setup.sh

up: setup ## Serves the dev stack from the sandbox, and asks its models a question.
	$(BIN)/ame sandbox exec --stack dev -- \
		sh -c 'pulumi up --yes --skip-preview && ame smoke --stack dev'

test: setup ## Runs all tests.
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal -m "not matrix"

kill-matrix: setup ## Kills `up` and `destroy` at every write, and recovers: some minutes.
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=worksteal tests/engine/test_killed_runs.py \
		tests/engine/test_killed_protection.py

bench: setup ## Measures speed and memory, side by side with what they are compared to.
	$(BIN)/python -m bench

lint: setup ## Checks style and formatting.
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup ## Checks types.
	$(BIN)/mypy

layers: setup ## Checks that imports follow the layers.
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter

requirements: setup ## Pins the dependencies anew, keeping what still fits.
	tools/requirements.sh

clean: ## Removes everything that `make` put into the checkout.
	rm -rf .cache .sandbox .tools .venv dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
