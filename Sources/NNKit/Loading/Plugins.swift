internal import CNNKitSystem

/// The activation and loss functions and the kinds of neurons that plugins offer, by name.
///
///     let plugins = try Plugins()
///     let relu = try plugins.activation("leaky_relu", parameters: ["slope": 0.1])
///     let loss = try plugins.loss("cross_entropy")
///     let product = try plugins.neuron("product")
public struct Plugins: Sendable {
  /// Where plugins were looked for.
  public let searchPath: SearchPath
  /// The plugins that were loaded, in search order.
  public let files: [PluginFile]
  /// What is wrong with files that could not be used.
  package let faults: [PluginError]
  /// Why communicators that come with nnkit cannot be used here: the library that they need may have been removed since.
  package let obstacles: [PluginError]
  /// Functions that are not used because an earlier folder offers the same name.
  package private(set) var hidden: [any PluginFunction] = []
  /// The functions in use, by name; of several kinds with one name the first in the order of `PluginKind.all`.
  package private(set) var functions: [String: any PluginFunction] = [:]
  /// All functions in use: a name is unique within a kind.
  package private(set) var used: [any PluginFunction] = []

  /// Loads every plugin on the search path, and those that are linked into the program (product NNKitFunctions).
  ///
  /// - Throws: `PluginErrors` if any file in it is not a sound plugin: it might be the one that is meant.
  public init(searching searchPath: SearchPath = SearchPath()) throws {
    try self.init(searching: searchPath, refusing: [])
  }

  package init(searching searchPath: SearchPath, refusing refused: [PluginError]) throws {
    self.init(surveying: searchPath, refusing: refused)
    if !faults.isEmpty { throw PluginErrors(errors: faults) }
  }

  /// Loads every sound plugin on the search path, and keeps what is wrong with the others in `faults`.
  ///
  /// - Parameters:
  ///   - searchPath: Where they lie.
  ///   - refused: Files that are not to be opened, and why.
  package init(surveying searchPath: SearchPath, refusing refused: [PluginError] = []) {
    self.searchPath = searchPath
    var files: [PluginFile] = []
    var faults: [PluginError] = []
    var obstacles: [PluginError] = []
    for folder in searchPath.folders {
      let loaded = Self.load(folder, searchPath.trustsOthers, refused, &faults, &obstacles).filter { file in
        !files.contains { $0.address == file.address }
      }
      files += loaded
    }
    do throws(PluginError) { files += try PluginFile.linked() } catch { faults.append(error) }
    self.files = files
    self.faults = faults
    self.obstacles = obstacles
    for function in files.flatMap(\.functions) {
      if self.function(function.name, of: function.kind) == nil {
        used.append(function)
      } else {
        hidden.append(function)
      }
    }
    for kind in PluginKind.all {
      for function in used where function.kind == kind && functions[function.name] == nil {
        functions[function.name] = function
      }
    }
  }

  private static func load(
    _ folder: SearchPath.Folder, _ trustsOthers: Bool, _ refused: [PluginError], _ faults: inout [PluginError],
    _ obstacles: inout [PluginError]
  ) -> [PluginFile] {
    let trust = trustsOthers ? nil : FileTrust(for: folder)
    var files: [PluginFile] = []
    var owners: [PluginKind: [String: String]] = [:]
    do throws(PluginError) {
      for path in try SearchPath.libraries(in: folder) {
        do throws(PluginError) {
          if let known = refused.first(where: { $0.file == path }) { throw known }
          if let problem = trust?.problem(withPlugin: path) { throw PluginError(file: path, problem: problem) }
          let file = try PluginFile(contentsOf: path, isBundled: folder.origin == .bundled)
          if files.contains(where: { $0.address == file.address }) { continue }
          if let twin = file.functions.first(where: { owners[$0.kind]?[$0.name] != nil }),
            let other = owners[twin.kind]?[twin.name]
          {
            throw PluginError(file: path, problem: .duplicateName(twin.name, otherFile: other))
          }
          for function in file.functions { owners[function.kind, default: [:]][function.name] = path }
          files.append(file)
          if folder.origin != .bundled { nnk_note_plugin(path) }
        } catch {
          // Libraries of other kinds may lie beside a program; in a folder for plugins they do not belong.
          if error.problem == .missingEntry && folder.origin == .bundled { continue }
          // This one was compiled for a library that all else does without.
          if case .loader = error.problem, folder.origin == .bundled, path.hasSuffix("/libnnkit-mpi.so") {
            obstacles.append(error)
          } else {
            faults.append(error)
          }
        }
      }
    } catch {
      faults.append(error)
    }
    return files
  }

  /// The activation function `name`, with the given parameter values and its defaults for the others.
  ///
  /// - Throws: `UnknownFunctionError`, `ParameterError`.
  public func activation(_ name: String, parameters: [String: Double] = [:]) throws -> Activation {
    try Activation(function(name), parameters: parameters)
  }

  /// The loss function `name`, with the given parameter values and its defaults for the others.
  ///
  /// - Throws: `UnknownFunctionError`, `ParameterError`.
  public func loss(_ name: String, parameters: [String: Double] = [:]) throws -> Loss {
    try Loss(function(name), parameters: parameters)
  }

  /// The kind of neuron `name`, with the given parameter values and its defaults for the others.
  ///
  /// - Throws: `UnknownFunctionError`, `ParameterError`.
  public func neuron(_ name: String, parameters: [String: Double] = [:]) throws -> NeuronKind {
    try NeuronKind(function(name), parameters: parameters)
  }

  private func function<Function: PluginFunction>(_ name: String) throws -> Function {
    guard let function = function(name, of: Function.kind) as? Function else { throw unknown(name, Function.kind) }
    return function
  }

  /// The function that a name stands for among those of a kind.
  package func function(_ name: String, of kind: PluginKind) -> (any PluginFunction)? {
    used.first { $0.name == name && $0.kind == kind }
  }

  /// Whether a kind is the bundled weighted sum: what a plain `Neuron` computes, which the fused and the one-sample pass
  /// know.
  ///
  /// A configuration that names it gets plain neurons; a plugin of that name from another folder is run as it is.
  package func isPlain(_ kind: NeuronKind) -> Bool {
    kind.name == NeuronKind.plainName && isBundled(kind.function.information)
  }

  /// Whether a function comes with nnkit: one of the same name from another folder may compute something else.
  package func isBundled(_ function: FunctionInformation) -> Bool {
    searchPath.folders.contains { $0.origin == .bundled && function.file.hasPrefix("\($0.path)/") }
  }

  /// The names of all functions of a kind, sorted.
  public func names(of kind: PluginKind) -> [String] {
    used.filter { $0.kind == kind }.map(\.name).sorted()
  }

  /// The error for a name that may be meant to be of any kind.
  package func unknown(_ name: String) -> UnknownFunctionError {
    // Of the kind that has a name like it.
    let kind = PluginKind.all.first { !nearestNames(to: name, in: names(of: $0)).isEmpty }
    return unknown(name, kind)
  }

  package func unknown(_ name: String, _ kind: PluginKind?) -> UnknownFunctionError {
    UnknownFunctionError(
      name: name, kind: kind, nearest: kind.map { nearestNames(to: name, in: names(of: $0)) } ?? [],
      searched: searchPath.folders.map(\.path), otherKind: functions[name]?.kind)
  }
}
