package import NNKit

/// The cells of a table's inputs as they were read, not yet what a network reads: that is fitted on training rows.
package struct TableCells {
  /// A column, and what is known of it before any fitting.
  package struct Column {
    let name: String?
    /// In the file, from 0.
    let number: Int
    let kind: TableColumn.Kind
    /// Of `ordered`: given by the configuration.
    let order: [String]?
    /// Of `categorical`: its texts as they came, and where in the file each stands first.
    let labels: [(text: String, offset: Int)]
    let missing: TableColumn.Missing
    /// Where the configuration says so; nil where it says nothing.
    let missingPlace: Place?
    let takesUnseen: Bool

    var words: String { name.map { "column \(shown($0))" } ?? "column number \(number)" }
  }

  /// Rows × columns: numbers, seconds, the place among `order` or `labels`; NaN where a value is missing.
  let matrix: Matrix<Double>
  package let columns: [Column]
  /// The files that they come from, read as one.
  let files: [String]
  let hasHeader: Bool
  private var file: String { files.first ?? "" }

  /// Whether each cell is the network's input as it is.
  var arePlain: Bool { columns.allSatisfy { $0.kind == .number && $0.missing == .error } }

  /// What the columns become, fitted on these rows.
  ///
  /// - Throws: `DataError`, `ConfigurationError` if a column has nothing that could take the place of what is missing.
  package func fit() throws -> [TableColumn] {
    try columns.enumerated().map { index, column in
      var fitted = TableColumn(name: column.name, kind: column.kind, takesUnseen: column.takesUnseen)
      let counts = column.kind == .categorical ? labelCounts(index, column.labels.count) : []
      switch column.kind {
      case .categorical:
        fitted.categories = inOrder(Set(column.labels.indices.filter { counts[$0] > 0 }.map { column.labels[$0].text }))
        if fitted.categories?.isEmpty != false {
          throw DataError("\(column.words) is empty in all training rows; leave it out: `skip`", file: file)
        }
      case .ordered: fitted.categories = column.order
      case .number, .timestamp: break
      }
      (fitted.missing, fitted.fill) = try missing(index, column, fitted.categories)
      return fitted
    }
  }

  private func labelCounts(_ index: Int, _ count: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    forEachValue(of: index) { if !$0.isNaN { counts[Int($0)] += 1 } }
    return counts
  }

  private func forEachValue(of column: Int, _ body: (Double) -> Void) {
    for row in 0..<matrix.rows { body(matrix.base[row * matrix.columns + column]) }
  }

  /// The rule for missing values, and what takes their place.
  private func missing(
    _ index: Int, _ column: Column, _ categories: [String]?
  ) throws -> (TableColumn.Missing, Double?) {
    guard column.missing != .error, column.missing != .drop else { return (column.missing, nil) }
    var (sum, known) = (0.0, 0)
    forEachValue(of: index) { if !$0.isNaN { (sum, known) = (sum + $0, known + 1) } }
    let isComplete = known == matrix.rows
    guard known > 0 else {
      throw DataError(
        "\(column.words) is empty in all training rows, so nothing can take the place of missing values; leave it out:"
          + " `skip`", file: file)
    }
    let hasMean = column.kind == .number || column.kind == .timestamp
    if column.missing == .mean, !hasMean {
      if isComplete { return (.error, nil) }
      throw ConfigurationError(
        column.missingPlace?.description,
        "\(column.words) has missing values and holds categories, which have no mean; expected mode, indicator, drop or"
          + " error, as in `missing: {\(column.name ?? "\(column.number)"): mode, \"*\": mean}`")
    }
    if column.missing == .indicator {
      // An input that is 0 in all training rows would learn nothing.
      if isComplete { return (.error, nil) }
      return (.indicator, column.kind == .categorical ? nil : hasMean ? sum / Double(known) : mode(index))
    }
    if column.missing == .mean { return (.mean, sum / Double(known)) }
    guard column.kind == .categorical else { return (.mode, mode(index)) }
    // Of equally frequent ones the first in the order of the categories.
    let counts = labelCounts(index, column.labels.count)
    let byText = Dictionary(zip(column.labels.map(\.text), counts), uniquingKeysWith: +)
    let all = categories ?? []
    let most = all.map { byText[$0] ?? 0 }.max() ?? 0
    return (.mode, Double(all.firstIndex { byText[$0] == most } ?? 0))
  }

  /// The most frequent number; of equally frequent ones the least.
  private func mode(_ index: Int) -> Double {
    var counts: [Double: Int] = [:]
    forEachValue(of: index) { if !$0.isNaN { counts[$0, default: 0] += 1 } }
    let most = counts.values.max() ?? 0
    return counts.filter { $0.value == most }.keys.min() ?? 0
  }

  /// These rows with what was fitted, which may have been on others.
  ///
  /// - Throws: `DataError` at a category that is in none of the rows that it was fitted on.
  package func values(fittedTo fitted: [TableColumn]) throws -> TableValues {
    for (index, (column, fitted)) in zip(columns, fitted).enumerated() where column.kind == .categorical {
      let places = ClassIndex(fitted.categories ?? [])
      let values = column.labels.indices.map { label -> Double in
        if let place = places.place(of: column.labels[label].text) { return Double(place) }
        return fitted.takesUnseen ? Double(places.classes.count) : .nan
      }
      var unseen: Int?
      for row in 0..<matrix.rows {
        let place = row * matrix.columns + index
        let label = matrix.base[place]
        if label.isNaN { continue }
        let value = values[Int(label)]
        if value.isNaN { unseen = unseen ?? Int(label) }
        matrix.base[place] = value
      }
      if let unseen {
        let label = column.labels[unseen]
        throw try CSVText(contentsOf: files, header: hasHeader).error(
          at: label.offset, Self.unseenWords(label.text, column.words, fitted.categories ?? []))
      }
    }
    return TableValues(matrix: matrix, columns: fitted)
  }

  static func unseenWords(_ label: String, _ column: String, _ categories: [String]) -> String {
    "found \(shown(label)) in \(column), a category that no training row has"
      + "\(suggestion(for: label, among: categories, otherwise: ";")) they have \(listed(categories)); with"
      + " `unseen: input` in the training data such categories have an input of their own"
  }

  func subset(_ indices: [Int]) -> TableCells {
    TableCells(matrix: matrix.rows(indices), columns: columns, files: files, hasHeader: hasHeader)
  }
}

