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
