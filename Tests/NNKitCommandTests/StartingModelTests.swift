import Foundation
import Testing

/// A training that starts from a model reads samples as the model does: where the configuration says otherwise, it is
/// refused, with the places of both.
@Suite("what a configuration says beside `network.from`")
struct StartingModelTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let rows = (0..<24).map { index in
      "\(["Thai", "Burger", "French"][index % 3]),\(["low", "high"][index % 2]),\(index % 4 == 0 ? "" : "\(20 + index % 11)"),"
        + (index % 3 == 0 ? "in" : "out") + ",\(index)"
    }
    try folder.write("Type,Stars,Age,Enter,Row\n" + rows.joined(separator: "\n") + "\n", to: "train.csv")
    try write(Self.rules, network: Self.layers)
    let run = try nnkit("run", "config.yaml", "--output", "run", "--quiet")
    try #require(run.code == 0, "\(run.errors)")
  }

  private static let rules = "columns: {Stars: {ordered: [low, high]}}, missing: {Age: mean}, exclude: [Row]"
  private static let layers = "layers: [{neurons: 3, activation: tanh}, {neurons: 2, activation: softmax}]"

  private func write(
    _ rules: String, data: String = "  scale: {Age: standard}", network: String = "from: run/model.safetensors"
  ) throws {
    try folder.write(
      """
      data:
        train: {csv: {path: train.csv, target: Enter, \(rules)}}
      \(data)
      network: {\(network)}
      loss: cross_entropy
      training: {epochs: 2, batch: 8, optimizer: {name: adam, learning_rate: 0.05}}

      """, to: "config.yaml")
  }

  private func nnkit(_ arguments: String...) throws -> Command { try Command(arguments, in: folder.path) }

  private func expectRefused(_ rules: String, _ parts: [String]) throws {
    try write(rules)
    for command in [["check", "config.yaml"], ["run", "config.yaml", "--output", "refused"]] {
      try Command(command, in: folder.path).expectFailure(parts + ["`network.from` (", "config.yaml:4:"])
    }
    #expect(!folder.exists("refused"))
  }

  @Test("the same rules are accepted, no rules are the model's, and check says which these are")
  func same() throws {
    for rules in [Self.rules, "exclude: [Row]", "columns: {Type: categorical, Age: number}, exclude: [Row]"] {
      try write(rules)
      let check = try nnkit("check", "config.yaml")
      #expect(check.code == 0, "\(check.errors)")
      #expect(check.output.contains("`Type` categorical, `Burger`, `French`, `Thai`"))
      #expect(check.output.contains("`Stars` ordered, `low`, `high`"))
      #expect(check.output.contains("`Age` number, missing values: mean"))
      let run = try nnkit("run", "config.yaml", "--output", "same", "--quiet")
      #expect(run.code == 0, "\(run.errors)")
      try FileManager.default.removeItem(atPath: "\(folder.path)/same")
    }
  }

  @Test("rules that the model contradicts are refused with the places of both")
  func others() throws {
    try expectRefused(
      "columns: {Type: number}, exclude: [Row]",
      ["config.yaml:2:", "`Type` is said to be number", "has it as categorical"])
    try expectRefused(
      "columns: {Stars: {ordered: [high, low]}}, exclude: [Row]", ["ordered, `high`, `low`", "ordered, `low`, `high`"])
    try expectRefused("columns: {Stars: categorical}, exclude: [Row]", ["`Stars` is said to be categorical"])
    try expectRefused("columns: {Age: skip}, exclude: [Row]", ["`columns` skips", "`Age`", "takes it as an input"])
    try expectRefused(
      "missing: {Age: drop}, exclude: [Row]", ["missing values of column `Age`", "says drop", "has mean"])
    try expectRefused("missing: error, exclude: [Row]", ["`Age`", "says error", "has mean"])
    try expectRefused("missing: mode, exclude: [Row]", ["`Type`", "says mode", "has error"])
    try expectRefused(
      "unseen: {Type: input}, exclude: [Row]", ["`Type`", "no training row has", "has no input for them"])
    try expectRefused("columns: {Row: categorical}", ["column `Row`", "does not take it"])
  }

  @Test("a column that the model does not take is not read, and check says so")
  func unused() throws {
    try write("missing: {Age: mean}")
    #expect(try nnkit("check", "config.yaml").output.contains("does not take column `Row`; what is there is not read"))
  }

  @Test("an order of the classes that is not the model's is refused")
  func classes() throws {
    try write("columns: {Enter: {ordered: [out, in]}}, exclude: [Row]")
    try nnkit("check", "config.yaml").expectFailure([
      "config.yaml:2:", "order `out`, `in`", "in the order `in`, `out`", "config.yaml:4:",
    ])
    try write("columns: {Enter: {ordered: [in, out]}}, exclude: [Row]")
    #expect(try nnkit("check", "config.yaml").code == 0)
  }

  @Test("another scaling, loss or weighting than the model's is said, and so is the model's own scaling")
  func notes() throws {
    try write("exclude: [Row]", data: "  scale: {Age: unit}")
    #expect(try nnkit("check", "config.yaml").output.contains("inputs are scaled by `data.scale`"))
    try write("exclude: [Row]", data: "")
    #expect(try nnkit("check", "config.yaml").output.contains("inputs are scaled as the model has it"))
    try write("exclude: [Row]")
    #expect(try !nnkit("check", "config.yaml").output.contains("scaled"))
    let other = try nnkit("check", "config.yaml", "--set", "loss=mean_squared_error")
    #expect(other.output.contains("trained with the loss cross_entropy, this training takes mean_squared_error"))
  }

  @Test("targets that are numbers are matched by name; `scale` for all is for targets too")
  func targets() throws {
    let rows = (0..<12).map { "\($0),\($0 % 5),\(2 * $0),\(100 - $0),\($0 * $0)" }
    try folder.write("a,b,double,left,square\n" + rows.joined(separator: "\n") + "\n", to: "numbers.csv")
    func write(_ target: String, _ network: String, scale: String = "", epochs: Int) throws {
      try folder.write(
        """
        data:
          train: {csv: {path: numbers.csv, input: [a, b], target: \(target)}}
        \(scale)
        network: {\(network)}
        loss: squared_error
        training: {epochs: \(epochs), batch: 12, optimizer: {name: sgd, learning_rate: 0.001}}

        """, to: "numbers.yaml")
    }
    try write("[double, left]", "layers: [{neurons: 2, activation: identity}]", scale: "  scale: standard", epochs: 20)
    #expect(try nnkit("run", "numbers.yaml", "--output", "numbers", "--quiet").code == 0)
    try write("[left, double]", "from: numbers/model.safetensors", epochs: 0)
    #expect(try nnkit("run", "numbers.yaml", "--output", "turned", "--quiet").code == 0)
    let loss = try JSON(folder.read("numbers/summary.json"))["final_train_loss"].number
    #expect(try JSON(folder.read("turned/summary.json"))["final_train_loss"].number == loss)
    try write("[left, square]", "from: numbers/model.safetensors", epochs: 0)
    try nnkit("check", "numbers.yaml").expectFailure(["`left`, `square`", "`double`, `left`"])
  }

  @Test("an image size that is not the model's is refused where it stands")
  func image() throws {
    let rows = (0..<8).map { index in (0..<16).map { "\(($0 * index) % 5)" }.joined(separator: ",") + ",\(index % 2)" }
    let header = (0..<16).map { "p\($0)" }.joined(separator: ",") + ",y"
    try folder.write(header + "\n" + rows.joined(separator: "\n") + "\n", to: "pixels.csv")
    func write(_ network: String) throws {
      try folder.write(
        """
        data: {train: {csv: {path: pixels.csv, target: y}}}
        network:
          \(network)
        loss: binary_cross_entropy
        training: {epochs: 1}

        """, to: "pixels.yaml")
    }
    let layers =
      "layers: [{neurons: 2, kernel: 3, activation: tanh}, {neurons: 1, activation: sigmoid}]"
    try write("image: {channels: 1, height: 4, width: 4}\n  \(layers)")
    #expect(try nnkit("run", "pixels.yaml", "--output", "pixels", "--quiet").code == 0)
    try write("from: pixels/model.safetensors\n  image: {channels: 1, height: 2, width: 8}")
    try nnkit("check", "pixels.yaml").expectFailure(["pixels.yaml:4:", "1 × 2 × 8", "pixels.yaml:3:", "1 × 4 × 4"])
    try write("from: pixels/model.safetensors\n  image: {channels: 1, height: 3, width: 3}")
    try nnkit("check", "pixels.yaml").expectFailure(["pixels.yaml:4:", "takes 16 inputs"])
    try write("from: pixels/model.safetensors\n  image: {channels: 1, height: 4, width: 4}")
    #expect(try nnkit("check", "pixels.yaml").code == 0)
  }
}
