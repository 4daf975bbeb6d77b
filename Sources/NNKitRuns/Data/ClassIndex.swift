/// Labels in their order: as numbers if all are, else as texts.
func inOrder(_ labels: Set<String>) -> [String] {
  let numbers = labels.compactMap { label in
    decimalNumber(in: Array(label.utf8), 0..<label.utf8.count).map { (number: $0, label: label) }
  }
  guard numbers.count == labels.count else { return labels.sorted() }
  return numbers.sorted { ($0.number, $0.label) < ($1.number, $1.label) }.map(\.label)
}

/// Which place a label has among the classes.
struct ClassIndex {
  let classes: [String]
  private let places: [String: Int]

  /// - Parameters:
  ///   - classes: Their names.
  ///   - labels: What files have in place of the names, if that is something else.
  init(_ classes: [String], labels: [String]? = nil) {
    self.classes = classes
    var places = Dictionary(zip(classes, classes.indices), uniquingKeysWith: { first, _ in first })
    for (place, label) in (labels ?? []).enumerated() where places[label] == nil { places[label] = place }
    self.places = places
  }

  /// The place of `label`; nil if there is no such class.
  ///
  /// Classes that are numbers may be written otherwise (`3.0`).
  func place(of label: String) -> Int? {
    if let place = places[label] { return place }
    let bytes = Array(label.utf8)
    guard let number = decimalNumber(in: bytes, bytes.indices), let whole = Int(exactly: number) else { return nil }
    return places[String(whole)]
  }
}
