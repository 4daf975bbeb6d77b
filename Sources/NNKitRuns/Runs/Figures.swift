internal import NNKit

/// How well answers fit targets, beyond loss and accuracy: what is usual for targets of their kind.
package enum Figures {
  case classes(ClassFigures)
  case labels(LabelFigures)
  case numbers(NumberFigures)

  /// What a summary has of them, under keys that begin with `name`.
  package func pairs(_ name: String) -> [(String, JSONText)] {
    let pairs =
      switch self {
      case .classes(let figures): figures.pairs
      case .labels(let figures): figures.pairs
      case .numbers(let figures): figures.pairs
      }
    return pairs.map { ("\(name)_\($0.0)", $0.1) }
  }

  package var json: JSONText {
    switch self {
    case .classes(let figures): .object(figures.pairs)
    case .labels(let figures): .object(figures.pairs)
    case .numbers(let figures): .object(figures.pairs)
    }
  }
}

/// Figures while samples are measured, batch by batch.
enum FigureTally<Scalar: NetworkScalar> {
  case classes(ClassTally)
  case labels(LabelTally)
  case numbers(NumberTally<Scalar>)

  init(of experiment: TrainedNetwork<Scalar>, kind: TargetKind) {
    let (data, outputs) = (experiment.data, experiment.network.outputCount)
    let names = (data.targetNames?.count == outputs ? data.targetNames : nil) ?? (0..<outputs).map(String.init)
    let rule = HitRule(experiment.loss)
    switch kind {
    case .classes: self = .classes(ClassTally(classes: data.classes, outputs: outputs, rule))
    case .labels: self = .labels(LabelTally(names: names, rule))
    case .numbers:
      self = .numbers(NumberTally(names: names, loss: experiment.loss, scaling: data.targetScaling))
    }
  }

  /// Adds a batch, outputs × columns each.
  ///
  /// Only the loss in the targets' own units has each sample count by its weight.
  mutating func add(_ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>, weights: ArraySlice<Double>?) throws {
    switch self {
    case .classes(var tally):
      tally.add(outputs, targets)
      self = .classes(tally)
    case .labels(var tally):
      tally.add(outputs, targets)
      self = .labels(tally)
    case .numbers(let tally): try tally.add(outputs, targets, weights: weights)
    }
  }

  var figures: Figures {
    switch self {
    case .classes(let tally): .classes(tally.figures)
    case .labels(let tally): .labels(tally.figures)
    case .numbers(let tally): .numbers(tally.figures)
    }
  }
}
