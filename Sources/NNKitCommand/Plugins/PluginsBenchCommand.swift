import ArgumentParser
import NNKit
import NNKitPluginChecks

extension PluginsCommand {
  /// `nnkit plugins bench`: how long functions take.
  struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "bench",
      abstract: "Measures the speed of functions, forward and backward, in nanoseconds for each element.",
      discussion: """
        Examples:
          nnkit plugins bench
              every function
          nnkit plugins bench gelu silu
              two of them
        """)

    @Argument(help: "Names of functions; default: all activations, losses and kinds of neurons.")
    var names: [String] = []
    @OptionGroup var options: PluginOptions

    func run() throws {
      let plugins = try options.plugins()
      let known = plugins.used.filter { $0.kind.isTimed }
      for name in names where !known.contains(where: { $0.name == name }) {
        guard let other = plugins.functions[name] else { throw plugins.unknown(name) }
        let timed = PluginKind.all.filter(\.isTimed).map(\.plural)
        throw ValidationError(
          "`\(name)` is a \(other.kind); bench measures \(timed.dropLast().joined(separator: ", ")) and"
            + " \(timed.last ?? "nothing")")
      }
      let counts = [32, 1024, 1_000_000]
      var rows = [["function", "call", "type"] + counts.map { "\(grouped($0))" }]
      for function in known.sorted(by: { ($0.kind.name, $0.name) < ($1.kind.name, $1.name) })
      where names.isEmpty || names.contains(function.name) {
        for speed in try FunctionSpeed.measure(function, counts: counts) {
          rows.append([function.name, speed.call, speed.precision] + speed.nanoseconds.map { fixed($0, 3) })
        }
      }
      print("nanoseconds an element, for blocks of so many elements")
      print(aligned(rows, rightAligned: [3, 4, 5]).joined(separator: "\n"))
    }
  }
}
