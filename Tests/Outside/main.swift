// What a program outside of nnkit's package finds, in Swift 6 mode, when it calls the library in ways that cannot be meant,
// and in ways that can: a line for each, "ok" or what happened instead. PackageTests builds and runs it.
import Foundation
import NNKitFunctions
import NNKitPluginChecks
import NNKitRuns

struct Unexpected: Error, CustomStringConvertible {
  let description: String
}

func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws {
  if !holds { throw Unexpected(description: what()) }
}

/// `body` must throw an error whose text, and whose localized text, says each of `words`.
func expectError(_ words: String..., body: () throws -> Void) throws {
  do { try body() } catch let error as Unexpected { throw error } catch {
    for word in words where !"\(error)".contains(word) || !error.localizedDescription.contains(word) {
      throw Unexpected(description: "`\(error)`, `\(error.localizedDescription)` do not both say `\(word)`")
    }
    return
  }
  throw Unexpected(description: "no error")
}

func check(_ name: String, _ body: () throws -> Void) {
  do {
    try body()
    print("ok: \(name)")
  } catch { print("failed: \(name): \(error)") }
}

let plugins = try Plugins()
let (sigmoid, softmax) = (try plugins.activation("sigmoid"), try plugins.activation("softmax"))
let loss = try plugins.loss("binary_cross_entropy")
let xor = try Samples<Double>(
  inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [[0], [1], [1], [0]], targetKind: .classes)
let once = TrainingSettings(epochs: 1, batch: 2, optimizer: .sgd(learningRate: 0.1))

func make(_ seed: UInt64? = 1) throws -> Network<Double> {
  try Network(
    layers: [
      Layer(neurons: 3, inputs: 2, activation: sigmoid), Layer(neurons: 1, inputs: 3, activation: sigmoid),
    ], seed: seed)
}

/// z = share · (w · x + b); in training, half of that.
final class ShareNeuron: Neuron<Double> {
  let share: Double
  init(inputs: Int, activation: Activation, share: Double) {
    self.share = share
    super.init(inputs: inputs, activation: activation)
  }
  override var settings: [String: Double] { ["share": share] }
  override func combine() throws {
    try super.combine()
    for c in weightedInputs.indices { weightedInputs[c] *= isTraining ? share / 2 : share }
  }
}

final class DeafNeuron: Neuron<Double> {
  override func forward(_ inputs: Inputs<Double>) throws { try respond() }
}

enum Other {
  final class ShareNeuron: NNKit.Neuron<Double> {}
}

