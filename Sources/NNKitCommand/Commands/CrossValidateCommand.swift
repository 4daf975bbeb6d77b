import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit cross-validate`: trains once for each part of the training samples, with that part held out.
struct CrossValidateCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "cross-validate",
    abstract:
      "Trains once for each part of the training samples, with that part held out, and shows how far the figures vary.",
    discussion: """
      The held-out part of each run is its validation data. The order of the samples follows from the seed.

      Examples:
        nnkit cross-validate Examples/iris.yaml --folds 10 --stratified
            ten runs, side by side on the processors, in studies/iris-cross-validation-1
        nnkit cross-validate --resume studies/iris-cross-validation-1
            continues it
      """)

  @Argument(help: "The configuration, a YAML file.")
  var config: String?
  @Option(help: ArgumentHelp("How many parts; default: 10.", valueName: "N"))
  var folds: Int?
  @Flag(help: "Each part has its share of each class.")
  var stratified = false
  @Flag(help: "As many parts as there are samples.")
  var leaveOneOut = false
  @OptionGroup var study: StudyOptions

  func validate() throws {
    try study.check(config)
    if let folds, folds < 2 { throw ValidationError("--folds must be at least 2") }
    if leaveOneOut && (folds != nil || stratified) {
      throw ValidationError("--leave-one-out has a fold for each sample, without --folds and --stratified")
    }
    if study.resume != nil && (folds != nil || stratified || leaveOneOut) {
      throw ValidationError("a study is resumed as it was begun, without --folds, --stratified and --leave-one-out")
    }
  }

  func run() throws {
    if let resume = study.resume { return try study.resume(resume, .crossValidation) }
    try execute(try study.base(config ?? ""))
  }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    var base = configuration
    var notes: [String] = []
    if base.data.validation != nil || base.data.fold != nil {
      notes.append("`data.validation` is left out: in each run the validation data are those of its fold")
    }
    if base.data.test != nil { notes.append("`data.test` is left out: folds are of the training samples") }
    if base.training.earlyStopping?.metric.isOfValidation == true {
      notes.append("early stopping watches the very samples that the figures are measured on, which makes these better")
    }
    (base.data.validation, base.data.test, base.sweep) = (nil, nil, nil)
    // All that can be wrong with configuration and data is said before any run begins.
    base.data.fold = DataConfiguration.Fold(number: 1, count: 2, isStratified: stratified, place: base.data.place)
    let experiment = try study.common.experiment(base, Scalar.self)
    _ = try experiment.warnings()
    let count = experiment.data.unexpandedTrain.count + (experiment.data.validation?.count ?? 0)
    base.data.fold = nil
    let folds = leaveOneOut ? count : folds ?? 10
    guard folds <= count else {
      throw DataError(
        "there are \(count) samples, too few for \(folds) folds; give --folds \(count) or fewer, or --leave-one-out")
    }
    let plan = StudyPlan.crossValidation(
      folds: folds, isStratified: stratified, areClasses: experiment.data.train.areClasses)
    try study.begin(plan.noting(notes), base)
  }
}
