import Foundation
import NNKit
import Testing

/// What is written can be read again, and what cannot is refused before a file is replaced.
@Suite struct SavedModelTests {
  private let folder = Result { try TemporaryFolder() }

  private func file(_ name: String) throws -> URL { try folder.get().file(name) }

  private func plain() throws -> Network<Float> {
    try network([2, 3, 2], Array(repeating: bundled().activation("tanh"), count: 2))
  }

  @Test("what reading would refuse is refused before the file is replaced")
  func refusedWhenWritten() throws {
    let (url, sound) = (try file("model.safetensors"), try plain())
    try Model(sound).write(to: url)
    let before = try Data(contentsOf: url)
    let broken = try plain()
    broken.layers[1].weights[1, 2] = .nan
    let unbiased = try plain()
    unbiased.layers[0].biases[2, 0] = .infinity
    let models: [(Model<Float>, String)] = [
      (Model(broken), "weight of layer 1, neuron 1 is nan"), (Model(unbiased), "bias of layer 0, neuron 2 is inf"),
      (Model(sound, inputScaling: Scaling(offset: [1, 2, 3], factor: [1])), "scaling has 3 numbers, expected 1 or 2"),
      (Model(sound, targetScaling: Scaling(offset: [], factor: [])), "scaling has 0 numbers"),
      (Model(sound, inputScaling: Scaling(offset: [.nan], factor: [1])), "not finite"),
      (Model(sound, classes: ["a", "b", "c"]), "3 classes, but 2 outputs"),
      (Model(sound, inputNames: ["a"]), "1 inputs, but 2 inputs"),
    ]
    for (model, words) in models {
      let error = #expect(throws: NetworkError.self) { try model.write(to: url) }
      #expect(error?.description.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
      #expect(try Data(contentsOf: url) == before)
    }
  }

  @Test("a scaling that does not fit is an error where a model answers, too")
  func scaling() throws {
    for (offset, factor) in [([], []), ([1, 2, 3], [1]), ([0], [.nan])] as [([Double], [Double])] {
      let model = Model(try plain(), inputScaling: Scaling(offset: offset, factor: factor))
      let error = #expect(throws: NetworkError.self) { try model.outputs(for: [[1, 2]]) }
      #expect(error?.description.contains("scaling") == true && error?.kind == .model)
    }
  }

  @Test("two classes of one name, or one with the name of NNKit's own, are not saved as each other")
  func classNames() throws {
    let tanh = try bundled().activation("tanh")
    let twins = try Network<Double>(
      layers: [Layer([One.Twin(inputs: 2, activation: tanh), Other.Twin(inputs: 2, activation: tanh)])], seed: 1)
    let named = try Network<Double>(layers: [Layer([Other.Neuron(inputs: 2, activation: tanh)])], seed: 1)
    for (network, name) in [(twins, "Twin"), (named, "Neuron")] {
      let error = #expect(throws: NetworkError.self) { try network.write(to: file("m")) }
      #expect(error?.description.contains("`\(name)`") == true && error?.description.contains("typeName") == true)
    }
    #expect(!FileManager.default.fileExists(atPath: try file("m").path))
  }

  @Test("settings of a neuron's own are saved and handed to its factory")
  func settings() throws {
    let tanh = try bundled().activation("tanh")
    let network = try Network<Double>(
      layers: [Layer([ShareNeuron(inputs: 2, activation: tanh, share: 0.25), Neuron(inputs: 2, activation: tanh)])],
      seed: 1)
    try network.write(to: file("m"))
    let loaded = try Network<Double>(
      contentsOf: file("m"), plugins: bundled(),
      neurons: ["ShareNeuron": { try ShareNeuron(inputs: $0, activation: $1, settings: $2) }])
    #expect(try loaded.outputs(for: [0.5, -2]) == network.outputs(for: [0.5, -2]))
    #expect((loaded.output.neurons[0] as? ShareNeuron)?.share == 0.25)
    // Neurons without settings leave the file as it was before there were any.
    let plain = try Model(self.plain()).encoded()
    #expect(!String(decoding: plain, as: UTF8.self).contains("settings"))
  }

