// The readers of files that others made, fed with what libFuzzer invents: each may refuse it, none may crash, hang or
// take more memory than the file is worth. NNKIT_FUZZ_TARGET says which reader.
import Foundation
import NNKit
import NNKitExchange
import NNKitRuns

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// A file in memory for readers that take a path.
func file(_ name: String, _ bytes: some Collection<UInt8>) throws -> String {
  let path = "/dev/shm/nnkit-fuzz-\(getpid())-\(name)"
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  defer { close(descriptor) }
  let bytes = Array(bytes)
  guard write(descriptor, bytes, bytes.count) == bytes.count else { throw CocoaError(.fileWriteUnknown) }
  return path
}

func readConfiguration(_ bytes: [UInt8]) throws {
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  let configuration = try Configuration(text, file: "/fuzz/config.yaml")
  let resolved = try configuration.resolved()
  let again = try Configuration(resolved, file: "/fuzz/config.yaml")
  precondition(again == configuration, "resolved to something else")
}

func readCSV(_ bytes: [UInt8]) throws {
  var random = RandomSource(seed: 1)
  let source = CSVSource(path: try file("csv", bytes.dropFirst()), header: bytes.first == 1, target: [.number(0)])
  _ = try DataSource.csv(source).read(Float.self, random: &random)
}

func readIDX(_ bytes: [UInt8]) throws {
  guard bytes.count > 2 else { return }
  var random = RandomSource(seed: 1)
  let length = min(Int(bytes[0]) | Int(bytes[1]) << 8, bytes.count - 2)
  let images = try file("images", bytes[2..<2 + length])
  let labels = try file("labels", bytes[(2 + length)...])
  _ = try DataSource.idx(IDXSource(images: images, labels: labels)).read(Float.self, random: &random)
}

final class Own: Neuron<Float> {}

func readModel(_ bytes: [UInt8]) throws {
  let file = try Safetensors(bytes, path: "fuzz.safetensors")
  // What neurons of extended types may promise is held to the file's size too: see -rss_limit_mb in the Makefile.
  _ = try Model<Float>(
    file, path: "fuzz.safetensors", plugins: Plugins(surveying: SearchPath([], environment: [:])),
    neurons: ["Own": { inputs, activation, _ in Own(inputs: inputs, activation: activation) }])
}

enum Bundled {
  /// The functions that the build folder has beside this program.
  static let plugins = Plugins(surveying: SearchPath([], environment: [:]))
}

func readONNX(_ bytes: [UInt8]) throws {
  var file = try ONNXImport(bytes, path: "fuzz.onnx", plugins: Bundled.plugins)
  let model = try file.model(Float.self)
  precondition(model.network.inputCount > 0, "a network without inputs")
}

func readFANN(_ bytes: [UInt8]) throws {
  var file = try FANNNetwork(bytes, path: "fuzz.net")
  _ = try file.model(Float.self, plugins: Bundled.plugins)
}

func readNPY(_ bytes: [UInt8]) throws {
  var random = RandomSource(seed: 1)
  let path = try file("npy", bytes)
  _ = try DataSource.npy(NPYSource(inputs: path, targets: path)).read(Float.self, random: &random)
}

func readNPZ(_ bytes: [UInt8]) throws {
  var random = RandomSource(seed: 1)
  let path = try file("npz", bytes)
  let source = NPYSource(inputs: path, targets: path, names: .init(inputs: "x", targets: "y"))
  _ = try DataSource.npy(source).read(Float.self, random: &random)
}

let readers: [String: ([UInt8]) throws -> Void] = [
  "config": readConfiguration, "csv": readCSV, "idx": readIDX, "safetensors": readModel,
  "onnx": readONNX, "fann": readFANN, "npy": readNPY, "npz": readNPZ,
  "elf": { bytes in
    _ = ElfImage.problem(in: bytes)
    _ = ElfImage.needs(of: bytes)
  },
]
let name = ProcessInfo.processInfo.environment["NNKIT_FUZZ_TARGET"] ?? ""
guard let chosen = readers[name] else {
  print("NNKIT_FUZZ_TARGET is `\(name)`, expected one of \(readers.keys.sorted().joined(separator: ", "))")
  exit(2)
}
nonisolated(unsafe) let reader = chosen
var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(
  runDriver(&count, &arguments) { bytes, count in
    try? reader(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  })
