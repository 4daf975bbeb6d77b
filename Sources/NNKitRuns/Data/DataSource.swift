package import NNKit

/// Where samples come from.
package indirect enum DataSource: Equatable, Sendable {
  /// Written out in the configuration.
  case inline([InlineSample])
  case csv(CSVSource)
  case idx(IDXSource)
  case npy(NPYSource)
  case fann(FANNSource)
  case generator(GeneratorSource)
  /// Several files of one format, IDX, NumPy's or FANN's, read as one; a CSV has its files itself.
  case several([DataSource])

  /// Reads or makes the samples.
  ///
  /// - Parameters:
  ///   - type: The precision of the samples.
  ///   - random: Where generators take their noise from; the other sources leave it alone.
  ///   - form: What the samples are to be, when others than the first training data are read: columns are found by
  ///     name, labels are indices into its classes, and what does not fit is an error.
  /// - Returns: The samples.
  /// - Throws: `DataError`, which names the file and, in a CSV, the line and the column.
  package func read<Scalar: NetworkScalar>(
    _ type: Scalar.Type, random: inout RandomSource, form: SampleForm? = nil
  ) throws -> RawSamples {
    switch self {
    case .inline(let samples): try readInline(samples, type)
    case .csv(let source): try source.read(type, form: form)
    case .idx(let source): try source.read(type, form: form)
    case .npy(let source): try source.read(type, form: form)
    case .fann(let source): try source.read(type, form: form)
    case .generator(let source): try source.generate(random: &random)
    case .several(let sources):
      try RawSamples(joining: sources.map { try $0.read(type, random: &random, form: form) })
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
  /// Further files with the same columns, read behind the first.
  package var more: [String] = []
  /// All files.
  var files: [String] { [path] + more }
  /// Whether the first line names the columns.
  package var header: Bool
  /// Empty: all columns that are not targets.
  package var input: [ColumnReference]
  package var target: [ColumnReference]
  /// Columns that are neither.
  package var exclude: [ColumnReference]
  /// What columns hold, where that is said; of the others their cells decide.
  package var columns = ColumnRules<ColumnKind>()
  /// What becomes of missing values; an error where nothing is said.
  package var missing = ColumnRules<TableColumn.Missing>()
  /// What cells hold that lack a value, beside nothing at all.
  package var missingMarks: [String] = []
  /// What becomes of categories that no training row has.
  package var unseen = ColumnRules<UnseenRule>()
  /// The column that says how much each sample counts.
  package var sampleWeight: ColumnReference?
  /// What separates cells; nil: commas, unless the first line says otherwise.
  package var separator: UInt8?
  /// What stands before a number's fraction.
  package var decimal: UInt8
  /// Of the keys that name columns, where they are given in a configuration.
  var places: [String: Place] = [:]

  package init(
    path: String, header: Bool, input: [ColumnReference] = [], target: [ColumnReference],
    exclude: [ColumnReference] = [], separator: UInt8? = nil, decimal: UInt8 = UInt8(ascii: ".")
  ) {
    self.path = path
    self.header = header
    self.input = input
    self.target = target
    self.exclude = exclude
    self.separator = separator
    self.decimal = decimal
  }

  /// How the file is written, and a line about what was found out.
  package func format(of text: CSVText) -> (format: CSVFormat, note: String?) {
    guard let separator else { return CSVFormat.detected(in: text, decimal: decimal) }
    return (CSVFormat(separator: separator, decimal: decimal), nil)
  }
}

/// What becomes of a category that no training row has.
package enum UnseenRule: String, CaseIterable, Sendable {
  case error
  /// It gets an input of its own.
  case input
}

/// Two files in the format of MNIST, plain or packed with gzip.
package struct IDXSource: Equatable, Sendable {
  /// Absolute.
  package var images: String
  package var labels: String
  /// The names of the classes, in the order of their labels; empty: the labels are the names.
  package var classes: [String]

  package init(images: String, labels: String, classes: [String] = []) {
    self.images = images
    self.labels = labels
    self.classes = classes
  }
}

/// A column of a CSV file, by its name or by its number from 0.
public enum ColumnReference: Equatable, Sendable {
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
