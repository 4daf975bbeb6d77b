internal import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a run leaves for its report beside its metrics: how its layers did over the epochs, and where its time went.
package struct RunStatistics: Decodable, Equatable {
  package struct Phase: Decodable, Equatable {
    package let name: String
    package let seconds: Double
  }

  package var phases: [Phase] = []
  /// For each layer its epochs.
  package var layers: [[LayerEpoch]] = []

  /// Where training samples lie, where they have two inputs.
  var plane: PlaneSamples?

  package init(phases: [Phase] = [], layers: [[LayerEpoch]] = []) {
    self.phases = phases
    self.layers = layers
  }

  /// Reads what a run left; nothing where it left none.
  ///
  /// - Throws: `FileError` if the file is damaged.
  package init(of folder: RunFolder) throws {
    guard RunFolder.isFile(folder.statistics) else { return }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = Data(try WholeFile.read(folder.statistics))
    guard let statistics = try? decoder.decode(RunStatistics.self, from: data) else {
      throw FileError(folder.statistics, "cannot be understood; remove it to report without it")
    }
    self = statistics
  }

  /// They can be done without: they are not forced onto the disk, as what a run is for is.
  func write(to folder: RunFolder) throws {
    try WholeFile.write(Array((json.text(indent: 0) + "\n").utf8), to: folder.statistics, isDurable: false)
  }

  var json: JSONText {
    .object(
      [
        ("phases", .list(phases.map { .object([("name", .text($0.name)), ("seconds", .number($0.seconds))]) })),
        ("layers", .list(layers.map { .list($0.map(\.json)) })),
      ] + (plane.map { [("plane", $0.json)] } ?? []))
  }
}

extension LayerEpoch {
  fileprivate var json: JSONText {
    .object([
      ("epoch", .integer(epoch)), ("samples", .integer(samples)), ("outputs", .numbers(outputs)),
      ("gradients", .numbers(gradients)), ("mean_gradient", .number(meanGradient)),
      ("dead", .list(dead.map(JSONText.integer))),
    ])
  }
}
