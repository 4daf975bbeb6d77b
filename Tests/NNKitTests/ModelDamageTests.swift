import Foundation
import NNKit
import Testing

/// Files that are no sound models: each is an error with a reason, none a crash.
@Suite struct ModelDamageTests {
  private let folder = Result { try TemporaryFolder() }

  private func sealed() throws -> [UInt8] {
    let network: Network<Float> = try network([3, 4, 2], Array(repeating: bundled().activation("tanh"), count: 2))
    return try Model(network, loss: bundled().loss("squared_error"), inputScaling: Scaling(offset: [0], factor: [2]))
      .encoded()
  }

  /// A model as other programs may write one: of the first version, which had no checksum.
  private func bytes() throws -> [UInt8] {
    let sealed = try sealed()
    let checksum = try #require(Safetensors(contentsOf: write(sealed).path).metadata["sha256"])
    return try Self.changed(sealed, [(#","sha256":"\#(checksum)""#, ""), (#"\"version\":2"#, #"\"version\":1"#)])
  }

  private func write(_ bytes: [UInt8]) throws -> URL {
    let url = try folder.get().file("model-\(UUID().uuidString)")
    try Data(bytes).write(to: url)
    return url
  }

  /// The header of a safetensors file, changed as text, and the data behind it.
  private func changed(_ replacements: (String, String)...) throws -> [UInt8] {
    try Self.changed(bytes(), replacements)
  }

  private static func changed(_ bytes: [UInt8], _ replacements: [(String, String)]) throws -> [UInt8] {
    let length = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    for (old, new) in replacements {
      try #require(header.contains(old), "the header has no \(old): \(header)")
      header = header.replacingOccurrences(of: old, with: new)
    }
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + bytes[(8 + length)...]
  }

  /// Reading these bytes must fail, and say each of the words.
  private func expectError(_ bytes: [UInt8], _ words: String..., location: SourceLocation = #_sourceLocation) throws {
    let url = try write(bytes)
    var text = ""
    #expect(sourceLocation: location) {
      _ = try Model<Float>(contentsOf: url, plugins: bundled())
    } throws: { error in
      text = "\(error)"
      return true
    }
    for word in words { #expect(text.contains(word), "`\(text)` does not say `\(word)`", sourceLocation: location) }
  }

  @Test("a file broken off anywhere is an error")
  func truncated() throws {
    let bytes = try bytes()
    for count in [0, 1, 7, 8, 9, 100, bytes.count / 2, bytes.count - 1] {
      try expectError(Array(bytes[..<count]), "safetensors")
    }
    try expectError(Array(bytes.dropLast()), "truncated")
  }

  @Test("a header length near 2⁶³ or 2⁶⁴ is an error")
  func headerLength() throws {
    let sound = try bytes()
    let lengths: [UInt64] = [.max, 1 << 63, (1 << 63) - 1, 1 << 62, 1 << 32, UInt64(sound.count)]
    for length in lengths {
      let field = (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) }
      try expectError(field + sound[8...], "header claims \(length)")
    }
  }

  @Test("a file that is something else is an error")
  func notAModel() throws {
    try expectError(Array("PK\u{3}\u{4} this is not a model at all, but a text".utf8), "safetensors")
    try expectError([2, 0, 0, 0, 0, 0, 0, 0] + Array("[]".utf8), "JSON")
    try expectError([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), "not a model of nnkit")
    try expectError([0, 0, 0, 0, 0, 0, 0, 0], "JSON")
    let missing = #expect(throws: FileError.self) {
      try Model<Float>(contentsOf: folder.get().file("none"), plugins: bundled())
    }
    #expect(missing?.description.contains("No such file") == true)
    #expect(throws: FileError.self) { try Model<Float>(contentsOf: folder.get().url, plugins: bundled()) }
  }

  @Test("a safetensors file without nnkit's metadata is an error that says so")
  func missingMetadata() throws {
    try expectError(changed((#""nnkit":"{"#, #""other":"{"#)), "not a model of nnkit", "metadata")
    try expectError(changed((#""nnkit":"{"#, #""nnkit":"{{"#)), "cannot be understood")
    try expectError(changed((#"\"version\":1"#, #"\"version\":7"#)), "version 7")
  }

  @Test("tensors of a wrong shape, place or type are errors that name them")
  func tensors() throws {
    try expectError(changed((#""shape":[4,3]"#, #""shape":[3,4]"#)), "layer 0")
    try expectError(changed((#""shape":[4,3]"#, #""shape":[4,4]"#)), "layers.0.weights")
    try expectError(changed((#""shape":[4,3]"#, #""shape":[12]"#)), "layer 0")
    try expectError(changed((#""shape":[4,3]"#, #""shape":[-4,-3]"#)), "layers.0.weights")
    try expectError(changed((#""shape":[4,3]"#, #""shape":[4611686018427387904,4611686018427387904]"#)), "weights")
    try expectError(changed((#""shape":[4,3]"#, #""shape":[4,3,1]"#)), "layer 0")
    try expectError(changed((#""layers.0.weights""#, #""layers.9.weights""#)), "layer 0")
    try expectError(changed((#""layers.1.biases""#, #""layers.9.biases""#)), "layers.1.biases")
    try expectError(changed((#""dtype":"F32""#, #""dtype":"I8""#)), "I8", "F32 or F64")
    try expectError(changed((#""data_offsets":[0,16]"#, #""data_offsets":[-16,0]"#)), "layers.0.biases")
    try expectError(changed((#""data_offsets":[0,16]"#, #""data_offsets":[0,12]"#)), "layers.0.biases")
    try expectError(changed((#""data_offsets":[0,16]"#, #""data_offsets":[16,0]"#)), "layers.0.biases")
    try expectError(changed((#""data_offsets":[0,16]"#, #""data_offsets":[0]"#)), "layers.0.biases")
    let far = "[9223372036854775791,9223372036854775807]"
    try expectError(changed((#""data_offsets":[0,16]"#, #""data_offsets":\#(far)"#)), "layers.0.biases")
  }

  @Test("a bit that was flipped anywhere is an error, and so is a checksum that was taken out")
  func flippedBits() throws {
    let sound = try sealed()
    _ = try Model<Float>(contentsOf: write(sound), plugins: bundled())
    let url = try folder.get().file("flipped")
    for bit in stride(from: 0, to: 8 * sound.count, by: 5) {
      var bytes = sound
      bytes[bit / 8] ^= 1 << (bit % 8)
      try Data(bytes).write(to: url)
      #expect(throws: FileError.self, "bit \(bit)") { try Model<Float>(contentsOf: url, plugins: bundled()) }
    }
    try expectError(sound.dropLast() + [sound[sound.count - 1] ^ 1], "checksum", "damaged")
    let checksum = try #require(Safetensors(contentsOf: write(sound).path).metadata["sha256"])
    try expectError(Self.changed(sound, [(#","sha256":"\#(checksum)""#, "")]), "checksum is missing")
  }

  @Test("a weight that is not finite is an error that names the tensor")
  func notFinite() throws {
    for value in [Float.nan, .infinity, -.infinity] {
      var bytes = try bytes()
      let place = bytes.count - 4
      for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: value.bitPattern >> (8 * index)) }
      try expectError(bytes, "layers.1.weights", "not finite")
    }
  }

  @Test("numbers too great for float32 are an error there, not infinite weights")
  func overflow() throws {
    let network = try Network<Double>(keepingWeightsOf: [layer([[1e300]], bundled().activation("identity"))])
    try expectError(Model(network).encoded(), "layers.0.weights", "not finite")
  }

  @Test("a description that does not fit the numbers is an error")
  func description() throws {
    try expectError(changed((#"\"inputs\":3"#, #"\"inputs\":2"#)), "layer")
    try expectError(changed((#"\"inputs\":3"#, #"\"inputs\":0"#)), "layer 0")
    try expectError(changed((#"\"inputs\":3"#, #"\"inputs\":-3"#)), "layer 0")
    try expectError(changed((#"\"neurons\":4"#, #"\"neurons\":5"#)), "layer 0")
    try expectError(changed((#"\"neurons\":4"#, #"\"neurons\":-4"#)), "layer 0")
    try expectError(changed((#"\"name\":\"tanh\""#, #"\"name\":\"tanj\""#)), "tanj", "tanh")
    try expectError(changed((#"\"name\":\"squared_error\""#, #"\"name\":\"squared_eror\""#)), "squared_error")
    try expectError(changed((#"{\"name\":\"tanh\"}"#, #"{\"name\":\"tanh\",\"parameters\":{\"slope\":1}}"#)), "slope")
    try expectError(changed((#"\"offset\":[0]"#, #"\"offset\":[0,0]"#)), "scaling", "2 numbers")
    try expectError(changed((#"\"offset\":[0]"#, #"\"offset\":[]"#)), "scaling", "0 numbers")
    try expectError(changed((#"\"offset\":[0]"#, #"\"offset\":[\"nan\"]"#)), "scaling", "not finite")
    try expectError(changed((#"\"factor\":[2]"#, #"\"factor\":[\"inf\"]"#)), "scaling", "not finite")
  }

  @Test("inputs by the billion are an error, not an attempt to hold them")
  func hugeInputs() throws {
    for count in ["1000000000000", "1000000000000000000", "9223372036854775807"] {
      try expectError(changed((#"\"inputs\":3"#, #"\"inputs\":\#(count)"#)), "layer")
    }
  }

  @Test("scattered bytes never crash it", arguments: 1...8)
  func noise(_ seed: UInt64) throws {
    var random = RandomSource(seed: seed)
    let sound = try bytes()
    let length = sound[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    for trial in 0..<40 {
      var bytes = sound
      for _ in 0..<(trial % 5 + 1) {
        bytes[Int.random(in: 0..<length + 8, using: &random)] = UInt8.random(in: 32...126, using: &random)
      }
      let url = try folder.get().file("noise-\(trial)")
      try Data(bytes).write(to: url)
      // It may be read, if what was changed is a word that nobody needs; if not there is a reason.
      do { _ = try Model<Float>(contentsOf: url, plugins: bundled()) } catch { #expect(!"\(error)".isEmpty) }
    }
  }
}
