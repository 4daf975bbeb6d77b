#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Whether another user could change what a plugin's path leads to: loading a plugin is running its code.
///
/// Trusted are the caller and root. A folder with the sticky bit may be writable: nobody replaces another's files there.
struct FileTrust {
  private let trustedOwners: Set<uid_t>

  /// - Parameter folder: Where plugins lie; who owns the running program may own the bundled ones too.
  init(for folder: SearchPath.Folder) {
    var owners: Set<uid_t> = [0, geteuid()]
    var status = stat()
    if folder.origin == .bundled, stat("/proc/self/exe", &status) == 0 { owners.insert(status.st_uid) }
    trustedOwners = owners
  }

  /// What is wrong with `path` itself or with a folder on the way to it, links followed; nil if nothing is.
  ///
  /// - Parameter path: Absolute.
  /// - Returns: The first problem, from the root on.
  func problem(with path: String) -> PluginError.Problem? {
    var places = Self.chain(of: path)
    if let resolved = realpath(path, nil) {
      places += Self.chain(of: String(cString: resolved)).filter { !places.contains($0) }
      free(resolved)
    }
    for place in places {
      if let problem = problem(at: place) { return problem }
    }
    return nil
  }

  /// A path and all folders on the way to it, the root first.
  private static func chain(of path: String) -> [String] {
    path.split(separator: "/").reduce(into: ["/"]) { chain, part in
      chain.append(chain.count == 1 ? "/\(part)" : "\(chain[chain.count - 1])/\(part)")
    }
  }

  private func problem(at place: String) -> PluginError.Problem? {
    var status = stat()
    guard stat(place, &status) == 0 else { return nil }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    guard trustedOwners.contains(status.st_uid) else {
      return .untrusted(
        place, "it belongs to \(Self.name(ofUser: status.st_uid))", remedy: "chown \(geteuid()) \(Self.quoted(place))")
    }
    if isFolder && status.st_mode & S_ISVTX != 0 { return nil }
    if status.st_mode & S_IWOTH != 0 {
      return .untrusted(place, "everybody may write to it", remedy: "chmod o-w \(Self.quoted(place))")
    }
    if status.st_mode & S_IWGRP != 0, let other = otherMember(of: status.st_gid) {
      return .untrusted(
        place, "\(other) may write to it, as a member of its group", remedy: "chmod g-w \(Self.quoted(place))")
    }
    return nil
  }

  /// Somebody else in a group than those who are trusted; a group of one's own, as umask 002 supposes, has nobody.
  private func otherMember(of group: gid_t) -> String? {
    guard group != 0 else { return nil }
    if let entry = getgrgid(group), var member = entry.pointee.gr_mem {
      while let name = member.pointee {
        if let user = getpwnam(name), !trustedOwners.contains(user.pointee.pw_uid) { return String(cString: name) }
        member += 1
      }
    }
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

  /// As a shell takes it.
  private static func quoted(_ path: String) -> String {
    if path.utf8.allSatisfy({ "/._-+".utf8.contains($0) || isalnum(Int32($0)) != 0 }) { return path }
    return "'\(path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }
}
