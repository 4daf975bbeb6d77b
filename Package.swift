// swift-tools-version: 6.2
import PackageDescription

/// The bundled plugins: one file, one function, one shared library, named `libnnkit-NAME.so`.
let plugins: [(folder: String, files: [String])] = [
  (
    "Activations",
    [
      "celu.c",
      "cosine_wave.c",
      "elliott.c",
      "elliott_symmetric.c",
      "elu.c",
      "exponential.c",
      "gaussian.c",
      "gaussian_symmetric.c",
      "gelu.c",
      "hard_sigmoid.c",
      "hard_swish.c",
      "hard_tanh.c",
      "identity.c",
      "leaky_relu.c",
      "linear_piece.c",
      "linear_piece_symmetric.c",
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
      "threshold_symmetric.c",
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
  ("Neurons", ["average.c", "cosine.c", "maximum.c", "product.c", "quadratic.c", "radial_basis.c", "weighted_sum.c"]),
]

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Of the bundled plugins several may be linked into one program; see `NNKIT_LINKED` in `nnkit/plugin.h`.
let linkedEntry: [CSetting] = [.define("NNKIT_LINKED")]

/// `relu.c` in `Activations` becomes the target `nnkit_relu` and the product `nnkit-relu`.
let pluginTargets: [(product: Product, targets: [Target])] = plugins.flatMap { folder, files in
  files.map { file in
    let name = String(file.prefix { $0 != "." })
    let isC = file.hasSuffix(".c")
    var targets = [
      Target.target(
        name: "nnkit_\(name)", dependencies: ["CNNKit"], path: "Plugins/\(folder)",
        exclude: isC ? [] : files.filter { $0 != file }, sources: [file], publicHeadersPath: isC ? "." : nil,
        cSettings: isC ? linkedEntry : nil, swiftSettings: isC ? nil : swiftSettings,
        linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))])
    ]
    if !isC {
      targets.append(
        .target(
          name: "nnkit_\(name)_entry", dependencies: ["CNNKit", .target(name: "nnkit_\(name)")],
          path: "Plugins/Entries/\(name)", publicHeadersPath: ".", cSettings: linkedEntry))
    }
    return (.library(name: "nnkit-\(name)", type: .dynamic, targets: targets.map(\.name)), targets)
  }
}

/// The readers of foreign files under libFuzzer, which `make fuzz` links to.
let fuzzTargets: [Target] =
  Context.environment["NNKIT_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "NNKitFuzz", dependencies: ["NNKit", "NNKitExchange", "NNKitRuns"], path: "Tests/Fuzz", exclude: ["corpus"],
      swiftSettings: swiftSettings)
  ]

/// What `make docs` needs, and nothing else.
let documentation: [Package.Dependency] =
  Context.environment["NNKIT_DOCS"] == nil
  ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")]

let package = Package(
  name: "nnkit",
  products: [
    .library(name: "NNKit", targets: ["NNKit"]),
    .library(name: "NNKitRuns", targets: ["NNKitRuns"]),
    .library(name: "NNKitFunctions", targets: ["NNKitFunctions"]),
    .library(name: "NNKitPluginChecks", targets: ["NNKitPluginChecks"]),
    .executable(name: "nnkit", targets: ["NNKitCommand"]),
  ] + pluginTargets.map(\.product),
  traits: [
    .default(enabledTraits: ["Program"]),
    .trait(name: "Program", description: "The program nnkit, with its command line and its server."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
  ] + documentation,
  targets: [
    .systemLibrary(name: "CLtdl", providers: [.apt(["libltdl-dev"])]),
    .systemLibrary(name: "CYaml", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CNNKit"),
    .target(name: "CNNKitSystem", dependencies: ["CNNKit"]),
    .target(name: "CKernels", dependencies: ["CNNKit", "CNNKitSystem"], exclude: ["templates"]),
    .target(
      name: "NNKit",
      dependencies: [
        "CLtdl", "CNNKit", "CKernels", "CNNKitSystem", .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: swiftSettings),
    .target(
      name: "NNKitFunctions",
      dependencies: ["NNKit"] + pluginTargets.flatMap(\.targets).map { .target(name: $0.name) },
      swiftSettings: swiftSettings),
    .target(
      name: "NNKitPluginChecks",
      dependencies: [
        "CNNKit", "CNNKitSystem", "NNKit", .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: swiftSettings),
    .plugin(name: "TextResources", capability: .buildTool(), path: "Sources/TextResources"),
    .target(
      name: "NNKitPages", exclude: ["Resources"], swiftSettings: swiftSettings, plugins: ["TextResources"]),
    .target(
      name: "NNKitLesson", dependencies: ["NNKit", "NNKitPages"], exclude: ["Resources"], swiftSettings: swiftSettings,
      plugins: ["TextResources"]),
    .target(
      name: "NNKitRuns",
      dependencies: ["CNNKitSystem", "NNKit", "NNKitPages", "NNKitProtocolBuffers", "CYaml", "CZlib"],
      swiftSettings: swiftSettings),
    .target(
      name: "NNKitView",
      dependencies: [
        "NNKit", "NNKitRuns", "NNKitPages",
      ]
        + ["NIOConcurrencyHelpers", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOWebSocket"].map {
          .product(name: $0, package: "swift-nio", condition: .when(traits: ["Program"]))
        },
      swiftSettings: swiftSettings),
    .target(name: "NNKitProtocolBuffers", dependencies: ["NNKit"], swiftSettings: swiftSettings),
    .target(name: "NNKitExchange", dependencies: ["NNKit", "NNKitProtocolBuffers"], swiftSettings: swiftSettings),
    .executableTarget(
      name: "NNKitCommand",
      dependencies: [
        "CNNKitSystem", "NNKit", "NNKitExchange", "NNKitLesson", "NNKitPluginChecks", "NNKitRuns", "NNKitView",
        .product(
          name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Program"])),
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "NNKitBenchmark", dependencies: ["CKernels", "NNKit"], path: "Benchmarks/NNKit",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "RadialNeuron", dependencies: ["NNKit"], path: "Examples/RadialNeuron", swiftSettings: swiftSettings),
    .executableTarget(
      name: "TrainingLoop", dependencies: ["NNKit"], path: "Examples/TrainingLoop", swiftSettings: swiftSettings),
    .executableTarget(
      name: "TrainingFromCode", dependencies: ["NNKit", "NNKitRuns"], path: "Examples/TrainingFromCode",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitTests", dependencies: ["NNKit", "CNNKit", "CNNKitSystem"], resources: [.copy("Fixtures")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitLessonTests", dependencies: ["NNKit", "NNKitLesson"], swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitPluginChecksTests", dependencies: ["NNKit", "NNKitPluginChecks", "NNKitCommand", "CNNKitSystem"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitViewTests",
      dependencies: [
        "NNKitView", .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Program"])),
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitRunsTests", dependencies: ["NNKit", "NNKitRuns", "CNNKitSystem"],
      resources: [.copy("Fixtures")], swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitExchangeTests", dependencies: ["NNKit", "NNKitExchange", "CNNKitSystem"],
      resources: [.copy("Fixtures")], swiftSettings: swiftSettings),
    .testTarget(
      name: "NNKitCommandTests", dependencies: ["NNKit", "NNKitRuns", "NNKitCommand", "CNNKitSystem"],
      resources: [.copy("Fixtures")], swiftSettings: swiftSettings),
  ] + fuzzTargets + pluginTargets.flatMap(\.targets)
)
