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
}
