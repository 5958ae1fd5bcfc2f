# What a person types, and what CI runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed
BENCH_STAMP := $(VENV)/.bench-installed

.PHONY: run test test-long check format bench bench-full bench-corpus docs

run: $(RUN_STAMP)  ## start the app on this machine
	$(BIN)/streamlit run app.py

test: check browser redis orthanc web-servers  ## everything: checks, then every test
	$(BIN)/python -m pytest -n 2 -m "not long" --ignore tests/browser
	$(BIN)/python -m pytest -n 2 -m "not long" tests/browser  # apart: a browser and its server want both cores

test-long: $(DEV_STAMP) browser redis orthanc web-servers  ## repetitions and campaigns
	$(BIN)/python -m pytest -m long

check: $(DEV_STAMP)  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(BENCH_STAMP)  ## speed beside the peers, small: minutes; writes bench/RESULTS.md
	$(BIN)/python bench/run.py

bench-full: $(BENCH_STAMP)  ## the same at the size of the goals
	$(BIN)/python bench/run.py --full

bench-corpus: $(DEV_STAMP)  ## accuracy on a corpus: CORPUS=path/to/corpus
	$(BIN)/python bench/corpus.py $(CORPUS)

docs: $(RUN_STAMP)  ## the documents that are made from the code
	$(BIN)/python -c "from biodatamine_core import tables; print(tables.markdown(), end='')" > docs/tables.md

.PHONY: browser
browser:  ## the tests of the pages drive the system's Chromium
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || (apt-get update -qq && apt-get install -y -qq chromium)
	@command -v chromium >/dev/null || (echo "The browser tests need Chromium: install the package 'chromium' (sudo apt-get install chromium)."; exit 1)

.PHONY: redis
redis:  ## the tests of workers on several machines ring through the system's Redis
	@command -v redis-server >/dev/null || [ "$$(id -u)" != 0 ] || (apt-get update -qq && apt-get install -y -qq redis-server)
	@command -v redis-server >/dev/null || (echo "The tests of workers need Redis: install the package 'redis-server' (sudo apt-get install redis-server)."; exit 1)

.PHONY: orthanc
orthanc:  ## the tests of DICOMweb ask the system's Orthanc
	@test -x /usr/sbin/Orthanc || [ "$$(id -u)" != 0 ] || (apt-get update -qq && apt-get install -y -qq --no-install-recommends orthanc orthanc-dicomweb)
	@test -x /usr/sbin/Orthanc || (echo "The tests of DICOMweb need Orthanc: install the packages 'orthanc' and 'orthanc-dicomweb' (sudo apt-get install orthanc orthanc-dicomweb)."; exit 1)

.PHONY: web-servers
web-servers:  ## the tests of listings and of WebDAV ask the system's Apache and nginx
	@test -x /usr/sbin/apache2 -a -x /usr/sbin/nginx || [ "$$(id -u)" != 0 ] || (apt-get update -qq && apt-get install -y -qq --no-install-recommends apache2-bin nginx-light)
	@test -x /usr/sbin/apache2 -a -x /usr/sbin/nginx || (echo "The tests of listings need Apache and nginx: install the packages 'apache2-bin' and 'nginx-light' (sudo apt-get install apache2-bin nginx-light)."; exit 1)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): $(VENV)/bin/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(DEV_STAMP): $(RUN_STAMP) requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(BENCH_STAMP): $(DEV_STAMP) requirements-bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	touch $@
