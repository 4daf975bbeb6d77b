internal import CNNKitSystem
package import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// Finds out when a file in the plugin folders is added, removed or changed.
package struct PluginFolders {
  private let searchPath: SearchPath
  private var last: [String]

  package init(_ searchPath: SearchPath) {
    self.searchPath = searchPath
    last = Self.listing(searchPath)
  }

  /// Whether anything has changed since it was last asked.
  package mutating func haveChanged() -> Bool {
    let now = Self.listing(searchPath)
    defer { last = now }
    return now != last
  }

  /// Each shared library with its size and the time of its last change.
  private static func listing(_ searchPath: SearchPath) -> [String] {
    searchPath.folders.flatMap { folder -> [String] in
      (namesOfFiles(in: folder.path) ?? []).filter { $0.hasSuffix(".so") }.compactMap { name in
        var status = stat()
        guard stat("\(folder.path)/\(name)", &status) == 0 else { return nil }
        return "\(folder.path)/\(name) \(status.st_size) \(nnk_modification_time("\(folder.path)/\(name)"))"
      }.sorted()
    }
  }
}
