extension TrainingSettings {
  /// Holds every setting to its allowed range, as a configuration's reader does.
  ///
  /// - Throws: `NetworkError` that names the setting, its value and its range.
  func check() throws(NetworkError) {
    guard batch > 0 else { throw NetworkError("`batch` is \(batch), expected at least 1 sample", .setting) }
    guard epochs >= 0 else { throw NetworkError("`epochs` is \(epochs), expected at least 0", .setting) }
    try optimizer.checkOptimizer()
    for part in Self.parts { try part.value(in: self)?.check("\(part.name).") }
    try schedule.check()
    let type = type(of: optimizer)
    if !type.followsSchedule, !schedule.isConstant {
      throw NetworkError(
        "\(type.name) finds the size of each step itself, so a `schedule` would change nothing; leave it out", .setting)
    }
    if let earlyStopping, earlyStopping.patience < 1 {
      throw NetworkError("`earlyStopping.patience` is \(earlyStopping.patience), expected at least 1 epoch", .setting)
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
