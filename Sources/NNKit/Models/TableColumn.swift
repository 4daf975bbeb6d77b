/// What a column of a table becomes on its way to a network's inputs: fitted on training rows, kept in the model.
///
/// | kind | inputs |
/// |---|---|
/// | `number` | its number |
/// | `categorical` | one for each category: 1 for the row's own, 0 for the others (one-hot) |
/// | `ordered` | the place of its category in the given order, from 0 |
/// | `timestamp` | the seconds since 1970-01-01 00:00 UTC |
public struct TableColumn: Codable, Hashable, Sendable {
  /// What a column holds.
  public enum Kind: String, Codable, Sendable {
    case number, categorical, ordered, timestamp
  }

  /// What becomes of a row that has no value in the column.
  public enum Missing: String, Codable, Sendable, CaseIterable {
    /// It is refused.
    case error
    /// The mean of the training rows takes its place.
    case mean
    /// The most frequent value of the training rows does.
    case mode
    /// The row is left out.
    case drop
    /// An input of its own says that the value is missing; numbers have the mean in its place, categories are all 0.
    case indicator
  }

  /// As the table's header has it; nil without one.
  public var name: String?
  /// What it holds.
  public var kind: Kind
  /// Of `categorical` and `ordered`.
  public var categories: [String]?
  /// Whether a category that no training row has is an input of its own, behind those of the others.
  public var takesUnseen: Bool
  /// What becomes of a row without a value in it.
  public var missing: Missing
  /// What takes the place of a missing value: a number, or the place of a category; nil: nothing does.
  public var fill: Double?

  /// A column as it was fitted.
  public init(
    name: String?, kind: Kind = .number, categories: [String]? = nil, takesUnseen: Bool = false,
    missing: Missing = .error, fill: Double? = nil
  ) {
    self.name = name
    self.kind = kind
    self.categories = categories
    self.takesUnseen = takesUnseen
    self.missing = missing
    self.fill = fill
  }

  /// Whether its number is an input as it is, and rows without one are refused.
  package var isPlain: Bool { kind == .number && missing == .error }

  private var valueCount: Int { kind == .categorical ? (categories?.count ?? 0) + (takesUnseen ? 1 : 0) : 1 }

  /// How many inputs of the network it gives.
  public var inputCount: Int { valueCount + (missing == .indicator ? 1 : 0) }

  /// Which of them are numbers that may be scaled; the others are 0 or 1.
  package var scalableCount: Int { kind == .categorical ? 0 : 1 }

  /// What its inputs are called: `age`, `Type=Thai`, `Type=(unseen)`, `age is missing`.
  ///
  /// - Parameter number: Its place among the table's inputs, for a column without a name.
  /// - Returns: `inputCount` names.
  public func inputNames(number: Int) -> [String] {
    let name = name ?? "x\(number)"
    var names =
      kind == .categorical
      ? (categories ?? []).map { "\(name)=\($0)" } + (takesUnseen ? ["\(name)=(unseen)"] : []) : [name]
    if missing == .indicator { names.append("\(name) is missing") }
    return names
  }

  /// Writes its inputs for one cell.
  ///
  /// - Parameters:
  ///   - value: The number, the place of the category (their count: an unseen one), or NaN for a missing value.
  ///   - place: Room for `inputCount` numbers.
  @inline(__always)
  package func encode(_ value: Double, to place: UnsafeMutablePointer<Double>) {
    let known = value.isNaN ? fill ?? value : value
    if kind == .categorical {
      for index in 0..<valueCount { place[index] = 0 }
      if !known.isNaN { place[Int(known)] = 1 }
    } else {
      place[0] = known
    }
    if missing == .indicator { place[valueCount] = value.isNaN ? 1 : 0 }
  }

  /// Why it cannot be one, if it was read from a file.
  var problem: String? {
    let count = categories?.count ?? 0
    let needsCategories = kind == .categorical || kind == .ordered
    if needsCategories != (categories != nil) || needsCategories && count == 0 { return "its categories are not there" }
    if let fill, !fill.isFinite || needsCategories && !(0..<Double(count) ~= fill && fill == fill.rounded()) {
      return "what takes the place of its missing values is \(fill)"
    }
    return missing != .error && missing != .drop && fill == nil && !(kind == .categorical && missing == .indicator)
      ? "nothing takes the place of its missing values" : nil
  }
}
