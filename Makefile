# make run and make test do all that is needed on a fresh Debian machine that has Swift.

SWIFT ?= swift
BUILD = $(SWIFT) build -c release
# What is missing is installed with apt-get, through sudo where one is not root.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES = libltdl-dev zlib1g-dev dataset-fashion-mnist

.PHONY: run test build deps lint format clean

run: build
	$(shell $(BUILD) --show-bin-path)/nnkit run Examples/fashion-mnist.yaml

test: deps lint
	$(SWIFT) build -c release --build-tests
	$(SWIFT) test -c release

build: deps
	$(BUILD)

deps:
	@missing=""; \
	for package in $(PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing$$missing"; \
	  $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $$missing; \
	fi

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Plugins Tests

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Plugins Tests

clean:
	$(SWIFT) package clean