check("without a seed weights are random, and the seed can be read") {
  let (one, other) = (try make(nil), try make(nil))
  try expect(one.seed != other.seed && one.output.weights.values != other.output.weights.values, "equal weights")
}
check("weights that were given are not drawn over without a word") {
  let layer = try Layer<Double>(neurons: 1, inputs: 1, activation: sigmoid)
  layer.neurons[0].weights[0] = 2
  try expectError("keepingWeightsOf") { _ = try Network(layers: [layer]) }
  try expect(Network(keepingWeightsOf: [layer]).output.weights[0, 0] == 2, "the weight was lost")
  try expectError("another network") {
    let network = try Network(keepingWeightsOf: [layer])
    _ = try Network(keepingWeightsOf: [layer])
    withExtendedLifetime(network) {}
  }
}
check("gradients after a training are true, or an error") {
  let network = try make()
  try network.train(on: xor, loss: loss, settings: once)
  try expectError("keepsGradients") { _ = try network.output.weightGradients }
  network.keepsGradients = true
  try network.train(on: xor, loss: loss, settings: once)
  try expect(network.output.weightGradients.values.joined().contains { $0 != 0 }, "gradients of 0")
}
check("impossible settings, threads and samples are named") {
  let network = try make()
  try expectError("momentum", "-1") {
    let settings = TrainingSettings(epochs: 1, optimizer: .sgd(momentum: -1))
    try network.train(on: xor, loss: loss, settings: settings)
  }
  try expectError("sample 0, input 1 is nan") {
    try network.train(on: Samples(inputs: [[0, .nan]], targets: [[0]]), loss: loss, settings: once)
  }
  try expectError("sample 0, target 0 is 9") {
    _ = try network.measure(loss, on: Samples(inputs: [[0, 1]], targets: [[9]]))
  }
  network.threads = 100_000
  try expectError("100000") { _ = try network.outputs(for: [1, 2]) }
}
check("extended neurons that cannot work are named") {
  let network = try Network<Double>(layers: [Layer([DeafNeuron(inputs: 2, activation: sigmoid)])])
  try expectError("layer 0", "DeafNeuron", "receive") { _ = try network.outputs(for: [1, 2]) }
  let whole = try Network<Double>(layers: [Layer(neurons: 2, inputs: 2, activation: softmax)])
  _ = try whole.outputs(for: [1, 2])
  try expectError("softmax") { try whole.output.neurons[0].backward(sendingTo: nil) }
}
check("a neuron knows whether a pass trains, and its settings come back from a file") {
  let folder = FileManager.default.temporaryDirectory.appending(path: "nnkit-outside-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let neuron = ShareNeuron(inputs: 2, activation: sigmoid, share: 0.5)
  let network = try Network<Double>(layers: [Layer([neuron])])
  let inputs = Inputs(outputs: try Matrix([[1.0], [2]]))
  let used = try network.forward(inputs)[0, 0]
  try expect(network.forward(inputs, isTraining: true)[0, 0] != used, "training made no difference")
  let file = folder.appending(path: "model.safetensors")
  try network.write(to: file)
  let loaded = try Network<Double>(
    contentsOf: file,
    neurons: ["ShareNeuron": { ShareNeuron(inputs: $0, activation: $1, share: $2["share"] ?? 1) }])
  try expect(loaded.outputs(for: [1, 2]) == network.outputs(for: [1, 2]), "another answer")
  let twins = try Network<Double>(
    layers: [
      Layer([
        ShareNeuron(inputs: 2, activation: sigmoid, share: 1), Other.ShareNeuron(inputs: 2, activation: sigmoid),
      ])
    ])
  try expectError("ShareNeuron", "typeName") { try twins.write(to: file) }
  try expectError("regular file") { try network.write(to: URL(filePath: "/dev/null")) }
  network.output.weights[0, 0] = .nan
  try expectError("nan") { try network.write(to: file) }
}
check("the checks of plugins run in tests of one's own") {
  let examination = try Examination("tanh", in: plugins)
  try expect(examination.checks.contains(.derivative), "\(examination.checks)")
  for check in [PluginCheck.descriptor, .derivative, .bounds] {
    try expect(examination.run(check) > 0, "\(check) compared nothing")
  }
  try expectError("did you mean `tanh`") { _ = try Examination("tanhh", in: plugins) }
}
check("functions of two searches are equal") {
  try expect(Plugins().activation("softmax") == softmax, "unequal")
}
check("gradients of two passes add up, and those of the inputs are there") {
  let network = try make()
  let batch = try xor.batches(of: 4)[0]
  func gradient() throws -> Matrix<Double> { try loss.gradient(network.forward(batch.inputs), batch.targets) }
  let inputs = Matrix<Double>(rows: 2, columns: 4)
  try network.backward(from: gradient(), inputGradients: inputs)
  let once = try network.layers[0].weightGradients.values
  try network.backward(from: gradient(), accumulating: true)
  let twice = try network.layers[0].weightGradients.values
  try expect(zip(once.joined(), twice.joined()).allSatisfy { abs(2 * $0 - $1) < 1e-15 }, "\(once), \(twice)")
  try expect(inputs.values.joined().allSatisfy { $0 != 0 }, "no gradients of inputs")
}

check("data that came from outside throws") {
  try expectError("row 1", "1", "2") { _ = try Matrix<Double>([[1, 2], [3]]) }
  try expectError("0 inputs") { _ = try Layer([Neuron<Double>(inputs: 0, activation: sigmoid)]) }
  try expectError("-3 inputs") { _ = try Layer([Neuron<Double>(inputs: -3, activation: sigmoid)]) }
  try expectError("1 weights") { _ = try Layer([Neuron<Double>(inputs: 3, activation: sigmoid, weightCount: 1)]) }
  try expectError("0 numbers") {
    _ = try Model(try make(), inputScaling: Scaling(offset: [], factor: [])).outputs(for: [[1, 2]])
  }
  try expectError("sample 1 has 1 numbers") { _ = try make().outputs(for: [[1, 2], [1]]) }
}
check("files of samples are read, and their faults are named by place") {
  let folder = FileManager.default.temporaryDirectory.appending(path: "nnkit-outside-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let csv = folder.appending(path: "shapes.csv")
  try Data("width,height,kind\n1,2,tall\n3,1,wide\n1,4,tall\n".utf8).write(to: csv)
  let file = try DataFile(csv: csv, target: [.name("kind")])
  try expect(file.inputs == [[1, 2], [3, 1], [1, 4]], "\(file.inputs)")
  try expect(file.classes == ["tall", "wide"] && file.labels == [0, 1, 0], "\(file.labels ?? [])")
  try expect(file.inputNames == ["width", "height"], "\(file.inputNames ?? [])")
  let network = try make()
  let samples = try file.samples(for: network, loss: loss, scaling: file.scaling(.unit))
  try expect(samples.targets.values == [[0], [1], [0]] && samples.areClasses, "\(samples.targets)")
  try expect(samples.inputs.values[2] == [0, 1], "\(samples.inputs)")
  try expectError("3 numbers", "1 or 2") {
    _ = try file.samples(for: network, loss: loss, scaling: Scaling(offset: [1, 2, 3], factor: [1]))
  }
  // A cell of text in a column of numbers; a column of text alone would be one of categories.
  try Data("width,height,kind\n1,2,tall\n1,x,tall\n".utf8).write(to: csv)
  do {
    _ = try DataFile(csv: csv, target: [.name("kind")])
    try expect(false, "a cell that is not a number was read")
  } catch let error as DataError { try expect(error.line == 3 && error.column == 3, "\(error)") }
  let (images, labels) = (folder.appending(path: "images"), folder.appending(path: "labels"))
  try Data([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 102]).write(to: images)
  try Data([0, 0, 8, 1, 0, 0, 0, 2, 7, 4]).write(to: labels)
  let digits = try DataFile(idx: images, labels: labels)
  try expect(digits.inputs == [[0, 255], [51, 102]] && digits.classes == ["4", "7"], "\(digits.inputs)")
  try expect(digits.labels == [1, 0], "\(digits.labels ?? [])")
}
check("the greatest output is the class") {
  try expect([0.1, 0.7, 0.7].indexOfGreatest == 1, "not the first of the greatest")
  try expect([Double]().indexOfGreatest == nil && [.nan, 1.0].indexOfGreatest == nil, "an index of nothing")
}

// MARK: Tasks

let network = try make()
try network.train(on: xor, loss: loss, settings: once)
let snapshot = network.snapshot()
let predictor = try Predictor(network)
let expected = try xor.inputs.values.map { try network.outputs(for: $0) }
let same = try await withThrowingTaskGroup(of: Bool.self) { group in
  for _ in 0..<4 {
    group.addTask {
      for _ in 0..<200 {
        let answers = try [[0, 0], [0, 1], [1, 0], [1, 1]].map { try predictor.outputs(for: $0) }
        if zip(answers.joined(), expected.joined()).contains(where: { abs($0 - $1) > 1e-12 }) { return false }
      }
      return true
    }
  }
  for try await isRight in group where !isRight { return false }
  return true
}
print(same ? "ok: several tasks ask one predictor" : "failed: a predictor's answers differ between tasks")
let handed = try await Task {
  let network = try make(7)
  try network.train(on: xor, loss: loss, settings: once)
  return NetworkHandover(network)
}.value
check("a task hands a trained network over, once") {
  let network = try handed.take()
  let other = try make(7)
  try other.train(on: xor, loss: loss, settings: once)
  try expect(network.snapshot() == other.snapshot(), "another network")
  try expectError("taken already") { _ = try handed.take() }
}

/// Owns a network, trains it, and answers meanwhile.
actor Training {
  let network: Network<Double>
  private(set) var epochs = 0
  init() throws { network = try make(7) }

  func run(_ samples: Samples<Double>, _ loss: Loss) async throws {
    let settings = TrainingSettings(epochs: .max, batch: 2, optimizer: .adam(learningRate: 0.01))
    try await network.trainAsync(on: samples, loss: loss, settings: settings) { _ in
      epochs += 1
      return .proceed
    }
  }
  func snapshot() -> NetworkWeights<Double> { network.snapshot() }
}

let training = try Training()
let (data, measure) = (xor, loss)
let running = Task { try await training.run(data, measure) }
while await training.epochs < 10 { await Task.yield() }
running.cancel()
let end = await running.result
let (left, epochs) = (await training.snapshot(), await training.epochs)
check("a training of an actor lets others run, and ends where its task is cancelled, with its state kept") {
  do {
    try end.get()
    try expect(false, "it ended by itself")
  } catch is CancellationError {}
  try expect(epochs >= 10 && left != make(7).snapshot(), "nothing was learned")
}
let trained = try await Task {
  let network = try make(7)
  try network.restore(snapshot)
  try network.train(on: xor, loss: loss, settings: once)
  return network.snapshot()
}.value
check("a task hands a trained network's weights back") {
  try network.train(on: xor, loss: loss, settings: once)
  try expect(network.snapshot() == trained, "other weights")
}
