internal import NNKit

/// Reads the inputs, targets and weights of a table in one pass over its rows.
struct TableReading {
  private let source: CSVSource
  private let table: CSVTable
  private let inputs: [Int]
  private let targets: [Int]
  private let weight: Int?
  private let form: SampleForm?

  struct Cells {
    let inputs: RawInputs
    let targets: RawTargets
    let weights: [Double]?
    /// The rows that are not left out; nil if all are kept.
    let kept: [Int]?
    let notes: [String]
  }

  init(_ source: CSVSource, _ table: CSVTable, inputs: [Int], targets: [Int], _ form: SampleForm?) throws {
    (self.source, self.table, self.inputs, self.targets, self.form) = (source, table, inputs, targets, form)
    weight = try source.sampleWeight.map(table.index(of:))
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func read<Scalar: NetworkScalar>(_ type: Scalar.Type) throws -> Cells {
    var readers = inputs.enumerated().map { place, column in
      let name = table.names?[column]
      return form.map { ColumnReader(column, like: $0.columns?[place], marks: source.missingMarks) }
        ?? ColumnReader(column, name, as: source.columns.rule(for: name, number: column)?.value, of: source)
    }
    let width = inputs.count
    let matrix = Matrix<Double>(rows: table.rowCount, columns: width)
    let numbers = Matrix<Double>(rows: targets.count > 1 ? table.rowCount : 0, columns: targets.count)
    var target = targets.count == 1 ? TargetReader(targets[0], table.names?[targets[0]], of: source, form) : nil
    var weights: [Double] = []
    var dropped: [Int] = []
    try table.text.bytes.withUnsafeBufferPointer { bytes in
      try table.forEachRow { row, cells in
        var drops = false
        let place = matrix.base + row * width
        for index in 0..<width {
          place[index] = try readers[index].read(
            cells[readers[index].column], of: table, bytes, finiteIn: type, drops: &drops)
        }
        if target != nil {
          try target?.read(cells[targets[0]], of: table, bytes, finiteIn: type, dropsRow: &drops)
        } else {
          try read(cells, row, into: numbers, type)
        }
        if let weight { weights.append(try self.weight(in: cells[weight], weight)) }
        if drops { dropped.append(row) }
      }
    }
    if weight != nil, !weights.contains(where: { $0 > 0 }) {
      throw DataError("all weights of the samples are 0; expected some greater than that", file: source.path)
    }
    let finished = try readers.map { try $0.finish(table) }
    return Cells(
      inputs: inputs(matrix, finished.map(\.column)), targets: try target?.finish(table) ?? .values(numbers),
      weights: weight == nil ? nil : weights, kept: dropped.isEmpty ? nil : kept(without: dropped),
      notes: finished.compactMap(\.note))
  }

  private func inputs(_ matrix: Matrix<Double>, _ columns: [TableCells.Column]) -> RawInputs {
    if let form { return form.columns.map { RawInputs(TableValues(matrix: matrix, columns: $0)) } ?? RawInputs(matrix) }
    let cells = TableCells(matrix: matrix, columns: columns, files: source.files, hasHeader: source.header)
    return cells.arePlain ? RawInputs(matrix) : RawInputs(cells)
  }

  private func kept(without dropped: [Int]) -> [Int] {
    let dropped = Set(dropped)
    return (0..<table.rowCount).filter { !dropped.contains($0) }
  }

  private func read<Scalar: NetworkScalar>(
    _ cells: [CSVCell], _ row: Int, into numbers: Matrix<Double>, _: Scalar.Type
  ) throws {
    for (place, column) in targets.enumerated() {
      let value = try table.number(in: cells[column], column: column)
      guard Scalar(value).isFinite else {
        throw table.notANumber(
          cells[column], column, expected: "a number that is finite in \(Scalar.precisionName)")
      }
      numbers[row, place] = value
    }
  }

  private func weight(in cell: CSVCell, _ column: Int) throws -> Double {
    let value = try table.number(in: cell, column: column)
    guard value >= 0 else { throw table.notANumber(cell, column, expected: "a weight of at least 0") }
    return value
  }
}
