# The two commands of a newcomer are `make serve` and `make test`; both need only make and a Python >= 3.11.

VENV   := .venv
PY     := $(VENV)/bin/python
STAMP  := $(VENV)/.synced
KILLS  ?= 15
SERVE  ?=
PYTEST ?=
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup serve test check format bench crashtest node asks clean

help:
	@echo "make serve            start a hub with a demo (two users, a bot, a room) on 127.0.0.1"
	@echo "make test             run the whole test suite (PYTEST=... passes options on)"
	@echo "make check            formatting, lint, types, import contracts"
	@echo "make bench            measure fan-out, publish rate, latency and memory"
	@echo "make crashtest KILLS=n  kill a hub n times under load and audit its log"
	@echo "make clean            remove the environment and the caches (never ./var, the data)"

setup: $(STAMP)

# The stamp is as new as the lock and the project file it was made from, so a second `make` starts at once.
$(STAMP): pyproject.toml uv.lock .ci/setup
	@.ci/setup $(VENV)
	@touch $@

# exec: signals reach the hub itself, and its exit code is the one of the recipe.
serve: setup
	@exec $(VENV)/bin/hubbub serve --provision docs/demo.json --credentials - $(SERVE)

# Two at a time, a file at a time: tests of one file share its hub. In the order of the files: sorted by how many tests
# they have, the files of one long test would come last, and a worker would wait for the other's.
test: setup node asks
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

check: setup
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: setup
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: setup
	@$(PY) -m loadtest bench

crashtest: setup
	@$(PY) -m tests.faults.crash --kills $(KILLS)

# The peers written for node are a convenience: without npm, or without a network, their tests skip and say so.
node:
	@.ci/setup-node tests/e2e/node

# So is the client `asks`, which is built from its source.
asks: setup
	@.ci/setup $(VENV) --group asks || echo "not installed: asks; the test that needs it will be skipped" >&2

clean:
	rm -rf $(VENV) tests/e2e/node/node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
