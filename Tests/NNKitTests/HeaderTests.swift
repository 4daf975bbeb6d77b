import Foundation
import NNKit
import Testing

@Suite("The C headers compile as C and as C++")
struct HeaderTests {
  private static let strict = ["-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]

  @Test(
    "nnkit/plugin.h compiles without a warning in each language",
    arguments: [
      ("cc", "c11"), ("cc", "c17"), ("c++", "c++11"), ("c++", "c++17"), ("c++", "c++20"),
    ])
  func pluginHeader(_ compiler: String, _ language: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.file(compiler == "cc" ? "header.c" : "header.cc")
    try Data("#include <nnkit/plugin.h>\n".utf8).write(to: file)
    try CCompiler.run(compiler, ["-std=\(language)"] + Self.strict + ["-I", CCompiler.headers.path, file.path])
  }

  @Test("a plugin in C++ fills in the structs and defines its entry")
  func pluginInCxx() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("square.cc")
    try Data(Self.square.utf8).write(to: file)
    try CCompiler.run(
      "c++",
      [
        "-std=c++17", "-Wall", "-Werror", "-shared", "-fPIC", "-Wl,-z,defs,-z,now", "-I", CCompiler.headers.path,
        file.path, "-o", folder.file("square.so").path,
      ])
    let plugins = try Plugins(searching: SearchPath([folder.path], environment: [:]))
    #expect(try plugins.activation("square").values(at: [-3, 2]) == ([9, 4], [-6, 4]))
  }

  private static let square = """
    #include <nnkit/plugin.h>

    static int evaluate(const double *, const nnkit_block *block, const double *z, double *a) {
      NNKIT_EACH(block, i) a[i] = z[i] * z[i];
      return 0;
    }
    static int backward(const double *, const nnkit_block *block, const double *z, const double *,
                        const double *received, double *delta) {
      NNKIT_EACH(block, i) delta[i] = received[i] * 2 * z[i];
      return 0;
    }
    static nnkit_activation square() {
      nnkit_activation a = {};
      a.function = NNKIT_FUNCTION(nnkit_activation, NNKIT_ACTIVATION, "square", "the square", "a = z^2");
      a.evaluate = evaluate;
      a.backward = backward;
      return a;
    }
    static const nnkit_activation activation = square();
    extern "C" {
    NNKIT_PLUGIN("A Tester", "CC0-1.0", "0.1", &activation.function)
    }
    """
}
