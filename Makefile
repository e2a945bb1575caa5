# leeway: every verb that a person or a machine needs. `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
# Where pip finds torch; empty: the default index. For CPU only: https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
OVERLAY := $(VENV)/containers
UV := 0.13.8
# The libraries come uncompiled. What the processes of the demo and of the tests import is compiled once, by the installation,
# and kept also where the environment says otherwise: a dozen that start at once would each compile it.
unexport PYTHONDONTWRITEBYTECODE
SHARED := airflow.api_fastapi.app, airflow.jobs.scheduler_job_runner, airflow.dag_processing.processor, \
  airflow.sdk.execution_time.task_runner, mlflow.server.fastapi_app

.PHONY: help install demo test test-services quick fuzz secrets build up down logs backup restore upgrade rehearse browser check audit format web bench lock clean

help: ## Show this list.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 17

install: $(INSTALLED) ## Make the environment in .venv from the locked requirements.

# torch goes first, alone and by pip: what else is installed then finds it satisfied, whichever build it is.
$(INSTALLED): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "leeway needs Python 3.11; name it: make install PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) \
	  $$(grep -E '^torch==' requirements.txt)
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt -r requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	AIRFLOW_HOME=$(abspath $(VENV))/airflow $(BIN)/python -c 'from leeway.services.warm import warm; warm(); import $(SHARED)' >/dev/null
	@touch $@

demo: $(if $(STACK),up,install) ## A year of flights through Airflow; ONCE=1 stops at the end; STACK=1: in containers.
	$(if $(STACK),$(COMPOSE) run --rm leeway,$(BIN)/leeway) demo $(if $(ONCE),--once)

# Two workers: the tests start PostgreSQL, MLflow and Airflow of their own, and a small machine has two cores.
WORKERS ?= 2

PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: install check ## All checks, and all tests but those of test-services.
	$(PYTEST) --durations 25 -m "not services"

test-services: install ## The tests that need a service of the containers: MLflow behind a login, S3, backup.
	$(PYTEST) --durations 10 -m services

quick: install ## The tests without the slow ones.
	$(PYTEST) -m "not slow and not integration"

# The tests of `make test` draw the same examples each time; these draw new ones, and more where no number is given.
fuzz: install ## The property tests with new random examples.
	$(BIN)/python -m pytest -n $(WORKERS) --hypothesis-profile fuzz -m "not slow and not integration" \
	  $$(grep -rl "from hypothesis import" tests/unit)

# The containers: docs/containers.md. They need Docker only, no Python.
COMPOSE := docker compose

secrets: ## Make what is missing of the containers' passwords and keys in .env.
	@docker/secrets.sh

build: ## Build the image of the containers.
	LEEWAY_REVISION=$$(git rev-parse --short HEAD 2>/dev/null || echo unknown) $(COMPOSE) build

up: secrets $(if $(NO_BUILD),,build) ## Start the containers, wait until all are healthy, say where they are; NO_BUILD=1.
	@docker/up.sh $(COMPOSE)

down: ## Stop the containers; all data stays.
	$(COMPOSE) --profile '*' down

logs: ## Follow what the containers say; SERVICE=name for one.
	$(COMPOSE) logs --follow --tail 100 $(SERVICE)

BACKUPS ?= backups
# Everything but PostgreSQL: who uses its databases.
USERS_OF_DATABASES = $$($(COMPOSE) config --services | grep -vx postgres)

backup: ## Copy all that has to be kept to backups/, while everything goes on.
	@mkdir -p $(BACKUPS)
	BACKUPS="$$(cd $(BACKUPS) && pwd)" $(COMPOSE) run --rm -T backup

# `up --no-start` gives new volumes to their owners, before root writes into them.
restore: ## Put the newest backup back, or FROM=name; FORCE=1 replaces what is there.
	@mkdir -p $(BACKUPS)
	$(COMPOSE) up --no-start
	$(COMPOSE) stop $(USERS_OF_DATABASES)
	@versions=$$($(COMPOSE) run --rm --no-deps -T leeway --version) && \
	  BACKUPS="$$(cd $(BACKUPS) && pwd)" $(COMPOSE) run --rm -T -e FORCE=$(FORCE) -e VERSIONS="$$versions" restore $(FROM) || \
	  { echo "The services are stopped. 'make up' starts them with what is there."; exit 1; }
	$(COMPOSE) up --detach --wait redis
	$(COMPOSE) exec -T redis redis-cli FLUSHALL  # tasks that Celery was given after the backup
	$(COMPOSE) up --detach --wait
	$(COMPOSE) run --rm -T leeway reconcile
	$(COMPOSE) run --rm -T leeway verify

