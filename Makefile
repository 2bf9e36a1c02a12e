# Everything a checkout needs: `make demo` shows the main job, `make test` checks all of it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP_AUDIT := 2.10.1
TESTS := tests
# What the judge of all questions about the backend is asked, in a few minutes. All of it: make test-real REAL_TESTS=tests
REAL_TESTS := tests/conformance tests/client tests/test_async.py tests/test_servers.py \
	tests/cli/test_manual.py tests/cli/test_former_defects.py tests/cli/test_round_trip.py tests/faults/test_library.py \
	tests/site_files/test_apply*.py tests/site_files/test_exactness.py \
	tests/cli/test_check.py tests/cli/test_backup.py::test_a_backup_is_the_same_site_elsewhere
# What knows the store of the embedded backend.
MONGO_TESTS := tests/conformance tests/security tests/embedded tests/store/test_access.py \
	tests/serve/test_real_database.py tests/serve/test_shared_database.py tests/test_servers.py \
	tests/cli/test_backup.py::test_an_embedded_database_moves_to_mongodb

.PHONY: help install demo test test-real test-mongo test-oldest docs bench lint types unit audit audit-knows fuzz format clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(if $(OLDEST),$(PYTHON) tests/oldest.py > $(VENV)/oldest.txt)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[embedded,site,dev]' \
		$(if $(OLDEST),--constraint $(VENV)/oldest.txt)
	@touch $@

install: $(STAMP)  ## set up .venv with the tool, its extras and the development tools

demo: $(STAMP)  ## the main job on an embedded backend: install a checks pack, add hosts, see their services
	@PATH="$(abspath $(BIN)):$$PATH" sh examples/demo.sh

lint: $(STAMP)  ## ruff: lint and format; import-linter: who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP)  ## mypy, strict
	$(BIN)/mypy

unit: $(STAMP)
	$(BIN)/python -m pytest -q -n auto $(TESTS)

test: lint types unit  ## all that needs no other backend: lint, types, tests

test-real: $(STAMP)  ## the tests on the real backend, which is set up in .cache (two minutes the first time)
	$(BIN)/python -m pytest -q -n auto --backend real $(REAL_TESTS)

test-mongo: $(STAMP)  ## the embedded backend's tests over MongoDB's protocol: FerretDB, built in .cache (needs Go; three minutes)
	cd tests && $(abspath $(BIN))/python -m servers.ferretdb --build-only
	$(BIN)/python -m pytest -q -n auto --backend mongo $(MONGO_TESTS)

test-oldest:  ## the tests with the oldest dependencies that the package allows
	@$(MAKE) unit OLDEST=1 VENV=.venv-oldest

fuzz: $(STAMP)  ## the randomised tests with values that they had never before
	$(BIN)/python -m pytest -q -n auto -m hypothesis --hypothesis-profile new $(TESTS)

docs: $(STAMP)  ## regenerate the command reference
	$(BIN)/python docs/make_cli_reference.py

bench: $(STAMP)  ## speed, beside release 1.4.2 and the real backend (a quarter of an hour; BENCH=--quick: one minute)
	$(BIN)/python -m benchmarks $(BENCH)

$(BIN)/pip-audit: $(STAMP)
	@$(BIN)/pip install --quiet --disable-pip-version-check pip-audit==$(PIP_AUDIT)

AUDIT := $(BIN)/pip-audit --no-deps --disable-pip --progress-spinner off

audit: $(BIN)/pip-audit  ## ask for known weaknesses of the dependencies (needs the internet)
	$(BIN)/pip freeze --exclude-editable > $(VENV)/.audited
	$(AUDIT) --strict --requirement $(VENV)/.audited

audit-knows: $(BIN)/pip-audit
	@echo $(PACKAGE) > $(VENV)/.known
	@timeout 60 $(AUDIT) --requirement $(VENV)/.known 2> /dev/null | grep -q -E 'CVE|GHSA|PYSEC'

format: $(STAMP)  ## let ruff format and repair what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove what the targets above made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
