import Foundation
import NNKit
import Testing

/// The figures of `nnkit evaluate`, `summary.json` and the report, against what follows from the answers of `nnkit predict`.
@Suite struct FigureTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Trains on rows, measured on them too; the summary, and what evaluate prints.
  private func measure(
    _ rows: [String], header: String, target: String, outputs: Int, _ activation: String, _ loss: String,
    scale: String = "none", epochs: Int = 3
  ) throws -> (summary: JSON, text: String) {
    try folder.write(([header] + rows).joined(separator: "\n") + "\n", to: "rows.csv")
    let config = try folder.write(
      """
      precision: float64
      data: {train: {csv: {path: rows.csv, target: \(target)}}, scale: \(scale)}
      network: {layers: [{neurons: \(outputs), activation: \(activation)}]}
      loss: \(loss)
      training: {epochs: \(epochs), batch: 8, optimizer: {name: adam, learning_rate: 0.05}}
      """, to: "config.yaml")
    let run = try Command("run", config, "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    let evaluate = try Command("evaluate", folder.path("run"))
    try #require(evaluate.code == 0, "\(evaluate.errors)")
    return (try JSON(folder.read("run/summary.json")), evaluate.output)
  }

  private func predictions() throws -> [JSON] {
    let command = try Command("predict", folder.path("run"), "--input", folder.path("rows.csv"))
    try #require(command.code == 0, "\(command.errors)")
    return try command.output.split(separator: "\n").map { try JSON(String($0)) }
  }

  private func near(_ json: JSON, _ expected: Double, _ tolerance: Double = 1e-9) throws {
    let found = try #require(json.number)
    #expect(abs(found - expected) <= tolerance * max(1, abs(expected)), "\(found) instead of \(expected)")
  }

  @Test("seven classes have precision, recall and F1 each and in the mean, and the classes among the greatest outputs")
  func classes() throws {
    var random = RandomSource(seed: 4)
    // No sample of the last class is ever found, and g is rare.
    let labels = (0..<90).map { $0 == 17 ? 6 : $0 % 6 }
    let rows = labels.map {
      "\(Double($0 % 3) + random.normal()),\(Double($0) + random.normal()),\("abcdefg".map { $0 }[$0])"
    }
    let (summary, text) = try measure(
      rows, header: "x,y,label", target: "label", outputs: 7, "softmax", "cross_entropy")
    let answers = try predictions()
    let found = answers.map { "abcdefg".map(String.init).firstIndex(of: $0["class"].text ?? "") ?? -1 }
    var (precisions, recalls, f1s): ([Double], [Double], [Double]) = ([], [], [])
    for (index, one) in summary["final_train_classes"].list.enumerated() {
      let hits = Double(zip(found, labels).count { $0 == index && $1 == index })
      let (taken, own) = (Double(found.count { $0 == index }), Double(labels.count { $0 == index }))
      #expect(one["class"].text == "abcdefg".map(String.init)[index] && one["samples"].number == own)
      if taken > 0 { try near(one["precision"], hits / taken) } else { #expect(one["precision"].isNull) }
      try near(one["recall"], hits / own)
      let (precision, recall) = (taken > 0 ? hits / taken : 0, hits / own)
      try near(one["f1"], precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0)
      precisions.append(precision)
      recalls.append(recall)
      f1s.append(precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0)
    }
    for (key, values) in [("precision", precisions), ("recall", recalls), ("f1", f1s)] {
      try near(summary["final_train_macro_\(key)"], values.reduce(0, +) / 7)
    }
    for k in [3, 5] {
      let hits = zip(answers, labels).count { answer, label in
        let outputs = answer["outputs"].numbers
        return outputs.indices.sorted { outputs[$0] > outputs[$1] }.prefix(k).contains(label)
      }
      try near(summary["final_train_top_\(k)_accuracy"], Double(hits) / 90)
    }
    #expect(summary["final_train_roc_auc"].number == nil)
    for word in ["macro precision", "top-3", "top-5", "confusion matrix"] { #expect(text.contains(word), "\(text)") }
  }

  @Test("of two classes the ROC-AUC is the share of pairs that are ranked right", arguments: [1, 2])
  func area(_ outputs: Int) throws {
    var random = RandomSource(seed: 5)
    let labels = (0..<60).map { $0 % 3 == 0 }
    // Few different inputs, so that scores tie.
    let rows = labels.map { "\((2 * random.normal() + ($0 ? 1 : 0)).rounded()),\($0 ? "yes" : "no")" }
    let (summary, text) = try measure(
      rows, header: "x,label", target: "label", outputs: outputs, outputs == 1 ? "sigmoid" : "softmax",
      outputs == 1 ? "binary_cross_entropy" : "cross_entropy")
    let scores = try predictions().map { try #require($0["outputs"].numbers.last) }
    var right = 0.0
    for (own, isYes) in zip(scores, labels) where isYes {
      for (other, otherIsYes) in zip(scores, labels) where !otherIsYes {
        right += own > other ? 1 : own == other ? 0.5 : 0
      }
    }
    try near(summary["final_train_roc_auc"], right / Double(20 * 40))
    #expect(text.contains("ROC-AUC \(String(format: "%.4f", right / 800))"), "\(text)")
    #expect(summary["final_train_top_3_accuracy"].number == nil)
  }

  @Test("numbers have loss, MAE, RMSE and R² in the targets' own units, however these are scaled")
  func numbers() throws {
    var random = RandomSource(seed: 6)
    let targets = (0..<50).map { [400_000 + 30_000 * Double($0) + 9e4 * random.normal(), Double($0 % 7)] }
    let rows = targets.enumerated().map { "\($0),\($1[0]),\($1[1])" }
    let (summary, text) = try measure(
      rows, header: "x,price,rooms", target: "[price, rooms]", outputs: 2, "identity", "mean_squared_error",
      scale: "{inputs: standard, targets: standard}", epochs: 30)
    let answers = try predictions().map { $0["outputs"].numbers }
    var (losses, scores): ([Double], [Double]) = ([], [])
    for (index, name) in ["price", "rooms"].enumerated() {
      let errors = zip(answers, targets).map { $0[index] - $1[index] }
      let mean = targets.reduce(0) { $0 + $1[index] } / 50
      let square = errors.reduce(0) { $0 + $1 * $1 } / 50
      let r2 = 1 - square * 50 / targets.reduce(0) { $0 + ($1[index] - mean) * ($1[index] - mean) }
      let one = summary["final_train_targets"][index]
      #expect(one["target"].text == name)
      try near(one["mae"], errors.reduce(0) { $0 + abs($1) } / 50)
      try near(one["rmse"], square.squareRoot())
      try near(one["r2"], r2)
      losses.append(square)
      scores.append(r2)
    }
    try near(summary["final_train_rmse"], ((losses[0] + losses[1]) / 2).squareRoot())
    try near(summary["final_train_loss_in_target_units"], (losses[0] + losses[1]) / 2)
    try near(summary["final_train_r2"], (scores[0] + scores[1]) / 2)
    #expect(text.contains("in the target's own units: loss") && text.contains("  price: MAE"), "\(text)")
  }

  @Test("labels have an accuracy each, and the share of samples for which all are right")
  func labels() throws {
    let targets = (0..<64).map { [$0 % 2, $0 / 2 % 2, $0 / 5 % 2] }
    let rows = targets.map { "\($0[0]),\($0[1]),\($0[0]),\($0[1]),\($0[2])" }
    let (summary, text) = try measure(
      rows, header: "p,q,red,green,blue", target: "[red, green, blue]", outputs: 3, "sigmoid", "binary_cross_entropy",
      epochs: 20)
    let names = ["red", "green", "blue"]
    let answers = try predictions().map { answer in
      names.map { name in answer["labels"].list.contains { $0.text == name } ? 1 : 0 }
    }
    for (index, name) in names.enumerated() {
      let one = summary["final_train_labels"][index]
      #expect(one["label"].text == name)
      try near(one["accuracy"], Double(zip(answers, targets).count { $0[index] == $1[index] }) / 64)
    }
    try near(summary["final_train_exact_match"], Double(zip(answers, targets).count { $0 == $1 }) / 64)
    #expect(text.contains("exact match") && text.contains("green "), "\(text)")
  }

  @Test(
    "names in a confusion matrix stay different where they are cut, and neither wide signs nor line breaks shift it")
  func names() throws {
    let names = ["\"a very long name, one\"", "\"a very long name, two\"", "猫", "\"line\nbreak\"", "👍🏽", "é"]
    let rows = (0..<24).map { "\($0 % 6),\(names[$0 % 6])" }
    let (_, text) = try measure(rows, header: "x,label", target: "label", outputs: 6, "softmax", "cross_entropy")
    let start = try #require(text.range(of: "predicted class)\n"))
    let lines = text[start.upperBound...].split(separator: "\n").prefix(7)
    #expect(text.contains(" name, o…") && text.contains(" name, t…") && text.contains("line\\nbreak"), "\(text)")
    // A cat and a thumb are two columns wide.
    let widths = lines.map { line in
      line.reduce(0) { $0 + ($1 == "猫" || $1 == "👍🏽" ? 2 : 1) }
    }
    #expect(lines.count == 7 && Set(widths).count == 1, "\(widths)\n\(text)")
  }
}
