internal import CLtdl
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The one place that calls libltdl.
///
/// It has no locks of its own, so every call is made holding `ltdl`.
///
/// Libraries stay loaded until the process ends: networks keep pointers to their functions.
enum SharedLibrary {
  private struct Failure: Error { let message: String }
  private static let ltdl = Mutex(false)  // whether lt_dlinit has been called

  /// Opens the library at the absolute `path` and looks up `symbol` in it.
  static func address(of symbol: String, inFileAt path: String) throws(PluginError) -> UnsafeMutableRawPointer {
    let result: Result<UnsafeMutableRawPointer, PluginError> = ltdl.withLock { isInitialized in
      if !isInitialized {
        guard lt_dlinit() == 0 else { return .failure(error(path, .loader(lastMessage()))) }
        isInitialized = true
      }
      // libltdl binds lazily and says "file not found" whatever the cause. The loader, asked to bind now, gives the
      // true reason; libltdl then finds the library already bound.
      guard let bound = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
        return .failure(error(path, .loader(loaderMessage(path))))
      }
      defer { dlclose(bound) }
      guard let handle = open(path) else { return .failure(error(path, .loader(lastMessage()))) }
      guard let address = lt_dlsym(handle, symbol) else {
        lt_dlclose(handle)
        return .failure(error(path, .missingEntry))
      }
      return .success(address)
    }
    return try result.get()
  }

  private static func open(_ path: String) -> lt_dlhandle? {
    var advice: lt_dladvise?
    guard lt_dladvise_init(&advice) == 0 else { return nil }
    defer { lt_dladvise_destroy(&advice) }
    guard lt_dladvise_local(&advice) == 0, lt_dladvise_resident(&advice) == 0 else { return nil }
    return lt_dlopenadvise(path, advice)
  }

  private static func error(_ path: String, _ problem: PluginError.Problem) -> PluginError {
    PluginError(file: path, problem: problem)
  }

  private static func lastMessage() -> String { lt_dlerror().map { String(cString: $0) } ?? "libltdl gives no reason" }

  /// The loader's words without the path that the error names anyway.
  private static func loaderMessage(_ path: String) -> String {
    let text = dlerror().map { String(cString: $0) } ?? "the loader gives no reason"
    return text.hasPrefix("\(path): ") ? String(text.dropFirst(path.count + 2)) : text
  }
}
