import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A run that is ended from outside and taken up again, as processes.
struct InterruptedRun {
  static let configuration = """
    seed: 3
    data: {train: {generator: {name: spirals, samples: 600, noise: 0.05}}, validation: 0.2, scale: standard}
    network: {layers: [{neurons: 24, activation: tanh}, {neurons: 16, activation: relu}, {neurons: 2, activation: softmax}]}
    loss: cross_entropy
    threads: 1
    training:
      epochs: 6
      batch: 7
      optimizer: {name: adam, learning_rate: 0.01}
      early_stopping: {metric: validation_loss, patience: 4}
    """

  let folder: TemporaryFolder
  let config: String

  init(checkpoint: String, _ more: String = "") throws {
    folder = try TemporaryFolder()
    config = try folder.write(Self.configuration + "\n  checkpoint: \(checkpoint)\n\(more)", to: "interrupted.yaml")
  }

  /// The model of a run that nobody interrupts.
  func reference() throws -> Data {
    let command = try Command("run", config, "--quiet", "--output", folder.path("reference"))
    try #require(command.code == 0, "\(command.errors)")
    return try folder.bytes("reference/model.safetensors")
  }

  /// Starts the run, or takes it up again where its folder is there.
  func start(
    _ name: String, _ options: [String] = [], errors: StartedProcess.Stream = .nowhere
  ) throws -> StartedProcess {
    let run = folder.exists(name) ? ["--resume", folder.path(name)] : [config, "--output", folder.path(name)]
    return try StartedProcess(Checkout.nnkit, ["run"] + run + ["--quiet"] + options, errors: errors)
  }

  /// Waits until there is a checkpoint, or the run has ended.
  func awaitCheckpoint(_ name: String, _ process: StartedProcess) throws {
    while process.isRunning && checkpoints(name).isEmpty { usleep(500) }
  }

  func checkpoints(_ name: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path("\(name)/checkpoints"))) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.sorted().map { "\(name)/checkpoints/\($0)" }
  }

  /// Every file that has its final name can be read.
  func expectSoundFiles(_ name: String) throws {
    guard folder.exists(name) else { return }
    #expect(try folder.read("\(name)/config.yaml").contains("threads: 1"))
    for path in checkpoints(name) { #expect(try Safetensors(contentsOf: folder.path(path)).isSealed) }
    for path in ["\(name)/model.safetensors"] where folder.exists(path) {
      #expect(try Safetensors(contentsOf: folder.path(path)).isSealed)
    }
    if folder.exists("\(name)/summary.json") { _ = try JSON(folder.read("\(name)/summary.json")) }
  }
}
