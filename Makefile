# On a fresh machine: `make demo`, `make tour`, `make test`. Each makes what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto

.PHONY: demo tour test check bench size docs golden clean

# Users' bytecode is compiled at installation; ours shall be as fast.
unexport PYTHONDONTWRITEBYTECODE

$(VENV)/demo: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sandbox]'
	@touch $@

$(VENV)/dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# At a terminal it asks, elsewhere it answers itself; nothing real is touched.
demo: $(VENV)/demo
	@if [ -t 0 ]; then $(BIN)/genesys-lex-wizard --sandbox; \
	else $(BIN)/genesys-lex-wizard --sandbox --non-interactive \
	  --org-id 1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809; fi

# The life of a role in the simulated account, from the preview to its removal.
tour: $(VENV)/demo
	@$(BIN)/python docs/tour.py

test: $(VENV)/dev
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	$(MAKE) test

bench: $(VENV)/dev
	$(BIN)/python benchmarks/setup.py
	$(BIN)/python benchmarks/exports.py
	$(BIN)/python benchmarks/readiness.py 200 1000
	$(BIN)/python benchmarks/activity.py

golden: $(VENV)/dev
	GOLDEN=write $(BIN)/python -m pytest -n $(WORKERS) tests/test_golden.py

size: $(VENV)/dev
	$(BIN)/python benchmarks/size.py

docs: $(VENV)/dev
	$(BIN)/python docs/make.py

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
