extension TrainingSettings {
  /// Holds every setting to its allowed range, as a configuration's reader does.
  ///
  /// - Throws: `NetworkError` that names the setting, its value and its range.
  func check() throws(NetworkError) {
    guard batch > 0 else { throw NetworkError("`batch` is \(batch), expected at least 1 sample", .setting) }
    guard epochs >= 0 else { throw NetworkError("`epochs` is \(epochs), expected at least 0", .setting) }
    try optimizer.check()
    try expect("regularization.l1", regularization.l1, 0 ... .greatestFiniteMagnitude)
    try expect("regularization.l2", regularization.l2, 0 ... .greatestFiniteMagnitude)
    try schedule.check()
    if case .rprop = optimizer, !schedule.isConstant {
      throw NetworkError(
        "rprop finds the size of each step itself, so a `schedule` would change nothing; leave it out", .setting)
    }
    if let earlyStopping, earlyStopping.patience < 1 {
      throw NetworkError("`earlyStopping.patience` is \(earlyStopping.patience), expected at least 1 epoch", .setting)
    }
  }
}

extension Optimizer {
  /// - Throws: `NetworkError` if one of its numbers is not in its range.
  func check() throws(NetworkError) {
    let (any, positive) = (
      0...Double.greatestFiniteMagnitude, Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude
    )
    let share = 0...1.0.nextDown
    try expect("rate", rate, positive)
    switch self {
    case .sgd(_, let momentum, let nesterov):
      try expect("momentum", momentum, any)
      if nesterov && momentum == 0 { throw NetworkError("`nesterov` needs a `momentum` greater than 0", .setting) }
    case .rmsprop(_, let decay, let epsilon):
      try expect("decay", decay, share)
      try expect("epsilon", epsilon, any)
    case .adagrad(_, let epsilon): try expect("epsilon", epsilon, any)
    case .adam(_, let beta1, let beta2, let epsilon, let weightDecay):
      try expect("beta1", beta1, share)
      try expect("beta2", beta2, share)
      try expect("epsilon", epsilon, any)
      try expect("weightDecay", weightDecay, any)
    case .rprop(_, let etaMinus, let etaPlus, let minimum, let maximum):
      try expect("etaMinus", etaMinus, Double.leastNonzeroMagnitude...1.0.nextDown)
      try expect("etaPlus", etaPlus, 1.0.nextUp ... .greatestFiniteMagnitude)
      try expect("stepMinimum", minimum, any)
      try expect("stepMaximum", maximum, any)
      if minimum > maximum {
        throw NetworkError("`stepMinimum` is \(minimum), greater than `stepMaximum`, \(maximum)", .setting)
      }
    }
  }
}

extension Schedule {
  fileprivate func check() throws(NetworkError) {
    let (any, positive) = (
      0...Double.greatestFiniteMagnitude, Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude
    )
    try expect("schedule.warmup", warmup, any)
    switch shape {
    case .constant: break
    case .step(let every, let factor):
      try expect("schedule.every", every, positive)
      try expect("schedule.factor", factor, positive)
    case .exponential(let factor): try expect("schedule.factor", factor, positive)
    case .cosine(let minimum): try expect("schedule.minimum", minimum, any)
    }
  }
}

private func expect(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws(NetworkError) {
  if range.contains(value) { return }
  var words = "a finite number of at least \(range.lowerBound)"
  if range.lowerBound == .leastNonzeroMagnitude { words = "a finite number greater than 0" }
  if range.lowerBound == 1.0.nextUp { words = "a finite number greater than 1" }
  if range.upperBound == 1.0.nextDown {
    words = range.lowerBound == 0 ? "a number from 0 to 1, without 1" : "a number between 0 and 1"
  }
  throw NetworkError("`\(name)` is \(value), expected \(words)", .setting)
}
