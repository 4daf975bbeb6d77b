import Foundation
import NNKit
import NNKitExchange
import Testing

/// A network as a C file gives what nnkit gives.
@Suite struct CProgramTests {
  private let plugins: Plugins

  init() throws { plugins = try Plugins() }

  @Test func `every bundled activation and neuron kind gives the same outputs in C`() throws {
    let names = plugins.names(of: .activation).filter { $0 != "softmax" && $0 != "log_softmax" }
    let activations =
      try names.map { try plugins.activation($0) } + [
        plugins.activation("elu", parameters: ["alpha": 1.7]),
        plugins.activation("leaky_relu", parameters: ["slope": 0.2]),
        plugins.activation("celu", parameters: ["alpha": 0.6]),
      ]
    let kinds = try plugins.names(of: .neuron).map { try plugins.neuron($0) }
    #expect(names.count >= 22 && kinds.count >= 5)
    for last in ["softmax", "log_softmax"] {
      var layers = [try Layer<Double>(activations.map { Neuron(inputs: 5, activation: $0) })]
      layers.append(
        try Layer(
          kinds.map { try PluginNeuron(inputs: activations.count, activation: plugins.activation("tanh"), kind: $0) }))
      layers.append(try Layer(neurons: 3, inputs: kinds.count, activation: plugins.activation(last)))
      try expectSameOutputs(Model(Network(layers: layers, seed: 3)), isSinglePrecision: false)
    }
  }

  @Test func `scaled inputs and targets, names and single precision stay what they are`() throws {
    let layers = [
      try Layer<Float>(neurons: 4, inputs: 5, activation: plugins.activation("relu")),
      try Layer<Float>(neurons: 2, inputs: 4, activation: plugins.activation("identity")),
    ]
    let single = Model(
      try Network(layers: layers, seed: 5), classes: ["a\"??/b", "käse\n"],
      inputNames: ["*/ int x;", "b", "c", "d", "/* e"],
      inputScaling: Scaling(offset: [1, -2, 0, 3, 0.5], factor: [2, 0.5, 1, 0.1, 3]),
      targetScaling: Scaling(offset: [100], factor: [0.01]))
    let bytes = try single.encoded()
    let model = try Model<Double>(Safetensors(bytes, path: "model"), path: "model", plugins: plugins)
    try expectSameOutputs(model, isSinglePrecision: true)
  }

  @Test func `windows, pools, sums and joins give the same outputs in C`() throws {
    let names = ["relu", "tanh", "sigmoid", "relu"]
    let first = try SlidingWindow(
      channels: 2, height: 6, width: 5, kernel: 3, stride: ImageSize(height: 1, width: 2), padding: 1, groups: 2)
    let pool = try SlidingWindow(channels: 4, height: 6, width: 3, kernel: 3, stride: 1, padding: 1, groups: 4)
    let second = try SlidingWindow(channels: 4, height: 6, width: 3, kernel: 2, padding: 1, dilation: 2)
    let layers = try [
      Layer<Double>(names.map { Neuron(inputs: first.fanIn, activation: try plugins.activation($0)) }, window: first),
      Layer(pool: plugins.neuron("average"), window: pool, activation: plugins.activation("identity")),
      Layer(
        pool: plugins.neuron("maximum"), window: pool, activation: plugins.activation("tanh")),
      Layer(neurons: 5, window: second, activation: plugins.activation("softmax")),
      Layer(
        (0..<3).map { _ in
          try PluginNeuron(
            inputs: 5 * second.positions.count + 72, activation: plugins.activation("tanh"),
            kind: plugins.neuron("radial_basis"))
        }, sources: .concatenated([.layer(3), .layer(2)])),
      Layer(
        (0..<3).map { _ in Neuron(inputs: 72, activation: try plugins.activation("softmax")) },
        sources: .added([.layer(0), .layer(2)])),
    ]
    #expect(throws: NetworkError.self) { try Network(keepingWeightsOf: layers) }
    let last = try Layer<Double>(
      (0..<3).map { _ in Neuron(inputs: 75, activation: try plugins.activation("softmax")) },
      sources: .concatenated([.layer(4), .layer(0)]))
    let network = try Network(layers: Array(layers[..<5]) + [last], seed: 8)
    try expectSameOutputs(Model(network), isSinglePrecision: false)
  }

  @Test func `an extended neuron is refused by its class, layer and number`() throws {
    final class Own: Neuron<Double> {}
    let layer = try Layer([
      Neuron(inputs: 2, activation: plugins.activation("tanh")), Own(inputs: 2, activation: plugins.activation("tanh")),
    ])
    let program = CProgram(
      Model(try Network(keepingWeightsOf: [layer])), name: "x", isSinglePrecision: false, plugins: plugins)
    let error = #expect(throws: ExportError.self) { try program.text() }
    #expect(error?.description.contains("layer 0, neuron 1: the neuron class `Own`") == true)
  }

  /// Compiles the program as strictly as compilers can and compares its outputs for random samples with the model's.
  private func expectSameOutputs(_ model: Model<Double>, isSinglePrecision: Bool) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "nnkit-c-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var random = RandomSource(seed: 9)
    let count = model.network.inputCount
    let samples = (0..<20).map { _ in (0..<count).map { _ in Double(Float(4 * random.uniform() - 2)) } }
    try CProgram(model, name: "net.c", isSinglePrecision: isSinglePrecision, plugins: plugins).text()
      .write(to: folder.appending(path: "net.c"), atomically: true, encoding: .utf8)
    let rows = samples.map { "{" + $0.map(\.description).joined(separator: ", ") + "}" }.joined(separator: ", ")
    try """
    #include <stdio.h>
    void net_predict(const float *input, float *output);
    int main(void) {
      static const float samples[20][\(count)] = {\(rows)};
      for (int s = 0; s < 20; ++s) {
        float output[3] = {0, 0, 0};
        net_predict(samples[s], output);
        for (int k = 0; k < \(model.network.outputCount); ++k) printf("%.9g\\n", output[k]);
      }
      return 0;
    }
    """.write(to: folder.appending(path: "main.c"), atomically: true, encoding: .utf8)
    let flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wmissing-prototypes", "-Werror", "-O1"]
    try run(["cc"] + flags + ["-c", "net.c"], in: folder)
    try run(["cc", "net.o", "main.c", "-lm", "-o", "net"], in: folder)
    let lines = try run(["./net"], in: folder).split(separator: "\n")
    let expected = try model.outputs(for: samples).flatMap { $0 }
    #expect(lines.count == expected.count)
    for (line, value) in zip(lines, expected) {
      let found = try #require(Double(line))
      #expect(abs(found - value) <= 1e-6 * max(1, abs(value)), "\(found) in C, \(value) in nnkit")
    }
  }

  @discardableResult
  private func run(_ words: [String], in folder: URL) throws -> String {
    let pipe = Pipe()
    let process = try StartedProcess(
      "/usr/bin/env", words, in: folder.path, output: .pipe(pipe), errors: .pipe(pipe))
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    try #require(process.wait() == 0, "\(words.joined(separator: " ")): \(text)")
    return text
  }
}
