# gongkai: `make demo` shows the main job, `make test` checks everything; both build .venv first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
STAMP := .venv/.stamp

.PHONY: help setup demo test fast lock clean

help:  ## what can be made here
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

setup: $(STAMP)  ## build .venv with .venv/bin/gongkai

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gongkai needs Python 3.11 or newer: apt install python3.11, or make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python has no venv: apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat -e .
	@touch $(STAMP)

demo: $(STAMP)  ## crawl the bundled site into a fresh archive and show what came of it
	.venv/bin/python -m tests.demo

# CI= keeps pytest's last lines short there too, so that they name what failed.
test: $(STAMP)  ## ruff, mypy --strict and the whole suite
	.venv/bin/ruff check .
	.venv/bin/mypy
	CI= .venv/bin/python -m pytest -n auto --dist loadfile

fast: $(STAMP)  ## the same without the suites that crawl again and again, kill, flood, or open a browser
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/python -m pytest -n auto --dist loadfile -m "not slow"

lock:  ## resolve the dependencies again into requirements.lock (needs uv)
	uv pip compile --quiet --group dev --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock

clean:  ## remove what was built
	rm -rf .venv demo
