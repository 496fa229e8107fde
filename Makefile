# `make` or `make help` lists the targets. Nothing is needed but Python 3.11 or newer, with venv and pip.
.DEFAULT_GOAL := help
.PHONY: help run test check fix screens bench bench-growth faults sweep migrate messages audit lock clean

BIN := .venv/bin
APPS := smsplatform accounts templates_app billing messaging reports
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --quiet --system-certs
RANDOM := $(BIN)/python -c 'import secrets, sys; print(secrets.token_urlsafe(int(sys.argv[1])))'
# What commands that look at the code, not at an installation, run with.
AS_TESTS := DJANGO_SETTINGS_MODULE=smsplatform.settings_test SMSPLATFORM_VAR=var/none
AS_PRODUCTION := SMSPLATFORM_VAR=var/none DEMO=0 BASE_URL=https://sms.example.com ALLOWED_HOSTS=sms.example.com \
	DATABASE_URL=postgres://sms@db.example.com/sms EMAIL_URL=smtp+tls://sms:secret@mail.example.com:587

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F '\t' '{printf "  make %-13s %s\n", $$1, $$2}'

run: .venv/runs ## start everything on this machine, with a demonstration; Ctrl-C stops it
	@DEMO=$${DEMO-1} exec $(BIN)/python manage.py run_platform

test: .venv/tests ## run all tests
	$(BIN)/python -m pytest -n logical

check: .venv/tests ## everything that needs no database: style, rules, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/djlint $(APPS) --extension html --check --quiet
	$(BIN)/djlint $(APPS) --extension html --lint --quiet
	$(BIN)/deptry .
	@echo 'makemigrations --check'
	@$(AS_TESTS) $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	@echo 'check --deploy'
	@$(AS_PRODUCTION) SECRET_KEY=$$($(RANDOM) 60) FIELD_KEYS=$$($(RANDOM) 32)= \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/mypy $(APPS) manage.py

fix: .venv/tests ## format, and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint $(APPS) --extension html --reformat --quiet

screens: .venv/tests ## photograph every page, both languages, desk and phone, into docs/screens
	SCREENS=docs/screens $(BIN)/python -m pytest -q tests/browser/test_every_page.py

bench: .venv/tests ## measure what this machine accepts and delivers a second
	$(BIN)/python -m tests.bench

bench-growth: .venv/tests ## measure what twenty million messages cost the next ones; ROWS=2_000_000 makes fewer
	$(BIN)/python -m tests.bench.growth

faults: .venv/tests ## kill, freeze, cut and starve a real platform for an hour, and judge; ROWS=F03,F20 RUNS=5
	$(BIN)/python -m tests.faults

sweep: .venv/tests ## crash at every commit and write, then 200 seeds of trouble (SEED=17: that one)
	$(BIN)/python -m tests.sweep

migrate: .venv/runs ## bring the database of the running platform up to date
	$(BIN)/python manage.py migrate

messages: .venv/tests ## collect the texts to translate into locale/
	$(AS_TESTS) $(BIN)/python manage.py makemessages --locale zh_Hans --no-obsolete --ignore '.venv/*' --ignore 'tests/*'
	$(AS_TESTS) $(BIN)/python manage.py compilemessages --locale zh_Hans --ignore .venv

audit: .venv/tests ## look for known holes in what we depend on
	@echo 'urllib3==1.24.1' > .venv/known-bad.txt
	@! $(BIN)/pip-audit --requirement .venv/known-bad.txt --no-deps --progress-spinner off > .venv/audit.txt 2>&1 && grep -q 'urllib3' .venv/audit.txt \
		|| { cat .venv/audit.txt; echo 'A version with known holes was not found: this audit would prove nothing.'; exit 1; }
	$(BIN)/pip-audit --requirement requirements.txt --require-hashes --disable-pip --progress-spinner off

lock: .venv/tests ## pin the newest versions, at least a week old, with their hashes
	$(LOCK) pyproject.toml --output-file requirements.txt --upgrade
	$(LOCK) pyproject.toml --extra dev --constraint requirements.txt --output-file requirements-dev.txt --upgrade

clean: ## remove the data, the virtualenv and every cache; stops nothing
	@[ ! -e var/platform.lock ] || flock --nonblock var/platform.lock true || { echo 'The platform runs here: stop it first.'; exit 1; }
	@for note in var/postgres.location var/bench-growth/*/postgres.location; do \
		[ ! -e "$$note" ] || rm -rf "$$(head -n 1 "$$note")"; done
	rm -rf var .venv staticroot staticroot.lock htmlcov .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/runs: requirements.txt
	@python=''; for name in python3.11 python3 python3.12 python3.13 python; do \
		$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && python=$$name && break; done; \
	[ "$$python" ] || { echo 'Python 3.11 or newer was not found: install it, with venv and pip.'; exit 1; }; \
	[ -x .venv/bin/pip ] || $$python -m venv --clear .venv || { \
		echo "$$python cannot make a virtualenv: install its venv and pip (Debian: python3-venv)."; exit 1; }
	@echo 'Installing what the platform runs on (once, a minute or two) ...'
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/tests: requirements-dev.txt .venv/runs
	@echo 'Installing what the tests need (once) ...'
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@
