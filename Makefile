# make reports and make test set everything up in .venv; they need Python 3.11, 3.12 or 3.13 and make.
PYTHON ?= python3
BIN := .venv/bin
STUDY ?= data/second_cart
COVERAGE ?= --cov --cov-report=term:skip-covered
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
MADE := .venv/.made-$(VERSION)
REPORTS_READY := .venv/.reports-ready
TESTS_READY := .venv/.tests-ready
WORKFLOW_READY := .venv/.workflow-ready

# requirements.lock is complete, so nothing is resolved: every package is installed as it is named there, or not at all.
# uv reads other settings than pip; where it reaches no index, pip installs the same files, slowly.
EXACTLY := --quiet --no-deps --require-hashes --no-build-isolation
install = $(BIN)/uv pip install --python $(BIN)/python $(EXACTLY) --compile-bytecode --requirement $(1) \
	|| $(BIN)/pip install $(EXACTLY) --requirement $(1)

.PHONY: reports test style units browser portable workflow lab refresh codebook lock reference ensemble picture architecture bench scale help clean

reports: $(REPORTS_READY)  ## render the study to reports/
	$(BIN)/second-cart render $(STUDY)

test: style units  ## style, types, unit tests with coverage, notebooks against their stored outputs

style: $(TESTS_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

units: $(TESTS_READY)
	$(BIN)/pytest -n 2 --dist loadfile -m "not browser and not workflow" $(COVERAGE) tests
	$(BIN)/pytest -n 2 --dist loadfile --nbval --nbval-current-env notebooks

browser: $(TESTS_READY)  ## every page and every notebook in Chromium (which must be installed)
	$(BIN)/pytest -rs --durations=5 -m browser tests

portable: $(TESTS_READY)  ## the same numbers and texts under other processors' arithmetic, threads, clocks and languages
	$(BIN)/python -m tests.portable

workflow: $(TESTS_READY) $(WORKFLOW_READY)  ## batches on Snakemake and Slurm (whose programs must be installed)
	$(BIN)/pytest -rs -m workflow tests/workflow

lab: $(REPORTS_READY)  ## open the notebooks
	$(BIN)/jupyter lab notebooks

refresh: $(REPORTS_READY)  ## re-execute the notebooks in place and store their outputs
	$(BIN)/second-cart refresh

codebook: $(REPORTS_READY)  ## rewrite the codebooks in data/README.md and reports/README.md
	$(BIN)/python -m helpers.codebook

lock: $(TESTS_READY)  ## renew the pins of requirements.lock and environment.yml
	$(BIN)/python .ci/lock.py

reference:  ## rerun the R oracle (needs R with survival and cmprsk)
	Rscript tests/reference/reference.R

ensemble: $(REPORTS_READY)  ## rebuild the stored summary of compatible cohorts
	$(BIN)/second-cart reconstruct --seed 1 --count 1000 --summary-only --out data/ensemble

picture: reports $(TESTS_READY)  ## the picture in the README (needs Chromium)
	$(BIN)/python tests/browser/picture.py reports/second_cart/index.html reports/example.png

architecture: $(TESTS_READY)  ## the picture of the rooms of helpers in the README
	$(BIN)/python -m tests.architecture

bench: $(REPORTS_READY)  ## how fast beside papermill, nbconvert and R, to benchmarks/RESULTS.md (BENCH="--collections 4": shorter)
	$(BIN)/python -m benchmarks.bench $(BENCH)

scale: $(REPORTS_READY)  ## time and memory from 1,000 to 1,000,000 patients, to benchmarks/SCALE.md (SCALE="--sizes 1000 10000")
	$(BIN)/python -m benchmarks.scale $(SCALE)

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

$(MADE): requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear .venv
	sed -nE '/^(setuptools|uv)==/,/[^\\]$$/p' requirements.lock > .venv/tools.lock
	sed '/^# Added by the tests/,$$d' requirements.lock > .venv/reports.lock
	sed '1,/^# Added by the tests/d' requirements.lock > .venv/tests.lock
	$(BIN)/pip install $(EXACTLY) --requirement .venv/tools.lock
	touch $@

$(REPORTS_READY): $(MADE) pyproject.toml
	$(call install,.venv/reports.lock)
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/pip check
	touch $@

$(TESTS_READY): $(REPORTS_READY)
	$(call install,.venv/tests.lock)
	$(BIN)/pip check
	touch $@

# Snakemake needs other versions than the reports do, so it has an environment of its own.
$(WORKFLOW_READY): workflow/requirements.lock $(REPORTS_READY)
	$(PYTHON) -m venv --clear workflow/.venv
	sed -nE '/^(setuptools|wheel)==/,/[^\\]$$/p' workflow/requirements.lock > workflow/.venv/tools.lock
	for lock in workflow/.venv/tools.lock workflow/requirements.lock; do \
	  $(BIN)/uv pip install --python workflow/.venv/bin/python $(EXACTLY) --requirement $$lock \
	  || workflow/.venv/bin/pip install $(EXACTLY) --requirement $$lock || exit 1; done
	touch $@

clean:  ## remove the environment and what the tools leave behind
	rm -rf .venv workflow/.venv .pytest_cache .ruff_cache .mypy_cache .hypothesis
