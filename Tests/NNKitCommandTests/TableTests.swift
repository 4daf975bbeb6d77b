import Foundation
import Testing

@Suite("a table's columns and classes belong to the model")
struct TableTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Two kinds of boxes, told apart by which side is longer.
  private static let boxes: [(width: Double, height: Double, kind: String)] = (0..<24).map { index in
    let (short, long) = (2 + Double(index % 5) / 10, 8 + Double(index % 7) / 10)
    return index % 2 == 0 ? (short, long, "tall") : (long, short, "wide")
  }

  private static let classifier = """
      scale: standard
    network:
      layers:
        - {neurons: 4, activation: tanh}
        - {neurons: 2, activation: softmax}
    loss: cross_entropy
    training: {epochs: 30, batch: 8, optimizer: {name: adam, learning_rate: 0.05}}
    """

  private func writeBoxes() throws {
    let rows = Self.boxes
    try folder.write(
      "width,height,kind\n" + rows.map { "\($0.width),\($0.height),\($0.kind)\n" }.joined(), to: "train.csv")
    try folder.write(
      "kind,height,width\n" + rows.map { "\($0.kind),\($0.height),\($0.width)\n" }.joined(), to: "turned.csv")
  }

  private func write(_ data: String, _ rest: String = classifier, to name: String = "config.yaml") throws {
    try folder.write("data:\n\(data)\n\(rest)\n", to: name)
  }

  private func nnkit(_ arguments: String...) throws -> Command { try Command(arguments, in: folder.path) }

  @discardableResult
  private func run(_ config: String = "config.yaml", to output: String = "run", _ more: String...) throws -> JSON {
    let run = try Command(["run", config, "--output", output, "--quiet"] + more, in: folder.path)
    try #require(run.code == 0, "\(run.errors)")
    return try JSON(folder.read("\(output)/summary.json"))
  }

  private func expectRefused(_ parts: [String], _ name: String = "config.yaml") throws {
    try nnkit("run", name, "--output", "refused").expectFailure(parts)
    #expect(!folder.exists("refused"))
  }

  // MARK: Columns

  @Test("a test or validation file with its columns in another order gives the figures of the training file")
  func order() throws {
    try writeBoxes()
    for set in ["test", "validation"] {
      try write("  train: {csv: {path: train.csv, target: kind}}\n  \(set): {csv: {path: turned.csv, target: kind}}")
      let summary = try run(to: set)
      let loss = summary["\(set == "test" ? "test" : "final_validation")_loss"].number
      let same = try nnkit("evaluate", set, "--set", "data.\(set).csv.path=train.csv")
      #expect(loss ?? 1 < 0.1 && same.output.contains("accuracy 1.0000"), "\(same.output)")
      #expect(try nnkit("evaluate", set).output.contains("\(set) loss"))
    }
    let told = try nnkit("explain", "test", "--format", "json", "--set", "data.train.csv.path=turned.csv")
    #expect(told.output == (try nnkit("explain", "test", "--format", "json").output) && told.code == 0)
  }

  @Test("other names are refused with the file and the name that may be meant, letter case included")
  func names() throws {
    try writeBoxes()
    try folder.write("Width,height,kind\n2,8,tall\n", to: "case.csv")
    try folder.write("widht,height,kind\n2,8,tall\n", to: "typo.csv")
    try folder.write("a,b,kind\n2,8,tall\n", to: "other.csv")
    for (name, hint) in [("case", "did you mean `Width`"), ("typo", "did you mean `widht`"), ("other", "`a`, `b`")] {
      try write("  train: {csv: {path: train.csv, target: kind}}\n  test: {csv: {path: \(name).csv, target: kind}}")
      try expectRefused(["\(name).csv", "`width`", hint])
    }
    try write("  train: {csv: {path: train.csv, target: kind}}")
    try run()
    try nnkit("evaluate", "run", "--set", "data.train.csv.path=typo.csv").expectFailure(["typo.csv", "`widht`"])
    try folder.write(
      "data:\n  train: {csv: {path: other.csv, target: kind}}\nnetwork: {from: run/model.safetensors}\nloss: cross_entropy\n",
      to: "from.yaml")
    try expectRefused(["other.csv", "`width`"], "from.yaml")
  }

  @Test("a target given by number is refused where another column has that number")
  func targetNumber() throws {
    try writeBoxes()
    try write("  train: {csv: {path: train.csv, target: kind}}\n  test: {csv: {path: turned.csv, target: 2}}")
    try expectRefused(["turned.csv", "`width`"])
    try folder.write("p,red,green\n1,1,0\n0,0,1\n1,1,0\n0,0,1\n", to: "hot.csv")
    try folder.write("green,red,p\n0,1,1\n1,0,0\n", to: "turned-hot.csv")
    try write(
      """
        train: {csv: {path: hot.csv, target: [red, green]}}
        test: {csv: {path: turned-hot.csv, target: [green, red]}}
      """)
    #expect(try run()["test_accuracy"].number == 1)
  }

  @Test("positions count where one side has no names, and then the number has to fit")
  func positions() throws {
    try writeBoxes()
    try folder.write("8,2,wide\n2,8,tall\n", to: "bare.csv")
    try folder.write("8,2,1,wide\n", to: "more.csv")
    try write(
      "  train: {csv: {path: train.csv, target: kind}}\n  test: {csv: {path: bare.csv, header: false, target: 2}}")
    #expect(try run()["test_accuracy"].number == 1)
    try write(
      "  train: {csv: {path: train.csv, target: kind}}\n  test: {csv: {path: more.csv, header: false, target: 3}}")
    try expectRefused(["more.csv", "3 inputs", "takes 2", "`width`, `height`"])
  }

  @Test("names by which no column is found again are refused at training, with what to write instead")
  func headers() throws {
    func check(_ text: String, _ csv: String) throws -> Command {
      try folder.write(text, to: "data.csv")
      try write("  train: {csv: {path: data.csv, \(csv)}}")
      return try nnkit("check", "config.yaml")
    }
    try check("1.0,2.00,cold\n5.1,6.90,warm\n1.2,2.1,cold\n", "target: 2")
      .expectFailure(["data.csv:1:1", "`1.0` is a number", "`header: false`"])
    #expect(try check("1.0,2.00,cold\n5.1,6.90,warm\n", "target: 2, header: false").code == 0)
    // A column that is given by name says that the first line has names.
    #expect(try check("0,1,label\n1.0,2.0,cold\n5.1,6.9,warm\n", "target: label").code == 0)
    try check("a,a,y\n1,2,cold\n3,4,warm\n", "target: y")
      .expectFailure(["columns number 0 and 1 are both called `a`", "`exclude: [1]`"])
    #expect(try check("a,a,y\n1,2,cold\n3,4,warm\n", "target: y, exclude: [1]").code == 0)
    try check(",a,y\n0,2,cold\n1,4,warm\n", "target: y")
      .expectFailure(["column number 0 has no name", "`exclude: [0]`"])
    #expect(try check(",a,y\n0,2,cold\n1,4,warm\n", "target: y, exclude: 0").code == 0)
    try check("a,b,y\n0,2,cold\n1,4,warm\n", "target: y, exclude: [c]").expectFailure(["no column `c`"])
    try check("a,b,y\n0,2,cold\n1,4,warm\n", "target: y, input: a, exclude: a").expectFailure(["`a` is given twice"])
  }

  @Test("cells are separated as the first line says, which is told, or as the configuration says")
  func separators() throws {
    for (mark, written) in [(";", "semicolons"), ("\t", "tabs"), ("|", "`|`")] {
      let text = ["a,b,y", "5.1,3.5,red", "4.9,3.0,blue"].joined(separator: "\n").replacingOccurrences(
        of: ",", with: mark)
      try folder.write(text, to: "data.csv")
      try write("  train: {csv: {path: data.csv, target: y}}")
      let told = try nnkit("check", "config.yaml")
      #expect(told.code == 0 && told.output.contains("separated by \(written)"), "\(told.errors)")
    }
    try folder.write("a b  y\n5.1   3.5 red\n4.9 3.0 blue \n", to: "data.csv")
    try write("  train: {csv: {path: data.csv, target: y}}")
    try nnkit("check", "config.yaml").expectFailure(["separator: \" \""])
    try write("  train: {csv: {path: data.csv, target: y, separator: \" \"}}")
    #expect(try nnkit("check", "config.yaml").output.contains("2 inputs"))
    try folder.write("a;b;y\n5,1;-3,5e0;rot\n4,9;3,0;blau\n", to: "data.csv")
    try write("  train: {csv: {path: data.csv, target: y}}")
    try nnkit("check", "config.yaml").expectFailure(["data.csv:2:1", "`5,1`", "`decimal: \",\"`"])
    try write("  train: {csv: {path: data.csv, target: y, decimal: \",\"}}")
    let told = try nnkit("explain", "config.yaml", "--format", "json", "--set", "data.scale=none")
    #expect(try JSON(told.output)["input"].numbers.map { ($0 * 10).rounded() } == [51, -35], "\(told.errors)")
    try write("  train: {csv: {path: data.csv, target: y, decimal: \",\", separator: \",\"}}")
    try nnkit("check", "config.yaml").expectFailure(["the same character"])
  }

  // MARK: Classes

  @Test("a model begins another training on its own classes alone, matched by name")
  func startedFrom() throws {
    try writeBoxes()
    try write("  train: {csv: {path: train.csv, target: kind}}")
    try run()
    let rows = Self.boxes.map { "\($0.width),\($0.height),\($0.kind == "tall" ? "round" : "wide")\n" }.joined()
    try folder.write("width,height,kind\n" + rows, to: "round.csv")
    let rest = "network: {from: run/model.safetensors}\nloss: cross_entropy\ntraining: {epochs: 0}"
    try write("  train: {csv: {path: round.csv, target: kind}}", rest, to: "second.yaml")
    try expectRefused(["second.yaml", "`round`, `wide`", "`tall`, `wide`", "layers: [...]"], "second.yaml")
    // The columns that stand for classes lie the other way round.
    let hot = Self.boxes.map { "\($0.width),\($0.height),\($0.kind == "wide" ? "1,0" : "0,1")\n" }.joined()
    try folder.write("width,height,wide,tall\n" + hot, to: "hot.csv")
    try write("  train: {csv: {path: hot.csv, target: [wide, tall]}}", rest, to: "third.yaml")
    #expect(try run("third.yaml", to: "third")["final_train_accuracy"].number == 1)
  }

  @Test("`from` with layers takes all of the model's layers but the last, and then these")
  func fineTuning() throws {
    try writeBoxes()
    try write("  train: {csv: {path: train.csv, target: kind}}")
    try run()
    let rows = Self.boxes.enumerated().map { "\($1.height),\($1.width),\($0 % 4 == 0 ? "high" : $1.kind)\n" }.joined()
    try folder.write("height,width,kind\n" + rows, to: "three.csv")
    try write(
      "  train: {csv: {path: three.csv, target: kind}}",
      """
      network:
        from: run/model.safetensors
        layers: [{neurons: 3, activation: softmax}]
      loss: cross_entropy
      training: {epochs: 0}
      """, to: "tune.yaml")
    try run("tune.yaml", to: "tuned")
    func layer(_ run: String, _ index: Int) throws -> [Double] {
      let told = try nnkit("explain", run, "--format", "json")
      let neurons = try JSON(told.output)["layers"][index]["neurons"].list
      return neurons.flatMap { $0["weights"].numbers }
    }
    #expect(try layer("tuned", 0) == layer("run", 0) && layer("tuned", 1).count == 12)
    let told = try nnkit("explain", "tuned", "--format", "json")
    #expect(
      try JSON(told.output)["input"].numbers
        == JSON(nnkit("explain", "run", "--format", "json").output)["input"].numbers)
    #expect(try nnkit("evaluate", "tuned").output.contains("high"))
  }

  @Test("the distinct labels of a column are the classes, named by their labels; check says what was decided")
  func labels() throws {
    for (labels, count) in [(["1", "2", "3"], 3), (["5", "10"], 2)] {
      let rows = (0..<12).map { "\($0 % count),\(Double($0) / 12),\(labels[$0 % count])\n" }.joined()
      try folder.write("a,b,y\n" + rows, to: "data.csv")
      try write(
        "  train: {csv: {path: data.csv, target: y}}",
        Self.classifier.replacingOccurrences(of: "neurons: 2", with: "neurons: \(count)"))
      let told = try nnkit("check", "config.yaml")
      let names = labels.map { "`\($0)`" }.joined(separator: ", ")
      #expect(told.output.contains("`y`: \(count) classes: \(names)"), "\(told.output)\(told.errors)")
      #expect(try run(to: "run\(count)")["final_train_accuracy"].number == 1)
      let lines = try nnkit("evaluate", "run\(count)").output.split(separator: "\n")
      #expect(lines.contains { $0.split(separator: " ").map(String.init).starts(with: labels) })
    }
    try write(
      "  train: {csv: {path: data.csv, target: y}}",
      """
      network: {layers: [{neurons: 1, activation: identity}]}
      loss: mean_squared_error
      """)
    #expect(try nnkit("check", "config.yaml").output.contains("`y`: numbers"))
  }

  private func writeIDX(_ labels: [UInt8], _ name: String) throws {
    let count = UInt8(labels.count)
    try folder.write([0, 0, 8, 1, 0, 0, 0, count] + labels, to: "\(name)-labels")
    try folder.write(
      [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 2] + labels.flatMap { [$0 &* 60, 255 &- $0 &* 60] },
      to: "\(name)-images")
  }

  @Test("IDX labels 1…3 are three classes, and `classes` names them, for sets that give the numbers alone too")
  func idx() throws {
    try writeIDX([1, 2, 3, 1, 2, 3, 3, 2], "train")
    try writeIDX([3, 1], "test")
    try writeIDX([0, 1], "zero")
    func data(_ test: String, _ classes: String) -> String {
      """
        train: {idx: {images: train-images, labels: train-labels\(classes)}}
        test: {idx: {images: \(test)-images, labels: \(test)-labels}}
      """
    }
    let rest = Self.classifier.replacingOccurrences(of: "scale: standard", with: "scale: unit")
      .replacingOccurrences(of: "neurons: 2", with: "neurons: 3").replacingOccurrences(
        of: "epochs: 30", with: "epochs: 200")
    try write(data("test", ""), rest)
    #expect(try nnkit("check", "config.yaml").output.contains("3 classes: `1`, `2`, `3`"))
    try write(data("test", ", classes: [one, two, three]"), rest)
    #expect(try nnkit("check", "config.yaml").output.contains("3 classes: `one`, `two`, `three`"))
    #expect(try run()["test_accuracy"].number == 1)
    for name in ["train-images", "train-labels"] { try FileManager.default.removeItem(atPath: folder.path(name)) }
    let told = try nnkit("evaluate", "run")
    #expect(told.output.contains("accuracy 1.0000") && told.output.contains("three"), "\(told.errors)")
    try nnkit(
      "evaluate", "run", "--set", "data.test.idx.images=zero-images", "--set", "data.test.idx.labels=zero-labels"
    )
    .expectFailure(["zero-labels", "`0`", "`one`, `two`, `three`"])
  }

  @Test("what targets are is decided by the training data: early stopping watches no figure that does not exist")
  func decidedOnce() throws {
    try folder.write("p,red,green\n0.1,1,0\n0.9,0,1\n0.2,1,0\n0.8,0,1\n", to: "train.csv")
    try folder.write("p,red,green\n0.1,1,0\n0.9,1,1\n", to: "both.csv")
    let rest = """
      network: {layers: [{neurons: 2, activation: sigmoid}]}
      loss: binary_cross_entropy
      training: {epochs: 3, early_stopping: {metric: validation_accuracy, patience: 2}}
      """
    try write(
      """
        train: {csv: {path: train.csv, target: [red, green]}}
        validation: {csv: {path: both.csv, target: [red, green]}}
      """, rest)
    try expectRefused(["both.csv", "sample 1", "`red`, `green`"])
    try folder.write("p,x\n0.1,0.25\n0.9,0.5\n0.3,0.7\n0.5,0.2\n", to: "numbers.csv")
    try write(
      "  train: {csv: {path: numbers.csv, target: x}}\n  validation: 0.5",
      rest.replacingOccurrences(of: "neurons: 2", with: "neurons: 1"))
    try expectRefused(["validation_accuracy"])
  }

  // MARK: What a run's folder needs

  @Test("evaluate and report need only the data that they measure, and a project can be moved with its runs")
  func moved() throws {
    try writeBoxes()
    try FileManager.default.createDirectory(atPath: folder.path("project"), withIntermediateDirectories: true)
    for name in ["train.csv", "turned.csv"] {
      try FileManager.default.moveItem(atPath: folder.path(name), toPath: folder.path("project/\(name)"))
    }
    try write(
      "  train: {csv: {path: train.csv, target: kind}}\n  test: {csv: {path: turned.csv, target: kind}}",
      to: "project/config.yaml")
    try run("project/config.yaml", to: "project/runs/one")
    let before = try nnkit("evaluate", "project/runs/one").output
    try FileManager.default.removeItem(atPath: folder.path("project/train.csv"))
    try FileManager.default.moveItem(atPath: folder.path("project"), toPath: folder.path("moved"))
    let told = try nnkit("evaluate", "moved/runs/one")
    #expect(told.output == before && told.code == 0 && before.contains("accuracy 1.0000"), "\(told.errors)")
    let page = try folder.read("moved/runs/one/report.html")
    #expect(try nnkit("report", "moved/runs/one").code == 0)
    #expect(try folder.read("moved/runs/one/report.html") == page)
    // Without its project it finds the data where the run left them.
    try FileManager.default.moveItem(atPath: folder.path("moved"), toPath: folder.path("project"))
    try FileManager.default.createDirectory(atPath: folder.path("away/far"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: folder.path("project/runs/one"), toPath: folder.path("away/far/one"))
    #expect(try nnkit("evaluate", "away/far/one").output == before)
  }

  @Test("a path that --set gives is relative to the shell's folder, one of the configuration to the configuration's")
  func setPaths() throws {
    try writeBoxes()
    try FileManager.default.createDirectory(atPath: folder.path("configs"), withIntermediateDirectories: true)
    try write("  train: {csv: {path: nowhere.csv, target: kind}}", to: "configs/config.yaml")
    try nnkit("check", "configs/config.yaml").expectFailure(["configs/nowhere.csv"])
    #expect(try nnkit("check", "configs/config.yaml", "--set", "data.train.csv.path=train.csv").code == 0)
    #expect(
      try nnkit("check", "configs/config.yaml", "--set", "data.train={csv: {path: train.csv, target: kind}}").code == 0)
  }
}
