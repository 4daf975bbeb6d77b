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
  /// Of a matrix backend: the library that it has found.
  package let library: String?

  init(_ function: FunctionInformation, library: String? = nil) {
    self.function = function.name
    version = function.version
    file = function.file
    self.library = library
    sha256 = (try? WholeFile.read(function.file)).map { NNKit.sha256($0) }
  }

  /// What a network and its loss use: functions, kinds of neurons and the backend of its matrix products, by name.
  static func records<Scalar: NetworkScalar>(of experiment: TrainedNetwork<Scalar>) -> [PluginRecord] {
    var used = [experiment.loss.function.information]
    for neuron in experiment.network.layers.flatMap(\.neurons) {
      for function in [neuron.activation.function.information, neuron.pluginKind?.function.information].compactMap(
        \.self)
      where !used.contains(where: { $0.name == function.name }) {
        used.append(function)
      }
    }
    var records = used.map { PluginRecord($0) }
    if let backend = experiment.backend.backend {
      records.append(PluginRecord(backend.information, library: backend.started().text))
    }
    return records.sorted { $0.function < $1.function }
  }

  var json: JSONText {
    .object(
      [
        ("function", .text(function)), ("version", .text(version)), ("file", .text(file)),
        ("sha256", sha256.map { .text($0) } ?? .null),
      ] + (library.map { [("library", .text($0))] } ?? []))
  }

  private func isOtherFile(than other: PluginRecord) -> Bool { sha256 != nil && sha256 != other.sha256 }

  /// Whether the function comes from another plugin in `new`.
  static func hasChanged(_ old: PluginRecord, to new: [PluginRecord]) -> Bool {
    new.contains { $0.function == old.function && old.isOtherFile(than: $0) }
  }

  /// A line for each function whose plugin is another one now than it was for `run`, and for another backend's library.
  static func changes(from old: [PluginRecord], to new: [PluginRecord]) -> [String] {
    new.compactMap { now in
      guard let then = old.first(where: { $0.function == now.function }) else { return nil }
      if then.isOtherFile(than: now) {
        return "the plugin of `\(now.function)` has changed: the run had version \(then.version) from \(then.file),"
          + " now there is version \(now.version) in \(now.file)"
      }
      guard let library = then.library, library != now.library else { return nil }
      return "the library of the backend `\(now.function)` has changed: the run had \(library), now there is"
        + " \(now.library ?? "none")"
    }
  }
}

extension TrainedNetwork {
  /// Says so if the backend that the configuration names cannot be used here, and another one is.
  package var backendChange: String? {
    guard let wanted = configuration.backend?.name, wanted != backend.name else { return nil }
    return "the backend `\(wanted)` cannot be used, so `\(backend.name)` computes the products, which may round"
      + " otherwise (\(backend.reason))"
  }
}

extension RunFolder {
  private struct Begun: Decodable { let plugins: [PluginRecord] }

  /// Lines that name plugin folders which the newest checkpoint used and `path` does not have.
  package func pluginsElsewhere(than path: SearchPath) -> [String] {
    let state = (try? Checkpoints(in: self))?.newest()?.metadata(Begun.self, for: Checkpoints.runKey)
    return (state?.plugins ?? []).compactMap { record in
      let folder = record.file.lastIndex(of: "/").map { String(record.file[..<$0]) } ?? ""
      if path.folders.contains(where: { $0.path == folder }) { return nil }
      return
        "the run had `\(record.function)` from \(record.file): \(shellText(["--plugin-path", folder])) searches there"
    }
  }

  private struct Summary: Decodable {
    let plugins: [PluginRecord]
    /// Of a run that was taken up with others than it was begun with.
    let earlierPlugins: [PluginRecord]?

    enum CodingKeys: String, CodingKey {
      case plugins
      case earlierPlugins = "earlier_plugins"
    }
  }

  /// A line for each thing that a trained experiment is computed with and that is another one now than the run had.
  package func pluginChanges<Scalar: NetworkScalar>(in experiment: TrainedNetwork<Scalar>) -> [String] {
    var lines = [experiment.backendChange].compactMap(\.self)
    do {
      let old = try JSONDecoder().decode(Summary.self, from: Data(WholeFile.read(summary)))
      lines += PluginRecord.changes(from: old.plugins, to: PluginRecord.records(of: experiment))
      lines += (old.earlierPlugins ?? []).map {
        "the run was begun with another plugin of `\($0.function)`: version \($0.version) from \($0.file)"
      }
    } catch let error as FileError {
      lines.append("\(error); whether plugins have changed since the run is not known")
    } catch {
      lines.append("\(summary): does not name the run's plugins; whether they have changed since is not known")
    }
    return lines
  }
}
