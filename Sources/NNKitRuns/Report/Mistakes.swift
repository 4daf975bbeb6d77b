import NNKit

/// Samples that were taken for another class, those with the greatest loss first: the worst of all, and of each confusion.
package struct Mistakes {
  package struct Mistake {
    /// Its number among the samples that were measured.
    package let sample: Int
    package let target: Int
    package let found: Int
    package let loss: Double

    package init(sample: Int, target: Int, found: Int, loss: Double) {
      (self.sample, self.target, self.found, self.loss) = (sample, target, found, loss)
    }
  }

  private static let (shownOfAll, shownOfEach, limit) = (24, 2, 200)
  private var worst: [Mistake] = []
  private var worstOfEach: [[Int]: [Mistake]] = [:]

  package init() {}

  package mutating func add(_ mistake: Mistake) {
    Self.insert(mistake, into: &worst, keeping: Self.shownOfAll)
    Self.insert(mistake, into: &worstOfEach[[mistake.target, mistake.found], default: []], keeping: Self.shownOfEach)
  }

  private static func insert(_ mistake: Mistake, into list: inout [Mistake], keeping count: Int) {
    let place = list.firstIndex { $0.loss < mistake.loss } ?? list.count
    if place >= count { return }
    list.insert(mistake, at: place)
    if list.count > count { list.removeLast() }
  }

  package var list: [Mistake] {
    let known = Set(worst.map(\.sample))
    let all = (worst + worstOfEach.values.joined().filter { !known.contains($0.sample) })
      .sorted { ($1.loss, $0.sample) < ($0.loss, $1.sample) }
    return Array(all.prefix(Self.limit))
  }
}
