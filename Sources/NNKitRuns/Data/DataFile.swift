public import NNKit

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Samples read from a file, as they are there: not scaled, their targets not yet in the form that a loss compares.
///
///     let file = try DataFile(csv: url, target: [.name("species")])
///     let scaling = file.scaling(.standard)
///     let samples = try file.samples(for: network, loss: loss, scaling: scaling)
public struct DataFile {
  private let raw: RawSamples
  /// What became of the table's columns, where they are not its numbers as they are.
  public let columns: [TableColumn]?

  /// Reads comma-separated values, plain or gzip, each line a sample.
  ///
  /// A target column with text holds class labels. An input column with text holds categories, an input for each: those of
  /// this file, or with `like` those of another.
  ///
  /// - Parameters:
  ///   - url: Where the file is.
  ///   - header: Whether the first line names the columns.
  ///   - input: The columns that are inputs; all others than the targets and the excluded ones if empty.
  ///   - target: The columns to be learned.
  ///   - exclude: Columns that are neither.
  ///   - separator: What stands between cells, one ASCII character; if nil a comma, unless the first line is one cell
  ///     with `;`, a tab or `|` in it.
  ///   - decimal: What stands before a number's fraction: a point or a comma.
  ///   - other: The training data, whose inputs and classes this file is to have: its columns are found by name.
  /// - Throws: `DataError`, with file, line and column.
  public init(
    csv url: URL, header: Bool = true, input: [ColumnReference] = [], target: [ColumnReference],
    exclude: [ColumnReference] = [], separator: Character? = nil, decimal: Character = ".", like other: DataFile? = nil
  ) throws {
    func byte(_ character: Character, _ name: String) throws -> UInt8 {
      guard let byte = character.asciiValue else {
        throw DataError("\(name) is `\(character)`, expected an ASCII character")
      }
      return byte
    }
    guard decimal == "." || decimal == "," else {
      throw DataError("the decimal separator is `\(decimal)`, expected `.` or `,`")
    }
    let source = CSVSource(
      path: try Self.path(url), header: header, input: input, target: target, exclude: exclude,
      separator: try separator.map { try byte($0, "the separator") },
      decimal: try byte(decimal, "the decimal separator"))
    var raw = try source.read(Double.self, form: other?.form)
    columns = try other?.columns ?? raw.inputs.cells?.fit()
    if let cells = raw.inputs.cells, let columns { raw.inputs = RawInputs(try cells.values(fittedTo: columns)) }
    self.raw = raw
  }

  /// What another file is to have to be like this one.
  private var form: SampleForm {
    SampleForm(
      inputCount: inputCount, columns: columns, inputNames: inputNames, targetKind: classes == nil ? nil : .classes,
      targetNames: targetNames, classes: classes)
  }

  /// Reads two files in the format of MNIST, plain or gzip: samples of any shape, and a class label for each.
  ///
  /// - Parameters:
  ///   - images: The samples; a sample's numbers are its inputs, row after row.
  ///   - labels: As many labels, whole numbers.
  ///   - classes: The names of the labels 0, 1, 2, … or of those that occur, in ascending order; if empty, the numbers are
  ///     the names.
  /// - Throws: `DataError`, with the file.
  public init(idx images: URL, labels: URL, classes: [String] = []) throws {
    let source = IDXSource(images: try Self.path(images), labels: try Self.path(labels), classes: classes)
    raw = try source.read(Double.self, form: nil)
    columns = nil
  }

  private static func path(_ url: URL) throws -> String {
    guard url.isFileURL else {
      throw DataError("is not the address of a file; expected `URL(filePath:)`", file: url.absoluteString)
    }
    return url.path
  }

  /// How many samples there are.
  public var count: Int { raw.count }
  /// How many inputs a sample has.
  public var inputCount: Int { raw.inputs.columns }
  /// The names of the inputs, where the file has them; `Type=Thai` for a category.
  public var inputNames: [String]? { raw.featureNames == nil ? nil : columns?.inputNames ?? raw.featureNames }
  /// The names of the target columns, where the file has them.
  public var targetNames: [String]? { raw.targetNames }
  /// The names of the classes, in the order of a network's outputs; nil where targets are numbers.
  public var classes: [String]? { if case .labels(_, let classes) = raw.targets { classes } else { nil } }
  /// The inputs, a sample each.
  public var inputs: [[Double]] { raw.inputs.values }
  /// For each sample the index of its class in `classes`; nil where targets are numbers.
  public var labels: [Int]? { if case .labels(let labels, _) = raw.targets { labels } else { nil } }
  /// The targets, a sample each, where they are numbers.
  public var targets: [[Double]]? { if case .values(let matrix) = raw.targets { matrix.values } else { nil } }

  /// What brings these inputs to a common scale; use that of the training data for all others.
  public func scaling(_ method: ScaleMethod) -> Scaling { raw.inputs.fit(method, knownRange: raw.knownRange) }

  /// The samples as a network reads them and a loss compares them.
  ///
  /// Numbers in the target columns may be classes too: whole numbers where the network has several outputs, or columns of
  /// zeros and ones of which exactly one is on in each sample.
  ///
  /// - Parameters:
  ///   - network: Whose inputs and outputs they are to fit.
  ///   - loss: Which targets stand for "not of this class" and "of this class", and which it takes.
  ///   - scaling: How inputs are scaled, see `scaling(_:)`; nil leaves them as they are.
  /// - Returns: The samples.
  /// - Throws: `DataError` if they do not fit; `NetworkError` if there are none.
  public func samples<Scalar: NetworkScalar>(
    for network: Network<Scalar>, loss: Loss, scaling: Scaling? = nil
  ) throws -> Samples<Scalar> {
    guard inputCount == network.inputCount else {
      throw DataError(
        "its samples have \(inputCount) inputs, the network takes \(network.inputCount)", file: raw.file)
    }
    for numbers in [scaling?.offset, scaling?.factor].compactMap(\.self)
    where numbers.count != 1 && numbers.count != inputCount {
      throw DataError("the scaling has \(numbers.count) numbers, expected 1 or \(inputCount)")
    }
    let decision = try TargetDecision(raw, outputs: network.outputCount, loss: loss)
    let targets = try encodeTargets(decision.targets, outputs: network.outputCount, loss: loss)
    try checkTargets(targets, loss.targetRange, loss)
    return try Samples(
      raw.inputs.scaled(by: scaling, as: Scalar.self), targets: Matrix(converting: targets),
      targetKind: decision.kind)
  }
}

extension DataError: LocalizedError {
  /// The same as `description`.
  public var errorDescription: String? { description }
}
