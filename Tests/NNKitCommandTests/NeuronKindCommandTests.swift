import Foundation
import Testing

@Suite("kinds of neurons in a configuration")
struct NeuronKindCommandTests {
  private static let xor = """
    name: one
    seed: 2
    precision: float64
    data: {train: {generator: xor}, scale: standard}
    network: {layers: [{neurons: 1, neuron: product, activation: sigmoid}]}
    loss: binary_cross_entropy
    training: {epochs: 2000, batch: 4, optimizer: {name: adam, learning_rate: 0.02}}
    """
  private static let spirals = """
    name: spirals
    seed: 1
    data: {train: {generator: {name: spirals, samples: 600, noise: 0.02}}, validation: 0.2, scale: standard}
    network:
      layers:
        - {neurons: 60, neuron: radial_basis, activation: gaussian, initializer: {name: normal, deviation: 1}}
        - {neurons: 2, activation: softmax}
    loss: cross_entropy
    training: {epochs: 150, batch: 20, optimizer: {name: adam, learning_rate: 0.02}}
    """

  @Test("ONE product neuron learns exclusive or, 4 of 4, and is evaluated, explained and checked")
  func xor() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(Self.xor, to: "xor.yaml")
    let gradients = try Command("gradcheck", config, "--samples", "4")
    #expect(gradients.code == 0 && gradients.output.contains("all agree"), "\(gradients.output)\(gradients.errors)")
    let run = try Command("run", config, "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("kind") && run.output.contains("product"), "\(run.output)")
    let summary = try JSON(folder.read("run/summary.json"))
    #expect(summary["final_train_accuracy"].number == 1)
    #expect(summary["plugins"].list.contains { $0["function"].text == "product" })
    #expect(try folder.read("run/config.yaml").contains(#"neuron: "product""#))
    #expect(try Command("evaluate", folder.path("run")).output.contains("accuracy 1"))
    let answers = try Command("predict", folder.path("run"), "--input", "-", input: "0,0\n0,1\n1,0\n1,1\n")
    #expect(answers.code == 0, "\(answers.errors)")
    let told = try Command("explain", folder.path("run"), "--sample", "1").output
    for words in ["a product", "z = Π (1 + w x) + b", "the canonical pair sigmoid"] {
      #expect(told.contains(words), "\(told)")
    }
    // The run repeats itself from the configuration that it left.
    let again = try Command("run", folder.path("run/config.yaml"), "--quiet", "--output", folder.path("again"))
    #expect(again.code == 0, "\(again.errors)")
    #expect(try folder.bytes("run/model.safetensors") == folder.bytes("again/model.safetensors"))
  }

  @Test("radial bases tell spirals apart, by both engines alike")
  func spirals() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(Self.spirals, to: "spirals.yaml")
    let run = try Command("run", config, "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    #expect(try #require(JSON(folder.read("run/summary.json"))["final_validation_accuracy"].number) > 0.95)
    // A run that was left goes on to the very same bytes.
    let some = ["--set", "training.epochs=3", "--set", "training.checkpoint={epochs: 1}"]
    for (engine, name) in [("neuron", "a"), ("fused", "b")] {
      let run = try Command(
        ["run", config, "--quiet", "--output", folder.path(name), "--set", "engine=\(engine)"] + some)
      try #require(run.code == 0, "\(run.errors)")
    }
    let losses = try ["a", "b"].map {
      try #require(JSON(folder.read("\($0)/summary.json"))["final_validation_loss"].number)
    }
    #expect(abs(losses[0] - losses[1]) < 1e-4)
    let html = try Command("explain", folder.path("run"), "--format", "html", "--output", folder.path("page.html"))
    try #require(html.code == 0, "\(html.errors)")
    #expect(try folder.read("page.html").contains("exp(b) sqrt(Σ (x - w)²)"))
  }

