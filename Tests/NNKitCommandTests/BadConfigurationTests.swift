import Foundation
import Testing

@Suite("wrong configurations and wrong usage")
struct BadConfigurationTests {
  static let base = """
    data:
      train: {generator: xor}
    network:
      layers:
        - {neurons: 2, activation: tanh}
        - {neurons: 1, activation: sigmoid}
    loss: binary_cross_entropy
    training:
      epochs: 1
      optimizer: {name: sgd, learning_rate: 0.5}
    """

  struct Mistake: CustomTestStringConvertible, Sendable {
    let find: String
    let put: String
    let message: [String]
    var testDescription: String { put.isEmpty ? "without \(find)" : put }
  }

  static let mistakes = [
    Mistake(
      find: "epochs: 1", put: "epoch: 1", message: ["bad.yaml:9:3", "unknown key `epoch`", "did you mean `epochs`"]),
    Mistake(
      find: "epochs: 1", put: "epochs: many", message: ["bad.yaml:9:11", "`training.epochs` is `many`", "whole number"]),
    Mistake(find: "epochs: 1", put: "epochs: -1", message: ["bad.yaml:9:11", "whole number"]),
    Mistake(find: "epochs: 1", put: "epochs: 1.5", message: ["bad.yaml:9:11", "whole number"]),
    Mistake(find: "epochs: 1", put: "epochs: \"1\"", message: ["bad.yaml:9:11", "the text \"1\""]),
    Mistake(find: "epochs: 1", put: "batch: 0", message: ["bad.yaml:9:10", "whole number"]),
    Mistake(find: "epochs: 1", put: "epochs:", message: ["bad.yaml:9", "empty"]),
    Mistake(find: "name: sgd", put: "name: sdg", message: ["bad.yaml:10:21", "did you mean `sgd`"]),
    Mistake(find: "rate: 0.5", put: "rate: 0", message: ["bad.yaml:10:41", "a number > 0"]),
    Mistake(find: "rate: 0.5", put: "rate: .nan", message: ["bad.yaml:10:41", "a number > 0"]),
    Mistake(
      find: "learning_rate: 0.5", put: "rate: 0.5",
      message: ["bad.yaml:10:26", "`rate` of `training.optimizer` is called `learning_rate` now"]),
    Mistake(
      find: "learning_rate: 0.5", put: "beta1: 0.5", message: ["unknown key `beta1`", "rate, momentum, nesterov"]),
    Mistake(find: "learning_rate: 0.5", put: "nesterov: true", message: ["nesterov needs a momentum"]),
    Mistake(find: "neurons: 2", put: "neurons: 0", message: ["bad.yaml:5:17", "whole number in 1..."]),
    Mistake(find: "activation: tanh", put: "activation: [tanh, relu, relu]", message: ["3 activations for 2 neurons"]),
    Mistake(
      find: "activation: tanh", put: "activation: {name: tanh, slope: 1}",
      message: ["bad.yaml:5", "`tanh` has no parameter `slope`"]),
    Mistake(
      find: "activation: tanh", put: "activation: {name: celu, alpha: 0}",
      message: ["parameter `alpha` of `celu` is 0.0"]),
    Mistake(
      find: "activation: tanh", put: "activation: tanh, weights: [[1], [2]]",
      message: ["weights are for 1 inputs", "has 2"]),
    Mistake(
      find: "activation: tanh", put: "activation: tanh, weights: [[1, 2]]",
      message: ["weights for 1 neurons, the layer has 2"]),
    Mistake(
      find: "activation: tanh", put: "activation: tanh, weights: [[1, 2], [3]]", message: ["neuron 1 has 1 weights"]),
    Mistake(find: "activation: tanh", put: "activation: tanh, biases: [1]", message: ["1 biases for 2 neurons"]),
    Mistake(find: "activation: tanh", put: "activation: tanh, frozen: [weight]", message: ["did you mean `weights`"]),
    Mistake(
      find: "activation: tanh", put: "activation: tanh, initializer: he", message: ["did you mean", "he_normal"]),
    Mistake(
      find: "neurons: 1,", put: "neurons: 3,", message: ["bad.yaml:2", "2 classes, but the network has 3 outputs"]),
    Mistake(
      find: "activation: sigmoid", put: "activation: tanh",
      message: ["bad.yaml:7:7", "binary_cross_entropy is defined for outputs in [0.0, 1.0]"]),
    Mistake(
      find: "loss: binary_cross_entropy", put: "loss: binary_crossentropy",
      message: ["bad.yaml:7:7", "did you mean `binary_cross_entropy`"]),
    Mistake(
      find: "loss: binary_cross_entropy", put: "loss: sigmoid",
      message: ["`sigmoid` is the name of an activation function"]),
    Mistake(find: "generator: xor", put: "generator: xnor", message: ["bad.yaml:2", "did you mean `xor`"]),
    Mistake(
      find: "generator: xor", put: "generator: {name: xor, noise: -1}",
      message: ["`data.train.generator.noise` is `-1`"]),
    Mistake(
      find: "generator: xor", put: "generator: xor, idx: 1", message: ["exactly one of inline, csv, idx, generator"]),
    Mistake(
      find: "train: {generator: xor}", put: "train: {inline: [{input: [1], target: [2]}]}",
      message: ["target 0 of sample 0 is 2", "binary_cross_entropy takes targets in 0.0...1.0"]),
    Mistake(
      find: "train: {generator: xor}",
      put: "train: {inline: [{input: [1, 2], target: [0]}, {input: [1], target: [0]}]}",
      message: ["sample 1", "bad.yaml:2"]),
    Mistake(
      find: "train: {generator: xor}", put: "train: {csv: {path: none.csv, target: a}}",
      message: ["none.csv", "No such file"]),
    Mistake(find: "train: {generator: xor}", put: "train: {idx: {images: a, labels: b}}", message: ["No such file"]),
    Mistake(
      find: "  train: {generator: xor}", put: "  train: {generator: xor}\n  validation: 1", message: ["bad.yaml:3:15"]),
    Mistake(
      find: "network:", put: "network:\n  inputs: 3", message: ["`network.inputs` is 3, but the samples have 2 inputs"]),
    Mistake(
      find: "epochs: 1", put: "early_stopping: {metric: validation_loss, patience: 3}",
      message: ["validation_loss", "no validation data"]),
    Mistake(
      find: "optimizer: {name: sgd, learning_rate: 0.5}", put: "optimizer: rprop\n  schedule: cosine",
      message: ["bad.yaml:11:13", "rprop", "would change nothing"]),
    Mistake(find: "neurons: 2", put: "neurons: 9223372036854775807", message: ["bad.yaml:5:17", "whole number in"]),
    Mistake(
      find: "neurons: 2", put: "neurons: 100000000, activation: relu}\n    - {neurons: 100000000",
      message: ["GB of memory"]),
    Mistake(find: "loss: binary_cross_entropy\n", put: "", message: ["lacks the key `loss`"]),
    Mistake(find: "loss:", put: "seed: -1\nloss:", message: ["bad.yaml:7:7", "whole number >= 0"]),
    Mistake(find: "loss:", put: "loss: a\nloss:", message: ["`loss`", "given twice"]),
    Mistake(find: "loss:", put: "loss: [", message: ["bad.yaml:", "not YAML"]),
    Mistake(find: "loss:", put: "precision: float16\nloss:", message: ["one of float32, float64"]),
    Mistake(find: "loss:", put: "name: a/b\nloss:", message: ["a name without `/`"]),
  ]

