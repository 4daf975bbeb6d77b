#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Whether another user could change what a plugin's path leads to: loading a plugin is running its code.
///
/// Trusted are the caller and root. A folder with the sticky bit may be writable: there, no user can replace another's files.
struct FileTrust {
  private let trustedOwners: Set<uid_t>
  private let isForBundled: Bool

  /// - Parameter folder: Where plugins lie; who owns the running program may own the bundled ones too.
  init(for folder: SearchPath.Folder) {
    var owners: Set<uid_t> = [0, geteuid()]
    var status = stat()
    if folder.origin == .bundled, stat("/proc/self/exe", &status) == 0 { owners.insert(status.st_uid) }
    trustedOwners = owners
    isForBundled = folder.origin == .bundled
  }

  /// What is wrong with a plugin's file, with what is on the way to it, and, unless it is a bundled one, with what it loads.
  func problem(withPlugin path: String) -> PluginError.Problem? {
    problem(with: path) ?? (isForBundled ? nil : problem(withLibrariesOf: path))
  }

  /// What is wrong with `path` itself or with anything on the way to it; nil if nothing is.
  ///
  /// The way is the one that the system goes: each link on it is looked at, and then the whole way that the link names.
  ///
  /// - Parameter path: Absolute.
  /// - Returns: The first problem, from the root on.
  func problem(with path: String) -> PluginError.Problem? {
    var place = ""
    var ahead = Array(Self.parts(of: path).reversed())
    var links = 0
    if let problem = problem(at: "/") { return problem }
    while let part = ahead.popLast() {
      if part == ".." {
        // Back to a folder that was on the way already.
        place = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? ""
        continue
      }
      let next = "\(place)/\(part)"
      if let problem = problem(at: next) { return problem }
      guard let target = Self.target(ofLinkAt: next) else {
        place = next
        continue
      }
      links += 1
      // The system gives up there too, and says so when the file is opened.
      if links > 40 { return nil }
      if target.hasPrefix("/") { place = "" }
      ahead += Self.parts(of: target).reversed()
    }
    return nil
  }

  private static func parts(of path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }

  /// Where a link leads; nil if there is none.
  private static func target(ofLinkAt path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard readlink(path, &buffer, Int(PATH_MAX)) > 0 else { return nil }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
  }

  /// What is wrong with one file, folder or link, whatever the link leads to.
  private func problem(at place: String) -> PluginError.Problem? {
    var status = stat()
    guard lstat(place, &status) == 0 else { return .unreadable(String(cString: strerror(errno))) }
    let kind = status.st_mode & S_IFMT
    func untrusted(_ reason: String, _ command: String) -> PluginError.Problem {
      // What belongs to others is changed by root alone.
      let sudo = geteuid() == 0 || status.st_uid == geteuid() ? "" : "sudo "
      return .untrusted(place, reason, remedy: "\(sudo)\(command) \(shellText([place]))")
    }
    guard trustedOwners.contains(status.st_uid) else {
      return untrusted(
        "it belongs to \(Self.name(ofUser: status.st_uid))", "chown \(kind == S_IFLNK ? "-h " : "")\(geteuid())")
    }
    // A link is never changed, only replaced, which its folder and its owner allow.
    if kind == S_IFLNK || kind == S_IFDIR && status.st_mode & S_ISVTX != 0 { return nil }
    if status.st_mode & S_IWOTH != 0 { return untrusted("everybody may write to it", "chmod o-w") }
    if status.st_mode & S_IWGRP != 0, let other = otherWriter(status.st_gid, AccessList(ofFileAt: place)) {
      return untrusted(other, "chmod g-w")
    }
    return nil
  }

  /// Who else may write, in words, where the bits of the group allow it to some.
  private func otherWriter(_ group: gid_t, _ list: AccessList?) -> String? {
    if list?.groupMayWrite ?? true, let other = otherMember(of: group) {
      return "\(other) may write to it, as a member of its group"
    }
    let others =
      (list?.users ?? []).filter { !trustedOwners.contains($0) }.map(Self.name)
      + (list?.groups ?? []).compactMap(otherMember)
    return others.first.map { "\($0) may write to it, as its access control list has it" }
  }

  /// A user in a group who is not trusted; a user's private group, as umask 002 supposes, has no other member.
  private func otherMember(of group: gid_t) -> String? {
    if let entry = getgrgid(group), var member = entry.pointee.gr_mem {
      while let name = member.pointee {
        if let user = getpwnam(name), !trustedOwners.contains(user.pointee.pw_uid) { return String(cString: name) }
        member += 1
      }
    }
    // Where accounts of the system itself have root's group, there is no login for them.
    if group == 0 { return nil }
    setpwent()
    defer { endpwent() }
    while let user = getpwent() {
      if user.pointee.pw_gid == group && !trustedOwners.contains(user.pointee.pw_uid) {
        return String(cString: user.pointee.pw_name)
      }
    }
    return nil
  }

  private static func name(ofUser user: uid_t) -> String {
    getpwuid(user).map { "the user \(String(cString: $0.pointee.pw_name))" } ?? "the user \(user)"
  }

  // MARK: Libraries

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
          // A missing library could be added to such a folder later.
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
