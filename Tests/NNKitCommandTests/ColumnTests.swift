import Foundation
import Testing

@Suite("columns that are no plain numbers")
struct ColumnTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let rest = """
    network:
      layers:
        - {neurons: 4, activation: tanh}
        - {neurons: 2, activation: softmax}
    loss: cross_entropy
    training: {epochs: 40, batch: 8, optimizer: {name: adam, learning_rate: 0.05}}
    """

  /// Guests go in for Thai food, and for any food if they are hungry.
  private static let kinds = ["Thai", "Burger", "French"]
  private static let header = "Type,Hungry,Price,Stars,When,Age,Enter"
  private static let rows: [String] = (0..<36).map { index in
    let (type, hungry) = (kinds[index % 3], index / 3 % 2 == 0 ? "Yes" : "No")
    let stars = ["low", "middle", "high"][index / 6 % 3]
    return "\(type),\(hungry),\(10 + index % 7),\(stars),2024-05-\(10 + index % 9),\(20 + index % 11),"
      + (type == "Thai" || hungry == "Yes" ? "in" : "out")
  }

  private func write(
    _ columns: String = "columns: {Stars: {ordered: [low, middle, high]}, When: timestamp}", data: String = "",
    rows: [String] = rows, header: String = header, rest: String = rest
  ) throws {
    try folder.write(([header] + rows).joined(separator: "\n") + "\n", to: "train.csv")
    try folder.write(
      """
      data:
        train:
          csv:
            path: train.csv
            target: Enter
      \(columns.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n"))
        scale: standard
      \(data)
      \(rest)

      """, to: "config.yaml")
  }

  private func nnkit(_ arguments: String...) throws -> Command { try Command(arguments, in: folder.path) }

  @discardableResult
  private func run(_ more: String..., to output: String = "run") throws -> (command: Command, summary: JSON) {
    let run = try Command(["run", "config.yaml", "--output", output] + more, in: folder.path)
    try #require(run.code == 0, "\(run.errors)")
    return (run, try JSON(folder.read("\(output)/summary.json")))
  }

  private func expectRefused(_ parts: [String], _ more: String...) throws {
    try Command(["run", "config.yaml", "--output", "refused"] + more, in: folder.path).expectFailure(parts)
    #expect(!folder.exists("refused"))
  }

  // MARK: Categories

  @Test("text columns are found to be categories and said so; predict, evaluate and explain name them")
  func categories() throws {
    try write()
    let (command, summary) = try run()
    #expect(command.output.contains("column `Type` has text and is taken for categories, an input each"))
    #expect(summary["final_train_accuracy"].number == 1)
    let csv = try folder.write("Age,When,Stars,Price,Hungry,Type\n25,2024-05-12,low,12,No,Thai\n", to: "new.csv")
    let fromCSV = try nnkit("predict", "run", "--input", csv)
    let line = #"{"Type": "Thai", "Hungry": "No", "Price": 12, "Stars": "low", "When": "2024-05-12", "Age": 25}"#
    let list = #"["Thai", "No", 12, "low", "2024-05-12", 25]"#
    let fromJSON = try Command(["predict", "run", "--input", "-"], input: "\(line)\n\(list)\n", in: folder.path)
    #expect(fromCSV.output.contains(#""class": "in""#), "\(fromCSV.errors)")
    #expect(fromJSON.output == fromCSV.output + fromCSV.output, "\(fromJSON.errors)")
    #expect(try nnkit("evaluate", "run").output.contains("accuracy 1.0000"))
    let told = try nnkit("explain", "run", "--sample", "0")
    #expect(told.output.contains("Type=Burger 0, Type=French 0, Type=Thai 1, Hungry=No 0, Hungry=Yes 1"))
    let names = try JSON(nnkit("explain", "run", "--format", "json").output)["input_names"].list.map(\.text)
    #expect(
      names == [
        "Type=Burger", "Type=French", "Type=Thai", "Hungry=No", "Hungry=Yes", "Price", "Stars", "When", "Age",
      ])
  }

  @Test("one-hot by hand gives the same training, bit for bit")
  func byHand() throws {
    try write("columns: {Stars: skip, When: skip}")
    let found = try run().summary
    let header = "Type=Burger,Type=French,Type=Thai,Hungry=No,Hungry=Yes,Price,Age,Enter"
    let rows = Self.rows.map { row in
      let cells = row.split(separator: ",").map(String.init)
      let hot = ["Burger", "French", "Thai"].map { $0 == cells[0] ? "1" : "0" }
      return (hot + (cells[1] == "No" ? ["1", "0"] : ["0", "1"]) + [cells[2], cells[5], cells[6]])
        .joined(separator: ",")
    }
    try write("", rows: rows, header: header)
    try folder.write(
      try folder.read("config.yaml").replacing("scale: standard", with: "scale: {Price: standard, Age: standard}"),
      to: "config.yaml")
    let expected = try run(to: "hand").summary
    #expect(found["final_train_loss"].number == expected["final_train_loss"].number)
  }

  @Test("a category that no training row has: an error with its place, or an input of its own")
  func unseen() throws {
    try write()
    try run()
    let new = try folder.write("Age,When,Stars,Price,Hungry,Type\n25,2024-05-12,low,12,No,Thay\n", to: "new.csv")
    try nnkit("predict", "run", "--input", new).expectFailure(["new.csv:2:25", "`Thay`", "did you mean `Thai`"])
    try folder.write(Self.header + "\n" + "Greek,No,12,low,2024-05-12,25,in\n", to: "test.csv")
    try write(data: "  test: {csv: {path: test.csv, target: Enter}}")
    try expectRefused(["test.csv:2:1", "`Greek`", "`Burger`, `French`, `Thai`"])
    try write(
      "columns: {Stars: {ordered: [low, middle, high]}, When: timestamp}\nunseen: {Type: input}",
      data: "  test: {csv: {path: test.csv, target: Enter}}")
    try run(to: "open")
    let names = try JSON(nnkit("explain", "open", "--format", "json").output)["input_names"].list.map(\.text)
    #expect(names.contains("Type=(unseen)"))
    #expect(try nnkit("predict", "open", "--input", new).code == 0)
    // Held out samples are not what categories are fitted on.
    try write("columns: {Stars: {ordered: [low, middle, high]}, When: timestamp}", data: "  validation: 0.5")
    try folder.write(
      ([Self.header] + Self.rows.enumerated().map { $0 == 7 ? $1.replacing("Burger", with: "Greek") : $1 })
        .joined(separator: "\n"), to: "train.csv")
    let ends = try (1...5).map { try nnkit("check", "config.yaml", "--set", "seed=\($0)") }
    let refused = ends.filter { $0.code != 0 }
    #expect(!refused.isEmpty && refused.count < ends.count)
    for end in refused { end.expectFailure(["train.csv:9:1", "`Greek`"]) }
  }

  @Test("text beside numbers, and text that differs in nearly every row, are not guessed at")
  func notGuessed() throws {
    try write(rows: Self.rows + ["Thai,Yes,1O,low,2024-05-12,25,in"])
    try expectRefused(["train.csv:38:10", "`1O`", "columns: {Price: categorical}"])
    try write("", rows: (0..<30).map { "name \($0),\($0),\($0 % 2 == 0 ? "in" : "out")" }, header: "Name,Price,Enter")
    try expectRefused(["train.csv:2:1", "`Name` has 30 different texts", "columns: {Name: skip}"])
    try write(
      "", rows: (0..<30).map { "2024-01-\(10 + $0 % 20),\($0),\($0 % 2 == 0 ? "in" : "out")" }, header: "Day,P,Enter")
    try expectRefused(["columns: {Day: timestamp}"])
  }

  @Test("each wrong key of columns is an error with its place and the nearest name")
  func wrongKeys() throws {
    let cases: [(String, [String])] = [
      ("columns: {Typ: categorical}", ["config.yaml:6:17", "`Typ`", "did you mean `Type`"]),
      ("columns: {Type: categoric}", ["config.yaml:6:23", "did you mean `categorical`"]),
      ("columns: [Type]", ["config.yaml:6:16", "a mapping"]),
      ("columns: {Stars: {ordered: []}}", ["at least two categories"]),
      ("columns: {Stars: {ordered: [low, low]}}", ["config.yaml:6:40", "`low` is given twice"]),
      ("columns: {Stars: {ordered: [low, high]}}", ["train.csv:8:", "`middle`", "expected one of `low`, `high`"]),
      ("columns: {Stars: {order: [low, high]}}", ["unknown key `order`", "did you mean `ordered`"]),
      ("columns: {Enter: skip}", ["config.yaml:6:17", "`Enter` is skipped and is in `target`"]),
      ("columns: {Enter: timestamp}", ["config.yaml:6:17", "cannot be a timestamp"]),
      ("columns: {Type: number}", ["train.csv:2:1", "`Thai`", "expected a finite number"]),
      ("columns: {Price: timestamp}", ["train.csv:2:10", "expected a time such as"]),
      ("missing: {Type: mean}\ncolumns: {Type: categorical}", ["config.yaml:6:17", "no mean"]),
      ("missing: median", ["config.yaml:6:16", "expected one of error, mean, mode, drop, indicator"]),
      ("missing: {Nope: mean}", ["config.yaml:6:17", "there is no column `Nope`"]),
      ("missing: {Enter: mean}", ["config.yaml:6:17", "is the target"]),
      ("unseen: maybe", ["config.yaml:6:15", "expected one of error, input"]),
      ("unseen: {Price: input}\ncolumns: {Price: number}", ["config.yaml:6:16", "only a categorical column"]),
      ("sample_weight: Weight", ["there is no column `Weight`"]),
      ("sample_weight: Enter", ["`Enter` is given twice"]),
      ("sample_weight: Type", ["train.csv:2:1", "`Thai`"]),
    ]
    for (columns, parts) in cases {
      try write(columns)
      try expectRefused(parts)
    }
    for (data, parts) in [
      ("  class_weights: balance", ["balanced, or a mapping"]), ("  class_weights: {in: -1}", ["a number >= 0"]),
      ("  class_weights: {inn: 2}", ["there is no class `inn`", "did you mean `in`"]),
    ] {
      try write(data: data)
      try expectRefused(["config.yaml:8:18"].filter { _ in data.contains("balance") } + parts)
    }
  }

  // MARK: Missing values

  private static let holes = rows.enumerated().map { index, row in
    var cells = row.split(separator: ",").map(String.init)
    if index % 6 == 0 { cells[5] = "" }
    if index % 9 == 4 { cells[0] = "" }
    return cells.joined(separator: ",")
  }

  @Test("missing values: refused by default; by rule the mean, the mode, an input, or the row is left out")
  func missing() throws {
    let columns = "columns: {Stars: skip, When: skip}\n"
    try write(columns, rows: Self.holes)
    try expectRefused(["train.csv:2:", "an empty cell in column `Age`", "missing: mean"])
    try write(columns + "missing: mean", rows: Self.holes)
    try expectRefused(["config.yaml:7:16", "`Type`", "no mean"])
    try write(columns + "missing: {Type: mode, \"*\": mean}", rows: Self.holes)
    let (command, summary) = try run(to: "mean")
    let ages = Self.holes.compactMap { Double($0.split(separator: ",", omittingEmptySubsequences: false)[5]) }
    let mean = ages.reduce(0, +) / Double(ages.count)
    #expect(command.output.contains("missing values of `Age`: \(String(format: "%.4g", mean))"), "\(command.output)")
    #expect(summary["final_train_accuracy"].number ?? 0 > 0.8)
    let new = try folder.write("Type,Hungry,Price,Age\n,No,12,\n", to: "new.csv")
    #expect(try nnkit("predict", "mean", "--input", new).code == 0)
    let null = #"{"Type": null, "Hungry": "No", "Price": 12, "Age": null}"#
    let asked = try Command(["predict", "mean", "--input", "-"], input: null + "\n", in: folder.path)
    #expect(asked.output == (try nnkit("predict", "mean", "--input", new).output), "\(asked.errors)")
    try write(columns + "missing: indicator", rows: Self.holes)
    try run(to: "indicator")
    let names = try JSON(nnkit("explain", "indicator", "--format", "json").output)["input_names"].list.map(\.text)
    #expect(
      names.contains("Age is missing") && names.contains("Type is missing") && !names.contains("Price is missing"))
    try write(columns + "missing: drop", rows: Self.holes)
    let dropped = try run(to: "drop").command
    let count = Self.holes.count { $0.contains(",,") || $0.hasPrefix(",") }
    #expect(dropped.output.contains("\(count) of 36 rows lack a value and are left out"), "\(dropped.output)")
    try nnkit("predict", "drop", "--input", new).expectFailure(["new.csv:2:1", "left out"])
    try write(
      columns + "missing: {Age: mean}\nmissing_marks: [\"?\"]",
      rows: Self.rows.map { $0.replacing(",20,", with: ",?,") })
    try run(to: "marks")
  }

  // MARK: Weights

  @Test("class_weights and sample_weight count in the loss, and the run says so; evaluate gives the same loss")
  func weights() throws {
    try write(data: "  class_weights: balanced")
    let (command, summary) = try run()
    #expect(command.output.contains("class_weights: each sample's loss is multiplied by its class's weight"))
    let evaluated = try nnkit("evaluate", "run").output
    let loss = try #require(summary["final_train_loss"].number)
    #expect(evaluated.contains(String(format: "%.6f", loss)) || evaluated.contains("\(String(format: "%.4f", loss))"))
    // The weights that `balanced` stands for, given outright.
    let counts = Self.rows.count { $0.hasSuffix(",in") }
    let (inWeight, outWeight) = (36.0 / 2 / Double(counts), 36.0 / 2 / Double(36 - counts))
    try write(data: "  class_weights: {in: \(inWeight), out: \(outWeight)}")
    #expect(try run(to: "named").summary["final_train_loss"].number == loss)
    // And as a column.
    let weighted = Self.rows.map { "\($0),\($0.hasSuffix(",in") ? inWeight : outWeight)" }
    try write(
      "columns: {Stars: {ordered: [low, middle, high]}, When: timestamp}\nsample_weight: Weight", rows: weighted,
      header: Self.header + ",Weight")
    let sampled = try run(to: "sampled")
    #expect(sampled.summary["final_train_loss"].number == loss)
    #expect(sampled.command.output.contains("sample_weight: each sample's loss is multiplied by its weight"))
    try write()
    #expect(try run(to: "plain").summary["final_train_loss"].number != loss)
  }

  @Test("explain multiplies loss and gradients by the sample's weight, in text, JSON and page", .timeLimit(.minutes(1)))
  func explainedWeights() throws {
    let counts = Self.rows.count { $0.hasSuffix(",in") }
    let weights = [true: 36.0 / 2 / Double(counts), false: 36.0 / 2 / Double(36 - counts)]
    // A canonical pair, and a loss without one.
    for (loss, activation, pairs) in [("cross_entropy", "softmax", true), ("squared_error", "sigmoid", false)] {
      let rest = Self.rest.replacing("softmax", with: activation).replacing("cross_entropy", with: loss)
      try write(data: "  class_weights: balanced", rest: rest)
      let json = try JSON(nnkit("explain", "config.yaml", "--samples", "0-2", "--format", "json").output)
      try write(rest: rest)
      let plain = try JSON(nnkit("explain", "config.yaml", "--samples", "0-2", "--format", "json").output)
      for sample in 0..<3 {
        let (own, other) = (json["samples"][sample], plain["samples"][sample])
        let weight = try #require(weights[Self.rows[sample].hasSuffix(",in")])
        #expect(own["weight"].number == weight && other["weight"].number == nil)
        func expectTimes(_ found: Double?, _ unweighted: Double?) throws {
          let (found, unweighted) = (try #require(found), try #require(unweighted))
          #expect(abs(found - weight * unweighted) < 1e-12)
        }
        try expectTimes(own["loss"].number, other["loss"].number)
        let (last, lastOther) = (own["layers"][1]["neurons"][0], other["layers"][1]["neurons"][0])
        try expectTimes(last["local_gradient"].number, lastOther["local_gradient"].number)
        try expectTimes(last["received"].number, lastOther["received"].number)
        try expectTimes(last["bias_gradient"].number, lastOther["bias_gradient"].number)
      }
      try write(data: "  class_weights: balanced", rest: rest)
      let text = try nnkit("explain", "config.yaml", "--sample", "1").output
      let read = PencilReader(text)
      let weight = try #require(weights[Self.rows[1].hasSuffix(",in")])
      #expect(text.contains("Its weight is \(String(format: "%.3f", weight).dropLast())"))
      #expect(text.contains("L = weight·("))
      #expect(text.contains("δ = weight·(") == pairs && text.contains("∂L/∂a0 = weight·("))
      // Each printed line comes out, with the weight in it.
      for line in read.lines where line.formula.contains("weight·") {
        let result = try #require(Double(line.result))
        #expect(abs(line.value - result) <= PencilReader.halfDigit(line.result) * 1.001, "\(line.text)")
      }
      #expect(read.lines.contains { $0.formula.contains("weight·") })
    }
    #expect(try nnkit("explain", "config.yaml", "--sample", "1", "--format", "html", "--output", "page.html").code == 0)
    #expect(try folder.read("page.html").contains("Its weight is"))
  }

  // MARK: Scaling

  @Test("columns are scaled by name and pattern; what fits none is left as it is")
  func scaling() throws {
    try write("columns: {Stars: skip, When: skip}")
    func scaled(_ scale: String) throws -> Command {
      try folder.write(
        try folder.read("config.yaml").replacing(#/  scale: .*/#, with: "  scale: \(scale)"), to: "config.yaml")
      return try Command(["explain", "config.yaml", "--sample", "0", "--format", "json"], in: folder.path)
    }
    func inputs(_ scale: String) throws -> [Double] { try JSON(scaled(scale).output)["input"].numbers }
    let ages = (0..<36).map { Double(20 + $0 % 11) }.sorted()
    let (q1, q2, q3) = (
      ages[8] + 0.75 * (ages[9] - ages[8]), (ages[17] + ages[18]) / 2, ages[26] + 0.25 * (ages[27] - ages[26])
    )
    #expect(try inputs("{Age: unit}") == [0, 0, 1, 0, 1, 10, 0])
    #expect(try inputs("{\"A*\": robust}").last == (20 - q2) / (q3 - q1))
    #expect(try inputs("{inputs: {Age: unit, \"*\": none}, targets: none}") == [0, 0, 1, 0, 1, 10, 0])
    for (scale, parts) in [
      ("{Agee: unit}", ["did you mean `Age`"]), ("{Type: unit}", ["has categories"]),
      ("{Age: units}", ["did you mean `unit`"]),
      ("{Age: unit, targets: none}", ["give the columns in `inputs`"]),
    ] {
      try scaled(scale).expectFailure(["config.yaml:7"] + parts)
    }
  }
}
