extension TrainingSettings {
  /// Holds every setting to its allowed range, as a configuration's reader does.
  ///
  /// - Throws: `NetworkError` that names the setting, its value and its range.
  func checkSettings() throws(NetworkError) {
    try check("")
    try optimizer.checkOptimizer()
    for part in Self.parts { try part.value(in: self)?.check("\(part.name).") }
    try schedule.checkSchedule()
    let type = type(of: optimizer)
    if !type.followsSchedule, !schedule.isConstant {
      throw NetworkError(
        "\(type.name) finds the size of each step itself, so a `schedule` would change nothing; leave it out", .setting)
    }
    try earlyStopping?.check("earlyStopping.")
  }
}
