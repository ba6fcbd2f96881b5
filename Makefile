# Needs Python 3.11 to 3.13, git and make; everything else is fetched into this folder. Nothing has to be activated.
#
#   make demo     a simulated company's year: closed, scored, findings printed, UI served in the background
#   make test     tests                make lint     style of Python and SQL       make types    type check
#   make soak     tests that take minutes each: the tour of the UI, faults of the machine, backups, upgrades
#   make bench    measurements         make clean    remove what make has made; the data in .revenue stay

SHELL := bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help

# The first Python that is new enough and can make environments; the answer is an absolute path.
CHECK := import sys, ensurepip, venv; print(sys.executable if (3, 11) <= sys.version_info[:2] < (3, 14) else "")
PYTHON := $(shell for name in python3.11 python3.12 python3.13 python3 python; do \
	found=$$($$name -c '$(CHECK)' 2>/dev/null) && test -n "$$found" && echo "$$found" && break; done)
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
SQLFLUFF = $(BIN)/sqlfluff lint --disable-progress-bar --processes 0
SYNCED := .venv/.synced
BIN := .venv/bin

export UV_PYTHON := $(PYTHON)
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
export UV_PROJECT_ENVIRONMENT := .venv
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1

# $(call timed,what,command): run a command, and say before what it is and after how long it took.
timed = @echo "==> $(1)"; begun=$$SECONDS; $(2) && echo "<== $(1): $$((SECONDS - begun)) s"

.PHONY: help setup demo test soak bench lint types format clean

help:
	@sed -n '3,6s/^# *//p' Makefile

setup: $(SYNCED)

.uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Error: no Python 3.11, 3.12 or 3.13 that can make environments was found:" \
		"install one (on Debian also python3-venv) and run make again." >&2; exit 1; }
	$(call timed,fetching uv,"$(PYTHON)" -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv)

$(SYNCED): pyproject.toml uv.lock $(filter .uv/bin/uv,$(UV))
	@test -n "$(PYTHON)" || { echo "Error: no Python 3.11, 3.12 or 3.13 was found: install one and run make again." \
		>&2; exit 1; }
	$(call timed,setting up .venv with $(PYTHON),$(UV) sync --frozen --compile-bytecode 2>&1 | awk '!/^ [+] /' && touch $@)

demo: setup
	$(call timed,demo,$(BIN)/revenue demo)

# What takes minutes each: a real stack clicked through, closes killed and restarted under, backups, upgrades.
SOAK := $(addprefix tests/end_to_end/,faults test_tour.py test_backup.py test_earlier_version.py) \
	tests/integration/test_supervise.py

# In the order of the folders, whole companies first: xdist would begin with the files of most tests, the quick ones.
TOGETHER := -n auto --dist loadfile --no-loadscope-reorder

test: setup
	$(call timed,tests,$(BIN)/pytest $(TOGETHER) --durations=15 $(addprefix --ignore=,$(SOAK)))

soak: setup
	$(call timed,soak tests,$(BIN)/pytest $(TOGETHER) --durations=20 $(SOAK))

bench: setup
	$(call timed,bench,$(BIN)/python -m bench)

lint: setup
	$(call timed,ruff,$(BIN)/ruff check . && $(BIN)/ruff format --check .)
	$(call timed,SQL of dbt,$(SQLFLUFF) dbt/models dbt/tests/singular)
	$(call timed,SQL of the lake and of the sources,$(SQLFLUFF) --dialect duckdb --templater raw revenue_assets/lake sources)
	$(call timed,SQL of the expectations,$(SQLFLUFF) --dialect duckdb --templater raw expectations)

types: setup
	$(call timed,mypy,$(BIN)/mypy --explicit-package-bases revenue_assets tests $(wildcard expectations bench))

format: setup
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

clean:
	@if test -x $(BIN)/revenue; then $(BIN)/revenue down; fi # its PostgreSQL runs from .venv
	rm -rf .venv .uv dist dbt/target dbt/logs .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.revenue/*' -prune -exec rm -rf {} +
	@echo "The data in .revenue are still there; remove that folder to begin anew."
