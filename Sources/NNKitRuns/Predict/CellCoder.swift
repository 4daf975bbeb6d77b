internal import NNKit

/// Makes inputs of a table's cells, as the model's training made them.
struct CellCoder {
  /// A cell as a file has it.
  enum Cell {
    case missing
    case number(Double)
    case text(String)
  }

  /// What keeps a cell from being one of the column.
  struct Fault: Error {
    let words: String
  }

  private let columns: [TableColumn]
  private let known: [ClassIndex?]
  let inputCount: Int

  init(_ columns: [TableColumn]) {
    self.columns = columns
    known = columns.map { $0.categories.map { ClassIndex($0) } }
    inputCount = columns.reduce(0) { $0 + $1.inputCount }
  }

  /// The inputs that a row's cells give, which have been made numbers by `number(for:column:)`.
  func inputs(_ cells: [Double]) -> [Double] {
    var inputs = [Double](repeating: 0, count: inputCount)
    inputs.withUnsafeMutableBufferPointer { inputs in
      guard var place = inputs.baseAddress else { return }
      for (column, cell) in zip(columns, cells) {
        column.encode(cell, to: place)
        place += column.inputCount
      }
    }
    return inputs
  }

  /// The number that stands for a cell; see `TableColumn.encode`.
  func number(for cell: Cell, column index: Int) throws(Fault) -> Double {
    let column = columns[index]
    let words = column.name.map { "column \(shown($0))" } ?? "column number \(index)"
    switch (column.kind, cell) {
    case (_, .missing):
      if column.missing != .error && column.missing != .drop { return .nan }
      throw Fault(
        words: "there is no value in \(words); "
          + (column.missing == .drop
            ? "training rows without one were left out, so the model cannot answer this one"
            : "the training data lacked none, so nothing can take its place"))
    case (.number, .number(let number)): return number
    case (.number, .text(let text)): throw Fault(words: "found \(shown(text)) in \(words), expected a finite number")
    case (.timestamp, .text(let text)):
      let seconds = Array(text.utf8).withUnsafeBufferPointer { timestamp(in: $0, 0..<$0.count) }
      guard let seconds else {
        throw Fault(words: "found \(shown(text)) in \(words), expected a time such as 2024-05-01T12:30:00Z")
      }
      return seconds
    case (.timestamp, .number(let number)):
      throw Fault(words: "found \(shortNumber(number)) in \(words), expected a time such as 2024-05-01T12:30:00Z")
    case (.categorical, .number(let number)), (.ordered, .number(let number)):
      return try place(of: Int(exactly: number).map(String.init) ?? "\(number)", index, words)
    case (.categorical, .text(let text)), (.ordered, .text(let text)): return try place(of: text, index, words)
    }
  }

  private func place(of text: String, _ index: Int, _ words: String) throws(Fault) -> Double {
    let categories = known[index]?.classes ?? []
    if let place = known[index]?.place(of: text) { return Double(place) }
    if columns[index].takesUnseen { return Double(categories.count) }
    throw Fault(words: TableCells.unseenWords(text, words, categories))
  }
}
