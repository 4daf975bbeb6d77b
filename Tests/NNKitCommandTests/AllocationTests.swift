import Foundation
import NNKit
import Testing

@Suite("memory while training")
struct AllocationTests {
  /// A library that counts a process's allocations and tells at its end.
  private static let counter = """
    #include <stdio.h>
    #include <stdlib.h>
    static unsigned long calls;
    extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
    extern void *__libc_memalign(size_t, size_t);
    #define COUNTED (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED))
    void *malloc(size_t size) { COUNTED; return __libc_malloc(size); }
    void *calloc(size_t count, size_t size) { COUNTED; return __libc_calloc(count, size); }
    void *realloc(void *old, size_t size) { COUNTED; return __libc_realloc(old, size); }
    void *aligned_alloc(size_t alignment, size_t size) { COUNTED; return __libc_memalign(alignment, size); }
    int posix_memalign(void **place, size_t alignment, size_t size) {
      COUNTED;
      return (*place = __libc_memalign(alignment, size)) ? 0 : 12;
    }
    __attribute__((destructor)) static void tell(void) { fprintf(stderr, "allocations: %lu\\n", calls); }
    """

  @Test(
    "a batch of a warm training loop allocates nothing",
    arguments: [
      (1, "{name: sgd}", false), (8, "{name: sgd}", true), (8, "{name: sgd, momentum: 0.9}", false),
      (8, "{name: adam}", true),
    ])
  func allocations(batch: Int, optimizer: String, shuffle: Bool) throws {
    guard !Sanitizer.isOn else { return }
    let folder = try TemporaryFolder()
    try folder.write(Self.counter, to: "counter.c")
    let counter = folder.path("counter.so")
    let built = try Command(
      program: "/usr/bin/env", ["cc", "-shared", "-fPIC", folder.path("counter.c"), "-o", counter])
    try #require(built.code == 0, "\(built.errors)")
    let config = try folder.write(
      """
      data: {train: {generator: {name: spirals, samples: 6400, noise: 0.05}}}
      network: {layers: [{neurons: 9, activation: tanh}, {neurons: 2, activation: softmax}]}
      loss: cross_entropy
      threads: 2
      report: false
      training: {batch: \(batch), shuffle: \(shuffle), optimizer: \(optimizer), checkpoint: {epochs: 1000}}
      """, to: "config.yaml")
    let counts = try [2, 12].map { epochs in
      let run = try Command(
        "run", config, "--quiet", "--output", folder.path("\(epochs)"), "--set", "training.epochs=\(epochs)",
        environment: ["LD_PRELOAD": counter, "SWIFT_DETERMINISTIC_HASHING": "1"])
      let line = try #require(run.errors.split(separator: "\n").last { $0.hasPrefix("allocations: ") }, "\(run.errors)")
      return try #require(Int(line.dropFirst("allocations: ".count)))
    }
    // What an epoch allocates for its report and metrics is shared by its 800 or 6,400 batches.
    #expect(counts[1] - counts[0] < 10 * 6400 / batch / 4, "\(counts)")
  }
}