# The question starts nothing but PostgreSQL: what runs would be replaced by what was just built, before the answer is known.
upgrade: secrets build ## Bring the stack to this version of the project: backup, then forward; a newer database is refused.
	$(COMPOSE) up --detach --wait --no-recreate postgres
	@$(COMPOSE) run --rm --no-deps -T init leeway migrate --airflow --dry-run || \
	  { echo "Nothing of the stack was changed. To stay: check its own version out again, then 'make build'."; exit 1; }
	$(MAKE) backup
	$(COMPOSE) stop $(USERS_OF_DATABASES)
	@docker/up.sh $(COMPOSE)

rehearse: install ## Bring the containers up from a clone and break every part once; root, an engine (tests/stack/engine.sh).
	$(BIN)/python tests/stack/drill.py

browser: install ## The page in a real browser against a real Airflow; needs a Chromium.
	$(BIN)/python -m pytest tests/browser

# What the containers have besides, in a folder of its own: the environment stays as users have it.
CELERY := airflow.providers.celery.executors.celery_executor_utils
LOCKS := requirements.txt requirements-stack.txt requirements-dev.txt

check: install $(OVERLAY)/.installed ## Style, types, layers, dependencies.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/uv pip check --python $(BIN)/python
	AIRFLOW_HOME=$(abspath $(OVERLAY))/airflow PYTHONPATH=$(OVERLAY) $(BIN)/python -c 'import $(CELERY)'
	@for version in 3.11 3.12; do \
	  echo "the locks on Python $$version"; \
	  $(BIN)/uv pip compile --quiet --python-version $$version $(LOCKS) -o - >/dev/null || \
	    { echo "The locks do not fit together on Python $$version, or the package index cannot be reached: see above."; exit 1; }; \
	done

$(OVERLAY)/.installed: $(INSTALLED) requirements-stack.txt
	rm -rf $(OVERLAY) && mkdir -p $(OVERLAY)
	grep -vxFf requirements.txt requirements-stack.txt | grep -E '^[a-z0-9]' >$(OVERLAY)/requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --target $(OVERLAY) --no-deps -r $(OVERLAY)/requirements.txt
	@touch $@

# Asks a database of known holes about every locked package. What stays, and why: docs/security.md.
audit: install ## Known holes in the locked packages (needs the internet).
	$(BIN)/uv tool run pip-audit==2.10.1 --strict --disable-pip --no-deps $(LOCKS:%=--requirement %)

format: install ## Bring the code into shape.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Users need no Node: what it builds is part of the repository.
web: ## Check and build the page in Airflow (needs Node 20.19 or newer).
	cd include/leeway/console/web && npm ci --no-audit --no-fund && npm run check && npm run build

bench: install ## Measure what docs/performance.md quotes.
	$(BIN)/python -m benchmarks

lock: install ## Pin requirements anew from the .in files.
	rm -f requirements.txt requirements-dev.txt requirements-stack.txt
	$(BIN)/uv pip compile --quiet --python-version 3.11 requirements.in -o requirements.txt
	sed -i -E 's/^(torch==[0-9.]+)\+cpu/\1/; /^ *--(find-links|index-url|extra-index-url)/d' requirements.txt
	$(BIN)/uv pip compile --quiet --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --python-version 3.11 requirements-stack.in -o requirements-stack.txt
	sed -i -E 's/^(torch==[0-9.]+)\+cpu/\1/; /^ *--(find-links|index-url|extra-index-url)/d' requirements-stack.txt

# A home that LEEWAY_HOME names is removed only if it is one, and holds neither this project nor the user's own folder.
clean: ## Remove the environment and all local state.
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@if [ -z "$$LEEWAY_HOME" ]; then rm -rf .leeway; exit; fi; \
	home=$$(cd -- "$$LEEWAY_HOME" 2>/dev/null && pwd -P) || exit 0; \
	keep() { echo "LEEWAY_HOME is left as it is: $$home $$1"; exit 0; }; \
	[ -f "$$home/stack.lock" ] || [ -f "$$home/catalog.db" ] || keep "has neither stack.lock nor catalog.db"; \
	case "$$(pwd -P)/" in "$${home%/}"/*) keep "holds this project";; esac; \
	case "$$HOME/" in "$${home%/}"/*) keep "holds your own folder";; esac; \
	echo "rm -rf $$home"; rm -rf -- "$$home"
