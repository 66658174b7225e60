# Every command of the project. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
SOURCE ?=
KEEP ?= 1
UV_VERSION := 0.13.9
UV := $(shell command -v uv || echo .tools/uv/bin/uv)
BIN := .venv/bin
PACKAGES := $(wildcard services/* tools/*)
EXTRAS := --extra export --extra int8 --extra dask
PROTOS := $(shell find proto -name '*.proto')
GENERATED := services/contracts/src

help: ## List the commands
	@awk -F ':.*## ' '/^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z0-9-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## Set up
.venv/.ready: requirements.lock $(PACKAGES:%=%/pyproject.toml) | $(UV)
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --require-hashes requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation $(PACKAGES:%=-e %)
	touch $@

.tools/uv/bin/uv:
	$(PYTHON) -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet uv==$(UV_VERSION)

setup: .venv/.ready ## Make the virtual environment from the lock

lock: | $(UV) ## Resolve requirements.lock anew (UPGRADE=1 takes newer versions)
	$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev $(EXTRAS) \
	  $(if $(UPGRADE),--upgrade) $(PACKAGES:%=%/pyproject.toml) \
	  $(foreach p,$(PACKAGES),--no-emit-package atlas-$(notdir $(p))) \
	  --custom-compile-command "make lock" -o requirements.lock

## Check
check: format-check lint types imports proto-check test-unit ## Everything that needs no running part

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --quiet --fix --exit-zero .

format-check: setup
	$(BIN)/ruff format --check --quiet .

lint: setup ## Lint
	$(BIN)/ruff check --quiet .

types: setup ## Type-check, strictly
	$(BIN)/mypy $(wildcard services/*/src/atlas_* tools/*/src/atlas_*)

imports: setup ## Prove that services never import one another
	$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports

proto: setup ## Generate services/contracts from proto/
	rm -rf $(GENERATED)/atlas
	mkdir -p $(GENERATED)
	$(BIN)/python -m grpc_tools.protoc -Iproto --plugin=protoc-gen-mypy=$(BIN)/protoc-gen-mypy --plugin=protoc-gen-mypy_grpc=$(BIN)/protoc-gen-mypy_grpc \
	  --python_out=$(GENERATED) --grpc_python_out=$(GENERATED) --mypy_out=quiet:$(GENERATED) --mypy_grpc_out=quiet:$(GENERATED) $(PROTOS)

proto-check: setup ## Prove that the generated code is current
	@rm -rf build/proto && mkdir -p build/proto
	@$(MAKE) --no-print-directory proto GENERATED=build/proto
	@diff -r build/proto/atlas services/contracts/src/atlas >/dev/null || { echo "services/contracts is out of date: run make proto"; exit 1; }

## Run
WEIGHTS ?= auto

model: setup ## Export the SavedModel, unless it is there (WEIGHTS=imagenet, nsfwjs or a file)
	$(BIN)/python -m atlas_modelserver.export --weights "$(WEIGHTS)"

model-int8: setup ## Export the model in int8, too: PICTURES=<folder of pictures like yours>
	$(BIN)/python -m atlas_modelserver.export --weights "$(WEIGHTS)" --int8 "$(PICTURES)"

minio: setup ## Find MinIO, or build it once for every clone on this machine
	$(BIN)/python -m atlas_laptop minio

parts: setup ## What a first run has to make, side by side: the model, and MinIO where there is none
	@$(MAKE) --no-print-directory --jobs=2 model minio

up: parts ## Run every part, with its data in ./data, until Ctrl-C
	$(BIN)/python -m atlas_laptop up

demo: parts ## Turn real stickers into albums: SOURCE=<folder, URL or archive> takes yours, KEEP=0 ends without serving
	$(BIN)/python -m atlas_laptop.demo --source "$(SOURCE)" --keep "$(KEEP)"

## Test
test-unit: setup ## Unit tests: no sockets, no parts
	$(BIN)/pytest -q --disable-socket --allow-unix-socket -m "not (contract or model or e2e or faults or browser)"

test: check model ## Every test, with real parts
	$(BIN)/pytest -m "contract or model or e2e or faults or browser"

## Measure: each prints its table and leaves its figures in build/bench; SMOKE=1 makes it a toy
SETS ?= $(addprefix ../shared/datasets/,twikoo_series sekai_chars tg_webp)

build/bench/kmeans/bin/python: requirements.lock | $(UV)
	$(UV) venv --quiet --clear --python $(PYTHON) build/bench/kmeans
	$(UV) pip install --quiet --python $@ --constraint requirements.lock scikit-learn faiss-cpu==1.15.1 bkmeans==1.3 dask-ml==2025.1.0 \
	  $(foreach p,contracts common clustering,-e services/$p)

bench-kmeans: build/bench/kmeans/bin/python ## k-means beside scikit-learn and others (KMEANS_ROWS, KMEANS_K, KMEANS_INITS, KMEANS_PEERS)
	build/bench/kmeans/bin/python bench/kmeans.py

bench-cluster-scale: setup ## Runs over 50 thousand to a million stickers: time and memory (SCALE_ROWS, SCALE_RECIPE, SCALE_K)
	$(BIN)/python bench/cluster_scale.py

bench-quality: setup model ## Albums beside labels: recipes on the labelled sets in SETS
	SETS="$(SETS)" $(BIN)/python bench/quality.py

build/bench/map/bin/python: | $(UV)
	$(UV) venv --quiet --python $(PYTHON) build/bench/map
	$(UV) pip install --quiet --python $@ --constraint requirements.lock umap-learn==0.5.12 opentsne==1.0.4

bench-map: setup model build/bench/map/bin/python ## The map beside principal components, UMAP and openTSNE on the sets in SETS (MAP_ROWS)
	SETS="$(SETS)" $(BIN)/python bench/map.py

bench-engines: setup model ## Each engine's images/s as a fraction of what this machine can do, and its cosine to TensorFlow
	$(BIN)/python bench/engines.py

bench-int8: setup model ## What the model in int8 does to albums: SETS=<folder with labelled sets>
	$(BIN)/python bench/int8.py

build/bench/img2dataset/bin/python: | $(UV)
	$(UV) venv --quiet --python $(PYTHON) build/bench/img2dataset
	$(UV) pip install --quiet --python $@ img2dataset==1.47.0 "setuptools<81"

build/bench/imagededup/bin/python: | $(UV)
	$(UV) venv --quiet --python $(PYTHON) build/bench/imagededup
	$(UV) pip install --quiet --python $@ imagededup==0.3.3.post2

bench-crawl: setup build/bench/img2dataset/bin/python ## Images a core-second beside img2dataset, and replicas on per-host limits
	$(BIN)/python bench/crawl.py

bench-crawl-kills: setup ## A crawl whose replicas are killed every few seconds: lost, doubled, unexplained
	$(BIN)/python bench/crawl_kills.py

bench-near-duplicates: setup model build/bench/imagededup/bin/python ## Near duplicates found beside imagededup: IMAGES=<folder>
	$(BIN)/python bench/near_duplicates.py

bench-embed: setup model ## Stickers/s from the queue to the table, where the time goes, two replicas, one killed (EMBED_IMAGES, IMAGES=folder)
	$(BIN)/python bench/embed.py

build/bench/gpu/bin/python: requirements.lock | $(UV)
	$(UV) venv --quiet --clear --python $(PYTHON) build/bench/gpu
	$(UV) pip install --quiet --python $@ --constraint requirements.lock torch==2.15.0 onnx \
	  $(foreach p,services/contracts services/common services/embedding services/modelserver tools/cli tools/laptop,-e $p)

has-gpu:
	@nvidia-smi >/dev/null 2>&1 || { echo "There is no NVIDIA GPU here."; exit 1; }

bench-gpu: has-gpu setup model build/bench/gpu/bin/python ## What a GPU makes of the model, and how many cores keep it busy (GPU_REPLICAS, GPU_DECODERS of one, GPU_IMAGES each, IMAGES=folder)
	$(BIN)/python bench/onnx_model.py build/bench/inception_v3.onnx
	build/bench/gpu/bin/python bench/gpu.py

bench-scale-in: setup model ## A busy embedding process told to stop, 50 times: lost, doubled, slowest stop (SCALE_IN_ROUNDS, EMBED_IMAGES)
	$(BIN)/python bench/scale_in.py

bench-pickles: setup ## Reading features back: the table against the article's folder of pickles (PICKLES)
	$(BIN)/python bench/pickles.py

## Deploy
DOCKER ?= docker
VERSION ?= dev
SERVICES := crawler embedding clustering gateway modelserver
export UV_VERSION

images: ## Build every image (VERSION=dev) and print their sizes
	for service in $(SERVICES); do \
	  $(DOCKER) build --quiet --build-arg UV_VERSION --build-arg SERVICE=$$service --tag sticker-atlas/$$service:$(VERSION) .; done
	$(DOCKER) build --quiet --build-arg UV_VERSION --build-arg SERVICE=modelserver --build-arg EXTRA=export --tag sticker-atlas/export:$(VERSION) .
	for part in minio nats demo; do \
	  $(DOCKER) build --quiet --build-arg UV_VERSION --file deploy/$$part/Dockerfile --tag sticker-atlas/$$part:$(VERSION) .; done
	$(DOCKER) image ls --filter reference='sticker-atlas/*:$(VERSION)'

compose-test: setup images ## Rehearse with Docker Compose
	$(BIN)/python -m atlas_ops.rehearsal.compose --docker "$(DOCKER)"

k8s-check: setup ## Check every Kubernetes overlay, without a cluster
	$(BIN)/pytest -q tests/deploy/test_kubernetes.py

k8s-test: images model ## Rehearse on the cluster that KUBECONFIG names; K8S_LOAD brings images there (default: kind load docker-image)
	$(BIN)/python -m atlas_ops.rehearsal.kubernetes --docker "$(DOCKER)" --load "$(K8S_LOAD)" --keep "$(K8S_KEEP)"

k8s-hpa-test: setup ## Rehearse the plain autoscaler on what k8s-test K8S_KEEP=1 left running
	$(BIN)/python -m atlas_ops.rehearsal.autoscaler

k8s-gpu-test: setup ## Rehearse overlay gpu on a cluster with KEDA and GPU nodes, which may be pretended ones (NATS_IMAGE)
	$(BIN)/python -m atlas_ops.rehearsal.gpus --nats "$(NATS_IMAGE)"

K8S_LOAD ?= kind load docker-image
K8S_KEEP ?= 0

sbom: setup ## What each image holds: a CycloneDX inventory and a licence list, in build/sbom
	@rm -rf build/sbom && mkdir -p build/sbom
	@for service in $(SERVICES); do \
	  $(UV) venv --quiet --python $(PYTHON) build/sbom/venv --clear; \
	  $(UV) pip install --quiet --python build/sbom/venv --constraint requirements.lock --build-constraint requirements.lock \
	    ./services/contracts ./services/common ./services/$$service; \
	  $(BIN)/cyclonedx-py environment build/sbom/venv --output-file build/sbom/$$service.cdx.json; \
	  $(BIN)/pip-licenses --python build/sbom/venv/bin/python --format markdown --with-urls --output-file build/sbom/$$service.licences.md; \
	done; rm -rf build/sbom/venv; ls -l build/sbom

## Documents
docs: setup ## Write what is generated: the settings reference, the capacity plan, the simulation of autoscaling
	$(BIN)/python -m atlas_ops.reference
	$(BIN)/python -m atlas_ops.scale

trace: parts ## Draw one sticker's way from link to album, from a real run (docs/images/trace.svg)
	$(BIN)/python -m atlas_ops.tracing

N ?= 50000
DAYS ?= 7
plan: setup ## What N=50000 stickers within DAYS=7 need and cost
	@$(BIN)/python -m atlas_ops.capacity $(N) --days $(DAYS)

clean: ## Remove what was built (not the data)
	rm -rf build .venv .tools

.PHONY: $(shell sed -nE 's/^([a-z0-9-]+):.*/\1/p' $(MAKEFILE_LIST))
