import NNKit

let plugins = try Plugins()
let (tanh, sigmoid) = (try plugins.activation("tanh"), try plugins.activation("sigmoid"))
let loss = try plugins.loss("binary_cross_entropy")
let network = try Network<Double>(
  layers: [Layer(neurons: 3, inputs: 2, activation: tanh), Layer(neurons: 1, inputs: 3, activation: sigmoid)], seed: 1)
let xor = try Samples<Double>(
  inputs: [[0, 0], [0, 1], [1, 0], [1, 1]], targets: [[0], [1], [1], [0]], targetKind: .classes)

let optimizer = OptimizerState(.adam(learningRate: 0.05), for: network)
for epoch in 1...200 {
  var sum = 0.0
  for batch in try xor.batches(of: 4) {
    let outputs = try network.forward(batch.inputs, isTraining: true)  // a = f(W·x + b), layer by layer
    sum += try loss.values(outputs, batch.targets).reduce(0, +)  // L of each sample
    try network.backward(from: loss.gradient(outputs, batch.targets))  // from ∂L/∂a to every ∂L/∂w and ∂L/∂b
    try optimizer.step(network, samples: batch.count)  // each against the mean of its gradients
  }
  if epoch % 50 == 0 { print("epoch \(epoch): L = \(sum / Double(xor.count))") }
}
