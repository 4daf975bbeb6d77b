import NNKit
import Testing

/// What cannot be meant ends the program with a reason, instead of writing beyond a matrix.
@Suite struct PreconditionTests {
  @Test("a neuron does not hear another number of inputs than it has")
  func fanIn() async {
    await #expect(processExitsWith: .failure) {
      let neuron = Neuron<Double>(inputs: 2, activation: try bundled().activation("tanh"))
      try neuron.forward(Inputs(outputs: Matrix([[1, 2], [3, 4], [5, 6]])))
    }
  }

  @Test("a neuron of a layer does not hear more columns than its layer has places for")
  func columns() async {
    await #expect(processExitsWith: .failure) {
      // The second column would be written into the row of the neuron beside it.
      let layer = try Layer<Double>(neurons: 2, inputs: 1, activation: bundled().activation("tanh"))
      _ = try Network(keepingWeightsOf: [layer]).outputs(for: [[1]])
      try layer.neurons[0].forward(Inputs(outputs: Matrix(rows: 1, columns: 2)))
    }
  }

  @Test("a neuron does not send messages into sums of another shape")
  func messages() async {
    await #expect(processExitsWith: .failure) {
      let neuron = Neuron<Double>(inputs: 2, activation: try bundled().activation("tanh"))
      try neuron.forward(Inputs(outputs: Matrix(rows: 2, columns: 3)))
      try neuron.backward(sendingTo: Messages(addingTo: Matrix(rows: 3, columns: 3)))
    }
    await #expect(processExitsWith: .failure) {
      let neuron = Neuron<Double>(inputs: 2, activation: try bundled().activation("tanh"))
      try neuron.forward(Inputs(outputs: Matrix(rows: 2, columns: 3)))
      try neuron.backward(sendingTo: Messages(addingTo: Matrix(rows: 2, columns: 50)))
    }
  }

  @Test("a neuron with fewer weights than inputs must combine in a way of its own")
  func fewerWeights() async {
    await #expect(processExitsWith: .failure) {
      let neuron = Neuron<Double>(inputs: 3, activation: try bundled().activation("tanh"), weightCount: 1)
      try neuron.forward(Inputs(outputs: Matrix(rows: 3, columns: 1)))
    }
  }

  @Test("rows end where they end")
  func rows() async {
    await #expect(processExitsWith: .failure) {
      let row = Matrix<Float>(rows: 2, columns: 3).row(1)
      row[3] = 1
    }
    await #expect(processExitsWith: .failure) { Matrix<Float>(rows: 2, columns: 3).row(0).assign([1, 2]) }
    await #expect(processExitsWith: .failure) { _ = Matrix<Float>(rows: 2, columns: 3).row(2) }
  }
}
