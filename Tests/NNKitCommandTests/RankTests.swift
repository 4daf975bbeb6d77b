import Foundation
import NNKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("several processes train one network together")
struct RankTests {
  static let dense = """
    seed: 3
    data:
      train: {generator: {name: blobs, samples: 103, noise: 0.4, classes: 3}}
      validation: 0.2
      scale: standard
      class_weights: {"0": 2, "1": 1, "2": 0.5}
    network:
      layers:
        - {neurons: 70, activation: tanh, dropout: 0.25}
        - {neurons: 130, activation: relu, dropout: 0.5}
        - {neurons: 6, neuron: [radial_basis, radial_basis, radial_basis, weighted_sum, product, product], activation: tanh}
        - {neurons: 3, activation: softmax}
    loss: cross_entropy
    threads: 1
    training:
      epochs: 2
      batch: 9
      optimizer: {name: adam, learning_rate: 0.005}
      clip: {norm: 1}
      early_stopping: {metric: validation_loss, patience: 5}
    report: false
    """

  static let convolution = """
    seed: 5
    data:
      train: {generator: {name: parity, bits: 9, samples: 40}}
    network:
      image: {height: 3, width: 3}
      layers:
        - {neurons: 4, kernel: 2, activation: relu, dropout: 0.2}
        - {pool: maximum, kernel: 2, stride: 1}
        - {neurons: 8, activation: tanh}
        - {neurons: 1, activation: sigmoid}
    loss: binary_cross_entropy
    threads: 1
    training: {epochs: 2, batch: 7, optimizer: {name: sgd, learning_rate: 0.1, momentum: 0.9}, shuffle: false}
    report: false
    """

  /// The greatest distance of two runs' numbers, beside the greatest number of each matrix.
  private func distance(_ folder: TemporaryFolder, _ one: String, _ other: String) throws -> Double {
    let files = try [one, other].map { try Safetensors(contentsOf: folder.path("\($0)/model.safetensors")) }
    #expect(files[0].tensors.keys.sorted() == files[1].tensors.keys.sorted())
    return try files[0].tensors.keys.reduce(0) { most, name in
      let (a, b) = (try numbers(files[0], name), try numbers(files[1], name))
      let size = a.map(abs).max() ?? 0
      return zip(a, b).reduce(most) { size == 0 ? $0 : max($0, abs($1.0 - $1.1) / size) }
    }
  }

  private func numbers(_ file: Safetensors, _ name: String) throws -> [Double] {
    let tensor = try #require(file.tensors[name])
    let matrix = Matrix<Float>(rows: tensor.shape.first ?? 1, columns: tensor.shape.dropFirst().reduce(1, *))
    try file.copy(name, into: matrix, path: name)
    return matrix.values.flatMap { $0.map(Double.init) }
  }

