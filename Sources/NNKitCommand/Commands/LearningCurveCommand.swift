import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit learning-curve`: trains with more and more of the training samples.
struct LearningCurveCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "learning-curve",
    abstract: "Trains on more and more of the training samples, and shows whether more samples would help.",
    discussion: """
      It is measured on the validation data, or without them on the test data.

      Examples:
        nnkit learning-curve Examples/iris.yaml
            eight numbers of samples up to all
        nnkit learning-curve Examples/iris.yaml --sizes 10,20,40,80 --repeats 5
            each with five seeds
      """)

  @Argument(help: "The configuration, a YAML file.")
  var config: String?
  @Option(help: ArgumentHelp("How many samples, ascending; default: eight numbers up to all.", valueName: "N,N,…"))
  var sizes: String?
  @Option(help: ArgumentHelp("How often each, with other seeds; default: 1.", valueName: "N"))
  var repeats: Int?
  @OptionGroup var study: StudyOptions

  func validate() throws {
    try study.check(config)
    if let repeats, repeats < 1 || repeats > 1000 { throw ValidationError("--repeats must be in 1...1000") }
    _ = try given()
    if study.resume != nil && (sizes != nil || repeats != nil) {
      throw ValidationError("a study is resumed as it was begun, without --sizes and --repeats")
    }
  }

  private func given() throws -> [Int]? {
    guard let sizes else { return nil }
    let numbers = try sizes.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let number = Int(text), number > 0 else {
        throw ValidationError("--sizes has `\(text)`, expected whole numbers greater than 0, as in 10,20,40")
      }
      return number
    }
    guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw ValidationError("--sizes must be ascending")
    }
    return numbers
  }

  func run() throws {
    if let resume = study.resume { return try study.resume(resume, .learningCurve) }
    try execute(try study.base(config ?? ""))
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    var base = configuration
    (base.sweep, base.data.trainSamples) = (nil, nil)
    let data = try study.common.experiment(base, Scalar.self).data
    guard let measured = data.validation.map({ _ in "validation" }) ?? data.test.map({ _ in "test" }),
      let metric = StudyMetric(rawValue: "\(measured)_\(data.train.areClasses ? "accuracy" : "loss")")
    else {
      throw ConfigurationError(
        base.data.place.description,
        "there are neither validation nor test data that the runs could be measured on; add `validation: 0.2`")
    }
    let all = data.unexpandedTrain.count
    let wanted = try given() ?? Self.sizes(upTo: all)
    if let odd = wanted.first(where: { $0 > all }) {
      throw DataError("--sizes has \(odd), but there are \(all) samples to train on")
    }
    try study.begin(
      .learningCurve(sizes: wanted, repeats: repeats ?? 1, seed: base.seed, metric: metric), base)
  }

  /// Eight numbers, each by the same factor greater than the one before, from a tenth to all.
  private static func sizes(upTo count: Int) -> [Int] {
    let shares: [Double] = [0.1, 0.139, 0.193, 0.268, 0.373, 0.518, 0.72, 1]
    return Set(shares.map { max(1, Int(($0 * Double(count)).rounded())) }).sorted()
  }
}
