internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// `path` as it stands in `file`, made absolute: relative to the file's folder, `~` for the home folder.
func resolvedPath(_ path: String, besides file: String) -> String {
  if path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") {
    return absolutePath(String(cString: home) + path.dropFirst())
  }
  if path.hasPrefix("/") { return absolutePath(path) }
  let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
  return absolutePath("\(folder)/\(path)")
}

/// Whether there is anything at `path`.
func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// An absolute path as it is written in a file of `folder`: relative where both lie in one folder below the first level, a
/// project that can be moved as a whole.
func portablePath(_ path: String, in folder: String) -> String {
  let (parts, base) = (path.split(separator: "/"), absolutePath(folder).split(separator: "/"))
  let shared = zip(parts, base).prefix { $0 == $1 }.count
  guard shared >= 2 else { return path }
  return (base.dropFirst(shared).map { _ in ".." } + parts.dropFirst(shared).map(String.init)).joined(separator: "/")
}

extension Configuration {
  /// The same with the paths of data and models as they are written in a file of `folder`.
  func portable(in folder: String) -> Configuration {
    func portable(_ source: DataConfiguration.Source) -> DataConfiguration.Source {
      var copy = source
      copy.source = portable(source.source)
      return copy
    }
    func portable(_ source: DataSource) -> DataSource {
      switch source {
      case .csv(var csv):
        csv.path = portablePath(csv.path, in: folder)
        csv.more = csv.more.map { portablePath($0, in: folder) }
        return .csv(csv)
      case .idx(var idx):
        idx.images = portablePath(idx.images, in: folder)
        idx.labels = portablePath(idx.labels, in: folder)
        return .idx(idx)
      case .npy(var npy):
        npy.inputs = portablePath(npy.inputs, in: folder)
        npy.targets = portablePath(npy.targets, in: folder)
        return .npy(npy)
      case .fann(var fann):
        fann.path = portablePath(fann.path, in: folder)
        return .fann(fann)
      case .several(let sources): return .several(sources.map(portable))
      case .inline, .generator: return source
      }
    }
    var configuration = self
    configuration.data.train = portable(data.train)
    configuration.data.test = data.test.map(portable)
    if case .source(let source) = data.validation { configuration.data.validation = .source(portable(source)) }
    configuration.network.from = network.from.map { portablePath($0, in: folder) }
    return configuration
  }
}
