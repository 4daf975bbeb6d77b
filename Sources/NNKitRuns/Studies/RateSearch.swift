package import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// The learning-rate range test: the loss of batch after batch while the learning rate rises.
///
/// L. Smith, "Cyclical learning rates for training neural networks", 2017.
package struct RateSearch {
  /// One step.
  package struct Point {
    package let rate: Double
    /// The mean over the batch's samples, before its step.
    package let loss: Double
    /// The mean of the losses up to here, each weighted by 0.9 of the one after it.
    package let smoothed: Double
  }

  package let points: [Point]
  /// The suggestion; nil if the loss never falls.
  package let suggestion: Double?
  /// The suggestion and why, or why there is none.
  package let words: String

  private struct IsOver: Error {}

  /// Trains the experiment's network, step by step, until the loss is four times its least or the last rate is reached.
  ///
  /// - Parameters:
  ///   - experiment: Its network is trained, and not given back.
  ///   - from: The first learning rate.
  ///   - to: The last.
  ///   - steps: How many steps there are from the one to the other.
  /// - Throws: `ConfigurationError` if the optimizer finds its own step sizes; the errors of plugins.
  package init<Scalar: NetworkScalar>(
    _ experiment: Experiment<Scalar>, from: Double, to: Double, steps: Int
  ) throws {
    let configuration = experiment.configuration
    try experiment.checkIsOfOneSize(for: "the search for a learning rate")
    var settings = configuration.training.settings(seed: configuration.seed)
    let optimizer = type(of: settings.optimizer)
    guard optimizer.followsSchedule else {
      throw ConfigurationError(
        configuration.network.place.description,
        "\(optimizer.name) finds the size of each step itself, so there is no learning rate to look for")
    }
    (settings.epochs, settings.schedule, settings.earlyStopping, settings.stop) = (steps, Schedule(), nil, nil)
    let trainer = try Trainer(experiment.network, loss: experiment.loss, settings: settings)
    let (count, size) = (experiment.data.train.count, min(settings.batch, experiment.data.train.count))
    func rate(_ step: Int) -> Double { from * pow(to / from, Double(step) / Double(steps - 1)) }
    var points: [Point] = []
    var (average, least) = (0.0, Double.infinity)
    // Of the epoch so far: samples, and the sum of their losses.
    var (samples, sum) = (0, 0.0)
    trainer.learningRate = rate(0)
    var isDiverging = false
    do {
      try trainer.train(on: experiment.data.train) { _ in
        .proceed
      } onBatch: { progress in
        let seen = min((progress.batch + 1) * size, count)
        if seen <= samples { (samples, sum) = (0, 0) }
        let total = progress.metrics.loss * Double(seen)
        let loss = (total - sum) / Double(seen - samples)
        (samples, sum) = (seen, total)
        average = 0.9 * average + 0.1 * loss
        let smoothed = average / (1 - pow(0.9, Double(points.count + 1)))
        points.append(Point(rate: rate(points.count), loss: loss, smoothed: smoothed))
        least = min(least, smoothed)
        isDiverging = points.count > 10 && smoothed > 4 * least
        if points.count == steps || isDiverging { throw IsOver() }
        trainer.learningRate = rate(points.count)
      }
    } catch is IsOver {
    } catch is NonFiniteError {
      isDiverging = true
    }
    self.points = points
    (suggestion, words) = Self.judge(points, isDiverging: isDiverging)
  }

  /// Where the smoothed loss falls fastest by the logarithm of the rate, before it is least.
  private static func judge(_ points: [Point], isDiverging: Bool) -> (Double?, String) {
    let lowest = points.indices.min { points[$0].smoothed < points[$1].smoothed } ?? 0
    // The first few means are of few losses.
    let candidates = points.indices.filter { $0 >= 5 && $0 <= lowest && $0 + 1 < points.count }
    func fall(_ index: Int) -> Double { points[index - 1].smoothed - points[index + 1].smoothed }
    guard let steepest = candidates.max(by: { fall($0) < fall($1) }), fall(steepest) > 0,
      points[lowest].smoothed < 0.98 * points[min(5, points.count - 1)].smoothed
    else {
      return (
        nil,
        "the loss never falls by much, so there is nothing to suggest; try a smaller --from, more --steps, or look at the"
          + " scale of the inputs"
      )
    }
    func short(_ value: Double) -> String { numberText(value, digits: 3) }
    let rate = points[steepest].rate
    let end = isDiverging ? "; from \(short(points[points.count - 1].rate)) on the training diverges" : ""
    return (
      rate,
      "suggestion: learning_rate \(short(rate)), where the loss falls fastest; it is smallest at"
        + " \(short(points[lowest].rate)) (\(short(points[lowest].smoothed)))\(end)"
    )
  }

  /// Writes `rates.csv`, `summary.json` and `report.html` into a new folder, and gives its path.
  package func write(to output: String?, name: String) throws -> String {
    let folder = try StudyFolder.newFolder(output, name: "\(name)-learning-rate")
    let rows = points.map { "\($0.rate),\($0.loss),\($0.smoothed)\n" }
    try WholeFile.write(Array(("learning_rate,loss,smoothed_loss\n" + rows.joined()).utf8), to: "\(folder)/rates.csv")
    let summary = JSONText.object([
      ("study", .text("learning-rate")), ("suggestion", .optional(suggestion)), ("reason", .text(words)),
    ])
    try WholeFile.write(Array((summary.text(indent: 0) + "\n").utf8), to: "\(folder)/summary.json")
    var page = StudyPage(title: folder.split(separator: "/").last.map(String.init) ?? name)
    page.add(paragraph: words)
    page.add(
      StudyChart(
        x: "learning rate", y: "loss",
        [
          .init("loss of each batch", points.map { (x: $0.rate, y: $0.loss) }),
          .init("smoothed", points.map { (x: $0.rate, y: $0.smoothed) }, isBest: true),
        ], isLogX: true, marks: suggestion.map { [(x: $0, label: "suggestion")] } ?? []),
      caption: "The loss of each batch while the learning rate rises; thick: smoothed.")
    try WholeFile.write(page.html, to: "\(folder)/report.html")
    return folder
  }
}
