# `make demo` and `make test` need nothing but Python 3.11 or newer and, the first time, the network.

PYTHON ?= python3
DATA ?= mnist
VENV := .venv
BIN := $(VENV)/bin
FLOORS := .venv-floors
PARALLEL := -n logical --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test quick floors wheel check coverage schema bench paper constraints cifar theory clean

help:
	@echo "make demo      train eight learning channels on real digits and plot how they compare"
	@echo "make test      run the tests"
	@echo "make quick     run most of them in less than two minutes, on fewer random networks"
	@echo "make floors    run the tests with the lowest versions that pyproject.toml allows (Python 3.11)"
	@echo "make wheel     build the wheel, install it into an empty environment and run the README there"
	@echo "make check     check formatting, lint, types and the import contracts"
	@echo "make coverage  run all tests, then the kernel tests uncompiled, and report line coverage"
	@echo "make bench     compare speed with JAX and PyTorch (needs MNIST); write docs/performance.md"
	@echo "make paper     train the paper's experiments on MNIST and judge its claims (QUICK=1: briefly; DATA=digits: small)"
	@echo "make constraints  train networks under physical constraints on MNIST and judge them (QUICK=1: briefly; DATA=digits: small)"
	@echo "make cifar     train convolutional networks on CIFAR-10 and judge what channels teach them (QUICK=1: briefly)"
	@echo "make theory    compute what is proved about learning channels; write docs/theory.md (some minutes)"
	@echo "make schema    rewrite the JSON Schema of topology files"
	@echo "make clean     remove $(VENV), $(FLOORS), caches and build files; results/ stays"
	@echo "For another Python than $(PYTHON): make PYTHON=python3.12 demo"

demo: $(VENV)/.installed-test
	@$(BIN)/python -m scripts.demo

test: $(VENV)/.installed-test
	@echo "Running the tests."
	@$(BIN)/python -m pytest $(PARALLEL)

quick: $(VENV)/.installed-test
	@NEUROCHANNEL_EXAMPLES=5 $(BIN)/python -m pytest $(PARALLEL) -m "not slow" -q

# Old packages use deprecated parts of their own dependencies, which we cannot fix.
floors: $(FLOORS)/.installed
	@echo "Running the tests with the lowest versions."
	@$(FLOORS)/bin/python -m pytest $(PARALLEL) -W ignore::DeprecationWarning

wheel:
	@$(PYTHON) scripts/try_wheel.py

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --cov --cov-report=
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest tests/kernels --cov --cov-append --cov-report=term

bench: $(VENV)/.installed-bench
	@$(BIN)/python -m scripts.bench

paper: $(VENV)/.installed-test
	@$(BIN)/python -m scripts.paper --data $(DATA) $(if $(QUICK),--quick)

constraints: $(VENV)/.installed-test
	@$(BIN)/python -m scripts.constraints --data $(DATA) $(if $(QUICK),--quick)

cifar: $(VENV)/.installed-test
	@$(BIN)/python -m scripts.cifar $(if $(QUICK),--quick)

theory: $(VENV)/.installed-test
	@$(BIN)/python -m scripts.theory

schema: $(VENV)/.installed-test
	@$(BIN)/python scripts/make_schema.py

clean:
	rm -rf $(VENV) $(FLOORS) build dist *.egg-info .coverage .coverage.* .hypothesis
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each set of extras: packages are installed again only if a requirement changed.
$(VENV)/.installed-%: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing neurochannel and its tested $* packages into $(VENV); the first time takes a minute or two."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary -c constraints.txt -e '.[$*]'
	@touch $@

$(FLOORS)/.installed: $(FLOORS)/bin/python pyproject.toml
	@echo "Installing the lowest versions of all requirements into $(FLOORS)."
	@$(FLOORS)/bin/python -m pip install --quiet --disable-pip-version-check uv
	@$(FLOORS)/bin/uv pip install --quiet --python $(FLOORS)/bin/python --resolution lowest-direct -e '.[test]' 'pyparsing>=3.2,<3.3'
	@touch $@

$(BIN)/python $(FLOORS)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		found=$$(command -v $(PYTHON) >/dev/null && $(PYTHON) --version 2>&1 || echo "missing"); \
		echo "neurochannel needs Python 3.11 or newer, but $(PYTHON) is $$found;" \
			"name another one: make PYTHON=python3.12 test" >&2; \
		exit 1; }
	@echo "Making a virtual environment in $(@D:/bin=) with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv --clear $(@D:/bin=) || { rm -rf $(@D:/bin=); \
		echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu install python3-venv" >&2; \
		exit 1; }
