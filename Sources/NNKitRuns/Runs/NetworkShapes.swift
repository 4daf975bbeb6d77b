internal import NNKit

/// What one layer makes of a sample.
struct LayerOutput {
  let count: Int
  /// Nil where the numbers are in no order of channels, rows and columns; a dense layer's are channels of one number.
  let shape: SampleShape?

  init(count: Int, shape: SampleShape?) { (self.count, self.shape) = (count, shape) }

  init<Scalar: NetworkScalar>(_ layer: Layer<Scalar>) {
    count = layer.outputCount
    shape =
      layer.outputShape.map { SampleShape(channels: $0.channels, size: $0.image) }
      ?? SampleShape(channels: layer.neurons.count, size: 1)
  }
}

/// How many neurons the configured layers have, and which inputs: found from the first layer on, since what a window makes
/// of a sample depends on what arrives.
struct NetworkShapes {
  struct LayerShape {
    let neurons: Int
    let fanIn: Int
    let wiring: Wiring
  }

  private(set) var layers: [LayerShape] = []

  /// - Parameters:
  ///   - network: The configuration.
  ///   - inputs: How many numbers a sample has.
  ///   - image: Their shape, if the data say it.
  ///   - kept: What the layers of a trained network make that come before the configured ones.
  /// - Throws: `ConfigurationError` with the layer, what arrives there and what its kernel needs.
  init(_ network: NetworkConfiguration, inputs: Int, image: SampleShape?, outputs kept: [LayerOutput]) throws {
    if let image = network.image, image.count != inputs {
      throw ConfigurationError(
        (network.imagePlace ?? network.place).description,
        "`network.image` is \(image), \(image.count) numbers, but the samples have \(inputs) inputs")
    }
    let first = LayerOutput(count: inputs, shape: network.image ?? (image?.count == inputs ? image : nil))
    var outputs = kept
    for (index, entry) in network.layers.enumerated() {
      let number = kept.count + index
      // Which of the layer's keys an error is about.
      var place = entry.sourcesPlace ?? entry.place
      do {
        let arriving = try Self.arriving(entry.sources, number, first, outputs, isWindow: entry.window != nil)
        place = entry.windowPlace ?? entry.place
        let shape = try Self.shape(entry, arriving)
        layers.append(shape)
        outputs.append(
          LayerOutput(
            count: shape.neurons * shape.wiring.positions,
            shape: SampleShape(channels: shape.neurons, size: shape.wiring.window?.positions ?? 1)))
      } catch let error as NetworkError {
        let prefix = "\(error)".hasPrefix("layer \(number) ") ? "" : "layer \(number): "
        throw ConfigurationError(place.description, "\(prefix)\(error)")
      } catch let error as ConfigurationError {
        throw ConfigurationError(place.description, "layer \(number): \(error.message)")
      }
    }
  }

  private static func arriving(
    _ sources: Sources, _ number: Int, _ inputs: LayerOutput, _ outputs: [LayerOutput], isWindow: Bool
  ) throws -> LayerOutput {
    let count = try sources.inputCount(of: number, inputs: inputs.count, outputs: outputs.map(\.count))
    let all = sources.resolved(of: number)
    let parts = all.map { source in if case .layer(let layer) = source { outputs[layer] } else { inputs } }
    let shapes = parts.compactMap(\.shape)
    guard shapes.count == parts.count, shapes.allSatisfy({ $0.size == shapes[0].size }),
      !sources.isSum || shapes.allSatisfy({ $0 == shapes[0] })
    else {
      guard isWindow, parts.count > 1, shapes.count == parts.count else { return LayerOutput(count: count, shape: nil) }
      let list = zip(all, shapes).map { "\($0) gives \($1)" }.joined(separator: ", ")
      throw ConfigurationError(
        nil, "a kernel needs channels of equal size, but \(list); take sources of one size, or leave `kernel` out")
    }
    let channels = sources.isSum ? shapes[0].channels : shapes.reduce(0) { $0 + $1.channels }
    return LayerOutput(count: count, shape: SampleShape(channels: channels, size: shapes[0].size))
  }

  private static func shape(_ entry: LayerConfiguration, _ arriving: LayerOutput) throws -> LayerShape {
    guard let window = entry.window else {
      return LayerShape(neurons: entry.neurons, fanIn: arriving.count, wiring: .dense)
    }
    guard let shape = arriving.shape else {
      throw ConfigurationError(
        nil,
        "a kernel needs images, but nothing says what shape its \(arriving.count) inputs have; give it as `network: {image:"
          + " {channels: 1, height: …, width: …}}`")
    }
    let kernel = if case .size(let size) = window.kernel { size } else { shape.size }
    let stride = window.stride ?? (entry.isPool ? kernel : 1)
    let groups = entry.isPool ? shape.channels : window.groups
    guard shape.channels % groups == 0 else {
      throw NetworkError("\(groups) groups do not divide the \(shape.channels) channels of \(shape.size) that arrive")
    }
    let padding: Padding =
      switch window.padding {
      case .same: .same(image: shape.size, kernel: kernel, stride: stride, dilation: window.dilation)
      case .sides(let padding): padding
      }
    let sliding = try SlidingWindow(
      channels: shape.channels, height: shape.size.height, width: shape.size.width, kernel: kernel, stride: stride,
      padding: padding, dilation: window.dilation, groups: groups)
    return LayerShape(
      neurons: entry.isPool ? shape.channels : entry.neurons, fanIn: sliding.fanIn, wiring: .slidingWindow(sliding))
  }
}

extension NetworkConfiguration {
  /// How many outputs the configured network has; nil without layers.
  ///
  /// - Parameter kept: How many neurons the layer has that comes before the configured ones, in a trained network.
  /// - Returns: The number of neurons of the last layer.
  func outputs(behind kept: Int?) -> Int? {
    layers.isEmpty ? nil : channels(ofLayer: layers.count - 1, kept)
  }

  /// How many neurons a layer has: of one that pools, as many as channels arrive.
  private func channels(ofLayer index: Int, _ kept: Int?) -> Int {
    guard index >= 0 else { return kept ?? image?.channels ?? 1 }
    if !layers[index].isPool { return layers[index].neurons }
    // Sources are numbered over the whole network; those of a trained one are not known by number here.
    guard kept == nil else { return channels(ofLayer: index - 1, kept) }
    let counts = layers[index].sources.resolved(of: index).map { source -> Int in
      guard case .layer(let number) = source, number < index else { return image?.channels ?? 1 }
      return channels(ofLayer: number, kept)
    }
    return layers[index].sources.isSum ? counts.first ?? 1 : counts.reduce(0, +)
  }
}
