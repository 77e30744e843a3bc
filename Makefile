# make reports and make test set everything up in .venv; they need Python 3.11 or newer and make.
PYTHON ?= python3
BIN := .venv/bin
STUDY ?= data/second_cart
READY := .venv/.ready

.PHONY: reports test lint lab refresh lock reference ensemble picture clean

reports: $(READY)  ## render the study to reports/
	$(BIN)/second-cart render $(STUDY)

test: $(READY)  ## style, unit tests with coverage, notebooks against their stored outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest -n 2 --dist loadgroup --cov --cov-report=term:skip-covered tests
	$(BIN)/pytest -n 2 --dist loadfile --nbval --nbval-current-env notebooks

lab: $(READY)  ## open the notebooks
	$(BIN)/jupyter lab notebooks

refresh: $(READY)  ## re-execute the notebooks in place and store their outputs
	$(BIN)/second-cart refresh

lock: $(READY)  ## renew the pins of requirements.lock and environment.yml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --quiet --upgrade --output-file requirements.lock
	{ printf 'name: second-cart\nchannels: [conda-forge]\ndependencies:\n  - python>=3.11\n  - make\n  - pip\n  - pip:\n'; \
	  sed -nE "s/^([a-z0-9._-]+==[^ ]+( ;[^\\]*[^ \\])?) \\\\$$/      - \"\1\"/p" requirements.lock; \
	  printf '      - "-e ."\n'; } > environment.yml

reference:  ## rerun the R oracle (needs R with survival and cmprsk)
	Rscript tests/reference/reference.R

ensemble: $(READY)  ## rebuild the stored summary of compatible cohorts
	$(BIN)/second-cart reconstruct --seed 1 --count 1000 --summary-only --out data/ensemble

picture: reports  ## the picture in the README (needs Chromium)
	$(BIN)/python tests/browser/picture.py reports/second_cart/04_survival.html reports/example.png

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv reports/*/ .pytest_cache .ruff_cache .hypothesis
