import Foundation
import NNKit
import NNKitRuns

// A table, a network, a training, a saved model, and answers of the model that is read again.
guard CommandLine.arguments.count == 3 else {
  FileHandle.standardError.write(Data("usage: TrainingFromCode iris.csv MODEL.safetensors\n".utf8))
  exit(2)
}
let (table, place) = (URL(filePath: CommandLine.arguments[1]), URL(filePath: CommandLine.arguments[2]))
let plugins = try Plugins()
let loss = try plugins.loss("cross_entropy")

let file = try DataFile(csv: table, target: [.name("species")])
let classes = file.classes ?? []
let network = try Network<Float>(
  layers: [
    Layer(neurons: 8, inputs: file.inputCount, activation: plugins.activation("tanh")),
    Layer(neurons: classes.count, inputs: 8, activation: plugins.activation("softmax")),
  ], seed: 1)
let scaling = file.scaling(.standard)
let samples = try file.samples(for: network, loss: loss, scaling: scaling)

let settings = TrainingSettings(epochs: 60, batch: 10, optimizer: .adam(learningRate: 0.02), seed: 1)
let reports = try network.train(on: samples, loss: loss, settings: settings)
if let metrics = reports.last?.train { print("loss \(metrics.loss), accuracy \(metrics.accuracy ?? 0)") }

// The model has what its user needs: the scaling of the inputs, their names, and those of the classes.
let model = Model(
  network, loss: loss, targetKind: .classes, classes: classes, inputNames: file.inputNames, inputScaling: scaling)
try model.write(to: place)
let read = try Model<Float>(contentsOf: place, plugins: plugins)
for outputs in try read.outputs(for: [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6, 2.5]]) {
  print(outputs.indexOfGreatest.map { classes[$0] } ?? "no answer")
}
