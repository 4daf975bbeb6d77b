import Foundation
import Testing

@Suite("windows on the command line")
struct WindowCommandTests {
  @Test("explain agrees with autograd to 1e-10, message by message and fused", arguments: ExplainTests.fixtures)
  func autograd(_ name: String) throws {
    let folder = try #require(Bundle.module.resourcePath) + "/Fixtures/windows"
    let answers = try JSON(String(contentsOfFile: "\(folder)/\(name).json", encoding: .utf8))
    for engine in ["neuron", "auto"] {
      let command = try Command("explain", "\(folder)/\(name).yaml", "--format", "json", "--set", "engine=\(engine)")
      try #require(command.code == 0, "\(command.errors)")
      let explanation = try JSON(command.output)
      let layers = answers["layers"].list
      #expect(explanation["layers"].list.count == layers.count)
      var compared = 0
      func expectClose(_ found: Double?, _ expected: Double, _ place: String) {
        compared += 1
        let number = found ?? .nan
        #expect(abs(number - expected) <= 1e-10 * max(1, abs(expected)), "\(place): \(number) instead of \(expected)")
      }
      expectClose(explanation["loss"].number, try #require(answers["loss"].number), "loss")
      for (index, layer) in layers.enumerated() {
        let found = explanation["layers"][index]
        #expect(found["shape"].numbers == layer["shape"].numbers)
        #expect(found["neurons"].list.count == layer["neurons"].list.count)
        for (number, expected) in layer["neurons"].list.enumerated() {
          let (neuron, place) = (found["neurons"][number], "\(engine), layer \(index), neuron \(number)")
          let isWindow = neuron.keys.contains("positions")
          for key in ["weighted_input", "output", "received", "local_gradient"] where !expected[key].isNull {
            let numbers = isWindow ? neuron["positions"].list.map { $0[key].number } : [neuron[key].number]
            #expect(numbers.count == expected[key].numbers.count, "\(place)")
            for (one, other) in zip(numbers, expected[key].numbers) { expectClose(one, other, "\(place), \(key)") }
          }
          if expected["bias_gradient"].isNull {
            #expect(!neuron.keys.contains("weights") && !neuron.keys.contains("bias_gradient"), "\(place)")
            continue
          }
          expectClose(neuron["bias_gradient"].number, try #require(expected["bias_gradient"].number), place)
          let gradients = expected["weight_gradient"].numbers
          #expect(neuron["weight_gradient"].numbers.count == gradients.count, "\(place)")
          for (one, other) in zip(neuron["weight_gradient"].numbers, gradients) { expectClose(one, other, place) }
          let (before, after) = (neuron["weights"].numbers, neuron["updated_weights"].numbers)
          for i in before.indices { expectClose(after[i], before[i] - 0.1 * gradients[i], "\(place), step") }
        }
      }
      #expect(compared > 20)
    }
  }

  /// Two small images, and a network with everything that there is.
  private func configuration(_ layers: String, more: String = "") -> String {
    """
    name: images
    seed: 3
    precision: float64
    data:
      train:
        inline:
          - {input: [1, 2, 3, 4, 0, 1, 2, 3, 1], target: [1]}
          - {input: [0, 2, -3, 4, 0, 1, -2, 3, 1], target: [0]}
          - {input: [1, -2, 3, 2, 0, 1, -2, 1, 1], target: [1]}
    network:
      image: {channels: 1, height: 3, width: 3}
      layers:
    \(layers)
    loss: mean_squared_error
    training: {epochs: 6, batch: 2, optimizer: {name: adam}\(more)}
    """
  }

  private static let layers = """
        - {neurons: 2, kernel: 2, activation: tanh, padding: 1, dropout: 0.5}
        - {pool: maximum, kernel: 2, activation: relu, padding: 1, stride: 1}
        - {pool: average, kernel: 2, stride: 1, padding: same}
        - {neurons: 4, kernel: 2, dilation: 2, groups: 2, activation: tanh}
        - {neurons: 3, activation: tanh, connections: {rate: 0.6}}
        - {neurons: 1, activation: sigmoid, sources: [inputs, 4, 3]}
    """

  @Test("check says each layer's shape, and gradcheck agrees")
  func checked() throws {
    let folder = try TemporaryFolder()
    try folder.write(configuration(Self.layers), to: "images.yaml")
    let check = try Command("check", folder.path("images.yaml"))
    try #require(check.code == 0, "\(check.errors)")
    for part in ["1×3×3 → 2×4×4", "2×4×4 → 2×5×5", "tanh; dropout 0.5", "from inputs, 4, 3", "connections", "maximum"] {
      #expect(check.output.contains(part), "\(part) in \(check.output)")
    }
    let gradients = try Command("gradcheck", folder.path("images.yaml"))
    #expect(gradients.code == 0 && gradients.output.contains("agree"), "\(gradients.output)")
  }

  @Test("run, evaluate, predict, resume and explain know all wirings")
  func run() throws {
    let folder = try TemporaryFolder()
    try folder.write(configuration(Self.layers), to: "images.yaml")
    let run = try Command("run", "images.yaml", "--quiet", in: folder.path(""))
    try #require(run.code == 0, "\(run.errors)")
    let evaluated = try Command("evaluate", "runs/images-1", in: folder.path(""))
    #expect(evaluated.code == 0 && evaluated.output.contains("2×4×4"), "\(evaluated.errors)")
    let predicted = try Command(
      "predict", "runs/images-1", "--input", "-", input: "[1, 2, 3, 4, 0, 1, 2, 3, 1]\n", in: folder.path(""))
    #expect(predicted.code == 0 && predicted.output.contains("output"), "\(predicted.errors) \(predicted.output)")
    let explained = try Command("explain", "runs/images-1", "--position", "1,1", in: folder.path(""))
    #expect(explained.code == 0 && explained.output.contains("shown: row 1, column 1"), "\(explained.errors)")
    let again = try Command("run", "runs/images-1/config.yaml", "--quiet", in: folder.path(""))
    #expect(again.code == 0, "\(again.errors)")
    let models = try ["runs/images-1", "runs/images-2"].map {
      try Data(contentsOf: URL(fileURLWithPath: folder.path("\($0)/model.safetensors")))
    }
    #expect(models[0] == models[1])
    let report = try Command("report", "runs/images-1", in: folder.path(""))
    #expect(report.code == 0, "\(report.errors)")
  }

  @Test(
    "what does not fit is said with the layer, what arrives and what it needs",
    arguments: [
      ("- {neurons: 2, kernel: 5, activation: tanh}", ["layer 0", "5 × 5", "3 × 3"]),
      ("- {neurons: 2, kernel: 2, activation: tanh}", ["answers at 4 positions", "add a layer"]),
      ("- {neurons: 2, kernel: 2, groups: 2, activation: tanh}", ["2 groups", "1 channels"]),
      ("- {neurons: 2, stride: 2, activation: tanh}", ["`stride` goes with `kernel`"]),
      ("- {pool: maximum, neurons: 2, kernel: 2}", ["`neurons` does not go with it"]),
      ("- {pool: maximum}", ["needs `kernel`"]),
      ("- {pool: maximum, kernel: all, initializer: zeros}", ["maximum", "no weights", "`initializer`"]),
      ("- {pool: average, kernel: all, frozen: [weights]}", ["average", "no weights", "`frozen`"]),
      ("- {neuron: maximum, neurons: 1, activation: identity, biases: [0.5]}", ["maximum", "no bias", "`biases`"]),
      ("- {pool: maximun, kernel: all}", ["maximun", "maximum"]),
      ("- {neurons: 1, activation: tanh, dropout: 0.5}", ["last layer has dropout"]),
      ("- {neurons: 1, activation: tanh, dropout: 1}", ["less than 1"]),
      ("- {neurons: 1, activation: tanh, sources: [0]}", ["layer 0", "source"]),
      ("- {neurons: 1, activation: tanh, join: add}", ["`join` goes with `sources`"]),
      ("- {neurons: 1, activation: tanh, connections: [[0, 9]]}", ["input 9"]),
      ("- {neurons: 1, activation: tanh, connections: [[0, 0]]}", ["twice"]),
      ("- {neurons: 1, activation: tanh, connections: {rate: 0}}", ["greater than 0"]),
      ("- {neurons: 1, kernel: all, padding: 1, activation: tanh}", ["one position"]),
      (
        "- {neurons: 9000000, kernel: 1, activation: tanh}\n    - {neurons: 9000000, kernel: 3, activation: tanh}\n    - {neurons: 1, activation: tanh}",
        ["GB of memory"]
      ),
      (
        "- {neurons: 1, activation: tanh, connections: [[0]], weights: [[1, 2, 0, 0, 0, 0, 0, 0, 0]]}",
        ["no connection", "input 1"]
      ),
    ])
  func refusals(_ layers: String, _ parts: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(configuration("    " + layers), to: "images.yaml")
    try Command("check", folder.path("images.yaml")).expectFailure(parts)
  }

  @Test("the page shows all wirings, and an export that does not have them says so")
  func pages() throws {
    let folder = try TemporaryFolder()
    try folder.write(configuration(Self.layers), to: "images.yaml")
    #expect(try Command("explain", folder.path("images.yaml"), "--format", "html").code == 0)
    try #require(try Command("run", "images.yaml", "--quiet", in: folder.path("")).code == 0)
    try Command("export", "runs/images-1", "net.net", in: folder.path("")).expectFailure(["layer 0", "sliding window"])
  }

  @Test("several runs are measured one by one and together, and predict together")
  func ensembles() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      name: spirals
      data: {train: {generator: {name: spirals, samples: 90, classes: 3}}}
      network: {layers: [{neurons: 8, activation: tanh}, {neurons: 3, activation: softmax}]}
      loss: cross_entropy
      training: {epochs: 3, batch: 10, optimizer: {name: adam, learning_rate: 0.02}}
      """, to: "spirals.yaml")
    let data = "{generator: {name: spirals, samples: 90, classes: 3}}"
    for seed in 1...3 {
      let run = try Command(
        "run", "spirals.yaml", "--quiet", "--set", "seed=\(seed)", "--set", "data.test=\(data)", in: folder.path(""))
      try #require(run.code == 0, "\(run.errors)")
    }
    let runs = ["runs/spirals-1", "runs/spirals-2", "runs/spirals-3"]
    func answers(_ runs: [String], _ more: String...) throws -> [JSON] {
      let command = try Command(
        ["predict"] + runs + ["--input", "-"] + more, input: "[0.3, -0.4]\n[-1, 0.2]\n", in: folder.path(""))
      try #require(command.code == 0, "\(command.errors)")
      return try command.output.split(separator: "\n").map { try JSON(String($0)) }
    }
    let single = try runs.map { try answers([$0]) }
    let (mean, vote) = (try answers(runs), try answers(runs, "--vote"))
    for sample in 0..<2 {
      for output in 0..<3 {
        let sum = single.reduce(0) { $0 + $1[sample]["outputs"].numbers[output] }
        #expect(abs(mean[sample]["outputs"].numbers[output] - sum / 3) < 1e-6)
      }
      let classes = single.compactMap { $0[sample]["class"].text }
      let most = Dictionary(grouping: classes) { $0 }.max { $0.value.count < $1.value.count }
      if try #require(most).value.count > 1 { #expect(vote[sample]["class"].text == most?.key) }
    }
    let evaluated = try Command(["evaluate"] + runs, in: folder.path(""))
    try #require(evaluated.code == 0, "\(evaluated.errors)")
    let lines = evaluated.output.split(separator: "\n")
    #expect(lines.count == 4 && lines[3].contains("3 runs together (the mean of the outputs): test loss"))
    let voted = try Command(["evaluate"] + runs + ["--vote"], in: folder.path(""))
    #expect(voted.code == 0 && voted.output.contains("(a vote): test accuracy"), "\(voted.errors)")
    try Command("evaluate", runs[0], "--vote", in: folder.path("")).expectFailure(["several runs"], code: 2)
  }

  @Test("kinds without weights pass the plugin checks", arguments: ["maximum", "average"])
  func kinds(_ name: String) throws {
    let command = try Command("plugins", "check", name)
    #expect(command.code == 0, "\(command.output) \(command.errors)")
  }
}
