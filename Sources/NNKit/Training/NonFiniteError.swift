/// A training that cannot continue because a number is no longer finite.
public struct NonFiniteError: Error, Sendable, CustomStringConvertible {
  /// Which number it was first: weighted input, output, loss, weight or bias.
  public let what: String
  /// Where it was, from 0; no layer and neuron for a loss that is not finite although all outputs are.
  public let layer: Int?
  /// The neuron, from 0, if it is known.
  public let neuron: Int?
  /// The sample of the batch, from 0, if it is known.
  public internal(set) var sample: Int?
  /// At which position of its window the neuron was, rows and columns from 0; nil without a window.
  public internal(set) var position: ImageSize?
  /// The number: infinite, or not a number.
  public let value: Double
  /// When it was, from 0; no batch after an epoch's last step.
  public internal(set) var epoch: Int
  /// The batch of the epoch, from 0, if it is known.
  public internal(set) var batch: Int?

  init(what: String, layer: Int?, neuron: Int?, value: Double, epoch: Int = 0) {
    self.what = what
    self.layer = layer
    self.neuron = neuron
    self.value = value
    self.epoch = epoch
  }

  /// Finds the first number of the last forward pass that is not finite.
  init<Scalar: NetworkScalar>(in network: Network<Scalar>, losses: [Double]) {
    for (index, layer) in network.layers.enumerated() {
      let columns = layer.outputs.columns
      let places = [("weighted input", layer.weightedInputs), ("output", layer.outputs)].map { name, matrix in
        (name, matrix, place: Scalar._kernels.firstNonFinite(matrix.base, matrix.count))
      }
      // The neuron that comes first; of its two numbers the weighted input.
      let first = places.filter { $0.place < $0.1.count }.min { $0.place / columns < $1.place / columns }
      if let first {
        self.init(
          what: first.0, layer: index, neuron: first.place / columns, value: Double(first.1.base[first.place]))
        // A column is a sample at a position; samples come first.
        let (column, samples) = (first.place % columns, columns / layer.positions)
        sample = column % samples
        position = layer.wiring.window?.position(column / samples)
        return
      }
    }
    self.init(what: "loss", layer: nil, neuron: nil, value: losses.first { !$0.isFinite } ?? .nan)
  }

  /// What is wrong, where, and what to do.
  public var description: String {
    var place = ""
    if let layer, let neuron {
      let there = position.map { " at row \($0.height), column \($0.width)" } ?? ""
      place = " of layer \(layer), neuron \(neuron)\(there),"
    }
    // Epochs and batches are counted as metrics and progress show them, from 1; layers and neurons as a config has them.
    let time = batch.map { "epoch \(epoch + 1), batch \($0 + 1)" } ?? "epoch \(epoch + 1), after its last step"
    return "the training ended in \(time): the \(what)\(place) is \(value), no finite number;"
      + " lower the learning rate, scale the inputs, or look for a loss that does not suit the outputs"
  }
}
