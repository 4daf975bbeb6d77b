import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit sweep`: trains with each of several values of some keys.
struct SweepCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract:
      "Trains once for each combination of the values that the configuration's `sweep` lists, and sorts the runs.",
    discussion: """
      The configuration has, beside all that a run needs:
        sweep:
          parameters:
            network.layers.0.neurons: [4, 8, 16]
            training.optimizer.learning_rate: {from: 1e-4, to: 1, scale: log}
          method: random      # or grid, halving
          runs: 20
          metric: validation_loss

      Examples:
        nnkit sweep config.yaml --jobs 4
            four runs at once, in studies/config-sweep-1
        nnkit sweep --resume studies/config-sweep-1
            continues it
      """)

  @Argument(help: "The configuration, a YAML file.")
  var config: String?
  @OptionGroup var study: StudyOptions

  func validate() throws { try study.check(config) }

  func run() throws {
    if let resume = study.resume { return try study.resume(resume, .sweep) }
    try execute(try study.base(config ?? ""))
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    guard let sweep = configuration.sweep else {
      throw ConfigurationError(
        config,
        "the configuration has no `sweep`; it says which values are tried:\n"
          + "  sweep: {parameters: {training.batch: [8, 32]}}")
    }
    var base = configuration
    base.sweep = nil
    let experiment = try study.common.experiment(base, Scalar.self)
    let metric = sweep.metric ?? .validationLoss
    func refuse(_ message: String) -> ConfigurationError {
      ConfigurationError((sweep.metricPlace ?? sweep.place).description, message)
    }
    if metric.isOfValidation, experiment.data.validation == nil {
      throw refuse(
        "runs are compared by \(metric.rawValue), but there are no validation data; add `data.validation: 0.2`, or set"
          + " `metric: train_loss`")
    }
    if metric.isOfTest, experiment.data.test == nil {
      throw refuse("runs are compared by \(metric.rawValue), but there are no test data")
    }
    if metric.greaterIsBetter, !experiment.data.train.areClasses {
      throw refuse("runs are compared by \(metric.rawValue), but the targets are no classes")
    }
    if !metric.greaterIsBetter,
      sweep.parameters.contains(where: {
        ["loss", "data.scale", "data.class_weights"].contains($0.path) || $0.path.hasPrefix("loss.")
      })
    {
      throw refuse(
        "runs are compared by \(metric.rawValue), and losses of different kinds or on different scales cannot be; set a"
          + " `metric` of accuracy, or leave these parameters out")
    }
    let plan = try StudyPlan.sweep(sweep, of: base, metric: metric) { overrides in
      _ = try Configuration(
        contentsOf: config ?? "", overrides: study.common.set.map { try Override($0) } + overrides)
    }
    try study.begin(plan, base)
  }
}
