// swift-tools-version: 6.2
import PackageDescription

/// The bundled plugins: one file, one function, one shared library, named `libnnkit-NAME.so`.
let plugins: [(folder: String, files: [String])] = [
  (
    "Activations",
    [
      "celu.c",
      "elu.c",
      "exponential.c",
      "gaussian.c",
      "gelu.c",
      "hard_sigmoid.c",
      "hard_swish.c",
      "hard_tanh.c",
      "identity.c",
      "leaky_relu.c",
      "log_sigmoid.c",
      "log_softmax.c",
      "mish.c",
      "relu.c",
      "relu6.c",
      "selu.c",
      "sigmoid.c",
      "silu.c",
      "sine.c",
      "softmax.c",
      "softplus.c",
      "softsign.swift",
      "step.c",
      "tanh.c",
    ]
  ),
  ("Backends", ["blas.c", "onednn.c"]),
  (
    "Losses",
    [
      "binary_cross_entropy.c",
      "cross_entropy.c",
      "half_squared_error.c",
      "hinge.c",
      "huber.c",
      "kl_divergence.c",
      "log_cosh.c",
      "mean_absolute_error.swift",
      "mean_squared_error.c",
      "negative_log_likelihood.c",
      "poisson.c",
      "squared_error.c",
    ]
  ),
  ("Neurons", ["cosine.c", "product.c", "quadratic.c", "radial_basis.c", "weighted_sum.c"]),
]

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// `relu.c` in `Activations` becomes the target `nnkit_relu` and the product `nnkit-relu`.
let pluginTargets: [(product: Product, target: Target)] = plugins.flatMap { folder, files in
  files.map { file in
    let name = String(file.prefix { $0 != "." })
    let target = Target.target(
      name: "nnkit_\(name)", dependencies: ["CNNKit"], path: "Plugins/\(folder)",
      exclude: file.hasSuffix(".c") ? [] : files.filter { $0 != file }, sources: [file],
      publicHeadersPath: file.hasSuffix(".c") ? "." : nil,
      swiftSettings: file.hasSuffix(".c") ? nil : swiftSettings,
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))])
    return (
      .library(name: "nnkit-\(name)", type: .dynamic, targets: ["nnkit_\(name)"]), target
    )
  }
}

/// The readers of foreign files under libFuzzer, which `make fuzz` links to.
let fuzzTargets: [Target] =
  Context.environment["NNKIT_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "NNKitFuzz", dependencies: ["NNKit", "NNKitRuns"], path: "Tests/Fuzz", exclude: ["corpus"],
      swiftSettings: swiftSettings)
  ]

let package = Package(
  name: "nnkit",
  products: [
    .library(name: "NNKit", targets: ["NNKit"]),
    .library(name: "NNKitRuns", targets: ["NNKitRuns"]),
    .executable(name: "nnkit", targets: ["NNKitCommand"]),
  ] + pluginTargets.map(\.product),
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
  ],
  targets: [
    .systemLibrary(name: "CLtdl", providers: [.apt(["libltdl-dev"])]),
    .systemLibrary(name: "CYaml", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CNNKit"),
    .target(name: "CKernels", dependencies: ["CNNKit"]),
    .target(
      name: "NNKit",
      dependencies: [
        "CLtdl", "CNNKit", "CKernels", .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "NNKitPages", resources: [.embedInCode("Resources")], swiftSettings: swiftSettings),
    .target(
      name: "NNKitRuns", dependencies: ["NNKit", "NNKitPages", "CYaml", "CZlib"],
      swiftSettings: swiftSettings),
    .target(
      name: "NNKitView",
      dependencies: [
        "NNKit", "NNKitRuns", "NNKitPages",
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
      ],
      swiftSettings: swiftSettings),
    .target(name: "NNKitExchange", dependencies: ["NNKit"], swiftSettings: swiftSettings),
    .executableTarget(
      name: "NNKitCommand",
      dependencies: [
        "CKernels", "NNKit", "NNKitExchange", "NNKitRuns", "NNKitView",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "NNKitBenchmark", dependencies: ["CKernels", "NNKit"], path: "Benchmarks/NNKit",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitTests", dependencies: ["NNKit", "CNNKit"], resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(name: "NNKitRunsTests", dependencies: ["NNKit", "NNKitRuns"], swiftSettings: swiftSettings),
    .testTarget(name: "NNKitExchangeTests", dependencies: ["NNKit", "NNKitExchange"], swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitCommandTests", dependencies: ["NNKit", "NNKitRuns", "NNKitCommand"], resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
  ] + fuzzTargets + pluginTargets.map(\.target)
)
