# What a person types. `make up` is enough for a first look; everything else is for developers.
.PHONY: up demo test test-engines lint bench browser clean-var help
.DEFAULT_GOAL := help

VENV := .venv
RUN := $(VENV)/bin/python
SETUP := sh deploy/setup.sh
WORKERS ?= 2

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

up: $(VENV)/.run ## install what is missing and run Gatehouse until Ctrl-C
	@$(SETUP) broker
	@$(SETUP) documents
	@$(RUN) manage.py compile_locales
	@exec $(RUN) manage.py up

demo: $(VENV)/.run ## the same, with the simulator driving cars to the gates
	@$(SETUP) broker
	@$(SETUP) documents
	@$(RUN) manage.py compile_locales
	@exec sh deploy/demo.sh $(RUN)

test: lint ## everything that must hold: lint, types, imports, tests
	@$(SETUP) broker
	@$(SETUP) documents
	@$(SETUP) clients
	@$(SETUP) browser
	@$(RUN) manage.py compile_locales
	@$(RUN) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not engines"

test-engines: ## the optional engines that are installed in $(VENV): gatehouse[faces], [deepface], [easyocr]
	@$(RUN) -m pytest tests/engines -p no:randomly

lint: $(VENV)/.dev ## ruff, mypy, import-linter
	$(VENV)/bin/ruff check --no-cache .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy platform devices gis integrations
	$(VENV)/bin/lint-imports

bench: $(VENV)/.dev ## the figures of the README; no other process is needed
	@$(SETUP) broker
	@$(SETUP) clients
	@failed=0; for file in benchmarks/*.py; do \
	    echo "== $$file"; $(RUN) $$file || failed=1; done; exit $$failed

$(VENV)/.run: pyproject.toml
	@$(SETUP) packages "" $@

$(VENV)/.dev: pyproject.toml
	@$(SETUP) packages "[dev]" $@
	@touch $(VENV)/.run
