import Foundation
import NNKit
import NNKitRuns
import Testing

@Suite("A source may be several files")
struct SeveralFilesTests {
  private func configuration(_ source: String, in folder: TemporaryFolder) throws -> Configuration {
    try Configuration(
      "data: {train: \(source)}\nnetwork: {layers: [{neurons: 3, activation: softmax}]}\nloss: cross_entropy\n",
      file: folder.path("config.yaml"))
  }

  private func read(_ source: String, in folder: TemporaryFolder) throws -> (inputs: [[Double]], targets: RawTargets) {
    var random = RandomSource(seed: 1)
    let samples = try configuration(source, in: folder).data.train.source.read(Double.self, random: &random)
    return (samples.inputs.values, samples.targets)
  }

  @Test("CSV files given by a list or by a pattern are one table; what is written is read again")
  func tables() throws {
    let folder = try TemporaryFolder()
    try folder.write("x,y,kind\n1,2,a\n3,4,b", to: "part-1.csv")
    try folder.write("x,y,kind\r\n5,6,c\r\n", to: "part-2.csv")
    for source in [
      "{csv: {path: [part-1.csv, part-2.csv], target: kind}}", "{csv: {path: part-*.csv, target: kind}}",
    ] {
      let found = try read(source, in: folder)
      #expect(found.inputs == [[1, 2], [3, 4], [5, 6]])
      guard case .labels(let labels, let classes) = found.targets else { throw DataError("no labels") }
      #expect(labels == [0, 1, 2] && classes == ["a", "b", "c"])
      let first = try configuration(source, in: folder)
      let again = try Configuration(first.resolved(), file: folder.path("config.yaml"))
      #expect(again.data.train == first.data.train)
    }
  }

  @Test("an error in one of them has its file and its line; another header, no match and other counts are errors")
  func errors() throws {
    let folder = try TemporaryFolder()
    try folder.write("x,y\n1,2\n", to: "part-1.csv")
    try folder.write("x,y\n3,4\n5,oops,6\n", to: "part-2.csv")
    try folder.write("x,z\n3,4\n", to: "other.csv")
    func message(_ source: String) throws -> String {
      do {
        _ = try read(source, in: folder)
        return ""
      } catch { return "\(error)" }
    }
    let place = try message("{csv: {path: part-*.csv, target: y}}")
    #expect(place.contains("part-2.csv:3"), "\(place)")
    let header = try message("{csv: {path: [part-1.csv, other.csv], target: y}}")
    #expect(header.contains("other.csv:1") && header.contains("`x,z`"), "\(header)")
    #expect(try message("{csv: {path: nothing-*.csv, target: y}}").contains("no file matches `nothing-*.csv`"))
    let pairs = try message("{idx: {images: [a, b], labels: [c]}}")
    #expect(pairs.contains("1 files, but 2 in `images`"), "\(pairs)")
  }

  @Test("IDX and FANN files are joined; classes are those of all files")
  func joined() throws {
    let folder = try TemporaryFolder()
    func idx(_ type: UInt8, _ dimensions: [Int], _ bytes: [UInt8]) -> [UInt8] {
      [0, 0, type, UInt8(dimensions.count)] + dimensions.flatMap { [0, 0, 0, UInt8($0)] } + bytes
    }
    try folder.write(idx(8, [2, 1, 2], [1, 2, 3, 4]), to: "images-1")
    try folder.write(idx(8, [1, 1, 2], [5, 6]), to: "images-2")
    try folder.write(idx(8, [2], [7, 3]), to: "labels-1")
    try folder.write(idx(8, [1], [5]), to: "labels-2")
    let found = try read("{idx: {images: images-?, labels: labels-?}}", in: folder)
    #expect(found.inputs == [[1, 2], [3, 4], [5, 6]])
    guard case .labels(let labels, let classes) = found.targets else { throw DataError("no labels") }
    #expect(labels == [2, 0, 1] && classes == ["3", "5", "7"])
    try folder.write("1 2 1\n1 2\n3\n", to: "a.data")
    try folder.write("2 2 1\n4 5\n6\n7 8\n9\n", to: "b.data")
    let fann = try read("{fann: [a.data, b.data]}", in: folder)
    #expect(fann.inputs == [[1, 2], [4, 5], [7, 8]])
    guard case .values(let values) = fann.targets else { throw DataError("no values") }
    #expect(values.values == [[3], [6], [9]])
  }
}

/// A folder that is gone when the test is.
private final class TemporaryFolder {
  private let path = FileManager.default.temporaryDirectory.path + "/nnkit-files-\(UUID().uuidString)"

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }
  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }
  func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path(name))) }
}
