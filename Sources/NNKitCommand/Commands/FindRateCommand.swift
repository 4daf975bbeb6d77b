import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit find-rate`: the learning-rate range test.
struct FindRateCommand: ParsableCommand, PrecisionDependent {
  static let configuration = CommandConfiguration(
    commandName: "find-rate",
    abstract: "Trains with a learning rate that rises from batch to batch, and suggests one (L. Smith, 2017).",
    discussion: """
      The network and its data are those of the configuration; nothing of the training is kept.

      Examples:
        nnkit find-rate Examples/iris.yaml
            a plot, a suggestion with its reason, and a page in studies/iris-learning-rate-1
        nnkit find-rate Examples/iris.yaml --from 1e-4 --to 1 --steps 300
            a closer look
      """)

  @Argument(help: "The configuration, a YAML file.")
  var config: String
  @Option(help: ArgumentHelp("The first learning rate.", valueName: "RATE"))
  var from = 1e-6
  @Option(help: ArgumentHelp("The last.", valueName: "RATE"))
  var to = 10.0
  @Option(help: ArgumentHelp("How many steps there are from the one to the other.", valueName: "N"))
  var steps = 150
  @Option(
    help: ArgumentHelp("The folder of the result, new; default: studies/NAME-learning-rate-1, -2, …", valueName: "DIR"))
  var output: String?
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard from > 0, from < to, to.isFinite else {
      throw ValidationError("--from must be greater than 0 and less than --to")
    }
    guard 10...100_000 ~= steps else { throw ValidationError("--steps must be in 10...100000") }
    if let output { try RunFolder.check(output: output) }
  }

  func run() throws { try execute(try common.configuration(config)) }

  func execute<Scalar: NetworkScalar>(_ configuration: Configuration, _: Scalar.Type) throws {
    let experiment = try common.experiment(configuration, Scalar.self)
    let search = try RateSearch(experiment, from: from, to: to, steps: steps)
    let folder = try search.write(to: output, name: configuration.name)
    for line in plot(search) { print(line) }
    print(search.words)
    print("\(folder)/report.html shows it")
  }

  private func plot(_ search: RateSearch) -> [String] {
    let points = search.points
    guard points.count > 1 else { return [] }
    let columns = Plot.points(0...1).map { share in
      points[Int((share * Double(points.count - 1)).rounded())].smoothed
    }
    let ends = [points[0].rate, points[points.count - 1].rate].map { StudyResults.short($0) }
    return ["loss by learning rate, \(ends[0]) to \(ends[1]), each step by the same factor"]
      + Plot(Plot.points(0...1), columns).lines
  }
}