/// The cells of a table, of which it is known what they become.
package struct TableValues {
  /// Rows × columns: numbers, places of categories; NaN where a value is missing.
  let matrix: Matrix<Double>
  let columns: [TableColumn]

  var inputCount: Int { columns.reduce(0) { $0 + $1.inputCount } }

  /// Some rows as a network's inputs, not scaled.
  func inputs(_ rows: Range<Int>, to target: Matrix<Double>) {
    let width = target.columns
    var place = 0
    for (index, column) in columns.enumerated() {
      let count = column.inputCount
      for row in rows {
        column.encode(
          matrix.base[row * matrix.columns + index], to: target.base + (row - rows.lowerBound) * width + place)
      }
      place += count
    }
  }

  /// All rows as inputs, not scaled.
  var allInputs: Matrix<Double> {
    let all = Matrix<Double>(rows: matrix.rows, columns: inputCount)
    inputs(0..<matrix.rows, to: all)
    return all
  }

  func scaled<Scalar: NetworkScalar>(by scaling: Scaling?, as type: Scalar.Type) -> Matrix<Scalar> {
    let width = inputCount
    let result = Matrix<Scalar>(rows: matrix.rows, columns: width)
    // A block at a time, since the inputs in double precision may take much memory.
    for first in stride(from: 0, to: matrix.rows, by: 1024) {
      let rows = first..<min(first + 1024, matrix.rows)
      let block = Matrix<Double>(rows: rows.count, columns: width)
      inputs(rows, to: block)
      scaling?.apply(to: block)
      let numbers = Matrix<Scalar>(converting: block)
      (result.base + first * width).update(from: numbers.base, count: numbers.count)
    }
    return result
  }

  func subset(_ indices: [Int]) -> TableValues { TableValues(matrix: matrix.rows(indices), columns: columns) }
}

extension [TableColumn] {
  /// What the inputs are called that the columns give.
  package var inputNames: [String] { enumerated().flatMap { $1.inputNames(number: $0) } }
}
