import Foundation
import NNKit
import Testing

/// Files of other tools at the command line: in, out, and as a beginning.
@Suite struct ExchangeTests {
  @Test func `a run goes out as ONNX and as FANN, and comes back with the same answers`() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    let training = try Command(
      "run", Checkout.example("xor"), "--output", run, "--set", "training.epochs=20", "--quiet")
    #expect(training.code == 0, "\(training.errors)")
    let sample = "[0, 1]\n[0.25, 0.5]\n"
    let answers = try Command("predict", run, "--input", "-", input: sample).output
    for name in ["net.onnx", "net.net"] {
      let export = try Command("export", run, folder.path(name))
      #expect(export.code == 0, "\(export.errors)")
      let model = folder.path("\(name).safetensors")
      let back = try Command("import", folder.path(name), "--output", model)
      #expect(back.code == 0 && back.output.contains("\(model): 2-"), "\(back.errors)")
      let again = try Command("export", model, folder.path("again.onnx"))
      #expect(again.code == 0, "\(again.errors)")
      // A configuration begins with the file itself.
      let configuration = """
        data: {train: {generator: xor}}
        network: {from: \(name)}
        loss: \(name == "net.onnx" ? "binary_cross_entropy" : "squared_error")
        training: {epochs: 1, optimizer: {name: sgd, learning_rate: 1e-30}}
        report: false
        """
      try folder.write(configuration, to: "from.yaml")
      let start = try Command("run", folder.path("from.yaml"), "--output", folder.path("\(name)-run"), "--quiet")
      #expect(start.code == 0, "\(start.errors)")
      let same = try Command("predict", folder.path("\(name)-run"), "--input", "-", input: sample).output
      #expect(try numbers(same, near: numbers(answers)), "\(same) \(answers)")
      let told = try Command("explain", folder.path("from.yaml"))
      #expect(told.code == 0 && told.output.contains("neuron"), "\(told.errors)")
    }
    try Command("import", folder.path("net.txt")).expectFailure([".onnx, .net", "--format"], code: 2)
    try Command("import", folder.path("nothing.onnx")).expectFailure(["nothing.onnx", "cannot be read"])
    try folder.write("no model", to: "odd.onnx")
    try Command("import", folder.path("odd.onnx")).expectFailure(["odd.onnx", "at byte", "of another format"])
  }

  @Test func `a model without a run answers samples, and has no configuration that could be changed`() throws {
    let folder = try TemporaryFolder()
    let file = "\(Checkout.path)/Tests/NNKitExchangeTests/Fixtures/onnx/torch_lenet.onnx"
    let sample = "[\((0..<64).map { String($0 % 7) }.joined(separator: ", "))]\n"
    let answers = try Command("predict", file, "--input", "-", input: sample)
    #expect(try answers.code == 0 && numbers(answers.output).count == 3, "\(answers.errors)")
    #expect(try Command("import", file, "--output", folder.path("net.safetensors")).code == 0)
    let imported = try Command("predict", folder.path("net.safetensors"), "--input", "-", input: sample)
    #expect(imported.output == answers.output, "\(imported.errors)")
    // The mean of a model and itself.
    let both = try Command("predict", file, folder.path("net.safetensors"), "--input", "-", input: sample)
    #expect(both.output == answers.output, "\(both.errors)")
    try Command("predict", file, "--input", "-", "--set", "seed=1", input: sample)
      .expectFailure(["torch_lenet.onnx` is a model without a run", "--set"], code: 2)
    try Command("predict", file, "--input", "-", input: "[1, 2]\n").expectFailure(["64"])
  }

  @Test func `a network of PyTorch with windows is explained, trained further, and goes out again`() throws {
    let folder = try TemporaryFolder()
    let file = "\(Checkout.path)/Tests/NNKitExchangeTests/Fixtures/onnx/torch_lenet.onnx"
    let samples = (0..<6).map { row in
      let pixels = (0..<64).map { $0 % 8 == row || $0 / 8 == row ? "1" : "0" }.joined(separator: ", ")
      let target = (0..<3).map { $0 == row % 3 ? "1" : "0" }.joined(separator: ", ")
      return "{input: [\(pixels)], target: [\(target)]}"
    }
    try folder.write(
      """
      data: {train: {inline: [\(samples.joined(separator: ", "))]}}
      network: {from: \(file)}
      loss: cross_entropy
      training: {epochs: 40, batch: 6, optimizer: {name: adam, learning_rate: 0.02}}
      """, to: "net.yaml")
    let explained = try Command("explain", folder.path("net.yaml"), "--layer", "0", "--neuron", "1")
    #expect(explained.code == 0 && explained.output.contains("6 × 6 positions"), "\(explained.errors)")
    let run = folder.path("run")
    let training = try Command("run", folder.path("net.yaml"), "--output", run, "--quiet")
    #expect(training.code == 0, "\(training.errors)")
    let lines = try folder.read("run/metrics.jsonl").split(separator: "\n")
    func loss(_ line: Substring) throws -> Double {
      let metrics = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return try #require(metrics?["train_loss"] as? Double)
    }
    #expect(try loss(#require(lines.last)) < 0.2 * loss(#require(lines.first)))
    for name in ["net.onnx", "net.c", "net.svg"] {
      let export = try Command("export", run, folder.path(name))
      #expect(export.code == 0, "\(name): \(export.errors)")
    }
    try Command("export", run, folder.path("net.net")).expectFailure(["layer 0 has a sliding window", "FANN"])
  }

  private func numbers(_ lines: String) throws -> [Double] {
    lines.split(whereSeparator: { !"0123456789.e-".contains($0) }).compactMap { Double($0) }
  }

  private func numbers(_ text: String, near expected: [Double]) throws -> Bool {
    let found = try numbers(text)
    return found.count >= 2 && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  @Test func `predictions are lines of JSON, a table, or an array of NumPy`() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    let training = try Command(
      "run", Checkout.example("iris"), "--output", run, "--set", "training.epochs=3", "--quiet")
    #expect(training.code == 0, "\(training.errors)")
    let sample = "[5.1, 3.5, 1.4, 0.2]\n[6, 3, 5, 2]\n"
    let lines = try Command("predict", run, "--input", "-", input: sample).output.split(separator: "\n")
    let table = try Command("predict", run, "--input", "-", "--format", "csv", input: sample)
    let rows = table.output.split(separator: "\n")
    #expect(rows.count == 3 && rows[0].hasSuffix(",class") && lines.count == 2, "\(table.output) \(table.errors)")
    for (row, line) in zip(rows.dropFirst(), lines) {
      let cells = row.split(separator: ",")
      #expect(cells.count == 4 && line.contains("[\(cells[..<3].joined(separator: ", "))]"))
      #expect(line.contains("\"class\": \"\(cells[3])\""))
    }
    let output = folder.path("answers.npy")
    let array = try Command(
      program: "/bin/sh", ["-c", "\"$0\" predict \"$1\" --input - --format npy > \"$2\"", Checkout.nnkit, run, output],
      input: sample)
    #expect(array.code == 0, "\(array.errors)")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
    #expect(bytes.count == 128 + 2 * 3 * 4 && bytes.starts(with: [0x93] + Array("NUMPY".utf8)))
    let header = String(decoding: bytes[10..<128], as: UTF8.self)
    #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }") && header.hasSuffix(" \n"))
    let first = bytes[128..<132].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    #expect(lines[0].contains("[\(Float(bitPattern: first)), "))
  }

  @Test func `a run writes events for TensorBoard, and an extended run adds to them`() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try folder.write(
      """
      data: {train: {generator: xor}}
      network: {layers: [{neurons: 2, activation: tanh}, {neurons: 1, activation: sigmoid}]}
      loss: binary_cross_entropy
      training: {epochs: 3}
      report: {tensorboard: true}
      """, to: "board.yaml")
    let training = try Command("run", folder.path("board.yaml"), "--output", run, "--quiet")
    #expect(training.code == 0, "\(training.errors)")
    func events() throws -> (name: String, bytes: [UInt8]) {
      let names = try FileManager.default.contentsOfDirectory(atPath: run).filter {
        $0.hasPrefix("events.out.tfevents.")
      }
      try #require(names.count == 1)
      return (names[0], [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(run)/\(names[0])"))))
    }
    let before = try events()
    #expect(String(decoding: before.bytes, as: UTF8.self).contains("loss/train"))
    #expect(String(decoding: before.bytes, as: UTF8.self).contains("layer_1/local_gradient_sizes"))
    #expect(FileManager.default.fileExists(atPath: "\(run)/report.html"))
    let more = try Command("run", "--resume", run, "--epochs", "5", "--quiet")
    #expect(more.code == 0, "\(more.errors)")
    let after = try events()
    #expect(after.name == before.name && after.bytes.count > before.bytes.count)
    #expect(after.bytes.starts(with: before.bytes))
  }
}
