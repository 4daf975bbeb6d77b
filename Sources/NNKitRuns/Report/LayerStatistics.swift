import NNKit

/// How a layer's outputs and local gradients were spread in one epoch, over the samples looked at.
package struct LayerEpoch: Codable, Equatable {
  /// Counted from 1, as metrics count.
  package let epoch: Int
  package let samples: Int
  /// The 5, 25, 50, 75 and 95 % quantiles of the outputs, and of the sizes of the local gradients.
  package let outputs: [Double]
  package let gradients: [Double]
  package let meanGradient: Double
  /// The neurons whose local gradient was 0 for every sample, at every position.
  package let dead: [Int]

  var isFinite: Bool { (outputs + gradients + [meanGradient]).allSatisfy(\.isFinite) }
}

/// Counts what one layer holds after a batch.
struct LayerCounter<Scalar: NetworkScalar> {
  private static var shares: [Double] { [0.05, 0.25, 0.5, 0.75, 0.95] }
  private var outputs = Histogram()
  private var gradients = Histogram()
  private var gradientSum = 0.0
  private var isAlive: [Bool]
  private(set) var samples = 0

  init(_ layer: Layer<Scalar>) { isAlive = [Bool](repeating: false, count: layer.neurons.count) }

  /// Looks at every column (each sample at each position), of wide layers at every so-manieth neuron; whether a neuron is dead is asked of all.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func add(_ layer: Layer<Scalar>) {
    let columns = layer.outputs.columns
    let step = max(1, layer.neurons.count * columns / 8192)
    samples += columns / layer.positions
    layer.outputs.withElements { values in
      for index in stride(from: 0, to: values.count, by: step) { outputs.add(Float(values[index])) }
    }
    layer.localGradients.withElements { values in
      for index in stride(from: 0, to: values.count, by: step) {
        let size = abs(Float(values[index]))
        gradients.add(size)
        gradientSum += Double(size)
      }
      for neuron in isAlive.indices where !isAlive[neuron] {
        isAlive[neuron] = (neuron * columns..<(neuron + 1) * columns).contains { values[$0] != 0 }
      }
    }
  }

  /// The epoch's figures; the counter then starts again from 0.
  mutating func close(epoch: Int) -> LayerEpoch {
    defer {
      outputs.reset()
      gradients.reset()
      (gradientSum, samples) = (0, 0)
      for neuron in isAlive.indices { isAlive[neuron] = false }
    }
    let mean = gradientSum / Double(max(1, gradients.total))
    return LayerEpoch(
      epoch: epoch, samples: samples, outputs: outputs.quantiles(Self.shares),
      gradients: gradients.quantiles(Self.shares), meanGradient: mean.isFinite ? mean : .greatestFiniteMagnitude,
      dead: isAlive.indices.filter { !isAlive[$0] })
  }
}
