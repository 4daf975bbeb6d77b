import Foundation
import NNKit
import Testing

/// A run that an earlier version of nnkit left after four of six epochs: its configuration, its metrics and its checkpoint
/// have `rate` where there is `learning_rate` now.
@Suite("runs of earlier versions")
struct EarlierRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let fixture = try #require(Bundle.module.resourcePath) + "/Fixtures/earlier-run"
    try FileManager.default.copyItem(atPath: fixture, toPath: folder.path("run"))
    #expect(try folder.read("run/config.yaml").contains("{name: sgd, rate: 0.2,"))
  }

  private func weights(_ run: String) throws -> [[Double]] {
    let model = try Model<Double>(path: folder.path("\(run)/model.safetensors"), plugins: Plugins())
    return model.network.layers.flatMap { [$0.weights.values.flatMap(\.self), $0.biases.values.flatMap(\.self)] }
  }

  @Test("are resumed, and come to what a run of the same settings comes to")
  func resumed() throws {
    let command = try Command("run", "--resume", folder.path("run"), "--quiet")
    try #require(command.code == 0, "\(command.errors)")
    let config = try folder.write(
      folder.read("run/config.yaml").replacing("rate: 0.2", with: "learning_rate: 0.2"), to: "present.yaml")
    let present = try Command("run", config, "--quiet", "--output", folder.path("present"))
    try #require(present.code == 0, "\(present.errors)")
    let (resumed, whole) = (try weights("run"), try weights("present"))
    #expect(zip(resumed.joined(), whole.joined()).allSatisfy { abs($0 - $1) < 1e-9 })
    let lines = try folder.read("run/metrics.jsonl").split(separator: "\n")
    #expect(lines.count == 6 && lines[3].contains("\"rate\"") && lines[4].contains("\"learning_rate\""))

    // All six learning rates are in the report; more epochs can follow.
    let report = try Command("report", folder.path("run"))
    try #require(report.code == 0, "\(report.errors)")
    let page = try folder.read("run/report.html")
    let rates = try #require(page.firstMatch(of: /"learning_rate": ?\[([^\]]*)\]/))
    #expect(rates.output.1.split(separator: ",").count == 6)
    let more = try Command("run", "--resume", folder.path("run"), "--epochs", "8", "--quiet")
    try #require(more.code == 0, "\(more.errors)")
    #expect(try folder.read("run/config.yaml").contains("{name: sgd, learning_rate: 0.2,"))
  }

  @Test("are checked against their configuration all the same")
  func changed() throws {
    let changed = try folder.read("run/config.yaml").replacing("rate: 0.2", with: "rate: 0.3")
    try folder.write(changed, to: "run/config.yaml")
    try Command("run", "--resume", folder.path("run"), "--quiet").expectFailure(
      ["configuration has changed", "then `optimizer: {name: sgd, learning_rate: 0.2", "learning_rate: 0.3"])
  }

  @Test("a run's configuration may be run again, and a configuration of one's own has the present key")
  func configuration() throws {
    let again = try Command("check", folder.path("run/config.yaml"))
    #expect(again.code == 0 && again.output.contains("sgd at learning rate 0.2"), "\(again.errors)")
    let own = try folder.write(folder.read("run/config.yaml"), to: "own.yaml")
    try Command("check", own).expectFailure(["own.yaml:22:26", "is called `learning_rate` now"])
    try Command(
      "check", own, "--set", "training.optimizer={name: sgd, learning_rate: 1}", "--set", "training.optimizer.rate=2"
    )
    .expectFailure(["--set training.optimizer.rate=2", "is called `learning_rate` now"])
  }
}
