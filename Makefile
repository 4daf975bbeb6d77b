# make run and make test do all that is needed on a fresh Debian machine that has Swift.

SWIFT ?= swift
BUILD = $(SWIFT) build -c release
# What is missing is installed with apt-get, through sudo where one is not root.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES = libltdl-dev zlib1g-dev dataset-fashion-mnist chromium chromium-driver

.PHONY: run test build deps bench bench-peers lint format clean

run: build
	$(shell $(BUILD) --show-bin-path)/nnkit run Examples/fashion-mnist.yaml

test: deps lint
	$(SWIFT) build -c release --build-tests
	$(SWIFT) test -c release

build: deps
	$(BUILD)

define install
	@missing=""; \
	for package in $(1); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing$$missing"; \
	  $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$missing; \
	fi
endef

deps:
	$(call install,$(PACKAGES))

# nnkit beside its peers, as far as they are there: make bench OPTIONS="--workloads W2,W4 --threads 1"
bench: build
	NNKIT_PROGRAMS=$$($(BUILD) --show-bin-path) python3 Benchmarks/bench.py $(OPTIONS)

# The peers: a virtual environment in Benchmarks/.venv, PyTorch's CPU wheel from the folder $PEER_WHEELS if set, and FANN.
bench-peers:
	$(call install,gcc g++ pkg-config python3-dev python3-venv libfann-dev)
	python3 -m venv Benchmarks/.venv
	Benchmarks/.venv/bin/pip install --quiet $(or $(wildcard $(PEER_WHEELS)/torch-*.whl),torch --index-url https://download.pytorch.org/whl/cpu)
	Benchmarks/.venv/bin/pip install --quiet numpy jax scikit-learn micrograd

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Plugins Tests Benchmarks

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Plugins Tests Benchmarks

clean:
	$(SWIFT) package clean
