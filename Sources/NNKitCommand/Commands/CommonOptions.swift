import ArgumentParser
import NNKit
import NNKitExchange
import NNKitPluginChecks
import NNKitRuns

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Where plugins are looked for.
struct PluginOptions: ParsableArguments {
  @Option(
    name: .customLong("plugin-path"),
    help: ArgumentHelp("A folder with plugins, searched before all others; may be given again.", valueName: "DIR"))
  var pluginPath: [String] = []

  @Flag(help: "Loads plugins that other users could change, too.")
  var trustPlugins = false

  var searchPath: SearchPath {
    var path = SearchPath(pluginPath)
    path.trustsOthers = trustPlugins
    return path
  }

  func plugins() throws -> Plugins {
    let path = searchPath
    return try Plugins(searching: path, refusing: PluginProbe.deadlyFiles(on: path))
  }

  /// All that can be loaded, and what is wrong with the others.
  func survey() throws -> Plugins {
    let path = searchPath
    return Plugins(surveying: path, refusing: try PluginProbe.deadlyFiles(on: path))
  }

  /// The same options for another process of this program.
  var arguments: [String] {
    pluginPath.flatMap { ["--plugin-path", $0] } + (trustPlugins ? ["--trust-plugins"] : [])
  }

  /// The shell command that resumes the run.
  func resumeCommand(for folder: RunFolder) -> String { resumeCommand(forRunIn: folder.path) }

  func resumeCommand(forRunIn folder: String) -> String {
    shellText(["nnkit", "run", "--resume", folder] + arguments)
  }

  /// The file with a run's model, or with the one of its models that was named.
  ///
  /// - Throws: `FileError` if the run has none.
  func modelFile(of folder: RunFolder) throws -> String {
    if folder.checkpoint == nil, !folder.hasModel {
      throw FileError(
        folder.path,
        "the run has no model, since it has not ended; `\(resumeCommand(for: folder))` continues it, `nnkit finish` ends"
          + " it, and the files in \(folder.checkpoints) can be asked instead of it")
    }
    if folder.isReopened {
      Program.report("note: \(folder.model) is of a former end of the run, which was continued since")
    }
    return folder.model
  }
}

/// What all commands that take a configuration or a run have in common.
struct CommonOptions: ParsableArguments {
  @OptionGroup var plugins: PluginOptions

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Puts a value into the configuration, as in training.epochs=20; may be given again.", valueName: "key.path=value")
  )
  var set: [String] = []

  @Option(
    help: ArgumentHelp("How many threads to use; default: the number of processors.", valueName: "N"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "The library for large matrix products: onednn, blas, builtin, or auto (the fastest that is installed).",
      valueName: "NAME"))
  var backend: String?

  mutating func validate() throws {
    if let threads, threads < 1 || threads > 1024 { throw ValidationError("--threads must be in 1...1024") }
  }

  func configuration(_ path: String) throws -> Configuration {
    try Configuration(
      contentsOf: path,
      overrides: (set + [backend.map { "backend=\($0)" }].compactMap(\.self)).map { try Override($0) },
      formerly: RunFolder.formerFolder(ofConfiguration: path))
  }

  func threadCount(_ configuration: Configuration) -> Int { Self.threads(threads, configuration) }

  static func threads(_ asked: Int?, _ configuration: Configuration?) -> Int {
    asked ?? configuration?.threads ?? Processors.count
  }

  /// The experiment that a configuration describes, with its first weights.
  func experiment<Scalar: NetworkScalar>(
    _ configuration: Configuration, _: Scalar.Type, threads: Int? = nil, keepsTrainAsRead: Bool = false,
    ranks: Ranks? = nil
  ) throws -> Experiment<Scalar> {
    try Experiment(
      configuration, plugins: plugins.plugins(), formats: .all, threads: threads ?? threadCount(configuration),
      keepsTrainAsRead: keepsTrainAsRead, ranks: ranks)
  }

  /// A run's trained network, with the samples that it is measured on.
  func trained<Scalar: NetworkScalar>(
    _ folder: RunFolder, _ configuration: Configuration, _: Scalar.Type
  ) throws -> TrainedNetwork<Scalar> {
    let plugins = try plugins.plugins()
    return try TrainedNetwork(
      model(folder, plugins), of: configuration, plugins: plugins, threads: threadCount(configuration))
  }

  /// A run's trained network, with the samples that it was trained on.
  func explained<Scalar: NetworkScalar>(
    _ folder: RunFolder, _ configuration: Configuration, _: Scalar.Type
  ) throws -> Experiment<Scalar> {
    let plugins = try plugins.plugins()
    return try Experiment(
      configuration, plugins: plugins, formats: .all, model: model(folder, plugins),
      threads: threadCount(configuration), keepsTrainAsRead: true)
  }

  /// A run's model, or the one of its models that was named.
  func model<Scalar: NetworkScalar>(_ folder: RunFolder, _ plugins: Plugins) throws -> Model<Scalar> {
    try Model<Scalar>(path: self.plugins.modelFile(of: folder), plugins: plugins)
  }
}

/// A command whose work depends on the precision that a configuration asks for.
protocol PrecisionDependent {
  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws
}

extension PrecisionDependent {
  func execute(_ configuration: Configuration) throws {
    switch configuration.precision {
    case .float32: try execute(configuration, Float.self)
    case .float64: try execute(configuration, Double.self)
    }
  }
}
