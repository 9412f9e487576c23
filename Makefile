# The two commands of the README are `make colorize` and `make test`; both set up what they need.
# A clone is left as it was by `make clean`. Choose the interpreter with PYTHON=python3.12.
PYTHON ?= python3
# More arguments for installing torch, for example a CPU-only index; see CONTRIBUTING.md.
TORCH_ARGS ?=
# A comma inside $(call ...) would end the argument.
comma := ,
PIP_FLAGS = --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup colorize studio page test lint examples gallery clean

help: ## Show these targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup: .venv/.ready ## Install the command line tool into .venv, without torch.

colorize: .venv/.ready ## Paint examples/sketch.png in the colours of examples/reference.png.
	@mkdir -p out
	@.venv/bin/style2color colorize examples/sketch.png -r examples/reference.png \
		-o out/colorized.png

studio: .venv/.studio ## Open the studio: colour in the browser.
	@.venv/bin/style2color studio

page: ## Build the studio's page again after a change in studio/ (needs Node 20 or newer).
	cd studio && npm ci --ignore-scripts && npm test && npm run build

test: .venv-train/.ready ## Run all tests (installs torch into .venv-train).
	.venv-train/bin/python -m pytest

lint: .venv-train/.ready ## Check style, types and the direction of imports.
	.venv-train/bin/ruff check .
	.venv-train/bin/ruff format --check .
	.venv-train/bin/mypy
	.venv-train/bin/lint-imports

examples: .venv-train/.ready ## Draw the example sketch and reference again.
	.venv-train/bin/python examples/make.py
	.venv-train/bin/python examples/studio.py

gallery: .venv-train/.ready ## Paint the pictures of the README with the embedded model.
	.venv-train/bin/python examples/gallery.py

clean: ## Remove the environments and everything generated.
	rm -rf .venv .venv-train out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# $(call environment,folder): a virtual environment. It gets no pip of its own where the host's
# can install into it (pip 22.3 and newer), which saves some 15 MB.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		"style2color needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@test -x $(1)/bin/python || { echo "Setting up $(1) (once) ..."; \
		host=$$($(PYTHON) -c 'import sys; print(sys.executable)'); \
		if $(PYTHON) -m pip --python "$$host" --version >/dev/null 2>&1; \
		then $(PYTHON) -m venv --without-pip $(1); else $(PYTHON) -m venv $(1); fi; }
endef

# $(call install,folder,what): into that environment, with its own pip or else the host's.
define install
	@if test -x $(1)/bin/pip; then $(1)/bin/python -m pip install $(PIP_FLAGS) $(2); \
		else $(PYTHON) -m pip --python $(1)/bin/python install $(PIP_FLAGS) $(2); fi
endef

.venv/.ready: pyproject.toml
	$(call environment,.venv)
	$(call install,.venv,-e .)
	@echo ".venv is ready: $$(du -sm .venv | cut -f1) MB, without torch."
	@touch $@

.venv/.studio: .venv/.ready
	$(call install,.venv,-e '.[studio]')
	@touch $@

# torch comes first and alone: its exact version decides what the others may resolve to.
.venv-train/.ready: pyproject.toml
	$(call environment,.venv-train)
	$(call install,.venv-train,torch==2.13.0 $(TORCH_ARGS))
	$(call install,.venv-train,-e '.[train$(comma)studio$(comma)dev]')
	@touch $@
