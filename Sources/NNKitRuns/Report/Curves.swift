package import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Loss, accuracy and learning rate over the epochs: of a long run evenly chosen ones, so that a report stays small.
package struct Curves {
  private static let limit = 400
  package private(set) var epochs: [Int] = []
  /// By the names that metrics.jsonl has, as `train_loss`.
  package private(set) var values: [String: [Double]] = [:]

  /// The curves of the epochs that a training reported.
  package init(_ reports: [EpochReport]) {
    for index in Self.chosen(reports.count) {
      let report = reports[index]
      epochs.append(report.epoch + 1)
      for (name, metrics) in [("train", report.train), ("validation", report.validation), ("test", report.test)] {
        guard let metrics else { continue }
        values["\(name)_loss", default: []].append(metrics.loss)
        if let accuracy = metrics.accuracy { values["\(name)_accuracy", default: []].append(accuracy) }
      }
      values["learning_rate", default: []].append(report.learningRate)
    }
  }

  /// All of few, of many the first, the last and some between.
  private static func chosen(_ count: Int) -> [Int] {
    if count <= limit { return Array(0..<count) }
    return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
  }

  /// Reads a run's metrics; a run that ended before its first epoch did has none.
  ///
  /// - Throws: `FileError` if they cannot be read.
  package init(contentsOf path: String) throws {
    guard RunFolder.isFile(path) else { return }
    let lines = try WholeFile.read(path).split(separator: UInt8(ascii: "\n"))
    let chosen = Self.chosen(lines.count)
    // All at once, which is quicker than one by one; the decoder does not say which line is faulty.
    let list = chosen.map { lines[$0] }.joined(separator: [UInt8(ascii: ",")])
    let decoded = Self.decode([Line].self, [UInt8(ascii: "[")] + list + [UInt8(ascii: "]")])
    let together = decoded.flatMap { $0.count == chosen.count ? $0 : nil }
    for (place, index) in chosen.enumerated() {
      guard let line = together?[place] ?? Self.decode(Line.self, lines[index]) else {
        throw FileError(path, "line \(index + 1) does not hold an epoch's metrics")
      }
      epochs.append(line.epoch)
      for (key, value) in zip(Line.keys, line.values) {
        if let value { values[key.rawValue, default: []].append(value) }
      }
    }
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: some Collection<UInt8>) -> Value? {
    try? JSONDecoder().decode(type, from: Data(bytes))
  }

  /// Whether a line of metrics.jsonl is what an epoch writes there.
  static func isEpoch(_ bytes: ArraySlice<UInt8>) -> Bool { decode(Line.self, bytes) != nil }

  /// What the curves show of a line of metrics.jsonl.
  private struct Line: Decodable {
    enum CodingKeys: String, CodingKey {
      case epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, test_loss, test_accuracy
      case learning_rate, rate
    }

    static let keys: [CodingKeys] = [
      .train_loss, .train_accuracy, .validation_loss, .validation_accuracy, .test_loss, .test_accuracy, .learning_rate,
    ]

    let epoch: Int
    /// For each of `keys`; nil where the line has none, NaN where it has null: what JSON writes for an infinite loss.
    let values: [Double?]

    init(from decoder: any Decoder) throws {
      let line = try decoder.container(keyedBy: CodingKeys.self)
      epoch = try line.decode(Int.self, forKey: .epoch)
      values = try Self.keys.map { key in
        let earlier = EarlierKeys.earlierMetric(key.rawValue).flatMap(CodingKeys.init(rawValue:))
        guard let key = [key, earlier].compactMap({ $0 }).first(where: line.contains) else { return nil }
        return try line.decodeIfPresent(Double.self, forKey: key) ?? .nan
      }
    }
  }

  var json: JSONText {
    .object(
      [("epochs", .list(epochs.map(JSONText.integer)))]
        + Line.keys.map(\.rawValue).compactMap { key in values[key].map { (key, .numbers($0)) } })
  }
}
