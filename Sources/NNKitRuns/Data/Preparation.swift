package import NNKit

/// Splits samples at random; each part keeps its samples in the order in which they were read.
///
/// Of classes each gives its share, so that a rare one is in both parts; one that has a single sample stays in training.
///
/// - Parameters:
///   - share: How many of the samples are held out, more than 0 and less than 1.
///   - samples: What is split.
///   - random: Where the choice comes from.
///   - byClass: Whether each class gives its share; otherwise all samples together do.
/// - Returns: The numbers of the samples to train on, and of those held out, ascending.
/// - Throws: `DataError` if one part would be empty.
package func holdOut(
  _ share: Double, of samples: RawSamples, random: inout RandomSource, byClass: Bool = true
) throws -> (train: [Int], validation: [Int]) {
  var groups = [Array(0..<samples.count)]
  if byClass, case .labels(let labels, let classes) = samples.targets {
    groups = [[Int]](repeating: [], count: classes.count)
    for (sample, label) in labels.enumerated() { groups[label].append(sample) }
  }
  let wanted = Int((share * Double(samples.count)).rounded())
  guard wanted > 0, wanted < samples.count else {
    throw DataError(
      "holding out \(share) of \(samples.count) samples leaves \(samples.count - wanted) to train on and \(wanted) to"
        + " validate on; expected at least one each")
  }
  var (train, validation): ([Int], [Int]) = ([], [])
  for var group in groups where !group.isEmpty {
    var count = Int((share * Double(group.count)).rounded())
    if groups.count > 1 { count = min(max(count, 1), group.count - 1) }
    group.shuffle(using: &random)
    validation += group[..<count]
    train += group[count...]
  }
  guard !validation.isEmpty, !train.isEmpty else {
    throw DataError(
      "holding out \(share) of each class leaves \(train.count) samples to train on and \(validation.count) to"
        + " validate on; expected at least one each")
  }
  return (train.sorted(), validation.sorted())
}

/// Splits samples at random into parts of equal size, as near as can be, of which one is held out.
///
/// - Parameters:
///   - number: Which part is held out, from 1.
///   - count: How many parts there are.
///   - samples: What is split.
///   - random: Where the order comes from: the same for all parts of one split.
///   - isStratified: Whether each part has its share of each class, as near as can be.
/// - Returns: The numbers of the samples to train on, and of those held out, ascending.
/// - Throws: `DataError` if there are fewer samples than parts, or no classes to stratify by.
package func foldOut(
  _ number: Int, of count: Int, _ samples: RawSamples, random: inout RandomSource, isStratified: Bool
) throws -> (train: [Int], validation: [Int]) {
  guard count <= samples.count else {
    throw DataError("there are \(samples.count) samples, too few for \(count) folds", file: samples.file)
  }
  var order = Array(0..<samples.count)
  order.shuffle(using: &random)
  if isStratified {
    guard case .labels(let labels, _) = samples.targets else {
      throw DataError("the targets are no classes, by which folds could be stratified", file: samples.file)
    }
    // Sorted by class, each class in the order of the shuffle.
    order = order.enumerated().sorted { (labels[$0.element], $0.offset) < (labels[$1.element], $1.offset) }
      .map(\.element)
  }
  var (train, validation): ([Int], [Int]) = ([], [])
  for (place, sample) in order.enumerated() {
    if place % count == number - 1 { validation.append(sample) } else { train.append(sample) }
  }
  return (train.sorted(), validation.sorted())
}

/// Targets as a loss compares them with a network's outputs, samples × outputs.
///
/// - Parameters:
///   - targets: As decided: class indices, or numbers.
///   - outputs: How many outputs the network has.
///   - loss: Gives the values that stand for "not of this class" and "of this class".
/// - Returns: The targets.
/// - Throws: `DataError` if their number does not fit the outputs.
package func encodeTargets(_ targets: RawTargets, outputs: Int, loss: Loss) throws -> Matrix<Double> {
  switch targets {
  case .labels(let labels, let classes): return try encode(labels, classes, outputs: outputs, loss)
  case .values(let matrix):
    guard matrix.columns == outputs else {
      throw DataError("samples have \(matrix.columns) targets, but the network has \(outputs) outputs")
    }
    return matrix
  }
}

/// - Throws: `DataError` if a target lies outside `range`.
package func checkTargets(_ matrix: Matrix<Double>, _ range: ClosedRange<Double>, _ loss: Loss) throws {
  guard let odd = matrix.withElements({ values in values.firstIndex { !range.contains($0) } }) else { return }
  let (sample, output) = (odd / matrix.columns, odd % matrix.columns)
  throw DataError(
    "target \(output) of sample \(sample) is \(matrix[sample, output]);"
      + " \(loss.name) takes targets in \(range.lowerBound)...\(range.upperBound)")
}

private func encode(_ labels: [Int], _ classes: [String], outputs: Int, _ loss: Loss) throws -> Matrix<Double> {
  let matrix = Matrix<Double>(rows: labels.count, columns: outputs)
  if classes.count <= 2 && outputs == 1 {
    for (sample, label) in labels.enumerated() { matrix[sample, 0] = label == 1 ? loss.targetOn : loss.targetOff }
    return matrix
  }
  guard classes.count == outputs else {
    throw DataError(
      "the data have \(classes.count) classes, but the network has \(outputs) outputs; expected one output a class"
        + (classes.count == 2 ? ", or a single one" : "") + "; the classes are \(listed(classes))")
  }
  for (sample, label) in labels.enumerated() {
    let row = matrix.row(sample)
    row.fill(loss.targetOff)
    row[label] = loss.targetOn
  }
  return matrix
}
