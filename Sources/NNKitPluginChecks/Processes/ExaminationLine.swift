import Glibc
import NNKit

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A line from a child process that calls a plugin.
package struct ExaminationLine: Codable {
  package struct Function: Codable {
    package let name: String
    package let kind: String
    /// Of a communicator: what starts its ranks.
    package let launcher: String?
  }

  /// What it is about to call; there are many of these, so the line is `>` and the text.
  package var calling: String?
  /// What the file offers.
  package var functions: [Function]?
  /// What it offers besides, of kinds that this nnkit does not know.
  package var skipped: [String]?
  /// The check has passed, and compared so many numbers.
  package var compared: Int?
  /// The check could not be made here, and why.
  package var obstacle: String?
  package var finding: Finding?

  init(calling: String) { self.calling = calling }
  init(compared: Int) { self.compared = compared }
  init(obstacle: String) { self.obstacle = obstacle }
  init(finding: Finding) { self.finding = finding }

  init(offeredBy plugin: PluginFile) {
    functions = plugin.functions.map {
      Function(name: $0.name, kind: $0.kind.name, launcher: ($0 as? Communicator)?.launcher)
    }
    skipped = plugin.skipped
  }

  /// Reads the lines that a child has written, of those about calls the last, and leaves out what is none.
  ///
  /// They are cut as bytes: there are many, and a String is cut by characters.
  static func lines(in bytes: [UInt8]) -> [ExaminationLine] {
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    let call = lines.last { $0.first == Self.mark }
    return lines.compactMap { $0.first == Self.mark ? nil : try? JSONDecoder().decode(Self.self, from: Data($0)) }
      + (call.map { [ExaminationLine(calling: String(decoding: $0.dropFirst(), as: UTF8.self))] } ?? [])
  }

  /// Where a line about a call begins.
  private static let mark = UInt8(ascii: ">")

  /// Sends it to the parent.
  func send() {
    if let calling { return Self.send([Self.mark] + calling.utf8) }
    if let line = try? JSONEncoder().encode(self) { Self.send([UInt8](line)) }
  }

  private static func send(_ line: [UInt8]) {
    let bytes = line + [UInt8(ascii: "\n")]
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(ChildProcess.reportDescriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent)
      }
      // A signal may come in between.
      if count > 0 { sent += count } else if errno != EINTR { return }
    }
  }
}
