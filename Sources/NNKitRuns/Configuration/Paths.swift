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