  @Test("each mistake is told with its place, what was expected and the nearest known name", arguments: mistakes)
  func mistake(_ mistake: Mistake) throws {
    let folder = try TemporaryFolder()
    let text = Self.base.replacingOccurrences(of: mistake.find, with: mistake.put)
    try #require(text != Self.base)
    let config = try folder.write(text, to: "bad.yaml")
    try Command("run", config, "--output", folder.path("run")).expectFailure(mistake.message)
    #expect(!folder.exists("run"))
  }

  @Test("the configuration these mistakes are made in is sound, as YAML and as JSON")
  func sound() throws {
    let folder = try TemporaryFolder()
    #expect(try Command("check", folder.write(Self.base, to: "good.yaml")).code == 0)
    let json = """
      {"data": {"train": {"generator": "xor"}}, "network": {"layers": [{"neurons": 1, "activation": "sigmoid"}]},
       "loss": {"name": "binary_cross_entropy"}, "training": {"epochs": 1}}
      """
    #expect(try Command("check", folder.write(json, to: "good.json")).code == 0)
  }

  @Test("--set reaches any value, and its mistakes are told as its own")
  func set() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(Self.base, to: "good.yaml")
    let told = try Command(
      "check", config, "--set", "network.layers.0.neurons=7", "--set", "training.regularization.l2=0.1")
    #expect(told.code == 0 && told.output.contains("29 parameters"), "\(told.output)\(told.errors)")
    try Command("check", config, "--set", "training.epochs=x")
      .expectFailure(["--set training.epochs=x: `training.epochs` is `x`"])
    try Command("check", config, "--set", "network.layers.5.neurons=7").expectFailure([
      "`5` is not an element", "0..<2",
    ])
    try Command("check", config, "--set", "nonsense").expectFailure(["expected key.path=value"])
  }

  @Test(
    "wrong usage has the exit code 2",
    arguments: [
      ["run"], ["run", "a", "b"], ["nonsense"], ["explain", "x", "--format", "xml"], ["run", "a", "--threads", "0"],
      ["gradcheck", "a", "--samples", "0"], ["predict", "a"], ["plugins", "show"],
    ])
  func usage(_ arguments: [String]) throws {
    let command = try Command(arguments)
    #expect(command.code == 2 && command.errors.contains("Usage:"), "\(command.errors)")
  }

  @Test("what --set made is told as --set, on the way to its value too")
  func settings() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(Self.base, to: "set.yaml")
    for (setting, words) in [
      ("foo.bar=1", "unknown key `foo`"), ("training.epochs.x=1", "`training.epochs` is a mapping"),
      ("loss=", "`loss` is empty"),
    ] {
      try Command("check", config, "--set", setting).expectFailure(["--set \(setting): \(words)"])
    }
  }

  @Test("a byte order mark is no part of the configuration")
  func byteOrderMark() throws {
    let folder = try TemporaryFolder()
    let command = try Command("check", folder.write("\u{FEFF}\(Self.base)", to: "mark.yaml"))
    #expect(command.code == 0, "\(command.errors)")
  }

  @Test("help and version are no errors")
  func help() throws {
    for arguments in [["--help"], ["run", "--help"], ["--version"], ["help", "plugins"]] {
      let command = try Command(arguments)
      #expect(command.code == 0 && !command.output.isEmpty)
    }
  }

  @Test("an IDX file that is truncated, of another kind or mismatched is told as such")
  func idx() throws {
    let folder = try TemporaryFolder()
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2] + (0..<8)
    try folder.write(images, to: "images")
    try folder.write([0, 0, 8, 1, 0, 0, 0, 2, 0, 1], to: "labels")
    try folder.write([0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 0], to: "more")
    try folder.write(Array(images.dropLast()), to: "cut")
    try folder.write([1, 2, 3, 4, 5, 6, 7, 8], to: "magic")
    try folder.write([0, 0, 8, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 0, 0, 0, 1, 0, 0], to: "huge")
    func check(_ images: String, _ labels: String) throws -> Command {
      let source = "{idx: {images: \(images), labels: \(labels)}}"
      let text = Self.base.replacingOccurrences(of: "{generator: xor}", with: source)
      return try Command("check", folder.write(text, to: "idx.yaml"))
    }
    #expect(try check("images", "labels").code == 0)
    try check("cut", "labels").expectFailure(["cut", "truncated"])
    try check("magic", "labels").expectFailure(["magic", "IDX"])
    try check("images", "more").expectFailure(["3 labels", "2 images"])
    try check("images", "missing").expectFailure(["missing", "No such file"])
    try check("huge", "labels").expectFailure(["huge"])
  }

  @Test("a ragged row and a word among numbers are told with line and column")
  func csv() throws {
    let folder = try TemporaryFolder()
    func check(_ rows: String) throws -> Command {
      try folder.write(rows, to: "data.csv")
      let text = Self.base.replacingOccurrences(of: "{generator: xor}", with: "{csv: {path: data.csv, target: y}}")
      return try Command("check", folder.write(text, to: "csv.yaml"))
    }
    #expect(try check("a,b,y\n1,2,0\n3,4,1\n").code == 0)
    try check("a,b,y\n1,2,0\n3,1\n").expectFailure(["data.csv:3:", "2 cells", "expected 3"])
    try check("a,b,y\n1,2,0\n3,four,1\n").expectFailure(["data.csv:3:3", "`four`", "number"])
    try check("a,b,z\n1,2,0\n").expectFailure(["no column `y`"])
  }
}
