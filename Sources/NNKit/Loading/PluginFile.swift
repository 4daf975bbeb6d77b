internal import CNNKitSystem
internal import CNNKit
internal import Synchronization

/// One loaded plugin: who made it, and the functions it offers.
public struct PluginFile: Sendable {
  /// Absolute path of the shared library.
  public let path: String
  /// The version that the plugin states.
  public let version: String
  /// Its author.
  public let author: String
  /// Its licence.
  public let license: String
  package let functions: [any PluginFunction]
  /// Names of functions of a kind that this host does not know.
  public let skipped: [String]
  /// Where the description lies in memory: the same for two paths to one library.
  let address: UInt

  /// The ABI promises plugins that one thread at a time calls their entry.
  private static let entering = Mutex(())
  static let entrySymbol = "nnkit_plugin_entry"
  static let hostVersion = "\(NNKIT_ABI_MAJOR).\(NNKIT_ABI_MINOR)"

  /// Opens the library at `path`, an absolute path, and reads its description.
  init(contentsOf path: String, isBundled: Bool = false) throws(PluginError) {
    if let problem = ElfImage.problem(ofFileAt: path) { throw PluginError(file: path, problem: problem) }
    let symbol = try SharedLibrary.address(of: Self.entrySymbol, inFileAt: path)
    typealias Entry = @convention(c) (UInt32) -> UnsafeRawPointer?
    let entry = unsafeBitCast(symbol, to: Entry.self)
    let description = Self.entering.withLock { _ in UInt(bitPattern: entry(NNKIT_ABI_MAJOR)) }
    guard let address = UnsafeRawPointer(bitPattern: description) else {
      throw PluginError(file: path, problem: .refusedHost)
    }
    try self.init(description: address, path: path, isBundled: isBundled)
  }

  /// The plugins that are linked into the program itself, whose path is theirs; see the product NNKitFunctions.
  static func linked() throws(PluginError) -> [PluginFile] {
    let program = SearchPath.program ?? "the program"
    var files: [PluginFile] = []
    while let address = entering.withLock({ _ in UInt(bitPattern: nnk_linked_plugin(files.count)) }).nonZero {
      files.append(try PluginFile(description: address, path: program))
    }
    return files
  }

  /// Opens one file that may lie anywhere, in a process that can be spared.
  package init(examining path: String, trustsOthers: Bool) throws(PluginError) {
    let folder = SearchPath.Folder(path: "/", origin: .option)
    // A file that is not a plugin need not be mended.
    if let problem = ElfImage.problem(ofFileAt: path) { throw PluginError(file: path, problem: problem) }
    if !trustsOthers, let problem = FileTrust(for: folder).problem(withPlugin: path) {
      throw PluginError(file: path, problem: problem)
    }
    try self.init(contentsOf: path)
  }

  private init(
    description address: UnsafeRawPointer, path: String, isBundled: Bool = false
  ) throws(PluginError) {
    let reader = DescriptionReader(path: path, isBundled: isBundled)
    let plugin = try reader.structure(
      at: address, as: nnkit_plugin(), required: MemoryLayout<nnkit_plugin>.size, name: "nnkit_plugin")
    guard plugin.abi_major == NNKIT_ABI_MAJOR else {
      throw PluginError(file: path, problem: .wrongVersion(major: plugin.abi_major))
    }
    self.path = path
    self.address = UInt(bitPattern: address)
    version = try reader.text(plugin.version, "version") ?? "unknown"
    author = try reader.text(plugin.author, "author") ?? "unknown"
    license = try reader.text(plugin.license, "license") ?? "unknown"
    var functions: [any PluginFunction] = []
    var skipped: [String] = []
    guard plugin.function_count <= 65_536 else {
      throw reader.fault("it offers \(plugin.function_count) functions, expected at most 65536")
    }
    for index in 0..<Int(plugin.function_count) {
      guard let pointer = plugin.functions?[index] else { throw reader.fault("function \(index) is NULL") }
      if let function = try reader.function(at: UnsafeRawPointer(pointer), index: index, version: version) {
        functions.append(function)
      } else {
        skipped.append(try reader.text(pointer.pointee.name, "name of function \(index)") ?? "function \(index)")
      }
    }
    if functions.isEmpty && skipped.isEmpty { throw reader.fault("it offers no function") }
    let names = functions.map(\.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw reader.fault("it offers `\(twice)` twice")
    }
    self.functions = functions
    self.skipped = skipped
  }
}

extension UInt {
  fileprivate var nonZero: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: self) }
}
