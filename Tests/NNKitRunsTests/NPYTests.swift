import Foundation
import NNKit
import NNKitRuns
import Testing

/// Arrays of NumPy and files of FANN as data (`Fixtures/numpy/make.py`).
@Suite struct NPYTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/nnkit-npy-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func fixture(_ name: String) -> String {
    Bundle.module.bundleURL.appending(path: "Fixtures/numpy").appending(path: name).path
  }

  private func write(_ bytes: some Collection<UInt8>, _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    return "\(folder)/\(name)"
  }

  private func read(_ source: DataSource) throws -> RawSamples {
    var random = RandomSource(seed: 0)
    return try source.read(Double.self, random: &random)
  }

  private func read(_ inputs: String, _ targets: String, classes: [String] = []) throws -> RawSamples {
    try read(.npy(NPYSource(inputs: inputs, targets: targets, classes: classes)))
  }

  /// The numbers of an array by itself, as inputs and as targets.
  private func values(_ name: String) throws -> [[Double]] {
    try read(fixture(name), fixture(target(name))).inputs.values
  }

  /// An array with as many rows.
  private func target(_ name: String) -> String {
    ["fortran.npy", "big_fortran_i4.npy", "version_3.npy"].contains(name) ? "version_3.npy" : "i8.npy"
  }

  private static let small = (0..<4).map { row in (0..<3).map { Double(row * 3 + $0) * 0.25 - 1 } }

  @Test("every type, byte order and order of dimensions gives the same numbers")
  func types() throws {
    #expect(try values("f4.npy") == Self.small)
    #expect(try values("big_f8.npy") == Self.small)
    let flat = Self.small.flatMap { $0 }
    #expect(try values("fortran.npy") == [Array(flat[..<6]), Array(flat[6...])])
    #expect(try values("big_fortran_i4.npy") == [(0..<12).map(Double.init), (12..<24).map(Double.init)])
    #expect(try values("version_3.npy") == [[0, 0], [0, 0]])
    guard case .values(let targets) = try read(fixture("f4.npy"), fixture("i8.npy")).targets else {
      throw DataError("expected numbers")
    }
    #expect(targets.values == [[2], [0], [1], [2]])
  }

  @Test("unsigned bytes with two dimensions a sample are pictures")
  func bytes() throws {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }"
    let labels = try write(npy(header, [1, 0, 1]), "labels.npy")
    let raw = try read(fixture("u1.npy"), labels, classes: ["off", "on"])
    #expect(raw.inputs.values == (0..<3).map { row in (0..<16).map { Double(row * 16 + $0) } })
    #expect(raw.knownRange == 0...255 && raw.imageShape?.rows == 4 && raw.imageShape?.columns == 4)
    guard case .labels(let found, let classes) = raw.targets else { throw DataError("expected labels") }
    #expect(found == [1, 0, 1] && classes == ["off", "on"])
  }

  @Test("an archive's arrays are found by name, packed or not", arguments: ["stored.npz", "packed.npz"])
  func archive(name: String) throws {
    let path = fixture(name)
    let names = NPYSource.Names(inputs: "x", targets: "y")
    let raw = try read(.npy(NPYSource(inputs: path, targets: path, names: names)))
    #expect(raw.inputs.values == Self.small && raw.targets.count == 4)
    let odd = NPYSource(inputs: path, targets: path, names: .init(inputs: "X", targets: "y"))
    let error = #expect(throws: DataError.self) { try read(.npy(odd)) }
    #expect(error?.message.contains("has no array `X`; it has `x`, `y`; did you mean `x`?") == true)
  }

  private func npy(_ header: String, _ data: [UInt8]) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + data
  }

  @Test("headers that lie, and types that are not read, are errors that say what to do")
  func faults() throws {
    func refused(_ bytes: [UInt8]) throws -> String {
      let path = try write(bytes, "odd.npy")
      let error = #expect(throws: DataError.self) { try read(path, fixture("i8.npy")) }
      return error?.message ?? ""
    }
    func header(_ descr: String, _ shape: String) -> String {
      "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }"
    }
    #expect(try refused([]).contains("is not an array of NumPy"))
    #expect(try refused(npy(header("<f4", "(4, 3)"), [])).contains("takes 48 bytes behind the header, found 0"))
    #expect(try refused(npy(header("<f4", "(4611686018427387904, 4)"), [])).contains("more than a computer can hold"))
    #expect(try refused(npy(header("<f4", "(0, 4)"), [])).contains("its shape is [0, 4]"))
    #expect(try refused(npy(header("|O", "(1,)"), [0])).contains("expected one of f4, f8, u1, i4, i8"))
    #expect(try refused(npy("__import__('os')", [])).contains("its header is not of the form"))
    #expect(
      try refused(npy(header("<f4", "(4, 1)"), [UInt8](repeating: 0, count: 12) + [0, 0, 0xC0, 0x7F])).contains("nan"))
    let half = #expect(throws: DataError.self) { try read(fixture("f2.npy"), fixture("i8.npy")) }
    #expect(half?.message.contains("the type `<f2`") == true && half?.message.contains("astype") == true)
    let odd = #expect(throws: DataError.self) { try read(fixture("u1.npy"), fixture("i8.npy")) }
    #expect(odd?.message.contains("has 4 targets for the 3 samples") == true)
    let archive = #expect(throws: DataError.self) { try read(fixture("stored.npz"), fixture("i8.npy")) }
    #expect(archive?.message.contains("npz: {path") == true)
  }

  @Test("an archive that is cut off or changed is refused, and one that promises too much is not unpacked")
  func damagedArchives() throws {
    func attempt(_ bytes: [UInt8]) throws -> String? {
      let path = try write(bytes, "odd.npz")
      do {
        _ = try read(.npy(NPYSource(inputs: path, targets: path, names: .init(inputs: "x", targets: "y"))))
        return nil
      } catch let error as DataError {
        return error.message
      }
    }
    let sound = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("packed.npz"))))
    for count in stride(from: 0, to: sound.count, by: 3) { #expect(try attempt(Array(sound[..<count])) != nil) }
    var random = RandomSource(seed: 1)
    for _ in 0..<300 {
      var bytes = sound
      bytes[Int(random.uniform() * Double(bytes.count))] = UInt8(random.uniform() * 256)
      _ = try attempt(bytes)
    }
    // The first entry of the directory claims 2 GB.
    var bomb = sound
    let place = try #require(bomb.indices.first { bomb[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    bomb.replaceSubrange(place + 24..<place + 28, with: [0, 0, 0, 0x80])
    #expect(try attempt(bomb)?.contains("are damaged") == true)
  }

  @Test("FANN's training data are read, and what is missing is said with its line")
  func fann() throws {
    let path = try write(Array("2 3 1\n1 2 3\n0.5\n-1 -2.5e1 0\n1\n".utf8), "a.data")
    let raw = try read(.fann(FANNSource(path: path)))
    #expect(raw.inputs.values == [[1, 2, 3], [-1, -25, 0]])
    guard case .values(let targets) = raw.targets else { throw DataError("expected numbers") }
    #expect(targets.values == [[0.5], [1]])
    for (text, line, message) in [
      ("2 3", 1, "expected the number of outputs"), ("1 3 1\n1 2 x\n", 2, "expected input 2 of sample 0"),
      ("1 1 1\n1\n2\n3\n", 4, "expected the end"), ("999999999999 99999 9\n1", 1, "more than the file holds"),
      ("1 1 1\n1\n", 3, "the end of the file"),
    ] {
      let path = try write(Array(text.utf8), "b.data")
      let error = #expect(throws: DataError.self) { try read(.fann(FANNSource(path: path))) }
      #expect(error?.line == line && error?.message.contains(message) == true, "\(error.map { "\($0)" } ?? "")")
    }
  }
}
