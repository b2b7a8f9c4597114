# One short command for each task; the logic is in the programs that it calls.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UV := $(shell command -v uv || echo .tools/bin/uv)
RUN := $(UV) run --frozen
CHART := charts/streaming-wordcount-operator

.PHONY: help
help: ## List the targets.
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}'

.tools/bin/uv:
	@echo "uv is not on this machine; it goes into .tools from PyPI"
	python3 -m venv .tools
	.tools/bin/pip install --quiet uv

.PHONY: setup
setup: $(filter .tools/bin/uv,$(UV)) ## Make the development environment in .venv.
	$(UV) sync --frozen --quiet

.PHONY: try
try: setup ## Both engines count the book side by side, live; no cluster, two minutes.
	$(RUN) python -m tools.try_it

.PHONY: demo
demo: setup ## From a bare machine to live counts of both engines, side by side.
	$(RUN) python -m tools.demo up

.PHONY: demo-down
demo-down: setup ## Remove what the demo made, and its cluster.
	$(RUN) python -m tools.demo down

.PHONY: test
test: lint contracts docs ## Everything that CI runs; two parts at a time where they do not disturb each other.
	$(MAKE) --no-print-directory -j2 types unit
	$(MAKE) --no-print-directory -j2 jobs apiserver
	$(MAKE) --no-print-directory alerts gitops actionlint e2e

.PHONY: lint
lint: setup ## Format and lint rules (ruff).
	$(RUN) ruff format --check .
	$(RUN) ruff check .

.PHONY: types
types: setup ## The strict type checker (mypy).
	$(RUN) mypy

.PHONY: contracts
contracts: setup ## Who may import whom (import-linter).
	$(RUN) lint-imports

.PHONY: unit
unit: setup ## Unit tests: no cluster, no engine, some ten seconds.
	$(RUN) pytest -q -n 2 tests/unit

.PHONY: jobs
jobs: setup ## The jobs on the real engines, embedded in this machine.
	$(RUN) pytest -v -n 2 --durations=10 -m "not nightly" tests/integration/jobs

.PHONY: apiserver
apiserver: setup ## The CRD and the operator against a real API server.
	$(RUN) pytest -v tests/integration/apiserver

.PHONY: e2e
e2e: setup ## Everything on a real cluster, installed by the chart.
	$(RUN) pytest -v -s -m "not nightly" tests/e2e --ignore=tests/e2e/causes

.PHONY: causes
causes: setup ## Every cause of a failure on a real cluster; eight minutes, not part of `make test`.
	$(RUN) pytest -v -s tests/e2e/causes

.PHONY: nightly
nightly: setup ## What takes longer than CI may: more jobs, the upgrade from 0.1.0, causes, guarantees, chaos; two hours.
	$(RUN) pytest -v -n 2 -m nightly tests/integration/jobs
	$(RUN) pytest -v -s -m nightly tests/e2e
	$(MAKE) --no-print-directory causes guarantees chaos

.PHONY: alerts
alerts: setup ## The alert rules, tested by Prometheus' own promtool (Debian's package if it is missing).
	$(RUN) pytest -v tests/integration/alerts

.PHONY: gitops
gitops: setup ## What Argo CD and Flux show in every phase, by their own code; seconds, the first time a minute or two.
	$(RUN) pytest -v tests/integration/gitops

.PHONY: actionlint
actionlint: setup ## The forge's workflows, checked by actionlint; seconds.
	$(RUN) python -m tools.workflows

.PHONY: guarantees
guarantees: setup ## Every source × sink × engine, killed twice, compared with docs/reference/guarantees.md; about half an hour.
	$(RUN) pytest -v -n 2 tests/integration/guarantees

.PHONY: bench
bench: setup ## Measure speed and size; JSON=FILE keeps the figures.
	$(RUN) python -m tools.bench $(if $(JSON),--json $(JSON))

.PHONY: chaos
chaos: setup ## Inject 200 faults everywhere and check every count; SEED=N, FAULTS=N, JSON=FILE, PICTURE=FILE.png.
	$(RUN) python -m tools.chaos $(if $(SEED),--seed $(SEED)) $(if $(FAULTS),--faults $(FAULTS)) \
		$(if $(JSON),--json $(JSON)) $(if $(PICTURE),--picture $(PICTURE))

.PHONY: cluster
cluster: setup ## A Kubernetes to try things on; its kubeconfig is .cluster/kubeconfig.
	$(RUN) python -m tools.cluster up

.PHONY: cluster-down
cluster-down: setup ## Remove that cluster and all it left.
	$(RUN) python -m tools.cluster down

.PHONY: images
images: setup ## Build the operator's and the engines' images, and load them into the cluster if it is up.
	$(RUN) python -m tools.cluster.images

.PHONY: generate
generate: setup ## Write the CRD, the references and the chart's table from the models, the metrics and values.yaml.
	$(RUN) python -m tools.generate.crd --write
	$(RUN) python -m tools.generate.metrics_reference --write
	$(RUN) python -m tools.generate.chart_readme --write

.PHONY: docs
docs: $(filter .tools/bin/uv,$(UV)) ## Build the documentation into site/, in an environment of its own; a broken link is an error.
	UV_PROJECT_ENVIRONMENT=.venv-docs NO_MKDOCS_2_WARNING=1 $(RUN) --only-group docs mkdocs build

.PHONY: kustomize
kustomize: setup ## Write deploy/kustomize from the chart.
	$(RUN) python -m tools.generate.kustomize --write

.PHONY: format
format: setup ## Let ruff format and fix what it can.
	$(RUN) ruff format .
	$(RUN) ruff check --fix .
