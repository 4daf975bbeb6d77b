import Foundation
import NNKitRuns
import Testing

@Suite struct SettingsTableTests {
  @Test("the README's table of settings is that of the settings themselves")
  func readme() throws {
    let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    let start = try #require(text.range(of: "<!-- Written from the settings; SettingsTableTests compares. -->\n\n"))
    let end = try #require(text.range(of: "\n<!-- End of the settings. -->", range: start.upperBound..<text.endIndex))
    #expect(text[start.upperBound..<end.lowerBound] == SettingsTable.markdown, "expected:\n\(SettingsTable.markdown)")
  }

  @Test("each key that a configuration may have stands in the README's tables", arguments: Self.sections)
  func keys(_ text: String) throws {
    // The message for a key that does not exist names all that do.
    let error = try #require(throws: ConfigurationError.self) { _ = try Configuration(text, file: "c.yaml") }
    let list = try #require("\(error)".split(separator: "expected one of ").last)
    let known = list.split(separator: ", ").map(String.init)
    #expect("\(error)".contains("unknown key `unknown`"), "\(error)")
    let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
    let tables = try #require(String(contentsOf: readme, encoding: .utf8).split(separator: "\n## All keys\n").last)
    let words = Set(tables.split { !$0.isLetter && $0 != "_" && !$0.isNumber }.map(String.init))
    for key in known { #expect(words.contains(key), "`\(key)`: \(error)") }
  }

  private static let sections = [
    "unknown: 1\n" + configuration(),
    configuration(data: "{unknown: 1, train: {generator: xor}}"),
    configuration(data: "{train: {unknown: 1}}"),
    configuration(data: "{train: {inline: [{unknown: 1}]}}"),
    configuration(data: "{train: {csv: {unknown: 1}}}"),
    configuration(data: "{train: {idx: {unknown: 1}}}"),
    configuration(data: "{train: {npy: {unknown: 1}}}"),
    configuration(data: "{train: {npz: {unknown: 1}}}"),
    configuration(data: "{train: {generator: {name: xor, unknown: 1}}}"),
    configuration(data: "{train: {generator: xor}, fold: {unknown: 1}}"),
    configuration(network: "{unknown: 1}"),
    configuration(network: "{layers: [{unknown: 1}]}"),
    configuration(network: "{layers: [{neurons: 1, activation: relu, connections: {unknown: 1}}]}"),
    configuration() + "training: {unknown: 1}\n",
    configuration() + "training: {checkpoint: {unknown: 1}}\n",
    configuration() + "training: {early_stopping: {unknown: 1}}\n",
    configuration() + "report: {unknown: 1}\n",
    configuration() + "communicator: {unknown: 1}\n",
    configuration() + "sweep: {unknown: 1}\n",
    configuration() + "sweep: {parameters: {seed: {unknown: 1}}}\n",
  ]

  private static func configuration(
    data: String = "{train: {generator: xor}}", network: String = "{layers: [{neurons: 1, activation: sigmoid}]}"
  ) -> String {
    "data: \(data)\nnetwork: \(network)\nloss: squared_error\n"
  }
}
