# make run and make test do all that is needed on a fresh Debian machine that has Swift.

SWIFT ?= swift
# Without tables for a debugger, which take a tenth of the compiler's time.
RELEASE = -c release -debug-info-format none
BUILD = $(SWIFT) build $(RELEASE)
# What is missing is installed with apt-get, through sudo where one is not root.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PACKAGES = libltdl-dev libyaml-dev zlib1g-dev dataset-fashion-mnist libdnnl2
# For the pages' tests in a real browser, and for `make lint`.
TEST_PACKAGES = chromium chromium-driver clang-format
# The C code whose form clang-format holds; the files of Plugins are tables of macros, which it would tear apart.
C_SOURCES = $(wildcard Sources/C*/*.[ch] Sources/C*/*/*.h Sources/C*/*/*/*.h Sources/C*/*/*.inc)

.PHONY: run test build deps test-deps bench bench-peers lint format clean docs
.PHONY: soak install fuzz sanitize test-exchange mpi

run: build
	$(shell $(BUILD) --show-bin-path)/nnkit run Examples/fashion-mnist.yaml

test: deps test-deps lint
	$(BUILD) --build-tests
	$(SWIFT) test $(RELEASE) --disable-testable-imports

# Files for other tools, tried with those tools: ONNX Runtime, NumPy, TensorBoard, libfann. Skipped, in words, without PyPI.
test-exchange: build
	Tests/Exchange/test.sh $$($(BUILD) --show-bin-path)/nnkit

VERSION := $(shell sed -n 's/^public let nnkitVersion = "\(.*\)"/\1/p' Sources/NNKit/Version.swift)

# What `make run` has built, linked once more with Swift's libraries in it, so that it runs without Swift; and the header.
PREFIX ?= /usr/local
CC ?= cc
# MPI's compiler and the launcher that belongs to it: make mpi MPICC=mpicc.mpich MPIRUN=mpirun.mpich
MPICC ?= mpicc
MPIRUN ?= mpirun
# SwiftPM compiles with its own clang.
unexport CC
WHERE = $(DESTDIR)$(PREFIX)
PLUGINS = $(WHERE)/lib/nnkit/plugins
# What FoundationEssentials is made of, which its module does not name when it is linked in.
FOUNDATION = -l_FoundationCShims -l_FoundationCollections
# The linker leaves out what is not used.
LINK = $(SWIFT)c -static-stdlib -use-ld=lld -Xlinker --gc-sections -Xlinker --exclude-libs=ALL -Xlinker -s \
  -Xlinker Sources/unwind.ld -Xlinker --no-eh-frame-hdr
# nnkit plugins new, nnkit plugins watch and the README give the same command.
COMPILE_PLUGIN = -O3 -fno-math-errno -fno-trapping-math -shared -fPIC -fvisibility=hidden -Wl,-z,defs,-z,now -I Sources/CNNKit/include
# One file each; what SwiftPM has compiled of it is linked.
BUNDLED = $(filter-out Plugins/Communicators/%,$(wildcard Plugins/*/*.c Plugins/*/*.swift))

# Compiles the communicator against this machine's MPI, into a folder.
mpi = $(MPICC) $(COMPILE_PLUGIN) -D_GNU_SOURCE -DLAUNCHER='"$(MPIRUN)"' Plugins/Communicators/mpi.c -o $(1)/libnnkit-mpi.so

# `nnkit run CONFIG --communicator mpi`: the plugin, and Open MPI where no MPI is there.
mpi: build
	@if ! command -v $(MPICC) > /dev/null; then \
	  echo 'installing libopenmpi-dev openmpi-bin'; \
	  $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq libopenmpi-dev openmpi-bin; \
	fi
	$(call mpi,$$($(BUILD) --show-bin-path))

install: build
	case '$(PREFIX)' in /*) ;; *) echo 'PREFIX must be an absolute path, as in PREFIX=$$HOME/.local' >&2; exit 2;; esac
	install -d '$(WHERE)/bin' '$(PLUGINS)' '$(WHERE)/lib/pkgconfig' '$(WHERE)/include/nnkit'
	built=$$($(BUILD) --show-bin-path); \
	$(LINK) -emit-executable @"$$built/nnkit.product/Objects.LinkFileList" -o '$(WHERE)/bin/nnkit' \
	  -Xlinker --defsym=main=NNKitCommand_main -Xlinker --no-export-dynamic $(FOUNDATION) || exit 1; \
	for source in $(BUNDLED); do \
	  name=$$(basename $${source%.*}); \
	  case $$source in \
	    *.c) $(CC) -shared -Wl,-z,defs,-z,now "$$built/nnkit_$$name.build/$$name.c.o" -lm -o '$(PLUGINS)'/libnnkit-$$name.so;; \
	    *.swift) $(LINK) -emit-library @"$$built/nnkit-$$name.product/Objects.LinkFileList" -o '$(PLUGINS)'/libnnkit-$$name.so;; \
	  esac || exit 1; \
	done
	if command -v $(MPICC) > /dev/null; then $(call mpi,'$(PLUGINS)'); \
	else echo 'nnkit run --communicator mpi needs `make mpi`, and then `make install` again'; fi
	install -m 644 Sources/CNNKit/include/nnkit/plugin.h '$(WHERE)/include/nnkit'
	install -d '$(WHERE)/share/bash-completion/completions' '$(WHERE)/share/zsh/site-functions' \
	  '$(WHERE)/share/fish/vendor_completions.d'
	'$(WHERE)/bin/nnkit' --generate-completion-script bash > '$(WHERE)/share/bash-completion/completions/nnkit'
	'$(WHERE)/bin/nnkit' --generate-completion-script zsh > '$(WHERE)/share/zsh/site-functions/_nnkit'
	'$(WHERE)/bin/nnkit' --generate-completion-script fish > '$(WHERE)/share/fish/vendor_completions.d/nnkit.fish'
	printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include' 'plugindir=$${prefix}/lib/nnkit/plugins' '' \
	  'Name: nnkit' 'Description: plugins for nnkit, neural networks neuron by neuron' 'Version: $(VERSION)' \
	  'Cflags: -I$${includedir}' > '$(WHERE)/lib/pkgconfig/nnkit.pc'

# Each reader of foreign files under libFuzzer for SECONDS; what it finds is left in .build-fuzz/findings.
SECONDS ?= 60
# libFuzzer's symbols are resolved by lld, which SwiftPM's own link step does not use.
FUZZ = NNKIT_FUZZ=1 $(BUILD) --scratch-path .build-fuzz

fuzz: deps
	$(FUZZ) -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=address --target NNKitFuzz
	cd $$($(FUZZ) --show-bin-path) && $(SWIFT)c -use-ld=lld -sanitize=fuzzer,address -emit-executable -o NNKitFuzz \
	  -Xlinker --gc-sections -Xlinker --defsym=main=NNKitFuzz_main $$(find NNKitFuzz.build NNKit.build NNKitExchange.build NNKitPages.build NNKitProtocolBuffers.build NNKitRuns.build CKernels.build CNNKitSystem.build CNNKit.build \
	  RealModule.build _NumericsShims.build -name '*.o') -lltdl -lyaml -lz -lm
	mkdir -p .build-fuzz/findings
	for target in config csv idx safetensors elf onnx fann npy npz; do \
	  mkdir -p .build-fuzz/corpus/$$target; \
	  echo "fuzzing $$target for $(SECONDS) s"; \
	  SWIFT_BACKTRACE=enable=no NNKIT_FUZZ_TARGET=$$target $$($(FUZZ) --show-bin-path)/NNKitFuzz .build-fuzz/corpus/$$target \
	    Tests/Fuzz/corpus/$$target -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -verbosity=0 -artifact_prefix=.build-fuzz/findings/$$target- || exit 1; \
	done

# The suite under AddressSanitizer and under ThreadSanitizer; one function of the latter's, which plugins in Swift call, has
# to be exported for them.
sanitize: deps test-deps
	for sanitizer in address thread; do \
	  NNKIT_SANITIZER=$$sanitizer LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.txt:print_suppressions=0 \
	    TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/races.txt:print_suppressions=0:atexit_sleep_ms=0 \
	    $(SWIFT) test -c release --sanitize=$$sanitizer --scratch-path .build-$$sanitizer \
	    $$(test $$sanitizer = address || echo -Xlinker --export-dynamic-symbol=__tsan_external_write) || exit 1; \
	done

# 200 runs, each killed at random moments and resumed until it is done; with MPI, 100 trainings of several ranks of which one is
# killed.
soak: deps
	$(BUILD) --build-tests
	NNKIT_SOAK_RUNS=$${RUNS:-200} $(SWIFT) test $(RELEASE) --disable-testable-imports --skip-build --filter SoakTests
	@built=$$($(BUILD) --show-bin-path); \
	if [ -e "$$built/libnnkit-mpi.so" ]; then NNKIT="$$built/nnkit" MPIRUN=$(MPIRUN) python3 Tests/Ranks/kills.py --runs $${RUNS:-100}; \
	else echo 'skipped: ranks that are killed, which need `make mpi`'; fi

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

test-deps:
	$(call install,$(TEST_PACKAGES))

# nnkit beside its peers, as far as they are there: make bench OPTIONS="--workloads W2,W4 --threads 1"
bench: build
	NNKIT_PROGRAMS=$$($(BUILD) --show-bin-path) python3 Benchmarks/bench.py $(OPTIONS)

# The peers: a virtual environment in Benchmarks/.venv, PyTorch's CPU wheel from the folder $PEER_WHEELS if set, and FANN.
bench-peers:
	$(call install,gcc g++ pkg-config python3-dev python3-venv libfann-dev)
	python3 -m venv Benchmarks/.venv
	Benchmarks/.venv/bin/pip install --quiet $(or $(wildcard $(PEER_WHEELS)/torch-*.whl),torch)
	Benchmarks/.venv/bin/pip install --quiet numpy jax scikit-learn micrograd pandas tqdm
	Benchmarks/.venv/bin/pip install --quiet --no-deps aima3  # it asks for a networkx that torch.compile cannot use

# The documentation of the library as a static site, in .build-docs/site; a warning is an error.
docs: deps
	NNKIT_DOCS=1 $(SWIFT) package --scratch-path .build-docs --allow-writing-to-directory .build-docs/site \
	  generate-documentation --target NNKit --output-path .build-docs/site --transform-for-static-hosting \
	  --hosting-base-path nnkit --warnings-as-errors

# Words that have plain ones; CONTRIBUTING.md says more. Only neurons hear, where the code or a page explains them.
WORDS = tell|tells|told|telling|nobody|somebody|anybody|whoever|anew|goes on|go on|(is|are) no (part|element|plain|fault|matter|text|sound)
HEARING = hear|hears|heard|hearing
PROSE = grep -rnwiE --exclude-dir=.venv --exclude-dir=.build $(foreach kind,swift c h md js css html py yaml,--include='*.$(kind)')

lint: test-deps
	$(SWIFT) format lint --strict --recursive Package.swift Sources Plugins Tests Benchmarks Examples
	clang-format --dry-run -Werror $(C_SOURCES)
	@! $(PROSE) '$(WORDS)' README.md SECURITY.md CHANGELOG.md Sources Plugins Benchmarks Examples
	@! $(PROSE) '$(HEARING)' README.md SECURITY.md CHANGELOG.md Sources Plugins Benchmarks Examples \
	  | grep -vE '^Sources/(NNKit/Neurons|NNKit/Passes/LayerPass|NNKitRuns/Explain|NNKitPages/Resources/explain-|NNKitLesson/)'

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Plugins Tests Benchmarks Examples
	clang-format -i $(C_SOURCES)

clean:
	$(SWIFT) package clean
