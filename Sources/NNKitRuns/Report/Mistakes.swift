import NNKit

/// The samples that were taken for another class, those with the greatest loss first: the two worst of each confusion.
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

  private static let kept = 2
  private static let limit = 200
  private var worst: [[Int]: [Mistake]] = [:]

  package init() {}

  package mutating func add(_ mistake: Mistake) {
    let key = [mistake.target, mistake.found]
    let place = worst[key, default: []].firstIndex { $0.loss < mistake.loss } ?? worst[key, default: []].count
    if place < Self.kept {
      worst[key, default: []].insert(mistake, at: place)
      worst[key] = Array(worst[key, default: []].prefix(Self.kept))
    }
  }

  package var list: [Mistake] {
    let all = worst.values.joined().sorted { ($1.loss, $0.sample) < ($0.loss, $1.sample) }
    return Array(all.prefix(Self.limit))
  }
}
