internal import NNKit

/// Why a training ended, and whose weights its model has.
package struct RunEnding {
  package enum Kind: String, Sendable {
    case completed
    case earlyStopping = "early_stopping"
    /// A rule of `training.stop` ended it.
    case stopRule = "stop"
    /// The user ended it before its last epoch.
    case stopped
    case nonFinite = "non_finite"
  }

  package let kind: Kind
  /// How many epochs have ended, and how many there were to be.
  package let epochs: Int
  package let configuredEpochs: Int
  /// How many batches of the next epoch were trained.
  package let batches: Int
  let stopping: EarlyStopping?
  /// With `stopRule`: the rules, and which one held.
  var stop: (rules: TrainingStop, reason: TrainingStop.Reason)?
  /// With early stopping: the best epoch, from 1, and its figures where they are known.
  let bestEpoch: Int?
  let best: RunHistory.BestEpoch?

  /// What there is to say beyond that the training is done, a sentence each.
  package var sentences: [String] {
    var sentences: [String] = []
    switch kind {
    case .completed, .nonFinite: break
    case .stopped:
      let within = batches > 0 ? " and \(batches) batch\(batches == 1 ? "" : "es") of the next" : ""
      sentences.append("The training was ended after \(epochs) of \(configuredEpochs) epochs\(within).")
    case .stopRule:
      let within = batches > 0 ? " and \(batches) batch\(batches == 1 ? "" : "es") of the next" : ""
      sentences.append(
        "Stop: \(stopWords), so the training ended after \(epochs) of \(configuredEpochs) epochs\(within).")
    case .earlyStopping:
      let (metric, patience) = (stopping?.metric.rawValue ?? "its metric", stopping?.patience ?? 0)
      let since = patience == 1 ? "in 1 epoch" : "in \(patience) epochs"
      sentences.append(
        "Early stopping: \(metric) has not become better \(since), so the training ended after epoch \(epochs) of"
          + " \(configuredEpochs).")
    }
    if kind != .nonFinite, let stopping, let bestEpoch {
      let figures = best.map { ": \($0.words)" } ?? ""
      sentences.append(
        bestEpoch == epochs && batches == 0
          ? "The model has the weights of the last epoch, which has the best \(stopping.metric.rawValue)\(figures)."
          : "The model has the weights of epoch \(bestEpoch), which has the best \(stopping.metric.rawValue)\(figures)."
      )
    }
    return sentences
  }

  private var stopWords: String {
    guard let stop else { return "one of its rules holds" }
    switch stop.reason {
    case .loss: return "the training loss has come to \(stop.rules.loss.map { shortNumber($0) } ?? "its bound")"
    case .minutes: return "\(stop.rules.minutes.map { shortNumber($0) } ?? "its") minutes are over"
    case .bitFail:
      let most = stop.rules.bitFail ?? 0
      return
        "no more than \(most) output\(most == 1 ? "" : "s") were off by \(shortNumber(stop.rules.bitFailLimit)) or more"
    }
  }

  /// The summary's part.
  var pairs: [(String, JSONText)] {
    var pairs: [(String, JSONText)] = [("ending", .text(kind.rawValue))]
    if !sentences.isEmpty { pairs.append(("ended", .text(sentences.joined(separator: " ")))) }
    return pairs
  }

  /// The best epoch and its figures, apart from those of the last epoch.
  var bestPairs: [(String, JSONText)] {
    guard let bestEpoch else { return [] }
    return [("best_epoch", .integer(bestEpoch))] + (best.map { [("best", .object($0.pairs))] } ?? [])
  }
}

extension RunHistory.BestEpoch {
  fileprivate var sets: [(name: String, metrics: Metrics)] {
    [("train", train), ("validation", validation), ("test", test)].compactMap { name, metrics in
      metrics.map { (name, $0) }
    }
  }

  fileprivate var words: String {
    sets.map { name, metrics in
      "\(name) loss \(shortNumber(metrics.loss))" + (metrics.accuracy.map { ", accuracy \(shortNumber($0))" } ?? "")
    }.joined(separator: "; ")
  }

  fileprivate var pairs: [(String, JSONText)] {
    [("epoch", .integer(epoch))] + sets.flatMap { name, metrics in metrics.pairs(name) }
  }
}
