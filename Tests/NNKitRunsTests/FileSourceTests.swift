import Foundation
import NNKit
import NNKitRuns
import Testing

/// CSV and IDX files as data.
@Suite struct FileSourceTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/nnkit-data-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func write(_ bytes: some Collection<UInt8>, _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    return "\(folder)/\(name)"
  }

  private func read(_ source: DataSource, classes: [String]? = nil) throws -> RawSamples {
    var random = RandomSource(seed: 0)
    let form = classes.map { SampleForm(inputCount: 1, targetKind: .classes, classes: $0) }
    return try source.read(Double.self, random: &random, form: form)
  }

  private func csv(
    _ text: String, header: Bool = true, input: [ColumnReference] = [], target: [ColumnReference] = [.name("y")],
    classes: [String]? = nil
  ) throws -> RawSamples {
    let path = try write(Array(text.utf8), "data.csv")
    return try read(.csv(CSVSource(path: path, header: header, input: input, target: target)), classes: classes)
  }

  private func values(_ samples: RawSamples) throws -> [[Double]] {
    guard case .values(let matrix) = samples.targets else { throw DataError("expected numbers") }
    return matrix.values
  }

  private func labels(_ samples: RawSamples) throws -> ([Int], [String]) {
    guard case .labels(let labels, let classes) = samples.targets else { throw DataError("expected labels") }
    return (labels, classes)
  }

  @Test("columns are chosen by name or by number, with a header or without")
  func columns() throws {
    let named = try csv("a,b,y\n1,2,3\n4,5,6\n", input: [.name("b")])
    #expect(named.inputs.values == [[2], [5]] && named.featureNames == ["b"])
    #expect(try values(named) == [[3], [6]])
    let numbered = try csv("1,2,3\n4,5,6\n", header: false, target: [.number(0), .number(2)])
    #expect(numbered.inputs.values == [[2], [5]])
    #expect(try values(numbered) == [[1, 3], [4, 6]])
  }

  @Test("quotes, doubled quotes, CRLF, a byte order mark and blank lines are read as RFC 4180 has them")
  func rfc4180() throws {
    let text = "\u{FEFF}\"a, the first\",\"y\"\"s\"\r\n\"1.5\",\"red, or \"\"so\"\"\"\r\n\r\n-2e3,blue\r\n"
    let samples = try csv(text, target: [.name("y\"s")])
    #expect(samples.inputs.values == [[1.5], [-2000]] && samples.featureNames == ["a, the first"])
    let (found, classes) = try labels(samples)
    #expect(found == [1, 0] && classes == ["blue", "red, or \"so\""])
  }

  @Test("a class that the training data does not have is an error with its place")
  func unknownClass() throws {
    #expect(try labels(csv("x,y\n1,b\n", classes: ["a", "b"])).0 == [1])
    let error = #expect(throws: DataError.self) { try csv("x,y\n1,b\n2,c\n", classes: ["a", "b"]) }
    #expect(error?.line == 3 && error?.column == 3)
  }

  @Test(
    "what is no table of numbers is an error with line and column",
    arguments: [
      ("x,y\n1,2\n3\n", 3), ("x,y\n1,\n", 2), ("x,y\n1,2\nnan,2\n", 3), ("x,y\n1,2\n1e999,2\n", 3),
      ("x,y\n\"1,2\n", 2), ("x,y\n1,2\n0x10,3\n", 3),
    ])
  func broken(_ text: String, _ line: Int) throws {
    let error = #expect(throws: DataError.self) { try csv(text) }
    #expect(error?.line == line, "\(String(describing: error?.description))")
  }

  @Test("an empty file, a header alone and unknown columns are errors")
  func empty() {
    for text in ["", "x,y\n", "x,z\n1,2\n"] { #expect(throws: DataError.self) { try csv(text) } }
  }

  @Test("a packed text that grows beyond the limit ends there, not in memory")
  func packedTextBomb() throws {
    let path = try write([UInt8](repeating: UInt8(ascii: "1"), count: 8 << 20), "bomb.csv")
    try pack(path)
    #expect(throws: Never.self) { try CSVText(contentsOf: path + ".gz", limit: 8 << 20) }
    let error = try #require(throws: DataError.self) { try CSVText(contentsOf: path + ".gz", limit: 4 << 20) }
    #expect("\(error)".contains("bomb.csv.gz") && "\(error)".contains("split it"), "\(error)")
  }

  @Test("a row of millions of empty cells ends before the memory does")
  func commaBomb() throws {
    let path = try write([UInt8](repeating: UInt8(ascii: ","), count: 5 << 20), "commas.csv")
    let text = try CSVText(contentsOf: path)
    let error = try #require(throws: DataError.self) { try CSVTable(text, header: true) }
    #expect("\(error)".contains("more than 4194304 cells"), "\(error)")
  }

  /// Makes `path`.gz beside the file.
  private func pack(_ path: String) throws {
    try #require(StartedProcess("/bin/gzip", ["-k", path]).wait() == 0)
  }

  // MARK: IDX

  private static let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + (0..<12)
  private static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 0, 1]

  @Test("images are flattened, raw or packed alike; labels are classes")
  func idx() throws {
    let (images, labels) = (try write(Self.images, "images"), try write(Self.labels, "labels"))
    let raw = try read(.idx(IDXSource(images: images, labels: labels)))
    #expect(raw.inputs.values == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]] && raw.knownRange == 0...255)
    #expect(try self.labels(raw) == ([0, 1], ["0", "1"]))
    try pack(images)
    #expect(try read(.idx(IDXSource(images: images + ".gz", labels: labels))).inputs.values == raw.inputs.values)
    // Told by content, not by name.
    try FileManager.default.moveItem(atPath: images + ".gz", toPath: "\(folder)/packed")
    #expect(try read(.idx(IDXSource(images: "\(folder)/packed", labels: labels))).inputs.values == raw.inputs.values)
  }

  @Test("every element type is read, most significant byte first")
  func idxTypes() throws {
    let cases: [(UInt8, [UInt8], Double)] = [
      (0x09, [0xFF], -1), (0x0B, [0x01, 0x02], 258), (0x0C, [0xFF, 0xFF, 0xFF, 0xFE], -2),
      (0x0D, [0x3F, 0xC0, 0, 0], 1.5), (0x0E, [0xC0, 0x04, 0, 0, 0, 0, 0, 0], -2.5),
    ]
    let labels = try write([0, 0, 8, 1, 0, 0, 0, 1, 0], "one")
    for (type, bytes, value) in cases {
      let path = try write([0, 0, type, 2, 0, 0, 0, 1, 0, 0, 0, 1] + bytes, "typed")
      #expect(try read(.idx(IDXSource(images: path, labels: labels))).inputs.values == [[value]])
    }
  }

  @Test("a file cut anywhere is an error; so is one that is too long")
  func idxCut() throws {
    let labels = try write(Self.labels, "labels")
    for length in 0..<Self.images.count {
      let path = try write(Self.images.prefix(length), "cut")
      #expect(throws: DataError.self) { try read(.idx(IDXSource(images: path, labels: labels))) }
    }
    let long = try write(Self.images + [0], "long")
    #expect(throws: DataError.self) { try read(.idx(IDXSource(images: long, labels: labels))) }
  }

  @Test("a header that promises 2^40 images is refused in no time, without the memory")
  func idxHuge() throws {
    let huge: [UInt8] = [0, 0, 8, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 1, 0, 0, 0, 1, 0] + [UInt8](repeating: 0, count: 84)
    let path = try write(huge, "huge")
    let labels = try write([0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0], "many")
    #expect(throws: DataError.self) { try read(.idx(IDXSource(images: path, labels: labels))) }
  }
}
