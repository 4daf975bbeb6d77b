package import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// Tells when a file in the plugin folders comes, goes or changes.
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
      guard let directory = opendir(folder.path) else { return [] }
      defer { closedir(directory) }
      var entries: [String] = []
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        var status = stat()
        guard name.hasSuffix(".so"), stat("\(folder.path)/\(name)", &status) == 0 else { continue }
        let time = status.st_mtim
        entries.append("\(folder.path)/\(name) \(status.st_size) \(time.tv_sec).\(time.tv_nsec)")
      }
      return entries.sorted()
    }
  }
}
