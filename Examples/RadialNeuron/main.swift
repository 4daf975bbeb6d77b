import NNKit

let plugins = try Plugins()
let (exponential, sigmoid) = (try plugins.activation("exponential"), try plugins.activation("sigmoid"))
let loss = try plugins.loss("binary_cross_entropy")
let hidden: [Neuron<Double>] =
  (0..<4).map { _ in RadialNeuron(inputs: 2, activation: exponential) } + [Neuron(inputs: 2, activation: sigmoid)]
let network = try Network<Double>(
  layers: [Layer(hidden), Layer(neurons: 1, inputs: 5, activation: sigmoid)], seed: 1)
let xor = try Samples<Double>(
  inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [[0], [1], [1], [0]], targetKind: .classes)

print(try network.checkGradients(loss, on: xor).worstRelativeError)  // your backward pass against central differences
let settings = TrainingSettings(epochs: 1000, batch: 4, optimizer: .adam(learningRate: 0.05), seed: 1)
try network.train(on: xor, loss: loss, settings: settings) { epoch in epoch.train.loss < 0.01 ? .stop : .proceed }
print(try network.outputs(for: [[0, 1], [1, 1]]))