  @Test("what a factory makes is held to what was saved")
  func factories() throws {
    let (tanh, relu) = (try bundled().activation("tanh"), try bundled().activation("relu"))
    let network = try Network<Double>(
      layers: [Layer([ShareNeuron(inputs: 2, activation: tanh, share: 0.25)])], seed: 1)
    try network.write(to: file("m"))
    let cases: [(NeuronFactory<Double>, String)] = [
      ({ inputs, activation, _ in Neuron(inputs: inputs, activation: activation) }, "the class Neuron"),
      ({ inputs, _, _ in ShareNeuron(inputs: inputs, activation: relu, share: 0.25) }, "the activation relu"),
      ({ inputs, activation, _ in ShareNeuron(inputs: inputs, activation: activation, share: 1) }, "0.25"),
      ({ _, activation, _ in ShareNeuron(inputs: 3, activation: activation, share: 0.25) }, "a fan-in of 3"),
      ({ _, _, _ in throw NoShare() }, "NoShare"),
    ]
    for (factory, words) in cases {
      #expect {
        _ = try Network<Double>(contentsOf: file("m"), plugins: bundled(), neurons: ["ShareNeuron": factory])
      } throws: { "\($0)".contains(words) }
    }
  }

  @Test("a small file whose shapes promise much is refused before memory is made")
  func promises() throws {
    let types = (0..<200).map { $0 == 0 ? "ShareNeuron" : "Neuron" }
    let layer: [String: Any] = ["neurons": 200, "activations": [["name": "tanh"]], "types": types]
    let description = try JSONSerialization.data(
      withJSONObject: [
        "version": 1, "inputs": 1 << 24, "layers": [layer],
      ] as [String: Any])
    let header = try JSONSerialization.data(
      withJSONObject: [
        "__metadata__": ["nnkit": String(decoding: description, as: UTF8.self)],
        "layers.0.weights": ["dtype": "F32", "shape": [200, 0], "data_offsets": [0, 0]],
        "layers.0.biases": ["dtype": "F32", "shape": [200], "data_offsets": [0, 800]],
      ] as [String: Any])
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    let url = try file("promise")
    try Data(length + header + [UInt8](repeating: 0, count: 800)).write(to: url)
    let made = Counter()
    let error = #expect(throws: FileError.self) {
      try Model<Float>(
        contentsOf: url, plugins: bundled(),
        neurons: [
          "ShareNeuron": { inputs, activation, _ in
            made.count += 1
            return Neuron(inputs: inputs, activation: activation)
          }
        ])
    }
    #expect(error?.description.contains("layer 0") == true && made.count == 0)
  }

  // MARK: Files

  @Test("threads that write one file leave one of them whole")
  func threads() async throws {
    let url = try file("shared")
    let models = try (0..<4).map { seed in
      try Model(
        network(
          [40, 50, 2], Array(repeating: bundled().activation("tanh"), count: 2), seed: UInt64(seed), as: Float.self)
      )
      .encoded()
    }
    await withTaskGroup(of: Void.self) { group in
      for bytes in models {
        group.addTask {
          for _ in 0..<25 { #expect(throws: Never.self) { try WholeFile.write(bytes, to: url.path, isDurable: false) } }
        }
      }
    }
    #expect(models.contains(Array(try Data(contentsOf: url))))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.get().path) == ["shared"])
  }

  @Test("a file keeps its mode, a symbolic link stays one, and what is no file is refused")
  func kindsOfFiles() throws {
    let manager = FileManager.default
    let (url, link, dangling) = (try file("m"), try file("link"), try file("dangling"))
    try plain().write(to: url)
    try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
    try manager.createSymbolicLink(atPath: link.path, withDestinationPath: "m")
    try manager.createSymbolicLink(atPath: dangling.path, withDestinationPath: "new")
    let other: Network<Float> = try network([1, 1], [bundled().activation("tanh")])
    try other.write(to: link)
    #expect(try manager.destinationOfSymbolicLink(atPath: link.path) == "m")
    #expect(try Network<Float>(contentsOf: url, plugins: bundled()).inputCount == 1)
    #expect(try manager.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int == 0o600)
    try other.write(to: dangling)
    #expect(try manager.destinationOfSymbolicLink(atPath: dangling.path) == "new")
    #expect(try Network<Float>(contentsOf: file("new"), plugins: bundled()).inputCount == 1)
    for path in ["/dev/null", try folder.get().path] {
      let error = #expect(throws: FileError.self) { try other.write(to: URL(filePath: path)) }
      #expect(error?.description.contains("regular file") == true)
    }
    #expect(try manager.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType == .typeCharacterSpecial)
    let web = try #require(URL(string: "https://example.org/model.safetensors"))
    for call in [{ try other.write(to: web) }, { _ = try Network<Float>(contentsOf: web, plugins: bundled()) }] {
      let error = #expect(throws: FileError.self) { try call() }
      #expect(error?.description.contains("address of a file") == true)
    }
  }
}

private final class Counter { var count = 0 }

private struct NoShare: Error {}

/// A neuron with a setting of its own: z = share · (w · x + b).
private final class ShareNeuron: Neuron<Double> {
  let share: Double
  override var settings: [String: Double] { ["share": share] }

  init(inputs fanIn: Int, activation: Activation, share: Double) {
    self.share = share
    super.init(inputs: fanIn, activation: activation)
  }

  convenience init(inputs fanIn: Int, activation: Activation, settings: [String: Double]) throws {
    guard let share = settings["share"] else { throw NoShare() }
    self.init(inputs: fanIn, activation: activation, share: share)
  }

  override func combine() throws {
    try super.combine()
    for c in weightedInputs.indices { weightedInputs[c] *= share }
  }
}

private enum One { final class Twin: NNKit.Neuron<Double> {} }
private enum Other {
  final class Twin: NNKit.Neuron<Double> {}
  final class Neuron: NNKit.Neuron<Double> {}
}
