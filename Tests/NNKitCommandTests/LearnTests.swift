import Foundation
import NNKit
import Testing

@Suite("nnkit learn") struct LearnTests {
  @Test("one chapter is written alone, without links to others")
  func alone() throws {
    let folder = try TemporaryFolder()
    let command = try Command("learn", "3", "--output", folder.path("deep/er"))
    #expect(command.code == 0, "\(command.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("deep/er")) == ["3-whose-fault.html"])
    let page = try folder.read("deep/er/3-whose-fault.html")
    #expect(!page.contains("href=\"4-messages.html\""))
    #expect(page.contains("<math"))
  }

  @Test("a chapter that there is not, and a folder that is a file, are errors in words")
  func failures() throws {
    try Command("learn", "12").expectFailure(["no chapter 12", "1 to 11"], code: 2)
    try Command("learn", "0").expectFailure(["no chapter 0"], code: 2)
    try Command("learn", "--output", "").expectFailure(["name of a folder"], code: 2)
    try Command("learn", "--output", "x", "--port", "8080").expectFailure(["--port"], code: 2)
    try Command("learn", "one").expectFailure(["one"], code: 2)
    let folder = try TemporaryFolder()
    let file = try folder.write("", to: "file")
    try Command("learn", "3", "--output", file).expectFailure([file])
    try Command("learn", "3", "--output", "\(file)/below").expectFailure(["\(file)/below"])
    #expect(try folder.read("file").isEmpty)
  }

  @Test("the commands that the chapters propose work, one after the other in one folder")
  func commands() throws {
    let folder = try TemporaryFolder()
    let chapters = "\(Checkout.path)/Sources/NNKitLesson/Resources"
    try FileManager.default.copyItem(atPath: "\(chapters)/Lines/bent.c", toPath: folder.path("bent.c"))
    let path = try #require(SearchPath.programFolder) + ":/usr/bin:/bin"
    var seen: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: "\(chapters)/Chapters").sorted() {
      let text = try String(contentsOfFile: "\(chapters)/Chapters/\(file)", encoding: .utf8)
      for line in text.split(separator: "\n") where line.hasPrefix("@try nnkit ") {
        let text = String(line.dropFirst("@try ".count))
        // The loop that waits for the file to be saved does not end; its parts are tried by its own tests.
        guard seen.insert(text).inserted, !text.contains(" watch ") else { continue }
        let command = try Command(program: "/bin/sh", ["-c", text], in: folder.path, environment: ["PATH": path])
        #expect(command.code == 0, "\(file): \(line): \(command.errors)")
      }
    }
    #expect(seen.count > 12)
  }

  @Test(
    "the network in Python learns as nnkit does, and its gradients are the central differences",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")))
  func python() throws {
    let script = """
      import first_network as it
      nn = it.NN([it.Layer([it.Neuron([0.3, -0.4, 0.1], 0.2), it.Neuron([-0.7, 0.5, 0.9], -0.1)]),
                  it.Layer([it.Neuron([0.8, -0.6], 0.3)])])
      x, y = [0.9, -0.3, 0.5], [0.2]
      nn.backward([a - b for a, b in zip(nn.forward(x), y)])
      found = [(n, i, n.weight_gradients[i]) for l in nn.layers for n in l.neurons for i in range(len(n.weights))]
      print(max(abs(g - it.central_difference(nn, n, i, x, y)) for n, i, g in found), len(found))
      """
    let lines = "\(Checkout.path)/Sources/NNKitLesson/Resources/Lines"
    let command = try Command(
      program: "/usr/bin/python3", ["-c", script],
      environment: ["PYTHONPATH": lines, "PYTHONDONTWRITEBYTECODE": "1"])
    try #require(command.code == 0, "\(command.errors)")
    let printed = command.output.split(separator: "\n").map { $0.split(separator: " ") }
    let numbers = printed.dropLast().compactMap { $0.last.flatMap { Double($0) } }
    let plugins = try Plugins(searching: SearchPath(environment: [:]))
    let (sigmoid, loss) = (try plugins.activation("sigmoid"), try plugins.loss("half_squared_error"))
    let layers = try [[[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]].enumerated().map { index, weights in
      let layer = try Layer<Double>(neurons: 2, inputs: 2, activation: sigmoid)
      for row in 0..<2 {
        layer.weights.row(row).assign(weights[row])
        layer.biases[row, 0] = [0.35, 0.60][index]
      }
      return layer
    }
    let network = try Network(keepingWeightsOf: layers)
    var losses: [Double] = []
    try network.train(
      on: Samples(inputs: [[0.05, 0.10]], targets: [[0.01, 0.99]]), loss: loss,
      settings: TrainingSettings(epochs: 10_001, batch: 1, optimizer: .sgd(learningRate: 0.5))
    ) { report in
      // The loss of an epoch is that before its step.
      losses.append(report.train.loss)
      return .proceed
    }
    #expect(numbers.count == 3)
    for (number, step) in zip(numbers, [0, 1, 10_000]) {
      #expect(abs(number - losses[step]) <= 1e-9 * losses[step], "\(step): \(number), \(losses[step])")
    }
    let worst = try #require(printed.last)
    #expect(try #require(worst.first.flatMap { Double($0) }) < 1e-9 && worst.last == "8", "\(worst)")
  }

  @Test("the plugin of the last chapter compiles, and passes every check of nnkit")
  func plugin() throws {
    let folder = try TemporaryFolder()
    let source = try String(
      contentsOfFile: "\(Checkout.path)/Sources/NNKitLesson/Resources/Lines/bent.c", encoding: .utf8)
    try Checkout.compile(source, to: folder.path("bent.so"))
    let check = try Command("plugins", "check", folder.path("bent.so"))
    #expect(check.code == 0, "\(check.output)\(check.errors)")
    // The lesson's menu has it then.
    let learn = try Command("learn", "11", "--plugin-path", folder.path, "--output", folder.path("out"))
    #expect(learn.code == 0, "\(learn.errors)")
    #expect(try folder.read("out/11-your-own.html").contains("bends towards -1 and 1"))
  }
}
