import Glibc
import NNKit

/// Where `nnkit/plugin.h` lies: beside an installed program, or in the checkout that the program was built in.
enum PluginHeader {
  /// The folder for a compiler's `-I`.
  ///
  /// - Throws: `FileError` if there is none.
  static func folder() throws -> String {
    let program = SearchPath.programFolder ?? "."
    let installed = absolutePath("\(program)/../include")
    var places = [installed]
    var parent = program
    // .build/TRIPLE/CONFIGURATION, three folders deep in the checkout.
    for _ in 0..<3 {
      parent = absolutePath("\(parent)/..")
      places.append("\(parent)/Sources/CNNKit/include")
    }
    if let place = places.first(where: { access("\($0)/nnkit/plugin.h", R_OK) == 0 }) { return place }
    throw FileError("\(installed)/nnkit/plugin.h", "is not there; install nnkit with make install")
  }

  /// The command that compiles a plugin's source.
  static func compiler(for source: String, to library: String) throws -> [String] {
    let header = try folder()
    if source.hasSuffix(".swift") {
      return [
        "swiftc", "-O", "-parse-as-library", "-emit-library", "-import-objc-header", "\(header)/nnkit/plugin.h", source,
        "-o", library,
      ]
    }
    return [
      "cc", "-O3", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC", "-fvisibility=hidden",
      "-Wl,-z,defs,-z,now", "-I", header, source, "-lm", "-o", library,
    ]
  }
}
