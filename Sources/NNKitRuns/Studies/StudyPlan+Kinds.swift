internal import NNKit

extension StudyPlan {
  /// Each part of the training samples held out once.
  ///
  /// - Parameters:
  ///   - folds: How many parts.
  ///   - isStratified: Whether each has its share of each class.
  ///   - areClasses: Whether the targets are classes.
  /// - Returns: A plan with a run for each part.
  package static func crossValidation(folds: Int, isStratified: Bool, areClasses: Bool) -> StudyPlan {
    let members = zip(1...folds, names(folds)).map { number, name in
      Member(
        name: name, values: [Value("fold", "\(number)")],
        overrides: ["data.fold={number: \(number), of: \(folds), stratified: \(isStratified)}"])
    }
    return StudyPlan(.crossValidation, members, metric: areClasses ? .validationAccuracy : .validationLoss)
  }

  /// The same training with more and more samples.
  ///
  /// - Parameters:
  ///   - sizes: How many samples, ascending.
  ///   - repeats: How often each; every time with another seed, and so with other samples and first weights.
  ///   - seed: The first of them.
  ///   - metric: What is measured.
  /// - Returns: A plan with a run for each number and each time.
  package static func learningCurve(sizes: [Int], repeats: Int, seed: UInt64, metric: StudyMetric) -> StudyPlan {
    let all = sizes.flatMap { size in (0..<repeats).map { (size, seed &+ UInt64($0)) } }
    let members = zip(all, names(all.count)).map { item, name in
      Member(
        name: name, values: [Value("samples", "\(item.0)")] + (repeats > 1 ? [Value("seed", "\(item.1)")] : []),
        overrides: ["data.train_samples=\(item.0)"] + (repeats > 1 ? ["seed=\(item.1)"] : []))
    }
    return StudyPlan(.learningCurve, members, metric: metric)
  }

  /// The combinations of a sweep.
  ///
  /// - Parameters:
  ///   - sweep: What it tries.
  ///   - configuration: What is trained.
  ///   - metric: What the runs are compared by.
  ///   - check: Reads the configuration with some overrides, and throws what is wrong with it.
  /// - Returns: A plan with a run for each combination.
  /// - Throws: `ConfigurationError` with the place of a parameter that cannot have a value of it.
  package static func sweep(
    _ sweep: SweepConfiguration, of configuration: Configuration, metric: StudyMetric,
    check: ([Override]) throws -> Void
  ) throws -> StudyPlan {
    let combinations = try sweep.combinations(seed: configuration.seed)
    let short = shortNames(sweep.parameters.map(\.path))
    var members: [Member] = []
    for (values, name) in zip(combinations, names(combinations.count)) {
      let overrides = zip(sweep.parameters, values).map { "\($0.path)=\($1)" }
      try refuse(sweep, values) { try check(overrides.map { try Override($0) }) }
      members.append(Member(name: name, values: zip(short, values).map { Value($0, $1) }, overrides: overrides))
    }
    var stages: [Stage] = []
    if sweep.method == .halving {
      let lengths = ["training.epochs", "training.cascade.neurons"]
      if let parameter = sweep.parameters.first(where: { lengths.contains($0.path) }) {
        throw ConfigurationError(
          parameter.place.description, "halving itself decides how many epochs a run has; leave `\(parameter.path)` out"
        )
      }
      stages = try sweep.stages(of: members.count, epochs: configuration.training.epochs)
    }
    return StudyPlan(.sweep, members, metric: metric, stages: stages)
  }

  /// Gives errors of `--set` the place of the parameter that says so.
  private static func refuse(_ sweep: SweepConfiguration, _ values: [String], _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ConfigurationError {
      for (parameter, value) in zip(sweep.parameters, values)
      where error.place == "--set \(parameter.path)=\(value)" {
        throw ConfigurationError(parameter.place.description, "with `\(parameter.path)` \(value): \(error.message)")
      }
      throw error
    }
  }

  /// The last keys of paths, as many as it takes to distinguish them.
  static func shortNames(_ paths: [String]) -> [String] {
    paths.map { path in
      let parts = path.split(separator: ".")
      for count in 1...max(1, parts.count) {
        let short = parts.suffix(count).joined(separator: ".")
        let others = paths.filter { $0 != path && ($0 == short || $0.hasSuffix(".\(short)")) }
        if others.isEmpty { return short }
      }
      return path
    }
  }
}

extension SweepConfiguration {
  /// The values of each run, in the order of the parameters.
  ///
  /// - Throws: `ConfigurationError` if there are not as many as are wanted.
  func combinations(seed: UInt64) throws -> [[String]] {
    if method == .grid {
      let choices = parameters.map { $0.values.grid }
      let count = choices.reduce(1.0) { $0 * Double($1.count) }
      guard count <= 10_000 else {
        throw ConfigurationError(
          (parametersPlace ?? place).description,
          "the grid has \(shortNumber(count)) combinations, too many; try fewer, or `method: random`"
        )
      }
      return choices.reduce([[]]) { all, values in all.flatMap { start in values.map { start + [$0] } } }
    }
    var random = RandomSource(seed: seed, stream: RandomSource.dataStream + 5)
    let wanted = runs ?? 1
    var (found, seen, misses) = ([[String]](), Set<[String]>(), 0)
    while found.count < wanted {
      let values = parameters.map { $0.values.draw(random.uniform()) }
      if seen.insert(values).inserted {
        found.append(values)
        misses = 0
      } else {
        misses += 1
        guard misses < 10_000 else {
          throw ConfigurationError(
            (runsPlace ?? place).description,
            "`runs` is \(wanted), but there are only \(found.count) different combinations; give fewer, or `method: grid`"
          )
        }
      }
    }
    return found
  }

  /// The stages of successive halving: of n runs n / factor are continued, to factor times the epochs, until one is left or the
  /// configuration's epochs are done.
  ///
  /// K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016.
  func stages(of runs: Int, epochs: Int) throws -> [StudyPlan.Stage] {
    var counts = [runs]
    while let last = counts.last, last / factor >= 1 { counts.append(last / factor) }
    var share = Double(epochs)
    var stages: [StudyPlan.Stage] = []
    for count in counts.reversed() {
      let rounded = max(1, Int(share.rounded()))
      if stages.first?.epochs != rounded { stages.insert(StudyPlan.Stage(epochs: rounded, runs: count), at: 0) }
      share /= Double(factor)
    }
    if let first = stages.first, first.runs != runs {
      stages[0] = StudyPlan.Stage(epochs: first.epochs, runs: runs)
    }
    guard stages.count > 1 else {
      throw ConfigurationError(
        (methodPlace ?? place).description,
        "halving needs at least `factor` runs and some epochs to share; found \(runs) runs, factor \(factor) and"
          + " \(epochs) epochs")
    }
    return stages
  }
}

extension SweepConfiguration.Values {
  /// All that a grid tries.
  var grid: [String] {
    switch self {
    case .list(let values): values
    case .range(let range): range.grid(range.count ?? 2)
    }
  }

  /// One of them, by a number in 0..<1.
  func draw(_ uniform: Double) -> String {
    switch self {
    case .list(let values): values[min(values.count - 1, Int(uniform * Double(values.count)))]
    case .range(let range): range.value(at: uniform)
    }
  }
}
