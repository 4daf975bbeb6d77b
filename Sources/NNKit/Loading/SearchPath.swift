#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The folders in which plugins are looked for, in order: where two offer one name, the earlier folder's is used.
public struct SearchPath: Sendable, Equatable {
  /// Why a folder is searched.
  public enum Origin: String, Sendable {
    case option = "--plugin-path"
    case environment = "NNKIT_PLUGIN_PATH"
    case user = "user"
    case bundled = "bundled"
  }

  /// A folder that is searched for plugins.
  public struct Folder: Sendable, Equatable {
    /// Absolute.
    public let path: String
    /// Why it is searched.
    public let origin: Origin
  }

  /// The folders, in the order of the search.
  public private(set) var folders: [Folder]
  /// Whether plugins are loaded that other users could change.
  public var trustsOthers = false

  /// The given folders, then those of `NNKIT_PLUGIN_PATH`, the user's, and the bundled ones beside the program.
  ///
  /// A folder named here or in the environment must exist; the others are left out where they do not.
  public init(_ given: [String] = [], environment: [String: String]? = nil) {
    let value = { (name: String) -> String? in environment.map { $0[name] } ?? getenv(name).map { String(cString: $0) }
    }
    folders = given.map { Folder(path: absolutePath($0), origin: .option) }
    for path in (value("NNKIT_PLUGIN_PATH") ?? "").split(separator: ":") {
      folders.append(Folder(path: absolutePath(String(path)), origin: .environment))
    }
    let data =
      value("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? value("HOME").map { "\($0)/.local/share" }
    if let data { append("\(data)/nnkit/plugins", .user) }
    if let program = Self.programFolder {
      append(program, .bundled)
      append(absolutePath("\(program)/../lib/nnkit/plugins"), .bundled)
    }
  }

  private mutating func append(_ path: String, _ origin: Origin) {
    if access(path, F_OK) == 0 { folders.append(Folder(path: path, origin: origin)) }
  }

  /// The file of the running program.
  static var program: String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink("/proc/self/exe", &buffer, Int(PATH_MAX)) > 0 else { return nil }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
  }

  /// The folder of the running program.
  package static var programFolder: String? {
    program.flatMap { program in program.lastIndex(of: "/").map { String(program[..<$0]) } }
  }

  /// The shared libraries in a folder, sorted by name; absolute paths.
  package static func libraries(in folder: Folder) throws(PluginError) -> [String] {
    guard let names = namesOfFiles(in: folder.path) else {
      throw PluginError(file: folder.path, problem: .unreadableFolder(String(cString: strerror(errno))))
    }
    return names.filter { $0.hasSuffix(".so") && !$0.hasPrefix(".") }.map { "\(folder.path)/\($0)" }.sorted()
  }
}

/// `path` made absolute, without `.` and `..`.
package func absolutePath(_ path: String) -> String {
  var base = ""
  if !path.hasPrefix("/"), let current = getcwd(nil, 0) {
    base = String(cString: current)
    free(current)
  }
  var parts: [Substring] = []
  for part in "\(base)/\(path)".split(separator: "/") where part != "." {
    if part == ".." { _ = parts.popLast() } else { parts.append(part) }
  }
  return "/" + parts.joined(separator: "/")
}

/// The names of all that is in a folder, itself and its parent among them; nil, with `errno`, if it cannot be read.
package func namesOfFiles(in folder: String) -> [String]? {
  guard let directory = opendir(folder) else { return nil }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
  }
  return names
}
