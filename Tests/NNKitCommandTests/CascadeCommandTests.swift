import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// `training: {cascade: …}` from the command line.
@Suite struct CascadeCommandTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(
    _ training: String, network: String = "{neurons: 1, activation: sigmoid}", to name: String = "config.yaml"
  ) throws {
    try folder.write(
      """
      seed: 2
      data: {train: {generator: {name: parity, bits: 6}}}
      network: {layers: [\(network)]}
      loss: binary_cross_entropy
      training:
        \(training)

      """, to: name)
  }

  private func nnkit(_ arguments: String...) throws -> Command { try Command(arguments, in: folder.path) }

  private static let cascade =
    "cascade: {neurons: 8, activations: [tanh, {name: sine, steepness: 0.5}, relu], steepnesses: [0.5, 1]}"

  @Test("a run grows a network, and leaves a usual model with metrics, report, explanation and predictions")
  func run() throws {
    try write(Self.cascade + "\n  stop: {bit_fail: 0}")
    let check = try nnkit("check", "config.yaml")
    #expect(check.output.contains("a cascade of up to 8 neurons, one more each epoch, irpropm"))
    let run = try nnkit("run", "config.yaml", "--output", "run")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("Stop: no more than 0 outputs were off"))
    let summary = try JSON(folder.read("run/summary.json"))
    #expect(summary["final_train_accuracy"].number == 1)
    let epochs = Int(try #require(summary["epochs"].number))
    let lines = try folder.read("run/metrics.jsonl").split(separator: "\n")
    #expect(lines.count == epochs && epochs > 1)
    // 6 inputs and as many neurons as there were rounds after the first; a weight for each, and a bias.
    let neurons = epochs - 1
    let parameters = (0..<neurons).reduce(7 + neurons) { $0 + 7 + $1 }
    #expect(summary["parameters"].number == Double(parameters))
    #expect(try nnkit("evaluate", "run").output.contains("1.0000"))
    let explained = try JSON(nnkit("explain", "run", "--sample", "5", "--format", "json").output)
    #expect(explained["layers"].list.count == epochs)
    #expect(try folder.exists("run/report.html") && nnkit("report", "run").code == 0)
    #expect(try nnkit("gradcheck", "config.yaml").code == 0)
    // The resolved configuration, run again, gives the same bytes.
    #expect(try nnkit("run", "run/config.yaml", "--output", "again", "--quiet").code == 0)
    #expect(try folder.bytes("again/model.safetensors") == folder.bytes("run/model.safetensors"))
  }

  @Test("a cascade that a signal ends is resumed to the same bytes; more neurons continue a finished one")
  func resumed() throws {
    try write("cascade: {neurons: 6}\n  optimizer: {name: irpropm, learning_rate: 0.05}\n  checkpoint: {epochs: 1}")
    #expect(try nnkit("run", "config.yaml", "--output", "whole", "--quiet").code == 0)
    for rounds in 1...2 {
      let name = "cut\(rounds)"
      let process = try StartedProcess(
        Checkout.nnkit, ["run", "config.yaml", "--output", name, "--quiet"], in: folder.path, errors: .nowhere)
      while process.isRunning,
        try !folder.exists("\(name)/metrics.jsonl")
          || folder.read("\(name)/metrics.jsonl").split(separator: "\n").count < rounds
      { usleep(500) }
      process.send(SIGINT)
      let code = process.wait()
      #expect([0, 130].contains(code))
      if code != 0 {
        #expect(try nnkit("run", "--resume", name, "--quiet").code == 0)
      }
      #expect(try folder.bytes("\(name)/model.safetensors") == folder.bytes("whole/model.safetensors"))
    }
    try write("cascade: {neurons: 3}\n  optimizer: {name: irpropm, learning_rate: 0.05}", to: "fewer.yaml")
    #expect(try nnkit("run", "fewer.yaml", "--output", "fewer", "--quiet").code == 0)
    let more = try nnkit("run", "--resume", "fewer", "--epochs", "7", "--quiet")
    #expect(more.code == 0, "\(more.errors)")
    #expect(try folder.bytes("fewer/model.safetensors") == folder.bytes("whole/model.safetensors"))
  }

  @Test("what does not go with a cascade is refused where it stands")
  func refused() throws {
    for (training, parts) in [
      ("epochs: 5\n  cascade: {}", ["config.yaml:6:", "no `epochs`", "neurons"]),
      ("batch: 5\n  cascade: {neurons: 2}", ["config.yaml:6:", "no `batch`"]),
      ("cascade: {neurons: 2}\n  optimizer: adam\n  schedule: cosine", ["config.yaml:8:", "no schedule"]),
      ("cascade: {neurons: -1}", ["config.yaml:6:", "neurons"]),
      ("cascade: {neuron: 3}", ["config.yaml:6:", "neurons"]),
      ("cascade: {activations: []}", ["config.yaml:6:26", "at least one activation"]),
      ("cascade: {activations: [tanh, sigmod]}", ["config.yaml:6:33", "did you mean `sigmoid`"]),
      ("cascade: {activations: [softmax]}", ["config.yaml:6", "takes a whole layer together"]),
      ("cascade: {steepnesses: [0]}", ["config.yaml:6:27", "> 0"]),
      ("cascade: {output: {epochs: 10}}", ["config.yaml:6", "`least_epochs` is 50, greater than `epochs`, 10"]),
      ("cascade: {candidate: {change: 2}}", ["config.yaml:6", "[0, 1)"]),
      ("cascade: 5", ["config.yaml:6", "a mapping"]),
    ] {
      try write(training)
      try nnkit("check", "config.yaml").expectFailure(parts)
      try nnkit("run", "config.yaml", "--output", "refused").expectFailure(parts)
      #expect(!folder.exists("refused"))
    }
    try write("cascade: {neurons: 2}", network: "{neurons: 3, activation: tanh}, {neurons: 1, activation: sigmoid}")
    try nnkit("check", "config.yaml").expectFailure(["config.yaml:6", "begins with the output layer alone", "2 layers"])
    try write("cascade: {neurons: 2}")
    try nnkit("view", "config.yaml").expectFailure(["config.yaml:6", "builds another network in each round"])
    try nnkit("find-rate", "config.yaml").expectFailure(["config.yaml:6", "builds another network in each round"])
  }
}
