# Two commands for a fresh machine with Python 3.11 or newer: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := packaging/constraints.txt
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test check training-setup constraints translations schemas bench clean help

help:
	@echo "make demo         set up and open the program on its bundled loop"
	@echo "make test         set up and run the tests"
	@echo "make check        format, lint, types, import contracts, tests"
	@echo "make constraints  refresh the pinned versions of everything installed"
	@echo "make translations refresh the window's texts for translators, compile what they wrote"
	@echo "make clean        remove the environment and what was built"

demo: $(VENV)/.ready
	@$(BIN)/python -m app.system_check
	@$(BIN)/philtrum demo

test: $(VENV)/.ready-dev
	@$(BIN)/python -m app.system_check
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/.ready-dev
	@$(BIN)/python -m app.system_check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 3 --dist worksteal
	$(BIN)/python -m pytest -n 2 -m "cluster or media" tests/app tests/capture

# What trains and exports a model; several GB. `philtrum` itself never needs it.
training-setup: $(VENV)/.ready-dev
	$(PIP) install --use-pep517 -c $(CONSTRAINTS) -e '.[dev,training]'

constraints: $(VENV)/.ready-dev
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --no-header --no-annotate --python-version 3.11 \
		--extra dev pyproject.toml -o $(CONSTRAINTS)

# The texts of the window for Qt Linguist, and the compiled translation that ships.
translations: $(VENV)/.ready-dev
	$(BIN)/pyside6-lupdate -no-obsolete -locations none $$(find app -name '*.py' | sort) \
		-ts resources/translations/philtrum_zh.ts -target-language zh_CN
	$(BIN)/pyside6-lrelease resources/translations/philtrum_zh.ts

clean:
	rm -rf $(VENV) build dist demo-output .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "philtrum: expected Python 3.11 or newer, got %s; name one with: make PYTHON=python3.12 ..." % sys.version.split()[0])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "philtrum: this Python has no venv module; install it with: apt-get install python3-venv" >&2; exit 2; }
	@echo "setting up $(VENV) (once, about half a minute)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.ready: $(VENV)/.python pyproject.toml $(CONSTRAINTS)
	@$(PIP) install --use-pep517 -c $(CONSTRAINTS) -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.python pyproject.toml $(CONSTRAINTS)
	@$(PIP) install --use-pep517 -c $(CONSTRAINTS) -e '.[dev]'
	@touch $@ $(VENV)/.ready
