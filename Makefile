# Every target makes .venv when it is missing, and repeats nothing when it is there.
# Another Python: make test PYTHON=python3.12. One backend: make test-backends BACKENDS=jax

PYTHON ?= python3
BACKENDS ?= jax torch
JSON ?= .cache/benchmarks.json
BIN := .venv/bin
READY := .venv/.ready
# What any backend of Keras runs; a test that is TensorFlow's alone is skipped, and says so.
NEUTRAL := $(addprefix tests/, generation layers models pretrained text training)

.DEFAULT_GOAL := help
.PHONY: help site serve test test-fast test-backends lint bench bench-fast clean

help:  ## Say what can be made
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /|/' | \
	  awk -F'|' '{printf "  make %-13s %s\n", $$1, $$2}'

site: $(READY)  ## Run every lesson and build the site into site/
	@$(BIN)/python -m site_builder build

serve: $(READY)  ## Show the site at a local address and follow every edit
	@$(BIN)/python -m site_builder serve

test: $(READY)  ## Run all tests
	@$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist=worksteal

test-fast: $(READY)  ## Run the tests that take no time, for daily work
	@$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist=worksteal -m "not slow"

test-backends: $(BACKENDS:%=test-on-%)  ## Run the tests of the layers and models on JAX and PyTorch

$(BACKENDS:%=test-on-%): test-on-%: .venv-%/.ready
	@KERAS_BACKEND=$* .venv-$*/bin/python -m pytest -n auto --maxprocesses=4 \
	  --dist=worksteal -m "not slow" $(NEUTRAL)

lint: $(READY)  ## Check style, formatting and who imports whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

bench: .venv/.bench  ## Time ours against the peers; ROWS="mlp growth" for some rows
	@$(BIN)/python -m benchmarks $(ROWS) --json $(JSON) --markdown .cache/benchmarks.md

bench-fast: .venv/.bench  ## Time what is quick to time, in some three minutes
	@$(BIN)/python -m benchmarks --fast

clean:  ## Remove what was made, .venv included
	rm -rf .venv .venv-jax .venv-torch .cache site dist build .pytest_cache \
	  .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last, so that an installation cut short is done again.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "fmkeras needs Python 3.10 to 3.13. Received: PYTHON=$(PYTHON)," \
	    "$$($(PYTHON) --version 2>&1). What would do: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing fmkeras and what it needs into .venv: some minutes, once."
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@

.venv/.bench: $(READY)
	@echo "Installing the peers."
	@$(BIN)/python -m pip install --quiet --editable ".[bench]"
	@touch $@

$(BACKENDS:%=.venv-%/.ready): .venv-%/.ready: $(READY)
	@echo "Installing fmkeras and $* into .venv-$*: some minutes, once."
	@test -x .venv-$*/bin/python || $(BIN)/python -m venv .venv-$*
	@.venv-$*/bin/python -m pip install --quiet --editable ".[test]" $*
	@touch $@
