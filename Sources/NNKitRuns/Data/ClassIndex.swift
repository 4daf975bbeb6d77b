/// Which place a label has among the classes.
struct ClassIndex {
  let classes: [String]
  private let places: [String: Int]

  init(_ classes: [String]) {
    self.classes = classes
    places = Dictionary(zip(classes, classes.indices), uniquingKeysWith: { first, _ in first })
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
