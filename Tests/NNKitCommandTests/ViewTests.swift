import CNNKitSystem
import Foundation
import Testing

@Suite("nnkit view")
struct ViewTests {
  @Test("saves what was trained as a configuration that run repeats to the bit", arguments: ["xor", "spirals"])
  func saving(_ example: String) throws {
    let live = try LiveProcess(Checkout.example(example))
    let socket = try LiveSocket(live)
    let first = try socket.state()
    #expect(first["mode"].text == "paused" && first["progress"]["epoch"].number == 0)
    // Settings change before the first step, epochs pass one by one, then the learning rate changes on the way.
    let output =
      example == "xor"
      ? "{\"neurons\": 1, \"activation\": \"sigmoid\"}" : "{\"neurons\": 2, \"activation\": \"softmax\"}"
    socket.send("{\"set\": {\"layers\": [{\"neurons\": 5, \"activation\": \"gelu\"}, \(output)], \"batch\": 3}}")
    for _ in 0..<3 { socket.send("{\"act\": \"epoch\"}") }
    _ = try socket.state { $0["progress"]["epoch"].number ?? 0 >= 1 && $0["mode"].text == "paused" }
    try expectRepeated(socket, live, "1")
    socket.send("{\"set\": {\"learning_rate\": 0.003}}")
    socket.send("{\"act\": \"epoch\"}")
    let epoch = try socket.state()["progress"]["epoch"].number ?? 0
    _ = try socket.state { $0["mode"].text == "paused" && ($0["progress"]["epoch"].number ?? 0) >= epoch }
    if example == "xor" { try expectRepeated(socket, live, "2") }
  }

  /// Saves, runs what was saved, and compares a neuron's numbers.
  private func expectRepeated(_ socket: LiveSocket, _ live: LiveProcess, _ number: String) throws {
    socket.send("{\"act\": \"save\"}")
    let saved = try socket.state { $0["notice"].text?.contains("-view-\(number).yaml") == true }
    let notice = try #require(saved["notice"].text)
    try #require(notice.hasPrefix("Saved as "))
    let path = notice.dropFirst(9).prefix { $0 != ":" }
    var arguments = ["run", String(path), "--quiet", "--output", live.folder.path("run\(number)")]
    // A cosine's learning rate follows from all epochs, of which only the first were trained here.
    if notice.contains("repeats its 150") {
      #expect(try String(contentsOfFile: String(path), encoding: .utf8).contains("epochs: 150"))
      return
    }
    arguments += ["--threads", "1"]
    let run = try Command(arguments)
    try #require(run.code == 0, "\(run.errors)")
    let told = try Command("explain", live.folder.path("run\(number)"), "--format", "json").output
    let held = saved["details"]["0.0"]
    let bytes = try #require(Data(base64Encoded: held["weights"]["base64"].text ?? ""))
    let weights = bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    // Compared as text, since not every reader of JSON reads the last bit.
    #expect(weights.count == 2 && told.contains("\"weights\": [\(weights[0]), \(weights[1])]"), "\(weights) \(told)")
  }

