# Everything a newcomer or a machine needs, from Python >= 3.11 and make alone.
# Each target sets up what it needs by itself; `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help run test soak lint kernels format types bench bench-quality lock clean bench-scale

# Without bytecode each of the many processes compiles anew what it imports, which takes seconds.
unexport PYTHONDONTWRITEBYTECODE

# uv drives everything. Where the machine has none, pip fetches it into .tools/.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/uv/bin/uv)
SETUP := $(filter .tools/%,$(UV))
# Node and npm of the virtual environment, for the checks of the web app. The app itself is built
# wherever the package is, see hatch_build.py.
NPM := $(UV) run npm --prefix web
MODULES := web/node_modules/.package-lock.json
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1 - \2/p' Makefile

run: $(SETUP) ## Serve Wavvy on http://127.0.0.1:8000
	$(UV) run wavvy serve

test: ## Lint, then every test
	@$(MAKE) --no-print-directory --jobs=2 lint kernels
	$(NPM) test
	$(UV) run pytest --numprocesses auto --dist loadfile

soak: $(SETUP) ## Kill writers at random for SOAK_MINUTES (5), from SOAK_SEED, and look for losses
	SOAK_MINUTES=$${SOAK_MINUTES:-5} $(UV) run pytest tests/test_soak.py -o log_cli=true -o log_cli_level=INFO -o timeout=0

lint: $(SETUP) $(MODULES) ## Formatting, style, types and import layers
	$(UV) run ruff format --check
	$(UV) run ruff check
	$(UV) run mypy
	$(UV) run lint-imports
	$(NPM) run lint

# Else each of the many processes of the tests would begin by compiling them.
kernels: $(SETUP) $(MODULES) ## Compile the kernels, where they are not
	$(UV) run python scripts/compile_kernels.py

format: $(SETUP) $(MODULES) ## Format the code and mend what can be mended
	$(UV) run ruff format
	$(UV) run ruff check --fix
	$(NPM) run format

types: $(SETUP) $(MODULES) ## Make the web app's types anew from the HTTP interface
	$(UV) run wavvy openapi > web/openapi.json
	$(NPM) run types

bench: $(SETUP) ## Measure recognition and cost on real music (BENCH_ARGS=--quick for less)
	$(UV) run python -m bench $(BENCH_ARGS)

bench-quality: $(SETUP) ## Measure recognition alone, against targets and a peer
	$(UV) run python -m bench.quality $(BENCH_ARGS)

bench-scale: $(SETUP) ## Measure libraries of 1,000 to 100,000 tracks, and live streams by the hundred
	$(UV) run python -m bench.scale $(BENCH_ARGS)

lock: $(SETUP) ## Pin every dependency to its newest version of two weeks ago in pyproject.toml
	$(UV) run --no-project python scripts/pin.py
	$(UV) sync

clean: ## Remove everything that was built or cached, the environment included
	rm -rf .venv .tools .cache uv.lock dist build web/node_modules src/wavvy/service/app tests/web/pictures .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(MODULES): web/package-lock.json | $(SETUP)
	$(UV) sync
	@test $@ -nt $< || $(NPM) ci --no-progress

# A virtual environment keeps the system's Python untouched; Debian's lacks ensurepip
# without python3-venv, and there `pip --target` does the same.
.tools/uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Wavvy needs Python 3.11 or newer: install it, or name it with make PYTHON=..." >&2; exit 1; }
	@rm -rf .tools/uv
	@{ $(PYTHON) -m venv .tools/uv && .tools/uv/bin/python -m pip install --quiet uv; } >.tools.log 2>&1 \
	|| { rm -rf .tools/uv; $(PYTHON) -m pip install --quiet --target .tools/uv uv; } >>.tools.log 2>&1 \
	|| { rm -rf .tools/uv; tail -n 3 .tools.log >&2; rm -f .tools.log; \
	     echo "uv could not be installed: $(PYTHON) needs its venv module or pip, and the network (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@rm -f .tools.log
