/// The names most like a mistyped one, best first, at most three; empty if none is like it.
package func nearestNames(to name: String, in names: [String]) -> [String] {
  let limit = max(1, name.count / 3)
  let scored = names.map { (name: $0, distance: editDistance(name, $0)) }.filter { candidate in
    candidate.distance <= limit || candidate.name.hasPrefix(name) && name.count > 1
  }
  return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
}

/// How many characters must be inserted, removed, replaced or swapped with a neighbour to turn one text into the other
/// (Damerau, 1964).
private func editDistance(_ left: String, _ right: String) -> Int {
  let (a, b) = (Array(left), Array(right))
  var before: [Int] = []
  var previous = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1]
    for j in b.indices {
      var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
      current.append(cost)
    }
    (before, previous) = (previous, current)
  }
  return previous[b.count]
}