  @Test("impossible settings are refused in words and change nothing")
  func refused() throws {
    let live = try LiveProcess(Checkout.example("xor"))
    let socket = try LiveSocket(live)
    for (change, word, field) in [
      ("{\"learning_rate\": -1}", "expected a number > 0", "learning_rate"),
      ("{\"batch\": 0}", "expected 1 to", "batch"),
      ("{\"loss\": \"nothing\"}", "nothing", "loss"), ("{\"pace\": 1e-300}", "0.01 to 1000000", "pace"),
      ("{\"l1\": -1}", "a strength of 0 or more", "l1"), ("{\"momentum\": 0.5}", "only sgd", "momentum"),
      ("{\"optimizer\": \"newton\"}", "expected one of", "optimizer"),
      ("{\"noise\": -1}", "expected 0 to 100", "noise"),
      ("{\"data\": \"/etc/passwd\"}", "expected one of", "data"),
      ("{\"initializer\": \"ones\"}", "expected one of", "initializer"),
      (
        "{\"layers\": [{\"neurons\": 3, \"activation\": \"no\"}, {\"neurons\": 1, \"activation\": \"sigmoid\"}]}",
        "`no`", "layer-0-activation"
      ),
      ("{\"layers\": [{\"neurons\": 3, \"activation\": \"tanh\"}]}", "last layer", "layers"),
      (
        "{\"layers\": [{\"neurons\": 99999, \"activation\": \"tanh\"}, {\"neurons\": 1, \"activation\": \"sigmoid\"}]}",
        "1 to 2048", "layer-0-neurons"
      ),
      (
        "{\"loss\": \"cross_entropy\", \"layers\": [{\"neurons\": 1, \"activation\": \"tanh\"}]}", "cross_entropy",
        "loss"
      ),
    ] {
      socket.send("{\"set\": \(change)}")
      let state = try socket.state { $0["notice"].text?.contains(word) == true }
      #expect(
        state["is_error"].value as? Bool == true && state["notice"].text?.contains(word) == true,
        "\(change): \(state["notice"].text ?? "")")
      // Said beside its field, not by a place in a file.
      #expect(state["refused"].text == field && state["notice"].text?.contains(".yaml") == false, "\(change)")
      #expect(state["layers"].list.count == 2)
    }
    socket.send("{\"act\": \"epoch\"}")
    _ = try socket.state { $0["notice"].isNull }
  }

  /// The newest setup, once a state says that there is one.
  private func setup(_ socket: LiveSocket, after message: String) throws -> JSON {
    socket.send(message)
    socket.send("{\"ready\": true}")
    while true {
      let found = try socket.receive()
      if found["kind"].text == "setup" { return found }
    }
  }

  private func packed(_ value: JSON) throws -> [Double] {
    let bytes = try #require(Data(base64Encoded: value["base64"].text ?? ""))
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
  }

  /// What a neuron holds for a training sample, once a state has it.
  private func held(_ socket: LiveSocket, _ layer: Int, _ neuron: Int, _ sample: Int) throws -> JSON {
    for _ in 0..<100 {
      let state = try socket.state(select: "[\(layer),\(neuron),\(sample)]")
      let found = state["details"]["\(layer).\(neuron).\(sample)"]
      if found["z"].number != nil { return found }
    }
    return try #require(nil, "no state has neuron \(neuron) of layer \(layer)")
  }

  @Test("what a neuron holds is of one moment: its z and δ follow from the weights that are shown with it")
  func oneMoment() throws {
    let live = try LiveProcess(Checkout.example("xor"))
    let socket = try LiveSocket(live)
    for epochs in [0.0, 1] {
      if epochs > 0 { socket.send("{\"act\": \"epoch\"}") }
      _ = try socket.state { $0["progress"]["epoch"].number == epochs && $0["mode"].text == "paused" }
      for sample in 0..<4 {
        let hidden = try (0..<3).map { try held(socket, 0, $0, sample) }
        let output = try held(socket, 1, 0, sample)
        let weights = try packed(output["weights"])
        let a = try #require(output["a"].number)
        // binary_cross_entropy behind sigmoid: δ = a − y; and of xor's sample k the target is 0, 1, 1, 0.
        #expect(abs(try #require(output["delta"].number) - (a - [0, 1, 1, 0][sample])) < 1e-12)
        for (index, neuron) in hidden.enumerated() {
          let x = try packed(neuron["inputs"])
          #expect(x == [Double(sample / 2), Double(sample % 2)])
          let z = try zip(packed(neuron["weights"]), x).reduce(try #require(neuron["bias"].number)) { $0 + $1.0 * $1.1 }
          #expect(abs(try #require(neuron["z"].number) - z) < 1e-12 && neuron["sample"].number == Double(sample))
          let received = weights[index] * (output["delta"].number ?? .nan)
          #expect(abs(try #require(neuron["received"].number) - received) < 1e-12)
          let gradients = try packed(neuron["gradients"])
          #expect(zip(gradients, x).allSatisfy { abs($0 - (neuron["delta"].number ?? .nan) * $1) < 1e-12 })
        }
      }
    }
  }

  @Test("a weight is set by hand, its effect is said, and what is trained from it can be saved and repeated")
  func weights() throws {
    let live = try LiveProcess(Checkout.example("xor"))
    let socket = try LiveSocket(live)
    _ = try socket.state { $0["fit"]["loss"].number != nil }
    socket.send("{\"weight\": {\"layer\": 0, \"neuron\": 0, \"index\": 1, \"value\": 2.5}}")
    socket.send("{\"weight\": {\"layer\": 1, \"neuron\": 0, \"value\": -1}}")
    let state = try socket.state { $0["notice"].text?.contains("bias is now -1.0") == true }
    #expect(
      state["notice"].text?.contains("the loss on the samples: ") == true && state["is_error"].value as? Bool == false)
    #expect(try packed(state["details"]["0.0"]["weights"])[1] == 2.5)
    for (weight, field) in [
      ("\"layer\": 9, \"neuron\": 0, \"value\": 1", "bias"),
      ("\"layer\": 0, \"neuron\": 0, \"index\": 2, \"value\": 1", "weight-2"),
      ("\"layer\": 0, \"neuron\": 0, \"index\": 0, \"value\": 1e9", "weight-0"),
    ] {
      socket.send("{\"weight\": {\(weight)}}")
      let refused = try socket.state { $0["refused"].text == field }
      #expect(try packed(refused["details"]["0.0"]["weights"])[1] == 2.5)
    }
    socket.send("{\"act\": \"epoch\"}")
    _ = try socket.state { $0["progress"]["epoch"].number == 1 && $0["mode"].text == "paused" }
    try expectRepeated(socket, live, "1")
  }

  @Test("data set, noise, optimizer, regularization and first weights are chosen from menus, and saved")
  func menus() throws {
    let live = try LiveProcess(Checkout.example("iris"))
    let socket = try LiveSocket(live)
    let first = try setup(socket, after: "{}")
    #expect(first["data"].text == "configured" && first["data_words"].text == "iris.csv" && first["noise"].isNull)
    // Another number of classes needs another output layer; numbers another loss.
    let circles = try setup(socket, after: "{\"set\": {\"data\": \"circles\"}}")
    #expect(circles["layers"].list.last?["neurons"].number == 1 && circles["loss"].text == "binary_cross_entropy")
    #expect(circles["inputs"].number == 2 && circles["noise"].number == 0)
    _ = try socket.state { $0["notice"].text?.contains("need another output layer") == true }
    #expect(try setup(socket, after: "{\"set\": {\"data\": \"blobs\"}}")["layers"].list.last?["neurons"].number == 3)
    #expect(try setup(socket, after: "{\"set\": {\"data\": \"sine\"}}")["classification"].value as? Bool == false)
    let back = try setup(socket, after: "{\"set\": {\"data\": \"configured\"}}")
    #expect(back["layers"].list.last?["activation"].text == first["layers"].list.last?["activation"].text)
    #expect(back["loss"].text == first["loss"].text && back["inputs"].number == 4)
    _ = try setup(socket, after: "{\"set\": {\"data\": \"moons\"}}")
    _ = try setup(socket, after: "{\"set\": {\"noise\": 0.25}}")
    _ = try setup(socket, after: "{\"set\": {\"initializer\": \"he_uniform\"}}")
    _ = try setup(socket, after: "{\"set\": {\"optimizer\": \"sgd\", \"momentum\": 0.5, \"l2\": 0.125}}")
    socket.send("{\"act\": \"save\"}")
    _ = try socket.state { $0["notice"].text?.hasPrefix("Saved as ") == true }
    let saved = try live.folder.read("iris-view-1.yaml")
    for part in ["moons", "noise: 0.25", "he_uniform", "momentum: 0.5", "l2: 0.125"] {
      #expect(saved.contains(part), "\(part): \(saved)")
    }
    // One processor is left to the browser, and the run repeats with as many threads.
    #expect(saved.contains("threads: \(max(1, nnk_processor_count("") - 1))\n"), "\(saved)")
  }

  @Test("a layer that goes takes its kind of neurons with it, and leaves the others theirs", arguments: [0, 1])
  func removal(_ removed: Int) throws {
    let live = try LiveProcess(Checkout.example("spirals"), "--set", "network.layers.0.neuron=radial_basis")
    let socket = try LiveSocket(live)
    socket.send(
      "{\"set\": {\"layers\": [{\"neurons\": 5, \"activation\": \"tanh\", \"was\": \(1 - removed)},"
        + " {\"neurons\": 2, \"activation\": \"softmax\", \"was\": 2}]}}")
    socket.send("{\"act\": \"save\"}")
    _ = try socket.state { $0["notice"].text?.contains("spirals-view-1.yaml") == true }
    let saved = try live.folder.read("spirals-view-1.yaml")
    #expect(saved.contains("neurons: 5") && saved.contains("radial_basis") == (removed == 1), "\(saved)")
  }

  @Test("a learning rate that falls until the last epoch falls anew where the number of epochs is changed")
  func otherEpochs() throws {
    let live = try LiveProcess(Checkout.example("spirals"), "--threads", "1")
    let socket = try LiveSocket(live)
    socket.send("{\"set\": {\"epochs\": 4}}")
    socket.send("{\"act\": \"run\"}")
    let end = try socket.state { $0["finished"].value as? Bool == true }
    #expect(end["progress"]["epoch"].number == 4)
    socket.send("{\"act\": \"save\"}")
    let saved = try socket.state { $0["notice"].text?.contains("repeats its 4 epochs") == true }
    let run = try Command(
      "run", live.folder.path("spirals-view-1.yaml"), "--quiet", "--threads", "1", "--output", live.folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    // The same figures, to the last digit.
    let losses = try live.folder.read("run/metrics.jsonl").split(separator: "\n").map { try JSON(String($0)) }
    for key in ["train_loss", "test_loss", "train_accuracy", "test_accuracy"] {
      #expect(losses.compactMap { $0[key].number } == saved["progress"][key].numbers, "\(key)")
    }
  }

  @Test("a trained run can be watched from where it ended")
  func trainedRun() throws {
    let folder = try TemporaryFolder()
    let run = try Command("run", Checkout.example("xor"), "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0)
    let live = try LiveProcess(folder.path("run"))
    #expect(try LiveSocket(live).state()["fit"]["hits"].number == 4)
  }

  @Test("a training that ends in no finite number says why, and the session lives on")
  func nonFinite() throws {
    let live = try LiveProcess(
      Checkout.example("spirals"), "--set", "training.optimizer={name: sgd, learning_rate: 1e30}", "--set",
      "network.layers.0.activation=identity", "--set", "network.layers.1.activation=identity")
    let socket = try LiveSocket(live)
    socket.send("{\"act\": \"run\"}")
    let state = try socket.state { $0["is_error"].value as? Bool == true }
    #expect(state["notice"].text?.contains("no finite number") == true && state["mode"].text == "paused")
    socket.send("{\"act\": \"reset\"}")
    let after = try socket.state { $0["notice"].isNull }
    #expect(after["notice"].isNull && live.isRunning, "\(after["notice"].text ?? "")")
  }

  @Test("a port that is taken is an error that says what to do")
  func takenPort() throws {
    let live = try LiveProcess(Checkout.example("xor"))
    try Command("view", Checkout.example("xor"), "--port", "\(live.port)").expectFailure([
      "cannot be listened on", "--port",
    ])
    try Command("view", Checkout.example("xor"), "--port", "70000").expectFailure(["0...65535"], code: 2)
  }
}
