# The commands of the project; `make` alone lists them. CONTRIBUTING.md says when to use which.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# How browsers reach a server that listens on every address.
PUBLIC_HOST = $(if $(filter 0.0.0.0 ::,$(HOST)),127.0.0.1,$(HOST))

VENV := $(CURDIR)/.venv
PY := $(VENV)/bin/python
NPM := $(VENV)/bin/npm
STAMPS := $(VENV)/.stamps
export PATH := $(VENV)/bin:$(PATH)
# Compiled modules are stored, whatever the environment says: otherwise each process that starts compiles everything
# again, for more than half of its time.
unexport PYTHONDONTWRITEBYTECODE
# Exactly the lock: pip would look past it for newer releases of a package that is named with an extra.
# Packages are compiled when they are first imported, not twice.
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes
PIP_CHECK := $(PY) -m pip check --disable-pip-version-check
# A worker for each core; each file is run by one of them, in the order of tests/browsers.py.
PYTEST := $(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder
# $(call npm_ci,FOLDER): install exactly what FOLDER's lock names; three tries, then a sentence.
npm_ci = tries=0; until $(NPM) --prefix $(1) ci --no-audit --no-fund --loglevel=error --fetch-retries=4; do \
	  tries=$$((tries + 1)); \
	  if [ $$tries -ge 3 ]; then \
	    echo "The packages of $(1)/package-lock.json could not be fetched from the npm registry; see the error above, then run make again." >&2; \
	    exit 1; \
	  fi; \
	done

WIDGET_SOURCES := $(shell find widget/src -type f 2>/dev/null) widget/build.mjs widget/package.json
TYPES := widget/declarations.py server/embed/configuration_types.py server/sites/document_types.py server/sites/constraints.py
STATIC_SOURCES := $(shell find static -path static/node_modules -prune -o -path static/dist -prune -o -type f -print 2>/dev/null) \
	$(shell find templates/studio widget/adapters -type f) widget/samtykke.d.ts

TRANSLATIONS := server/studio/translations
CATALOGS := $(wildcard $(TRANSLATIONS)/*/LC_MESSAGES/messages.po)
COMPILED := $(CATALOGS:.po=.mo)

.DEFAULT_GOAL := help
.PHONY: help run install assets test test-servers test-scanner test-fast coverage docs lint format messages bench faults scale build lock clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: $(STAMPS)/run assets ## Set everything up and serve the demo, the studio and the API
	@SAMTYKKE_DEMO="$${SAMTYKKE_DEMO-on}" \
	SAMTYKKE_PUBLIC_URL="$${SAMTYKKE_PUBLIC_URL-http://$(PUBLIC_HOST):$(PORT)}" \
	exec $(PY) -m server up --host "$(HOST)" --port "$(PORT)"

install: $(STAMPS)/run ## Make the virtual environment with what the product needs

assets: widget/dist/configuration.d.ts widget/dist/widget.js static/dist/.built $(COMPILED) ## Build the widget, and the studio's scripts, styles and translations

test: $(STAMPS)/test assets ## Run the tests: Python, widget, browser, SQLite, PostgreSQL, Redis
	@echo "── widget ──"
	$(NPM) --prefix widget --silent test
	@echo "── product ──"
	$(PYTEST) -m "not servers and not scanner" $(ARGS)

test-servers: $(STAMPS)/test assets ## Run the tests of whole servers, behind reverse proxies and a pooler, and of the engines of Firefox and Safari
	$(PYTEST) -m "servers and not scanner" $(ARGS)

test-scanner: $(STAMPS)/test assets ## Run the tests that scan websites on this machine in a browser
	$(PYTEST) -m scanner $(ARGS)

coverage: $(STAMPS)/test assets ## Run the Python tests and list the lines of the server that none of them reaches
	$(PYTEST) --cov --cov-report=term-missing:skip-covered $(ARGS)

test-fast: $(STAMPS)/test ## Run the Python tests that need no browser, on what is built
	$(PYTEST) -m "not browser and not servers and not scanner" $(ARGS)

docs: $(STAMPS)/test ## Build the documentation as a site into build/docs, every link checked
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs --quiet build

lint: $(STAMPS)/test assets ## Check style, types, imports and byte budgets
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	$(NPM) --prefix widget --silent run types
	$(NPM) --prefix widget --silent run budgets

format: $(STAMPS)/test ## Format the Python code
	ruff check --fix --quiet . || true
	ruff format .

messages: $(STAMPS)/run ## Write new sentences of the studio into its translations, and drop those that are gone
	$(VENV)/bin/pybabel -q extract -F pyproject.toml -k lazy_gettext -k sentence --omit-header --no-location --sort-output -o $(STAMPS)/messages.pot .
	for language in nb nn; do \
	  $(VENV)/bin/pybabel -q update -i $(STAMPS)/messages.pot -d $(TRANSLATIONS) -l $$language \
	    --init-missing --no-fuzzy-matching --ignore-obsolete --omit-header --no-wrap || exit 1; \
	done

bench: $(STAMPS)/test assets benchmarks/node_modules/.package-lock.json ## Print the benchmark tables
	@$(PY) -m benchmarks

faults: $(STAMPS)/test assets ## Kill, cut off and fill up real servers, and check that nothing is lost (long)
	@$(PY) -m tests.faults $(ARGS)

scale: $(STAMPS)/test assets ## Measure lists, exports and retention over ten million records (long)
	@$(PY) -m benchmarks.scale $(ARGS)

build: $(STAMPS)/run assets ## Build the wheel, with templates and built assets inside
	$(PY) -m hatchling build --target wheel --directory dist

lock: ## Write the lock files again
	$(PY) -m pip install --quiet uv
	$(PY) -m uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements/run.txt
	$(PY) -m uv pip compile -q pyproject.toml --group build --group test --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" -c requirements/run.txt \
	  -o requirements/test.txt

clean: ## Remove everything that was built or installed
	rm -rf .venv */node_modules widget/dist static/dist dist

# --- what the commands need ---------------------------------------------------------------------------

$(STAMPS)/venv:
	@echo "Making the virtual environment …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it with make PYTHON=python3.11 …" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/run.txt pyproject.toml | $(STAMPS)/venv
	@echo "Installing what the product needs …"
	@$(PIP_INSTALL) -r requirements/run.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@faults=$$($(PIP_CHECK)) || { echo "$$faults" >&2; exit 1; }
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/run
	@echo "Installing what the tests need …"
	@$(PIP_INSTALL) -r requirements/test.txt
	@faults=$$($(PIP_CHECK)) || { echo "$$faults" >&2; exit 1; }
	@touch $@

%/LC_MESSAGES/messages.mo: %/LC_MESSAGES/messages.po | $(STAMPS)/run
	@# Without a header, which would change with every run, it counts as fuzzy as a whole.
	@$(VENV)/bin/pybabel -q compile -f -l $(notdir $*) -i $< -o $@

widget/node_modules/.package-lock.json: widget/package-lock.json | $(STAMPS)/run
	@echo "Installing the widget's build tools …"
	@$(call npm_ci,widget) >/dev/null && touch $@

widget/dist/widget.js: widget/node_modules/.package-lock.json $(WIDGET_SOURCES)
	@echo "Building the widget …"
	@$(NPM) --prefix widget --silent run build

widget/dist/configuration.d.ts: $(STAMPS)/run $(TYPES)
	@echo "Writing the types for TypeScript …"
	@$(PY) -m widget.declarations

static/node_modules/.package-lock.json: static/package-lock.json | $(STAMPS)/run
	@echo "Installing the studio's build tools …"
	@$(call npm_ci,static) >/dev/null && touch $@

benchmarks/node_modules/.package-lock.json: benchmarks/package-lock.json | $(STAMPS)/run
	@echo "Installing the load generator …"
	@$(call npm_ci,benchmarks) >/dev/null && touch $@

static/dist/.built: static/node_modules/.package-lock.json $(STATIC_SOURCES)
	@echo "Building the studio's scripts and styles …"
	@$(NPM) --prefix static --silent run build && touch $@
