#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension FileTrust {
  /// What is wrong with the libraries that a plugin has the loader find by paths of its own, and with theirs in turn.
  ///
  /// Those that the loader finds otherwise are the system's, and what the process has loaded already is not loaded again.
  ///
  /// - Parameter path: The plugin's, absolute.
  /// - Returns: The first problem; nil if there is none, or if the files cannot be read: the loader will say so.
  func problem(withLibrariesOf path: String) -> PluginError.Problem? {
    var ahead = [path]
    var known: Set<String> = [path]
    while let library = ahead.popLast() {
      guard let bytes = try? WholeFile.read(library) else { continue }
      let needs = ElfImage.needs(of: bytes)
      for name in needs.names where !isLoaded(name) {
        let places = name.contains("/") ? [name] : needs.folders.map { "\($0)/\(name)" }
        for place in places.map({ Self.expanding($0, of: library) }) {
          let isThere = access(place, F_OK) == 0
          // Into a folder where there is none yet somebody could put one.
          let looked = isThere ? place : place.lastIndex(of: "/").map { String(place[..<$0]) } ?? "/"
          if let problem = problem(with: looked), case .untrusted = problem { return problem }
          if !isThere { continue }
          if known.insert(place).inserted { ahead.append(place) }
          break
        }
      }
    }
    return nil
  }

  /// A path in a library as the loader takes it.
  private static func expanding(_ path: String, of library: String) -> String {
    let origin = library.lastIndex(of: "/").map { String(library[..<$0]) } ?? ""
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    for (index, part) in parts.enumerated() where ["$ORIGIN", "${ORIGIN}"].contains(part) { parts[index] = origin }
    return absolutePath(parts.joined(separator: "/"))
  }

  private func isLoaded(_ name: String) -> Bool {
    guard let handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD) else { return false }
    dlclose(handle)
    return true
  }
}
