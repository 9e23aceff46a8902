# The commands of the house. Each makes its own virtual environment when there is none; all they need is
# Python 3.11 or newer with pip, and make. Another interpreter: make test PYTHON=python3.13

PYTHON ?= python3
VENV   ?= .venv

BIN   := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .cache/bench
WHEELS := .cache/wheels
MUTANTS := .cache/mutants
FUZZ  := .cache/fuzz
MADE_OF := pyproject.toml conformance/pyproject.toml setup.py rawws/core/_speedups.c
PARALLEL := --numprocesses=auto --dist=worksteal
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help demo test lint types embedders conformance bench-conformance agreement soak drivers bench budget faults mutants fuzz pyz compare wheels format clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile

demo: $(READY) ## start a server, connect to it, show what goes over the wire, and play 517 cases against it
	@$(BIN)/rawws demo --conformance reports/demo

test: lint types ## lint, types, and every test (the core's twice: with coverage in Python, and in C); the batteries without coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL) -m "not battery and not network" --ignore=tests/core
	RAWWS_SPEEDUPS=0 $(BIN)/coverage run -m pytest $(PARALLEL) -m "not battery" tests/core
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/python -m pytest $(PARALLEL) tests/core
	$(BIN)/python -m pytest $(PARALLEL) -m battery --ignore=tests/core

lint: $(READY) ## ruff, and the layers: who may import whom
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo

types: $(READY) ## mypy, strict
	$(BIN)/mypy

embedders: $(READY) ## the tests of projects that embed wsproto, with rawws.core in its place (network, five minutes)
	$(BIN)/python -m tests.embedders.run

conformance: $(READY) ## all cases, whole, against rawws: server and client, ws and wss (ten minutes)
	$(BIN)/python -m tests.conformance.whole

bench-conformance: $(READY) ## what the conformance suite costs, beside kosoku; writes a page of docs/ (network, half an hour)
	$(BIN)/python -m tests.conformance.beside_kosoku.benchmark

agreement: $(READY) ## verdict for verdict, the conformance suite and kosoku; writes a page of docs/ (network, half an hour)
	$(BIN)/python -m tests.conformance.beside_kosoku.agreement

soak: $(READY) ## restarts behind nginx under 1,000 clients, and 2,000 connections with faults of every kind (minutes)
	$(BIN)/python -m tests.soak

drivers: $(READY) ## drivers that others wrote for Autobahn, and how rawws-conformance is carried elsewhere (network, two minutes)
	$(BIN)/python -m pytest -m network tests/conformance

bench: $(BENCH)/.ready ## server CPU beside the others' (network, twenty minutes); ONLY="echo codec" and ROUNDS=2 make it shorter
	$(BENCH)/bin/python -m tests.benchmarks $(ONLY) $(if $(ROUNDS),--rounds $(ROUNDS))

budget: $(READY) ## store the counts of operations that the tests called test_budget_*.py hold the code to
	RAWWS_UPDATE_BUDGET=1 $(BIN)/python -m pytest --quiet $$(find tests -name 'test_budget_*.py')
	RAWWS_UPDATE_BUDGET=1 RAWWS_SPEEDUPS=0 $(BIN)/python -m pytest --quiet $$(find tests -name 'test_budget_*.py')

faults: $(MUTANTS)/.ready ## plant faults one by one, and see which property finds each; writes a table of fuzz/README.md (five minutes)
	$(MUTANTS)/bin/python -m fuzz.faults

mutants: $(MUTANTS)/.ready ## change the core everywhere, and see which test notices; goes on where it was (an hour); ONLY=inflate MINUTES=10
	$(MUTANTS)/bin/python -m fuzz.mutants --write $(if $(ONLY),--only $(ONLY)) $(if $(MINUTES),--minutes $(MINUTES))

fuzz: $(FUZZ)/.ready ## properties with ever other examples, and libFuzzer under Python, for MINUTES=10; findings go to fuzz/corpus/
	$(FUZZ)/bin/python -m fuzz.long $(or $(MINUTES),10)

pyz: $(READY) ## rawws-conformance and all that it needs as one file, for any Python 3.11 or newer (network)
	$(BIN)/python conformance/make_pyz.py

compare: $(READY) ## the conformance cases, put before other implementations; writes a page of docs/ (network, some minutes)
	$(BIN)/python -m tests.conformance.compared.run

wheels: $(WHEELS)/.ready ## a wheel for other machines in dist/, installed in a clean environment, where the core's tests run (network)
	$(WHEELS)/bin/python -m tests.wheels.run

format: $(READY) ## what ruff can repair by itself, and the order of imports
	$(BIN)/ruff check --fix .

clean: ## remove the virtual environment and everything that a tool has left behind
	rm -rf $(VENV) $(BENCH) $(MUTANTS) $(FUZZ) build dist *.egg-info conformance/build conformance/*.egg-info htmlcov .coverage .coverage.* .hypothesis
	rm -rf reports .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	rm -f rawws/core/_speedups.*.so
	find rawws conformance tests fuzz -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made once, and brought up to date when what it is made of changes. The second line of `venv` is for
# Debian, where Python comes without ensurepip: there the pip beside it installs one. pip < 25.1 knows no --group.
$(READY): $(MADE_OF)
	$(call prepare,$(VENV),dev)

# What is measured against is of no use to anything else, so it has an environment of its own.
$(BENCH)/.ready: $(MADE_OF)
	$(call prepare,$(BENCH),bench)

# Nor is what makes wheels.
$(WHEELS)/.ready: $(MADE_OF)
	$(call prepare,$(WHEELS),wheels)

# Nor is what makes mutants, or what follows the branches that an input takes.
$(MUTANTS)/.ready: $(MADE_OF)
	$(call prepare,$(MUTANTS),mutants)

$(FUZZ)/.ready: $(MADE_OF)
	$(call prepare,$(FUZZ),fuzz)

# prepare FOLDER GROUP: a virtual environment with rawws and a dependency group.
define prepare
	@$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
	  echo "rawws needs Python 3.11 or newer, but '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." \
	       "Name another interpreter, such as: make PYTHON=python3.13" >&2; exit 1; }
	@echo "Preparing $(1), which takes about a minute ..."
	@$(1)/bin/python -c '$(NEW_ENOUGH)' 2>/dev/null \
	  || $(PYTHON) -m venv --clear $(1) >/dev/null 2>&1 \
	  || { $(PYTHON) -m venv --clear --without-pip $(1) \
	       && $(PYTHON) -m pip --python $(1)/bin/python install --quiet pip; }
	@{ $(1)/bin/python -m pip install --upgrade "pip>=25.1" \
	     && $(1)/bin/python -m pip install --editable ".[all]" --editable ./conformance --group $(2); } >$(1)/pip.log 2>&1 \
	  || { cat $(1)/pip.log >&2; echo "pip could not install what rawws needs; the lines above say why." >&2; exit 1; }
	@touch $@
endef
