import ArgumentParser
import NNKit
import NNKitRuns

/// `nnkit gradcheck`: the backward pass against central differences.
struct GradcheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Compares every weight, bias and input gradient with central differences, in double precision.",
    discussion: """
      Examples:
        nnkit gradcheck Examples/xor.yaml
            every gradient of two samples
        nnkit gradcheck Examples/xor.yaml --set network.layers.0.activation=gelu
            the same with another function
      """)

  @Argument(help: "The configuration, a YAML file.")
  var config: String
  @Option(help: ArgumentHelp("How many of the first training samples to use.", valueName: "N"))
  var samples = 2
  @Option(help: ArgumentHelp("The greatest relative error that passes.", valueName: "E"))
  var tolerance = 1e-6
  @OptionGroup var common: CommonOptions

  mutating func validate() throws {
    if samples < 1 { throw ValidationError("--samples must be at least 1") }
    if !(tolerance > 0) { throw ValidationError("--tolerance must be greater than 0") }
  }

  func run() throws {
    let experiment = try common.experiment(try common.configuration(config), Double.self)
    let train = experiment.data.train
    let count = min(samples, train.count)
    let some = try Samples(
      inputs: (0..<count).map { train.input(of: $0) }, targets: (0..<count).map { Array(train.targets.row($0)) }
    )
    let check = try experiment.network.checkGradients(experiment.loss, on: some)
    print("\(grouped(check.checked)) gradients compared with central differences, \(count) samples")
    for part in check.uncompared {
      print(
        "\(grouped(part.count)) could not be compared, \(part.first) the first: \(words(part.obstacle, check.loss))")
    }
    if let worst = check.worst { print("worst: \(worst)") }
    guard check.worstRelativeError <= tolerance else {
      print("the backward pass disagrees with the loss (tolerance \(tolerance))")
      throw ExitCode.failure
    }
    guard check.checked > 0 else {
      print("nothing could be compared")
      throw ExitCode.failure
    }
    print("\(check.leftOut == 0 ? "all" : "all of these") agree (tolerance \(tolerance))")
  }

  private func words(_ obstacle: GradientCheck.SkippedCheck, _ loss: Double) -> String {
    switch obstacle {
    case .kink: "a step would straddle a kink"
    case .singular: "the loss jumps there or has an infinite slope, as at a distance of 0"
    case .notFinite:
      loss.isFinite
        ? "the gradient, or the loss around it, is not finite"
        : "the loss is not finite (\(loss.isNaN ? "NaN" : "\(loss)"))"
    case .saturated: "outputs are rounded to the end of their range, and the loss moves in jumps"
    }
  }
}
