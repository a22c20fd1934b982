# make demo: set everything up and run the main job, offline, on the bundled demo.
# make test: set everything up and run the tests.
# Both need python3 (3.11 or newer) with venv, and a package index.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# As many processes as there are cores; PYTEST_FLAGS= for one after the other.
PYTEST_FLAGS ?= --numprocesses auto --dist loadfile

.PHONY: demo test lint docs clean python

demo: $(VENV)/.installed
	$(BIN)/radio-archive demo demo-archive --clips fixtures/clips

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/make_cli_reference.py
	$(BIN)/python docs/make_picture.py

clean:
	rm -rf $(VENV) demo-archive build dist

$(VENV)/.installed: pyproject.toml | python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed. Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python; or: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and $(PYTHON) is older. Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv; macOS: brew install python), then: make PYTHON=python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. Debian, Ubuntu: apt install python3-venv; then run make again." >&2; exit 1; }
