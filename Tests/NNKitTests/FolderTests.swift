import Foundation
import Testing

/// The folders of Sources/NNKit, each of which uses only those before it.
@Suite("Arrows between the folders of NNKit point one way")
struct FolderTests {
  /// From the lowest.
  ///
  /// A file beside the folders may use all of them.
  static let order = [
    "Files", "Scalars", "Formulas", "Functions", "Loading", "Wiring", "Neurons", "Passes", "Training", "Models",
  ]

  @Test("every folder of the module is in the order")
  func allFolders() throws {
    let folders = try SourceFile.all().compactMap(\.folder)
    #expect(Set(folders) == Set(Self.order))
  }

  @Test("no file uses a type or function of a folder above its own")
  func upward() throws {
    let files = try SourceFile.all()
    #expect(References(files).upward(in: Self.order) == [])
  }

  @Test("a reference upwards is found, in a type and in a call, but not in a comment or a string")
  func finds() {
    let files = [
      SourceFile("Scalars/Low.swift", "struct Low { let high: High? }\n// Middle\nlet text = \"Middle\""),
      SourceFile("Neurons/Middle.swift", "public final class Middle { let low: Low }\nfunc helper() { highest() }"),
      SourceFile("Models/High.swift", "enum High {}\n  func inner() {}\nfunc highest() { Middle() }"),
    ]
    #expect(
      References(files).upward(in: ["Scalars", "Neurons", "Models"]) == [
        "Neurons/Middle.swift uses highest of Models/High.swift", "Scalars/Low.swift uses High of Models/High.swift",
      ])
  }
}

/// A Swift file without comments and strings.
private struct SourceFile {
  let path: String
  let code: String
  /// nil beside the folders.
  var folder: String? { path.contains("/") ? path.split(separator: "/").first.map(String.init) : nil }

  init(_ path: String, _ text: String) {
    self.path = path
    let withoutStrings = text.replacing(/"(\\.|[^"\\\n])*"/, with: "\"\"")
    code = withoutStrings.replacing(/\/\/[^\n]*/, with: "")
  }

  static func all() throws -> [SourceFile] {
    let module = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/NNKit")
      .standardized
    let paths = try FileManager.default.subpathsOfDirectory(atPath: module.path)
    return try paths.filter { $0.hasSuffix(".swift") }.sorted().map {
      SourceFile($0, try String(contentsOf: module.appending(path: $0), encoding: .utf8))
    }
  }

  /// Types and functions at the top level that other files can see; members have other lines' indentation.
  var declarations: [String] {
    let declaration =
      /(?:@\w+(?:\([^)]*\))? )*(?:public |package |internal |open |final |indirect )*(?:class|struct|enum|protocol|typealias|actor|func|let|var) (\w+)/
    return code.split(separator: "\n").compactMap { line in
      (try? declaration.prefixMatch(in: line)).map { String($0.output.1) }
    }
  }

  var words: Set<Substring> { Set(code.matches(of: /[.\w]*\w/).map(\.output)) }
}

private struct References {
  private let files: [SourceFile]
  private let places: [String: SourceFile]

  init(_ files: [SourceFile]) {
    self.files = files
    places = Dictionary(files.flatMap { file in file.declarations.map { ($0, file) } }) { first, _ in first }
  }

  func upward(in order: [String]) -> [String] {
    files.flatMap { file -> [String] in
      guard let place = file.folder.flatMap({ order.firstIndex(of: $0) }) else { return [] }
      return file.words.compactMap { word in
        guard let name = word.split(separator: ".").first, let other = places[String(name)],
          !word.hasPrefix("."), let above = other.folder.flatMap({ order.firstIndex(of: $0) }), above > place
        else { return nil }
        return "\(file.path) uses \(name) of \(other.path)"
      }
    }.sorted()
  }
}