  private func expectSameTraining(_ kit: RankKit, _ configuration: String, ranks: [Int]) throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(configuration, to: "config.yaml")
    let alone = try kit.run(1, config, "--quiet", "--output", folder.path("1"))
    try #require(alone.code == 0, "\(alone.errors)")
    for count in ranks {
      for name in ["\(count)", "\(count)-again"] {
        let command = try kit.run(count, config, "--quiet", "--output", folder.path(name))
        try #require(command.code == 0, "\(command.errors)")
      }
      #expect(try distance(folder, "1", "\(count)") < 1e-5)
      let files = try ["\(count)", "\(count)-again"].map { try folder.bytes("\($0)/model.safetensors") }
      #expect(files[0] == files[1])
      let figures = try ["1", "\(count)"].map { try JSON(folder.read("\($0)/summary.json")) }
      #expect(figures[1]["ranks"].number == Double(count))
      for figure in ["train_loss", "validation_loss"] {
        guard let then = figures[0][figure].number, let now = figures[1][figure].number else { continue }
        #expect(abs(then - now) < 1e-5 * then)
      }
    }
  }

  @Test(
    "weights are those of one process within 1e-5, and the same bytes run after run: dropout, class weights, early stopping, kinds",
    arguments: [dense, convolution])
  func sameTraining(configuration: String) throws {
    try expectSameTraining(RankKit.file(), configuration, ranks: [2, 3])
  }

  /// What is different from `dense` in how steps are made.
  ///
  /// A batch may have so many samples that each rank finds its own gradients. Only then are sums over two ranks the library's
  /// to the byte.
  static let steps: [(name: String, changes: [(String, String)], areEqual: Bool)] = {
    let clip = ("  clip: {norm: 1}\n", "")
    func optimizer(_ text: String) -> (String, String) { ("{name: adam, learning_rate: 0.005}", text) }
    return [
      ("clipped", [], false), ("adam", [clip], false),
      ("sgd", [clip, optimizer("{name: sgd, learning_rate: 0.05}")], false),
      ("momentum", [clip, optimizer("{name: sgd, learning_rate: 0.05, momentum: 0.9}")], false),
      ("frozen", [clip, ("activation: relu, dropout: 0.5", "activation: relu, frozen: weights")], true),
      ("large-batch", [clip, ("batch: 9", "batch: 60")], true),
      ("large-batch-clipped", [("batch: 9", "batch: 60")], true),
    ]
  }()

  @Test("ranks of one machine make their steps without the library", arguments: steps.indices)
  func sharedMemory(number: Int) throws {
    let (name, changes, areEqual) = Self.steps[number]
    // It refuses sums of single precision, which gradients of large layers are.
    let refusing = try RankPlugin.folder(more: "if (type == NNKIT_FLOAT32) return 4;")
    let folder = try TemporaryFolder()
    func run(_ plugin: TemporaryFolder, _ name: String, _ configuration: String) throws -> Command {
      let config = try folder.write(configuration, to: "\(name).yaml")
      let kit = RankKit(name: "file", folder: plugin) { [plugin.path("launcher"), "\($0)"] }
      return try kit.run(2, config, "--quiet", "--output", folder.path(name))
    }
    var own = Self.dense
    for (text, other) in changes {
      try #require(own.contains(text))
      own = own.replacing(text, with: other)
    }
    for name in ["shared", "again"] {
      let shared = try run(refusing, name, own)
      try #require(shared.code == 0, "\(shared.errors)")
    }
    let apart = own + "\ncommunicator: {name: file, shared_memory: false}"
    // Where the large layer is frozen, there is none to refuse.
    if name != "frozen" { expectOneError(try run(refusing, "refused", apart), ["there is no room"]) }
    let library = try run(RankPlugin.folder(), "library", apart)
    try #require(library.code == 0, "\(library.errors)")
    let models = try ["shared", "again", "library"].map { try folder.bytes("\($0)/model.safetensors") }
    #expect(models[0] == models[1])
    #expect((models[0] == models[2]) == areEqual)
    #expect(try distance(folder, "shared", "library") < 1e-5)
  }

  // MARK: Files that are shared out

  /// Files of uneven size, sorted by class, so that no rank has all classes.
  private func writeParts(to folder: TemporaryFolder) throws {
    var random = RandomSource(seed: 5)
    let counts = [7, 31, 2, 20]
    for (number, count) in counts.enumerated() {
      var text = "x,y,kind,class\n"
      for row in 0..<count {
        let numbers = [random.normal() + Double(number), 100 * random.normal()]
        let kind = ["red", "blue", "green", "grey"][(row + number) % (number == 0 ? 2 : 4)]
        text += "\(numbers[0]),\(numbers[1]),\(kind),\(["a", "b", "b", "c"][number])\n"
      }
      try folder.write(text, to: "part-\(number).csv")
    }
    try folder.write("x,y,kind,class\n0,10,red,a\n1,-50,blue,b\n3,0,grey,c\n", to: "other.csv")
  }

  static let parts = """
    seed: 4
    data:
      train: {csv: {path: "part-*.csv", target: class}}
      validation: {csv: {path: other.csv, target: class}}
      scale: {x: standard, y: unit}
      class_weights: balanced
      sharding: files
    network:
      layers:
        - {neurons: 40, activation: tanh, dropout: 0.2}
        - {neurons: 3, activation: softmax}
    loss: cross_entropy
    threads: 1
    training: {epochs: 3, batch: 60, shuffle: false, optimizer: {name: adam, learning_rate: 0.01}}
    report: false
    """

  @Test(
    "ranks that read files of their own train as one that reads all: scaling, categories, classes, weights, dropout")
  func shardedFiles() throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    try writeParts(to: folder)
    let config = try folder.write(Self.parts, to: "config.yaml")
    for count in 1...4 {
      let command = try kit.run(count, config, "--quiet", "--output", folder.path("\(count)"))
      try #require(command.code == 0, "\(command.errors)")
      #expect(try distance(folder, "1", "\(count)") < 1e-5)
      let metrics = try folder.read("\(count)/metrics.jsonl")
      #expect(try JSON(String(metrics.split(separator: "\n")[0]))["samples"].number ?? 60 == 60)
    }
    // Shuffled, in batches of which each takes from all ranks: the same bytes run after run, and to be continued by others.
    let small = try folder.write(
      Self.parts.replacing("batch: 60, shuffle: false", with: "batch: 8"), to: "small.yaml")
    for name in ["once", "again"] {
      let command = try kit.run(3, small, "--quiet", "--output", folder.path(name))
      try #require(command.code == 0, "\(command.errors)")
    }
    #expect(try folder.bytes("once/model.safetensors") == folder.bytes("again/model.safetensors"))
    // Batches of fewer samples than ranks.
    let least = try folder.write(Self.parts.replacing("batch: 60, shuffle: false", with: "batch: 1"), to: "least.yaml")
    let command = try kit.run(4, least, "--quiet", "--output", folder.path("least"))
    try #require(command.code == 0, "\(command.errors)")
    #expect(try #require(JSON(folder.read("least/summary.json"))["train_loss"].number).isFinite)
    let resumed = try kit.run(2, "--resume", folder.path("once"), "--quiet", "--epochs", "4")
    #expect(resumed.code == 0, "\(resumed.errors)")
    let changed = try folder.read("part-3.csv").replacing("red", with: "blue")
    try folder.write(changed, to: "part-3.csv")
    expectOneError(
      try kit.run(2, "--resume", folder.path("once"), "--quiet", "--epochs", "5"), ["data have changed", "train"])
  }

  @Test(
    "files that cannot be shared out are refused in words, once",
    arguments: [
      ("sharding: files", "sharding: file", ["sharding", "none, files"]),
      ("validation: {csv: {path: other.csv, target: class}}", "validation: 0.2", ["rows", "validation"]),
      ("validation: {csv: {path: other.csv, target: class}}", "fold: {number: 1, of: 2}", ["data.fold"]),
      ("\n  validation: {csv: {path: other.csv, target: class}}", "", ["data.test"]),
      ("{x: standard, y: unit}", "robust", ["robust"]),
      ("\"part-*.csv\"", "part-1.csv", ["single source"]),
      ("\"part-*.csv\"", "[part-0.csv, part-1.csv]", ["2 for 3 ranks"]),
      ("part-*.csv\", target: class", "part-*.csv\", target: class, missing: mean", ["missing: mean"]),
    ])
  func refusedSharding(from: String, to: String, parts: [String]) throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    try writeParts(to: folder)
    let config = try folder.write(Self.parts.replacing(from, with: to), to: "config.yaml")
    expectOneError(try kit.run(3, config, "--quiet"), parts)
  }

  @Test("a file of one rank that cannot be read as the others ends all with one error")
  func oddFile() throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    try writeParts(to: folder)
    let config = try folder.write(Self.parts, to: "config.yaml")
    try folder.write("x,y,class\n1,2,a\n", to: "part-3.csv")
    expectOneError(try kit.run(4, config, "--quiet"), ["rank 3", "number of inputs"])
    try folder.write("x,y,kind,class\n1,two,red,a\n1,three,red,b\n", to: "part-3.csv")
    expectOneError(try kit.run(4, config, "--quiet"), ["rank 3", "columns hold"])
    try folder.write("x,y,kind,class\n1,2,red\n", to: "part-3.csv")
    expectOneError(try kit.run(4, config, "--quiet"), ["rank 3: ", "part-3.csv"])
  }

  @Test("so they are with MPI", .enabled(if: !RankKit.MPI.present.isEmpty, "there is no mpicc, no mpirun"))
  func sameTrainingWithMPI() throws {
    for mpi in RankKit.MPI.present {
      let kit = try RankKit.mpi(mpi)
      try expectSameTraining(kit, Self.dense, ranks: [2, 4])
      let check = try Command(
        ["plugins", "check", "mpi", "--plugin-path", kit.folder.path, "--seconds", "30"], environment: kit.environment)
      #expect(check.code == 0 && check.output.contains("all checks passed"), "\(check.output)")
    }
  }

  @Test(
    "a communicator that no plugin offers is one error for all ranks that mpirun has started",
    .enabled(if: !RankKit.MPI.present.isEmpty, "there is no mpicc, no mpirun"))
  func missingUnderMPI() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(Self.convolution, to: "config.yaml")
    for mpi in RankKit.MPI.present {
      var kit = try RankKit.mpi(mpi)
      kit.name = "mpj"
      expectOneError(try kit.run(3, config, "--quiet"), ["communicator function `mpj`"])
    }
  }

  // MARK: What is checked of a communicator

  private func check(_ folder: TemporaryFolder) throws -> Command {
    try Command("plugins", "check", folder.path("file.so"), "--ranks", "3")
  }

  @Test("a sound communicator passes its check; its launcher and its kind are shown")
  func sound() throws {
    let folder = try RankPlugin.folder()
    let command = try check(folder)
    #expect(command.code == 0 && command.output.contains("all checks passed"), "\(command.output)")
    let shown = try Command("plugins", "show", "file", "--plugin-path", folder.path)
    #expect(shown.output.contains("communicator") && shown.output.contains("launcher RANKS"), "\(shown.output)")
  }

  @Test(
    "a communicator is found out that sums wrongly, gives ranks other bytes, returns an error or crashes",
    arguments: [
      ("2 * x", "", "expected"), ("i == 700 ? x + rank : x", "", "index 700"),
      ("x", "if (rank == 1 && count > 1000) return 4;", "there is no room"),
      ("x", "if (rank == 2 && count > 1000) abort();", "FAILED"),
    ])
  func unsound(sum: String, more: String, expected: String) throws {
    let command = try check(RankPlugin.folder(sum: sum, more: more))
    #expect(command.code == 1 && command.output.contains("FAILED"), "\(command.output)")
    #expect(command.output.contains(expected), "\(command.output)")
  }

  @Test("a name that no plugin offers is an error, which says for MPI how to get it")
  func missing() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(Self.convolution, to: "config.yaml")
    let command = try Command("run", config, "--communicator", "mpj")
    command.expectFailure(["communicator function `mpj`"])
    let kit = try RankKit.file()
    let alone = try Command("run", config, "--communicator", "file", "--plugin-path", kit.folder.path)
    alone.expectFailure(["start it with its launcher"])
  }

  // MARK: Failures

  private func expectOneError(_ command: Command, _ parts: [String]) {
    command.expectFailure(parts, code: command.code)
    #expect(command.code != 0)
    #expect(command.errors.components(separatedBy: "error: ").count == 2, "\(command.errors)")
  }

  @Test("what is wrong on all ranks is said once: a configuration, a number that is not finite")
  func saidOnce() throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    let bad = try folder.write(Self.dense.replacing("softmax", with: "softmix"), to: "bad.yaml")
    expectOneError(try kit.run(3, bad, "--quiet"), ["softmix", "bad.yaml:12"])
    let unknown = try kit.run(3, bad, "--epochs", "few")
    #expect(unknown.code == 2 && unknown.errors.components(separatedBy: "Error: ").count == 2, "\(unknown.errors)")
    let wild = try folder.write(
      Self.convolution.replacing("learning_rate: 0.1, momentum: 0.9", with: "learning_rate: 1e30"), to: "wild.yaml")
    let output = folder.path("wild")
    expectOneError(try kit.run(3, wild, "--quiet", "--output", output), ["no finite number"])
    #expect(try JSON(folder.read("wild/summary.json"))["ending"].text == "non_finite")
    // What the last step of an epoch does, no loss shows: each rank looks at its weights, of which they may have one copy.
    let last = try folder.write(
      """
      data: {train: {generator: {name: blobs, samples: 90, classes: 3}}}
      network: {layers: [{neurons: 130, activation: tanh}, {neurons: 130, activation: tanh}, {neurons: 3, activation: softmax}]}
      loss: cross_entropy
      training: {epochs: 3, batch: 90, optimizer: {name: sgd, learning_rate: 1e39}}
      report: false
      """, to: "last.yaml")
    for run in ["first", "second", "third"] {
      expectOneError(try kit.run(3, last, "--quiet", "--output", folder.path(run)), ["no finite number"])
      #expect(try JSON(folder.read("\(run)/summary.json"))["ending"].text == "non_finite")
    }
  }

  @Test("a plugin that fails on one rank ends all, and the rank is named")
  func failingPlugin() throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    try Checkout.compile(
      """
      #include <nnkit/plugin.h>
      #include <stdlib.h>
      static int evaluate(const double *p, const nnkit_block *block, const double *z, double *a) {
        static _Atomic int calls;
        NNKIT_EACH(block, i) a[i] = z[i];
        const char *rank = getenv("TEST_RANK");
        return rank && *rank == '1' && calls++ == 5 ? 77 : 0;
      }
      static int backward(const double *p, const nnkit_block *block, const double *z, const double *a,
                          const double *received, double *delta) {
        NNKIT_EACH(block, i) delta[i] = received[i];
        return 0;
      }
      static const nnkit_activation odd = {
          .function = NNKIT_FUNCTION(nnkit_activation, NNKIT_ACTIVATION, "odd", "fails on a rank", "a = z"),
          .evaluate = evaluate, .backward = backward};
      NNKIT_PLUGIN("A Tester", "CC0-1.0", "0.1", &odd.function)
      """, to: kit.folder.path("odd.so"))
    let config = try folder.write(Self.convolution.replacing("tanh", with: "odd"), to: "odd.yaml")
    expectOneError(
      try kit.run(3, config, "--quiet", "--output", folder.path("odd")),
      ["rank 1: ", "`odd`", "returned 77", "layer 2"])
  }

  @Test("ranks that have other weights or another configuration than rank 0 are named before they train")
  func differing() throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    let config = try folder.write(Self.convolution, to: "config.yaml")
    let program = try Checkout.nnkit
    let script = try folder.write(
      "exec \(program) run \(config) --quiet --communicator file --plugin-path \(kit.folder.path)"
        + " --output \(folder.path("run")) --set seed=$((TEST_RANK / 2))", to: "rank.sh")
    let command = try Command(
      program: kit.folder.path("launcher"), ["4", "sh", script])
    expectOneError(command, ["the configuration of ranks 2 and 3", "the first weights"])
    #expect(!folder.exists("run"))
  }

  private static let long = dense.replacing("epochs: 2", with: "epochs: 60\n  checkpoint: {epochs: 1}")
    .replacing("patience: 5", with: "patience: 60")

  private func processes(of config: String) -> [Int32] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { Int32($0) }.filter { process in
      guard let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
      let text = String(decoding: words, as: UTF8.self).split(separator: "\0")
      return text.first?.hasSuffix("/nnkit") == true && text.contains(Substring(config))
    }.sorted()
  }

  private func awaitCheckpoint(_ folder: TemporaryFolder, _ process: StartedProcess) {
    while process.isRunning,
      (try? FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))) == nil
    {
      usleep(2000)
    }
  }

  @Test(
    "a rank that is killed ends all within seconds, with one error; the run is continued by another number of ranks")
  func killed() throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    let config = try folder.write(Self.long, to: "config.yaml")
    let process = try kit.start(
      3, config, "--quiet", "--output", folder.path("run"), errors: .file(folder.path("errors")))
    awaitCheckpoint(folder, process)
    let ranks = processes(of: config)
    try #require(ranks.count == 3)
    kill(ranks[1], SIGKILL)
    let start = ContinuousClock.now
    process.wait()
    #expect(ContinuousClock.now - start < .seconds(10))
    #expect(processes(of: config).isEmpty)
    let text = try folder.read("errors")
    #expect(text.components(separatedBy: "error: ").count == 2, "\(text)")
    #expect(text.contains("(process \(ranks[1])) has ended unexpectedly") && text.contains("--resume"), "\(text)")
    let resumed = try kit.run(2, "--resume", folder.path("run"), "--quiet", "--epochs", "61")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try JSON(folder.read("run/summary.json"))["epochs"].number == 61)
  }

  @Test("a stopped rank ends all after the time limit")
  func stopped() throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    let config = try folder.write(Self.long + "\ncommunicator: {name: file, time_limit: 1}", to: "config.yaml")
    let process = try kit.start(
      2, config, "--quiet", "--output", folder.path("run"), errors: .file(folder.path("errors")))
    awaitCheckpoint(folder, process)
    let ranks = processes(of: config)
    try #require(ranks.count == 2)
    kill(ranks[1], SIGSTOP)
    while process.isRunning, processes(of: config).count == 2 { usleep(10_000) }
    kill(ranks[1], SIGCONT)
    process.wait()
    let text = try folder.read("errors")
    #expect(text.contains("(process \(ranks[1])) is stopped and has not answered for 1 s"), "\(text)")
    #expect(text.contains("time_limit"), "\(text)")
  }

  @Test("a signal to one rank saves the state in the same batch on all; continued, the run ends with the same bytes")
  func interrupted() throws {
    let (kit, folder) = (try RankKit.file(), try TemporaryFolder())
    let config = try folder.write(Self.long.replacing("{epochs: 1}", with: "{epochs: 3}"), to: "config.yaml")
    let whole = try kit.run(2, config, "--quiet", "--output", folder.path("whole"))
    try #require(whole.code == 0, "\(whole.errors)")
    let process = try kit.start(2, config, "--quiet", "--output", folder.path("run"))
    awaitCheckpoint(folder, process)
    if let rank = processes(of: config).last { kill(rank, SIGTERM) }
    #expect(process.wait() == 128 + SIGTERM)
    let resumed = try kit.run(2, "--resume", folder.path("run"), "--quiet")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try folder.bytes("run/model.safetensors") == folder.bytes("whole/model.safetensors"))
  }
}
