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
    // Settings change before the first step, epochs pass one by one, then the rate changes on the way.
    let output =
      example == "xor"
      ? "{\"neurons\": 1, \"activation\": \"sigmoid\"}" : "{\"neurons\": 2, \"activation\": \"softmax\"}"
    socket.send("{\"set\": {\"layers\": [{\"neurons\": 5, \"activation\": \"gelu\"}, \(output)], \"batch\": 3}}")
    for _ in 0..<3 { socket.send("{\"act\": \"epoch\"}") }
    _ = try socket.state { $0["progress"]["epoch"].number ?? 0 >= 1 && $0["mode"].text == "paused" }
    try expectRepeated(socket, live, "1")
    socket.send("{\"set\": {\"rate\": 0.003}}")
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
    // A cosine's rate follows from all epochs, of which only the first were trained here.
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
    for (change, word) in [
      ("{\"rate\": -1}", "expected a number > 0"), ("{\"batch\": 0}", "expected 1 to"),
      ("{\"loss\": \"nothing\"}", "nothing"), ("{\"pace\": 1e-300}", "0.01 to 1000000"),
      (
        "{\"layers\": [{\"neurons\": 3, \"activation\": \"no\"}, {\"neurons\": 1, \"activation\": \"sigmoid\"}]}",
        "`no`"
      ),
      ("{\"layers\": [{\"neurons\": 3, \"activation\": \"tanh\"}]}", "last layer"),
      (
        "{\"layers\": [{\"neurons\": 99999, \"activation\": \"tanh\"}, {\"neurons\": 1, \"activation\": \"sigmoid\"}]}",
        "1 to 2048"
      ),
      ("{\"loss\": \"cross_entropy\", \"layers\": [{\"neurons\": 1, \"activation\": \"tanh\"}]}", "cross_entropy"),
    ] {
      socket.send("{\"set\": \(change)}")
      let state = try socket.state { $0["notice"].text?.contains(word) == true }
      #expect(
        state["is_error"].value as? Bool == true && state["notice"].text?.contains(word) == true,
        "\(change): \(state["notice"].text ?? "")")
      #expect(state["layers"].list.count == 2)
    }
    socket.send("{\"act\": \"epoch\"}")
    _ = try socket.state { $0["notice"].isNull }
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

  @Test("a rate that falls until the last epoch falls anew where the number of epochs is changed")
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
      Checkout.example("spirals"), "--set", "training.optimizer={name: sgd, rate: 1e30}", "--set",
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
