import Foundation
import NNKit
import Testing

@Suite("a beginning with nnkit")
struct BeginningTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func nnkit(_ arguments: String...) throws -> Command { try Command(arguments, in: folder.path) }

  /// What a configuration that `new` wrote comes to.
  private func train(_ name: String) throws -> JSON {
    let run = try nnkit("run", "\(name).yaml", "--quiet", "--output", name)
    try #require(run.code == 0, "\(run.errors)")
    #expect(!run.errors.contains("warning"), "\(run.errors)")
    return try JSON(folder.read("\(name)/summary.json"))
  }

  // MARK: nnkit new

  @Test("new without data writes exclusive or, which is learned, and never replaces a file")
  func xor() throws {
    let new = try nnkit("new")
    #expect(new.code == 0 && new.output.contains("nnkit run xor.yaml") && new.output.contains("adam"), "\(new.errors)")
    #expect(try train("xor")["final_train_accuracy"].number == 1)
    let text = try folder.read("xor.yaml")
    try nnkit("new").expectFailure(["xor.yaml: exists"])
    #expect(try folder.read("xor.yaml") == text)
  }

  @Test("new fits a table with classes, and what it writes learns them")
  func classes() throws {
    try FileManager.default.copyItem(atPath: "\(Checkout.path)/Examples/iris.csv", toPath: folder.path("iris.csv"))
    let new = try nnkit("new", "--csv", "iris.csv")
    #expect(new.code == 0 && new.output.contains("task: 3 classes"), "\(new.errors)")
    let text = try folder.read("iris.yaml")
    for part in ["path: \"iris.csv\"", "softmax", "cross_entropy", "validation: 0.2", "scale: standard", "adam", "# "] {
      #expect(text.contains(part), "\(text)")
    }
    #expect(try #require(train("iris")["final_validation_accuracy"].number) > 0.85)
  }

  @Test("new fits a table of numbers with semicolons, decimal commas, an index and text, and learns it")
  func numbers() throws {
    let rows = (0..<80).map { row -> String in
      let (area, rooms) = (40 + row * 37 % 160, 1 + row % 6)
      return "\(row);\(area),5;\(rooms);\(["Bonn", "Ulm"][row % 2]);\(area * 4000 + rooms * 20_000 + 7)\n"
    }
    try folder.write(";area;rooms;city;price\n" + rows.joined(), to: "houses.csv")
    let new = try nnkit("new", "flats", "--csv", "houses.csv")
    #expect(new.code == 0, "\(new.errors)")
    for part in ["task: numbers", "left out: column number 0", "categories: column `city`: `Bonn`, `Ulm`"] {
      #expect(new.output.contains(part), "\(new.output)")
    }
    let text = try folder.read("flats.yaml")
    for part in ["separator: \";\"", "decimal: \",\"", "exclude: [0]", "targets: standard", "identity"] {
      #expect(text.contains(part), "\(text)")
    }
    // On the scale of the targets, whose deviation is 1.
    #expect(try #require(train("flats")["final_validation_loss"].number) < 0.05)
    let city = try nnkit("new", "city", "--csv", "houses.csv", "--target", "city")
    #expect(city.code == 0 && city.output.contains("2 classes (classification): `Bonn`, `Ulm`"), "\(city.errors)")
    try nnkit("new", "other", "--csv", "houses.csv", "--target", "prize")
      .expectFailure(["there is no column `prize`; did you mean `price`?"])
    #expect(!folder.exists("other.yaml"))
  }

  @Test("new fits a table with categories and empty cells, and what it writes learns it")
  func gaps() throws {
    let rows = (0..<80).map { row -> String in
      let kind = ["Thai", "Burger", "French", ""][row % 4]
      return "\(kind),\(row % 7 == 0 ? "" : "\(row % 9)"),name \(row),\(row % 4 == 0 || row % 9 > 5 ? "in" : "out")\n"
    }
    try folder.write("Type,Hunger,Name,Enter\n" + rows.joined(), to: "guests.csv")
    let new = try nnkit("new", "--csv", "guests.csv")
    #expect(new.code == 0, "\(new.errors)")
    for part in ["categories: column `Type`", "left out: column `Name`: it has text that differs", "the mean"] {
      #expect(new.output.contains(part), "\(new.output)")
    }
    let text = try folder.read("guests.yaml")
    #expect(text.contains("missing: {\"Type\": mode, \"Hunger\": mean}"), "\(text)")
    #expect(try #require(train("guests")["final_validation_accuracy"].number) > 0.6)
  }

  @Test("new takes a first line of numbers for a sample, and refuses a target that has nothing to learn")
  func headerless() throws {
    try folder.write((0..<60).map { "\(($0 * 7) % 11 - 5),\(($0 * 7) % 11 > 5 ? 1 : 0)\n" }.joined(), to: "two.csv")
    let new = try nnkit("new", "--csv", "two.csv")
    #expect(new.code == 0 && new.output.contains("target: column number 1"), "\(new.errors)")
    #expect(try folder.read("two.yaml").contains("header: false"))
    #expect(try #require(train("two")["final_validation_accuracy"].number) > 0.9)
    try folder.write("a,b\n1,7\n2,7\n", to: "same.csv")
    try nnkit("new", "--csv", "same.csv").expectFailure(["column `b`", "in every row"])
    try folder.write("a,b\n1,7\n2,\n", to: "gap.csv")
    try nnkit("new", "--csv", "gap.csv").expectFailure(["column `b`", "is empty in 1 of 2 rows"])
    try nnkit("new", "--csv", "missing.csv").expectFailure(["missing.csv", "No such file"])
    try nnkit("new", "--target", "a").expectFailure(["--target goes with --csv"], code: 2)
    #expect(!folder.exists("same.yaml") && !folder.exists("gap.yaml"))
  }

  @Test("new fits pictures in MNIST's format, with the labels and the test set that lie beside them")
  func pictures() throws {
    for (set, count) in [("train", 60), ("t10k", 20)] {
      let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 2, 0, 0, 0, 2]
      let pixels = (0..<count).flatMap { number -> [UInt8] in
        (0..<4).map { $0 == number % 3 ? 250 : UInt8(number % 7) }
      }
      try folder.write(images + pixels, to: "\(set)-images-idx3-ubyte")
      let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(count)]
      try folder.write(labels + (0..<count).map { UInt8($0 % 3) }, to: "\(set)-labels-idx1-ubyte")
    }
    let new = try nnkit("new", "pictures", "--idx", "train-images-idx3-ubyte")
    #expect(new.code == 0 && new.output.contains("test: t10k-images-idx3-ubyte"), "\(new.errors)")
    #expect(try folder.read("pictures.yaml").contains("scale: unit"))
    #expect(try train("pictures")["test_accuracy"].number == 1)
    try nnkit("new", "odd", "--idx", "pictures.yaml").expectFailure(["--labels"])
  }

  // MARK: Words

  @Test(
    "names from elsewhere are suggested as what they are here",
    arguments: [
      ("network.layers.0.activation=ReLU", "did you mean `relu`?"),
      ("network.layers.0.activation=swish", "did you mean `silu`?"),
      ("network.layers.0.activation=linear", "did you mean `identity`?"),
      ("network.layers.0.activation=leakyReLU", "did you mean `leaky_relu`?"),
      ("network.layers.1.activation=logistic", "did you mean `sigmoid`?"),
      ("network.layers.0.activation_function=tanh", "did you mean `activation`?"),
      ("network.layers.0.units=3", "did you mean `neurons`?"), ("loss=mse", "did you mean `mean_squared_error`?"),
      ("loss=crossentropy", "did you mean `cross_entropy`?"), ("loss=bce", "did you mean `binary_cross_entropy`?"),
      ("loss=nll", "did you mean `negative_log_likelihood`?"), ("training.batch_size=4", "did you mean `batch`?"),
      ("training.lr=0.1", "belongs in `training.optimizer`"), ("epochs=4", "`epochs` belongs in `training`"),
      ("training.seed=4", "`seed` stands at the top"), ("training.optimizer.name=Adam", "did you mean `adam`?"),
      ("data.scale=minmax", "did you mean `unit`?"), ("precision=double", "did you mean `float64`?"),
    ])
  func suggestions(_ setting: String, _ hint: String) throws {
    try Command("check", Checkout.example("xor"), "--set", setting).expectFailure([hint])
  }

  @Test(
    "a mistyped command is suggested, and a configuration in its place",
    arguments: [
      ("rn", "did you mean `nnkit run`?"), ("trian", "did you mean `nnkit run`?"),
      ("fit", "did you mean `nnkit run`?"), ("evalute", "did you mean `nnkit evaluate`?"),
      ("stop", "did you mean `nnkit finish`?"), ("some.yaml", "did you mean `nnkit run some.yaml`?"),
      ("xyzzy", "expected one of learn, new, run"),
    ])
  func commands(_ word: String, _ hint: String) throws {
    try Command(word, "x").expectFailure(["`\(word)` is not a command of nnkit", hint], code: 2)
    try Command("plugins", "lits").expectFailure(["did you mean `nnkit plugins list`?"], code: 2)
  }

  @Test(
    "a tab that indents is called a tab, with its place; one within a text is none of that",
    arguments: [
      ("data:\n\ttrain: {generator: xor}\n", "config.yaml:2:1: "),
      ("data:\n  train: {generator: xor}\nnetwork:\n  layers:\n  \t- {neurons: 1}\n", "config.yaml:5:3: "),
    ])
  func tab(_ text: String, _ place: String) throws {
    try folder.write(text, to: "config.yaml")
    try nnkit("check", "config.yaml").expectFailure([place, "indented with a tab"])
    try folder.write("name: \"a\tb\"\nloss: [", to: "other.yaml")
    let other = try nnkit("check", "other.yaml")
    #expect(other.code == 1 && !other.errors.contains("indented"), "\(other.errors)")
  }

  @Test("--set key=null takes an option out, and a key that there is not stays an error")
  func null() throws {
    try nnkit("new").expectSuccess()
    let check = try nnkit("check", "xor.yaml", "--set", "training.optimizer=null")
    #expect(
      check.code == 0
        && check.output.contains("sgd at learning rate 0.001 (optimizer, learning_rate by default)"), "\(check.errors)")
    let without = try nnkit("check", "xor.yaml", "--set", "network.layers.0=null")
    #expect(without.code == 0 && without.output.contains("3 parameters"), "\(without.output)")
    try nnkit("check", "xor.yaml", "--set", "loss=null").expectFailure(["lacks the key `loss`"])
    try nnkit("check", "xor.yaml", "--set", "training.optimiser=null").expectFailure(["did you mean `optimizer`?"])
  }

  // MARK: What a run says

  @Test("a long training is told in about a hundred lines, with its first and last epoch, and whole in its metrics")
  func longRun() throws {
    let run = try nnkit("new")
    #expect(run.code == 0)
    let long = try nnkit("run", "xor.yaml", "--output", "run", "--epochs", "2345")
    let epochs = long.output.split(separator: "\n").filter { $0.hasPrefix("epoch ") }
    #expect((50...102).contains(epochs.count) && epochs.first?.hasPrefix("epoch 1/") == true)
    #expect(epochs.last?.hasPrefix("epoch 2345/2345") == true)
    #expect(try folder.read("run/metrics.jsonl").split(separator: "\n").count == 2345)
    let quiet = try nnkit("run", "xor.yaml", "--output", "quiet", "--quiet", "--epochs", "3")
    #expect(quiet.output.split(separator: "\n").count == 1)
    #expect(quiet.output.hasPrefix("\(folder.path("quiet")): train loss ") && quiet.output.contains("(3 epochs, "))
  }

  @Test("--quiet says the folder and the result in one line, and warnings on standard error alone")
  func quiet() throws {
    try folder.write(
      "size,price\n" + (0..<40).map { "\(1000 + 7 * $0 % 90),\(400_000 + 900 * $0)\n" }.joined(), to: "houses.csv")
    try folder.write(
      """
      data: {train: {csv: {path: houses.csv, target: price}}}
      network: {layers: [{neurons: 1, activation: identity}]}
      loss: mean_squared_error
      training: {epochs: 2, batch: 10, optimizer: adam}
      """, to: "houses.yaml")
    let run = try nnkit("run", "houses.yaml", "--quiet", "--output", "run")
    try #require(run.code == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines[1].isEmpty && lines[0].hasPrefix("\(folder.path("run")): train loss "))
    #expect(run.errors.hasPrefix("warning: ") && run.errors.contains("data.scale"), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("warning: ") }, "\(run.errors)")
  }

  @Test("early stopping says why, when, whose weights are kept and which figures are theirs")
  func earlyStopping() throws {
    let stopping = "training.early_stopping={metric: validation_loss, patience: 2}"
    let run = try Command(
      "run", Checkout.example("circles"), "--output", folder.path("run"), "--set", stopping, "--set",
      "training.optimizer.learning_rate=1")
    try #require(run.code == 0, "\(run.errors)")
    let summary = try JSON(folder.read("run/summary.json"))
    let best = Int(try #require(summary["best_epoch"].number))
    let epochs = Int(try #require(summary["epochs"].number))
    try #require(epochs == best + 2)
    #expect(run.output.contains("Early stopping: validation_loss has not become better in 2 epochs"))
    #expect(
      run.output.contains("ended after epoch \(epochs) of ") && run.output.contains("the weights of epoch \(best)"))
    let line = try JSON(String(try folder.read("run/metrics.jsonl").split(separator: "\n")[best - 1]))
    for figure in ["train_loss", "validation_loss", "validation_accuracy"] {
      #expect(summary["best"][figure].number == line[figure].number)
    }
    #expect(try folder.read("run/report.html").contains("Early stopping: validation_loss has not become better"))
  }

  @Test("each command's help has two examples that begin with a command there is")
  func examples() throws {
    /// The commands that a command's help lists.
    func subcommands(_ command: [String]) throws -> [String] {
      let lines = try Command(command + ["--help"]).output.components(separatedBy: "SUBCOMMANDS:\n").dropFirst()
      return lines.joined().split(separator: "\n").compactMap { line in
        let name = line.dropFirst(2).prefix { $0.isLowercase || $0 == "-" }
        return line.hasPrefix("  ") && !name.isEmpty ? String(name) : nil
      }
    }
    let commands = try subcommands([]).map { [$0] } + subcommands(["plugins"]).map { ["plugins", $0] }
    try #require(commands.count >= 19 && commands.contains(["explain"]) && commands.contains(["plugins", "watch"]))
    for command in commands {
      let help = try Command(command + ["--help"])
      let words = (["nnkit"] + command).joined(separator: " ")
      let lines = help.output.split(separator: "\n").filter { $0.hasPrefix("  ") && $0.contains(words) }
      #expect(help.code == 0 && help.output.contains("Examples:") && lines.count >= 2, "\(words): \(help.output)")
    }
  }

  @Test("completions for three shells know the commands", arguments: ["bash", "zsh", "fish"])
  func completions(_ shell: String) throws {
    let script = try Command("--generate-completion-script", shell)
    #expect(script.code == 0 && script.output.contains("gradcheck") && script.output.contains("finish"))
  }
}

extension Command {
  fileprivate func expectSuccess() throws { try #require(code == 0, "\(errors)") }
}
