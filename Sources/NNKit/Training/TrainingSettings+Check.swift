extension TrainingSettings {
  /// Holds every setting to its allowed range, as a configuration's reader does.
  ///
  /// - Throws: `NetworkError` that names the setting, its value and its range.
  func checkSettings() throws(NetworkError) {
    try check("")
    try optimizer.checkOptimizer()
    try regularization.check("regularization.")
    try schedule.checkSchedule()
    let type = type(of: optimizer)
    if !type.followsSchedule, !schedule.isConstant {
      throw NetworkError(
        "\(type.name) finds the size of each step itself, so a `schedule` would change nothing; leave it out", .setting)
    }
    try earlyStopping?.check("earlyStopping.")
  }
}
