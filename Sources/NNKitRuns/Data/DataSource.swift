package import NNKit

/// Where samples come from.
package enum DataSource: Equatable, Sendable {
  /// Written out in the configuration.
  case inline([InlineSample])
  case csv(CSVSource)
  /// Two files in the format of MNIST, plain or packed with gzip.
  case idx(images: String, labels: String)
  case generator(GeneratorSource)

  /// Reads or makes the samples.
  ///
  /// - Parameters:
  ///   - type: The precision of the samples.
  ///   - random: Where generators take their noise from; the other sources leave it alone.
  ///   - knownClasses: The classes of the training data, when other data are read: labels are indices into these, and
  ///     another label is an error.
  /// - Returns: The samples.
  /// - Throws: `DataError`, which names the file and, in a CSV, the line and the column.
  package func read<Scalar: NetworkScalar>(
    _ type: Scalar.Type, random: inout RandomSource, knownClasses: [String]? = nil
  ) throws -> RawSamples<Scalar> {
    switch self {
    case .inline(let samples): try readInline(samples)
    case .csv(let source): try source.read(type, knownClasses: knownClasses)
    case .idx(let images, let labels): try readIDX(images: images, labels: labels, knownClasses: knownClasses)
    case .generator(let source): try source.generate(type, random: &random)
    }
  }
}

/// One sample written out in the configuration.
package struct InlineSample: Equatable, Sendable {
  package var input: [Double]
  package var target: [Double]

  package init(input: [Double], target: [Double]) {
    self.input = input
    self.target = target
  }
}

/// A file of comma-separated values, and which of its columns are inputs and which targets.
package struct CSVSource: Equatable, Sendable {
  /// Absolute.
  package var path: String
  /// Whether the first line names the columns.
  package var header: Bool
  /// Empty: all columns that are no targets.
  package var input: [ColumnReference]
  package var target: [ColumnReference]

  package init(path: String, header: Bool, input: [ColumnReference] = [], target: [ColumnReference]) {
    self.path = path
    self.header = header
    self.input = input
    self.target = target
  }
}

/// A column of a CSV file, by its name or by its number from 0.
package enum ColumnReference: Equatable, Sendable {
  case name(String)
  case number(Int)
}

/// A rule that makes samples; see `GeneratorSource.names`.
package struct GeneratorSource: Equatable, Sendable {
  package var name: String
  /// How many; nil: the whole truth table once, or 200.
  package var samples: Int?
  /// The deviation of the gaussian noise that is added to the inputs (to the target of `sine`).
  package var noise: Double
  /// How many inputs `parity` has.
  package var bits: Int
  /// How many classes `blobs` (3) and `spirals` (2) have.
  package var classes: Int?

  package init(name: String, samples: Int? = nil, noise: Double = 0, bits: Int = 3, classes: Int? = nil) {
    self.name = name
    self.samples = samples
    self.noise = noise
    self.bits = bits
    self.classes = classes
  }
}