  @Test("a list has a kind for each neuron, and weights are as many as each kind has")
  func list() throws {
    let folder = try TemporaryFolder()
    let text = """
      precision: float64
      data: {train: {generator: xor}}
      network:
        layers:
          - neurons: 3
            neuron: [weighted_sum, quadratic, product]
            activation: [tanh, tanh, identity]
            weights: [[1, 2], [1, 2, 3, 4], [-2, -2]]
          - {neurons: 1, neuron: weighted_sum, activation: sigmoid}
      loss: binary_cross_entropy
      training: {epochs: 1, optimizer: {name: sgd, learning_rate: 0.1}}
      """
    let config = try folder.write(text, to: "list.yaml")
    let told = try JSON(Command("explain", config, "--sample", "3", "--format", "json").output)
    let neurons = told["layers"][0]["neurons"]
    #expect((0..<3).map { neurons[$0]["weighted_input"].number } == [3, 10, 1])
    #expect((0..<3).map { neurons[$0]["type"].text } == [nil, "quadratic", "product"])
    #expect(neurons[2]["formula"].text == "z = Π (1 + w x) + b")
    #expect(try !Command("explain", config).output.contains("∂L/∂a·∂a/∂z"))
    let check = try Command("check", config)
    #expect(
      check.code == 0 && check.output.contains("weighted_sum, quadratic, product"), "\(check.output)\(check.errors)")
    let wrong = text.replacingOccurrences(of: "[1, 2, 3, 4]", with: "[1, 2, 3]")
    try Command("check", folder.write(wrong, to: "wrong.yaml"))
      .expectFailure(["wrong.yaml:8:16", "neuron 1 has 3 weights", "quadratic of 2 inputs has 4"])
  }

  @Test(
    "wrong kinds are told with their place and the nearest name",
    arguments: [
      ("neuron: produkt", ["bad.yaml:5:41", "neuron function `produkt`", "did you mean `product`"]),
      ("neuron: tanh", ["`tanh` is the name of an activation function"]),
      ("neuron: [product, product]", ["2 kinds for 1 neurons"]),
      ("neuron: {name: product, width: 1}", ["`product` has no parameter `width`"]),
      ("neurn: product", ["unknown key `neurn`", "did you mean `neuron`"]),
      ("neuron: product, weights: [[1]]", ["neuron 0 has 1 weights", "product of 2 inputs has 2"]),
      ("neuron: quadratic, weights: [[1, 2]]", ["neuron 0 has 2 weights", "quadratic of 2 inputs has 4"]),
    ])
  func wrong(_ put: String, _ message: [String]) throws {
    let folder = try TemporaryFolder()
    let text = Self.xor.replacingOccurrences(of: "neuron: product", with: put)
    try Command("check", folder.write(text, to: "bad.yaml")).expectFailure(message)
  }

  @Test("list and show know the kinds")
  func show() throws {
    let lines = try Command("plugins", "list").output.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("neuron ") } == 7)
    let text = try Command("plugins", "show", "quadratic").output
    for part in [
      "Volper", "z = Σ_i (w_i x_i + w_(n+i) x_i²) + b", "dz/dw_i = if(i < n, x_i, x_(i-n)²)",
      "2, 4, 20 for 1, 2, 10 inputs", "float32, float64",
    ] {
      #expect(text.contains(part), "\(text)")
    }
  }

  @Test("a plugin of one's own that is called weighted_sum is run as it is, the bundled one as plain neurons")
  func ownWeightedSum() throws {
    let folder = try TemporaryFolder()
    let base = Self.xor.replacingOccurrences(of: "neuron: product", with: "neuron: weighted_sum")
    let config = try folder.write(base, to: "sum.yaml")
    #expect(try !Command("check", config).output.contains("kind"))
    let new = try Command("plugins", "new", "weighted_sum", "--kind", "neuron", in: folder.path)
    try #require(new.code == 0, "\(new.errors)")
    try Checkout.compile(folder.read("weighted_sum/weighted_sum.c"), to: folder.path("weighted_sum/weighted_sum.so"))
    let options = ["--plugin-path", folder.path("weighted_sum")]
    let own = try Command(["explain", config, "--format", "json"] + options)
    let neuron = try JSON(own.output)["layers"][0]["neurons"][0]
    #expect(neuron["formula"].text == "z = scale sum |x - w| + b", "\(own.errors)")
  }
}
