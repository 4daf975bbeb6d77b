package import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Which plugin file a run had a function from: what a model was trained with, and whether it is still that.
package struct PluginRecord: Codable, Equatable, Sendable {
  package let function: String
  package let version: String
  package let file: String
  /// Of the file; nil where it could not be read.
  package let sha256: String?

  init(_ function: FunctionInformation) {
    self.function = function.name
    version = function.version
    file = function.file
    sha256 = (try? WholeFile.read(function.file)).map { NNKit.sha256($0) }
  }

  /// The functions that a network and its loss use, by name.
  static func records<Scalar: NetworkScalar>(of experiment: Experiment<Scalar>) -> [PluginRecord] {
    var used = [experiment.loss.function.information]
    for neuron in experiment.network.layers.flatMap(\.neurons) {
      for function in [neuron.activation.function.information, neuron.pluginKind?.function.information].compactMap(
        \.self)
      where !used.contains(where: { $0.name == function.name }) {
        used.append(function)
      }
    }
    return used.sorted { $0.name < $1.name }.map { PluginRecord($0) }
  }

  var json: JSONText {
    .object([
      ("function", .text(function)), ("version", .text(version)), ("file", .text(file)),
      ("sha256", sha256.map { .text($0) } ?? .null),
    ])
  }

  /// A line for each function whose plugin is another one now than it was for `run`.
  static func changes(from old: [PluginRecord], to new: [PluginRecord]) -> [String] {
    new.compactMap { now in
      guard let then = old.first(where: { $0.function == now.function }), then.sha256 != nil, then.sha256 != now.sha256
      else { return nil }
      return "the plugin of `\(now.function)` has changed: the run had version \(then.version) from \(then.file),"
        + " now there is version \(now.version) in \(now.file)"
    }
  }
}

extension RunFolder {
  private struct Summary: Decodable { let plugins: [PluginRecord]? }

  /// A line for each function of a trained experiment whose plugin is another one now than the run had.
  package func pluginChanges<Scalar: NetworkScalar>(in experiment: Experiment<Scalar>) -> [String] {
    guard let bytes = try? WholeFile.read(summary),
      let old = try? JSONDecoder().decode(Summary.self, from: Data(bytes)).plugins
    else { return [] }
    return PluginRecord.changes(from: old, to: PluginRecord.records(of: experiment))
  }
}
