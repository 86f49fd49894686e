# One command each; `make help` lists them. PYTHON=/path/to/python3 chooses the interpreter.
.DEFAULT_GOAL := help
.PHONY: help run test quality bench messages lock clean

PYTHON ?= python3
# each of the dozens of processes of `make test` and `make run` would compile our modules again
unexport PYTHONDONTWRITEBYTECODE
BOOTSTRAP = exec "$(PYTHON)" grc/stack/bootstrap.py
WITH_SERVERS = -m grc.stack exec -- .venv/bin/python
UV_COMPILE = .venv/bin/python -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 18

run: ## run everything: web, worker, beat, mail, PostgreSQL, broker (PORT= SMTP_PORT= HOST= DATA_DIR=)
	@$(BOOTSTRAP) run -m grc.stack up

test: ## run the tests on real servers (ARGS= goes to pytest)
	@$(BOOTSTRAP) dev $(WITH_SERVERS) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

quality: ## run every check of the code: style, types, templates, imports, migrations, deployment, translations
	@$(BOOTSTRAP) dev $(WITH_SERVERS) -m tools.quality

bench: ## measure the workloads on servers of their own, which flush to disk (ARGS= goes to the benchmarks)
	@$(BOOTSTRAP) dev -m benchmarks $(ARGS)

messages: ## collect the messages to translate into locale/*/LC_MESSAGES/django.po
	@$(BOOTSTRAP) dev -m tools.messages update

lock: ## resolve pyproject.toml into requirements/*.txt, with hashes
	@"$(PYTHON)" grc/stack/bootstrap.py dev -m pip install --quiet uv
	@$(UV_COMPILE) --extra embedded --extra dev -o requirements/dev.txt
	@$(UV_COMPILE) --extra embedded -c requirements/dev.txt -o requirements/run.txt
	@$(UV_COMPILE) -c requirements/dev.txt -o requirements/production.txt

clean: ## remove .venv, caches and compiled translations (never the data in var/)
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache locale/*/LC_MESSAGES/*.mo
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
