import NNKit
import NNKitRuns
import RealModule
import Testing

/// Data that a configuration asks for by name.
@Suite struct GeneratorTests {
  private func make(_ source: GeneratorSource, seed: UInt64 = 1) throws -> RawSamples {
    var random = RandomSource(seed: seed)
    return try DataSource.generator(source).read(Double.self, random: &random)
  }

  private func labels(_ samples: RawSamples) throws -> [Int] {
    guard case .labels(let labels, _) = samples.targets else { throw DataError("expected labels") }
    return labels
  }

  @Test(
    "truth tables are complete and in order, and go round where more samples are wanted",
    arguments: [("xor", [0, 1, 1, 0]), ("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1])])
  func truthTables(_ name: String, _ expected: [Int]) throws {
    let table = try make(GeneratorSource(name: name))
    #expect(table.inputs.values == [[0, 0], [0, 1], [1, 0], [1, 1]])
    #expect(try labels(table) == expected)
    #expect(
      try labels(make(GeneratorSource(name: name, samples: 10))) == Array((expected + expected + expected)[..<10]))
  }

  @Test("parity is 1 where an odd number of bits is set")
  func parity() throws {
    let table = try make(GeneratorSource(name: "parity", bits: 4))
    #expect(table.inputs.rows == 16)
    for (row, label) in zip(table.inputs.values, try labels(table)) { #expect(Int(row.reduce(0, +)) % 2 == label) }
  }

  @Test(
    "points in the plane have balanced classes and repeat with their seed",
    arguments: [("moons", 2), ("circles", 2), ("spirals", 2), ("spirals", 5), ("blobs", 3), ("blobs", 4)])
  func plane(_ name: String, _ classes: Int) throws {
    let source = GeneratorSource(name: name, samples: 120, noise: 0.1, classes: name == "moons" ? nil : classes)
    let samples = try make(source)
    #expect(samples.inputs.rows == 120 && samples.inputs.columns == 2)
    for label in 0..<classes { #expect(try labels(samples).count { $0 == label } == 120 / classes) }
    #expect(try make(source).inputs.values == samples.inputs.values)
    #expect(try make(source, seed: 2).inputs.values != samples.inputs.values)
  }

  @Test("without noise circles lie on radius 1 and 0.5, and a sine is one")
  func curves() throws {
    let circles = try make(GeneratorSource(name: "circles", samples: 50))
    for (point, label) in zip(circles.inputs.values, try labels(circles)) {
      let radius = (point[0] * point[0] + point[1] * point[1]).squareRoot()
      #expect(abs(radius - (label == 0 ? 1 : 0.5)) < 1e-12)
    }
    let sine = try make(GeneratorSource(name: "sine", samples: 50))
    guard case .values(let targets) = sine.targets else { throw DataError("expected numbers") }
    for (x, y) in zip(sine.inputs.values, targets.values) {
      #expect(abs(x[0]) <= .pi && abs(y[0] - Double.sin(x[0])) < 1e-15)
    }
  }

  @Test("noise has the deviation that is asked for")
  func noise() throws {
    let samples = try make(GeneratorSource(name: "and", samples: 40_000, noise: 0.3))
    var sum = 0.0
    for (index, row) in samples.inputs.values.enumerated() {
      let clean = [Double(index % 4 / 2), Double(index % 2)]
      for (value, digit) in zip(row, clean) { sum += (value - digit) * (value - digit) }
    }
    #expect(abs((sum / 80_000).squareRoot() - 0.3) < 0.005)
  }

  @Test(
    "impossible settings are errors",
    arguments: [
      GeneratorSource(name: "moons", samples: 0), GeneratorSource(name: "moons", noise: -1),
      GeneratorSource(name: "parity", bits: 17), GeneratorSource(name: "blobs", classes: 1),
      GeneratorSource(name: "nothing"),
    ])
  func impossible(_ source: GeneratorSource) {
    #expect(throws: DataError.self) { try make(source) }
  }
}
