# make demo: set everything up and run the main job, offline, on the bundled demo.
# make test: set everything up and run the tests.
# make test-datasette-1: the tests of the site on the next Datasette, in an environment of its own.
# All need python3 (3.11 or newer) with venv, and a package index.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# As many processes as there are cores; PYTEST_FLAGS= for one after the other.
PYTEST_FLAGS ?= --numprocesses auto --dist loadfile --no-loadscope-reorder
NEXT := $(VENV)-datasette-1

.PHONY: demo test test-datasette-1 lint docs clean python

demo: $(VENV)/.installed
	$(BIN)/radio-archive demo demo-archive --clips fixtures/clips

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

test-datasette-1: $(NEXT)/.installed
	$(NEXT)/bin/python -m pytest $(PYTEST_FLAGS) $(wildcard tests/site/test_site*.py)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/make_cli_reference.py
	$(BIN)/python docs/make_picture.py
	$(BIN)/python docs/make_screenshots.py

clean:
	rm -rf $(VENV) $(NEXT) .node demo-archive demo-site build dist

$(VENV)/.installed: pyproject.toml | python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

# It sees all that the first one has, and puts its own Datasette before it.
$(NEXT)/.installed: $(VENV)/.installed-dev
	$(PYTHON) -m venv $(NEXT)
	$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
		> "$$($(NEXT)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/first.pth"
	$(NEXT)/bin/python -m pip install --quiet --disable-pip-version-check --pre --upgrade 'datasette>=1.0a41'
	touch $@

python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed. Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python; or: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and $(PYTHON) is older. Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv; macOS: brew install python), then: make PYTHON=python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. Debian, Ubuntu: apt install python3-venv; then run make again." >&2; exit 1; }
