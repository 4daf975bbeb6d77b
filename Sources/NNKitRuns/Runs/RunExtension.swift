internal import NNKit

/// More epochs for a run, and what else of its training is to be different from then on.
package struct RunExtension {
  /// As the run was trained so far.
  package let former: Configuration
  /// As it is to continue.
  package let configuration: Configuration
  /// Lines that say what the result is not the same as.
  package let notes: [String]

  /// What may be set for the epochs to come.
  private static let changeable = ["training.schedule", "training.early_stopping", "training.stop"]

  /// Whether `--set` may say this of a resumed run.
  package static func allows(_ override: Override) -> Bool {
    changeable.contains { override.path == $0 || override.path.hasPrefix("\($0).") }
  }

  /// - Parameters:
  ///   - folder: The run's.
  ///   - epochs: How many it is to have in all.
  ///   - overrides: Another schedule, or other early stopping.
  /// - Throws: `ConfigurationError`; `ExtensionError` where its schedule depends on how many epochs there are.
  package init(of folder: RunFolder, epochs: Int, overrides: [Override]) throws {
    former = try Configuration(of: folder)
    configuration = try Configuration(
      of: folder, overrides: overrides + [try Override(former.training.override(epochs: epochs))])
    let (then, now) = (former.training, configuration.training)
    let setsSchedule = overrides.contains { $0.path.hasPrefix("training.schedule") }
    if then.schedule.dependsOnEpochs && then.epochs != epochs && !setsSchedule {
      throw ExtensionError(
        "\(folder.path): the learning rate follows a cosine over all \(then.epochs) epochs, so no training of \(epochs)"
          + " epochs begins as this one did; begin a new run, or give the epochs to come a schedule that does not depend"
          + " on their number: --set training.schedule=constant")
    }
    if let before = then.earlyStopping, let after = now.earlyStopping, before.metric != after.metric {
      throw ExtensionError(
        "\(folder.path): early stopping has watched \(before.metric.rawValue), which \(after.metric.rawValue) cannot be"
          + " compared with; keep the metric, or leave early stopping out: --set training.early_stopping=null")
    }
    var notes: [String] = []
    if then.schedule != now.schedule {
      notes.append(
        "the schedule is \(now.schedule.name) from here on, it was \(then.schedule.name): a run with either of them from"
          + " the start ends otherwise")
    } else if then.schedule.dependsOnEpochs && then.epochs != epochs {
      notes.append("the schedule now reaches over \(epochs) epochs: a run of so many at once ends otherwise")
    }
    if then.earlyStopping != now.earlyStopping {
      notes.append("early stopping is another one from here on: a run with it from the start may end otherwise")
    }
    self.notes = notes
  }

  /// Refuses to extend a run that has had as many epochs, or that early stopping has ended.
  func check(
    endedEpochs: Int, isStoppedEarly: Bool, stop: TrainingStop.Reason?, _ folder: RunFolder
  ) throws {
    let epochs = configuration.training.epochs
    guard epochs > endedEpochs else {
      throw ExtensionError(
        "\(folder.path): the run has had \(endedEpochs) epochs; expected --epochs greater than that, found \(epochs)")
    }
    if let stop {
      throw ExtensionError(
        "\(folder.path): `training.stop` ended the run by its \(stop.rawValue) after \(endedEpochs) epochs, and would in a"
          + " run of \(epochs) epochs, too; to continue nevertheless: --set training.stop=null")
    }
    if isStoppedEarly {
      throw ExtensionError(
        "\(folder.path): early stopping ended the run after epoch \(endedEpochs), and would in a run of \(epochs) epochs,"
          + " too; to continue nevertheless: --set training.early_stopping=null, or a greater"
          + " training.early_stopping.patience")
    }
  }
}

/// A run that cannot be extended as asked.
package struct ExtensionError: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
