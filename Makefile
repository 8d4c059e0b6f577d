# What people run. Everything is installed into .venv from the locked versions; nothing else is touched.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

# Most tests with a broker wait more than they work; each of the three has a broker of its own. The slow files come first
# by their names, so that all have something to do until the end.
SIDE_BY_SIDE := -n 3 --dist loadfile --no-loadscope-reorder
ARTICLES ?= 100000
TYPESCRIPT := docs/examples/typescript
NODE_MODULES := $(TYPESCRIPT)/node_modules/.package-lock.json

.PHONY: demo test test-kafka chaos soak bench check evaluate schemas types lock clean

demo: .venv/.runs ## the whole path on the bundled samples, nothing else needed
	$(BIN)/kabar demo

test: .venv/.tests $(NODE_MODULES) ## all tests, those with a broker against the embedded one
	$(BIN)/pytest $(SIDE_BY_SIDE)

test-kafka: .venv/.tests ## the broker tests against Apache Kafka (Java 17 and Maven)
	$(BIN)/pytest --kafka $(SIDE_BY_SIDE)

chaos: .venv/.tests ## breaks everything at full size on Apache Kafka: takes long
	$(BIN)/pytest --kafka --chaos

check: .venv/.tests ## style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: reference docs released

reference: .venv/.tests ## docs/reference from the code
	$(BIN)/python docs/site/reference.py

docs: .venv/.tests ## the documentation as a site, in build/site
	$(BIN)/python docs/site/build.py

released: .venv/.tests ## at a release: what the next changes of the contract are held against
	$(BIN)/kabar schemas --directory tests/data/released-schemas
	$(BIN)/python -m tests.public_surface

evaluate: .venv/.tests ## every figure of the model, beside the committed ones (needs the data in ../shared)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python training/evaluate.py

soak: .venv/.tests ## ARTICLES articles through two workers on Apache Kafka: nothing lost, memory flat? (Java 17, Maven)
	$(BIN)/python bench/soak.py --articles $(ARTICLES) --workers 2 --out bench/soak

bench: .venv/.tests ## how fast, beside other ways to write it, on both brokers: over an hour (Java 17, Maven)
	$(BIN)/python bench/speed.py --rounds 3 --articles 1000 --out bench

schemas: .venv/.runs ## the contract's documents from the code
	$(BIN)/kabar schemas

types: .venv/.tests $(NODE_MODULES) ## the types for TypeScript from schemas/
	$(BIN)/node $(TYPESCRIPT)/generate.mjs schemas $(TYPESCRIPT)/kabar.d.ts

lock: ## pins the newest versions that pyproject.toml allows (needs uv)
	$(LOCK) --upgrade --extra traces pyproject.toml --output-file requirements.lock
	$(LOCK) --upgrade --constraint requirements.lock --all-extras pyproject.toml --output-file requirements-dev.lock
	$(LOCK) --upgrade bench/rivals/quixstreams.in --output-file bench/rivals/quixstreams.lock

clean: ## everything that can be made again
	rm -rf .venv .kafka build $(TYPESCRIPT)/node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.runs: requirements.lock pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL) --no-deps --editable .
	touch $@

.venv/.tests: requirements-dev.lock .venv/.rivals | .venv/.runs
	$(INSTALL) --require-hashes --requirement requirements-dev.lock
	touch $@

# Node and npm are among what pip has just brought.
$(NODE_MODULES): $(TYPESCRIPT)/package-lock.json | .venv/.tests
	$(BIN)/npm ci --loglevel=error --prefix $(TYPESCRIPT)
	touch $@

# A rival that cannot live beside our own versions: only its process sees the folder.
.venv/.rivals: bench/rivals/quixstreams.lock | .venv/bin/python
	rm -rf .venv/rivals
	$(INSTALL) --require-hashes --target .venv/rivals --requirement bench/rivals/quixstreams.lock
	touch $@
