internal import NNKit

/// The table of a training's settings in the README, from the settings themselves.
package enum SettingsTable {
  /// As Markdown, a row a setting.
  package static var markdown: String {
    let data = rows("data.augment", Augmentation())
    let training = rows("training", TrainingConfiguration().settings)
    let parts = TrainingSettings.parts.flatMap { rows($0.name, $0.start) }
    let more = rows("early_stopping", EarlyStopping(metric: .trainLoss, patience: 1)) + rows("schedule", Schedule())
    let shapes = Schedule.shapes.flatMap { rows("schedule", $0) }
    let optimizers = Optimizers.all.flatMap { rows("optimizer", $0) }
    let cascade = CascadeSettings()
    let phases =
      rows("cascade", cascade) + rows("cascade.output", cascade.output) + rows("cascade.candidate", cascade.candidate)
    let lines = [["in", "key", "values", "default", "what it sets"], [String](repeating: "---", count: 5)]
    return (lines + data + training + optimizers + parts + more + shapes + phases).map {
      "| \($0.joined(separator: " | ")) |\n"
    }
    .joined()
  }

  private static func rows<Value: NamedConfigurable>(_ part: String, _ type: Value.Type) -> [[String]] {
    let name = "`\(part): \(Value.name)`"
    return [[name, "", "", "", escaped(Value.summary)]] + rows(name, of: Value())
  }

  private static func rows<Value: Configurable>(_ part: String, _ standard: Value) -> [[String]] {
    rows("`\(part)`", of: standard)
  }

  private static func rows<Value: Configurable>(_ part: String, of standard: Value) -> [[String]] {
    Value.settings.map { setting in
      let value =
        switch setting.value(in: standard) {
        case .number(let number)?: shortNumber(number)
        case let other?: "\(other)"
        case nil: "none"
        }
      return [
        part, "`\(setting.name)`", escaped(setting.values.words), setting.isRequired ? "must be given" : value,
        escaped(setting.summary),
      ]
    }
  }

  private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
