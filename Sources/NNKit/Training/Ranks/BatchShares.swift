/// Which samples of each batch a process takes: all of them, or its part where several ranks train together.
///
/// Ranks that have all samples cut each batch. Where each rank has samples of its own, it gives each batch of an epoch as many
/// as any other batch, or one more.
struct BatchShares {
  /// How many samples each rank has of its own; nil where all have the same.
  private let counts: [Int]?
  private let ranks: Ranks?
  /// How many samples there are on all ranks.
  let total: Int
  /// How many of them a batch has; the last may have fewer.
  let size: Int
  /// How many batches an epoch has.
  let batches: Int
  /// How many samples the ranks before this one have of their own.
  let before: Int

  /// - Parameters:
  ///   - batch: How many samples a batch has.
  ///   - samples: How many samples this process has.
  ///   - ranks: All of them; nil for one process.
  ///   - counts: How many samples each has of its own; nil where all have the same.
  init(batch: Int, samples: Int, _ ranks: Ranks?, counts: [Int]?) {
    (self.ranks, self.counts) = (ranks, counts)
    total = counts?.reduce(0, +) ?? samples
    size = min(batch, total)
    batches = (total + size - 1) / size
    before = counts?.prefix(ranks?.rank ?? 0).reduce(0, +) ?? 0
  }

  /// How many samples of a batch this process takes at most.
  var most: Int {
    guard let ranks else { return size }
    let all = counts?[ranks.rank] ?? size
    let parts = counts == nil ? ranks.count : batches
    return (all + parts - 1) / parts
  }

  /// How many samples a batch has at most, on all ranks together.
  var mostOfAll: Int { counts.map { $0.reduce(0) { $0 + ($1 + batches - 1) / batches } } ?? size }

  /// This process's samples of a batch, as places among its own, and how many samples of the batch ranks before it take.
  func share(ofBatch number: Int) -> (own: Range<Int>, before: Int) {
    guard number < batches else { return (0..<0, 0) }
    if let counts, let ranks {
      let before = (0..<ranks.rank).reduce(0) { $0 + ownShare(ofBatch: number, rank: $1, counts[$1]).count }
      return (ownShare(ofBatch: number, rank: ranks.rank, counts[ranks.rank]), before)
    }
    let whole = number * size..<min((number + 1) * size, total)
    let own = ranks?.share(of: whole) ?? whole
    return (own, own.lowerBound - whole.lowerBound)
  }

  /// What a rank gives a batch of its own `count` samples.
  ///
  /// As many as others get, or one more. Ranks begin at different places with one more, so that where batches are small, not all
  /// of them give to the same ones.
  private func ownShare(ofBatch number: Int, rank: Int, _ count: Int) -> Range<Int> {
    let shift = batches * rank / (ranks?.count ?? 1)
    return (count * number + shift) / batches..<(count * (number + 1) + shift) / batches
  }
}
